"""Cell voltage and where it is lost."""

from collections.abc import Sequence
from typing import Any


def cell_voltage(solution: Any, positive: str, negative: str) -> float:
    """Potential of one terminal minus that of another [V]."""
    return solution.potential(positive) - solution.potential(negative)


def voltage_split(solution: Any, path: Sequence[str]) -> dict[str, float]:
    """Rise of the mean electric potential [V] along `path`, layer by layer and jump by jump.

    `path` names an outer boundary, the interfaces in turn ("a|b"), and an outer boundary. The
    parts sum to the potential difference between the two ends; each interface's part is its mean
    jump phi_b - phi_a, each layer's the difference of the means over its two faces.
    """
    split: dict[str, float] = {}
    site = solution.site(path[0])
    here, layer = solution.mean(_phi, path[0]), site.blocks[0].name
    for where in path[1:-1]:
        a, b = (layer, next(n for n in where.split("|") if n != layer))
        before, after = solution.mean(_phi, where, a), solution.mean(_phi, where, b)
        split[layer] = before - here
        split[where] = after - before
        here, layer = after, b
    split[layer] = solution.mean(_phi, path[-1]) - here
    return split


def _phi(state: Any) -> Any:
    return state.phi
