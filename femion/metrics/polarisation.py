"""Concentration polarisation."""

from typing import Any

from ..errors import InputError
from ..solution import Solution, solve
from .sweep import control


def limiting_current(
    problem: Any, terminal: str, phase: str, species: str, trial: float
) -> tuple[float, Solution]:
    """Current [A] at which the least concentration of `species` in `phase` would reach zero.

    Extrapolates the line through the steady states at no current and at `trial` [A], as is exact
    for a dilute salt between ideally selective membranes. `terminal` is the law with the current
    control; it is left at the trial value. Returns the estimate and the solution at `trial`.
    Raises InputError where the species does not get scarcer.
    """
    path = control(problem, terminal)
    least = []
    for value in (0.0, trial):
        problem[path] = value
        state = solve(problem)
        least.append(state.extremes(species, phase)[0])
    if least[1] >= least[0]:
        raise InputError(
            f"limiting_current: {species} in {phase!r} does not get scarcer at {trial:g} A; "
            "change the sign of trial"
        )
    return trial * least[0] / (least[0] - least[1]), state
