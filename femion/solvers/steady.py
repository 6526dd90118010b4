"""A steady state from a cold start: plain Newton, continuation behind it, then pseudo-time."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .newton import Newton, Outcome
from .pseudo import march
from .settle import settle

log = logging.getLogger("femion")

SMALLEST = 1e-3  # smallest step of a knob; the reported limit is good to this share
FEW = 25  # Newton steps that a step of a knob may take; more is slower than two smaller ones


Note = Callable[["Path"], None]


@dataclass
class Path:
    """How a steady state was reached: (share of the imposed drive, outcome of Newton) in turn."""

    attempts: list[tuple[float, Outcome]] = field(default_factory=list)
    knobs: list[str] = field(default_factory=list)  #: what was turned, attempt by attempt
    failed: Any = None  #: where Newton was when it last gave up
    #: linear iterations of every step of a flow alone, which comes first
    settling: list[int] = field(default_factory=list)

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

    def __str__(self) -> str:
        """The knobs in the order they were turned, with the solves and Newton steps of each."""
        parts = []
        for knob in dict.fromkeys(self.knobs):
            tries = [a[1] for k, a in zip(self.knobs, self.attempts, strict=True) if k == knob]
            good, steps = sum(o.converged for o in tries), sum(o.iterations for o in tries)
            parts.append(f"{knob} {good}/{len(tries)} solves, {steps} steps")
        return "; ".join(parts)


#: A knob: its name, and what sets the system to a share of it.
Knob = tuple[str, Callable[[Any, float], None]]


def _drive(system: Any, value: float) -> None:
    system.drive = value


def _contrast(system: Any, value: float) -> None:
    system.contrast = value


def _charge(system: Any, value: float) -> None:
    system.fixed.share = value


DRIVE: Knob = "drive", _drive
CONTRAST: Knob = "composition of the baths", _contrast
CHARGE: Knob = "fixed charge", _charge


def _silent(path: Path) -> None:
    """Nothing to note."""


def steady(newton: Newton, start: float = -1.0, note: Note = _silent, patient: bool = True) -> Path:
    """Solve from the guess; if Newton fails, come from where it cannot.

    Without drive, with one composition in all baths, the guess is an equilibrium; without fixed
    charges it is a uniform one. From the first of these that is found the fixed charges, the
    baths' own compositions and the drive are turned up, each with adaptive steps. Where that
    ends early, pseudo-time goes on from there. The last converged state is left in `newton.x`.
    With `start` from 0 on, `newton.x` is already a state, at that share of the drive. `note` is
    called after each step of the drive. Unless `patient`, a linear solver that fails with a flow
    at the first guess ends it: less drive does not help against inertia.
    """
    path, system = Path(settling=newton.effort), newton.system
    for _, turn in (CONTRAST, CHARGE):
        turn(system, 1.0)
    if start >= 0.0 and _go_on(newton, path, start, note):
        return path
    system.drive = 1.0
    if _from_guess(newton, path, "guess"):
        return path
    if system.flowing and path.blames_linear_solver and not patient:
        return path
    off: list[Knob] = []
    for knob in (DRIVE, CONTRAST, CHARGE):
        knob[1](system, 0.0)
        off.insert(0, knob)
        if found := _from_guess(newton, path, "rest"):
            break
    if not found:
        return Path(path.attempts[-1:], path.knobs[-1:])  # not even at rest
    _turn_up(newton, path, off, note)
    return path


def _go_on(newton: Newton, path: Path, start: float, note: Note) -> bool:
    """From a state at a share of the drive; false if that cannot be found again."""
    given, system = newton.x.copy(), newton.system
    system.drive = 1.0
    system.refresh()
    if _record(newton, path, "the state given", newton.solve()):
        return True
    system.drive = start
    system.refresh()
    newton.x = given
    if start == 1.0 or not _record(newton, path, "the state given", newton.solve()):
        return False
    _turn_up(newton, path, [DRIVE], note, start)
    return True


def _turn_up(newton: Newton, path: Path, knobs: list[Knob], note: Note, start: float = 0.0) -> None:
    """Knobs in turn, from a state without them; from where one ends early, pseudo-time."""
    system = newton.system
    for k, knob in enumerate(knobs):
        at = _follow(newton, path, knob, note if knob is DRIVE else _silent, start)
        if at < 1.0:
            if not _in_pseudo_time(newton, path, knobs[k:]):
                knob[1](system, at)
                for _, turn in knobs[k + 1 :]:
                    turn(system, 0.0)
                system.refresh()
                system.push(newton.x)
            break


def _in_pseudo_time(newton: Newton, path: Path, left: list[Knob]) -> bool:
    """From where a continuation ended to the full problem."""
    for _, turn in left:
        turn(newton.system, 1.0)
    newton.system.refresh()
    return _record(newton, path, "pseudo-time", march(newton))


def _from_guess(newton: Newton, path: Path, what: str) -> bool:
    newton.system.refresh()
    newton.system.guess(newton.x)
    settle(newton)
    return _record(newton, path, what, newton.solve())


def _follow(newton: Newton, path: Path, knob: Knob, note: Note = _silent, at: float = 0.0) -> float:
    """Turn a knob from a share where `newton.x` is a solution to 1; how far it came.

    Newton starts from where the last two solutions point to.
    """
    (name, turn), system = knob, newton.system
    step, before, good = max(0.5, at), None, newton.x.copy()
    newton.allow(FEW)
    while at < 1.0 and step >= SMALLEST:
        target = min(1.0, at + step)
        turn(system, target)
        system.refresh()
        if before is not None:
            newton.x.axpy((target - at) / (at - before[0]), good - before[1])
        if _record(newton, path, name, newton.solve()):
            before, good = (at, good), newton.x.copy()
            quick = path.attempts[-1][1].iterations <= FEW // 2
            at, step = target, (2 if quick else 1) * (target - at)
            note(path)
        else:
            step = min(step, target - at) / 2
            path.failed = newton.x.copy()
            newton.x = good.copy()
    newton.allow(newton.usual)
    return at


def _record(newton: Newton, path: Path, what: str, outcome: Outcome) -> bool:
    path.attempts.append((newton.system.drive, outcome))
    path.knobs.append(what)
    log.info(
        "%s, drive %5.1f %%: %s after %d Newton steps",
        what,
        100 * newton.system.drive,
        outcome.reason,
        outcome.iterations,
    )
    return outcome.converged
