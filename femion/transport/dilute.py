"""Dilute solution: independent species (Nernst-Planck with an ideal activity)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import R, convert, valued
from .base import Matrix, every


@dataclass(frozen=True)
class Dilute:
    """L_ii = D_i c_i / (RT), no coupling.

    D: diffusion coefficients [m2/s], numbers or functions of the State (Arrhenius, ...).
    """

    D: Mapping[str, Any]

    def __post_init__(self) -> None:
        convert(self, D="m^2/s")
        for i, D in self.D.items():
            if isinstance(D, float) and not D >= 0:
                raise InputError(f"D[{i!r}] of Dilute = {D:g} m^2/s must not be negative")

    def check(self, species: Sequence[Any]) -> None:
        """Every species needs a diffusion coefficient."""
        every(species, self.D, "diffusion coefficient")

    def onsager(self, s: Any) -> Matrix:
        """Diagonal L [mol2/(J m s)]."""
        D = {i: valued(self.D[i], s) for i in s.c}
        return [[D[i] * s.c[i] / (R * s.T) if i == j else 0.0 for j in s.c] for i in s.c]
