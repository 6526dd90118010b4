"""Filtration through thin membranes: the solvent flux that the pressures ask for."""

from typing import Any

from ..errors import InputError, NotConverged
from ..solution import Solution, solve


def solvent_flux(solution: Solution, where: str) -> float:
    """Mean J_v = L_p (dP - sigma dPi) of the thin membrane at `where` [m/s], from a to b."""
    site = next((s for s in solution.sites(where) if hasattr(s.law, "solvent_flux")), None)
    if site is None:
        raise InputError(f"{where!r} has no thin membrane; give it a SolutionDiffusion or the like")
    return solution.integral(site.law.solvent_flux(*site.states), site.measure) / site.area


def filtration(problem: Any, where: str, tolerance: float = 1e-10) -> Solution:
    """The state in which the phases' velocity along x is the solvent flux at `where`.

    Secant steps on the one velocity of all phases that have one (a number), from its present
    value, until it is right to `tolerance`; it is left there. Raises InputError if no phase has
    a velocity and NotConverged after 30 steps.
    """
    phases = [
        p.name for p in problem.model.phases if f"phases.{p.name}.velocity" in problem.parameters
    ]
    if not phases:
        raise InputError(f"filtration at {where!r}: give the phases a velocity (a first guess)")
    J, last = problem[f"phases.{phases[0]}.velocity"], (0.0, 0.0)
    for k in range(30):
        for name in phases:
            problem[f"phases.{name}.velocity"] = J
        s = solve(problem)
        asked = solvent_flux(s, where)
        gap = asked - J
        if abs(gap) <= tolerance * max(abs(asked), abs(J)):
            return s
        slope = (gap - last[1]) / (J - last[0]) if k else -3.0
        last, J = (J, gap), J - gap / slope
    raise NotConverged(
        f"filtration at {where!r}: velocity {J:.6g} m/s is still {gap:.2g} m/s off after 30 steps"
    )
