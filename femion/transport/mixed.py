"""Mixed conductor: ions by any transport model, and electrons beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import F, positive, valued
from .base import Matrix, Transport, only

ELECTRON = "e-"


@dataclass(frozen=True)
class MixedConductor:
    """L of `ionic` for all species but "e-"; L_ee = sigma_e/F^2; no cross term between them.

    `electronic` conductivity [S/m]: a number or a function of the State (of s.c["e-"], say, or of
    an oxygen pressure written with s.w). Where ions drag electrons, use Conductivity with the
    pair ("O2-", "e-"). Maier, Physical Chemistry of Ionic Materials, ch. 6.
    """

    ionic: Transport
    electronic: float | Callable[[Any], Any]

    def __post_init__(self) -> None:
        sigma = positive(self.electronic, "S/m", "electronic of MixedConductor")
        object.__setattr__(self, "electronic", sigma)

    def check(self, species: Sequence[Any]) -> None:
        """Electrons among the species, and ions that `ionic` can describe."""
        ions = [s for s in species if s.name != ELECTRON]
        if len(ions) == len(species) or not ions:
            names = ", ".join(s.name for s in species)
            raise InputError(f"MixedConductor needs {ELECTRON!r} and ions, got: {names}")
        self.ionic.check(ions)

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)], rows in the order of the species."""
        ions = [i for i in s.w if i != ELECTRON]
        rows = self.ionic.onsager(only(s, ions))
        L = {
            (i, j): v
            for i, row in zip(ions, rows, strict=True)
            for j, v in zip(ions, row, strict=True)
        }
        L[ELECTRON, ELECTRON] = valued(self.electronic, s) / F**2
        return [[L.get((i, j), 0.0) for j in s.w] for i in s.w]
