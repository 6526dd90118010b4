"""A mesh between mirror planes, reflected into the whole cell of which it is a part."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from femion.geometry.simplices import Floats, Group, draw_groups

#: Nodes of a reflected cell or facet, by their number: straight and curved, in gmsh's order.
TURNED = {
    3: (0, 2, 1),
    4: (0, 2, 1, 3),
    6: (0, 2, 1, 5, 4, 3),
    10: (0, 2, 1, 3, 6, 5, 4, 7, 9, 8),
}


def draw_reflected(draw: Callable[[], None], ends: Floats) -> None:
    """Draw an eighth into the current gmsh model, and make it the whole.

    `draw` meshes the box from 0 to half of `ends` [m], whose faces are x0, x1, y0, ...; those at
    the halves are mirror planes, which end inside.
    """
    import gmsh

    draw()
    points, groups = _read()
    for k, axis in enumerate("xyz"):
        points, groups = _doubled(points, groups, k, float(ends[k]), axis)
    name = gmsh.model.getCurrent()
    gmsh.model.remove()
    gmsh.model.add(name)
    draw_groups(points, sorted(groups, key=lambda g: -g.dim))


def _read() -> tuple[Floats, list[Group]]:
    """Points and named groups of the current model."""
    import gmsh

    mesh = gmsh.model.mesh
    mesh.renumberNodes()
    tags, xyz, _ = mesh.getNodes()
    points = np.empty((len(tags), 3))
    points[np.asarray(tags, dtype=int) - 1] = xyz.reshape(-1, 3)
    groups = []
    for dim, physical in gmsh.model.getPhysicalGroups():
        name = gmsh.model.getPhysicalName(dim, physical)
        parts = [
            mesh.getElements(dim, entity)
            for entity in gmsh.model.getEntitiesForPhysicalGroup(dim, physical)
        ]
        kind = int(parts[0][0][0])
        width = mesh.getElementProperties(kind)[3]
        nodes = np.concatenate([np.asarray(some[0]).reshape(-1, width) for _, _, some in parts])
        groups.append(Group(dim, name, kind, nodes.astype(np.int64) - 1))
    return points, groups


def _doubled(
    points: Floats, groups: list[Group], k: int, end: float, axis: str
) -> tuple[Floats, list[Group]]:
    """The mesh and its image beyond the plane at end/2, on which points are shared."""
    x = points[:, k]
    shared = np.abs(x - end / 2) < 1e-7 * end
    new = ~shared
    image = np.arange(len(points))
    image[new] = len(points) + np.arange(np.count_nonzero(new))
    beyond = points[new]
    beyond[:, k] = end - beyond[:, k]
    low, high = f"{axis}0", f"{axis}1"
    more = []
    for g in groups:
        turned = image[g.nodes][:, TURNED[len(g.nodes[0])]]
        if g.name == low:
            more += [g, Group(g.dim, high, g.kind, turned)]
        elif g.name != high:
            more.append(Group(g.dim, g.name, g.kind, np.concatenate([g.nodes, turned])))
    return np.concatenate([points, beyond]), more
