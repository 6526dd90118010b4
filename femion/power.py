"""Contributions to the balances, tested with the electrochemical potentials themselves."""

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .thermo import T_REF
from .units import R

Floats = npt.NDArray[np.float64]


def power(problem: Any, name: str, residual: Floats) -> float:
    """R T_ref sum_i w_i r_i of a block [W]: its balances' residual tested with mu~_i.

    Of a flow, the balance of momentum tested with the velocity less that of volume with P.
    """
    block = problem.blocks[name]
    if (flow := owner(problem, name)) is not None:
        unknown = next(iter(block.component))
        unit = dx.value(flow.unit(unknown) * flow.scale(unknown))
        local = float(block.u.x.array @ residual) * (-unit if unknown == "P" else unit)
        return float(problem.domain.comm.allreduce(local))
    names = block.species or ["phi"]
    rows = sorted({block.component[i] for i in names if i in block.component})
    u, r = (a.reshape(-1, block.bs)[:, rows] for a in (block.u.x.array, residual))
    local = float((u * r).sum()) * R * T_REF * float(problem.flux_scale)
    return float(problem.domain.comm.allreduce(local))


def owner(problem: Any, name: str) -> Any:
    """The flow that a block is the velocity or the pressure of; None of all other blocks."""
    flows = (b.flow for b in problem.flowing)
    return next((f for f in flows if name in (f.velocity.name, f.pressure.name)), None)


def storing_power(problem: Any) -> float:
    """Sum of int mu~_i theta dc_i/dt [W], dc/dt as the problem's clock has it. Collective."""
    total = 0.0
    for what, name, form in problem.rows:
        if what == "storage" and owner(problem, name) is None:
            local = np.zeros(problem.blocks[name].local)
            dx.add_vector(local, form)
            total += power(problem, name, local)
    return total


def rise(problem: Any) -> float:
    """Sum of int mu~_i theta (c_i - c_i,last) [J]: the most that free energy rose. Collective."""
    fresh, past = problem.clock.fresh, problem.clock.past
    factors = float(fresh), float(past)
    fresh.value, past.value = 1.0, 0.0
    total = storing_power(problem)
    fresh.value, past.value = factors
    return total
