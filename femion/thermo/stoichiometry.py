"""What reactions conserve, exactly (in whole numbers), and where a closed batch comes to rest."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np

from ..errors import InputError
from ..units import R, as_number, is_function, positive, valued
from .activity import C_REF
from .state import State

Vector = Sequence[int]


def _reduced(rows: Sequence[Vector]) -> dict[int, list[Fraction]]:
    """Reduced row echelon form: {column of the leading 1: row}."""
    pivots: dict[int, list[Fraction]] = {}
    for row in rows:
        new = _remainder(row, pivots)
        lead = next((k for k, x in enumerate(new) if x), None)
        if lead is not None:
            new = [x / new[lead] for x in new]
            for k, old in pivots.items():
                pivots[k] = [a - old[lead] * b for a, b in zip(old, new, strict=True)]
            pivots[lead] = new
    return pivots


def _remainder(row: Vector, pivots: Mapping[int, Sequence[Fraction]]) -> list[Fraction]:
    out = [Fraction(x) for x in row]
    for k, pivot in pivots.items():
        out = [a - out[k] * b for a, b in zip(out, pivot, strict=True)]
    return out


def null_space(rows: Sequence[Vector], n: int) -> list[list[int]]:
    """A basis of all a with rows . a = 0, in small whole numbers; without rows the unit vectors."""
    pivots = _reduced(rows)
    basis = []
    for free in (k for k in range(n) if k not in pivots):
        a = [Fraction(int(k == free)) for k in range(n)]
        for k, row in pivots.items():
            a[k] = -row[free]
        whole = lcm(*(x.denominator for x in a))
        numbers = [int(x * whole) for x in a]
        basis.append([x // gcd(*numbers) for x in numbers])
    return basis


def independent(vectors: Sequence[Vector], given: Sequence[Vector]) -> list[int]:
    """Places of those vectors that neither `given` nor the ones before them already span."""
    kept: list[int] = []
    for k, v in enumerate(vectors):
        if any(_remainder(v, _reduced([*given, *(vectors[j] for j in kept)]))):
            kept.append(k)
    return kept


def common(first: Sequence[Vector], second: Sequence[Vector]) -> list[list[int]]:
    """Vectors that span what both sets of vectors span."""
    if not first or not second:
        return []
    mixed = null_space(list(zip(*first, *second, strict=True)), len(first) + len(second))
    columns = list(zip(*first, strict=True))
    return [[sum(a * x for a, x in zip(m, c, strict=False)) for c in columns] for m in mixed]


def equilibrate(
    concentrations: Mapping[str, Any], reactions: Sequence[Any], medium: Any = None
) -> dict[str, float]:
    """The composition [mol/m3] that reactions make of a well-stirred ideal batch.

    Species of the reactions that are not given are absent at first: acid, base or traces of
    water's ions come out by themselves, and charge and elements stay as they were. With the
    standard potentials of a `medium` (physics.md section 1) the constants are those in it.
    Raises InputError if nothing but the impossible has the given totals.
    """
    start = {
        i: positive(c, "mol/m^3", f"concentration of {i!r}") for i, c in concentrations.items()
    }
    names = list(dict.fromkeys([*start, *(i for r in reactions for i in r.gains)]))
    nu = [[r.gains.get(i, 0) for i in names] for r in reactions]
    c0 = np.array([start.get(i, 0.0) / C_REF for i in names])
    B = np.array(null_space(nu, len(names)), dtype=float).reshape(-1, len(names))
    T = medium.temperature if medium and not is_function(medium.temperature) else 298.15
    at = State(None, {}, 0.0, T)
    ln_K = np.log([as_number(valued(r.equilibrium_constant, at)) for r in reactions])
    given = medium.standard_potential if medium else {}
    mu0 = np.array([as_number(valued(given.get(i, 0.0), T)) for i in names])
    rest = np.linalg.lstsq(np.array(nu, dtype=float), ln_K, rcond=None)[0] - mu0 / (R * T)
    c = _batch(rest, B, B @ c0, max(c0.max(), 1e-12))
    if c is None:
        given = ", ".join(f"{i} {v:.4g}" for i, v in start.items())
        raise InputError(f"no equilibrium has the totals of {given} mol/m3; add what is missing")
    return {i: float(C_REF * x) for i, x in zip(names, c, strict=True)}


def _batch(rest: Any, B: Any, total: Any, size: float, steps: int = 500) -> Any:
    """Where c = exp(rest + B^T y) has B c = total: the least of sum(c) - y.total, a convex one."""
    y = np.linalg.lstsq(B.T, np.log(size) - rest, rcond=None)[0] if len(B) else np.zeros(0)
    for _ in range(steps):
        c = np.exp(np.clip(rest + B.T @ y, -200.0, 50.0))
        size = np.sqrt(B**2 @ c)  # trace and abundant totals alike
        H = (B * c) @ B.T / np.outer(size, size)
        step = np.linalg.lstsq(H, (total - B @ c) / size, rcond=1e-300)[0] / size
        change = float(np.abs(B.T @ step).max(initial=0.0))
        if change < 1e-9:  # quadratic: this step's own error is its square
            return c * np.exp(B.T @ step)
        y = y + step / max(1.0, change)
    return None
