"""The state of a problem, put aside and taken back."""

from typing import Any

Snapshot = tuple[int, float, dict[str, Any], dict[str, float], Any]


def snapshot(problem: Any) -> Snapshot:
    """Version, drive, unknowns, parameters and past as they are now."""
    unknowns = {name: block.u.x.array.copy() for name, block in problem.blocks.items()}
    parameters = {k: float(v) for k, v in problem.parameters.items()}
    past = problem.clock.snapshot() if problem.clock else None
    return problem.version, problem.drive, unknowns, parameters, past


def restore(problem: Any, snapshot: Snapshot) -> None:
    """Go back to a snapshot."""
    problem.version, problem.drive, unknowns, parameters, past = snapshot
    if problem.clock:
        problem.clock.restore(past)
    for name, values in unknowns.items():
        problem.blocks[name].u.x.array[:] = values
    for path, value in parameters.items():
        problem.parameters[path].value = value
