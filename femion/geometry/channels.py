"""Empty channels between two walls, in 2D and 3D, with stretched cells at the walls."""

from __future__ import annotations

import numpy as np

from femion.geometry.base import (
    First,
    Geometry,
    Length,
    count,
    distinct,
    first_size,
    metres,
    names,
    number,
    resolved,
)
from femion.geometry.grid import Grid, graded


def channel(
    *,
    length: Length,
    height: Length,
    width: Length | None = None,
    h: Length | None = None,
    h_along: Length | None = None,
    h_inlet: Length | None = None,
    first_cell: First | None = None,
    growth: float = 1.3,
    cells_across: int | None = None,
    region: str = "channel",
    ends: tuple[str, str] = ("inlet", "outlet"),
    walls: tuple[str, str] = ("bottom", "top"),
    sides: tuple[str, str] = ("front", "back"),
) -> Geometry:
    """An empty channel along x, of rows of cells that are thin at the walls.

    The walls are at y = 0 and y = height; with a width the channel is a box, whose walls are at
    z = 0 and z = height and whose sides are at the ends of y.

    Args:
        length: Extent along x [m].
        height: Distance of the walls [m].
        width: Extent across the flow [m]; makes the mesh three-dimensional.
        h: Largest height of a cell [m]; None is height/8.
        h_along: Largest length of a cell [m]; None is 2 h.
        h_inlet: Length of the cells at the inlet [m]; None is h_along.
        first_cell: Height of the cells at the walls [m], or (a length such as that of the diffusion
            layer, the number of cells over it); None is h.
        growth: Largest ratio of neighbouring cells.
        cells_across: Number of cells over the width; None makes them as wide as h_along.
        region: Name of the channel.
        ends: Boundaries at the ends of x.
        walls: Boundaries at the two walls.
        sides: Boundaries at the two sides.

    Raises:
        ValueError: A length is not positive, or a size is larger than what it divides.
    """
    tall, long = metres("height", height), metres("length", length)
    number("growth", growth, 1.0, 10.0)
    far = metres("h", h or tall / 8, 0.0, tall)
    along = metres("h_along", h_along or min(2 * far, long), 0.0, long)
    inlet = metres("h_inlet", h_inlet or along, 0.0, along)
    near = far if first_cell is None else first_size(first_cell, growth, far)
    across = [graded(tall, far, near, growth)]
    faces = {"x0": ends[:1], "x1": ends[1:], "y0": walls[:1], "y1": walls[1:]}
    names("ends", ends, 2), names("walls", walls, 2), names("sides", sides, 2)
    distinct([region], [*ends, *walls])
    if width is not None:
        wide = metres("width", width)
        n = max(1, round(wide / along)) if cells_across is None else cells_across
        across.insert(0, np.full(count("cells_across", n), wide / n))
        faces |= {"y0": sides[:1], "y1": sides[1:], "z0": walls[:1], "z1": walls[1:]}
        distinct([region], sides)
    columns = graded(long, along, inlet, growth, (True, False))
    grid = Grid((region,), (columns,), tuple(across), faces)
    return Geometry("channel", grid.dim, grid.draw, resolved(first_cell) | grid.info())
