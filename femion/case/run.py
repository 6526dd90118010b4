"""Running a case: mesh, problem, solve, march or programme, and what is left in its folder."""

import logging
import platform
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from .. import _dolfinx as dx
from ..domain import mesh
from ..errors import InputError, NotConverged
from ..io import RunFolder
from ..marching import march
from ..problem import Problem
from ..programme import cycle
from ..report import numbers
from ..report.numbers import quantity, unit
from ..solution import Solution, solve
from .document import Case
from .dump import resolved
from .progress import progress

log = logging.getLogger("femion")


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
    case: Case, folder: str | Path, overwrite: bool = False, comm: Any = MPI.COMM_WORLD
) -> Path:
    """Run a case and leave its results in a folder. Collective.

    Raises InputError for what cannot be right, with nothing left behind, and NotConverged where
    there is no solution: the folder then has the last good state and says "failed".
    """
    ready = problem(case, comm)
    out = RunFolder(folder, comm, overwrite)
    started, level = time.perf_counter(), log.level
    out.text("case.toml", resolved(case.source))
    out.update(title=case.title, started=datetime.now(UTC).isoformat(), **origin(case, comm))
    log.setLevel(logging.INFO)
    out.log(log)
    try:
        durations = [s.duration for s in case.stages] or [
            case.time[k] for k in case.time if k == "until"
        ]
        with progress(log, durations, comm.rank):
            _solve(case, ready, out)
        out.update(status="done", seconds=round(time.perf_counter() - started, 3))
        log.info("done in %.1f s", time.perf_counter() - started)
    except NotConverged as error:
        text = _failed(out, error)
        raise NotConverged(text) from None
    except InputError:
        out.close(log)
        out.discard()
        raise
    except BaseException as error:
        out.update(status="failed", message=f"{type(error).__name__}: {error}")
        raise
    finally:
        out.close(log)
        log.setLevel(level)
    return out.path


def _solve(case: Case, ready: Problem, out: RunFolder) -> None:
    """Solve, and write what was found."""
    how = {k: v for k, v in case.solve.items() if k in ("linear", "options")}
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
        states = found.solutions
    else:
        states = [solve(ready, **how)]
    _results(case, states, times, out)


def _results(case: Case, states: list[Solution], times: list[float], out: RunFolder) -> None:
    """Numbers, fields and pictures of the last state, and fields of all."""
    last = states[-1]
    asked, dim = case.output.metrics.items(), last.problem.domain.tdim
    metrics = {k: quantity(_plain(m(last)), m.unit, dim) for k, m in asked}
    out.update(metrics=metrics, **numbers(last))
    if case.output.fields:
        out.fields("fields", states, times)
    wanted = case.output.pictures
    if wanted is False:
        return
    from ..plot import fields

    drawn = dict.fromkeys(n for b in last.problem.phases for n in b.drawn)
    for name in drawn if wanted is True else wanted:  # type: ignore[union-attr]
        fields(last, name, out.file("pictures") / f"{name.replace('/', '_')}.png")


def _plain(value: Any) -> Any:
    """A number, or numbers by name."""
    if hasattr(value, "_asdict"):
        return value._asdict()
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


def origin(case: Case, comm: Any) -> dict[str, Any]:
    """Where the run comes from: file, git hash of its folder, versions, machine."""
    folder = case.source.folder(())
    return {
        "case": case.source.name,
        "git": _git(folder) if comm.rank == 0 else None,
        "versions": versions(),
        "machine": platform.node(),
    }


def versions() -> dict[str, str]:
    """Of femion and what it stands on."""
    from petsc4py import PETSc

    from .. import __version__

    return {
        "femion": __version__,
        "python": platform.python_version(),
        "dolfinx": dx.jit_version(),
        "petsc": ".".join(map(str, PETSc.Sys.getVersion())),
        "mpi": MPI.Get_library_version().split("\n")[0].strip("\0 "),
    }


def _git(folder: Path) -> str | None:
    """Hash of the commit that a folder is at, with "+" if there are changes."""
    try:
        words = ["git", "-C", str(folder)]
        found = subprocess.run([*words, "rev-parse", "HEAD"], capture_output=True, text=True)
        if found.returncode:
            return None
        changed = subprocess.run([*words, "diff", "--quiet", "HEAD"], capture_output=True)
        return found.stdout.strip() + ("+" if changed.returncode else "")
    except OSError:
        return None
