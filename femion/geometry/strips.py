"""A 2D channel with stretched cells along its walls and around its filaments.

Each wall has a strip and each filament a ring of n cells that grow from the wall; both are blocks
of rows and columns, and so are the corners where a filament enters a wall. Triangles of about
equal sides fill the core.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from femion.geometry.base import options, scale_mesh
from femion.geometry.bodies import Ellipsoid
from femion.geometry.scene import MESHING, Naming, Scene
from femion.geometry.sizing import Sizes

Point = tuple[float, float]
AROUND = 6  # cells over a quarter of a filament at least


@dataclass(frozen=True)
class Disk:
    """A filament; `wall` is the one that it enters: 0 bottom, 1 top, None neither."""

    x: float
    y: float
    r: float
    wall: int | None = None


@dataclass(frozen=True)
class Bed:
    """A channel of height 1 with filaments.

    Attributes:
        region: Name of the channel.
        length: Extent along x.
        disks: The filaments, from left to right.
        sizes: Size of the cells.
        naming: Names of the sides.
        skin: Boundary of the filaments.
        periodic: Whether both ends have equal meshes.
    """

    region: str
    length: float
    disks: tuple[Disk, ...]
    sizes: Sizes
    naming: Naming
    skin: str
    periodic: bool

    def draw(self, unit: float) -> None:
        """Draw and mesh with cells of about equal sides."""
        bodies = (Ellipsoid(np.array([d.x, d.y, 0.0]), np.full(3, d.r)) for d in self.disks)
        Scene(
            slabs=((self.region, self.length),),
            across=(1.0,),
            bodies=tuple(bodies),
            sizes=self.sizes,
            skin=self.skin,
            planes=((1, 0.0), (1, 1.0)),
            periodic="x" if self.periodic else "",
            naming=self.naming,
        ).draw(unit)


@dataclass(frozen=True)
class Strips(Bed):
    """The same with layers.

    Attributes:
        thick: Thickness of the strips and rings.
        cells: Number of cells over it.
        ratio: Ratio of neighbouring cells.
        along: Size of the cells along walls.
    """

    thick: float
    cells: int
    ratio: float
    along: float

    def draw(self, unit: float) -> None:
        """Draw and mesh in the current gmsh model, and convert to metres."""
        _Pen(self).draw()
        scale_mesh(unit)


@dataclass
class _Pen:
    """Draws the curves and blocks and remembers them."""

    s: Strips
    points: dict[Point, int] = field(default_factory=dict)
    curves: dict[tuple[int, int], int] = field(default_factory=dict)
    surfaces: list[int] = field(default_factory=list)
    groups: dict[str, list[int]] = field(default_factory=dict)

    def draw(self) -> None:
        import gmsh

        s, t, rim = self.s, self.s.thick, list[int]()
        chains = [self._wall(0), self._wall(1)]
        holes = [self._ring(disk) for disk in s.disks if disk.wall is None]
        ends = [self._line((x, t), (x, 1 - t)) for x in (0.0, s.length)]
        for side, curve in enumerate(ends):
            self._name(s.naming("x", side, s.region), curve)
        loop = [*chains[0], ends[1], *(-c for c in reversed(chains[1])), -ends[0]]
        geo = gmsh.model.geo
        loops = [geo.addCurveLoop(c) for c in (loop, *holes)]
        self.surfaces.append(geo.addPlaneSurface(loops))
        geo.synchronize()
        gmsh.model.addPhysicalGroup(2, self.surfaces, name=s.region)
        for name, curves in self.groups.items():
            gmsh.model.addPhysicalGroup(1, curves, name=name)
        if s.periodic:
            move = [1, 0, 0, s.length, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
            gmsh.model.mesh.setPeriodic(1, [ends[1]], [ends[0]], move)
        for curves in (*chains, *holes):
            rim += map(abs, curves)
        _fill(rim, s)

    def _wall(self, wall: int) -> list[int]:
        """The strip on a wall; returns its upper edge from left to right."""
        s, chain = self.s, list[int]()
        name = s.naming("y", wall, s.region)
        low, high = self._at(wall, 0.0, 0.0), self._at(wall, 0.0, s.thick)
        self._name(s.naming("x", 0, s.region), self._line(low, high, s.cells))
        for disk in (d for d in s.disks if d.wall == wall):
            foot, edge = self._corner(disk, -1)
            chain.append(self._piece(wall, name, (low, high), (foot, edge)))
            chain += self._ring(disk)
            low, high = self._corner(disk, 1)
        last = self._at(wall, s.length, 0.0), self._at(wall, s.length, s.thick)
        self._name(s.naming("x", 1, s.region), self._line(*last, s.cells))
        return [*chain, self._piece(wall, name, (low, high), last)]

    def _piece(
        self, wall: int, name: str, left: tuple[Point, Point], right: tuple[Point, Point]
    ) -> int:
        """A block of a strip; returns its upper edge."""
        n = max(2, math.ceil((right[0][0] - left[0][0]) / self.s.along))
        bottom = self._line(left[0], right[0], n, 1.0)
        top = self._line(left[1], right[1], n, 1.0)
        sides = self._line(*left, self.s.cells), self._line(*right, self.s.cells)
        self._block([bottom, sides[1], -top, -sides[0]], wall)
        self._name(name, bottom)
        return top

    def _corner(self, disk: Disk, side: int) -> tuple[Point, Point]:
        """The block between a wall and a filament; returns its two points away from that."""
        s, wall = self.s, disk.wall or 0
        foot, at, edge = self._feet(disk, side)
        end = (edge[0], foot[1])
        curves = [
            self._line(foot, end, s.cells),
            self._line(end, edge, s.cells),
            -self._line(at, edge, s.cells),
            -self._arc(foot, disk, at, s.cells, s.ratio),
        ]
        self._block(curves, wall if side > 0 else 1 - wall)
        self._name(s.naming("y", wall, s.region), curves[0])
        self._name(s.skin, curves[3])
        return end, edge

    def _feet(self, disk: Disk, side: int) -> tuple[Point, Point, Point]:
        """Where the filament meets the wall and the strip's edge, and where its ring does."""
        t, up = self.s.thick, disk.y if disk.wall == 0 else 1 - disk.y
        reach = (
            math.sqrt(disk.r**2 - up**2),
            math.sqrt(disk.r**2 - (t - up) ** 2),
            math.sqrt((disk.r + t) ** 2 - (t - up) ** 2),
        )
        a, b, c = (disk.x + side * r for r in reach)
        wall = disk.wall or 0
        return self._at(wall, a, 0.0), self._at(wall, b, t), self._at(wall, c, t)

    def _ring(self, disk: Disk) -> list[int]:
        """The blocks around a filament; returns the outer edge, from left to right."""
        stops = list(self._stops(disk))
        s, outer = self.s, list[int]()
        turned = disk.wall == 1
        for (a, b), (c, d) in pairwise(stops):
            length = math.hypot(d[0] - b[0], d[1] - b[1])
            n = max(AROUND, math.ceil(1.2 * length / s.along))
            inner, rim = self._arc(a, disk, c, n, 1.0), self._arc(b, disk, d, n, 1.0)
            ends = self._line(a, b, s.cells), self._line(c, d, s.cells)
            self._block([inner, ends[1], -rim, -ends[0]], 1 if turned else 0)
            self._name(s.skin, inner)
            outer.append(rim)
        return outer

    def _stops(self, disk: Disk) -> Iterator[tuple[Point, Point]]:
        """Inner and outer ends of the blocks of a ring, from left to right over the free side."""
        r, wide = disk.r, disk.r + self.s.thick
        if disk.wall is None:
            for c, d in ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, 0)):
                yield (disk.x + r * c, disk.y + r * d), (disk.x + wide * c, disk.y + wide * d)
            return
        up = 1 if disk.wall == 0 else -1
        yield self._feet(disk, -1)[1:]
        yield (disk.x, disk.y + up * r), (disk.x, disk.y + up * wide)
        yield self._feet(disk, 1)[1:]

    @staticmethod
    def _at(wall: int, x: float, y: float) -> Point:
        """A point at a distance y from a wall."""
        return (x, y if wall == 0 else 1 - y)

    def _name(self, name: str, curve: int) -> None:
        self.groups.setdefault(name, []).append(abs(curve))

    def _block(self, curves: list[int], mirrored: int) -> None:
        import gmsh

        geo = gmsh.model.geo
        turn = [-c for c in reversed(curves)] if mirrored else curves
        self.surfaces.append(geo.addPlaneSurface([geo.addCurveLoop(turn)]))
        geo.mesh.setTransfiniteSurface(self.surfaces[-1], "AlternateLeft")

    def _point(self, at: Point) -> int:
        import gmsh

        key = (round(at[0], 9), round(at[1], 9))
        if key not in self.points:
            self.points[key] = gmsh.model.geo.addPoint(*at, 0.0)
        return self.points[key]

    def _line(self, a: Point, b: Point, cells: int = 0, ratio: float = 0.0) -> int:
        """The line from a to b, once; with cells that grow from a unless a ratio is given."""
        import gmsh

        ends = self._point(a), self._point(b)
        if ends not in self.curves:
            self.curves[ends] = gmsh.model.geo.addLine(*ends)
            if cells:
                self._divide(self.curves[ends], cells, ratio or self.s.ratio)
        return self.curves[ends]

    def _arc(self, a: Point, disk: Disk, b: Point, cells: int, ratio: float) -> int:
        """The arc from a to b."""
        import gmsh

        centre = self._point((disk.x, disk.y))
        curve = gmsh.model.geo.addCircleArc(self._point(a), centre, self._point(b))
        self._divide(curve, cells, ratio)
        return int(curve)

    @staticmethod
    def _divide(curve: int, cells: int, ratio: float) -> None:
        import gmsh

        gmsh.model.geo.mesh.setTransfiniteCurve(curve, cells + 1, "Progression", ratio)


def _fill(rim: list[int], s: Strips) -> None:
    """Mesh, with cells that grow from the rim of the core."""
    import gmsh

    fields = gmsh.model.mesh.field
    distance, size = fields.add("Distance"), fields.add("MathEval")
    fields.setNumbers(distance, "CurvesList", rim)
    fields.setNumber(distance, "Sampling", 200)
    fields.setString(
        size, "F", f"min({s.sizes.far!r}, {s.along!r} + {s.sizes.slope!r}*F{distance})"
    )
    fields.setAsBackgroundMesh(size)
    with options(MESHING):
        gmsh.model.mesh.generate(2)
