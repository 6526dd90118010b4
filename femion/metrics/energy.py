"""Free energy of what is stored."""

from dataclasses import replace
from typing import Any

import numpy as np
import ufl

from .. import _dolfinx as dx
from ..thermo import C_REF
from ..units import R, valued

POINTS = 8  # of Gauss and Legendre along the way from infinite dilution


def free_energy(solution: Any) -> float:
    """G of all phases [J], in 2D [J/m]: mixing, external energies, the field's eps |E|^2/2.

    The density of mixing is sum_i c_i int_0^1 mu_i(s c) ds, the same on any path because the
    activities are integrable: dG/dc_i = mu_i. In a closed isothermal cell G never increases.
    """
    return sum(_of(solution, b) for b in solution.problem.phases if b.closure.own_row)


def _of(solution: Any, block: Any) -> float:
    s, phase = block.state, block.phase
    dV = dx.volume(block.mesh, solution.problem.quadrature)
    own = sum(e.energy_density(s) for e in phase.energies)
    stored = valued(phase.porosity, s.x) * (mixing(s) + own)
    return float(solution.integral(stored + block.closure.energy(s), dV))


def mixing(s: Any) -> Any:
    """Free energy of mixing and of standard states [J/m3]."""
    mu0, RT = s.phase.medium.standard_potential, R * s.T
    ideal = sum(c * (mu0.get(i, 0.0) + RT * (ufl.ln(c / C_REF) - 1)) for i, c in s.c.items())
    nodes, weights = np.polynomial.legendre.leggauss(POINTS)
    for u, w in zip((0.5 + 0.5 * nodes).tolist(), (0.5 * weights).tolist(), strict=True):
        for i, g in _beyond(s, u).items():
            ideal = ideal + w * RT * s.c[i] * g
    return ideal


def _beyond(s: Any, share: float) -> dict[str, Any]:
    """Of mu_i/RT at a share of the concentrations, what is not ln(c_i/c_ref)."""
    activity = s.phase.medium.activity
    c = {i: share * v for i, v in s.c.items()}
    there = replace(s, c=c)
    x, excess = activity.variable(c, there), activity.excess(there)
    return {i: x[i] - ufl.ln(v / C_REF) + excess.get(i, 0.0) for i, v in c.items()}
