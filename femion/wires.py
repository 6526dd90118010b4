"""Equations of the terminals whose potential is an unknown: one scalar each, on rank 0.

A wire's row is the sum of what enters the modelled domain there, less the current its control
says. Where the control holds the potential after all (a step of a programme) the row says that
instead, so that switching from a current to a potential changes no numbering.
"""

from collections.abc import Sequence
from typing import Any

from .placement import THERMAL_VOLTAGE, Site
from .units import F

Terminals = Sequence[tuple[Site, Any]]


class Wires:
    """The terminals of a problem that are unknowns, in the order of the first free unknowns."""

    def __init__(self, problem: Any, terminals: Terminals) -> None:
        self.problem, self.terminals = problem, list(terminals)
        self.first = problem.domain.comm.rank == 0  #: this rank has their rows

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
                b.array_w[k] -= drive * control.entering(site.area, V) / self.unit

    def derivatives(self, x: Any, A: Any) -> None:
        """The same rows of the Jacobian, assembled."""
        rows = range(len(self.terminals))
        held = [k for k in rows if self.present(k).held() is not None]
        drive = self.problem.drive
        slopes = {}
        for k in rows if self.first else ():
            V = float(x.array_r[k]) * THERMAL_VOLTAGE
            slopes[k] = drive * self.present(k).slope(self.terminals[k][0].area, V)
        for k, slope in slopes.items():
            if slope and k not in held:
                A.setValue(k, k, -slope * THERMAL_VOLTAGE / self.unit, addv=True)
        A.assemble()
        if held:
            A.zeroRows(held if self.first else [], diag=1.0)

    @property
    def unit(self) -> float:
        """Current of a residual of 1 [A]."""
        return F * float(self.problem.flux_scale)
