"""Progress of a run at a terminal: a bar with the time remaining, from what is logged."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class _Bar(logging.Handler):
    """Moves a bar by the simulated time that log records carry, stage after stage."""

    def __init__(self, bar: Any, durations: Sequence[float]) -> None:
        super().__init__()
        self.bar, self.durations = bar, durations
        self.task = bar.add_task("run", total=float(len(durations)))
        self.stage, self.last = 0, 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """One accepted step."""
        reached = getattr(record, "reached", None)
        if reached is None:
            return
        if reached < self.last:
            self.stage = min(self.stage + 1, len(self.durations) - 1)
        self.last = reached
        done = self.stage + min(reached / self.durations[self.stage], 1.0)
        self.bar.update(self.task, completed=done, description=f"t = {reached:.4g} s")


@contextmanager
def progress(logger: logging.Logger, durations: Sequence[float], rank: int) -> Iterator[None]:
    """A bar over a march (one duration) or a programme; lines for steady states; else nothing."""
    if rank or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    if not durations:
        lines = logging.StreamHandler(sys.stderr)
        logger.addHandler(lines)
        yield
        logger.removeHandler(lines)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        handler = _Bar(bar, durations)
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
