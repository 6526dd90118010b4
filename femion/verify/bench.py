"""What several cases share: salts, slabs, and values at a point or at a side."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from mpi4py import MPI

import femion as fm

from ..domain import Domain, mesh
from ..solution import Solution, nodal
from ..units import F, R

T = 298.15  #: temperature of all reference files [K]
VT = R * T / F  #: thermal voltage [V]
SODIUM, CHLORIDE = fm.Species("Na+", 1), fm.Species("Cl-", -1)
NACL = {"Na+": 1.334e-9, "Cl-": 2.032e-9}  #: diffusivities [m2/s] of the reference files
UM = 1e-6


def salt(c: float) -> dict[str, float]:
    """NaCl at concentration c [mol/m3]."""
    return {"Na+": c, "Cl-": c}


def nacl(slowness: float = 1.0) -> fm.Medium:
    """Dilute NaCl; diffusivities times `slowness`."""
    return fm.Medium((SODIUM, CHLORIDE), fm.Dilute({i: slowness * D for i, D in NACL.items()}))


def stack(
    thickness: Mapping[str, float], h: float, first: Any = None, growth: float = 1.3
) -> Domain:
    """A quasi-1D stack of layers, one cell wide, graded to `first` at the interfaces [m]."""
    shape = dict(height=h, h=h, first_cell=first, growth=growth, cells_y=1)
    return mesh(fm.geometry.layers(dict(thickness), **shape))  # type: ignore[arg-type]


def height(s: Solution) -> float:
    """Cross-section of a quasi-1D domain [m], so that flows become densities."""
    info = s.problem.domain.info or {}
    return info["cross_section"]


def density(s: Solution, where: str) -> float:
    """Current density at a site [A/m2]."""
    return s.current(where) / height(s)


def flux(s: Solution, species: str, where: str) -> float:
    """Molar flux density at a site [mol/(m2 s)]."""
    return s.flow(species, where) / height(s)


def concentration(s: Solution, species: str, where: str, side: str | None = None) -> float:
    """Mean concentration over a phase or one side of a site [mol/m3]."""
    return s.mean(lambda state: state.c[species], where, side)


def phi(s: Solution, where: str, side: str | None = None) -> float:
    """Mean potential over a phase or one side of a site [V]."""
    return s.mean(lambda state: state.phi, where, side)


def voltage(s: Solution, species: str, where: str, side: str | None = None) -> float:
    """Mean species voltage mu~/(z F) over a phase or one side of a site [V]."""
    return s.mean(lambda state: state.mu[species] / (state.charges[species] * F), where, side)


def at(s: Solution, phase: str, field: str, x: float) -> float:
    """Nodal concentration [mol/m3] or "phi" [V] of a phase at the nodes with this x [m]."""
    block = s.problem.blocks[phase]
    near = np.abs(block.node_x[:, 0] - x) < 1e-9 * s.problem.domain.size
    with s.active() as problem:
        values = nodal(problem, phase, field)[near]
    total = np.array([values.sum(), float(len(values))])
    s.comm.Allreduce(MPI.IN_PLACE, total, MPI.SUM)
    if not total[1]:
        raise ValueError(f"the mesh has no node at x = {x:g} m")
    return float(total[0] / total[1])
