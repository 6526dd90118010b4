"""What nodes hold per change of their species' potentials: the mass of pseudo-time."""

from typing import Any

import numpy as np

from . import _dolfinx as dx
from .thermo import C_REF


def node_capacity(problem: Any) -> Any:
    """z_i^2 c_i times the volume of each node over the time L^2/D0, in the rows of the balances.

    At the present unknowns, and lumped: it only has to be positive. Collective.
    """
    rate = 1 / (C_REF * problem.domain.size**problem.domain.mesh.geometry.dim)
    local = np.zeros(problem.numbering.start[-1])
    for block in problem.phases:
        if not block.closure.own_row:
            continue
        if block.name not in problem.compiled:
            form = sum(block.test[k] for k in range(block.bs)) * dx.volume(block.mesh, 2)
            volume = np.zeros(block.local)
            dx.add_vector(volume, dx.compile_form(form))
            problem.compiled[block.name] = np.abs(volume)
        volume = problem.compiled[block.name].reshape(-1, block.bs)
        image = block.image().x.array.reshape(-1, len(block.drawn))
        part = local[problem.span[block.name]].reshape(-1, block.bs)
        for i in block.species:
            k = block.component[i]
            c = block.physical(image, i)
            part[:, k] = block.scale[i] ** 2 * rate * c * volume[:, k]
    out = problem.numbering.vector()
    out.set(0.0)
    problem.numbering.contract(local, out)
    return out
