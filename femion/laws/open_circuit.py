"""Equilibrium potentials: from the species' own potentials, or measured over a concentration."""

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import ufl

from ..errors import InputError, unknown
from ..units import F, convert, si


@dataclass(frozen=True)
class Nernst:
    """U = U0 + sum_i nu_i (mu_i - mu_i^ref)/(n F): with it equilibrium is exact.

    `stoichiometry` in the oxidation, e.g. {"Li+": 1} or, with the host modelled, {"Li+": 1,
    "Li": -1}; species of the electrolyte, or else of the electrode; n electrons.
    """

    standard_potential: float
    stoichiometry: Mapping[str, int]
    n: int = 1

    def __post_init__(self) -> None:
        convert(self, standard_potential="V")

    def __call__(self, metal: Any, electrolyte: Any) -> Any:
        """Equilibrium potential [V] from the chemical part of the potentials."""
        chemical = sum(
            nu * _chemical(i, electrolyte, metal) for i, nu in self.stoichiometry.items()
        )
        return self.standard_potential + chemical / (self.n * F)


def _chemical(i: str, *sides: Any) -> Any:
    """mu~_i - z_i F phi [J/mol] on the first side that has the species."""
    for s in sides:
        if i in s.mu:
            return s.mu[i] - s.charges[i] * F * s.phi
    raise unknown("species in Nernst", i, {k for s in sides for k in s.charges})


@dataclass(frozen=True)
class OpenCircuitPotential:
    """U(c_s) [V] of the concentration of a species in the electrode (or else the electrolyte).

    `c` [mol/m3] increasing and `U` [V] at these points: monotone cubics between them (Fritsch and
    Carlson, SIAM J. Numer. Anal. 17 (1980) 238), straight on beyond. Pass it as the
    `equilibrium_potential`. A table of the same size compiles nothing new.
    """

    species: str
    c: InitVar[Sequence[Any]]
    U: InitVar[Sequence[Any]]
    knots: Sequence[float] = field(init=False)
    cubics: Sequence[Sequence[float]] = field(init=False)  #: powers of c - knot, of U - U(knot)
    first: float = field(init=False)  #: U at the first point [V]
    slopes: tuple[float, float] = field(init=False)  #: dU/dc at both ends

    def __post_init__(self, c: Sequence[Any], U: Sequence[Any]) -> None:
        from scipy.interpolate import PchipInterpolator

        what = f"of OpenCircuitPotential({self.species!r})"
        at = [float(si(v, "mol/m^3", f"c {what}")) for v in c]
        values = [float(si(v, "V", f"U {what}")) for v in U]
        good = len(at) == len(values) > 1 and np.all(np.isfinite([*at, *values]))
        if not good or at[0] < 0 or not np.all(np.diff(at) > 0):
            raise InputError(
                f"c {what} = {at} mol/m3; allowed: two points or more, increasing, none below 0, "
                f"as many as U ({len(values)}), all finite"
            )
        spline = PchipInterpolator(np.array(at), np.array(values))
        slope = spline.derivative()
        found = {
            "knots": tuple(at),
            "cubics": tuple(tuple(map(float, p[2::-1])) for p in spline.c.T),
            "first": values[0],
            "slopes": (float(slope(at[0])), float(slope(at[-1]))),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def __call__(self, metal: Any, electrolyte: Any) -> Any:
        """Equilibrium potential [V]."""
        sides = [s for s in (metal, electrolyte) if self.species in s.c]
        if not sides:
            known = {*metal.charges, *electrolyte.charges}
            raise unknown("species of OpenCircuitPotential", self.species, known)
        return self.at(sides[0].c[self.species])

    def at(self, c: Any) -> Any:
        """U [V] at a concentration [mol/m3]."""
        U = self.first + self.slopes[0] * ufl.min_value(c - self.knots[0], 0.0)
        U += self.slopes[1] * ufl.max_value(c - self.knots[-1], 0.0)
        for p, (a, b) in zip(self.cubics, pairwise(self.knots), strict=True):
            t = ufl.min_value(ufl.max_value(c, a), b) - a
            U += t * (p[0] + t * (p[1] + t * p[2]))
        return U
