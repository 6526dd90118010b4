"""Thermal boundaries of phases with a heat balance."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..thermo import T_REF
from ..units import convert, is_function, positive
from .base import Equal, Hold, Transfer


@dataclass(frozen=True)
class Temperature:
    """A boundary held at a temperature [K], a number or a function of position (NumPy arrays)."""

    where: str
    temperature: Any

    def __post_init__(self) -> None:
        T = positive(self.temperature, "K", f"temperature of Temperature({self.where!r})")
        object.__setattr__(self, "temperature", T)

    def constraints(self, a: Any, b: None) -> Iterator[Hold]:
        """One value of ln(T/T_ref)."""
        _heated(self, a)
        T = self.temperature
        yield Hold("T", Logarithm(T))


@dataclass(frozen=True)
class Logarithm:
    """ln(T/T_ref) of a temperature at points x."""

    T: Any

    def __call__(self, x: Any) -> Any:
        """At points x, shape (3, n)."""
        T = self.T(x) if is_function(self.T) else float(self.T)
        return np.log(np.broadcast_to(T, np.shape(x)[1:]) / T_REF)


@dataclass(frozen=True)
class HeatFlux:
    """A given heat flow into the phase [W/m2], at a boundary."""

    where: str
    inward: float

    def __post_init__(self) -> None:
        convert(self, inward="W/m^2")

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """Heat alone."""
        _heated(self, a)
        yield Transfer(self.inward, {"T": 1}, {})


@dataclass(frozen=True)
class Convection:
    """Newton's cooling, h (T_ambient - T) into the phase [W/m2]; h [W/(m2 K)]."""

    where: str
    h: float
    ambient: float

    def __post_init__(self) -> None:
        h = positive(self.h, "W/(m^2*K)", f"h of Convection({self.where!r})")
        object.__setattr__(self, "h", h)
        T = positive(self.ambient, "K", f"ambient of Convection({self.where!r})")
        object.__setattr__(self, "ambient", T)

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """Heat alone."""
        _heated(self, a)
        yield Transfer(self.h * (self.ambient - a.T), {"T": 1}, {})


@dataclass(frozen=True)
class ThermalContact:
    """One temperature on both sides of an interface of two phases with heat balances."""

    where: str

    def constraints(self, a: Any, b: Any) -> Iterator[Equal]:
        """What leaves one side enters the other."""
        _heated(self, a)
        _heated(self, b)
        yield Equal("T")


def _heated(law: Any, s: Any) -> None:
    if "T" not in s.extra:
        raise InputError(
            f"{type(law).__name__}({law.where!r}): phase {s.phase.name!r} has no heat balance; "
            "give it heat=HeatBalance(...)"
        )
