"""A flat wall of a mesh as a patch of facets, whole also where something stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from femion.errors import InputError
from femion.geometry.base import Geometry, options
from femion.geometry.grid import Floats
from femion.geometry.simplices import Ints, Simplices

NEAR = 1e-7  # distance from a plane that is none, over the size of the mesh


@dataclass(frozen=True)
class Patch:
    """A part of a plane that is normal to an axis.

    Attributes:
        points: Coordinates in order, so that opposite ends are cut alike, (points, dim) [m].
        nodes: Numbers in the mesh; -1 where it has no such point.
        facets: All facets, numbers of `points`, (facets, dim).
        covered: Those of them that the mesh does not have.
        normal: Outer normal.
        axes: The axes in the plane.
    """

    points: Floats
    nodes: Ints
    facets: Ints
    covered: Ints
    normal: Floats
    axes: tuple[int, ...]

    def measure(self) -> float:
        """Length or area [m^(dim - 1)]."""
        x = self.points[self.facets][..., self.axes]
        sides = x[:, 1:] - x[:, :1]
        return float(np.abs(np.linalg.det(sides)).sum() / len(self.axes))

    def rim(self) -> Ints:
        """Points or edges that only one facet has."""
        return _once(self.facets)


def patch(mesh: Simplices, wall: str) -> Patch:
    """The patch of a wall; where it is alone in its plane, it fills the end of the box.

    Raises:
        InputError: The wall is not flat, or not at an end of the box around the mesh.
    """
    facets, size = mesh.boundaries[wall], np.ptp(mesh.points, axis=0)
    axis, side = _plane(mesh, wall, NEAR * float(size.max()))
    place = mesh.points[:, axis].max() if side else mesh.points[:, axis].min()
    axes = tuple(k for k in range(len(size)) if k != axis)
    nodes = np.unique(facets)
    flat = mesh.points[nodes][:, axes]
    inner = np.searchsorted(nodes, facets)
    more, extra = np.empty((0, len(axes))), np.empty((0, len(axes)), np.int64)
    if _alone(mesh, wall, axis, float(place), NEAR * float(size.max())):
        ends = mesh.points[:, axes].min(axis=0), mesh.points[:, axes].max(axis=0)
        more, extra = _missing(flat, inner, *ends)
    every = np.concatenate([flat, more])
    points = np.full((len(every), len(size)), place)
    points[:, axes] = every
    numbers = np.concatenate([nodes, np.full(len(more), -1)])
    order = np.lexsort(np.round(every / (NEAR * size.max())).T[::-1])
    new = np.empty_like(order)
    new[order] = np.arange(len(order))
    normal = np.eye(len(size))[axis] * (1.0 if side else -1.0)
    whole = new[np.concatenate([inner, extra])]
    return Patch(points[order], numbers[order], whole, new[extra], normal, axes)


def _plane(mesh: Simplices, wall: str, near: float) -> tuple[int, int]:
    """Axis that the wall is normal to, and the end of it (0, 1) at which it lies."""
    x = mesh.points[np.unique(mesh.boundaries[wall])]
    for axis, (low, high) in enumerate(
        zip(mesh.points.min(axis=0), mesh.points.max(axis=0), strict=True)
    ):
        for side, end in enumerate((low, high)):
            if np.all(np.abs(x[:, axis] - end) < near):
                return axis, side
    raise InputError(
        f"wall {wall!r} is not flat or not at an end of x, y or z; allowed: a side of the box"
    )


def _alone(mesh: Simplices, wall: str, axis: int, place: float, near: float) -> bool:
    """Whether no other boundary has a facet in the plane of the wall."""
    return not any(
        np.any(np.all(np.abs(mesh.points[facets][..., axis] - place) < near, axis=1))
        for name, facets in mesh.boundaries.items()
        if name != wall
    )


def _missing(x: Floats, facets: Ints, low: Floats, high: Floats) -> tuple[Floats, Ints]:
    """Points and facets that fill a box from `low` to `high`; new points are numbered on."""
    if len(low) == 1:
        points, edges = _gaps(x[:, 0], np.arange(len(x)), facets, float(low[0]), float(high[0]))
        return points[:, None], edges
    near, points, inner = NEAR * float(np.ptp(x)), x, _once(facets)
    around = [np.empty((0, 2), np.int64)]
    for k, end in ((k, e) for k in (0, 1) for e in (low, high)):
        on = np.flatnonzero(np.abs(points[:, k] - end[k]) < near)
        outer = np.all(np.isin(inner, on), axis=1)
        line = float(low[1 - k]), float(high[1 - k])
        places, gaps = _gaps(points[:, 1 - k], on, inner[outer], *line)
        more = np.full((len(places), 2), end[k])
        more[:, 1 - k] = places
        points, inner = np.concatenate([points, more]), inner[~outer]
        around.append(gaps)
    return _filled(points, np.concatenate([inner, *around]), len(x))


def _gaps(x: Floats, on: Ints, edges: Ints, low: float, high: float) -> tuple[Floats, Ints]:
    """New points and edges between neighbouring points `on` a line that no edge joins."""
    near, new, found = NEAR * (high - low), list[float](), list[tuple[int, int]]()
    held = {tuple(sorted(edge)) for edge in edges.tolist()}
    h = float(np.median(np.abs(np.diff(x[edges], axis=1)))) if len(edges) else high - low
    line = [(float(x[k]), int(k)) for k in on]
    for end in (low, high):
        if not any(abs(at - end) < near for at, _ in line):
            line.append((end, len(x) + len(new)))
            new.append(end)
    for (a, i), (b, j) in pairwise(sorted(line)):
        if tuple(sorted((i, j))) in held:
            continue
        inside = np.linspace(a, b, max(1, round((b - a) / h)) + 1)[1:-1]
        chain = [i, *range(len(x) + len(new), len(x) + len(new) + len(inside)), j]
        new += inside.tolist()
        found += list(pairwise(chain))
    return np.array(new), np.array(found, dtype=np.int64).reshape(-1, 2)


def _filled(x: Floats, edges: Ints, known: int) -> tuple[Floats, Ints]:
    """The points from `known` on and what is inside closed lines, in triangles."""
    from scipy.spatial import cKDTree

    from femion.geometry.swept import read

    if not len(edges):
        return x[known:], np.empty((0, 3), np.int64)
    unit = float(np.ptp(x))
    mesh = read(Geometry("covered wall", 2, lambda: _draw(x / unit, _loops(edges))))
    away, match = cKDTree(x / unit).query(mesh.points)
    new = away > NEAR
    match[new] = len(x) + np.arange(np.count_nonzero(new))
    return np.concatenate([x[known:], unit * mesh.points[new]]), match[mesh.regions["covered"]]


def _loops(edges: Ints) -> list[list[int]]:
    """Closed lines, each as the points in a row."""
    beside: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    if any(len(some) != 2 for some in beside.values()):
        raise InputError("parts of a wall that are covered meet in a point; allowed: apart")
    loops = []
    while beside:
        loop = [next(iter(beside))]
        while some := [k for k in beside.pop(loop[-1]) if k in beside]:
            loop.append(some[0])
        loops.append(loop)
    return loops


def _draw(x: Floats, loops: list[list[int]]) -> None:
    """Fill closed lines with triangles; the lines stay as they are."""
    import gmsh

    geo = gmsh.model.geo
    surfaces = []
    for loop in loops:
        points = [geo.addPoint(*x[k], 0.0) for k in loop]
        lines = [geo.addLine(a, b) for a, b in pairwise([*points, points[0]])]
        for line in lines:
            geo.mesh.setTransfiniteCurve(line, 2)
        surfaces.append(geo.addPlaneSurface([geo.addCurveLoop(lines)]))
    geo.synchronize()
    gmsh.model.addPhysicalGroup(2, surfaces, name="covered")
    with options({"Mesh.Algorithm": 6, "Mesh.MeshSizeExtendFromBoundary": 1}):
        gmsh.model.mesh.generate(2)


def _once(facets: Ints) -> Ints:
    """Sub-simplices that one facet has, rows in order."""
    width = facets.shape[1]
    subs = np.concatenate([facets[:, list(c)] for c in combinations(range(width), width - 1)])
    rows, times = np.unique(np.sort(subs, axis=1), axis=0, return_counts=True)
    return rows[times == 1]
