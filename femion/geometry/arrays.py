"""Ordered arrays of spheres (sc, bcc, fcc) and of cylinders (square, hexagonal): one unit cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from femion.errors import InputError, unknown
from femion.geometry.base import Geometry, Length, distinct, metres, number
from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.grid import Floats
from femion.geometry.images import images
from femion.geometry.packed import FLOOR
from femion.geometry.reflected import draw_reflected
from femion.geometry.scene import Scene
from femion.geometry.sizing import Sizes

HALF = 0.5
ROOT3 = math.sqrt(3.0)
# cell in lattice constants; places in the cell; distance and number of nearest neighbours
LATTICES: dict[str, tuple[tuple[float, ...], tuple[tuple[float, ...], ...], float, int]] = {
    "square": ((1, 1), ((HALF, HALF),), 1.0, 4),
    "hexagonal": ((1, ROOT3), ((0, 0), (HALF, HALF)), 1.0, 6),
    "sc": ((1, 1, 1), ((HALF, HALF, HALF),), 1.0, 6),
    "bcc": ((1, 1, 1), ((0, 0, 0), (HALF, HALF, HALF)), ROOT3 / 2, 8),
    "fcc": (
        (1, 1, 1),
        ((0, 0, 0), (0, HALF, HALF), (HALF, 0, HALF), (HALF, HALF, 0)),
        math.sqrt(HALF),
        12,
    ),
}


def array(
    lattice: str,
    solid_fraction: float,
    *,
    constant: Length = "10 um",
    neck: float = 0.1,
    h: float = 0.08,
    regions: tuple[str, str] = ("pores", "particles"),
    periodic: bool = True,
    mirror: bool = False,
    curved: bool = False,
    close: float = 0.005,
) -> Geometry:
    """The unit cell of an ordered array with exactly the solid fraction that is asked for.

    The planes of the cell are mirror planes of the array: with insulated sides and two faces at
    given potentials it conducts as the whole array does. Beyond the fraction at which neighbours
    touch, they overlap. Neighbours that (nearly) touch are joined by a neck, since a cusp cannot be
    meshed; their radius then is a little smaller.

    Args:
        lattice: "square" or "hexagonal" (cylinders, 2D); "sc", "bcc" or "fcc" (spheres, 3D).
        solid_fraction: Solid over total, necks and overlaps accounted for.
        constant: Lattice constant [m].
        neck: Half-width of the neck of touching neighbours over the radius.
        h: Size of the cells over the lattice constant.
        regions: Names of the matrix and of the bodies; "" as the second leaves holes.
        periodic: Give opposite faces equal meshes, which they have in 3D anyhow: there an eighth
            is meshed and reflected.
        mirror: Only the quarter (3D: eighth) of the cell between its mirror planes, as good
            for conduction from face to face.
        curved: Let cells follow the bodies to second order, instead of by chords.
        close: Gap over the distance of neighbours below which they count as touching.

    Raises:
        ValueError: The lattice is not known, or the solid fraction is out of its range.
    """
    if lattice not in LATTICES:
        raise unknown("lattice", lattice, LATTICES)
    cell, places, apart, _ = LATTICES[lattice]
    unit, dim = metres("constant", constant), len(cell)
    width, least_gap = number("neck", neck, 0.02, 0.3), number("close", close, 0.0, 0.1)
    wanted = number("solid_fraction", solid_fraction, 0.0, 1.0)
    r, joined = _radius(wanted, lattice, width, least_gap)
    size, h = np.array([*cell, 0.0][:3], dtype=float), number("h", h, 0.0, 0.3)
    bodies = _bodies(places, size, r) + (_links(places, size, apart, width * r) if joined else [])
    whole = dim == 3 and not mirror  # gmsh cannot mesh every sphere that all faces cut
    box = size / 2 if mirror or whole else size
    inside, around = images(bodies, size, "xyz"[:dim], box)
    scene = Scene(
        slabs=((regions[0], float(box[0])),),
        across=tuple(float(s) for s in box[1:dim]),
        bodies=tuple(inside),
        around=tuple(around),
        sizes=_sizes(h, dim, abs(apart - 2 * r), least_gap, width * r if joined else 0.0),
        solid=regions[1],
        periodic="xy" if periodic and dim == 2 and not mirror else "",
        joined=joined or 2 * r > apart,
        curved=curved,
    )
    distinct(filter(None, regions), [f"{a}{i}" for a in "xyz" for i in (0, 1)])
    info = _info(size if whole else box, wanted, r, apart, regions, unit)
    draw = partial(scene.draw, unit)
    draw = partial(draw_reflected, draw, size * unit) if whole else draw
    return Geometry(lattice, dim, draw, info, FLOOR[dim])


def _sizes(h: float, dim: int, gap: float, least_gap: float, neck: float) -> Sizes:
    """Sizes of cells that resolve a gap (or overlap), or the half-width of a neck."""
    across = (0.16 if dim == 2 else 0.08) / h
    least = neck / 2 or max(gap, least_gap) / across
    return Sizes(h, 2 * h, min(h, least), 0.4, across)


def _bodies(places: Sequence[tuple[float, ...]], size: Floats, r: float) -> list[Ellipsoid | Rod]:
    return [Ellipsoid(np.resize([*place, 0.0], 3) * size, np.full(3, r)) for place in places]


def _info(
    size: Floats, fraction: float, r: float, apart: float, regions: tuple[str, str], unit: float
) -> dict[str, float]:
    """Exact facts in SI units."""
    dim = 3 if size[2] else 2
    total = float(np.prod(size[:dim])) * unit**dim
    facts = {
        "solid_fraction": fraction,
        "porosity": 1 - fraction,
        "radius": r * unit,
        "neighbour_distance": apart * unit,
        f"measure.{regions[0]}": (1 - fraction) * total,
    }
    return facts | ({f"measure.{regions[1]}": fraction * total} if regions[1] else {})


def _radius(fraction: float, lattice: str, neck: float, close: float) -> tuple[float, bool]:
    """Radius at which bodies, their overlaps or necks, have this share; whether they are joined."""
    cell, places, apart, neighbours = LATTICES[lattice]
    wanted, dim = fraction * float(np.prod(cell)) / len(places), len(cell)

    def solve(volume: float, low: float, high: float, add: bool) -> float:
        for _ in range(200):
            r = 0.5 * (low + high)
            ball = _ball(r, dim) + neighbours * _share(r, apart, neck * r if add else 0.0, dim)
            low, high = (r, high) if ball < volume else (low, r)
        return 0.5 * (low + high)

    free = solve(wanted, 0.0, 0.5 * apart, False)
    if free < 0.5 * apart * (1 - close):
        return free, False
    joined = solve(wanted, 0.3 * apart, 0.5 * apart / math.sqrt(1 - neck**2), True)
    if 2 * math.sqrt(1 - neck**2) * joined < apart * (1 - 1e-9):
        return joined, True
    most = 0.5 * apart * (1.155 if dim == 2 or neighbours > 6 else 1.4)  # three bodies overlap
    over = solve(wanted, 0.5 * apart, most, False)
    if over > most * (1 - 1e-9):
        raise InputError(
            f"solid_fraction = {fraction:g} is not possible in this lattice; allowed: below the "
            "fraction at which three bodies overlap"
        )
    return over, False


def _ball(r: float, dim: int) -> float:
    return math.pi * r * r if dim == 2 else 4 * math.pi / 3 * r**3


def _share(r: float, apart: float, neck: float, dim: int) -> float:
    """Half of the neck to a neighbour, or less a half of the overlap with it."""
    if neck == 0.0 and 2 * r <= apart:
        return 0.0
    reach = math.sqrt(r * r - neck * neck) if neck else 0.5 * apart
    w, depth = (neck or math.sqrt(r * r - reach * reach)), r - reach
    half = math.asin(min(1.0, w / r))
    if dim == 2:
        return 2 * w * (0.5 * apart - reach) - r * r * (half - math.sin(half) * math.cos(half))
    return math.pi * (w * w * (0.5 * apart - reach) - depth * depth * (3 * r - depth) / 3)


def _links(
    places: tuple[tuple[float, ...], ...], size: Floats, apart: float, w: float
) -> list[Ellipsoid | Rod]:
    """Rods between all nearest neighbours, each once."""
    points = [np.resize([*place, 0.0], 3) * size for place in places]
    rods: list[Ellipsoid | Rod] = []
    steps = [np.array(s) for s in np.ndindex(3, 3, 3 if size[2] else 1)]
    for i, p in enumerate(points):
        for j, q in enumerate(points):
            for step in steps:
                there = q + (step - 1) * size if size[2] else q + (step - [1, 1, 0]) * size
                far = float(np.linalg.norm(there - p))
                if (i, *p) <= (j, *there) and abs(far - apart) < 1e-9:
                    rods.append(Rod(p, there, w))
    return rods
