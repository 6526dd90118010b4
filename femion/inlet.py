"""Developed profiles of flow through plane inlets of any cross-section."""

from typing import Any

import numpy as np
import ufl
from petsc4py import PETSc

from . import _dolfinx as dx
from .errors import InputError
from .laws.base import Hold, Profile
from .placement import Site

PLANE = 1e-6  #: largest deviation of the mean of the normals from a unit vector


def inflow(problem: Any, site: Site, profile: Profile) -> list[tuple[Any, Any]]:
    """Entries of the velocity at an inlet and their values. Collective.

    The shape is found once; the amount is that of now, and driven like potentials.
    """
    block = site.blocks[0].flow.velocity  # type: ignore[union-attr]
    key = "inflow", problem.sites.index(site)
    if key not in problem.compiled:
        problem.compiled[key] = _shape(problem, site, block)
    shape, n, area = problem.compiled[key]
    nodes = np.unique(block.facet_nodes(*site.sides[0]))
    mean = float(profile.rate) / area if profile.velocity is None else float(profile.velocity)
    unit = dx.value(site.blocks[0].flow.unit("v_x"))  # type: ignore[union-attr]
    start, speed = problem.span[block.name].start, problem.drive * mean / unit
    return [
        (block.dofs(nodes, i) + start, -speed * n[k] * shape[nodes])
        for i, k in block.component.items()
    ]


def _shape(problem: Any, site: Site, block: Any) -> tuple[Any, Any, float]:
    """(profile of mean 1 at all local nodes, normal, area) of an inlet."""
    comm, n = problem.domain.comm, site.states[0].n

    def integral(value: Any) -> float:
        return dx.integrate(dx.compile_form(value * site.measure), comm)

    area = site.area
    normal = np.array([integral(n[k]) for k in range(block.bs)]) / area
    if abs(np.linalg.norm(normal) - 1) > PLANE:
        raise InputError(f"Inflow({site.where!r}): the boundary is not plane; give a Velocity")
    V = dx.scalar_space(block.mesh, block.V.element.basix_element.degree)
    u, v = ufl.TrialFunction(V), ufl.TestFunction(V)
    along = ufl.Identity(block.bs) - ufl.outer(n, n)
    A = _laplacian(ufl.inner(along * ufl.grad(u), ufl.grad(v)) * site.measure, V, comm)
    weight = np.zeros(len(block.node_x))
    dx.add_vector(weight, dx.compile_form(v * site.measure))
    fixed = np.ones(len(weight))
    fixed[block.everywhere(np.unique(block.facet_nodes(*site.sides[0])))] = 0.0
    fixed[block.everywhere(_edges(problem, site, block, normal))] = 1.0
    shape = _solve(A, weight, fixed > 0, V)
    rate = comm.allreduce(float(weight @ shape))
    if rate <= 0:
        raise InputError(f"Inflow({site.where!r}): walls leave no opening; refine the mesh there")
    return shape * (area / rate), normal, area


def _edges(problem: Any, site: Site, block: Any, normal: Any) -> Any:
    """Nodes of the phase at walls that the flow through an inlet rests at."""
    axes = {f"v_{k}" for k, n in zip("xyz", normal, strict=False) if abs(n) > PLANE}
    found = [np.zeros(0, dtype=np.int32)]
    for other in problem.sites:
        for side, faces in zip(other.blocks, other.sides, strict=True):
            beside = side is site.blocks[0] and other is not site and faces is not None
            held = {c.field for c in other.constraints if isinstance(c, Hold)}
            if beside and (held & axes or getattr(other.law, "clings", False)):
                found.append(np.unique(block.facet_nodes(*faces)))
    return np.unique(np.concatenate(found))


def _laplacian(form: Any, V: Any, comm: Any) -> Any:
    compiled, imap = dx.compile_form(form), V.dofmap.index_map
    A = PETSc.Mat().create(comm)
    A.setSizes(((imap.size_local, imap.size_global),) * 2)
    A.setType(PETSc.Mat.Type.AIJ)
    index = imap.local_to_global(np.arange(imap.size_local + imap.num_ghosts, dtype=np.int32))
    lgmap = PETSc.LGMap().create(index.astype(PETSc.IntType), comm=comm)
    A.setLGMap(lgmap, lgmap)
    A.setUp()
    A.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
    for k in range(*A.getOwnershipRange()):
        A.setValue(k, k, 0.0, PETSc.InsertMode.ADD)
    A.setOption(PETSc.Mat.Option.IGNORE_ZERO_ENTRIES, True)
    dx.add_matrix(A, compiled)
    A.assemble()
    return A


def _solve(A: Any, weight: Any, fixed: Any, V: Any) -> Any:
    """A^-1 weight at the free nodes, 0 at the `fixed`; values at all local nodes."""
    from dolfinx import la

    b, owned = la.vector(V.dofmap.index_map, 1), V.dofmap.index_map.size_local
    b.array[:] = weight
    b.scatter_reverse(dx.ADD)
    first = A.getOwnershipRange()[0]
    rows = np.flatnonzero(fixed[:owned]).astype(PETSc.IntType) + first
    x, rhs = A.createVecs()
    rhs.array_w[:] = np.where(fixed[:owned], 0.0, b.array[:owned])
    A.zeroRowsColumns(rows, 1.0)
    ksp = PETSc.KSP().create(A.getComm())
    ksp.setOperators(A)
    ksp.setType(PETSc.KSP.Type.PREONLY)
    ksp.getPC().setType(PETSc.PC.Type.LU)
    ksp.getPC().setFactorSolverType("mumps")
    ksp.solve(rhs, x)
    b.array[:owned] = x.array_r
    b.scatter_forward()
    return b.array.copy()
