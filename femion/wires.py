"""Equations of the terminals whose potential is an unknown: one scalar each, on rank 0.

A wire's row is the sum of what enters the modelled domain there, less the current its control
says. Where the control holds the potential after all (a step of a programme) the row says that
instead, so that switching from a current to a potential changes no numbering.
"""

from collections.abc import Sequence
from typing import Any

from .placement import THERMAL_VOLTAGE, Site
from .units import F


class Wires:
    """The terminals of a problem that are unknowns, in the order of the first free unknowns."""

    def __init__(self, problem: Any) -> None:
        self.problem = problem
        self.first = problem.domain.comm.rank == 0  #: this rank has their rows

    @property
    def terminals(self) -> Sequence[tuple[Site, Any]]:
        """(site, control as stated) of each."""
        return self.problem.terminals  # type: ignore[no-any-return]

    def present(self, k: int) -> Any:
        """The control of a terminal at the present step and time."""
        site, control = self.terminals[k]
        time = self.problem.clock.time if self.problem.clock else 0.0
        return self.problem.switched.get(site.where, control).at(time)

    def equations(self, x: Any, b: Any) -> None:
        """Rows of a residual that has what enters already."""
        drive = self.problem.drive
        for k, (site, _) in enumerate(self.terminals if self.first else ()):
            control, V = self.present(k), float(x.array_r[k]) * THERMAL_VOLTAGE
            if (held := control.held()) is not None:
                b.array_w[k] = (V - drive * float(held)) / THERMAL_VOLTAGE
            else:
                b.array_w[k] -= control.share(drive) * control.entering(site.area, V) / self.unit

    def derivatives(self, x: Any, A: Any) -> None:
        """The same rows of the Jacobian, assembled."""
        rows = range(len(self.terminals))
        held = [k for k in rows if self.present(k).held() is not None]
        drive = self.problem.drive
        slopes = {}
        for k in rows if self.first else ():
            V = float(x.array_r[k]) * THERMAL_VOLTAGE
            control = self.present(k)
            slopes[k] = control.share(drive) * control.slope(self.terminals[k][0].area, V)
        for k, slope in slopes.items():
            if slope and k not in held:
                A.setValue(k, k, -slope * THERMAL_VOLTAGE / self.unit, addv=True)
        A.assemble()
        if held:
            A.zeroRows(held if self.first else [], diag=1.0)

    def jump(self, x: Any) -> float:
        """How far a potential may have to go under new controls, over R T_ref/F. Collective.

        To the value it is held at, or back to the model's zero; Newton climbs it by its clamp.
        """
        largest = 0.0
        for k in range(len(self.terminals) if self.first else 0):
            held, now = self.present(k).held(), float(x.array_r[k])
            goal = 0.0 if held is None else self.problem.drive * float(held) / THERMAL_VOLTAGE
            largest = max(largest, abs(goal - now))
        return float(self.problem.domain.comm.bcast(largest))

    @property
    def unit(self) -> float:
        """Current of a residual of 1 [A]."""
        return F * float(self.problem.flux_scale)
