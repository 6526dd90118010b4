"""Spacer nets between two membranes in 3D: ladder, diamond and woven; one or several unit cells."""

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
    metres,
    names,
    number,
    pair,
    resolved,
)
from femion.geometry.bodies import Body, Rod, Wave
from femion.geometry.grid import Floats
from femion.geometry.packed import FLOOR
from femion.geometry.scene import Scene
from femion.geometry.spacers import SUNK, naming, sizes
from femion.geometry.swept import tiled

KINDS = ("ladder", "diamond", "woven", "woven_ladder")
CORNERS = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)])
BEND = 1.0  # radius of the arcs of a woven filament, over its diameter


def spacer_net(
    kind: str,
    *,
    diameter: Length,
    spacing: Length,
    angle: float = 90.0,
    first_cell: First | None = None,
    growth: float = 1.4,
    h: Length | None = None,
    cells: tuple[int, int] = (1, 1),
    periodic: bool = True,
    region: str = "channel",
    ends: tuple[str, str] = ("inlet", "outlet"),
    walls: tuple[str, str] = ("bottom", "top"),
    sides: tuple[str, str] = ("front", "back"),
    skin: str = "spacer",
) -> Geometry:
    """Unit cells of a spacer net in 3D between membranes at z = 0 and z = H; flow is along x.

    The net has two families of parallel filaments, one on the other or woven; they sink into each
    other and into the walls by 8 % of the diameter. The filaments are cut out.

    Args:
        kind: "ladder" (one family along x, the other across it), "diamond" (both at angle/2 to
            the flow); the same woven: "woven_ladder" and "woven" (as diamond).
        diameter: Diameter of the filaments [m].
        spacing: Distance of neighbouring filaments of a family, at right angles to them [m].
        angle: Angle between the families around x [degrees]; 90 in a ladder.
        first_cell: Size of the cells at the walls and the filaments [m], or (a length, the number
            of cells over it); None is diameter/6.
        growth: Growth of the cells per cell away from the walls and the filaments.
        h: Largest cell [m]; None is diameter/2.
        cells: Numbers of unit cells along x and along y.
        periodic: Give opposite open faces equal meshes.
        region: Name of the channel.
        ends: Boundaries at the ends of x.
        walls: Boundaries at z = 0 and z = H: the membranes.
        sides: Boundaries at the ends of y.
        skin: Boundary on the filaments.

    Raises:
        ValueError: The kind is not known, or the filaments would leave no channel.
    """
    if kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    unit = metres("diameter", diameter)
    woven = kind.startswith("woven")
    s = metres("spacing", spacing, (2.0 if woven else 1.5) * unit) / unit
    times = [count(f"cells[{i}]", n) for i, n in enumerate(pair("cells", cells))]
    size = _cell(kind, s, number("angle", angle, 30.0, 150.0))
    scene = Scene(
        slabs=((region, float(size[0])),),
        across=(float(size[1]), float(size[2])),
        bodies=tuple(_bodies(kind, size)),
        sizes=sizes(unit, first_cell or unit / 6, growth, h or unit / 2, 3),
        skin=skin,
        planes=((2, 0.0), (2, float(size[2]))),
        periodic="".join(a for a, n in zip("xy", times, strict=True) if periodic or n > 1),
        naming=naming(names("ends", ends, 2), names("walls", walls, 2), "z", sides),
        joined=True,
    )
    distinct([region], [*ends, *walls, *sides, skin])
    info = resolved(first_cell) | _facts(size * [*times, 1] * unit)
    one = Geometry(f"{kind} net", 3, partial(scene.draw, unit), info, FLOOR[3])
    return one if times == [1, 1] else tiled(one, dict(enumerate(times)), {0: ends, 1: sides})


def _facts(whole: Floats) -> dict[str, float]:
    length, width, height = map(float, whole)
    return {"length": length, "width": width, "height": height, "box": length * width * height}


def _bodies(kind: str, size: Floats) -> list[Body]:
    if kind == "ladder":
        return _ladder(size)
    return _woven_ladder(size) if kind == "woven_ladder" else _crossed(size, kind == "woven")


def _cell(kind: str, s: float, angle: float) -> Floats:
    """Unit cell of a net whose families have the spacing s, in diameters."""
    height = 2 - 3 * SUNK
    if kind in ("diamond", "woven"):
        half = math.radians(angle) / 2
        return np.array([s / math.sin(half), s / math.cos(half), height])
    if angle != 90.0:
        raise InputError(f"angle = {angle!r} in a ladder; allowed: 90, or another kind of net")
    wide = s if kind == "ladder" else 2 * s
    return np.array([wide, wide, height])


def _ladder(size: Floats) -> list[Body]:
    """One filament along x at the bottom and one along y at the top."""
    low, high = 0.5 - SUNK, size[2] - 0.5 + SUNK
    x, y = size[0] / 2, size[1] / 2
    return [
        Rod(np.array([-1.0, y, low]), np.array([size[0] + 1, y, low]), 0.5),
        Rod(np.array([x, -1.0, high]), np.array([x, size[1] + 1, high]), 0.5),
    ]


def _woven_ladder(size: Floats) -> list[Body]:
    """Two filaments along x and two along y; the crossings are off the faces of the cell."""
    half, bodies = size[0] / 2, list[Body]()
    for axis in (0, 1):
        for k in (0, 1):
            crossing = np.array([half / 2, half / 2, size[2] / 2])
            crossing[1 - axis] += k * half
            bodies.append(_wave(size, crossing, np.eye(3)[axis], half, (axis + k) % 2 == 0))
    return bodies


def _wave(size: Floats, crossing: Floats, along: Floats, half: float, above: bool) -> Wave:
    """A filament that passes above (or below) another at a crossing in the middle plane."""
    low = 1 - SUNK
    crest = crossing + (0 if above else half) * along + np.array([0.0, 0.0, low / 2])
    ends = (CORNERS * size - crest) @ along
    reach = math.floor((ends.min() - 0.6) / half), math.ceil((ends.max() + 0.6) / half)
    return Wave(crest, along, half, low, 0.5, BEND, reach)


def _crossed(size: Floats, woven: bool) -> list[Body]:
    """Two families along the diagonals of the cell; straight and one on the other, or woven."""
    bodies: list[Body] = []
    for family in (1.0, -1.0):
        diagonal = np.array([size[0], family * size[1], 0.0])
        long = float(np.linalg.norm(diagonal))
        along, aside = diagonal / long, np.array([-diagonal[1], diagonal[0], 0.0]) / long
        for step in (-2, -1, 0, 1, 2):
            middle = np.array([(0.25 + step) * size[0], size[1] / 4, size[2] / 2])
            away = (CORNERS * size - middle) @ aside
            if min(away) > 0.5 or max(away) < -0.5:
                continue
            if woven:
                bodies.append(_wave(size, middle, along, long / 2, family > 0))
            else:
                middle[2] += family * (SUNK - 1) / 2
                bodies.append(Rod(middle - 3 * diagonal, middle + 3 * diagonal, 0.5))
    return bodies
