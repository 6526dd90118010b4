"""A steady state from a cold start: plain Newton, and continuation in the drive behind it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .newton import Newton, Outcome
from .settle import settle

log = logging.getLogger("femion")

SMALLEST = 1e-3  # smallest step of the drive; the reported limit is good to this share


Note = Callable[["Path"], None]


@dataclass
class Path:
    """How a steady state was reached: (share of the imposed drive, outcome of Newton) in turn."""

    attempts: list[tuple[float, Outcome]] = field(default_factory=list)
    failed: Any = None  #: where Newton was when it last gave up

    @property
    def converged(self) -> bool:
        """Whether the full drive was reached."""
        return bool(self.attempts) and self.attempts[-1][1].converged and self.reached == 1.0

    @property
    def blames_linear_solver(self) -> bool:
        """Whether a linear solver failed on the way; a more robust one may then do it."""
        return any("linear solve" in outcome.reason for _, outcome in self.attempts)

    @property
    def reached(self) -> float:
        """Largest share of the drive with a solution; below 0 if there is none."""
        return max((drive for drive, outcome in self.attempts if outcome.converged), default=-1.0)


def steady(newton: Newton, start: float = -1.0, note: Note = lambda path: None) -> Path:
    """Solve from the guess; if Newton fails, come from where it cannot.

    Without drive and with one composition in all baths the guess is an equilibrium. From there
    the baths' own compositions are approached, then the drive, each with adaptive steps. The
    last converged state is left in `newton.x`. With `start` from 0 on, `newton.x` is already a
    state, at that share of the drive. `note` is called after each step of the drive.
    """
    path, system = Path(), newton.system
    system.contrast = 1.0
    if start >= 0.0 and _go_on(newton, path, start, note):
        return path
    system.drive = system.contrast = 1.0
    system.refresh()
    _start(newton)
    if _attempt(newton, path):
        return path
    system.drive = 0.0
    system.refresh()
    _start(newton)
    if not _attempt(newton, path):
        system.contrast = 0.0
        system.refresh()
        _start(newton)
        if not _attempt(newton, path) or not _follow(newton, path, _contrast):
            return Path(path.attempts[-1:])  # not even at rest
    _follow(newton, path, _drive, note)
    return path


def _start(newton: Newton) -> None:
    newton.system.guess(newton.x)
    settle(newton)


def _go_on(newton: Newton, path: Path, start: float, note: Note) -> bool:
    """From a state at a share of the drive; false if that cannot be found again."""
    given, system = newton.x.copy(), newton.system
    system.drive = 1.0
    if _attempt(newton, path):
        return True
    system.drive = start
    given.copy(newton.x)
    if start == 1.0 or not _attempt(newton, path):
        return False
    _follow(newton, path, _drive, note, start)
    return True


def _drive(system: Any, value: float) -> None:
    system.drive = value


def _contrast(system: Any, value: float) -> None:
    system.contrast = value


def _follow(
    newton: Newton,
    path: Path,
    turn: Callable[[Any, float], None],
    note: Note = lambda path: None,
    at: float = 0.0,
) -> bool:
    """Turn a knob of the system from a share where `newton.x` is a solution to 1."""
    step, good = max(0.5, at), newton.x.copy()
    while at < 1.0 and step >= SMALLEST:
        target = min(1.0, at + step)
        turn(newton.system, target)
        if _attempt(newton, path):
            at, step = target, 2 * step
            newton.x.copy(good)
            note(path)
        else:
            step = min(step, target - at) / 2
            path.failed = newton.x.copy()
            good.copy(newton.x)
    if at < 1.0:
        turn(newton.system, at)
        newton.system.refresh()
        newton.system.push(newton.x)
    return at == 1.0


def _attempt(newton: Newton, path: Path) -> bool:
    newton.system.refresh()
    outcome = newton.solve()
    path.attempts.append((newton.system.drive, outcome))
    log.info(
        "drive %5.1f %%: %s after %d Newton steps",
        100 * newton.system.drive,
        outcome.reason,
        outcome.iterations,
    )
    return outcome.converged
