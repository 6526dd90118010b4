"""How tortuous the space of a phase is, on the mesh of a solution."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from ..errors import InputError, unknown
from ..upscaling import through_plane

Floats = npt.NDArray[np.float64]


def tortuosity(solution: Any, phase: str, layer: Sequence[str] = ()) -> float:
    """Tortuosity factor [-] of the space of a phase along x: porosity times MacMullin's number.

    Of the whole box, or of the layer that these regions make up (an electrode's pores and
    particles): what else the box has is open, in series with it. Solves for the conduction of the
    mesh between its ends at x, with elements of degree 1. Collective.

    Raises:
        InputError: A phase or region does not exist, or the layer has no thickness.
    """
    domain = solution.problem.domain
    blocks = {b.name: b for b in solution.problem.phases}
    if phase not in blocks:
        raise unknown("phase", phase, blocks)
    inside = blocks[phase].phase.regions
    first = {name: 1.0 for name in domain.regions if name in inside}
    p = through_plane(domain, first | {n: 0.0 for n in domain.regions if n not in first}, degree=1)
    length = float(np.ptp(_along_x(domain, list(domain.regions))))
    thickness = float(np.ptp(_along_x(domain, list(layer)))) if layer else length
    if not thickness > 0:
        raise InputError(f"layer = {list(layer)}: these regions have no cells")
    series = length - thickness
    porosity = (p.porosity * length - series) / thickness
    return porosity * (length / float(p.relative[0, 0]) - series) / thickness


def _along_x(domain: Any, regions: Sequence[str]) -> Floats:
    """Least and greatest x of some regions [m]."""
    cells = domain.region_cells(regions)
    x = domain.mesh.geometry.x[domain.mesh.geometry.dofmaps[0][cells].ravel(), 0]
    ends = np.array([x.max(initial=-np.inf), -x.min(initial=np.inf)])
    domain.comm.Allreduce(MPI.IN_PLACE, ends, MPI.MAX)
    return np.array([-ends[1], ends[0]])
