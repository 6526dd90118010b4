"""Linear solvers as plain PETSc options, chosen by size, overridable one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from petsc4py import PETSc

from ..errors import unknown
from ..splits import FLOW
from ..units import positive
from .fields import Sweep
from .flow_split import FlowSplit

#: LU below these numbers of unknowns. Multigrid is as fast from 3,000 on, and from 30,000 (2D) or
#: 10,000 (3D) twice as fast; LU fails less often.
DIRECT_BELOW = {1: 10**7, 2: 30_000, 3: 10_000}
#: Of flows, whose iterations take longer: six times as long as LU at 120,000 unknowns in 2D, and
#: 1.3 times at 40,000 in 3D. LU takes 5 kB (2D) and 17 kB (3D) per unknown.
FLOWS_BELOW = {1: 10**7, 2: 500_000, 3: 60_000}

#: Multigrids that are known.
AMG = ("gamg", "hypre")

#: What a flow carries is solved by LU up to these numbers of unknowns.
TOGETHER = {1: 10**7, 2: 300_000, 3: 60_000}
REST = "carried"

#: A field of so few unknowns is a set of global scalars.
FEW = 20


#: Of more that a flow carries along.
CARRIED = {
    "ksp_type": "gmres",
    "ksp_rtol": 1e-2,
    "ksp_max_it": 40,
    "pc_type": "asm",
    "sub_pc_type": "ilu",
    "sub_pc_factor_levels": 1,
}


class Linear(Protocol):
    """A linear solver: PETSc options and, if it splits, the index sets."""

    def options(self) -> dict[str, Any]:
        """PETSc options without prefix."""
        ...

    def split(self, pc: Any, system: Any) -> None:
        """Tell a preconditioner which unknowns of a system belong together."""
        ...

    def flow(self, system: Any) -> Any:
        """PETSc context of a preconditioner of flows alone; None: LU does it."""
        ...


@dataclass(frozen=True)
class Direct:
    """LU by MUMPS."""

    extra: Mapping[str, Any] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """PETSc options without prefix."""
        return {
            "ksp_type": "preonly",
            "pc_type": "lu",
            "pc_factor_mat_solver_type": "mumps",
            "mat_mumps_icntl_14": 60,  # room for the rows of global scalars
            **self.extra,
        }

    def split(self, pc: Any, system: Any) -> None:
        """Nothing to split."""

    def flow(self, system: Any) -> None:
        """LU."""


@dataclass(frozen=True)
class FieldSplit:
    """FGMRES, multiplicative over the fields of all phases, one multigrid V-cycle for each.

    With electrochemical potentials as unknowns the iterations do not grow with the mesh. They
    end at `rough` where Newton's last step was not clamped, which takes a third less time and no
    more steps, else at `rtol`: a rough direction led astray where steps were large. `amg` is
    "gamg" or, where PETSc has hypre, "hypre". `smoothed` aggregation needs fewer iterations; the
    plain one also converged where steep first guesses broke the smoothed one.
    """

    rtol: float = 1e-5
    amg: str = "gamg"
    smoothed: bool = True
    rough: float = 1e-3
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rtol", positive(self.rtol, "", "rtol of FieldSplit"))
        if self.amg not in AMG:
            raise unknown("amg of FieldSplit", self.amg, AMG)

    def options(self) -> dict[str, Any]:
        """PETSc options without prefix (the fields' own are set in `split`)."""
        return {
            "ksp_type": "fgmres",
            "ksp_rtol": self.rtol,
            "ksp_max_it": 300,
            "ksp_gmres_restart": 100,
            "pc_type": "python",
            **self.extra,
        }

    def fields(self, system: Any) -> dict[str, Any]:
        """Index sets that are solved in turn; what a flow carries is one of them.

        Where a stream carries more than diffuses, a sweep from potential to ions moves charge by
        diffusion only.
        """
        found: dict[str, Any] = system.splits()
        if not system.flowing:
            return found
        rest = [index for name, index in found.items() if name != FLOW]
        joined = np.sort(np.concatenate([i.getIndices() for i in rest]))
        whole = PETSc.IS().createGeneral(joined, comm=system.domain.comm)
        return {FLOW: found[FLOW], REST: whole}

    def field_options(self, name: str, unknowns: int, dim: int) -> dict[str, Any]:
        """PETSc options of the solver of a field with so many unknowns.

        What a flow carries along is no job for multigrid made for diffusion, which diverges at
        cell Peclet numbers of 100; incomplete LU follows the stream.
        """
        if name == FLOW:
            return {"ksp_type": "preonly"}
        if name == REST:
            return Direct().options() if unknowns <= TOGETHER[dim] else dict(CARRIED)
        if unknowns <= FEW:
            return {"ksp_type": "preonly", "pc_type": "jacobi"}
        common = {"ksp_type": "preonly", "pc_type": self.amg}
        if self.amg == "hypre":
            return common | {
                "pc_hypre_type": "boomeramg",
                "pc_hypre_boomeramg_coarsen_type": "HMIS",
                "pc_hypre_boomeramg_interp_type": "ext+i",
                "pc_hypre_boomeramg_P_max": 4,
                "pc_hypre_boomeramg_strong_threshold": 0.5,
            }
        return common | {
            "pc_gamg_agg_nsmooths": int(self.smoothed),
            "pc_gamg_threshold": 0.0,  # 0.02 broke down on one of six meshes with several phases
            "pc_mg_cycle_type": "w",  # from 1e4 to 1e6 unknowns iterations then grow by a fifth
            "mg_levels_ksp_type": "richardson",
            "mg_levels_pc_type": "sor",
            "mg_levels_ksp_max_it": 1,
        }

    def split(self, pc: Any, system: Any) -> None:
        """One split per field, flows and phi first; PETSc's own if `pc_type` says so."""
        if pc.getType() == pc.Type.FIELDSPLIT:
            pc.setFieldSplitIS(*self.fields(system).items())
        elif pc.getType() == pc.Type.PYTHON:
            flow = {FLOW: self.flow(system)} if system.flowing else {}
            pc.setPythonContext(Sweep(self.fields(system), pc.getOptionsPrefix() or "", flow))

    def flow(self, system: Any) -> FlowSplit:
        """Velocities by multigrid, pressures by their Schur complement."""
        return FlowSplit(system, self.field_options("", FEW + 1, system.domain.tdim))


def choose(system: Any, asked: Linear | None = None) -> list[Linear]:
    """What is asked for; else the preset, and behind it what is slower and more robust."""
    if asked:
        return [asked]
    limit = FLOWS_BELOW if system.flowing else DIRECT_BELOW
    if system.numbering.size[1] < limit[system.domain.tdim]:
        return [Direct()]
    if system.flowing:
        return [FieldSplit(), Direct()]
    return [FieldSplit(), FieldSplit(smoothed=False), Direct()]
