"""Programmes: one control after the other, each until a limit is reached (CC-CV, pulse, sweep)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from .domain import mesh
from .errors import InputError, unknown
from .initial import initial_state
from .integrator import Integrator, Trajectory, Watch
from .laws.control import Control
from .march import FIRST
from .model import Model
from .problem import Problem
from .solution import Solution
from .solvers import Linear, choose
from .units import positive

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Until:
    """A limit: `quantity`, a function of the Solution, reaches a value from below or from above.

    Until(lambda s: s.potential("tab"), above=4.2), Until(lambda s: s.current("tab"), below=0.05).
    """

    quantity: Callable[[Solution], float]
    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise InputError("Until needs exactly one of above and below")

    def margin(self, s: Solution) -> float:
        """Above 0 until the limit is reached, a share of the limit."""
        value = self.quantity(s)
        if self.above is not None:
            return (self.above - value) / (abs(self.above) or 1.0)
        assert self.below is not None
        return (value - self.below) / (abs(self.below) or 1.0)


@dataclass(frozen=True)
class Stage:
    """Controls at boundaries for at most `duration` [s], or until the first limit of `until`.

    Controls that are not named stay as in the stage before.
    """

    name: str
    controls: Mapping[str, Control]
    duration: Any
    until: Sequence[Until] = ()

    def __post_init__(self) -> None:
        duration = positive(self.duration, "s", f"duration of Stage {self.name!r}")
        object.__setattr__(self, "duration", duration)
        for where, control in self.controls.items():
            if not isinstance(control, Control):
                raise InputError(
                    f"control at {where!r} of Stage {self.name!r} = {control!r}; allowed: "
                    "Potential, Current, CurrentDensity, OpenCircuit(), Resistor, Power, Varying"
                )

    def margin(self, s: Solution) -> float:
        """The least margin of its limits."""
        return min(limit.margin(s) for limit in self.until)


@dataclass
class Cycle:
    """What a programme did: a Trajectory per stage, and all of them as one history."""

    stages: list[Stage] = field(default_factory=list)
    trajectories: list[Trajectory] = field(default_factory=list)

    @property
    def last(self) -> Solution:
        """The state at the end."""
        return self.trajectories[-1].last

    @property
    def history(self) -> dict[str, Floats]:
        """Watched values, "time" [s] from the start and "stage" (its number)."""
        parts: dict[str, list[Floats]] = {}
        begin = 0.0
        for k, t in enumerate(self.trajectories):
            values = t.history | {"stage": np.full(len(t.history["time"]), float(k))}
            for name, series in values.items():
                parts.setdefault(name, []).append(series + begin if name == "time" else series)
            begin += float(t.history["time"][-1])
        return {name: np.concatenate(series) for name, series in parts.items()}


def cycle(
    model: Model | Problem,
    geometry: Any = None,
    stages: Sequence[Stage] = (),
    *,
    rtol: float = 1e-4,
    longest: Any = None,
    watch: Watch | None = None,
    degree: int = 1,
    linear: Linear | None = None,
    options: Mapping[str, Any] | None = None,
    comm: Any = MPI.COMM_WORLD,
) -> Cycle:
    """March through the stages of a programme, each from where the one before ended.

    A stage's limit is located in time, so that it is reached and not passed. Besides what is
    watched, "potential WHERE" [V] and "current WHERE" [A] of every boundary that a stage controls
    are. Raises InputError for what cannot be right and NotConverged as `march` does.
    """
    if not stages:
        raise InputError("stages of cycle is empty; allowed: one Stage or more")
    problem = _problem(model, geometry, degree, comm)
    seen = _watched(problem, stages, dict(watch or {}))
    presets = [linear] if linear else choose(problem.numbering.size[1], problem.domain.tdim)
    out, x = Cycle(), None
    problem.switched = {}
    for stage in stages:
        problem.switched = problem.switched | dict(stage.controls)
        m = Integrator(problem, presets, options)
        m.rtol, m.watch = rtol, seen
        m.stop = stage.margin if stage.until else None
        m.longest = positive(stage.duration if longest is None else longest, "s", "longest")
        if x is None:
            problem.refresh()
            initial_state(problem, m.newton.x)
        else:
            x.copy(m.newton.x)
            problem.push(x)
        out.stages.append(stage)
        out.trajectories.append(m.run(FIRST * stage.duration, [stage.duration], [stage.duration]))
        x = out.last.x
    return out


def _watched(problem: Problem, stages: Sequence[Stage], seen: dict[str, Any]) -> dict[str, Any]:
    """What is watched, and potential and current of every boundary that a stage controls."""
    known = [site.where for site, _ in problem.terminals]
    for where in dict.fromkeys(where for stage in stages for where in stage.controls):
        if where not in known:
            raise unknown("boundary with a terminal", where, known)
        seen |= {f"potential {where}": _Of("potential", where)}
        seen |= {f"current {where}": _Of("current", where)}
    return seen


@dataclass(frozen=True)
class _Of:
    """A method of a Solution at a place."""

    name: str
    where: str

    def __call__(self, s: Solution) -> float:
        return float(getattr(s, self.name)(self.where))


def _problem(model: Any, geometry: Any, degree: int, comm: Any) -> Problem:
    if not isinstance(model, Problem):
        return Problem(model, mesh(geometry, comm), degree, transient=True, programme=True)
    if model.clock is None or not model.programme:
        raise InputError("cycle() needs a Problem made with transient=True and programme=True")
    return model
