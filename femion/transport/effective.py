"""Effective medium: any transport model slowed by a porous matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import positive
from .base import Matrix, Transport


@dataclass(frozen=True)
class Effective:
    """L = (porosity/tortuosity) L_free; tortuosity is the factor tau in D_eff = eps D/tau [-]."""

    transport: Transport
    porosity: float
    tortuosity: float = 1.0

    def __post_init__(self) -> None:
        for name in ("porosity", "tortuosity"):
            value = positive(getattr(self, name), "", f"{name} of Effective")
            object.__setattr__(self, name, value)
        if isinstance(self.porosity, float) and self.porosity > 1:
            raise InputError(f"porosity of Effective = {self.porosity:g} must not exceed 1")

    def check(self, species: Sequence[Any]) -> None:
        """Whatever the free medium demands."""
        self.transport.check(species)

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)]."""
        factor = self.porosity / self.tortuosity
        return [[factor * L for L in row] for row in self.transport.onsager(s)]
