"""The flow alone, before everything together: Stokes' first, then with its inertia.

Compositions and potentials stay as they were guessed. Newton from rest fails above a Reynolds
number of about 100; a share of the inertia that grows by itself does not.
"""

import logging
from typing import Any

import numpy as np
from petsc4py import PETSc

log = logging.getLogger("femion")

TOLERANCE = 1e-6  #: of a start; the coupled Newton goes on from there
SMALLEST = 1e-3  #: step of the share of inertia


def settle(newton: Any) -> None:
    """Bring the velocities and pressures of `newton.x` to their steady state, if there is one."""
    system = newton.system
    if not system.flowing:
        return
    index = system.sizes.flowing + system.sizes.first
    chosen = PETSc.IS().createGeneral(index.astype(PETSc.IntType), comm=system.domain.comm)
    at, step, good = -1.0, 1.0, newton.x.copy()
    while at < 1.0 and step >= SMALLEST:
        target = 0.0 if at < 0 else min(1.0, at + step)
        system.inertia.value = target
        if _solve(newton, chosen):
            at, step = target, 2 * step
            newton.x.copy(good)
        elif at < 0:
            break
        else:
            step = min(step, target - at) / 4
            good.copy(newton.x)
    log.info("flow alone: reached with %.3g %% of its inertia", 100 * max(at, 0.0))
    system.inertia.value = 1.0


def _solve(newton: Any, chosen: Any, most: int = 12) -> bool:
    """Newton's method for some of the unknowns."""
    x, r, last = newton.x, newton.x.duplicate(), np.inf
    ksp = PETSc.KSP().create(x.getComm())
    ksp.setType(PETSc.KSP.Type.PREONLY)
    ksp.getPC().setType(PETSc.PC.Type.LU)
    ksp.getPC().setFactorSolverType("mumps")
    for k in range(most):
        newton.system.residual(x, r)
        newton.system.jacobian(x, newton.A)
        part = newton.A.createSubMatrix(chosen, chosen)
        ksp.setOperators(part)
        b = r.getSubVector(chosen)
        dy = b.duplicate()
        ksp.solve(b, dy)
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
