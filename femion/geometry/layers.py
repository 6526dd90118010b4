"""Layers side by side along x: baths, membranes, channels, stacks of any number of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from femion.errors import InputError
from femion.geometry.base import Geometry, Length, count, distinct, known, metres, names, number
from femion.geometry.grid import Floats, Grid, graded

Names = str | tuple[str, str]


def layers(
    thickness: Mapping[str, Length],
    *,
    height: Length,
    h: Length,
    first_cell: Length | Mapping[str, Length] | None = None,
    growth: float = 1.3,
    graded_ends: bool = True,
    cells_y: int | None = None,
    depth: Length | None = None,
    cells_z: int | None = None,
    ends: tuple[str, str] = ("left", "right"),
    side: str = "sides",
    side_names: Mapping[str, Names] | None = None,
) -> Geometry:
    """Rectangles (or boxes, with `depth`) side by side along x, graded towards every interface.

    Args:
        thickness: Name and thickness of each layer from left to right [m].
        height: Extent in y [m].
        h: Largest size of a cell along x, and the size along y unless cells_y is given [m].
        first_cell: Size of the cells at an interface [m], one number or one for each layer named;
            a layer without one has cells of size h.
        growth: Largest ratio of neighbouring cells.
        graded_ends: Grade towards x = 0 and x = L as well.
        cells_y: Number of cells in y; 1 or 2 for quasi-1D runs.
        depth: Extent in z [m]; makes the mesh three-dimensional.
        cells_z: Number of cells in z.
        ends: Boundaries at x = 0 and at x = L.
        side: Boundary of all other faces.
        side_names: Boundary of the bottom and top of a layer: {layer: name} or
            {layer: (name at the bottom y = 0, name at the top)}.

    Raises:
        ValueError: A length is not positive, or a layer that is named does not exist.
    """
    if cells_z is not None and depth is None:
        raise InputError(f"cells_z = {cells_z!r} needs a depth; allowed: give depth [m] as well")
    h = metres("h", h)
    widths = thicknesses(thickness)
    first = _first_cells(tuple(widths), h, first_cell)
    number("growth", growth, 1.0, 10.0)
    last = len(widths) - 1
    cells = tuple(
        graded(width, h, first[name], growth, (i > 0 or graded_ends, i < last or graded_ends))
        for i, (name, width) in enumerate(widths.items())
    )
    across = [_even("height", height, "cells_y", cells_y, h)]
    if depth is not None:
        across.append(_even("depth", depth, "cells_z", cells_z, h))
    faces = side_faces(tuple(widths), ends, side, side_names or {})
    grid = Grid(tuple(widths), cells, tuple(across), faces)
    return Geometry("layers", grid.dim, grid.draw, grid.info())


def side_faces(
    regions: tuple[str, ...], ends: tuple[str, str], side: str, side_names: Mapping[str, Names]
) -> dict[str, tuple[str, ...]]:
    """Names of the faces of layers in the form that `Grid` takes."""
    x0, x1 = names("ends", ends, 2)
    pairs = pairs_of(regions, side, side_names).values()
    distinct(regions, (x0, x1, side, *(name for pair in pairs for name in pair)))
    plain = (side,) * len(regions)
    bottom, top = tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
    return {"x0": (x0,), "x1": (x1,), "y0": bottom, "y1": top, "z0": plain, "z1": plain}


def pairs_of(
    regions: Iterable[str], side: str, side_names: Mapping[str, Names]
) -> dict[str, tuple[str, ...]]:
    """Names of the two sides of each layer; `side` where none is given."""
    regions = tuple(regions)
    known("layer in side_names", side_names, regions)
    pairs = {}
    for region in regions:
        given = side_names.get(region, side)
        pair = (given, given) if isinstance(given, str) else given
        pairs[region] = names(f"side_names[{region!r}]", pair, 2)
    return pairs


def thicknesses(thickness: Mapping[str, Length]) -> dict[str, float]:
    """Thickness of every layer [m]."""
    if not isinstance(thickness, Mapping) or not thickness:
        raise InputError(f"thickness = {thickness!r} is not possible; allowed: {{layer: metres}}")
    return {name: metres(f"thickness[{name!r}]", value) for name, value in thickness.items()}


def _first_cells(
    regions: tuple[str, ...], h: float, first_cell: Length | Mapping[str, Length] | None
) -> dict[str, float]:
    """First cell of every layer [m]."""
    sizes = dict.fromkeys(regions, h)
    if isinstance(first_cell, Mapping):
        known("layer in first_cell", first_cell, regions)
        given = {n: metres(f"first_cell[{n!r}]", v, 0.0, h) for n, v in first_cell.items()}
        return sizes | given
    return (
        sizes
        if first_cell is None
        else dict.fromkeys(regions, metres("first_cell", first_cell, 0.0, h))
    )


def _even(name: str, size: Length, count_name: str, cells: int | None, h: float) -> Floats:
    """Equal cells over an extent across the layers [m]."""
    extent = metres(name, size)
    n = max(1, round(extent / h)) if cells is None else count(count_name, cells)
    return np.full(n, extent / n)
