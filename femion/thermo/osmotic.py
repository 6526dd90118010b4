"""Osmotic pressure, from the same activity model as everything else."""

from dataclasses import replace
from typing import Any

import numpy as np
import ufl

from ..units import R
from .activity import C_REF

#: Points of the quadrature over dilution; its nodes are even in sqrt(c), as ionic activities are.
POINTS = 8


def osmotic_pressure(s: Any) -> Any:
    """Pi = int_0^1 sum_i c_i dmu_i(u c)/du u du = RT sum_i c_i (1 + g_i(c) - int_0^1 g_i(u c) du).

    By Gibbs and Duhem, g_i = ln(a_i c_ref/c_i); RT sum_i c_i where all are ideal [Pa]. The
    solutes' own volumes are neglected.
    """
    nodes, weights = np.polynomial.legendre.leggauss(POINTS)
    change = _departure(s, 1.0)
    for v, w in zip((0.5 + 0.5 * nodes).tolist(), weights.tolist(), strict=True):
        there = _departure(s, v**2)
        change = {i: g - w * v * there[i] for i, g in change.items()}
    return R * s.T * sum(c * (1 + change[i]) for i, c in s.c.items())


def _departure(s: Any, share: float) -> dict[str, Any]:
    """g_i at a share of the concentrations."""
    activity, c = s.phase.medium.activity, {i: share * v for i, v in s.c.items()}
    x = activity.variable(c, replace(s, c=c))
    excess = activity.excess(replace(s, c=c, variable=x))
    ideal = {i: ufl.ln(v / C_REF) for i, v in c.items()}
    return {i: excess.get(i, 0.0) + (0.0 if x[i] == ideal[i] else x[i] - ideal[i]) for i in c}
