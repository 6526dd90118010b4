"""Symmetric positive definite systems: conjugate gradients with multigrid, or LU while small."""

import itertools
from typing import Any

from petsc4py import PETSc

from ..errors import NotConverged
from .linear import DIRECT_BELOW, Direct

_serial = itertools.count()

MULTIGRID = {
    "ksp_type": "cg",
    "ksp_max_it": 500,
    "pc_type": "gamg",
    "pc_gamg_agg_nsmooths": 1,
    "pc_gamg_threshold": 0.0,
    "mg_levels_ksp_type": "richardson",
    "mg_levels_ksp_max_it": 1,
    "mg_levels_pc_type": "sor",  # symmetric sweeps, as CG needs
    "mg_levels_pc_sor_local_symmetric": None,
}


class Definite:
    """Solves A x = b for many b; A is factorised, or its multigrid made, once.

    Conjugate gradients stop at |residual| < `rtol` |b|. Where they fail, LU takes over.
    """

    def __init__(self, A: Any, dim: int, rtol: float = 1e-10) -> None:
        A.setOption(PETSc.Mat.Option.SPD, True)
        self.A, self.rtol, self.direct = A, rtol, False
        self.iterations: list[int] = []
        small = A.getSize()[0] < DIRECT_BELOW[dim]
        self._use(Direct().options() if small else MULTIGRID | {"ksp_rtol": rtol})

    def _use(self, options: dict[str, Any]) -> None:
        self.direct = options["pc_type"] == "lu"
        self.ksp = PETSc.KSP().create(self.A.getComm())
        self.ksp.setOperators(self.A)
        prefix, database = f"femion_definite_{next(_serial)}_", PETSc.Options()
        self.ksp.setOptionsPrefix(prefix)
        for key, value in options.items():
            database[prefix + key] = value
        self.ksp.setFromOptions()
        self.ksp.setUp()
        for key in options:
            database.delValue(prefix + key)

    def solve(self, b: Any, x: Any) -> None:
        """Solve; raises NotConverged if LU, too, fails."""
        self.ksp.solve(b, x)
        self.iterations.append(self.ksp.getIterationNumber())
        if self.ksp.getConvergedReason() < 0:
            if self.direct:
                raise NotConverged("the matrix of a linear problem is singular")
            self.ksp.destroy()
            self._use(Direct().options())
            self.solve(b, x)

    def destroy(self) -> None:
        """Free what PETSc holds."""
        self.ksp.destroy()
        self.A.destroy()
