"""The flow alone, before everything together: Stokes' first, then with its inertia.

Compositions and potentials stay as they were guessed. Newton from rest fails above a Reynolds
number of about 100; a share of the inertia that grows by itself does not.
"""

import logging
from typing import Any

import numpy as np
from petsc4py import PETSc

from .balance import Balance

log = logging.getLogger("femion")

TOLERANCE = 1e-6  #: of a start; the coupled Newton goes on from there
SMALLEST = 1e-3  #: step of the share of inertia
LINEAR, MOST = 1e-4, 200  #: relative tolerance and iterations of linear solves


def settle(newton: Any) -> None:
    """Bring the velocities and pressures of `newton.x` to their steady state, if there is one."""
    system = newton.system
    if not system.flowing:
        return
    chosen, ksp = system.saddle.own, _solver(newton, newton.linear.flow(system))
    at, step, good = -1.0, 1.0, newton.x.copy()
    while at < 1.0 and step >= SMALLEST:
        target = 0.0 if at < 0 else min(1.0, at + step)
        system.inertia.value = target
        if _solve(newton, chosen, ksp):
            at, step = target, 2 * step
            newton.x.copy(good)
        elif at < 0:
            break
        else:
            step = min(step, target - at) / 4
            good.copy(newton.x)
    text = "flow alone: reached with %.3g %% of its inertia, at most %d linear iterations a step"
    log.info(text, 100 * max(at, 0.0), max(newton.effort, default=0))
    system.inertia.value = 1.0


def _solver(newton: Any, context: Any = None) -> Any:
    """For flows alone: LU, or iterations with a preconditioner where the problem is large."""
    ksp = PETSc.KSP().create(newton.x.getComm())
    pc = ksp.getPC()
    if context is None:
        ksp.setType(PETSc.KSP.Type.PREONLY)
        pc.setType(PETSc.PC.Type.LU)
        pc.setFactorSolverType("mumps")
    else:
        ksp.setType(PETSc.KSP.Type.FGMRES)
        ksp.setTolerances(rtol=LINEAR, max_it=MOST)
        ksp.setGMRESRestart(MOST)
        pc.setType(PETSc.PC.Type.PYTHON)
        pc.setPythonContext(context)
    return ksp


def _solve(newton: Any, chosen: Any, ksp: Any, most: int = 12) -> bool:
    """Newton's method for some of the unknowns."""
    x, r, last, balance = newton.x, newton.x.duplicate(), np.inf, Balance.of(newton.system)
    for k in range(most):
        newton.system.residual(x, r)
        newton.system.jacobian(x, newton.A)
        balance.apply(newton.A)
        balance.scale(r)
        part = newton.A.createSubMatrix(chosen, chosen)
        ksp.setOperators(part)
        b = r.getSubVector(chosen)
        dy = b.duplicate()
        ksp.solve(b, dy)
        if ksp.getConvergedReason() < 0:
            ksp = _solver(newton)
            ksp.setOperators(part)
            ksp.solve(b, dy)
        newton.effort.append(ksp.getIterationNumber())
        r.restoreSubVector(chosen, b)
        y = x.duplicate()
        y.set(0.0)
        y.isaxpy(chosen, 1.0, dy)
        change = newton.system.sizes.step(x, y)[1]
        if not np.isfinite(change) or (k > 3 and change > 4 * last):
            return False
        x.axpy(-1.0, y)
        if change < TOLERANCE:
            return True
        last = change
    return False
