"""How many entries each row of the matrix will have, from which cells couple.

PETSc can learn a pattern by itself at the first assembly, but that took 14 times an ordinary
one (44,000 unknowns, 2D); DOLFINx's own patterns do not know of shared unknowns. A row that is
counted too long costs nothing after assembly; one counted too short is enlarged on the way.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


class Coupling(NamedTuple):
    """Cells of a row block and of a column block that meet in one integral, pair by pair."""

    row: str
    column: str
    row_cells: Ints
    column_cells: Ints


def row_lengths(problem: Any, couplings: Iterable[Coupling]) -> tuple[Ints, Ints]:
    """Entries of each owned row in this rank's and in other ranks' columns. Collective."""
    numbering = problem.numbering
    local, size = numbering.size
    first = np.concatenate([[0], np.cumsum(problem.domain.comm.allgather(local))])
    counts = np.zeros((2, numbering.start[-1]))
    for c in couplings:
        row, column = problem.blocks[c.row], problem.blocks[c.column]
        near, far = _count(problem, c, row, column, first)
        span = problem.span[c.row]
        counts[0][span] += near
        counts[1][span] += far
    totals = []
    for count, most in zip(counts, (local, size - local), strict=True):
        vec = numbering.vector()
        vec.set(0.0)
        numbering.contract(count, vec)
        totals.append(np.minimum(vec.array_r, most).astype(np.int32))
    return totals[0], totals[1]


def _count(problem: Any, c: Coupling, row: Any, column: Any, first: Any) -> tuple[Floats, Floats]:
    """Entries per local dof of the row block: in its owner's columns, and in others'."""
    nodes, neighbours = _adjacency(row, column, c)
    R = problem.numbering.row[problem.span[c.row]].reshape(-1, row.bs)
    C = problem.numbering.column[problem.span[c.column]].reshape(-1, column.bs)[neighbours]
    home, there = _owner(R, first), _owner(C, first)
    near, far = np.zeros(R.shape), np.zeros(R.shape)
    for i in range(row.bs):
        same = ((there == home[nodes, i][:, None]) & (C >= 0)).sum(axis=1)
        other = (C >= 0).sum(axis=1) - same
        near[:, i] = np.bincount(nodes, same, minlength=len(R))
        far[:, i] = np.bincount(nodes, other, minlength=len(R))
    return near.ravel(), far.ravel()


def _owner(index: Any, first: Any) -> Any:
    return np.searchsorted(first, index, side="right")


def _adjacency(row: Any, column: Any, c: Coupling) -> tuple[Ints, Ints]:
    """Every pair of nodes that some pair of cells joins, once."""
    from scipy.sparse import csr_array

    def incidence(block: Any, cells: Ints) -> Any:
        table = block.V.dofmap.list[cells]
        n, width = table.shape
        pointer = np.arange(0, n * width + 1, width)
        shape = (n, block.local // block.bs)
        return csr_array((np.ones(n * width), table.ravel(), pointer), shape=shape)

    pairs = (incidence(row, c.row_cells).T @ incidence(column, c.column_cells)).tocoo()
    return pairs.row, pairs.col
