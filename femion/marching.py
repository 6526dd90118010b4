"""Time integration: the steady forms and what each phase stores, over a span of time."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from mpi4py import MPI

from .consistency import controls
from .domain import mesh
from .errors import InputError
from .initial import initial_state, same_state
from .integrator import FIRST, Integrator, Watch
from .io.checkpoint import Checkpoints, Saved
from .model import Model
from .problem import Problem
from .solution import Solution
from .solvers import Linear, choose
from .trajectory import Step, Trajectory
from .units import positive, si

__all__ = ["Step", "Trajectory", "duration", "march", "requested"]

EARLY = 1e-2  #: the same, as a share of the first requested time


def march(
    model: Model | Problem,
    geometry: Any = None,
    *,
    until: Any,
    output: Sequence[Any] = (),
    initial: Solution | None = None,
    rtol: float = 1e-4,
    first: Any = None,
    longest: Any = None,
    watch: Watch | None = None,
    stop: Callable[[Solution], float] | None = None,
    checkpoint: Checkpoints | None = None,
    degree: int = 1,
    linear: Linear | None = None,
    options: Mapping[str, Any] | None = None,
    comm: Any = MPI.COMM_WORLD,
) -> Trajectory:
    """Integrate a model in time from its phases' initial concentrations, or from a Solution.

    Args:
        model: What `solve` takes; a ready Problem must be `transient`.
        geometry: What `solve` takes; by default the Domain of `initial`.
        until: End of the march [s].
        output: Times whose states are kept [s], each hit exactly; by default `until`.
        initial: A state of the same phases on the same Domain, steady or not.
        rtol: Largest local error of a step, of concentrations over the largest in the phase and
            of potentials over RT/F. With math.inf all steps grow to `longest`.
        first: First step [s]; by default 1e-6 of `until` or 1e-2 of the first output.
        longest: Longest step [s].
        watch: Functions of the Solution that are evaluated after every step.
        stop: Function of the Solution, above 0 while the march goes on; where it reaches 0 is
            located, kept, and the end.
        checkpoint: Where the state is kept on disk, and whether to go on from there.
        degree: Of the elements, 1 or 2.
        linear: Linear solver.
        options: PETSc options that override.
        comm: Communicator of the mesh.

    Raises InputError for what cannot be right and NotConverged where there is no solution
    further on; the last good state is then in the error's `state`.
    """
    end, times = requested(until, output)
    short = min([FIRST * end, *(EARLY * t for t in times if t > 0)])
    start = duration(short if first is None else first, "first")
    problem = _problem(model, geometry, initial, degree, comm)
    presets = choose(problem, linear)
    m = Integrator(problem, presets, options)
    m.rtol, m.watch, m.stop = positive(rtol, "", "rtol"), watch or {}, stop
    m.longest = duration(end if longest is None else longest, "longest")
    corners = {float(t) for _, c in problem.terminals for t in c.corners if float(t) < end}
    targets = sorted({t for t in times if t > 0} | corners | {end})
    with checkpoint.at_work(problem) if checkpoint else nullcontext() as m.keeper:
        saved = m.keeper.find() if m.keeper else None
        if saved:
            _not_passed(saved, times)
        else:
            _start(problem, initial, m.newton.x)
        out = m.run(start, targets, times, saved)
        m.finish()
    if out.stopped and not out.steps:
        raise InputError("stop: the condition holds at the start already")
    return out


def _start(problem: Problem, initial: Solution | None, x: Any) -> None:
    """The first state."""
    if initial is None:
        problem.refresh()
        initial_state(problem, x)
        return
    with initial.active() as other:
        same_state(problem, other, x)


def _not_passed(saved: Saved, times: Sequence[float]) -> None:
    """Raise InputError for a requested time that a checkpoint is past without having its state."""
    march = saved.run["march"]
    now = march["points"][-1] * (1 - 1e-12)
    for t in times:
        if t < now and not any(math.isclose(t, kept, rel_tol=1e-12) for kept in march["times"]):
            raise InputError(
                f"output has t = {t:g} s, whose state is not in the checkpoint at "
                f"{march['points'][-1]:g} s; allowed: times after it, and those of before"
            )


def requested(until: Any, output: Sequence[Any]) -> tuple[float, list[float]]:
    """(end, requested times in order) [s]."""
    end = duration(until, "until")
    times = sorted({si(t, "s", "a time in output") for t in output} or {end})
    for t in times:
        if not 0.0 <= t <= end:
            raise InputError(f"output has t = {t:g} s; allowed: from 0 to until = {end:g} s")
    return end, times


def duration(value: Any, what: str) -> float:
    """A positive time [s]."""
    t = positive(value, "s", what)
    if not isinstance(t, float) or not math.isfinite(t):
        raise InputError(f"{what} = {value!r}; allowed: a time in s")
    return t


def _problem(model: Any, geometry: Any, initial: Any, degree: int, comm: Any) -> Problem:
    """A transient Problem of a model."""
    if isinstance(model, Problem):
        problem = model
    else:
        domain = initial.problem.domain if geometry is None and initial else mesh(geometry, comm)
        problem = Problem(model, domain, degree, transient=True)
    if problem.clock is None:
        raise InputError("march() needs a Problem made with transient=True; this one is steady")
    for site in problem.sites:
        free = any(c is not None and c.held() is None for c in controls(site))
        if free and site.blocks[1] is None and site.blocks[0].closure.continuous:
            raise InputError(
                f"{type(site.law).__name__}({site.where!r}) imposes a current beside a phase with "
                "Poisson closure, where a transient current is displacement, too; give a potential"
            )
    return problem
