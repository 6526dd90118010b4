"""What the outside imposes at a terminal: a potential, a current, or a relation of both.

A control says which potential is held (None if it is an unknown) and which current enters the
modelled domain there [A] (per metre of depth in 2D). Positive current enters.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..errors import InputError
from ..units import convert, is_function, positive, si

#: Below this voltage the current of a power goes on by its tangent [V].
SMALL = 1e-6


class Control:
    """What a control says; only a current that depends on the potential has a slope."""

    varies = False  #: in time, so that even a given potential stays an equation
    bounded = False  #: whether a cell may be unable to do what it says, at any potential
    corners: Sequence[float] = ()  #: times at which it is not smooth; time integration hits them

    def held(self) -> Any:
        """The imposed potential [V], or None where it is an unknown."""
        return None

    def entering(self, area: float, V: float) -> float:
        """Current that enters [A] at a terminal of this area at potential V [V]."""
        return 0.0

    def slope(self, area: float, V: float) -> float:
        """Its derivative by V [A/V]."""
        return 0.0

    def share(self, drive: float) -> float:
        """The share of what enters that counts while the drive is turned up from 0 to 1."""
        return drive

    def at(self, t: float) -> "Control":
        """The control at a time [s]."""
        return self


@dataclass(frozen=True)
class Potential(Control):
    """The terminal is held at `value` [V], a number or a function of position."""

    value: Any

    def __post_init__(self) -> None:
        convert(self, value="V")

    def held(self) -> Any:
        """The imposed potential [V]."""
        return self.value


@dataclass(frozen=True)
class Current(Control):
    """`value` [A] enters in total ([A/m] in 2D); the potential is one global unknown."""

    value: float | str

    def __post_init__(self) -> None:
        convert(self, value="A or A/m")

    def entering(self, area: float, V: float) -> float:
        """Total current [A]."""
        return float(self.value)


@dataclass(frozen=True)
class CurrentDensity(Control):
    """`value` [A/m2] enters on average over the terminal's area."""

    value: float | str

    def __post_init__(self) -> None:
        convert(self, value="A/m^2")

    def entering(self, area: float, V: float) -> float:
        """Total current [A]."""
        return float(self.value) * area


@dataclass(frozen=True)
class Resistor(Control):
    """A resistance [Ohm] ([Ohm m] in 2D) to a source of `source` [V]: I = (source - V)/R enters."""

    resistance: float | str
    source: float | str = 0.0

    def __post_init__(self) -> None:
        R = positive(self.resistance, "ohm or ohm*m", "resistance of Resistor")
        object.__setattr__(self, "resistance", R)
        convert(self, source="V")

    def entering(self, area: float, V: float) -> float:
        """Ohm's law [A]."""
        return (float(self.source) - V) / float(self.resistance)

    def slope(self, area: float, V: float) -> float:
        """-1/R."""
        return -1.0 / float(self.resistance)

    def share(self, drive: float) -> float:
        """Of 1/R: slow at first, as a resistor may be far smaller than the cell's own."""
        return drive**4


@dataclass(frozen=True)
class Power(Control):
    """`value` [W] ([W/m] in 2D) is put in: I V = value, V against the model's zero of potential.

    A load takes a negative power. There are two such states or none: the one that continuation
    from rest meets first has the smaller current.
    """

    value: float | str

    bounded = True

    def __post_init__(self) -> None:
        convert(self, value="W or W/m")

    def entering(self, area: float, V: float) -> float:
        """P/V [A]."""
        size = max(abs(V), SMALL)
        return math.copysign(2.0 - abs(V) / size, V) * float(self.value) / size

    def slope(self, area: float, V: float) -> float:
        """-P/V^2."""
        return -float(self.value) / max(abs(V), SMALL) ** 2


@dataclass(frozen=True)
class Varying(Control):
    """A control as a function of time [s]: Varying(lambda t: Potential(1e-3 * t)).

    Times count from the start of the march, in a programme from the start of the stage.
    `corners` are the times at which it is not smooth; a jump is a Stage of its own.
    """

    control: Callable[[float], Control]
    corners: Sequence[float] = ()

    varies = True

    def __post_init__(self) -> None:
        if not is_function(self.control) or not isinstance(self.control(0.0), Control):
            raise InputError(
                f"control of Varying = {self.control!r}; allowed: a function of time that returns "
                "a Control, e.g. lambda t: Potential(1e-3 * t)"
            )
        corners = tuple(si(t, "s", "corners of Varying") for t in self.corners)
        object.__setattr__(self, "corners", corners)

    def held(self) -> Any:
        """That of the start."""
        return self.control(0.0).held()

    def entering(self, area: float, V: float) -> float:
        """That of the start."""
        return self.control(0.0).entering(area, V)

    def at(self, t: float) -> Control:
        """The control at a time [s]."""
        return self.control(t)


def Sweep(vertices: Sequence[float | str], rate: float | str) -> Varying:
    """Linear potential sweeps between `vertices` [V] at `rate` [V/s]: cyclic voltammetry.

    After the last vertex the potential stays. InputError for less than two vertices.
    """
    volts = [si(v, "V", "a vertex of Sweep") for v in vertices]
    speed = positive(rate, "V/s", "rate of Sweep")
    if len(volts) < 2:
        raise InputError(f"vertices of Sweep = {list(vertices)}; allowed: two or more potentials")
    times = [0.0]
    for a, b in pairwise(volts):
        times.append(times[-1] + abs(b - a) / speed)

    def control(t: float) -> Control:
        k = next((k for k in range(1, len(times)) if t < times[k]), len(times))
        if k == len(times):
            return Potential(volts[-1])
        share = (t - times[k - 1]) / (times[k] - times[k - 1])
        return Potential(volts[k - 1] + share * (volts[k] - volts[k - 1]))

    return Varying(control, times[1:])


def OpenCircuit() -> Current:
    """No current: the terminal floats at its own potential."""
    return Current(0.0)


def control(potential: Any, current: Any, current_density: Any, where: str) -> Any:
    """The control a law's keyword arguments ask for; exactly one may be given.

    Any of them may be a Control itself: current=Resistor("1 ohm").
    """
    given = [
        value if isinstance(value, Control) else make(value)
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
