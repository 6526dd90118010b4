"""What all electrode reactions share: sides, stoichiometry, overpotential, films, heat."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ufl

from ..errors import InputError
from ..thermo import T_REF
from ..units import F, R, convert, valued
from .base import Transfer, reaction

OfSides = float | Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Electrode(ABC):
    """i_n = i0 f(F eta/RT), eta = phi_s - phi_e - U - i_n R_film  [A/m2]; kinds differ in f.

    `where`: "conductor|electrolyte" in either order, or a boundary of an electrolyte, and then
    `terminal` (Potential, Current, ...) is the control of the unmeshed electrode.
    `reaction`: the oxidation, "Li -> Li+ + e-"; species that live in a host that is not
    modelled are named in `stored`. i_n > 0 is anodic. `exchange_current_density` i0 [A/m2] and
    `equilibrium_potential` U [V] are numbers or functions (metal state, electrolyte state).
    `film_resistance` R_film [ohm m2]: None, a number or such a function; the film's share of
    the potential is solved for at each point. phi_e is that of the electrolyte beside the facet:
    with a Poisson closure and a SternLayer at the same place that is the reaction plane, and the
    kinetics are Frumkin's. Several reactions may share a place.
    `entropy_coefficient` dU/dT [V/K] counts from 298.15 K on, beside what U as a function of the
    states has of their temperature.
    """

    where: str
    reaction: str
    exchange_current_density: OfSides
    equilibrium_potential: OfSides
    stored: tuple[str, ...] = ()
    terminal: Any = None
    entropy_coefficient: OfSides = 0.0
    film_resistance: Any = None

    def __post_init__(self) -> None:
        convert(self, entropy_coefficient="V/K", film_resistance="ohm*m^2")
        convert(self, exchange_current_density="A/m^2", equilibrium_potential="V")
        name = f"{type(self).__name__}({self.where!r})"
        for given, unit in (("exchange_current_density", "A/m^2"), ("film_resistance", "ohm m^2")):
            value = getattr(self, given)
            if isinstance(value, float) and value < 0:
                raise InputError(f"{given} of {name} = {value:g} {unit} must not be negative")
        needs_terminal(self)

    # -- what a kind of kinetics says -----------------------------------------------------------
    @abstractmethod
    def rate(self, eta: Any, T: Any) -> Any:
        """f(eta): current over i0 at a dimensionless overpotential F eta/RT."""

    def behind_film(self, drive: Any, rho: Any) -> Any:
        """The eta in eta + rho f(eta) = drive; all are multiples of RT/F.

        InputError where a kind of kinetics has no such inverse.
        """
        name = f"{type(self).__name__}({self.where!r})"
        raise InputError(f"{name} has no film_resistance; allowed: ButlerVolmer, Linear, Tafel")

    # -- the law --------------------------------------------------------------------------------
    def transfers(self, a: Any, b: Any) -> Any:
        """One oxidation event per n electrons."""
        metal, electrolyte = sort(self, a, b)
        gains = reaction(self.reaction, metal, electrolyte, stored=tuple(self.stored))
        n = gains[0].get("e-", 0)
        if n <= 0:
            raise InputError(
                f"reaction {self.reaction!r} must release electrons: '... -> ... + e-'"
            )
        i_n = self.current_density(metal, electrolyte)
        yield Transfer(i_n / (n * F), *(gains if metal is a else gains[::-1]))

    def dissipation(self, a: Any, b: Any) -> Any:
        """i_n (phi_s - phi_e - U), heat of activation and film [W/m2]; the rest is stored."""
        sides = sort(self, a, b)
        return self.current_density(*sides) * self.drive(*sides)

    def heat(self, a: Any, b: Any) -> Any:
        """`dissipation` and i_n T dU/dT, irreversible and reversible [W/m2] (Bernardi 1985)."""
        metal, electrolyte = sort(self, a, b)
        T = ufl.variable(ufl.as_ufl(electrolyte.T))
        slope = ufl.diff(ufl.as_ufl(self.equilibrium(metal, electrolyte.warmed(T))), T)
        i_n = self.current_density(metal, electrolyte)
        return i_n * (self.drive(metal, electrolyte) + electrolyte.T * slope)

    def equilibrium(self, metal: Any, electrolyte: Any) -> Any:
        """U [V] at the temperature of the electrolyte."""
        U, slope = self.equilibrium_potential, self.entropy_coefficient
        warmer = (electrolyte.T - T_REF) * valued(slope, metal, electrolyte)
        return valued(U, metal, electrolyte) + warmer

    def drive(self, metal: Any, electrolyte: Any) -> Any:
        """phi_s - phi_e - U [V]: overpotential and drop across the film."""
        return metal.phi - electrolyte.phi - self.equilibrium(metal, electrolyte)

    def current_density(self, metal: Any, electrolyte: Any) -> Any:
        """Anodic current density i_n [A/m2]."""
        i0 = valued(self.exchange_current_density, metal, electrolyte)
        eta = F / (R * electrolyte.T) * self.drive(metal, electrolyte)
        if self.film_resistance is not None:
            film = valued(self.film_resistance, metal, electrolyte)
            eta = self.behind_film(eta, film * i0 * F / (R * electrolyte.T))
        return i0 * self.rate(eta, electrolyte.T)


def needs_terminal(law: Any) -> None:
    """Refuse a law at an outer boundary whose electrode has no control."""
    if "|" not in law.where and law.terminal is None:
        raise InputError(
            f"{type(law).__name__}({law.where!r}) stands at an outer boundary and needs a "
            "terminal, e.g. terminal=Potential('0 V')"
        )


def sort(law: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """(metal, electrolyte); InputError unless exactly one side has electrons."""
    sides = [s for s in (a, b) if s is not None and "e-" in s.charges]
    if len(sides) != 1:
        raise InputError(
            f"{type(law).__name__}({law.where!r}) needs an electronic conductor on exactly one "
            f"side; found {len(sides)}"
        )
    return (a, b) if sides[0] is a else (b, a)
