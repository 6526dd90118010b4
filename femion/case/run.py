"""Running a case: mesh, problem, solve, march or programme, and what is left in its folder."""

import logging
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from .. import plot
from ..domain import mesh
from ..errors import FemionError, InputError, NotConverged, Stopped
from ..io import RunFolder, load
from ..marching import march
from ..plot.gather import on_root
from ..problem import Problem
from ..programme import cycle
from ..report import numbers, page
from ..report.numbers import quantity, unit
from ..solution import Solution, solve
from ..trajectory import Step
from .document import Case
from .dump import resolved
from .origin import origin
from .progress import progress
from .settings import VECTORS

log = logging.getLogger("femion")

CHECKPOINTS = "checkpoints"  #: folder in that of the run

#: Share of mixing that is numerical above which a person should know.
MIXED = 0.1


class _Described(Problem):
    """A Problem without its equations: all that is checked before they are compiled."""

    def _build_forms(self) -> None:
        """None."""

    def _number(self) -> None:
        """None."""


def problem(case: Case, comm: Any = MPI.COMM_WORLD) -> Problem:
    """The ready problem of a case; raises InputError with the lines of the file."""
    how = {k: v for k, v in case.solve.items() if k in ("degree", "quadrature")}
    transient = bool(case.time or case.stages)
    made: Problem | None = None
    with case.source.watching():
        domain = mesh(case.geometry, comm)
        made = Problem(case.model, domain, **how, transient=transient, programme=bool(case.stages))
    case.source.refuse()
    assert made is not None
    return made


def check(case: Case, comm: Any = MPI.COMM_WORLD) -> int:
    """Mesh a case and place its model there; the number of cells. Raises as `problem` does."""
    how = {k: v for k, v in case.solve.items() if k in ("degree", "quadrature")}
    cells = 0
    with case.source.watching():
        domain = mesh(case.geometry, comm)
        _Described(case.model, domain, **how, transient=bool(case.time or case.stages))
        cells = int(domain.mesh.topology.index_map(domain.tdim).size_global)
    case.source.refuse()
    return cells


def run(
    case: Case,
    folder: str | Path,
    overwrite: bool = False,
    comm: Any = MPI.COMM_WORLD,
    resume: bool = False,
) -> Path:
    """Run a case and leave its results in a folder, or go on with what is there. Collective.

    Raises InputError for what cannot be right, with nothing left behind, NotConverged where there
    is no solution: the folder then has the last good state and says "failed"; and Stopped on
    SIGTERM, if the case keeps checkpoints.
    """
    ready = problem(case, comm)
    out = RunFolder(folder, comm, overwrite, resume)
    level = log.level
    _begin(case, out)
    log.setLevel(logging.INFO)
    out.log(log)
    try:
        _complete(case, ready, out)
    except NotConverged as error:
        text = _failed(out, error)
        raise NotConverged(text) from None
    except Stopped as error:
        text = f"{str(error).split(';')[0]}; 'femion resume {out.path}' goes on from there"
        out.update(status="stopped", message=text)
        raise Stopped(text) from None
    except InputError as error:
        out.close(log)
        if resume:
            out.update(status="failed", message=str(error))
        else:
            out.discard()
        raise
    except BaseException as error:
        out.update(status="failed", message=f"{type(error).__name__}: {error}")
        raise
    finally:
        out.close(log)
        log.setLevel(level)
    if case.output.report:
        _report(case, out)
    return out.path


def _begin(case: Case, out: RunFolder) -> None:
    """What the folder says before anything is computed."""
    if out.resumed:
        out.summary.pop("message", None)
        out.update(resumed=[*out.summary.get("resumed", []), datetime.now(UTC).isoformat()])
        return
    out.text("case.toml", resolved(case.source))
    if case.checkpoint is not None:
        out.file(CHECKPOINTS)
    started = datetime.now(UTC).isoformat()
    out.update(title=case.title, started=started, **origin(case, out.comm))


def _complete(case: Case, ready: Problem, out: RunFolder) -> None:
    """Solve with progress shown, until the run is done."""
    started, until = time.perf_counter(), [case.time[k] for k in case.time if k == "until"]
    with progress(log, [s.duration for s in case.stages] or until, out.comm.rank):
        _solve(case, ready, out)
    if case.output.report:
        out.file(page.NAME)
    out.update(status="done", seconds=round(time.perf_counter() - started, 3))
    log.info("done in %.1f s", time.perf_counter() - started)


def _report(case: Case, out: RunFolder) -> None:
    """A page about the run, which is done whatever comes of the page."""

    def write() -> None:
        try:
            page.write(load(out.path), case.output.pictures)
        except Exception as error:  # of a package that draws: no rank may wait for this one
            raise FemionError(f"{type(error).__name__}: {error}") from error

    try:
        on_root(out.comm, write)
    except FemionError as error:
        warnings.warn(f"no {page.NAME}: {error}", stacklevel=3)


def _solve(case: Case, ready: Problem, out: RunFolder) -> None:
    """Solve, and write what was found."""
    how = {k: v for k, v in case.solve.items() if k in ("linear", "options")}
    if case.checkpoint is not None:
        folder = out.path / CHECKPOINTS
        how["checkpoint"] = replace(case.checkpoint, folder=folder, resume=out.resumed)
    if case.limiting is not None:
        limit = case.limiting.apply(ready)
        out.update(limiting_current=quantity(limit, "A", ready.domain.tdim))
    times: list[float] = []
    if case.stages:
        programme = cycle(ready, stages=case.stages, **case.time, **how)
        programme.save(out.file("timeseries.csv"))
        stages = [
            {"name": g.name, "begin": g.begin, "end": g.end, "reached": g.reached}
            for g in programme.legs
        ]
        out.update(stages=stages)
        _steps([(g.begin, g.trajectory.steps) for g in programme.legs if g.trajectory], out)
        states: list[Solution] = [t.last for t in programme.trajectories]
        times = [g.end for g in programme.legs if g.trajectory]
    elif case.time:
        found = march(ready, **case.time, **how)
        seen, dim = case.time.get("watch", {}).items(), ready.domain.tdim
        units = {k: f" [{unit(m.unit, dim)}]" for k, m in seen if m.unit}
        columns = {"time [s]": found.history["time"]}
        columns |= {f"{k}{units.get(k, '')}": v for k, v in found.history.items() if k != "time"}
        out.table("timeseries.csv", columns)
        out.update(times=found.times, steps=len(found.steps), worst_imbalance=found.imbalance)
        _steps([(0.0, found.steps)], out)
        states = found.solutions
    else:
        states = [solve(ready, **how)]
        out.update(convergence=_history(states[0].path))
    _results(case, states, times, out)


def _results(case: Case, states: list[Solution], times: list[float], out: RunFolder) -> None:
    """Numbers, fields and pictures of the last state, and fields of all."""
    last = states[-1]
    asked, dim = case.output.metrics.items(), last.problem.domain.tdim
    metrics = {k: quantity(_plain(m(last)), m.unit, dim) for k, m in asked}
    out.update(metrics=metrics, **numbers(last))
    _warn_of_mixing(last.audit.numerical_mixing)
    if case.output.fields:
        out.fields("fields", states, times, case.output.stored)
    if case.output.pictures is not False:
        _pictures(last, case.output.pictures, out.file("pictures"))


def _warn_of_mixing(shares: dict[str, dict[str, float]]) -> None:
    """Say so where cells are too large for the layers of what is carried along."""
    every = [(x, i, phase) for phase, some in shares.items() for i, x in some.items()]
    share, i, phase = max(every, default=(0.0, "", ""))
    if share > MIXED:
        warnings.warn(
            f"{100 * share:.0f} % of the mixing of {i} in phase {phase!r} is numerical: cells do "
            "not resolve its layers, whose fluxes may be too large by up to as much; smaller "
            "cells at walls and in wakes, or degree = 2",
            stacklevel=2,
        )


def _pictures(last: Solution, wanted: bool | Sequence[str], folder: Path) -> None:
    """The mesh, and fields or vectors by name (True: all fields, and where there is a flow)."""
    blocks, dim = last.problem.phases, last.problem.domain.tdim
    every = [*dict.fromkeys(n for b in blocks for n in b.drawn)]
    every += ["streams velocity"] if any(b.flow for b in blocks) else []
    plot.mesh(last, folder / "mesh.png")
    for name in every if isinstance(wanted, bool) else wanted:
        file = folder / f"{name.replace('/', '_').replace(' ', '_')}.png"
        how, _, vector = name.partition(" ")
        if how in VECTORS:
            getattr(plot, how)(last, vector, file)
            continue
        plot.fields(last, name, file)
        if dim == 3:
            plot.fields(last, name, file.with_stem(f"{file.stem}_cut"), clip="-y")


def _steps(parts: Sequence[tuple[float, Sequence[Step]]], out: RunFolder) -> None:
    """Steps in time: when they ended, how long they were, and what they took."""
    steps = [(begin + s.time, s) for begin, part in parts for s in part]
    columns = {"time [s]": [t for t, _ in steps], "step [s]": [s.dt for _, s in steps]}
    for head in ("iterations", "rejected", "error"):
        columns[head] = [getattr(s, head) for _, s in steps]
    out.table("steps.csv", columns)


def _history(path: Any) -> list[dict[str, Any]]:
    """How Newton's method went, attempt by attempt."""
    knobs = path.knobs or [""] * len(path.attempts)
    return [
        {
            "knob": knob,
            "share_of_drive": share,
            "converged": outcome.converged,
            "reason": outcome.reason,
            "steps": outcome.steps,
            "linear_iterations": outcome.linear_iterations,
        }
        for knob, (share, outcome) in zip(knobs, path.attempts, strict=False)
    ]


def _plain(value: Any) -> Any:
    """A number, or numbers by name."""
    if hasattr(value, "_asdict"):
        return value._asdict()
    if hasattr(value, "numbers"):
        return value.numbers
    if hasattr(value, "__dataclass_fields__"):
        return {k: getattr(value, k) for k in value.__dataclass_fields__}
    return value if isinstance(value, Mapping) or np.ndim(value) else float(value)


def _failed(out: RunFolder, error: NotConverged) -> str:
    """Say so in the summary, keep the last good state; the sentence for people."""
    text = str(error)
    state: Any = error.state
    if state is not None:
        out.fields("last_good_state", state)
        text += f"; that state is kept in {out.path / 'last_good_state'}/"
    log.info("%s", error)
    out.update(status="failed", message=str(error))
    return text
