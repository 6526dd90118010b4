"""Channels with spacers: cavity, submerged and zigzag in 2D; ladder and diamond nets in 3D."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from femion.errors import InputError, unknown
from femion.geometry.base import Geometry, Length, count, distinct, metres, names, number
from femion.geometry.bodies import Body, Ellipsoid, Rod
from femion.geometry.grid import Floats
from femion.geometry.packed import FLOOR
from femion.geometry.scene import Naming, Scene
from femion.geometry.sizing import Sizes

SUNK = 0.08  # how deep a filament sinks into a wall or another one, over its diameter
PLACES = {"cavity": ("bottom",), "zigzag": ("bottom", "top"), "submerged": ("middle",)}
SHIFT = 0.25  # of the crossings from the centre of the unit cell along x, over its length


def spacer_channel(
    kind: str,
    *,
    height: Length,
    diameter: Length,
    spacing: Length,
    filaments: int = 3,
    first_cell: Length | None = None,
    growth: float = 1.3,
    h: Length | None = None,
    periodic: bool = False,
    region: str = "channel",
    ends: tuple[str, str] = ("inlet", "outlet"),
    walls: tuple[str, str] = ("bottom", "top"),
    skin: str = "spacer",
) -> Geometry:
    """A 2D channel along x with round filaments across it, which are cut out.

    Args:
        kind: "cavity" (all at the bottom wall), "zigzag" (at the bottom and top by turns), or
            "submerged" (in the middle).
        height: Height of the channel [m].
        diameter: Diameter of the filaments [m].
        spacing: Distance of neighbouring filaments along x [m].
        filaments: Number of filaments; the channel is filaments x spacing long.
        first_cell: Size of the cells at the walls and the filaments [m]; None is height/20.
        growth: Growth of the cells per cell away from the walls and the filaments.
        h: Largest cell [m]; None is height/8.
        periodic: Give inlet and outlet equal meshes (zigzag: an even number of filaments).
        region: Name of the channel.
        ends: Boundaries at x = 0 and x = L.
        walls: Boundaries at y = 0 and y = height.
        skin: Boundary on the filaments.

    Raises:
        ValueError: The filaments do not fit into the channel, or a value is out of range.
    """
    if kind not in PLACES:
        raise unknown("kind", kind, PLACES)
    unit = metres("height", height)
    d = metres("diameter", diameter, 0.0, 0.9 * unit) / unit
    step = metres("spacing", spacing, 1.1 * d * unit) / unit
    n = count("filaments", filaments)
    if periodic and n % len(PLACES[kind]):
        raise InputError(f"filaments = {n} does not repeat in a zigzag; allowed: an even number")
    cut = 0.0 if kind == "submerged" else _segment(d / 2, (0.5 - SUNK) * d)
    length = n * step
    scene = Scene(
        slabs=((region, length),),
        across=(1.0,),
        bodies=tuple(_row(PLACES[kind], n, step, d)),
        sizes=_sizes(unit, first_cell, growth, h),
        skin=skin,
        planes=((1, 0.0), (1, 1.0)),
        periodic="x" if periodic else "",
        naming=_naming(names("ends", ends, 2), names("walls", walls, 2), "y", ("", "")),
    )
    distinct([region], [*ends, *walls, skin])
    info = _facts(region, ends[0], length, n * (math.pi * d * d / 4 - cut), unit)
    return Geometry(f"{kind} spacer", 2, partial(scene.draw, unit), info, FLOOR[2])


def spacer_net(
    kind: str,
    *,
    diameter: Length,
    spacing: Length,
    angle: float = 90.0,
    first_cell: Length | None = None,
    growth: float = 1.4,
    h: Length | None = None,
    periodic: bool = True,
    region: str = "channel",
    ends: tuple[str, str] = ("inlet", "outlet"),
    walls: tuple[str, str] = ("bottom", "top"),
    sides: tuple[str, str] = ("front", "back"),
    skin: str = "spacer",
) -> Geometry:
    """A 3D unit cell of a spacer net between membranes at z = 0 and z = H; flow is along x.

    The net has two families of parallel filaments, one on the other; they sink into each other and
    into the walls by 8 % of the diameter. The filaments are cut out.

    Args:
        kind: "ladder" (one family along x, the other across it), or "diamond" (both at
            angle/2 to the flow).
        diameter: Diameter of the filaments [m].
        spacing: Distance of neighbouring filaments of a family, at right angles to them [m].
        angle: Angle between the families [degrees]; 90 in a ladder.
        first_cell: Size of the cells at the walls and the filaments [m]; None is diameter/6.
        growth: Growth of the cells per cell away from the walls and the filaments.
        h: Largest cell [m]; None is diameter/2.
        periodic: Give opposite open faces equal meshes.
        region: Name of the channel.
        ends: Boundaries at the ends of x.
        walls: Boundaries at z = 0 and z = H: the membranes.
        sides: Boundaries at the ends of y.
        skin: Boundary on the filaments.

    Raises:
        ValueError: The kind is not known, or the filaments would leave no channel.
    """
    if kind not in ("ladder", "diamond"):
        raise unknown("kind", kind, ("ladder", "diamond"))
    unit = metres("diameter", diameter)
    s = metres("spacing", spacing, 1.5 * unit) / unit
    size = _cell(kind, s, number("angle", angle, 30.0, 150.0))
    height = float(size[2])
    scene = Scene(
        slabs=((region, float(size[0])),),
        across=(float(size[1]), height),
        bodies=tuple(_ladder(size) if kind == "ladder" else _crossed(size)),
        sizes=_sizes(unit, first_cell or unit / 6, growth, h or unit / 2, 3),
        skin=skin,
        planes=((2, 0.0), (2, height)),
        periodic="xy" if periodic else "",
        naming=_naming(names("ends", ends, 2), names("walls", walls, 2), "z", sides),
        joined=True,
    )
    distinct([region], [*ends, *walls, *sides, skin])
    info = {
        "length": float(size[0]) * unit,
        "width": float(size[1]) * unit,
        "height": height * unit,
        "box": float(np.prod(size)) * unit**3,
    }
    return Geometry(f"{kind} net", 3, partial(scene.draw, unit), info, FLOOR[3])


def _facts(region: str, inlet: str, length: float, solid: float, unit: float) -> dict[str, float]:
    """Exact facts on a channel of height 1, in SI units."""
    return {
        f"measure.{region}": (length - solid) * unit**2,
        "porosity": 1 - solid / length,
        "length": length * unit,
        f"measure.{inlet}": unit,
    }


def _cell(kind: str, s: float, angle: float) -> Floats:
    """Unit cell of a net whose families have the spacing s, in diameters."""
    height = 2 - 3 * SUNK
    if kind != "ladder":
        half = math.radians(angle) / 2
        return np.array([s / math.sin(half), s / math.cos(half), height])
    if angle != 90.0:
        raise InputError(f"angle = {angle!r} in a ladder; allowed: 90, or kind = 'diamond'")
    return np.array([s, s, height])


def _row(places: tuple[str, ...], n: int, step: float, d: float) -> list[Ellipsoid]:
    """Filaments, n of diameter d in a channel of height 1."""
    low = (0.5 - SUNK) * d
    heights = {"bottom": low, "top": 1 - low, "middle": 0.5}
    y = [heights[places[i % len(places)]] for i in range(n)]
    r = np.full(3, d / 2)
    return [Ellipsoid(np.array([(i + 0.5) * step, y[i], 0.0]), r) for i in range(n)]


def _segment(r: float, away: float) -> float:
    """Area of a disk beyond a line at a distance from its centre."""
    return r * r * math.acos(away / r) - away * math.sqrt(r * r - away * away)


def _naming(
    ends: tuple[str, ...], walls: tuple[str, ...], normal: str, sides: tuple[str, ...]
) -> Naming:
    def naming(axis: str, at: int, region: str) -> str:
        return ends[at] if axis == "x" else walls[at] if axis == normal else sides[at]

    return naming


def _sizes(
    unit: float, first: Length | None, growth: float, h: Length | None, dim: int = 2
) -> Sizes:
    """First cell, growth and largest cell, in the unit of length."""
    slope = number("growth", growth, 1.0, 3.0) - 1
    far = metres("h", unit / 8 if h is None else h) / unit
    near = metres("first_cell", unit / 20 if first is None else first, 0.0, far * unit) / unit
    return Sizes(near, far, near / 2, slope, 2.0 if dim == 2 else 1.0)


def _ladder(size: Floats) -> list[Body]:
    """One filament along x at the bottom and one along y at the top."""
    low, high = 0.5 - SUNK, size[2] - 0.5 + SUNK
    x, y = size[0] / 2, size[1] / 2
    return [
        Rod(np.array([-1.0, y, low]), np.array([size[0] + 1, y, low]), 0.5),
        Rod(np.array([x, -1.0, high]), np.array([x, size[1] + 1, high]), 0.5),
    ]


def _crossed(size: Floats) -> list[Body]:
    """Two families along the diagonals of the cell, shifted so that none runs through a corner."""
    bodies: list[Body] = []
    for family, z in ((1.0, 0.5 - SUNK), (-1.0, size[2] - 0.5 + SUNK)):
        along = np.array([size[0], family * size[1], 0.0])
        for step in (-2, -1, 0, 1):
            middle = np.array([(0.5 + SHIFT + step) * size[0], size[1] / 2, z])
            p, q = middle - 1.6 * along, middle + 1.6 * along
            bodies.append(Rod(p, q, 0.5))
    return bodies
