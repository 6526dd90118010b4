"""What a state is like: the depleted species, the largest residual, the least eigenvalue of L."""

from typing import Any

import numpy as np
import ufl
from mpi4py import MPI

from . import _dolfinx as dx
from .transport.base import scalar_rows

DEPLETED = 0.1  # share of a phase's representative concentration
MINOR = 0.1  # a species below this share of the phase's most abundant one is not asked


def depletion(problem: Any) -> str:
    """The species that is scarcest beside its initial amount, and where; "" if none is scarce."""
    from .solution import nodal

    best: tuple[float, str] = (DEPLETED, "")
    for block in problem.phases:
        if not block.closure.own_row:
            continue
        composition = problem.composition[block.name]
        for i, start in composition.items():
            if start < MINOR * max(composition.values()):
                continue  # co-ions of a membrane vanish long before anything is wrong
            c = nodal(problem, block.name, i) / start
            k = int(np.argmin(c)) if len(c) else 0
            here = (float(c[k]), block.node_x[k].tolist()) if len(c) else (np.inf, [0.0] * 3)
            share, x = problem.domain.comm.allreduce(here, op=MPI.MIN)
            if share < best[0] * (1 - 1e-6):  # ions of one salt are equally scarce: name the first
                place = _place(problem, x)
                text = f"{i} depleted at ({place}) m in phase {block.name!r}"
                best = share, f"{text} ({share * start:.3g} mol/m3 left)"
    return best[1]


def largest_residual(problem: Any, x: Any) -> str:
    """Field, phase and place of the largest entry of the residual."""
    b = x.duplicate()
    problem.residual(x, b)
    numbering = problem.numbering
    values = np.abs(np.nan_to_num(numbering.expand(b) - numbering.offset, nan=np.inf))
    values[numbering.row < 0] = 0.0
    k = int(np.argmax(values)) if len(values) else 0
    text = ""
    for name, span in problem.span.items():
        if span.start <= k < span.stop:
            block = problem.blocks[name]
            node, component = divmod(k - span.start, block.bs)
            field = next(i for i, n in block.component.items() if n == component)
            place = _place(problem, block.node_x[node])
            text = f"{field} in {name!r} at ({place}) m"
    size = float(values[k]) if len(values) else 0.0
    size, text = problem.domain.comm.allreduce((size, text), op=MPI.MAX)
    return f"{text} ({size:.2g})"


def _place(problem: Any, x: Any) -> str:
    """Coordinates as text, rounded to a billionth of the domain."""
    grain = 1e-9 * problem.domain.size
    return ", ".join(f"{round(v / grain) * grain:.3g}" for v in x[: problem.domain.tdim])


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
