"""Concentrated binary electrolyte from what is measured: kappa, t+, D, thermodynamic factor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from ..errors import InputError
from ..thermo.activity import C_REF
from ..thermo.excess import Point, derivatives
from ..units import F, R, as_number, convert, valued
from .base import Matrix
from .convert import stoichiometry
from .validity import nested

Property = float | Callable[[Any, Any], Any]

AGREEMENT = 1e-6  # relative; an integrated chi is good to 1e-9


@dataclass(frozen=True)
class ConcentratedBinary:
    """Newman's concentrated solution as an Onsager tensor (physics.md section 2).

    S = D c/(nu R T chi);  L_ii = nu_i^2 S + t_i^2 kappa/(z_i F)^2,
    L_+- = nu_+ nu_- S + t_+ t_- kappa/(z_+ z_- F^2).
    Each property is a number or a function (c, T) of the salt concentration [mol/m3] and
    temperature [K]: `conductivity` [S/m], `transference_number` of the cation [-],
    `diffusivity` of the salt [m2/s], `thermodynamic_factor` chi = 1 + dln f/dln c [-]; a
    Medium refuses another one than its activity's (1 for Ideal, else ThermodynamicFactor(chi)).
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


def same_factor(medium: Any) -> None:
    """Raise InputError unless chi of the tensor is that of the activity, at 0.02 and 1 mol/L.

    d mu_salt/dln c = nu R T chi.
    """
    T = medium.temperature if isinstance(medium.temperature, float) else 298.15
    for part in nested(medium.transport):
        stated = getattr(part, "thermodynamic_factor", None)
        for c in (0.02 * C_REF, C_REF) if stated is not None else ():
            chi = as_number(valued(stated, c, T))
            found = _factor(medium, c, T)
            if found is not None and not abs(found - chi) <= AGREEMENT * max(1.0, abs(chi)):
                raise InputError(
                    f"thermodynamic_factor of {type(part).__name__} = {chi:.6g} at {c:g} mol/m3 "
                    f"but {found:.6g} in activity {type(medium.activity).__name__} of the Medium; "
                    "allowed: the same chi in both, as in activity=ThermodynamicFactor(chi)"
                )


def _factor(medium: Any, c: float, T: float) -> float | None:
    """The activity's chi at c salt [mol/m3]; None where the activity has no value."""
    ions = sorted((s for s in medium.species if s.z and s.name != "e-"), key=lambda s: -s.z)
    nu = dict(zip([s.name for s in ions], stoichiometry([s.z for s in ions]), strict=True))

    def salt(v: Mapping[str, Any]) -> Any:
        at = {s.name: nu.get(s.name, 1) * v["c"] for s in medium.species}
        point = Point(at, T, {s.name: s.z for s in medium.species})
        x, excess = medium.activity.variable(at, point), medium.activity.excess(point)
        return sum(n * (x[i] + excess.get(i, 0.0)) for i, n in nu.items())

    try:
        slope = as_number(derivatives(salt, {"c": c})["c"])
    except (InputError, ArithmeticError, ValueError):  # more than its statistics hold
        return None
    return c * slope / sum(nu.values())
