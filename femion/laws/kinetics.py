"""Charge transfer between an electronic conductor and an electrolyte."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ufl

from ..errors import InputError
from ..thermo import T_REF
from ..units import F, R, convert, valued
from .base import Transfer, reaction, safe_exp

OfSides = float | Callable[[Any, Any], Any]


@dataclass(frozen=True)
class ButlerVolmer:
    """i_n = i0 [exp(aa F eta/RT) - exp(-ac F eta/RT)], eta = phi_s - phi_e - U  [A/m2].

    `where`: "conductor|electrolyte" in either order, or a boundary of an electrolyte, and then
    `terminal` (Potential, Current, ...) is the control of the unmeshed electrode.
    `reaction`: the oxidation, "Li -> Li+ + e-"; species that live in a host that is not
    modelled are named in `stored`. i_n > 0 is anodic. `exchange_current_density` i0 [A/m2] and
    `equilibrium_potential` U [V] are numbers or functions (metal state, electrolyte state).
    `alpha`: anodic and cathodic transfer coefficients [-] (Newman, Electrochemical Systems, 8).
    `entropy_coefficient` dU/dT [V/K] counts from 298.15 K on, beside what U as a function of the
    states has of their temperature.
    """

    where: str
    reaction: str
    exchange_current_density: OfSides
    equilibrium_potential: OfSides
    alpha: tuple[float, float] = (0.5, 0.5)
    stored: tuple[str, ...] = ()
    terminal: Any = None
    entropy_coefficient: OfSides = 0.0

    def __post_init__(self) -> None:
        convert(self, entropy_coefficient="V/K")
        convert(self, exchange_current_density="A/m^2", equilibrium_potential="V")
        i0 = self.exchange_current_density
        if isinstance(i0, float) and i0 < 0:
            raise InputError(
                f"exchange_current_density of ButlerVolmer({self.where!r}) = {i0:g} A/m^2 "
                "must not be negative"
            )
        if "|" not in self.where and self.terminal is None:
            raise InputError(
                f"ButlerVolmer({self.where!r}) stands at an outer boundary and needs a terminal, "
                "e.g. terminal=Potential('0 V')"
            )

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """One oxidation event per n electrons."""
        metal, electrolyte = self._sort(a, b)
        gains = reaction(self.reaction, metal, electrolyte, stored=tuple(self.stored))
        n = gains[0].get("e-", 0)
        if n <= 0:
            raise InputError(
                f"reaction {self.reaction!r} must release electrons: '... -> ... + e-'"
            )
        i_n = self.current_density(metal, electrolyte, n)
        yield Transfer(i_n / (n * F), *(gains if metal is a else gains[::-1]))

    def dissipation(self, a: Any, b: Any) -> Any:
        """i_n eta, the heat of the activation overpotential [W/m2]; the rest is stored."""
        metal, electrolyte = self._sort(a, b)
        n = reaction(self.reaction, metal, electrolyte, stored=tuple(self.stored))[0]["e-"]
        return self.current_density(metal, electrolyte, n) * self.overpotential(metal, electrolyte)

    def heat(self, a: Any, b: Any) -> Any:
        """i_n (eta + T dU/dT), irreversible and reversible heat [W/m2] (Bernardi et al. 1985)."""
        metal, electrolyte = self._sort(a, b)
        n = reaction(self.reaction, metal, electrolyte, stored=tuple(self.stored))[0]["e-"]
        T = ufl.variable(ufl.as_ufl(electrolyte.T))
        slope = ufl.diff(ufl.as_ufl(self.equilibrium(metal, electrolyte.warmed(T))), T)
        eta = self.overpotential(metal, electrolyte)
        return self.current_density(metal, electrolyte, n) * (eta + electrolyte.T * slope)

    def equilibrium(self, metal: Any, electrolyte: Any) -> Any:
        """U [V] at the temperature of the electrolyte."""
        U, slope = self.equilibrium_potential, self.entropy_coefficient
        warmer = (electrolyte.T - T_REF) * valued(slope, metal, electrolyte)
        return valued(U, metal, electrolyte) + warmer

    def overpotential(self, metal: Any, electrolyte: Any) -> Any:
        """Overpotential eta = phi_s - phi_e - U [V]."""
        return metal.phi - electrolyte.phi - self.equilibrium(metal, electrolyte)

    def current_density(self, metal: Any, electrolyte: Any, n: int) -> Any:
        """Anodic current density i_n [A/m2]."""
        i0 = valued(self.exchange_current_density, metal, electrolyte)
        eta = F / (R * electrolyte.T) * self.overpotential(metal, electrolyte)
        aa, ac = self.alpha
        return i0 * (safe_exp(aa * eta) - safe_exp(-ac * eta))

    def _sort(self, a: Any, b: Any) -> tuple[Any, Any]:
        sides = [s for s in (a, b) if "e-" in s.charges]
        if len(sides) != 1:
            raise InputError(
                f"ButlerVolmer({self.where!r}) needs an electronic conductor on exactly one side; "
                f"found {len(sides)}"
            )
        return (a, b) if sides[0] is a else (b, a)


@dataclass(frozen=True)
class Nernst:
    """U = U0 + sum_i nu_i (mu_i - mu_i^ref)/(n F): with it equilibrium is exact.

    `stoichiometry` of the electrolyte's species in the oxidation, e.g. {"Li+": 1}; n electrons.
    """

    standard_potential: float
    stoichiometry: Any
    n: int = 1

    def __call__(self, metal: Any, electrolyte: Any) -> Any:
        """Equilibrium potential [V] from the chemical part of the potentials."""
        z = electrolyte.charges
        chemical = sum(
            nu * (electrolyte.mu[i] - z[i] * F * electrolyte.phi)
            for i, nu in self.stoichiometry.items()
        )
        return self.standard_potential + chemical / (self.n * F)
