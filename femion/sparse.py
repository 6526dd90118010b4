"""One PETSc matrix of the free unknowns from the bilinear forms of the blocks.

Integrals over the cells of a block are nearly all of the work. DOLFINx adds them into its own
CSR matrix of the block, a node's unknowns at a time, and the values go on to PETSc in one call
(MatSetValuesCOO): half the time of adding them to PETSc's matrix one by one. What couples blocks
(facets, global scalars) is little and is added one by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from . import _dolfinx as dx

Ints = npt.NDArray[np.int32]
Pairs = tuple[npt.NDArray[Any], npt.NDArray[Any]]


class Coupling(NamedTuple):
    """Cells of a row block and of a column block that meet in one integral, pair by pair."""

    row: str
    column: str
    row_cells: Ints
    column_cells: Ints


class Entry(NamedTuple):
    """A bilinear form that couples blocks."""

    row: str
    column: str
    one_sided: bool  #: a facet integral with a cell on one side only
    form: Any


class Assembler:
    """Adds up forms into one matrix whose pattern is known before any value is.

    `cells`: of each block the form over its own cells; `entries` with their `couplings`: all
    else; `later`: forms over a block's cells that may be added to a copy of the matrix. `rows`:
    where local equations go, if not to their balances. A `lender`'s memory is used where it has
    any. The pattern has what the compiled forms can write, zero or not.
    """

    def __init__(
        self,
        problem: Any,
        cells: Mapping[str, Any],
        entries: Iterable[Entry] = (),
        couplings: Iterable[Coupling] = (),
        later: Sequence[tuple[str, Any]] = (),
        rows: Any = None,
        lender: "Assembler | None" = None,
    ) -> None:
        self.problem, self.entries, self.couplings = problem, list(entries), list(couplings)
        rows = problem.numbering.row if rows is None else rows
        maps = (rows, problem.numbering.column)
        self.row, self.column = (index.astype(PETSc.IntType) for index in maps)
        self.forms: dict[str, Any] = {}
        self.written: dict[str, Any] = {}
        self.csr: dict[str, Any] = {}
        for name, form in cells.items():
            block = problem.blocks[name]
            if block.bs > dx.LARGEST_BLOCK:
                self.entries.append(Entry(name, name, False, form))
                self.couplings.append(Coupling(name, name, block.own_cells, block.own_cells))
                continue
            also = [f for n, f in later if n == name]
            self.written[name] = np.any([dx.written(f) for f in (form, *also)], axis=0)
            lent = lender.csr.get(name) if lender else None
            self.forms[name], self.csr[name] = form, lent or dx.block_matrix(form)
        self.others = 0  #: places of the pattern that no form of `cells` has

    def matrix(self) -> Any:
        """An empty matrix with this pattern. Collective."""
        numbering, comm = self.problem.numbering, self.problem.domain.comm
        A = PETSc.Mat().create(comm)
        A.setSizes((numbering.size, numbering.size))
        A.setType(PETSc.Mat.Type.AIJ)
        maps = (self.row, self.column)
        A.setLGMap(*(PETSc.LGMap().create(m, bsize=1, comm=comm) for m in maps))
        pairs = [self._own(name) for name in self.forms]
        first = len(pairs)
        pairs += [self._joint(c) for c in self.couplings]
        own = np.arange(numbering.size[0]) + comm.scan(numbering.size[0]) - numbering.size[0]
        pairs.append((own, own))  # solvers want a diagonal
        self.others = sum(len(i) for i, _ in pairs[first:])
        A.setPreallocationCOO(
            *(np.concatenate(n, dtype=PETSc.IntType) for n in zip(*pairs, strict=True))
        )
        A.setOption(PETSc.Mat.Option.NEW_NONZERO_LOCATION_ERR, True)
        A.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        return A

    def fill(self, A: Any) -> None:
        """Replace the values of a matrix by those at the present unknowns."""
        A.setValuesCOO(self._values(), PETSc.InsertMode.INSERT)
        if self.entries:
            add_entries(self.problem, A, self.entries)

    def _values(self) -> npt.NDArray[np.float64]:
        """Values of all blocks' own matrices, and zeros; copied once, as they are many."""
        tables = []
        for name, form in self.forms.items():
            dx.fill(self.csr[name], form)
            written = np.flatnonzero(self.written[name])
            tables.append((self.csr[name].data.reshape(-1, self.written[name].size), written))
        values = np.empty(sum(len(t) * len(w) for t, w in tables) + self.others)
        start = 0
        for table, written in tables:
            part = values[start : start + len(table) * len(written)]
            part = part.reshape(len(table), len(written))
            np.take(table, written, axis=1, out=part, mode="clip")
            start += part.size
        values[start:] = 0.0
        return values

    def _own(self, name: str) -> Pairs:
        """Row and column of each value of a block's own matrix; -1 where it does not count."""
        M, bs, span = self.csr[name], self.problem.blocks[name].bs, self.problem.span[name]
        column = self.column[span].reshape(-1, bs)
        ghost = np.full((1, bs), -1, dtype=column.dtype)  # columns that only other ranks' rows have
        column = np.vstack([column, ghost])[np.minimum(M.indices, len(column))]
        row = np.repeat(self.row[span].reshape(-1, bs), np.diff(M.indptr), axis=0)
        tests, trials = np.nonzero(self.written[name])
        return row[:, tests].ravel(), column[:, trials].ravel()

    def _joint(self, c: Coupling) -> Pairs:
        """Row and column of whatever some pair of cells joins, once."""
        row, column = (self.problem.blocks[n] for n in (c.row, c.column))
        nodes, neighbours = _adjacency(row, column, c)
        i = self.row[self.problem.span[c.row]].reshape(-1, row.bs)[nodes]
        j = self.column[self.problem.span[c.column]].reshape(-1, column.bs)[neighbours]
        pairs = np.broadcast_arrays(i[:, :, None], j[:, None, :])
        found = np.unique(np.stack([p.ravel() for p in pairs]), axis=1)
        return found[0], found[1]


def add_entries(problem: Any, A: Any, entries: Iterable[Entry]) -> None:
    """Add forms to a matrix through its index maps, value by value."""
    for row, column, one_sided, form in entries:
        # a one-sided facet integral names the absent cell's unknowns with zeros: skip them
        A.setOption(PETSc.Mat.Option.IGNORE_ZERO_ENTRIES, one_sided)
        where = problem.local(row), problem.local(column)
        part = A.getLocalSubMatrix(*where)
        dx.add_matrix(part, form)
        A.restoreLocalSubMatrix(*where, part)
    A.assemble()


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
