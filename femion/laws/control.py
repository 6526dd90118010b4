"""What the outside imposes at a terminal: a potential or a current.

A control says which potential is held (None if it is an unknown) and which current enters the
modelled domain there [A] (per metre of depth in 2D). Positive current enters.
"""

from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import convert


@dataclass(frozen=True)
class Potential:
    """The terminal is held at `value` [V], a number or a function of position."""

    value: Any

    def __post_init__(self) -> None:
        convert(self, value="V")

    def held(self) -> Any:
        """The imposed potential [V]."""
        return self.value

    def entering(self, area: float) -> float:
        """No current is imposed."""
        return 0.0


@dataclass(frozen=True)
class Current:
    """`value` [A] enters in total ([A/m] in 2D); the potential is one global unknown."""

    value: float

    def __post_init__(self) -> None:
        convert(self, value="A")

    def held(self) -> Any:
        """The potential is unknown."""
        return None

    def entering(self, area: float) -> float:
        """Total current [A]."""
        return float(self.value)


@dataclass(frozen=True)
class CurrentDensity:
    """`value` [A/m2] enters on average over the terminal's area."""

    value: float

    def __post_init__(self) -> None:
        convert(self, value="A/m^2")

    def held(self) -> Any:
        """The potential is unknown."""
        return None

    def entering(self, area: float) -> float:
        """Total current [A]."""
        return float(self.value) * area


def OpenCircuit() -> Current:
    """No current: the terminal floats at its own potential."""
    return Current(0.0)


def control(potential: Any, current: Any, current_density: Any, where: str) -> Any:
    """The control a law's keyword arguments ask for; exactly one may be given."""
    given = [
        make(value)
        for make, value in (
            (Potential, potential),
            (Current, current),
            (CurrentDensity, current_density),
        )
        if value is not None
    ]
    if len(given) != 1:
        raise InputError(
            f"{where} needs exactly one of potential [V], current [A], current_density [A/m2]; "
            f"got {len(given)}"
        )
    return given[0]
