"""A steady state from a cold start: plain Newton, and continuation in the drive behind it."""

from dataclasses import dataclass, field
from typing import Any

from .newton import Newton, Outcome

SMALLEST = 1e-3  # smallest step of the drive; the reported limit is good to this share


@dataclass
class Path:
    """How a steady state was reached: (share of the imposed drive, outcome of Newton) in turn."""

    attempts: list[tuple[float, Outcome]] = field(default_factory=list)

    @property
    def converged(self) -> bool:
        """Whether the full drive was reached."""
        return bool(self.attempts) and self.attempts[-1][1].converged and self.reached == 1.0

    @property
    def reached(self) -> float:
        """Largest share of the drive with a solution; below 0 if there is none."""
        return max((drive for drive, outcome in self.attempts if outcome.converged), default=-1.0)


def steady(newton: Newton, warm: bool = False) -> Path:
    """Solve at full drive; if Newton fails, follow the drive up from zero with adaptive steps.

    `warm` starts from the present unknowns. The last converged state is left in `newton.x`.
    """
    path = Path()
    if not warm:
        newton.system.guess(newton.x)
    if _attempt(newton, path, 1.0, None):
        return path
    newton.system.drive = 0.0
    newton.system.refresh()
    newton.system.guess(newton.x)
    if not _attempt(newton, path, 0.0, None):
        return path
    drive, step, good = 0.0, 0.25, newton.x.copy()
    while drive < 1.0 and step >= SMALLEST:
        target = min(1.0, drive + step)
        if _attempt(newton, path, target, good):
            drive, step = target, 2 * step
            newton.x.copy(good)
        else:
            step = min(step, target - drive) / 2
    if drive < 1.0:
        _restore(newton, drive, good)
    return path


def _attempt(newton: Newton, path: Path, drive: float, start: Any) -> bool:
    if start is not None:
        start.copy(newton.x)
    newton.system.drive = drive
    newton.system.refresh()
    outcome = newton.solve()
    path.attempts.append((drive, outcome))
    return outcome.converged


def _restore(newton: Newton, drive: float, good: Any) -> None:
    good.copy(newton.x)
    newton.system.drive = drive
    newton.system.refresh()
    newton.system.push(newton.x)
