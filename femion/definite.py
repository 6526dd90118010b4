"""Is L positive semidefinite where the solution is?"""

from typing import Any

import numpy as np
import ufl
from mpi4py import MPI

from . import _dolfinx as dx
from .transport.base import scalar_rows


def smallest_eigenvalue(problem: Any, block: Any) -> float:
    """Least eigenvalue of L [mol2/(J m s)] over the cell centres of a phase. Collective."""
    s = block.state
    rows = scalar_rows(block.phase.medium.transport.onsager(s))
    L = ufl.as_matrix([[ufl.as_ufl(x) for x in row] for row in rows])
    centre = dx.cell_centre(block.mesh)
    cells = np.arange(
        block.mesh.topology.index_map(block.mesh.topology.dim).size_local, dtype=np.int32
    )
    least, compiled = np.inf, dx.expression(L, centre)  # compiled by all ranks together
    if len(cells):
        n = len(rows)
        values = compiled.eval(block.mesh, cells).reshape(-1, n, n)
        least = float(np.linalg.eigvalsh(values).min())
    return float(problem.domain.comm.allreduce(least, op=MPI.MIN))
