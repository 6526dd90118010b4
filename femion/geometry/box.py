"""One homogeneous piece: a slab in two dimensions and a box in three."""

from __future__ import annotations

import numpy as np

from femion.errors import InputError
from femion.geometry import base
from femion.geometry.base import Geometry, Length, count, distinct, metres, number
from femion.geometry.grid import Floats, Grid, fitted, steps
from femion.geometry.layers import side_faces


def slab(
    length: Length,
    cells: int,
    *,
    height: Length | None = None,
    cells_y: int = 1,
    region: str = "electrolyte",
    ends: tuple[str, str] = ("left", "right"),
    side: str = "sides",
    grading: float = 1.0,
    first_cell: Length | None = None,
) -> Geometry:
    """One layer of exactly `cells` cells along x, equal or graded towards both ends.

    Args:
        length: Extent in x [m].
        cells: Number of cells in x.
        height: Extent in y [m]; None makes the cells square where they are equal.
        cells_y: Number of cells in y.
        region: Name of the region.
        ends: Boundaries at x = 0 and at x = L.
        side: Boundary at the bottom and at the top.
        grading: Ratio of neighbouring cells, growing away from both ends.
        first_cell: Size of the cells at both ends [m] instead of the ratio.

    Raises:
        ValueError: A length or number is not positive, or both gradings are given.
    """
    total = metres("length", length)
    count("cells", cells)
    count("cells_y", cells_y)
    across = total / cells * cells_y if height is None else metres("height", height)
    sizes = _slab_cells(total, cells, grading, first_cell)
    faces = side_faces((region,), ends, side, {})
    grid = Grid((region,), (sizes,), (np.full(cells_y, across / cells_y),), faces)
    return Geometry("slab", 2, grid.draw, grid.info())


def box3d(
    size: tuple[Length, Length, Length],
    cells: int | tuple[int, int, int],
    *,
    region: str = "electrolyte",
    names: tuple[str, str, str, str, str, str] = ("x0", "x1", "y0", "y1", "z0", "z1"),
) -> Geometry:
    """A box of equal tetrahedra, six to a brick, with its six faces named.

    Args:
        size: Extents in x, y and z [m].
        cells: Numbers of bricks along x, y and z, or one number for all.
        region: Name of the region.
        names: Boundaries at x = 0, x = Lx, y = 0, y = Ly, z = 0, z = Lz; names may repeat.

    Raises:
        ValueError: A length or number is not positive, or names or sizes are missing.
    """
    bricks = (cells, cells, cells) if isinstance(cells, int) else tuple(cells)
    for field, values in (("size", size), ("cells", bricks)):
        if isinstance(values, str) or len(values) != 3:
            raise InputError(f"{field} = {values!r} is not possible; allowed: 3 values")
    six = base.names("names", names, 6)
    distinct((region,), six)
    x, y, z = (
        np.full(count(f"cells[{i}]", n), metres(f"size[{i}]", s) / n)
        for i, (s, n) in enumerate(zip(size, bricks, strict=True))
    )
    faces = {f"{a}{i}": (six[2 * k + i],) for k, a in enumerate("xyz") for i in (0, 1)}
    grid = Grid((region,), (x,), (y, z), faces)
    return Geometry("box3d", 3, grid.draw, grid.info())


def _slab_cells(total: float, n: int, grading: float, first: Length | None) -> Floats:
    """Exactly n sizes that sum to `total`, graded towards both ends [m]."""
    number("grading", grading, 0.0, 10.0)
    if first is None:
        sizes = grading ** steps(n, (True, True))
        return np.asarray(sizes * (total / sizes.sum()))
    if grading != 1.0:
        raise InputError(f"grading = {grading!r} beside first_cell; allowed: one of the two")
    least = metres("first_cell", first, 0.0, total / n * (1 + 1e-9))
    return fitted(total, lambda growth: least * growth ** steps(n, (True, True)), 100.0)
