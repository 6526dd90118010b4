"""Any transport model without its coupling, to see what the coupling does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .base import Matrix, Transport


@dataclass(frozen=True)
class Diagonal:
    """L_ii of another model, L_ij = 0: the same conductances with all cross terms dropped.

    What is dropped depends on the frame; here it is the solvent frame, in which all models of
    femion are stated. Positive semidefinite whenever the other model is.
    """

    transport: Transport

    def check(self, species: Sequence[Any]) -> None:
        """Whatever the coupled model demands."""
        self.transport.check(species)

    def onsager(self, s: Any) -> Matrix:
        """Diagonal L [mol2/(J m s)]."""
        rows = enumerate(self.transport.onsager(s))
        return [[L if i == j else 0.0 for j, L in enumerate(row)] for i, row in rows]
