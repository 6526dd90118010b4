"""The surface of sintered disks as a chain of arcs, and the narrow places between disks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from femion.geometry.packing import Packing

MAX_ARC = 1.5  # longest arc that is drawn as one curve [rad]


@dataclass(frozen=True)
class Arc:
    """Part of a circle, from the angle `start` to the angle `stop` [rad]."""

    x: float
    y: float
    r: float
    start: float
    stop: float

    def point(self, angle: float) -> tuple[float, float]:
        """The point of the circle at an angle."""
        return self.x + self.r * math.cos(angle), self.y + self.r * math.sin(angle)

    def pieces(self) -> Iterator[Arc]:
        """The same arc in equal parts of at most MAX_ARC."""
        n = math.ceil(abs(self.stop - self.start) / MAX_ARC)
        step = (self.stop - self.start) / n
        for i in range(n):
            start = self.start + i * step
            yield Arc(self.x, self.y, self.r, start, start + step)


def outline(packing: Packing, root: int) -> list[Arc]:
    """Surface of one tree, counterclockwise from the upper to the lower contact with the wall."""
    half = packing.disks[root].links[0].half
    return list(_around(packing, root, half, 2 * math.pi - half))


def _around(packing: Packing, i: int, start: float, stop: float) -> Iterator[Arc]:
    """Surface of disk i and of all that grows from it, counterclockwise from start to stop."""
    x, y, r, links = packing.disks[i]
    turn = 2 * math.pi
    for link in sorted(links[1:], key=lambda k: (k.angle - start) % turn):
        ahead = start + (link.angle - start) % turn
        other = packing.disks[link.other].links[0].half
        reach, rho = r + link.fillet, link.fillet
        yield Arc(x, y, r, start, ahead - link.half)
        towards = Arc(x, y, reach, 0.0, 0.0).point(ahead - link.half)
        yield Arc(*towards, rho, ahead - link.half + math.pi, ahead + other)
        back = ahead + math.pi
        yield from _around(packing, link.other, back + other, back - other + turn)
        away = Arc(x, y, reach, 0.0, 0.0).point(ahead + link.half)
        yield Arc(*away, rho, ahead - other + turn, ahead + link.half + math.pi)
        start = ahead + link.half
    yield Arc(x, y, r, start, stop)


def passages(packing: Packing, widest: float) -> Iterator[tuple[float, float, float]]:
    """(x, y, width) of the places where two particles without a neck are close."""
    for i, a in enumerate(packing.disks):
        joined = {link.other for link in a.links}
        for j, b in enumerate(packing.disks[:i]):
            apart = math.hypot(b.x - a.x, b.y - a.y)
            width = apart - a.r - b.r
            if j not in joined and width < widest:
                part = (a.r + width / 2) / apart
                yield a.x + part * (b.x - a.x), a.y + part * (b.y - a.y), width
