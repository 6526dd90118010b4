"""Necks between spheres: straight rods on the line of their centres, with exact measures.

A rod of radius w enters a sphere of radius r at the distance sqrt(r^2 - w^2) from its centre.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.crowd import Room
from femion.geometry.grid import Floats

STEEP = 0.35  # least cosine between a rod and the normal of a periodic face that it crosses


@dataclass(frozen=True)
class Neck:
    """A rod from sphere a to sphere b, or (b = -1) to the wall at the end of x."""

    a: int
    b: int
    along: Floats
    width: float
    gap: float

    def rod(self, spheres: Sequence[Ellipsoid]) -> Rod:
        """The body."""
        start = spheres[self.a].centre
        return Rod(start, start + self.along, self.width)

    def adds(self, spheres: Sequence[Ellipsoid], dim: int) -> tuple[float, float, float]:
        """Volume, change of the surface, and area on the wall, for both 2D and 3D."""
        w, length = self.width, float(np.linalg.norm(self.along))
        ends = [spheres[i].axes[0] for i in (self.a, self.b) if i >= 0]
        for r in ends:
            length -= math.sqrt(r * r - w * w)
        caps = [_cap(r, w, dim) for r in ends]
        section = 2 * w if dim == 2 else math.pi * w * w
        around = 2.0 if dim == 2 else 2 * math.pi * w
        volume = section * length - sum(v for v, _ in caps)
        return volume, around * length - sum(s for _, s in caps), section if self.b < 0 else 0.0


def _cap(r: float, w: float, dim: int) -> tuple[float, float]:
    """Volume and curved surface of the cap of a sphere (disk) that a rod covers."""
    half, depth = math.asin(w / r), r - math.sqrt(r * r - w * w)
    if dim == 2:
        return r * r * (half - math.sin(half) * math.cos(half)), 2 * r * half
    return math.pi * depth * depth * (3 * r - depth) / 3, 2 * math.pi * r * depth


def necks(
    spheres: Sequence[Ellipsoid],
    room: Room,
    width: float,
    reach: float,
    wall: bool,
    coat: float = 0.0,
) -> list[Neck]:
    """A spanning tree of necks of the shortest gaps, in 3D also all others shorter than `reach`.

    In two dimensions only the tree (loops would enclose pores). The wall at the end of x is
    one of the things that are joined if `wall`. Necks that would come close to a third sphere, to
    another neck, or meet a periodic face at a small angle are left out; all of this holds for
    spheres and necks that are thicker by `coat`.
    """
    group = list(range(len(spheres) + 1))
    kept: list[Neck] = []
    for neck in sorted(_candidates(spheres, room, width, wall), key=lambda n: n.gap):
        a, b = _root(group, neck.a), _root(group, neck.b)
        if a == b and (room.dim == 2 or neck.gap > reach):
            continue
        if _steep(neck, spheres, room, coat) and _free(neck, kept, spheres, room, coat):
            kept.append(neck)
            group[a] = b
    return kept


def pieces(spheres: int, kept: Sequence[Neck]) -> int:
    """Number of spheres joined with the wall."""
    group = list(range(spheres + 1))
    for neck in kept:
        group[_root(group, neck.a)] = _root(group, neck.b)
    return sum(_root(group, i) == _root(group, -1) for i in range(spheres))


def _root(group: list[int], i: int) -> int:
    i = i % len(group)
    while group[i] != i:
        i = group[i]
    return i


def _candidates(
    spheres: Sequence[Ellipsoid], room: Room, width: float, wall: bool
) -> Iterator[Neck]:
    for i, one in enumerate(spheres):
        for j, other in enumerate(spheres[:i]):
            along = room.nearest((other.centre - one.centre)[None])[0]
            gap = float(np.linalg.norm(along)) - one.axes[0] - other.axes[0]
            least = min(one.axes[0], other.axes[0])
            if gap < 2 * least:
                yield Neck(i, j, along, width * least, gap)
        away = float(room.size[0] - one.centre[0])
        if wall and away - one.axes[0] < one.axes[0]:
            straight = np.array([away, 0.0, 0.0])
            yield Neck(i, -1, straight, width * one.axes[0], away - one.axes[0])


def _steep(neck: Neck, spheres: Sequence[Ellipsoid], room: Room, coat: float) -> bool:
    """Whether the rod keeps off the periodic faces or crosses them at a fair angle."""
    start = spheres[neck.a].centre
    unit = np.abs(neck.along) / np.linalg.norm(neck.along)
    for k in range(room.dim):
        low, high = sorted((start[k], start[k] + neck.along[k]))
        margin = 1.2 * (neck.width + coat)
        inside = low > margin and high < room.size[k] - margin
        if room.periodic[k] and not inside and unit[k] < STEEP:
            return False
    return True


def _free(
    neck: Neck, kept: Sequence[Neck], spheres: Sequence[Ellipsoid], room: Room, coat: float
) -> bool:
    """Whether the rod keeps off all other spheres, and off other rods at its own two."""
    length, margin = float(np.linalg.norm(neck.along)), 0.3 * neck.width + 2 * coat
    unit, start = neck.along / length, spheres[neck.a].centre
    for i, sphere in enumerate(spheres):
        y = room.nearest((sphere.centre - start)[None])[0]
        y = y - min(length, max(0.0, float(y @ unit))) * unit
        near = float(np.linalg.norm(y)) < sphere.axes[0] + neck.width + margin
        if i not in (neck.a, neck.b) and near:
            return False
    ends = [(neck.a, unit, neck.width), (neck.b, -unit, neck.width)]
    for other in kept:
        back = other.along / np.linalg.norm(other.along)
        for at, way, w in ((other.a, back, other.width), (other.b, -back, other.width)):
            for mine, u, width in ends:
                r = float(spheres[at].axes[0]) + coat
                if mine == at >= 0 and not _apart(u, way, width + coat, w + coat, r):
                    return False
    return True


def _apart(u: Floats, v: Floats, a: float, b: float, r: float) -> bool:
    """Whether two rods from the centre of a sphere leave some of its surface between them."""
    between = math.acos(float(np.clip(u @ v, -1, 1)))
    return between > math.asin(a / r) + math.asin(b / r) + 0.3
