"""Variable-step BDF2: factors, extrapolation, local error and the next step. No physics.

With w = dt/dt_before, dc/dt = [(1+2w)/(1+w) (c - c_last) - w^2/(1+w) (c_last - c_before)]/dt, of
second order and stable while w < 1 + sqrt 2. The first steps are backward Euler (w = 0), which
damps whatever an impulsive start excites. Hairer, Norsett, Wanner, Solving ODEs I, ch. III.5.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import factorial, floor, prod
from typing import Any

GROWTH = 2.0  #: largest ratio of neighbouring steps
SAFETY = 0.8  #: aim at this share of the step that would just be accepted
SHRINK = 0.2  #: smallest ratio after a step that was refused


def factors(dt: float, before: float | None) -> tuple[float, float]:
    """Of c - c_last and of c_last - c_before in dc/dt [1/s]; without a step before, Euler's."""
    w = dt / before if before else 0.0
    return (1 + 2 * w) / (1 + w) / dt, -w * w / (1 + w) / dt


def extrapolate(t: float, times: Sequence[float], values: Sequence[Any]) -> Any:
    """Value at t of the polynomial through all the points."""
    total: Any = 0.0
    for k, (tk, value) in enumerate(zip(times, values, strict=True)):
        others = [tj for j, tj in enumerate(times) if j != k]
        total = total + prod((t - tj) / (tk - tj) for tj in others) * value
    return total


def error_share(t: float, times: Sequence[float]) -> float:
    """Local error of BDF over its difference from the polynomial through `times`.

    With n points the predictor is off by c^(n) prod(t - t_k)/n! and BDF of order n - 1 through
    the last n - 1 of them by -c^(n) prod(t - t_k)/(n! a), a the first factor times dt.
    """
    dt = t - times[-1]
    steps = [b - a for a, b in pairwise(times)]
    a = factors(dt, steps[-1] if len(times) > 2 else None)[0] * dt
    local = prod(t - tk for tk in times[1:]) * dt / (a * factorial(len(times)))
    predicted = prod(t - tk for tk in times) / factorial(len(times))
    return local / (local + predicted)


def next_step(dt: float, error: float, order: int) -> float:
    """The step for which the local error would be the tolerance (error = 1), with safety.

    Ratios are whole numbers of 64ths, so that rounding in the error does not change the steps.
    """
    ideal = SAFETY * (1.0 / max(error, 1e-12)) ** (1.0 / (order + 1))
    return dt * min(GROWTH, max(SHRINK, floor(64 * min(ideal, GROWTH)) / 64))


def land(dt: float, left: float) -> float:
    """A step that ends where `left` ends, or that leaves no sliver before it."""
    if left <= dt * (1 + 1e-9):
        return left
    return min(dt, 0.5 * left) if left < 2 * dt else dt
