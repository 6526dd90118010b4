"""What a preconditioner of flows needs of a problem: its fields, and matrices of pressures."""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from petsc4py import PETSc

from . import _dolfinx as dx
from .blocks import VISCOSITY
from .flowing import through
from .splits import fields
from .units import valued

Ints = npt.NDArray[Any]


class Saddle:
    """Of the flows of a problem; all their velocities and pressures together."""

    def __init__(self, problem: Any) -> None:
        self.problem, self.comm = problem, problem.domain.comm
        sizes, splits = problem.sizes, fields(problem)
        own = np.sort(sizes.flowing + sizes.first)
        self.own = PETSc.IS().createGeneral(own.astype(PETSc.IntType), comm=self.comm)
        self.places = {
            i: np.searchsorted(own, index)
            for i, index in splits.items()
            if i[:2] == "v_" or i == "P"
        }

    def fields(self, first: int) -> dict[str, Any]:
        """Index sets by component and of the pressure; `first`: this rank's number 0."""
        return {
            i: PETSc.IS().createGeneral((k + first).astype(PETSc.IntType), comm=self.comm)
            for i, k in self.places.items()
        }

    def matrices(self) -> tuple[Any, Any, Any]:
        """(M/mu, A, N) of pressures in the units of the equations; N None where nothing moves."""
        mass, diffusion = self._fixed
        kept = [form for _, form in self._moving]
        return mass, diffusion, self._assemble(self._moving) if kept else None

    def fix(self, r: Any) -> None:
        """Zero where the pressure is given."""
        r.array_w[self._open - r.getOwnershipRange()[0]] = 0.0

    @cached_property
    def _map(self) -> Any:
        """Local pressures of all blocks -> their numbers among the free ones."""
        numbering, problem = self.problem.numbering, self.problem
        count = len(self.places["P"])
        x = numbering.vector()
        x.set(-1.0)
        start = self.comm.scan(count) - count
        own = self.own.getIndices()[self.places["P"]] - x.getOwnershipRange()[0]
        x.array_w[own] = start + np.arange(count)
        values = numbering.expand(x)
        values[numbering.column < 0] = -1.0
        spans = {b.name: problem.span[b.flow.pressure.name] for b in problem.flowing}
        return count, {name: np.rint(values[s]).astype(PETSc.IntType) for name, s in spans.items()}

    def _assemble(self, forms: list[tuple[Any, Any]]) -> Any:
        count, numbers = self._map
        A = PETSc.Mat().create(self.comm)
        A.setSizes(((count, None), (count, None)))
        A.setType(PETSc.Mat.Type.AIJ)
        A.setUp()
        for block, form in forms:
            lgmap = PETSc.LGMap().create(numbers[block.name], comm=self.comm)
            A.setLGMap(lgmap, lgmap)
            dx.add_matrix(A, form)
            A.assemble()
        return A

    @cached_property
    def _fixed(self) -> tuple[Any, Any]:
        """What does not change from step to step."""
        mass, diffusion = [], []
        for b in self.problem.flowing:
            p, q, dV = _pair(b)
            unit = b.size**b.flow.dim / VISCOSITY
            mu = valued(b.phase.flow.viscosity, b.state)
            mass.append((b, self._compile(p * q / (mu * unit) * dV)))
            diffusion.append((b, self._compile(ufl.inner(ufl.grad(p), ufl.grad(q)) * dV)))
        A = self._assemble(diffusion)
        A.zeroRowsColumns(self._open, 1.0)
        return self._assemble(mass), A

    @cached_property
    def _moving(self) -> list[tuple[Any, Any]]:
        """Of what inertia, storage and pores do; times M^-1 in the units of M/mu."""
        forms = []
        for b in self.problem.flowing:
            p, q, dV = _pair(b)
            clock = self.problem.clock
            mu = valued(b.phase.flow.viscosity, b.state)
            share = self.problem.inertia
            rate = clock.fresh if clock else 0.0
            moved = b.phase.flow.transported(b.state, p, q, rate, share)
            if moved is not None:
                forms.append((b, self._compile(moved / mu * dV)))
        return forms

    def _compile(self, form: Any) -> Any:
        return dx.compile_form(form, self.problem.maps)

    @cached_property
    def _open(self) -> Ints:
        """Numbers of own pressures at boundaries that the solvent crosses freely."""
        problem, numbering = self.problem, self.problem.numbering
        free, found = numbering.vector(), []
        out = np.zeros(numbering.start[-1])
        for b in problem.flowing:
            through(problem, b, out)
        free.set(0.0)
        numbering.add_columns(out, free)
        most = self.comm.allreduce(np.abs(out).max(initial=0.0), op=_max())
        values = np.abs(numbering.expand(free) - numbering.offset)
        count, numbers = self._map
        start = self.comm.scan(count) - count
        for b in problem.flowing:
            v, p = b.flow.velocity, b.flow.pressure
            at = values[problem.span[v.name]].reshape(-1, v.bs).max(axis=1) > 1e-10 * most
            known = numbers[b.name][_beside(at, v.V, p.V)]
            found.append(known[(known >= start) & (known < start + count)])
        return np.unique(np.concatenate(found)).astype(PETSc.IntType)


def _beside(at: Any, V: Any, Q: Any) -> Ints:
    """Nodes of Q on edges inside of which a node of V is `at`.

    Not by corners: in 3D no volume passes by a function of one, its integral over a face is zero.
    """
    inside = V.element.basix_element.entity_dofs[1]
    on = Q.element.basix_element.entity_closure_dofs[1]
    pairs = zip(inside, on, strict=True)
    lists = V.dofmap.list, Q.dofmap.list
    rows = [lists[1][at[lists[0][:, i]].any(axis=1)][:, k] for i, k in pairs]
    return np.unique(np.concatenate([r.ravel() for r in rows]))


def _max() -> Any:
    from mpi4py import MPI

    return MPI.MAX


def _pair(b: Any) -> tuple[Any, Any, Any]:
    """Trial and test pressure, and the measure."""
    V = b.flow.pressure.V
    dV = ufl.Measure("dx", b.mesh, metadata={"quadrature_degree": b.flow.rule})
    return ufl.TrialFunction(V)[0], ufl.TestFunction(V)[0], dV
