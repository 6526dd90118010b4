"""Channels with spacers: cavity, submerged and zigzag in 2D; ladder and diamond nets in 3D."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from femion.errors import InputError, unknown
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
    first_cell: First | None = None,
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
        sizes=sizes(unit, first_cell or unit / 20, growth, h or unit / 8),
        skin=skin,
        planes=((1, 0.0), (1, 1.0)),
        periodic="x" if periodic else "",
        naming=naming(names("ends", ends, 2), names("walls", walls, 2), "y", ("", "")),
    )
    distinct([region], [*ends, *walls, skin])
    info = resolved(first_cell) | _facts(region, ends[0], length, n * (math.pi * d * d / 4 - cut), unit)
    return Geometry(f"{kind} spacer", 2, partial(scene.draw, unit), info, FLOOR[2])


def _facts(region: str, inlet: str, length: float, solid: float, unit: float) -> dict[str, float]:
    """Exact facts on a channel of height 1, in SI units."""
    return {
        f"measure.{region}": (length - solid) * unit**2,
        "porosity": 1 - solid / length,
        "length": length * unit,
        f"measure.{inlet}": unit,
    }


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


def naming(
    ends: tuple[str, ...], walls: tuple[str, ...], normal: str, sides: tuple[str, ...]
) -> Naming:
    """Names of the faces of a channel along x."""

    def name(axis: str, at: int, region: str) -> str:
        return ends[at] if axis == "x" else walls[at] if axis == normal else sides[at]

    return name


def sizes(
    unit: float, first: First, growth: float, h: Length, dim: int = 2
) -> Sizes:
    """First cell, growth and largest cell, in the unit of length."""
    slope = number("growth", growth, 1.0, 3.0) - 1
    far = metres("h", h) / unit
    near = first_size(first, growth, far * unit) / unit
    return Sizes(near, far, near / 2, slope, 2.0 if dim == 2 else 1.0)
