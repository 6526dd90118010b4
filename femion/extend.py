"""A first guess without steps: the held values spread through the phases like a resistor's.

From a flat guess every imposed potential is a jump in one layer of cells; there the drift is as
strong as can be, Newton climbs by its clamp and multigrid fails. Spreading the species voltages
by each phase's conductivity, and taking phi from electroneutrality, leaves concentrations as
they were guessed and costs one symmetric linear solve.
"""

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from . import _dolfinx as dx
from .fields import variable
from .sparse import Assembler
from .thermo import C_REF, T_REF
from .transport.checks import evaluate
from .units import is_function, valued

Floats = npt.NDArray[np.float64]

#: How weakly the flat guess holds a field that nothing else does, beside conduction over L.
HOLD = 1e-6

#: Unknowns below which LU is faster than multigrid, by dimension.
DIRECT_BELOW = {1: 10**7, 2: 30_000, 3: 5_000}


def extend(problem: Any, flat: Floats) -> Floats:
    """Local values of the unknowns: `flat` with what is held spread smoothly. Collective."""
    start, numbering = time.perf_counter(), problem.numbering
    x = numbering.vector()
    numbering.initial(flat, x)
    problem.push(x)
    guess = {b.name: fem.Function(b.V) for b in problem.phases}
    conductivity = {b.name: _conductivity(problem, b) for b in problem.phases}
    most = max(conductivity.values())
    local = np.zeros_like(flat)
    forms = {}
    for block in problem.phases:
        guess[block.name].x.array[:] = flat[problem.span[block.name]]
        linear, forms[block.name] = _forms(
            problem, block, guess[block.name], conductivity[block.name] / most
        )
        dx.add_vector(local[problem.span[block.name]], linear)
    sums = Assembler(problem, forms, rows=numbering.column, lender=problem.sums)
    A = sums.matrix()
    sums.fill(A)
    for k in range(numbering.scalars if problem.domain.comm.rank == 0 else 0):
        A.setValue(k, k, 1e-12, PETSc.InsertMode.ADD)  # a scalar that no phase sees stays
    for k in problem.sizes.first + problem.sizes.flowing:
        A.setValue(k, k, 1.0, PETSc.InsertMode.ADD)  # velocities and pressures stay
    A.assemble()
    b = numbering.vector()
    b.set(0.0)
    numbering.add_columns(local, b)
    _solve(A, b, DIRECT_BELOW[problem.domain.tdim])
    x.axpy(-1.0, b)
    values = _neutral(problem, numbering.expand(x), flat)
    problem.timings["first guess"] += time.perf_counter() - start
    return values


def _conductivity(problem: Any, block: Any) -> float:
    """Sum of z_i^2 L_ii at the representative composition of a phase [mol2/(J m s)]."""
    plain = next(p for p in problem.stated.phases if p.name == block.name)
    L = np.diag(evaluate(plain, problem.composition[block.name]))
    z = np.array([block.state.charges[i] or 1 for i in block.species])
    return float(max((z**2 * L).sum(), 1e-300))


def _forms(problem: Any, block: Any, guess: Any, share: float) -> tuple[Any, Any]:
    """Conduction of every species voltage, held weakly at the guess: residual and derivative."""
    mesh = block.mesh
    carriers = {block.component[i] for i in block.species}
    conduct = [share if k in carriers else 0.0 for k in range(block.bs)]
    kappa = fem.Constant(mesh, np.array(conduct))
    hold = fem.Constant(mesh, HOLD / problem.domain.size**2)
    v, dV = block.test, ufl.Measure("dx", mesh, metadata={"quadrature_degree": 2})
    form = sum(
        (kappa[k] * ufl.inner(ufl.grad(block.u[k]), ufl.grad(v[k]))) * dV
        + hold * (block.u[k] - guess[k]) * v[k] * dV
        for k in range(block.bs)
    )
    return tuple(dx.compile_form(f) for f in (form, ufl.derivative(form, block.u)))  # type: ignore[return-value]


def _solve(A: Any, b: Any, direct_below: int) -> None:
    """A^-1 b in place; A is symmetric and positive definite."""
    ksp = PETSc.KSP().create(A.getComm())
    ksp.setOperators(A)
    if A.getSize()[0] < direct_below:
        ksp.setType(PETSc.KSP.Type.PREONLY)
        ksp.getPC().setType(PETSc.PC.Type.LU)
        ksp.getPC().setFactorSolverType("mumps")
    else:
        ksp.setType(PETSc.KSP.Type.CG)
        ksp.getPC().setType(PETSc.PC.Type.GAMG)
        ksp.setTolerances(rtol=1e-6)
    x = b.duplicate()
    ksp.solve(b, x)
    x.copy(b)


def _neutral(problem: Any, values: Floats, flat: Floats) -> Floats:
    """The same species voltages, with the phi that makes every node electroneutral.

    Activities and external energies are those of the flat guess.
    """
    for block in problem.phases:
        X = block.phase.fixed_charge
        ions = [i for i in block.species if block.state.charges[i]]
        if not block.closure.own_row or is_function(X) or not ions:
            continue
        span, phi = problem.span[block.name], block.component["phi"]
        nodes, before = (v[span].reshape(-1, block.bs) for v in (values, flat))
        z = np.array([block.state.charges[i] for i in ions])
        at = [block.component[i] for i in ions]
        tau, c = T_REF / temperature(block), problem.composition[block.name]
        ideal = np.log([c[i] / C_REF for i in ions])
        shift = tau * (before[:, at] - before[:, [phi]]) * z - ideal
        w = tau * nodes[:, at] * z - shift
        nodes[:, phi] = neutral_phi(w, z, float(X) / C_REF, nodes[:, phi], tau)
        for i in block.implicit:
            k, x = block.component[i], block.component[variable(i)]
            now, then = (
                block.scale[i] * v[:, k] - block.state.charges[i] * v[:, phi]
                for v in (nodes, before)
            )
            nodes[:, x] = before[:, x] + tau * (now - then)
    return values


def temperature(block: Any) -> float:
    """A representative temperature [K]: the medium's at the origin."""
    return dx.value(valued(block.phase.medium.temperature, (0.0, 0.0, 0.0)))


def neutral_phi(
    w: Floats, z: Floats, X: float, start: Floats, tau: float = 1.0, steps: int = 200
) -> Floats:
    """phi_hat with sum_i z_i exp(w_i - tau z_i phi_hat) + X = 0 at each node, by clamped Newton.

    The sum falls monotonically with phi_hat; where it cannot vanish (one sign of charge only)
    the start is returned.
    """
    if (X >= 0 and (z > 0).all()) or (X <= 0 and (z < 0).all()):
        return start
    phi = start.copy()
    for _ in range(steps):
        c = np.exp(np.clip(w - tau * z * phi[:, None], -300.0, 300.0))
        step = (c @ z + X) / (tau * (c @ z**2))
        phi += np.clip(step, -1.0, 1.0)
        if np.all(np.abs(step) < 1e-12):
            break
    return phi
