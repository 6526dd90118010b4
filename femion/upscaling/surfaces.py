"""How much there is of regions, interfaces and surfaces of holes in a cell."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from .. import _dolfinx as dx
from .periodic import Box

Ints = npt.NDArray[np.int32]


def volumes(domain: Any) -> dict[str, float]:
    """Area (2D) or volume (3D) of each region [m^dim]; curved cells too. Collective."""
    mesh = domain.mesh
    Q = fem.functionspace(mesh, ("DG", 0))
    dV = ufl.Measure("dx", mesh, metadata={"quadrature_degree": 4})
    sizes = np.zeros(dx.num_cells(mesh))
    dx.add_vector(sizes, dx.compile_form(ufl.TestFunction(Q) * dV))
    tag = domain.cell_tag[Q.dofmap.list[:, 0].argsort()]
    own = [float(sizes[tag == t].sum()) for t in domain.regions.values()]
    return dict(zip(domain.regions, np.sum(domain.comm.allgather(own), axis=0), strict=True))


def areas(domain: Any, where: Box) -> dict[str, float]:
    """Length (2D) or area (3D) of each interface "a|b" and hole [m^(dim-1)]. Collective.

    Interfaces between regions in the faces of the box do not count; boundaries elsewhere do.
    """
    sides, own = domain.interior_sides()
    tags = domain.cell_tag[sides[:, [0, 2]]]
    out = {}
    for (a, s), (b, t) in combinations(domain.regions.items(), 2):
        here = own & (np.sort(tags, axis=1) == sorted((s, t))).all(axis=1)
        if area := _measure(domain, "dS", sides[here]):
            out[f"{a}|{b}"] = area
    return out | dict(_holes(domain, where))


def _holes(domain: Any, where: Box) -> Iterator[tuple[str, float]]:
    """Boundaries that are not in the faces of the box."""
    own = domain.mesh.topology.index_map(domain.tdim).size_local
    opposite = np.arange(domain.tdim + 1)
    for name in domain.boundaries:
        cells, facets = domain.boundary_sides(name)
        geometry = domain.mesh.geometry
        x = geometry.x[geometry.dofmaps[0][cells, : domain.tdim + 1]][..., : domain.tdim]
        corners = x[opposite != facets[:, None]].reshape(len(cells), domain.tdim, domain.tdim)
        flat = np.logical_or(*(end.all(axis=1).any(axis=1) for end in where.ends(corners)))
        once = (cells < own) & ~flat & _outer(domain, cells, facets)
        found = np.stack([cells[once], facets[once]], axis=1)
        if area := _measure(domain, "ds", found):
            yield name, area


def _outer(domain: Any, cells: Ints, facets: Ints) -> npt.NDArray[np.bool_]:
    """Whether facets have a cell on one side only."""
    dim = domain.tdim
    of = domain.mesh.topology.connectivity(dim, dim - 1).array.reshape(-1, dim + 1)[cells, facets]
    sides = np.diff(domain.mesh.topology.connectivity(dim - 1, dim).offsets)
    return np.asarray(sides[of] == 1)


def _measure(domain: Any, kind: str, entities: Ints) -> float:
    """Measure of facets, given by (cell, local facet) of each side."""
    if not domain.comm.allreduce(len(entities)):
        return 0.0
    d = ufl.Measure(
        kind,
        domain.mesh,
        subdomain_data=[(1, entities.astype(np.int32).ravel())],
        metadata={"quadrature_degree": 4},
    )
    return dx.integrate(dx.compile_form(fem.Constant(domain.mesh, 1.0) * d(1)), domain.comm)
