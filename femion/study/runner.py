"""Running a study: here or on a cluster, going on where it was, with a table that grows."""

import logging
import os
import signal
import sys
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from ..errors import FemionError, InputError, Stopped
from .cluster import Cluster, through
from .document import Study
from .figure import pictures
from .folder import StudyFolder
from .job import Job, Outcome, Watch, attempt, digest
from .plan import Plan, planned, validate
from .table import Table

#: femion as this Python has it.
FEMION = (sys.executable, "-m", "femion")
log = logging.getLogger("femion.study")


def sweep(
    study: Study,
    output: str | Path,
    *,
    retry: bool = False,
    allow_code: bool = False,
    scheduler: str = "",
    command: Sequence[str] = FEMION,
) -> Table:
    """Run all cases of a study that have not ended yet, and leave a table. On one process.

    Args:
        study: As `read` gives it.
        output: Folder; that of the same study goes on.
        retry: Run those again that failed or had no solution.
        allow_code: Cases may run Python functions, and a cluster's jobs their prologue.
        scheduler: Address of a scheduler of Dask that is running.
        command: What runs a case, by default this femion.

    Raises:
        InputError: The study or its case cannot be right, or the folder belongs to another.
        Stopped: SIGTERM or Ctrl-C; the same call goes on.
        FemionError: No case came to its end.
    """
    cluster = Cluster("running", scheduler) if scheduler else study.cluster
    if cluster and cluster.prologue and not allow_code:
        raise InputError("prologue of cluster runs a shell's lines; allowed: with --allow-code")
    made, folder = planned(study), StudyFolder(output)
    validate(made, allow_code, mesh=not folder.known(made))
    with ExitStack() as stack:
        client = None
        if cluster and (left := _left(Table(made, folder), retry)):
            client = cluster.client(_workers(study, len(left)), study.ranks, stack)
        stack.enter_context(folder.at_work(made))
        table = Table(made, folder)
        same = {"command": command, "allow_code": allow_code}
        digests = {file: digest(file) for file in study.cases.values()}
        jobs = [_job(made, folder, k, digests, same) for k in _left(table, retry)]
        try:
            with _logged(folder.path / "log.txt"):
                _work(jobs, table, client)
        finally:
            table.save()
        pictures(table)
    if not any(o and o.status == "done" for o in table.outcomes):
        raise FemionError(f"no case of the study came to its end; '{output}/table.csv' says why")
    return table


def _left(table: Table, retry: bool) -> list[int]:
    """Rows that have not ended, or with `retry` are not done."""
    ended = [o is not None and (o.status == "done" or not retry) for o in table.outcomes]
    return [k for k, done in enumerate(ended) if not done]


def _workers(study: Study, jobs: int) -> int:
    return max(1, min(study.workers or _cores() // study.ranks, jobs))


def _job(
    made: Plan, folder: StudyFolder, k: int, digests: Mapping[Path, str], same: Mapping[str, Any]
) -> Job:
    row, place = made.rows[k], str(folder.run(k + 1).resolve())
    file, changes = made.case(row), made.changes(row)
    found = {"digest": digests[file], "ranks": made.study.ranks, **same}
    return Job(k + 1, place, str(file.resolve()), changes, **found)


def _work(jobs: Sequence[Job], table: Table, client: Any) -> None:
    """Run jobs, through a client of Dask if there is one; the table on disk follows."""
    due = time.monotonic() + 1.0
    with ExitStack() as stack:
        step = stack.enter_context(_progress(len(table.plan.rows), len(jobs)))
        here = _workers(table.plan.study, len(jobs))
        outcomes = through(client, jobs) if client else _here(jobs, here)
        stack.enter_context(closing(outcomes))
        stack.enter_context(_interruptible())
        for outcome in outcomes:
            if outcome.status == "stopped":
                continue
            kept = table.put(outcome)
            step(kept)
            log.info("%04d %s in %.1f s%s", *_words(kept))
            if (now := time.monotonic()) > due:
                table.save()
                due = time.monotonic() + max(1.0, 20 * (time.monotonic() - now))  # a long table


def _words(outcome: Outcome) -> tuple[int, str, float, str]:
    reason = f": {outcome.reason}" if outcome.reason else ""
    return outcome.number, outcome.status, outcome.seconds, reason


def _here(jobs: Sequence[Job], workers: int) -> Generator[Outcome]:
    """Outcomes in the order in which they come, of processes of this machine."""
    watch = Watch()
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(attempt, job, watch) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            if any(not f.done() for f in futures):  # whoever asks for outcomes has stopped
                for future in futures:
                    future.cancel()
                watch.stop()


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM and Ctrl-C end a sweep with a sentence."""

    def stop(number: int, frame: Any) -> None:
        raise Stopped("the sweep was stopped; the same command goes on with what is left")

    names = (signal.SIGTERM, signal.SIGINT)
    try:
        before = {n: signal.signal(n, stop) for n in names}
    except ValueError:  # not the main thread: whoever called looks after signals
        yield
        return
    try:
        yield
    finally:
        for n, handler in before.items():
            signal.signal(n, handler)


@contextmanager
def _progress(total: int, left: int) -> Iterator[Any]:
    """A bar with the time remaining, at a terminal."""
    if not sys.stderr.isatty() or not left:
        yield lambda outcome: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (BarColumn(), MofNCompleteColumn(), Remaining(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, completed=total - left)
        failed: list[int] = []

        def step(outcome: Outcome) -> None:
            failed.extend([outcome.number] * (outcome.status != "done"))
            bar.update(task, advance=1, description=f"{len(failed)} failed" if failed else "")

        yield step


@contextmanager
def _logged(file: Path) -> Iterator[None]:
    """One line per case."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        handler.close()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
