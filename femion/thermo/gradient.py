"""Gradient energy: a species that separates into phases (Cahn and Hilliard 1958)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ufl

from ..units import positive
from .external import Energy, named


@dataclass(frozen=True)
class GradientEnergy(Energy):
    """(kappa_i/2)|grad c_i|^2 in the free-energy density: mu_i gains -div(kappa_i grad c_i).

    `kappa` [J m5/mol2] per species; no gradient of c normal to a boundary (neutral wetting).
    With a regular solution beyond its spinodal (Cahn and Hilliard, J. Chem. Phys. 28, 258).
    """

    kappa: Mapping[str, float]

    def __post_init__(self) -> None:
        values = {
            i: positive(k, "J*m^5/mol^2", f"kappa[{i!r}] of GradientEnergy")
            for i, k in self.kappa.items()
        }
        object.__setattr__(self, "kappa", values)

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named(self.kappa, species, f"GradientEnergy {where}")

    def coupled(self, phase: Any) -> Sequence[str]:
        """All of them."""
        return tuple(self.kappa)

    def weak(self, s: Any, species: str, q: Any) -> Any:
        """kappa_i grad c_i . grad q."""
        if species not in self.kappa:
            return 0.0
        return self.kappa[species] * ufl.inner(ufl.grad(s.c[species]), ufl.grad(q))

    def energy_density(self, s: Any) -> Any:
        """(kappa_i/2)|grad c_i|^2 [J/m3]."""
        return sum(
            0.5 * k * ufl.inner(ufl.grad(s.c[i]), ufl.grad(s.c[i])) for i, k in self.kappa.items()
        )
