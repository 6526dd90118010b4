"""A mesh held as arrays, on one rank; gmsh is not needed for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LINE, TRIANGLE, TETRAHEDRON = 1, 2, 4  # gmsh's numbers of the element types
SIMPLEX = {1: LINE, 2: TRIANGLE, 3: TETRAHEDRON}


@dataclass(frozen=True)
class Simplices:
    """Points and the named simplices between them.

    Attributes:
        points: Coordinates [m], shape (points, dim).
        regions: Cells of each region, every cell once: numbers of points, shape (cells, dim + 1).
        boundaries: Facets of each boundary, shape (facets, dim).
        info: Facts in SI units that are known when the mesh is made.
    """

    points: Floats
    regions: Mapping[str, Ints]
    boundaries: Mapping[str, Ints]
    info: Mapping[str, float] = field(default_factory=dict)

    def outline(self) -> Simplices:
        """The same names and facts without any point or simplex: what the other ranks hold."""
        regions, boundaries = (
            {name: rows[:0] for name, rows in part.items()}
            for part in (self.regions, self.boundaries)
        )
        return Simplices(self.points[:0], regions, boundaries, self.info)

    def draw(self) -> None:
        """Put points, simplices and named groups into the current gmsh model."""
        dim = self.points.shape[1]
        xyz = np.zeros((len(self.points), 3))
        xyz[:, :dim] = self.points
        parts = ((dim, self.regions), (dim - 1, self.boundaries))
        draw_groups(
            xyz,
            [
                Group(level, name, SIMPLEX[level], nodes)
                for level, part in parts
                for name, nodes in part.items()
            ],
        )


class Group(NamedTuple):
    """Cells or facets of one type of gmsh that have a name: numbers of points, (., nodes)."""

    dim: int
    name: str
    kind: int
    nodes: Ints


def draw_groups(points: Floats, groups: Sequence[Group]) -> None:
    """Put points (., 3) and groups, cells first, into the current gmsh model."""
    import gmsh

    tags = np.arange(1, len(points) + 1)
    for g in groups:
        entity = gmsh.model.addDiscreteEntity(g.dim)
        if len(tags):  # the first region holds all nodes until they are reclassified
            gmsh.model.mesh.addNodes(g.dim, entity, tags, points.ravel())
            tags = tags[:0]
        gmsh.model.mesh.addElementsByType(entity, g.kind, [], (g.nodes + 1).ravel())
        gmsh.model.addPhysicalGroup(g.dim, [entity], name=g.name)
    gmsh.model.mesh.reclassifyNodes()
