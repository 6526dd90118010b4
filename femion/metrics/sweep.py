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
    """A measured i-V curve: voltages [V] and currents [A], in 2D [A/m]."""

    voltage: Array
    current: Array

    @property
    def limit(self) -> float:
        """Limiting current: where dV/di is the largest multiple of what it is at the start [A].

        That is the plateau of an electroneutral model, which has nothing above it.
        """
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
    problem: Any, terminal: str, first: float = 0.02, flat: float = 0.01, most: int = 40
) -> Sweep:
    """i over V in growing steps from 0 V until di/dV is `flat` times that at the start.

    `terminal` is a law with a potential control; it is left at the last voltage. Steps [V] start
    with `first` and double while the current goes on growing by less than a tenth of itself.
    Raises InputError if it has no potential, NotConverged if the current is still rising after
    `most` points.
    """
    path = f"laws.{terminal}.control.value"
    if path not in problem.parameters:
        raise InputError(f"current_sweep: {terminal!r} has no potential control to be changed")
    V, i, step = [0.0], [], first
    state = None
    for _ in range(most):
        problem[path] = V[-1]
        state = solve(problem, near=state)
        i.append(state.current(terminal))
        if len(i) > 2:
            sweep = Sweep(np.array(V), np.array(i))
            if abs(sweep.slope) <= flat:
                return sweep
            step *= 2 if abs(i[-1] - i[-2]) < 0.1 * abs(i[-1]) else 1
        V.append(V[-1] + step)
    raise NotConverged(
        f"current_sweep at {terminal!r}: the current still rises at {V[-2]:g} V; raise `most`"
    )


def current_efficiency(solution: Any, species: str, where: str, terminal: str) -> float:
    """z F N_i over the current of the cell [-]: N_i [mol/s] across `where`."""
    z = solution.site(where).blocks[0].state.charges[species]
    return float(abs(z * F * solution.flow(species, where) / solution.current(terminal)))
