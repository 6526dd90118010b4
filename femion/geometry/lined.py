"""Layers on flat walls of any geometry: membranes beside spacers, and what lies behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from femion.errors import InputError, unknown
from femion.geometry.base import Geometry, Length, count, distinct, known, number
from femion.geometry.grid import Floats, steps
from femion.geometry.layers import Names, pairs_of, thicknesses
from femion.geometry.patch import NEAR, Patch, patch
from femion.geometry.simplices import Ints, Simplices
from femion.geometry.swept import positive, prisms, read

COVERED = "covered"  # where a layer touches a filament


@dataclass(frozen=True)
class Lining:
    """Layers on one wall.

    Attributes:
        wall: The boundary that they are put on; afterwards it is the outermost face.
        layers: Sizes of the cells of each layer, outwards [m].
        sides: For each layer the boundaries at the low and high end of the wall, and elsewhere.
        covered: Boundary where the first layer has no cell of the geometry beside it.
    """

    wall: str
    layers: Mapping[str, Floats]
    sides: Mapping[str, tuple[str, str, str]]
    covered: str

    def on(self, mesh: Simplices) -> Simplices:
        """The mesh with the layers."""
        base = patch(mesh, self.wall)
        heights = np.cumsum([0.0, *np.concatenate(list(self.layers.values()))])
        copies, n = len(heights), len(base.points)
        compact, new = np.tile(base.nodes, (copies, 1)), np.ones((copies, n), bool)
        new[0] = base.nodes < 0
        compact[new] = len(mesh.points) + np.arange(np.count_nonzero(new))
        places = base.points + heights[:, None, None] * base.normal
        points = np.concatenate([mesh.points, places[new]])
        regions, boundaries = dict(mesh.regions), dict(mesh.boundaries)
        boundaries[self.wall] = compact[-1][base.facets]
        _add(boundaries, self.covered, compact[0][base.covered])
        info, low = dict(mesh.info), 0
        for name, cells in self.layers.items():
            between = compact[low : low + len(cells) + 1]
            low += len(cells)
            regions[name] = positive(points, prisms(base.facets, between))
            info[f"measure.{name}"] = base.measure() * float(cells.sum())
            for side, rim in zip(self.sides[name], _rims(base), strict=True):
                _add(boundaries, side, prisms(rim, between))
        return Simplices(points, regions, boundaries, info)


def _add(boundaries: dict[str, Ints], name: str, facets: Ints) -> None:
    """Facets that a boundary has as well."""
    if len(facets):
        before = boundaries.get(name, facets[:0])
        boundaries[name] = np.concatenate([before, facets])


def _rims(base: Patch) -> tuple[Ints, Ints, Ints]:
    """The patch's edge at the low and high end of its first axis, and elsewhere."""
    rim = base.rim()
    x = base.points[rim][..., base.axes[0]]
    near = NEAR * float(np.ptp(base.points[:, base.axes[0]]))
    low, high = (
        np.all(np.abs(x - end) < near, axis=1)
        for end in (base.points[:, base.axes[0]].min(), base.points[:, base.axes[0]].max())
    )
    return rim[low], rim[high], rim[~(low | high)]


def lined(
    geometry: Geometry,
    walls: Mapping[str, Mapping[str, Length]],
    *,
    cells: int | Mapping[str, int] = 8,
    growth: float = 1.5,
    side: str = "sides",
    side_names: Mapping[str, Names] | None = None,
    covered: str = COVERED,
) -> Geometry:
    """A geometry with layers outside of its flat walls, such as membranes beside a spacer channel.

    Cells of the layers stand on the facets of the wall. Where a filament touches the wall, the
    first layer goes on behind it, so that a current can spread there. The outermost face takes the
    name of the wall, and the wall itself becomes an interface, as "channel|membrane".

    Args:
        geometry: What has the walls.
        walls: {wall: {layer: thickness [m]}}, from the wall outwards; a wall is flat and lies at
            an end of x, y or z.
        cells: Number of cells over a layer, one for all or one for each layer named (else 8).
        growth: Ratio of neighbouring cells from both faces of a layer to its middle.
        side: Boundary of the sides of all layers.
        side_names: Boundaries of the sides of a layer: {layer: name} or {layer: (name at the low
            end of x, name at its high end)}; along y where the wall is normal to x.
        covered: Boundary between a layer and the filaments that touch it.

    Raises:
        ValueError: A wall is not one of the geometry or not flat (when it is drawn), or a value is
            out of range.
    """
    if not isinstance(walls, Mapping) or not walls:
        raise InputError(f"walls = {walls!r} is not possible; allowed: {{wall: {{layer: metres}}}}")
    number("growth", growth, 0.99, 10.0)
    parts = {wall: thicknesses(layers) for wall, layers in walls.items()}
    every = [name for layers in parts.values() for name in layers]
    if len(set(every)) < len(every):
        raise InputError(f"walls = {dict(walls)!r} has a layer twice; allowed: a name for each")
    numbers = _counts(cells, every)
    pairs = pairs_of(every, side, side_names or {})
    sides = {name: (low, high, side) for name, (low, high) in pairs.items()}
    distinct(every, (*walls, side, covered, *(n for names in sides.values() for n in names)))
    linings = [
        Lining(wall, {k: _cells(t, numbers[k], growth) for k, t in layers.items()}, sides, covered)
        for wall, layers in parts.items()
    ]
    gone = [f"measure.{wall}" for wall in walls]
    info = {k: v for k, v in geometry.info.items() if k not in gone}
    info |= {f"thickness.{k}": t for layers in parts.values() for k, t in layers.items()}
    recipe = partial(_recipe, geometry, linings)
    name, dim = f"lined {geometry.name}", geometry.dim
    return Geometry(name, dim, lambda: recipe().draw(), info, arrays=recipe)


def _recipe(geometry: Geometry, linings: list[Lining]) -> Simplices:
    """The mesh of a geometry with its layers."""
    mesh = read(geometry)
    for lining in linings:
        if lining.wall not in mesh.boundaries:
            raise unknown("wall", lining.wall, mesh.boundaries)
        for name in lining.layers:
            if name in mesh.regions or name in mesh.boundaries:
                raise InputError(f"layer {name!r} is a name of {geometry.name!r}; allowed: another")
        mesh = lining.on(mesh)
    return mesh


def _counts(cells: int | Mapping[str, int], layers: list[str]) -> dict[str, int]:
    """Number of cells over each layer."""
    if not isinstance(cells, Mapping):
        return dict.fromkeys(layers, count("cells", cells))
    known("layer in cells", cells, layers)
    return dict.fromkeys(layers, 8) | {k: count(f"cells[{k!r}]", n) for k, n in cells.items()}


def _cells(thickness: float, n: int, growth: float) -> Floats:
    """Sizes that grow from both faces to the middle [m]."""
    sizes = growth ** steps(n, (True, True))
    return np.asarray(sizes * (thickness / sizes.sum()))
