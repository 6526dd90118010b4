"""Meshes as arrays: read from a recipe, put into gmsh, repeated, extruded and revolved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from femion.errors import FemionError, InputError
from femion.geometry.base import (
    Geometry,
    Length,
    count,
    distinct,
    mesh_model,
    metres,
    names,
    number,
)
from femion.geometry.grid import Floats
from femion.geometry.simplices import SIMPLEX, Ints, Simplices

SIZES = ("measure.", "cross_section")  # facts of one dimension more where a mesh is swept
SAME = 1e-6  # nodes closer than this, over the size of the cell, are one


def read(geometry: Geometry) -> Simplices:
    """The mesh of a recipe, drawn in a gmsh model of its own."""
    with mesh_model(geometry) as model:
        tags, x, _ = model.mesh.getNodes()
        points = np.zeros((len(tags), 3))
        points[np.asarray(tags, dtype=np.int64) - 1] = np.reshape(x, (-1, 3))
        groups: list[dict[str, Ints]] = [{}, {}]
        for named, dim in zip(groups, (geometry.dim, geometry.dim - 1), strict=True):
            for _, group in model.getPhysicalGroups(dim):
                parts = [
                    model.mesh.getElementsByType(SIMPLEX[dim], int(entity))[1]
                    for entity in model.getEntitiesForPhysicalGroup(dim, group)
                ]
                nodes = np.concatenate(parts).astype(np.int64).reshape(-1, dim + 1) - 1
                named[model.getPhysicalName(dim, group)] = nodes
    return _used(Simplices(points[:, : geometry.dim], groups[0], groups[1]))


def _used(mesh: Simplices) -> Simplices:
    """The mesh without points that no cell has, such as centres of circles."""
    cells = np.concatenate([rows.ravel() for rows in mesh.regions.values()])
    used = np.unique(cells)
    regions, boundaries = (
        {name: np.searchsorted(used, rows) for name, rows in part.items()}
        for part in (mesh.regions, mesh.boundaries)
    )
    return Simplices(mesh.points[used], regions, boundaries)


def repeated(one: Simplices, axis: int, times: int, ends: tuple[str, str]) -> Simplices:
    """Copies of a mesh side by side along an axis; its two end faces have equal nodes.

    `ends` are the names of the boundaries at the two ends; only the outermost remain.
    """
    if times == 1:
        return one
    from scipy.spatial import cKDTree

    low, high = (np.unique(one.boundaries[name]) for name in ends)
    period = float(np.ptp(one.points[:, axis]))
    shift = np.eye(one.points.shape[1])[axis] * period
    away, match = cKDTree(one.points[low] + shift).query(one.points[high])
    if len(low) != len(high) or len(np.unique(match)) < len(low) or away.max() > SAME * period:
        raise FemionError("the opposite faces of the unit cell do not match")
    n = len(one.points)
    number_of = np.tile(np.arange(n), (times, 1)) + n * np.arange(times)[:, None]
    for k in range(times - 1):
        number_of[k, high] = number_of[k + 1, low[match]]
    used, compact = np.unique(number_of, return_inverse=True)
    compact = compact.reshape(times, n)
    points = np.concatenate([one.points + k * shift for k in range(times)])[used]

    def copies(simplices: Ints, which: range) -> Ints:
        return np.concatenate([compact[k][simplices] for k in which])

    every = range(times)
    only = {ends[0]: every[:1], ends[1]: every[-1:]}
    return Simplices(
        points,
        {name: copies(cells, every) for name, cells in one.regions.items()},
        {name: copies(f, only.get(name, every)) for name, f in one.boundaries.items()},
    )


def swept(flat: Simplices, places: Floats, closed: bool, ends: tuple[str, str]) -> Simplices:
    """Prisms between copies of a 2D mesh at `places` (copies, n, 3), cut into tetrahedra.

    The cut follows the numbers of the nodes, so that neighbours agree; nodes that stay where they
    are (on an axis of rotation) are one, and the flat simplices this makes are left out. `closed`
    joins the last copy to the first.
    """
    copies, n = places.shape[:2]
    still = np.linalg.norm(places[0] - places[min(1, copies - 1)], axis=1) < SAME * np.ptp(places)
    number_of = np.arange(copies * n).reshape(copies, n)
    number_of[:, still] = number_of[0, still]
    if closed:
        number_of = np.concatenate([number_of, number_of[:1]])
    used, compact = np.unique(number_of, return_inverse=True)
    compact = compact.reshape(-1, n)
    points = places.reshape(-1, 3)[used]
    sweep = partial(prisms, compact=compact)
    cells = {name: positive(points, sweep(s)) for name, s in flat.regions.items()}
    facets = {name: sweep(s) for name, s in flat.boundaries.items()}
    if not closed:
        whole = np.concatenate(list(flat.regions.values()))
        for name, layer in zip(ends, compact[[0, -1]], strict=True):
            before = facets.get(name, np.empty((0, 3), np.int64))
            facets[name] = np.concatenate([before, layer[whole]])
    return Simplices(points, cells, {k: v for k, v in facets.items() if len(v)})


def prisms(simplices: Ints, compact: Ints) -> Ints:
    """Each simplex between all neighbouring copies, cut into simplices of one dimension more."""
    ordered = np.sort(simplices, axis=1)
    width = ordered.shape[1]
    parts = []
    for low, high in pairwise(compact):
        for i in range(width):
            parts.append(np.hstack([low[ordered[:, : i + 1]], high[ordered[:, i:]]]))
    found = np.concatenate(parts)
    lined = np.sort(found, axis=1)
    return found[np.all(lined[:, 1:] > lined[:, :-1], axis=1)]


def positive(points: Floats, cells: Ints) -> Ints:
    """Cells with two nodes exchanged where their volume is negative."""
    x = points[cells]
    negative = np.linalg.det(x[:, 1:] - x[:, :1]) < 0
    cells[negative, :2] = cells[negative, 1::-1]
    return cells


def extruded(
    geometry: Geometry,
    depth: Length,
    cells: int,
    *,
    ends: tuple[str, str] = ("front", "back"),
) -> Geometry:
    """A 2D geometry drawn out along z, in layers of equal thickness.

    Args:
        geometry: What to draw in the plane z = 0.
        depth: Extent in z [m].
        cells: Number of layers.
        ends: Boundaries at z = 0 and at z = depth.

    Raises:
        ValueError: The geometry is not flat, or a value is out of range.
    """
    z = metres("depth", depth) * np.linspace(0, 1, count("cells", cells) + 1)

    def places(x: Floats) -> Floats:
        return x + z[:, None, None] * np.array([0.0, 0.0, 1.0])

    return _solid(geometry, f"extruded {geometry.name}", places, False, ends, float(z[-1]))


def revolved(
    geometry: Geometry,
    cells: int,
    *,
    angle: float = 90.0,
    ends: tuple[str, str] = ("symmetry", "symmetry"),
) -> Geometry:
    """A 2D geometry above the x axis revolved around that axis.

    Circles become polygons of the same area, so volumes and cross-sections are exact: for this the
    corners lie further out than the circle, by 0.6 % where the cells around span 15 degrees.

    Args:
        geometry: What to revolve; it lies in y >= 0, and what is at y = 0 becomes the axis.
        cells: Number of cells around.
        angle: Angle [degrees]: 360 closes the body, 90 is a quarter between two mirrors.
        ends: Boundaries at the first and last angle; none of them at 360 degrees.

    Raises:
        ValueError: The geometry is not flat, or a value is out of range.
    """
    total = math.radians(number("angle", angle, 0.0, 360.0))
    closed = angle == 360
    n = count("cells", cells, max(1, math.ceil(total / math.radians(90.0) - 1e-9) + closed))
    turn = np.linspace(0, total, n + 1)[: n if closed else n + 1, None]
    longer = math.sqrt(total / n / math.sin(total / n))

    def places(x: Floats) -> Floats:
        if x[:, 1].min() < -SAME * np.ptp(x):
            raise InputError("a geometry with parts below y = 0 cannot be revolved around y = 0")
        y = longer * x[:, 1]
        around = [y * np.cos(turn), y * np.sin(turn)]
        return np.stack([np.broadcast_to(x[:, 0], around[0].shape), *around], axis=2)

    return _solid(geometry, f"revolved {geometry.name}", places, closed, ends, 0.0)


def _solid(
    flat: Geometry,
    name: str,
    places: Callable[[Floats], Floats],
    closed: bool,
    ends: tuple[str, str],
    factor: float,
) -> Geometry:
    """The recipe of a swept geometry; its measures are `factor` times those in the plane."""
    if flat.dim != 2:
        raise InputError(f"{flat.name!r} has {flat.dim} dimensions; allowed: a geometry in 2D")
    distinct([], names("ends", ends, 2))

    def draw() -> None:
        mesh = read(flat)
        points = np.pad(mesh.points, ((0, 0), (0, 1)))
        swept(mesh, places(points), closed, ends).draw()

    info = {k: factor * v if k.startswith(SIZES) else v for k, v in flat.info.items()}
    known = info if factor else {k: v for k, v in info.items() if not k.startswith(SIZES)}
    return Geometry(name, 3, draw, known)


def tiled(
    geometry: Geometry, times: Mapping[int, int], ends: Mapping[int, tuple[str, str]]
) -> Geometry:
    """A unit cell repeated along some axes: {axis: times}, {axis: names of its end faces}."""

    def draw() -> None:
        mesh = read(geometry)
        for axis, n in times.items():
            mesh = repeated(mesh, axis, n, ends[axis])
        mesh.draw()

    return replace(geometry, draw=draw)
