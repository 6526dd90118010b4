"""One PETSc matrix of the free unknowns from the bilinear forms of the blocks.

Integrals over the cells of a block are nearly all of the work. DOLFINx adds them into its own
CSR matrix of the block, a node's unknowns at a time, and the sums go on to PETSc row by row: half
the time of adding each cell to PETSc's matrix, and without the index of every value that
MatSetValuesCOO keeps (0.9 kB per unknown in 3D). What couples blocks (facets, global scalars) is
little and is added one by one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from . import _dolfinx as dx

Ints = npt.NDArray[np.int32]
Pairs = tuple[npt.NDArray[Any], npt.NDArray[Any]]


ADD = PETSc.InsertMode.ADD

#: Nodes whose rows are passed on at a time: the copies are small, and so are the losses.
NODES = 1 << 13


class Part(NamedTuple):
    """Rows of a matrix: their numbers, where each begins, and their columns (-1: none)."""

    rows: Any
    pointer: Any
    columns: Any
    pairs: slice = slice(0)  #: pairs of nodes of a block's own matrix
    test: int = 0  #: component of the rows
    trials: Any = None  #: components of the columns


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

    def matrix(self) -> Any:
        """An empty matrix with this pattern. Collective."""
        numbering, comm = self.problem.numbering, self.problem.domain.comm
        A = PETSc.Mat().create(comm)
        A.setSizes((numbering.size, numbering.size))
        A.setType(PETSc.Mat.Type.AIJ)
        maps = (self.row, self.column)
        A.setLGMap(*(PETSc.LGMap().create(m, bsize=1, comm=comm) for m in maps))
        pairs = [self._joint(c) for c in self.couplings]
        own = np.arange(*A.getOwnershipRange(), dtype=PETSc.IntType)
        pairs.append((own, own))  # solvers want a diagonal
        A.setPreallocationNNZ(self._room(A, pairs))
        for part in self._parts(pairs):
            A.setValuesIJV(part.pointer, part.columns, np.zeros(len(part.columns)), ADD, part.rows)
        A.assemble()
        A.setOption(PETSc.Mat.Option.NEW_NONZERO_LOCATION_ERR, True)
        A.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        return A

    def fill(self, A: Any) -> None:
        """Replace the values of a matrix by those at the present unknowns."""
        A.zeroEntries()
        for name, form in self.forms.items():
            dx.fill(self.csr[name], form)
            for part in self._own(name):
                values = self.csr[name].data.reshape(-1, *self.written[name].shape)
                values = values[part.pairs, part.test][:, part.trials]
                A.setValuesIJV(part.pointer, part.columns, values.ravel(), ADD, part.rows)
        if self.entries:
            add_entries(self.problem, A, self.entries)
        else:
            A.assemble()

    def _room(self, A: Any, pairs: Sequence[Pairs]) -> tuple[Ints, Ints]:
        """Entries of each own row with columns of this rank and with others, or somewhat more."""
        ends = A.getOwnershipRanges()
        own, other = A.createVecLeft(), A.createVecLeft()
        for vec in (own, other):
            vec.setOption(PETSc.Vec.Option.IGNORE_NEGATIVE_INDICES, True)
        for part in self._parts(pairs):
            rank = np.searchsorted(ends, part.rows, side="right")
            each = np.diff(part.pointer)
            low, high = (np.repeat(ends[rank + k], each) for k in (-1, 0))
            inside = (part.columns >= low) & (part.columns < high)
            for vec, counted in ((own, inside), (other, ~inside & (part.columns >= 0))):
                sums = np.concatenate([[0], np.cumsum(counted)])[part.pointer]
                vec.setValues(part.rows, np.diff(sums).astype(float), ADD)
        for vec in (own, other):
            vec.assemble()
        n, total = A.getLocalSize()[0], A.getSize()[0]
        rooms = ((own, n), (other, total - n))
        return tuple(np.minimum(v.array, most).astype(PETSc.IntType) for v, most in rooms)  # type: ignore[return-value]

    def _parts(self, pairs: Sequence[Pairs]) -> Iterator[Part]:
        """All places of the pattern, part by part: blocks' own and some pairs."""
        for name in self.forms:
            yield from self._own(name)
        for rows, columns in pairs:
            yield Part(rows, np.arange(len(rows) + 1, dtype=PETSc.IntType), columns)

    def _own(self, name: str) -> Iterator[Part]:
        """Places of the values of a block's own matrix, so many nodes at a time."""
        M, bs, span = self.csr[name], self.problem.blocks[name].bs, self.problem.span[name]
        row, column = (index[span].reshape(-1, bs) for index in (self.row, self.column))
        ghost = np.full((1, bs), -1, dtype=column.dtype)  # columns that only other ranks' rows have
        column = np.vstack([column, ghost])
        for first in range(0, len(row), NODES):
            pointer = M.indptr[first : first + NODES + 1].astype(PETSc.IntType)
            pairs = slice(pointer[0], pointer[-1])
            columns = column[np.minimum(M.indices[pairs], len(column) - 1)]
            for test, written in enumerate(self.written[name]):
                trials, rows = np.flatnonzero(written), row[first : first + NODES, test].copy()
                start = (pointer - pointer[0]) * len(trials)
                yield Part(rows, start, columns[:, trials].ravel(), pairs, test, trials)

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
