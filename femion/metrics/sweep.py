"""Current over voltage of a cell, and its limiting current."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError, NotConverged
from ..solution import solve
from ..units import F

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sweep:
    """An i-V curve: voltages [V] and currents [A], in 2D [A/m]."""

    voltage: Array
    current: Array

    @property
    def limit(self) -> float:
        """Limiting current: the plateau that an electroneutral model ends in [A]."""
        return float(self.current[-1])

    @property
    def slope(self) -> float:
        """Last di/dV over the first [-]: how flat the plateau is."""
        i, V = self.current, self.voltage
        return float((i[-1] - i[-2]) / (V[-1] - V[-2]) / ((i[1] - i[0]) / (V[1] - V[0])))

    @property
    def cowan_brown(self) -> tuple[Array, Array]:
        """(1/i [1/A], V/i [Ohm]) of the points with a current.

        The kink of V/i over 1/i is at the limit (Cowan and Brown, Ind. Eng. Chem. 51, 1445
        (1959)).
        """
        some = self.current != 0
        return 1 / self.current[some], self.voltage[some] / self.current[some]


def current_sweep(
    problem: Any,
    terminal: str,
    first: float = 0.02,
    flat: float = 0.05,
    most: int = 20,
    growth: float = 1.5,
) -> Sweep:
    """I over V from the terminal's present voltage on, until di/dV is `flat` of that at the start.

    `terminal` is the place of a law with a potential control; voltages [V] and currents count
    from where it is, which should be the open circuit, and it is left at the last one. Steps
    begin with `first` [V], whose sign is the direction, and grow by the factor `growth`. Raises
    InputError if it has no control, NotConverged if the current still rises after `most` points.
    """
    path = control(problem, terminal)
    start, step = problem[path], first
    state = solve(problem)
    V, i, rest = [0.0], [0.0], state.current(terminal)
    for _ in range(most):
        V.append(V[-1] + step)
        problem[path] = start + V[-1]
        state, step = solve(problem, near=state), growth * step
        i.append(state.current(terminal) - rest)
        sweep = Sweep(np.array(V), np.array(i))
        if len(i) > 2 and sweep.slope <= flat:
            return sweep
    raise NotConverged(
        f"current_sweep at {terminal!r}: the current still rises at {V[-1]:g} V; raise `most`"
    )


def control(problem: Any, terminal: str) -> str:
    """Path of the value of a terminal's control; other laws may share its boundary."""
    ends = (".control.value", ".terminal.value")
    here = (f"laws.{terminal}.", f"laws.{terminal}#")
    found = [p for p in problem.parameters if p.startswith(here) and p.endswith(ends)]
    if len(found) != 1:
        raise InputError(f"{terminal!r} has no control of its own to be changed")
    return found[0]


def current_efficiency(solution: Any, species: str, where: str, terminal: str) -> float:
    """Z F N_i over the current of the cell [-]: N_i [mol/s] across `where`."""
    z = solution.site(where).blocks[0].state.charges[species]
    return float(abs(z * F * solution.flow(species, where) / solution.current(terminal)))
