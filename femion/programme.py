"""Programmes: one control after the other, each until a limit is reached (CC-CV, pulse, sweep)."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from mpi4py import MPI

from .domain import mesh
from .errors import InputError, NotConverged, unknown
from .initial import initial_state
from .integrator import FIRST, Integrator, Watch
from .io.checkpoint import Checkpoints, Saved
from .laws.control import Control
from .model import Model
from .problem import Problem
from .restart import legs, so_far
from .solution import Solution
from .solvers import Linear, choose
from .trajectory import Cycle, Leg, Trajectory
from .units import is_function, positive, si

log = logging.getLogger("femion")

UNITS = {"potential": "V", "current": "A or A/m"}


@dataclass(frozen=True)
class Until:
    """A limit: a quantity reaches a value from below (`above`) or from above (`below`).

    `quantity`: "potential WHERE" [V], "current WHERE" [A], the name of what is watched, or a
    function of the Solution: Until("potential tab", above="4.2 V"), Until(lambda s: ..., below=1).
    """

    quantity: str | Callable[[Solution], float]
    above: Any = None
    below: Any = None

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise InputError(f"Until({self.name}) needs exactly one of above and below")
        unit = UNITS.get(self.name.split(" ")[0], "")
        for side in ("above", "below"):
            value = getattr(self, side)
            if value is not None and not isinstance(
                number := si(value, unit, f"{side} of Until({self.name})"), float
            ):
                raise InputError(f"{side} of Until({self.name}) = {value!r}; allowed: a number")
            object.__setattr__(self, side, None if value is None else number)

    @property
    def name(self) -> str:
        """What is limited, for people."""
        text = self.quantity
        return text if isinstance(text, str) else getattr(text, "__name__", repr(text))

    def __str__(self) -> str:
        side = "below" if self.above is None else "above"
        return f"{self.name} {side} {getattr(self, side):g}"

    def margin(self, s: Solution, seen: Watch) -> float:
        """Above 0 until the limit is reached, a share of the limit."""
        quantity = self.quantity
        value = (seen[quantity] if isinstance(quantity, str) else quantity)(s)
        if self.above is not None:
            return float((self.above - value) / (abs(self.above) or 1.0))
        return float((value - self.below) / (abs(self.below) or 1.0))


@dataclass(frozen=True)
class Stage:
    """Controls at boundaries for at most `duration` [s], or until the first limit of `until`.

    Controls that are not named stay as in the stage before. A stage with a limit that holds at
    once is skipped.
    """

    name: str
    controls: Mapping[str, Control]
    duration: Any
    until: Any = ()

    def __post_init__(self) -> None:
        duration = positive(self.duration, "s", f"duration of Stage {self.name!r}")
        object.__setattr__(self, "duration", duration)
        limits = (self.until,) if hasattr(self.until, "margin") else tuple(self.until)
        object.__setattr__(self, "until", limits)
        for where, control in self.controls.items():
            if not isinstance(control, Control):
                raise InputError(
                    f"control at {where!r} of Stage {self.name!r} = {control!r}; allowed: "
                    "Potential, Current, CurrentDensity, OpenCircuit(), Resistor, Power, Varying"
                )
            if is_function(control.held()):
                raise InputError(
                    f"control at {where!r} of Stage {self.name!r} is a function of position; "
                    "allowed: one potential of the whole terminal"
                )


def cycle(
    model: Model | Problem,
    geometry: Any = None,
    stages: Sequence[Stage] = (),
    *,
    rtol: float = 1e-4,
    longest: Any = None,
    watch: Watch | None = None,
    checkpoint: Checkpoints | None = None,
    degree: int = 1,
    linear: Linear | None = None,
    options: Mapping[str, Any] | None = None,
    comm: Any = MPI.COMM_WORLD,
) -> Cycle:
    """March through the stages of a programme, each from where the one before ended.

    A stage's limit is located in time, so that it is reached and not passed. Besides what is
    watched, "potential WHERE" [V] and "current WHERE" [A] of every boundary that a stage controls
    are. Repeat with `stages=10 * [charge, rest, discharge]`. The other arguments are those of
    `march`. Raises InputError for what cannot be right and NotConverged as `march` does, with the
    stage and the time in its sentence and the last good state.
    """
    if not stages:
        raise InputError("stages of cycle is empty; allowed: one Stage or more")
    problem = _problem(model, geometry, degree, comm)
    seen = _watched(problem, stages, dict(watch or {}))
    presets = choose(problem, linear)
    problem.switched, out = {}, Cycle()
    with checkpoint.at_work(problem) if checkpoint else nullcontext() as keeper:
        saved = keeper.find(stages) if keeper else None
        for k, stage in enumerate(stages):
            problem.switched = problem.switched | dict(stage.controls)
            if saved and k < saved.run["stage"]:
                continue
            m = Integrator(problem, presets, options)
            m.rtol, m.watch = positive(rtol, "", "rtol"), seen
            m.stop = _Margin(stage.until, seen) if stage.until else None
            m.longest = positive(stage.duration if longest is None else longest, "s", "longest")
            _start(m, out, saved)
            m.keeper, m.earlier = keeper, so_far(out)
            if keeper:
                keeper.stages = stages[: k + 1]
            now = out.legs[-1].end if out.legs else 0.0
            out.legs.append(_leg(stage, seen, now, _run(m, stage, now, saved)))
            saved = None
        m.finish()
    if not out.trajectories:
        raise InputError("stages of cycle: a limit of every Stage holds at the start already")
    return out


@dataclass(frozen=True)
class _Margin:
    """The least margin of some limits."""

    until: Sequence[Until]
    seen: Watch

    def __call__(self, s: Solution) -> float:
        return min(limit.margin(s, self.seen) for limit in self.until)


def _start(m: Integrator, out: Cycle, saved: Saved | None) -> None:
    """The first state of a stage, or the stages before the one that goes on."""
    if saved:
        out.legs = legs(saved, m.newton)
    elif out.trajectories:
        out.last.x.copy(m.newton.x)
        m.problem.push(m.newton.x)
    else:
        m.problem.refresh()
        initial_state(m.problem, m.newton.x)


def _run(m: Integrator, stage: Stage, begin: float, saved: Saved | None) -> Trajectory:
    """The march through a stage, whose failure names it."""
    end = stage.duration
    corners = {t for c in m.problem.switched.values() for t in c.corners if t < end}
    try:
        return m.run(FIRST * end, sorted({*corners, end}), [end], saved)
    except NotConverged as error:
        since = f", which began at t = {begin:.6g} s" if begin else ""
        raise NotConverged(f"stage {stage.name!r}{since}: {error}", error.state) from None


def _leg(stage: Stage, seen: Watch, begin: float, t: Trajectory) -> Leg:
    """How a stage went, and the limit that ended it."""
    if not t.stopped:
        return Leg(stage.name, begin, t)
    reached = str(min(stage.until, key=lambda limit: limit.margin(t.last, seen)))
    if t.steps:
        return Leg(stage.name, begin, t, reached)
    if t.last.comm.rank == 0:
        log.warning("stage %r is skipped: %s holds at once", stage.name, reached)
    return Leg(stage.name, begin, None, reached)


def _watched(problem: Problem, stages: Sequence[Stage], seen: dict[str, Any]) -> dict[str, Any]:
    """What is watched, and potential and current of every boundary that a stage controls."""
    known = [site.where for site, _ in problem.terminals]
    for where in dict.fromkeys(where for stage in stages for where in stage.controls):
        if where not in known:
            raise unknown("boundary with a terminal", where, known)
        seen |= {f"potential {where}": _Of("potential", where)}
        seen |= {f"current {where}": _Of("current", where)}
    for stage in stages:
        for limit in stage.until:
            if isinstance(limit.quantity, str) and limit.quantity not in seen:
                raise unknown(f"quantity in until of Stage {stage.name!r}", limit.quantity, seen)
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
