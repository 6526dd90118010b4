"""Steps in time with error control: variable-step BDF2 on a transient `Problem`."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from .audit import amounts
from .errors import NotConverged
from .flowing import NOTHING, moving
from .io.checkpoint import Keeper, Saved
from .placement import THERMAL_VOLTAGE
from .power import rise, storing_power
from .problem import Problem
from .restart import progress, resume
from .solution import Solution
from .solvers import Linear, Newton, Outcome, bdf
from .solvers.steady import Path
from .trajectory import Step, Trajectory

log = logging.getLogger("femion")

Floats = npt.NDArray[np.float64]
Watch = Mapping[str, Callable[[Solution], float]]

FIRST = 1e-6  #: first step, as a share of the time to march
#: Steps that find the potentials at the start, as shares of the first one: the shortest that is
#: not lost in rounding.
INSTANTS = (1e-1, 1.0)
TINY = 1e-300  #: a field that is zero everywhere
SMALLEST = 1e-7  #: least step, as a share of the time so far or of the first step
CLOSE = 1e-9  #: accuracy of the time of a stop, as a share of that time


@dataclass(frozen=True)
class _Point:
    """An accepted state: time, free unknowns, and what errors are measured in."""

    time: float
    x: Any
    seen: Floats


class Integrator:
    """An integration under way: at most three past points, and the trajectory so far."""

    def __init__(self, problem: Problem, presets: list[Linear], options: Any) -> None:
        self.problem, self.presets, self.options = problem, presets, options
        self.newton = Newton(problem, presets[0], options)
        assert problem.clock is not None
        self.clock = problem.clock
        self.points: list[_Point] = []
        self.outcome = Outcome(False, "")
        self.out = Trajectory()
        self.rtol, self.longest = np.inf, np.inf
        self.first, self.wanted = 0.0, 0.0  #: size of the first step and of the next one [s]
        self.watch: Watch = {}
        self.stop: Callable[[Solution], float] | None = None
        self.keeper: Keeper | None = None
        self.earlier: dict[str, Any] = {}  #: what checkpoints tell of the stages before

    @property
    def time(self) -> float:
        """Time of the last accepted state [s]."""
        return self.points[-1].time

    # -- one step -----------------------------------------------------------------------------
    def attempt(self, dt: float, euler: bool = False, still: bool = False) -> bool:
        """Solve at `dt` past the last point, by BDF2 once two points are known, or by Euler.

        While the clock stands `still`, controls are those of the last point.
        """
        times, values = [p.time for p in self.points[-2:]], [p.x for p in self.points[-2:]]
        before = times[1] - times[0] if len(times) > 1 else None
        factors = bdf.factors(dt, None if euler else before)
        self.clock.fresh.value, self.clock.past.value = factors
        self.clock.time = self.time + (0.0 if still else dt)
        bdf.extrapolate(self.clock.time, times, values).copy(self.newton.x)
        self.outcome = self.newton.solve()
        self.problem.push(self.newton.x)
        if "linear solve" in self.outcome.reason and len(self.presets) > 1:
            self.presets = self.presets[1:]
            self.newton = Newton(self.problem, self.presets[0], self.options)
            return self.attempt(dt, euler, still)
        return self.outcome.converged

    def error(self, dt: float, points: list[_Point]) -> float:
        """Estimated local error of the attempt over the tolerance, from some past points."""
        t, times = self.time + dt, [p.time for p in points]
        predicted = bdf.extrapolate(t, times, [p.seen for p in points])
        seen, scale = observed(self.problem)
        largest = float(np.max(np.abs(seen - predicted) / scale, initial=0.0))
        largest = self.problem.domain.comm.allreduce(largest, op=MPI.MAX)
        return bdf.error_share(t, times) * largest / self.rtol

    def overshoots(self) -> bool:
        """Whether free energy is dissipated and yet may have risen over the step.

        G is convex: it has risen by at most int mu~ (c - c_last). Near equilibrium, growing BDF2
        steps can overshoot (by less than the tolerance); with Euler's that integral is dt times
        what is stored per time, so that in a closed cell G can only fall. Potentials that moved by
        less than the solver's tolerance tell of rounding only.
        """
        moved = self.newton.x - self.points[-1].x
        if self.problem.sizes.of(moved)[0] < self.newton.tolerance:
            return False
        return storing_power(self.problem) < 0.0 < rise(self.problem)

    def step(self, target: float, old: Solution) -> Solution:
        """The state after one accepted step towards `target`."""
        rejected, first, error = 0, len(self.points) < 2, float("nan")
        while True:
            dt = bdf.land(min(self.wanted, self.longest), target - self.time)
            solved, known = self.attempt(dt), self.points
            if solved and not first and self.overshoots():
                solved, known = self.attempt(dt, euler=True), self.points[-2:]
            error = self.error(dt, known) if solved and not first else float("nan")
            if solved and not error > 1.0:
                break
            rejected += 1
            order = len(known) - 1
            self.wanted = bdf.next_step(dt, error, order) if solved else _other(dt, first)
            if self.wanted < SMALLEST * max(self.time, self.first) or (
                first and dt >= target - self.time
            ):
                self.give_up(old)
        if self.stop and self.stop(self.solution()) <= 0.0:
            dt, self.out.stopped = self.locate(self.stop, dt, old), True
        self.wanted = dt if first else bdf.next_step(dt, error, len(known) - 1)
        return self.accept(dt, rejected, error)

    def locate(self, stop: Callable[[Solution], float], dt: float, old: Solution) -> float:
        """The step at whose end `stop` reaches 0 from above, by regula falsi (Illinois)."""
        low, high = (0.0, stop(old)), (dt, stop(self.solution()))
        side, near = 0, CLOSE * (low[1] - high[1])
        while high[0] - low[0] > CLOSE * (self.time + high[0]):
            if high[1] == 0.0 or (low[0] > 0.0 and low[1] <= near):
                break
            middle = (low[0] * high[1] - high[0] * low[1]) / (high[1] - low[1])
            if not self.attempt(middle):
                break
            value = stop(self.solution())
            if value > 0.0:
                high = (high[0], high[1] / 2) if side > 0 else high
                low, side = (middle, value), 1
            else:
                low = (low[0], low[1] / 2) if side < 0 else low
                high, side = (middle, value), -1
        found = low[0] if low[0] > 0.0 and high[1] < 0.0 else high[0]
        if not self.attempt(found):
            self.give_up(old)
        return found

    def accept(self, dt: float, rejected: int, error: float) -> Solution:
        """The attempt is the new state."""
        state, effort = self.solution(), self.outcome.iterations
        starting = len(self.out.steps) == 0  # what came before may have jumped
        self.points = [*([] if starting else self.points), self.point()][-3:]
        if len(self.out.steps) == 1:
            self.points = self.points[-2:]
        factors = float(self.clock.fresh), float(self.clock.past)
        self.out.steps.append(Step(self.time, dt, effort, rejected, error, factors))
        now = {"reached": self.time}  # for who shows progress
        log.info("t = %.6g s: step %.3g s, %d Newton steps", self.time, dt, effort, extra=now)
        for i, worst in amounts(self.problem, state.books).imbalance.items():
            self.out.imbalance[i] = max(worst, self.out.imbalance.get(i, 0.0))
        self.record(state)
        self.clock.advance(self.problem)
        return state

    def give_up(self, old: Solution) -> None:
        """Raise NotConverged with the last good state."""
        from .diagnose import depletion

        reason = f"Newton: {self.outcome.reason}, with the smallest step"
        with old.active() as problem:
            found = depletion(problem) or reason
        if self.keeper and self.out.steps:
            self.keeper.write(old, partial(progress, self))
        raise NotConverged(f"no solution beyond t = {old.time:.6g} s: {found}", old)

    def point(self) -> _Point:
        """The present unknowns as a point of the past."""
        return _Point(self.clock.time, self.newton.x.copy(), observed(self.problem)[0])

    def solution(self) -> Solution:
        """The present unknowns as a Solution."""
        return Solution(self.problem, Path([(1.0, self.outcome)]), self.newton)

    # -- the march ----------------------------------------------------------------------------
    def begin(self, first: float) -> Solution:
        """The state at the start: given concentrations, potentials by a step too short to matter.

        Where that step has no solution (something must change within less than a cell) the
        potentials are those of the first guess.
        """
        self.clock.time, self.first, self.wanted = 0.0, first, first
        self.clock.advance(self.problem)
        self.points = [self.point()]
        self.newton.allow(self.newton.usual + round(self.problem.wires.jump(self.newton.x)))
        found = any(self.attempt(share * first, still=True) for share in INSTANTS)
        self.newton.allow(self.newton.usual)
        if found:
            self.points = [_Point(0.0, self.newton.x.copy(), self.points[0].seen)]
        else:
            self.points[0].x.copy(self.newton.x)
            self.outcome = Outcome(True, "the given state", steps=[0.0])
        self.clock.time = 0.0
        state = self.solution()
        self.record(state)
        self.out.stopped = self.stop is not None and self.stop(state) <= 0.0
        return state

    def run(
        self,
        first: float,
        targets: Sequence[float],
        output: Sequence[float],
        saved: Saved | None = None,
    ) -> Trajectory:
        """March from 0, or from where `saved` is, through all targets; keep those in `output`."""
        state = resume(self, saved) if saved else self.begin(first)
        if 0.0 in output and not saved:
            self.keep(state)
        done = max(self.out.times, default=-1.0) * (1 + 1e-12)
        for target in [t for t in targets if t > done]:
            while not self.out.stopped and self.time < target * (1 - 1e-12):
                state = self.step(target, state)
                if self.keeper:
                    self.keeper.tick(state, partial(progress, self))
            if (self.out.stopped or target in output) and self.time not in self.out.times:
                self.keep(state)
            if self.out.stopped:
                break
        self.state = state
        return self.out

    def finish(self) -> None:
        """A last checkpoint, if there are any."""
        if self.keeper and self.out.steps:
            self.keeper.write(self.state, partial(progress, self))

    def record(self, state: Solution) -> None:
        """Append what is watched."""
        values = {"time": state.time or 0.0} | {k: f(state) for k, f in self.watch.items()}
        for name, value in values.items():
            series = self.out.history.get(name, np.zeros(0))
            self.out.history[name] = np.append(series, float(value))

    def keep(self, state: Solution) -> None:
        """Add to the requested states."""
        self.out.times.append(state.time or 0.0)
        self.out.solutions.append(state)
        if self.keeper:
            name = f"kept-{self.earlier.get('stage', 0):04d}-{len(self.out.times) - 1:06d}"
            self.keeper.keep(state, name)
            self.out.names.append(name)


def _other(dt: float, first: bool) -> float:
    """The step after one without a solution: a first one was too short for the mesh."""
    return 10 * dt if first else dt / 4


def observed(problem: Problem) -> tuple[Floats, Floats]:
    """What errors are measured of, and what they are compared with, at the local nodes of all.

    c_i and its largest value in the phase, phi and RT/F, velocities where momentum is stored and
    the largest one. Pressures follow from the rest (a DAE of index 2) and are not looked at. The
    values are not divided at once: the largest one moves with them, and a uniform change would
    not be seen.
    """
    parts, largest = [], []
    stored = {name for what, name, _ in problem.rows if what == "storage"}
    for name, block in problem.blocks.items():
        if moving(block) and name in stored:
            parts.append(block.u.x.array)
            largest.append(max(np.abs(block.u.x.array).max(initial=0.0), NOTHING))
        if not block.species:
            continue  # a scalar that keeps an amount
        if block.lumped:
            parts.append(block.u.x.array)  # F phi/RT of a metal
            largest.append(1.0)
            continue
        image = block.image().x.array.reshape(-1, len(block.drawn))
        for name in block.drawn:
            values = block.physical(image, name)
            parts.append(values)
            largest.append(THERMAL_VOLTAGE if name == "phi" else np.abs(values).max(initial=TINY))
    most = np.array(largest)
    problem.domain.comm.Allreduce(MPI.IN_PLACE, most, MPI.MAX)
    scales = [np.full(len(v), m) for v, m in zip(parts, most, strict=True)]
    return np.concatenate(parts), np.concatenate(scales)
