"""A preconditioner of saddle points: velocities by multigrid, pressures by their Schur complement.

Block upper triangular. With M, A and N the mass, diffusion and transport of pressures, S^-1 is
-(mu M^-1 + A^-1 N M^-1): exact scaling for Stokes' equations (N = 0), Cahouet and Chabard's for
short time steps, and the pressure convection-diffusion of Kay, Loghin and Wathen (SIAM J. Sci.
Comput. 24, 237 (2002)) where there is inertia. The system supplies the matrices.
"""

import itertools
from typing import Any

import numpy as np
from petsc4py import PETSc

_serial = itertools.count()

VELOCITIES = {"ksp_type": "fgmres", "ksp_rtol": 0.1, "ksp_max_it": 10}
MASS = {"ksp_type": "cg", "pc_type": "jacobi", "ksp_rtol": 1e-2, "ksp_max_it": 20}
#: Smoothing that stands what is carried along: few steps of GMRES, plain aggregation.
CARRIED = {
    "pc_gamg_agg_nsmooths": 0,
    "mg_levels_ksp_type": "gmres",
    "mg_levels_ksp_max_it": 3,
    "mg_levels_pc_type": "asm",
    "mg_levels_sub_pc_type": "ilu",
}
DIFFUSION = {"ksp_type": "cg", "ksp_rtol": 0.1, "ksp_max_it": 10}


class FlowSplit:
    """PETSc's Python context of it. `system.saddle` is (index sets by field, pressure matrices).

    `multigrid`: PETSc options of one V-cycle.
    """

    def __init__(self, system: Any, multigrid: dict[str, Any]) -> None:
        self.system, self.multigrid = system, multigrid
        self.solvers: dict[str, Any] = {}

    def setUp(self, pc: Any) -> None:
        """Take the present matrix."""
        _, P = pc.getOperators()
        fields = self.system.saddle.fields(P.getOwnershipRange()[0])
        names = [i for i in fields if i != "P"]
        self.p = fields["P"]
        self.u = _union([fields[i] for i in names], P.getComm())
        first = P.createSubMatrix(self.u, self.u)
        self.B = P.createSubMatrix(self.u, self.p)
        mass, diffusion, self.N = self.system.saddle.matrices()
        split = _split(self.u, [fields[i] for i in names], first)
        options = VELOCITIES | {"pc_type": "fieldsplit", "pc_fieldsplit_type": "multiplicative"}
        amg = self.multigrid | (CARRIED if self.N is not None else {})
        parts = {f"fieldsplit_{i}_{k}": v for i in names for k, v in amg.items()}
        self.solvers["F"] = _solver(first, options | parts, dict(zip(names, split, strict=True)))
        self.solvers["Q"] = _solver(mass, MASS)
        if self.N is not None:
            amg = {k: v for k, v in self.multigrid.items() if k != "ksp_type"}
            self.solvers["A"] = _solver(diffusion, DIFFUSION | amg)

    def apply(self, pc: Any, x: Any, y: Any) -> None:
        """Y = P^-1 x."""
        r, s = x.getSubVector(self.p), self.B.createVecRight()
        self.solvers["Q"].solve(r, s)
        x.restoreSubVector(self.p, r)
        if self.N is not None:
            more, out = s.duplicate(), s.duplicate()
            self.N.mult(s, more)
            self.system.saddle.fix(more)
            self.solvers["A"].solve(more, out)
            s.axpy(1.0, out)
        s.scale(-1.0)
        b, v = x.getSubVector(self.u), self.B.createVecLeft()
        rest = b.copy()
        x.restoreSubVector(self.u, b)
        self.B.mult(s, v)
        rest.axpy(-1.0, v)
        self.solvers["F"].solve(rest, v)
        y.set(0.0)
        y.isaxpy(self.p, 1.0, s)
        y.isaxpy(self.u, 1.0, v)


def _union(parts: list[Any], comm: Any) -> Any:
    index = np.sort(np.concatenate([p.getIndices() for p in parts]))
    return PETSc.IS().createGeneral(index, comm=comm)


def _split(whole: Any, parts: list[Any], A: Any) -> list[Any]:
    """Index sets of parts in the numbering of their union."""
    mine, start = whole.getIndices(), A.getOwnershipRange()[0]
    return [
        PETSc.IS().createGeneral(
            (np.searchsorted(mine, p.getIndices()) + start).astype(PETSc.IntType), comm=A.getComm()
        )
        for p in parts
    ]


def _solver(A: Any, options: dict[str, Any], splits: dict[str, Any] | None = None) -> Any:
    """A solver, set up; its options leave the one database again."""
    ksp, prefix = PETSc.KSP().create(A.getComm()), f"femion_flow_{next(_serial)}_"
    ksp.setOptionsPrefix(prefix)
    ksp.setOperators(A)
    database = PETSc.Options()
    for key, value in options.items():
        database[prefix + key] = value
    ksp.setFromOptions()
    if splits:
        ksp.getPC().setFieldSplitIS(*splits.items())
    ksp.setUp()
    ksp.setUpOnBlocks()
    for key in options:
        database.delValue(prefix + key)
    return ksp
