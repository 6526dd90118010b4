"""Concentrated binary electrolyte from what is measured: kappa, t+, D, thermodynamic factor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from ..errors import InputError
from ..units import F, R, convert, valued
from .base import Matrix

Property = float | Callable[[Any, Any], Any]


@dataclass(frozen=True)
class ConcentratedBinary:
    """Newman's concentrated solution as an Onsager tensor (physics.md section 2).

    S = D c/(nu R T chi);  L_ii = nu_i^2 S + t_i^2 kappa/(z_i F)^2,
    L_+- = nu_+ nu_- S + t_+ t_- kappa/(z_+ z_- F^2).
    Each property is a number or a function (c, T) of the salt concentration [mol/m3] and
    temperature [K]: `conductivity` [S/m], `transference_number` of the cation [-],
    `diffusivity` of the salt [m2/s], `thermodynamic_factor` chi = 1 + dln f/dln c [-], which
    must be that of the medium's activity model (1 for Ideal).
    Newman, Electrochemical Systems, ch. 12; Monroe and Delacourt, Electrochim. Acta 2013.
    """

    conductivity: Property
    transference_number: Property
    diffusivity: Property
    thermodynamic_factor: Property = 1.0

    def __post_init__(self) -> None:
        convert(
            self,
            conductivity="S/m",
            transference_number="",
            diffusivity="m^2/s",
            thermodynamic_factor="",
        )

    def check(self, species: Sequence[Any]) -> None:
        """Exactly one cation and one anion."""
        if sorted(s.z > 0 for s in species) != [False, True] or any(s.z == 0 for s in species):
            names = ", ".join(s.name for s in species)
            raise InputError(f"ConcentratedBinary needs one cation and one anion, got: {names}")

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)], rows in the order of the species."""
        z = s.charges
        plus = next(i for i in z if z[i] > 0)
        minus = next(i for i in z if z[i] < 0)
        unit = gcd(z[plus], z[minus])
        nu = {plus: -z[minus] // unit, minus: z[plus] // unit}
        c = s.c[plus] / nu[plus]
        kappa, t_plus, D, chi = (
            valued(p, c, s.T)
            for p in (
                self.conductivity,
                self.transference_number,
                self.diffusivity,
                self.thermodynamic_factor,
            )
        )
        t = {plus: t_plus, minus: 1 - t_plus}
        S = D * c / (sum(nu.values()) * R * s.T * chi)
        return [
            [nu[i] * nu[j] * S + t[i] * t[j] * kappa / (z[i] * z[j] * F**2) for j in s.w]
            for i in s.w
        ]
