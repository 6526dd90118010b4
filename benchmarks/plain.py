"""The same equations hand-written in plain DOLFINx: the peer of `overhead.py`.

Poisson-Nernst-Planck of a 1:1 salt between two walls at different potentials, unknowns
w_i and phi_hat, one blocked space, the form compiler told the same quadrature degree.
"""

import time

import basix.ufl
import dolfinx.fem.petsc as fp
import numpy as np
import ufl
from dolfinx import fem, mesh
from petsc4py import PETSc

from femion._dolfinx import volume
from femion.units import EPS0, F, R

T, C0, EPS_R = 298.15, 1000.0, 78.36
D = (1.334e-9, 2.032e-9)
Z = (1, -1)


def forms(msh, size, V, q):
    """Residual and Jacobian, scaled as femion scales them."""
    u, v = fem.Function(V), ufl.TestFunction(V)
    const = lambda x: fem.Constant(msh, x)  # noqa: E731
    d = msh.geometry.dim
    flux, charge = const(1e-9 * C0 * size ** (d - 2)), const(C0 * size**d)
    dx = volume(msh, q)  # the same rule
    c = [C0 * ufl.exp(u[i + 1] * z - z * u[0]) for i, z in enumerate(Z)]
    eps = const(EPS_R * EPS0 * R * T / F**2)
    form = (eps * ufl.inner(ufl.grad(u[0]), ufl.grad(v[0])) - (c[0] - c[1]) * v[0]) / charge * dx
    for i, z in enumerate(Z):
        N = -const(D[i]) * c[i] * ufl.grad(z * u[i + 1])
        form += -ufl.inner(N, ufl.grad(z * v[i + 1])) / flux * dx
    return u, fem.form(form), fem.form(ufl.derivative(form, u))


def held(msh, size, salts, volts, V):
    """Dirichlet conditions of all unknowns at both ends."""
    bcs = []
    msh.topology.create_connectivity(msh.topology.dim - 1, msh.topology.dim)
    ends = zip((0.0, size), salts, (0.0, volts * F / (R * T)), strict=True)
    for x0, salt, phi in ends:
        facets = mesh.locate_entities_boundary(
            msh, msh.topology.dim - 1, lambda x, x0=x0: np.isclose(x[0], x0, atol=1e-6 * size)
        )
        w = [phi, *((np.log(salt / C0) + z * phi) / z for z in Z)]
        for k, value in enumerate(w):
            dofs = fem.locate_dofs_topological(V.sub(k), msh.topology.dim - 1, facets)
            bcs.append(fem.dirichletbc(PETSc.ScalarType(value), dofs, V.sub(k)))
    return bcs


def solve(msh, size, salts, volts, first, clamp=2.0, tolerance=1e-8):
    """Newton with MUMPS from `first`; seconds of its parts and in all, steps and checksum."""
    V = fem.functionspace(msh, basix.ufl.element("P", msh.basix_cell(), 1, shape=(3,)))
    u, residual, jacobian = forms(msh, size, V, 2)
    bcs = held(msh, size, salts, volts, V)
    u.x.array[:] = first
    start, assembly, linear, steps = time.perf_counter(), 0.0, 0.0, 0
    A, b = fp.create_matrix(jacobian), fp.create_vector(V)
    ksp = PETSc.KSP().create(msh.comm)
    ksp.setType("preonly")
    ksp.getPC().setType("lu")
    ksp.getPC().setFactorSolverType("mumps")
    for bc in bcs:
        bc.set(u.x.array)
    dx = b.duplicate()
    while True:
        t = time.perf_counter()
        with b.localForm() as local:
            local.set(0.0)
        fp.assemble_vector(b, residual)
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        fp.set_bc(b, bcs, x0=u.x.petsc_vec, alpha=-1.0)
        A.zeroEntries()
        fp.assemble_matrix(A, jacobian, bcs)
        A.assemble()
        assembly += time.perf_counter() - t
        t = time.perf_counter()
        ksp.setOperators(A)
        ksp.solve(b, dx)
        linear += time.perf_counter() - t
        largest = dx.norm(PETSc.NormType.INFINITY)
        if largest > clamp:
            dx.scale(clamp / largest)
        u.x.petsc_vec.axpy(-1.0, dx)
        u.x.scatter_forward()
        steps += 1
        if largest < tolerance or steps > 60:
            break
    checksum = msh.comm.allreduce(float(np.sum(u.x.array[: V.dofmap.index_map.size_local * 3])))
    return {
        "unknowns": b.getSize(),
        "steps": steps,
        "assembly": assembly,
        "linear": linear,
        "seconds": time.perf_counter() - start,
        "checksum": checksum,
    }
