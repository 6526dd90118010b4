"""Contributions to the balances, tested with the electrochemical potentials themselves."""

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .units import R

Floats = npt.NDArray[np.float64]


def power(problem: Any, name: str, residual: Floats) -> float:
    """RT sum_i w_i r_i of a block [W]: a residual of its balances tested with mu~_i. Collective."""
    block = problem.blocks[name]
    rows = sorted(
        {block.component[i] for i in block.component if i != "phi" or not block.closure.own_row}
    )
    u, r = (a.reshape(-1, block.bs)[:, rows] for a in (block.u.x.array, residual))
    RT = R * float(block.phase.medium.temperature)
    local = float((u * r).sum()) * RT * float(problem.flux_scale)
    return float(problem.domain.comm.allreduce(local))


def storing_power(problem: Any) -> float:
    """Sum of int mu~_i theta dc_i/dt [W], dc/dt as the problem's clock has it. Collective."""
    total = 0.0
    for what, name, form in problem.rows:
        if what == "storage":
            local = np.zeros(problem.blocks[name].local)
            dx.add_vector(local, form)
            total += power(problem, name, local)
    return total
