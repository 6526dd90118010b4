"""Any transport model with an activation energy, for those whose numbers are no functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ufl

from ..units import R, convert, positive
from .base import Matrix, Transport


@dataclass(frozen=True)
class Activated:
    """L = exp(-(E/R) (1/T - 1/T0)) L_0(T), with one activation energy E for all of a model.

    `transport` is as measured at `reference` T0 [K] (a Tabulated, an electrolyte of the library);
    `activation_energy` E [J/mol]. Where each property has its own, give it as an Arrhenius.
    """

    transport: Transport
    activation_energy: float
    reference: float = 298.15

    def __post_init__(self) -> None:
        convert(self, activation_energy="J/mol")
        T0 = positive(self.reference, "K", "reference of Activated")
        object.__setattr__(self, "reference", T0)

    def check(self, species: Sequence[Any]) -> None:
        """Whatever the model demands."""
        self.transport.check(species)

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)]."""
        factor = ufl.exp(-self.activation_energy / R * (1 / s.T - 1 / self.reference))
        return [[factor * L for L in row] for row in self.transport.onsager(s)]
