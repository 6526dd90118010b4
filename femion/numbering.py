"""Which unknowns are one, which are held, and what the solver numbers.

Each block has its own local array of values. `Numbering` maps the concatenation of those
arrays to the vector of free unknowns: value = x[column] + offset, and adds their residuals
into the rows of the solver. An equilibrium between two phases, a reservoir, an equipotential
contact and an imposed total current are then all the same thing, an equality of unknowns
imposed exactly by the local-to-global map: no penalty, no multiplier, no extra matrix row, and
multigrid sees one continuous field.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from petsc4py import PETSc

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass
class Constraints:
    """What `Numbering` must make true; all dofs are positions in the concatenated local array."""

    equal: list[tuple[Ints, Ints, Any]] = field(default_factory=list)  #: u[b] = u[a] + offset
    #: u[dofs] = u[index] + offset; indices as in `Numbering.index`, of whatever rank
    far: list[tuple[Ints, npt.NDArray[np.int64], Any]] = field(default_factory=list)
    held: list[tuple[Ints, Any]] = field(default_factory=list)  #: u[dofs] = value; first wins
    shared: list[list[tuple[Ints, Any]]] = field(default_factory=list)  #: u[dofs] = X + offset
    no_row: list[Ints] = field(default_factory=list)  #: equations that are given up
    #: (a, b): a's equation is added to that of unknown b; None: it is given up
    moved: list[tuple[Ints, Ints | None]] = field(default_factory=list)


class Numbering:
    """Free unknowns of several blocks under constraints. Collective.

    `size` (owned, global) and for each local entry `column` and `row` (-1: held / given up) and
    `offset`. The scalars X of `Constraints.shared` are the first unknowns of rank 0.
    """

    def __init__(self, blocks: Sequence[Any], comm: Any, constraints: Constraints) -> None:
        self.comm, self.constraints = comm, constraints
        self.start = np.concatenate([[0], np.cumsum([b.local for b in blocks])]).astype(int)
        self._index_unconstrained(blocks)
        self.scalars = len(constraints.shared)
        self.refresh()
        self.column = self._renumber(self.label)[: self.start[-1]]
        self.row = self.column.copy()
        for dofs in constraints.no_row:
            self.row[dofs] = -1
        for source, target in constraints.moved:
            self.row[source] = -1 if target is None else self.column[target]
        self.gather = self._scatter(self.column)
        self.deliver = self._scatter(self.row)

    def refresh(self) -> None:
        """Take over changed values of held unknowns and offsets."""
        self.label, self.all_offsets = self._resolve()
        self.offset = self.all_offsets[: self.start[-1]]

    def vector(self) -> Any:
        """A vector of free unknowns."""
        return PETSc.Vec().createMPI(self.size, comm=self.comm)

    def expand(self, x: Any) -> Floats:
        """Values of all local entries, ghosts too, from the free unknowns."""
        vec, scatter, where = self.gather
        scatter.scatter(x, vec, addv=PETSc.InsertMode.INSERT, mode=PETSc.ScatterMode.FORWARD)
        values = self.offset.copy()
        values[where] += vec.array_r
        return values

    def contract(self, values: Floats, b: Any) -> None:
        """Add local residual entries into the rows of the solver."""
        vec, scatter, where = self.deliver
        vec.array_w[:] = values[where]
        scatter.scatter(vec, b, addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)

    def consistent(self) -> bool:
        """Whether every equality holds, to rounding, between the offsets. Collective."""
        offset, worst = self.all_offsets, 0.0
        for a, b, shift in self._equal():
            worst = max(worst, float(np.abs(offset[b] - offset[a] - shift).max(initial=0.0)))
        size = float(np.abs(offset).max(initial=0.0))
        worst, size = (self.comm.allreduce(v, op=MPI.MAX) for v in (worst, size))
        return worst <= 1e-9 * size

    def initial(self, values: Floats, x: Any) -> None:
        """Free unknowns from values of the local entries (owners of shared ones decide)."""
        count, total = x.duplicate(), x.duplicate()
        for vec in (count, total):
            vec.set(0.0)
        self.add_columns(np.ones_like(values), count)
        self.add_columns(values - self.offset, total)
        x.pointwiseDivide(total, count)

    def linked(self, mark: Floats) -> npt.NDArray[np.bool_]:
        """Entries that equalities join, directly or not, to those marked with 1. Collective."""
        mark = self.maximum(np.pad(mark, (0, len(self.index) - len(mark))))
        changed = True
        while changed:
            before = mark.copy()
            for a, b, _ in self._equal():
                both = np.maximum(mark[a], mark[b])
                np.maximum.at(mark, a, both)
                np.maximum.at(mark, b, both)
            mark = self.maximum(mark)
            changed = self.comm.allreduce(bool((mark != before).any()), op=MPI.LOR)
        return mark[: self.start[-1]] > 0

    def greatest(self, values: Floats) -> Floats:
        """For each local entry the greatest value of all entries, on any rank, of its unknown."""
        vec, scatter, where = self.gather
        x, out = self.vector(), values.copy()
        x.set(-np.inf)
        vec.array_w[:] = values[where]
        back, forth = PETSc.ScatterMode.REVERSE, PETSc.ScatterMode.FORWARD
        scatter.scatter(vec, x, addv=PETSc.InsertMode.MAX, mode=back)
        scatter.scatter(x, vec, addv=PETSc.InsertMode.INSERT, mode=forth)
        out[where] = vec.array_r
        return out

    def add_columns(self, values: Floats, b: Any) -> None:
        """Add local entries into the unknowns they belong to."""
        vec, scatter, where = self.gather
        vec.array_w[:] = values[where]
        scatter.scatter(vec, b, addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)

    # -- building -----------------------------------------------------------------------------
    def _index_unconstrained(self, blocks: Sequence[Any]) -> None:
        from dolfinx import la

        owned = sum(b.owned for b in blocks)
        first = self.comm.scan(owned) - owned
        parts, self.mine = [], np.zeros(self.start[-1], dtype=bool)
        for block, start in zip(blocks, self.start, strict=False):
            index = la.vector(block.V.dofmap.index_map, block.bs, dtype=np.int64)
            index.array[: block.owned] = np.arange(first, first + block.owned)
            index.scatter_forward()
            parts.append(index.array.copy())
            self.mine[start : start + block.owned] = True
            first += block.owned
        visitors = [index for _, index, _ in self.constraints.far]  # entries behind the blocks'
        self.index = np.concatenate([*parts, *visitors]).astype(np.int64)
        self.mine = np.pad(self.mine, (0, len(self.index) - len(self.mine)))
        self.unconstrained = PETSc.Vec().createMPI((owned, PETSc.DETERMINE), comm=self.comm)
        self.all = self._scatter(self.index, self.unconstrained)

    def _scatter(self, index: npt.NDArray[Any], vec: Any = None) -> tuple[Any, Any, Ints]:
        where = np.flatnonzero(index >= 0).astype(np.int32)
        local = PETSc.Vec().createSeq(len(where))
        source = PETSc.IS().createGeneral(index[where].astype(np.int32), comm=self.comm)
        target = PETSc.IS().createStride(len(where), 0, 1, comm=MPI.COMM_SELF)
        return local, PETSc.Scatter().create(vec or self.vector(), source, local, target), where

    def _resolve(self) -> tuple[Floats, Floats]:
        """Label of each entry's group and its offset in it, by propagating the least label.

        Labels below 0: held (the first constraint has the lowest); below `scalars`: shared;
        others are the unconstrained index of the group's first member.
        """
        label: Floats = (self.index + self.scalars).astype(np.float64)
        offset = np.zeros_like(label)
        for rank, (dofs, value) in enumerate(reversed(self.constraints.held), start=1):
            label[dofs], offset[dofs] = -float(rank), value
        for k, members in enumerate(self.constraints.shared):
            for dofs, shift in members:
                free = label[dofs] >= self.scalars  # neither held nor taken by an earlier one
                label[dofs[free]] = k
                offset[dofs[free]] = np.broadcast_to(shift, dofs.shape)[free]
        self._synchronise(label, offset)
        while self.comm.allreduce(self._spread(label, offset), op=MPI.LOR):
            self._synchronise(label, offset)
        return label, offset

    def _equal(self) -> list[tuple[Any, Any, Any]]:
        """All equalities, with what is tied to other ranks' unknowns among the local entries."""
        ends = self.start[-1] + np.cumsum([0, *(len(dofs) for dofs, _, _ in self.constraints.far)])
        far = [
            (np.arange(low, high, dtype=np.int32), dofs, shift)
            for low, high, (dofs, _, shift) in zip(
                ends[:-1], ends[1:], self.constraints.far, strict=True
            )
        ]
        return [*self.constraints.equal, *far]

    def _spread(self, label: Floats, offset: Floats) -> bool:
        changed = False
        for a, b, shift in self._equal():
            shift = np.broadcast_to(shift, a.shape)
            for source, target, step in ((a, b, shift), (b, a, -shift)):
                less = label[source] < label[target]
                label[target[less]] = label[source[less]]
                offset[target[less]] = offset[source[less]] + step[less]
                changed |= bool(less.any())
        return changed

    def _synchronise(self, label: Floats, offset: Floats) -> None:
        before = label.copy()
        label[:] = -self.maximum(-label)
        offset[:] = self.maximum(np.where(before == label, offset, -np.inf))

    def maximum(self, values: Floats) -> Floats:
        """The greatest value that any rank has for each unconstrained unknown."""
        vec, scatter, _ = self.all
        self.unconstrained.set(-np.inf)
        vec.array_w[:] = values
        back, forth = PETSc.ScatterMode.REVERSE, PETSc.ScatterMode.FORWARD
        scatter.scatter(vec, self.unconstrained, addv=PETSc.InsertMode.MAX, mode=back)
        scatter.scatter(self.unconstrained, vec, addv=PETSc.InsertMode.INSERT, mode=forth)
        return vec.array_r.copy()

    def _renumber(self, label: Floats) -> npt.NDArray[np.int64]:
        extra = self.scalars if self.comm.rank == 0 else 0
        root = self.mine & (label == self.index + self.scalars)
        owned = int(root.sum()) + extra
        first = self.comm.scan(owned) - owned + extra
        new = np.full(len(label), -1.0)
        new[root] = np.arange(first, first + root.sum())
        self.maximum(new)  # leaves each group's number at its first member
        free = label >= self.scalars
        lookup = self._scatter(np.where(free, label - self.scalars, -1), self.unconstrained)
        vec, scatter, where = lookup
        scatter.scatter(
            self.unconstrained, vec, addv=PETSc.InsertMode.INSERT, mode=PETSc.ScatterMode.FORWARD
        )
        column = np.where(label < 0, -1, label).astype(np.int64)
        column[where] = vec.array_r.astype(np.int64)
        self.size = (owned, self.comm.allreduce(owned))
        self.roots = np.flatnonzero(root), first
        return column
