"""2D channels with spacers: cavity, submerged and zigzag, with or without boundary layers."""

from __future__ import annotations

import math
from functools import partial

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
from femion.geometry.grid import graded
from femion.geometry.packed import FLOOR
from femion.geometry.scene import Naming
from femion.geometry.sizing import Sizes
from femion.geometry.strips import Bed, Disk, Strips

SUNK = 0.08  # how deep a filament sinks into a wall or another one, over its diameter
KINDS = ("cavity", "zigzag", "submerged")


def spacer_channel(
    kind: str,
    *,
    height: Length,
    diameter: Length,
    spacing: Length,
    filaments: int = 3,
    heights: tuple[Length, ...] = (),
    before: Length = 0.0,
    behind: Length = 0.0,
    layer: Length | None = None,
    first_cell: First | None = None,
    growth: float = 1.3,
    h: Length | None = None,
    h_wall: Length | None = None,
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
        filaments: Number of filaments; they take filaments x spacing of the length.
        heights: Heights of the centres of submerged filaments by turns [m], not in the middle.
        before: Length added at the inlet [m].
        behind: Length added at the outlet [m].
        layer: Thickness of the layer of stretched cells on walls and filaments [m]; without one
            all cells have about equal sides.
        first_cell: Size of the cells at the walls and the filaments [m], or (a length such as that
            of the diffusion layer, the number of cells over it); None is height/20.
        growth: Growth of the cells per cell away from the walls and the filaments.
        h: Largest cell [m]; None is height/8.
        h_wall: Length of stretched cells along the walls [m]; None is h/2.
        periodic: Give inlet and outlet equal meshes (zigzag: an even number of filaments).
        region: Name of the channel.
        ends: Boundaries at x = 0 and x = L.
        walls: Boundaries at y = 0 and y = height.
        skin: Boundary on the filaments.

    Raises:
        ValueError: The filaments do not fit into the channel, or a value is out of range.
    """
    unit = metres("height", height)
    d = metres("diameter", diameter, 0.0, 0.9 * unit) / unit
    step = metres("spacing", spacing, 1.1 * d * unit) / unit
    n = count("filaments", filaments)
    x0, x1 = (metres(k, v, -1e-30) / unit for k, v in (("before", before), ("behind", behind)))
    disks = _row(_places(kind, d, unit, heights, n if periodic else 0), x0 + step / 2, n, step, d)
    length = x0 + n * step + x1
    names_ = naming(names("ends", ends, 2), names("walls", walls, 2), "y", ("", ""))
    size = sizes(unit, first_cell or unit / 20, growth, h or unit / 8)
    bed, floor = Bed(region, length, disks, size, names_, skin, periodic), FLOOR[2]
    if layer is not None:
        bed = _layered(bed, unit, layer, h_wall or size.far * unit / 2)
        floor *= min(1.0, size.near / bed.along)
    distinct([region], [*ends, *walls, skin])
    info = resolved(first_cell) | _facts(region, ends[0], length, sum(map(_area, disks)), unit)
    return Geometry(f"{kind} spacer", 2, partial(bed.draw, unit), info, floor)


def _facts(region: str, inlet: str, length: float, solid: float, unit: float) -> dict[str, float]:
    """Exact facts on a channel of height 1, in SI units."""
    return {
        f"measure.{region}": (length - solid) * unit**2,
        "porosity": 1 - solid / length,
        "length": length * unit,
        f"measure.{inlet}": unit,
    }


def _places(
    kind: str, d: float, unit: float, heights: tuple[Length, ...], repeats: int
) -> list[tuple[float, int | None]]:
    """Height of the centres by turns, and the wall (0, 1) that such a filament enters."""
    if kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    low = (0.5 - SUNK) * d
    ends: list[tuple[float, int | None]] = [(low, 0), (1 - low, 1)]
    places = {"cavity": ends[:1], "zigzag": ends}.get(kind, [(0.5, None)])
    if heights:
        if kind != "submerged":
            raise InputError(f"heights beside kind = {kind!r}; allowed: with kind 'submerged'")
        least, most = 0.55 * d * unit, (1 - 0.55 * d) * unit
        places = [(metres("heights", y, least, most) / unit, None) for y in heights]
    if repeats % len(places):
        raise InputError(
            f"filaments = {repeats} does not repeat in a {kind}; allowed: a multiple of "
            f"{len(places)} where periodic"
        )
    return places


def _row(
    places: list[tuple[float, int | None]], x: float, n: int, step: float, d: float
) -> tuple[Disk, ...]:
    """Filaments, n of diameter d in a channel of height 1, the first at x."""
    turns = (places[i % len(places)] for i in range(n))
    return tuple(Disk(x + i * step, y, d / 2, wall) for i, (y, wall) in enumerate(turns))


def _area(disk: Disk) -> float:
    """Area of a filament within the channel: a disk less the segment beyond the wall."""
    if disk.wall is None:
        return math.pi * disk.r**2
    away = min(disk.y, 1 - disk.y)
    segment = disk.r**2 * math.acos(away / disk.r) - away * math.sqrt(disk.r**2 - away**2)
    return math.pi * disk.r**2 - segment


def _layered(bed: Bed, unit: float, layer: Length, h_wall: Length) -> Strips:
    """The same channel with a layer, which must fit between the disks."""
    gaps = [1.0]
    for i, a in enumerate(bed.disks):
        below, above = a.y - a.r, 1 - a.y - a.r
        gaps += {None: [below, above], 0: [above], 1: [below]}[a.wall]
        gaps += [2 * a.r, a.x - a.r, bed.length - a.x - a.r]
        gaps += [math.hypot(a.x - b.x, a.y - b.y) - a.r - b.r for b in bed.disks[:i]]
    most = 0.4 * min(gaps) * (1 + 1e-9)  # two layers and some core
    thick = metres("layer", layer, 0.0, most * unit) / unit
    cells = graded(thick, thick, bed.sizes.near, 1 + bed.sizes.slope, (True, False))
    ratio = float(cells[1] / cells[0]) if len(cells) > 1 else 1.0
    along = metres("h_wall", h_wall, 0.0, bed.sizes.far * unit) / unit
    same = (bed.region, bed.length, bed.disks, bed.sizes, bed.naming, bed.skin, bed.periodic)
    return Strips(*same, thick, len(cells), ratio, along)


def naming(
    ends: tuple[str, ...], walls: tuple[str, ...], normal: str, sides: tuple[str, ...]
) -> Naming:
    """Names of the faces of a channel along x."""

    def name(axis: str, at: int, region: str) -> str:
        return ends[at] if axis == "x" else walls[at] if axis == normal else sides[at]

    return name


def sizes(unit: float, first: First, growth: float, h: Length, dim: int = 2) -> Sizes:
    """First cell, growth and largest cell, in the unit of length."""
    slope = number("growth", growth, 1.0, 3.0) - 1
    far = metres("h", h) / unit
    near = first_size(first, growth, far * unit) / unit
    return Sizes(near, far, near / 2, slope, 2.0 if dim == 2 else 1.0)
