"""ln gamma_i on top of a statistics: the shared part, and the models a user writes out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ufl

from ..errors import InputError, unknown
from ..units import R, is_function
from .activity import C_REF, Ideal


@dataclass(frozen=True)
class Point:
    """What an activity model sees of a State: concentrations, temperature, charges, position."""

    c: Mapping[str, Any]  #: [mol/m3]
    T: Any  #: [K]
    charges: Mapping[str, int]
    x: Any = (0.0, 0.0, 0.0)  #: [m]


@dataclass(frozen=True)
class Excess(ABC):
    """mu_i = mu0_i + R T (x_i + ln gamma_i): base of the models that give ln gamma_i.

    `statistics` is the activity model that relates x_i and c_i; whatever excess it has itself is
    added, so finite size and correlation combine: DebyeHueckel(statistics=Bikerman("0.6 nm")).
    """

    statistics: Any = field(default_factory=Ideal, kw_only=True)

    def check(self, species: Sequence[Any]) -> None:
        """What the statistics allows."""
        self.statistics.check(species)

    def concentrations(self, x: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """c_i [mol/m3] of the statistics."""
        return dict(self.statistics.concentrations(x, s))

    def variable(self, c: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """x_i of the statistics."""
        return dict(self.statistics.variable(c, s))

    def excess(self, s: Any) -> dict[str, Any]:
        """The ln gamma_i of the model, and the excess of the statistics if it has one."""
        total = dict(self.statistics.excess(s))
        for i, value in self.ln_gamma(s).items():
            total[i] = total[i] + value if i in total else value
        return total

    @abstractmethod
    def ln_gamma(self, s: Any) -> Mapping[str, Any]:
        """The model's own ln gamma_i; species not named have none."""


@dataclass(frozen=True)
class FreeEnergy(Excess):
    """ln gamma_i = (df/dc_i)/(R T) from an excess free-energy density f [J/m3].

    `function(c, T)` gives f by UFL in the concentrations c {name: mol/m3} and the temperature
    [K]; the derivatives are automatic, so the result is always integrable.
    """

    function: Callable[[Mapping[str, Any], Any], Any]

    def __post_init__(self) -> None:
        _is_function(self, "f(c, T)")

    def check(self, species: Sequence[Any]) -> None:
        """The function asks for no species that is not here."""
        super().check(species)
        _asks_only_for(species, lambda s: self.function(s.c, s.T), "function of FreeEnergy")

    def ln_gamma(self, s: Any) -> dict[str, Any]:
        """(df/dc_i)/(R T)."""
        found = derivatives(lambda c: self.function(c, s.T), s.c)
        return {i: d / (R * s.T) for i, d in found.items()}


@dataclass(frozen=True)
class UserActivity(Excess):
    """ln gamma_i = function(s), a mapping {species: ln gamma_i}; species not named have none.

    The function sees s.c [mol/m3], s.T [K], s.charges and s.x [m]. Mixed derivatives must be
    those of one free energy: that is probed before a solve (thermo/integrability.py).
    """

    function: Callable[[Any], Mapping[str, Any]]

    def __post_init__(self) -> None:
        _is_function(self, "f(s)")

    def check(self, species: Sequence[Any]) -> None:
        """The function names and asks for no species that is not here."""
        super().check(species)
        found = _asks_only_for(species, self.function, "function of UserActivity")
        if not isinstance(found, Mapping):
            raise InputError(
                f"function of UserActivity returned {found!r}; allowed: {{species: ln gamma}}"
            )
        names = [s.name for s in species]
        for i in found:
            if i not in names:
                raise unknown("species returned by function of UserActivity", i, names)

    def ln_gamma(self, s: Any) -> Mapping[str, Any]:
        """What the function says."""
        return self.function(s)


def derivatives(f: Callable[[dict[str, Any]], Any], c: Mapping[str, Any]) -> dict[str, Any]:
    """df/dc_i for every i, by automatic differentiation."""
    at = {i: ufl.variable(value) for i, value in c.items()}
    value = ufl.as_ufl(f(at))
    return {i: ufl.diff(value, variable) for i, variable in at.items()}


def _is_function(instance: Any, what: str) -> None:
    if not is_function(instance.function):
        name = type(instance).__name__
        raise InputError(f"function of {name} = {instance.function!r}; allowed: a function {what}")


def _asks_only_for(species: Sequence[Any], function: Callable[[Any], Any], what: str) -> Any:
    """What a function gives for a dilute mixture; a species it looks up must be there."""
    names = [s.name for s in species]
    c = {i: ufl.as_ufl(C_REF / 100) for i in names}
    try:
        return function(Point(c, 298.15, {s.name: s.z for s in species}))
    except KeyError as error:
        raise unknown(f"species in {what}", error.args[0], names) from None
    except AttributeError as error:
        raise InputError(f"{what}: {error}; allowed: s.c, s.T, s.charges and s.x") from None
