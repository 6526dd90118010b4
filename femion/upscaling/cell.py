"""The linear problem div(L grad u) = 0 on a cell, L constant in each region, in dimensions of 1.

u holds one field for each species (one for scalar conduction), on all nodes of the mesh. Where a
species does not move, its nodes are held; where a body conducts perfectly, its nodes are one. So
are images of a node, up to the mean gradient times the period: all of that lives in the numbering,
and the matrix is that of the free unknowns.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI

from .. import _dolfinx as dx
from ..errors import InputError
from ..numbering import Constraints, Numbering
from ..solvers import Definite
from ..sparse import Assembler
from .periodic import box, images

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


class Field(NamedTuple):
    """Local values: of a solution, and of what makes its mean gradient (zero inside)."""

    u: Floats
    ends: Floats


class Cell:
    """A domain, and L (n, d, n, d) of each region by name; inf on the diagonal: a perfect one."""

    def __init__(self, domain: Any, tensors: Mapping[str, Floats], degree: int) -> None:
        if degree not in (1, 2):
            raise InputError(f"degree = {degree!r}; allowed: 1 or 2")
        self.domain, self.box, self.comm = domain, box(domain), domain.comm
        self.n, self.dim = next(iter(tensors.values())).shape[:2]
        finite = [np.abs(L[np.isfinite(L)]).max(initial=0.0) for L in tensors.values()]
        self.scale = max(finite) or 1.0
        self.V = dx.blocked_space(domain.mesh, degree, self.n)
        imap = self.V.dofmap.index_map
        self.bs, self.owned = self.n, imap.size_local * self.n
        self.local = self.owned + imap.num_ghosts * self.n
        self.name, self.blocks = "cell", {"cell": self}
        self.span = {"cell": slice(0, self.local)}
        self._forms(tensors, degree)
        self._kinds(tensors)
        self.solver: Definite | None = None

    def _forms(self, tensors: Mapping[str, Floats], degree: int) -> None:
        """F(u; v) = int sum_ij grad v_i . L_ij grad u_j, and its derivative."""
        mesh, size = self.domain.mesh, self.n * self.dim
        Q = fem.functionspace(mesh, ("DG", 0, (size * size,)))
        L, values = fem.Function(Q), {}
        for name, tensor in tensors.items():
            finite = np.where(np.isfinite(tensor), tensor, 0.0) / self.scale
            values[self.domain.regions[name]] = finite.reshape(-1)
        rows = np.stack([values[tag] for tag in self.domain.cell_tag])
        L.x.array.reshape(-1, size * size)[Q.dofmap.list[:, 0]] = rows
        self.u, v = fem.Function(self.V), ufl.TestFunction(self.V)
        tensor = ufl.as_matrix([[L[i * size + j] for j in range(size)] for i in range(size)])
        flat = [
            ufl.as_vector([ufl.grad(w)[i, k] for i in range(self.n) for k in range(self.dim)])
            for w in (v, self.u)
        ]
        dV = ufl.Measure("dx", mesh, metadata={"quadrature_degree": 2 * degree})
        form = ufl.inner(flat[0], ufl.dot(tensor, flat[1])) * dV
        self.residual = dx.compile_form(form)
        self.jacobian = dx.compile_form(ufl.derivative(form, self.u))

    def _kinds(self, tensors: Mapping[str, Floats]) -> None:
        """Cells in which each species moves, and cells that conduct perfectly."""
        dofs = self.V.dofmap.list[: self.domain.mesh.topology.index_map(self.dim).size_local]
        tag = self.domain.cell_tag[: len(dofs)]
        moving = [
            [t for t, L in self._by_tag(tensors) if np.abs(L[i, :, i]).max() > 0]
            for i in range(self.n)
        ]
        perfect = [t for t, L in self._by_tag(tensors) if not np.isfinite(L).all()]
        self.elements = np.concatenate(
            [dofs[np.isin(tag, tags)] * self.n + i for i, tags in enumerate(moving)]
        )
        self.rigid = dofs[np.isin(tag, perfect)] * self.n
        self.perfect = bool(perfect)

    def _by_tag(self, tensors: Mapping[str, Floats]) -> list[tuple[int, Floats]]:
        return [(self.domain.regions[name], L) for name, L in tensors.items()]

    # -- constraints ----------------------------------------------------------------------------
    def periodic(self) -> list[Field]:
        """Solutions for each unit mean gradient, (species, direction), on a periodic cell.

        Raises InputError where the mesh is not periodic or a perfect conductor percolates.
        """
        pairs = images(self.V, self.box, self.comm)
        upper = (pairs.nodes[:, None] * self.n + np.arange(self.n)).ravel().astype(np.int32)
        lower = (pairs.master[:, None] * self.n + np.arange(self.n)).ravel()
        bodies = self._bodies()
        found: list[Field] = []
        for i, k in product(range(self.n), range(self.dim)):
            jump = np.zeros((len(pairs.nodes), self.n))
            jump[:, i] = pairs.cells[:, k] * self.box.size[k]
            ties = Constraints(far=[(upper, lower, jump.ravel()), *bodies])
            if not found:
                self._number(ties)
            ties.held = self.numbering.constraints.held
            self.numbering.constraints = ties
            self.numbering.refresh()
            if self.perfect and not self.numbering.consistent():
                raise self._percolates(k)
            found.append(self._solve())
        return found

    def through(self, axis: int) -> Field:
        """The solution with a unit mean gradient between the two faces across an axis."""
        x = self.V.tabulate_dof_coordinates()[:, : self.dim]
        ends = [np.flatnonzero(end[:, axis]).astype(np.int32) for end in self.box.ends(x)]
        held: list[tuple[Ints, Any]] = [
            (nodes * self.n, value)
            for nodes, value in zip(ends, (0.0, self.box.size[axis]), strict=True)
        ]
        self._number(Constraints(far=self._bodies(), held=held))
        off = [np.abs(self.numbering.offset[d] - v).max(initial=0.0) for d, v in held[:2]]
        if self.comm.allreduce(bool(max(off) > 0), op=MPI.LOR):
            raise self._percolates(axis)
        return self._solve()

    def _percolates(self, axis: int) -> InputError:
        return InputError(
            f"a perfect conductor reaches through the cell along {'xyz'[axis]}; allowed: a finite "
            "conductivity there"
        )

    def _bodies(self) -> list[tuple[Ints, Any, Any]]:
        """Each node of a perfectly conducting body is that of least index."""
        if not self.perfect:
            return []
        plain = Numbering([self], self.comm, Constraints())
        label = components(plain, self.rigid)
        dofs = np.flatnonzero(np.isfinite(label) & (label != plain.index)).astype(np.int32)
        return [(dofs, label[dofs].astype(np.int64), 0.0)]

    def _number(self, ties: Constraints) -> None:
        """Number the unknowns; hold where nothing moves, and one value of what nothing holds."""
        first = Numbering([self], self.comm, ties)
        label = components(first, self.elements)
        one = first.label[: self.local] == first.index[: self.local]  # of its images
        free = one & ((label == first.column) | ~np.isfinite(label))
        ties.held.append((np.flatnonzero(free & (first.column >= 0)).astype(np.int32), 0.0))
        self.close()
        self.numbering = Numbering([self], self.comm, ties)

    # -- solution -------------------------------------------------------------------------------
    def _solve(self) -> Field:
        numbering = self.numbering
        b, x = numbering.vector(), numbering.vector()
        b.set(0.0)
        x.set(0.0)
        numbering.contract(-self.flux(numbering.offset), b)
        if b.norm() > 0:
            self.solver = self.solver or self._solver()
            self.solver.solve(b, x)
        return Field(numbering.expand(x), numbering.offset.copy())

    def close(self) -> None:
        """Free what PETSc holds."""
        if self.solver:
            self.solver.destroy()
        self.solver = None

    def flux(self, values: Floats) -> Floats:
        """K u of this rank's cells, for local values u."""
        self.u.x.array[:] = values
        out = np.zeros(self.local)
        dx.add_vector(out, self.residual)
        return out

    def means(self, fields: list[Field]) -> tuple[Floats, float]:
        """(1/V) int grad u_a . L grad u_b of each pair, in the units of L, and the imbalance.

        That is how far the flows through the faces are from these, over the largest: the error of
        the linear solves.
        """
        fluxes = [self.flux(f.u) for f in fields]
        own = np.array([[[f.u @ q, f.ends @ q] for q in fluxes] for f in fields])
        inside, faces = np.moveaxis(self.comm.allreduce(own) / self.box.volume, 2, 0)
        largest = float(np.abs(inside).max())
        imbalance = float(np.abs(inside - faces).max()) / largest if largest else 0.0
        return inside * self.scale, imbalance

    def _solver(self) -> Definite:
        sums = Assembler(self, {"cell": self.jacobian})
        A = sums.matrix()
        sums.fill(A)
        return Definite(A, self.dim)


def components(numbering: Any, elements: Ints) -> Floats:
    """For each local entry the least column of what elements join it to; inf outside of them.

    What is joined to something held has -1. Collective.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(numbering.column)
    ends = elements[:, :1].repeat(elements.shape[1], axis=1).ravel(), elements.ravel()
    graph = coo_array((np.ones(elements.size), ends), shape=(n, n))
    part = connected_components(graph, directed=False)[1]
    label = np.full(n, np.inf)
    label[elements.ravel()] = numbering.column[elements.ravel()]
    changed = True
    while changed:
        before = label.copy()
        least = np.full(n, np.inf)
        np.minimum.at(least, part, label)
        label = -numbering.greatest(-least[part])
        changed = numbering.comm.allreduce(int((label != before).any())) > 0
    return label
