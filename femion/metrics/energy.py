"""Free energy of what is stored."""

from typing import Any

import ufl

from ..errors import InputError
from ..units import F, R


def free_energy(solution: Any) -> float:
    """G = sum over phases of int theta sum_i c_i (mu_i - RT) + eps |E|^2/2  [J], in 2D [J/m].

    mu_i is the chemical part, mu0_i + RT ln(c_i/c_ref); of an ideal phase, dG/dc_i = mu_i. In a
    closed isothermal cell G never increases. Raises InputError for a phase that is not ideal.
    """
    return sum(_of(solution, b) for b in solution.problem.phases if b.closure.own_row)


def _of(solution: Any, block: Any) -> float:
    s, phase = block.state, block.phase
    if not getattr(phase.medium.activity, "ideal", False):
        raise InputError(
            f"free_energy of phase {block.name!r}: activity = {phase.medium.activity!r}; "
            "allowed so far: Ideal()"
        )
    chemical = sum(c * (s.mu[i] - s.charges[i] * F * s.phi - R * s.T) for i, c in s.c.items())
    meta = {"quadrature_degree": solution.problem.quadrature}
    dV = ufl.Measure("dx", block.mesh, metadata=meta)
    return float(solution.integral(phase.porosity * chemical + block.closure.energy(s), dV))
