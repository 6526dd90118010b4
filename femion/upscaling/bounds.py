"""Bounds on the effective conductivity of mixtures of isotropic phases."""

import math
from collections.abc import Sequence

from ..errors import InputError


def wiener(fractions: Sequence[float], conductivities: Sequence[float]) -> tuple[float, float]:
    """Phases in series (below) and side by side (above): bounds in any direction.

    Any unit of conductivity or diffusivity; 0 and inf are allowed (O. Wiener, 1912).
    """
    f, k = _mixture(fractions, conductivities)
    return _bound(f, k, 0.0, 1), sum(a * b for a, b in zip(f, k, strict=True))


def hashin_shtrikman(
    fractions: Sequence[float], conductivities: Sequence[float], dim: int = 3
) -> tuple[float, float]:
    """1/sum_i f_i/(k_i + (d-1) k_0) - (d-1) k_0 with k_0 the least and the largest k_i.

    Bounds for isotropic mixtures of any number of phases in d = 2 or 3 dimensions (Z. Hashin and
    S. Shtrikman, J. Appl. Phys. 33, 3125 (1962)), and for the mean over the directions of any
    mixture. Any unit; 0 and inf are allowed.
    """
    if dim not in (2, 3):
        raise InputError(f"dim = {dim!r}; allowed: 2 or 3")
    f, k = _mixture(fractions, conductivities)
    return _bound(f, k, min(k), dim), _bound(f, k, max(k), dim)


def _bound(f: Sequence[float], k: Sequence[float], k_0: float, dim: int) -> float:
    shift = (dim - 1) * k_0
    if math.isinf(shift):
        return math.inf
    if any(b + shift == 0.0 for b in k):
        return 0.0
    return 1 / sum(a / (b + shift) for a, b in zip(f, k, strict=True)) - shift


def _mixture(f: Sequence[float], k: Sequence[float]) -> tuple[list[float], list[float]]:
    """Phases that are there."""
    if len(f) != len(k) or not f or abs(sum(f) - 1) > 1e-9 or min(f) < 0:
        raise InputError(f"fractions = {list(f)}; allowed: one for each phase, with a sum of 1")
    for value in k:
        if not value >= 0:
            raise InputError(f"conductivities = {list(k)}; allowed: numbers from 0")
    there = [(a, float(b)) for a, b in zip(f, k, strict=True) if a > 0]
    return [a for a, _ in there], [b for _, b in there]
