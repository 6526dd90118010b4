"""A slit or a round pore through a membrane between two reservoirs, with thin cells at its wall."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from femion.geometry.base import (
    First,
    Geometry,
    Length,
    distinct,
    first_size,
    metres,
    names,
    number,
    options,
    pair,
    resolved,
    scale_mesh,
)
from femion.geometry.grid import Floats, fitted, graded
from femion.geometry.packed import FLOOR
from femion.geometry.scene import MESHING
from femion.geometry.swept import revolved


def nanopore(
    *,
    length: Length,
    radius: Length | tuple[Length, Length],
    reservoir: Length,
    h: Length,
    first_cell: First | None = None,
    growth: float = 1.3,
    around: int | None = None,
    angle: float = 90.0,
    regions: tuple[str, str, str] = ("left_bath", "pore", "right_bath"),
    ends: tuple[str, str] = ("left", "right"),
    wall: str = "pore_wall",
    faces: tuple[str, str] = ("left_face", "right_face"),
    side: str = "sides",
    mirrors: tuple[str, str] = ("symmetry", "symmetry"),
) -> Geometry:
    """A pore between two reservoirs: the upper half of a slit (2D), or round with `around` (3D).

    The cells in the pore are rows along its wall, thin there and at the two mouths.

    Args:
        length: Length of the pore along x [m].
        radius: Radius (half-width of the slit) [m], or two of them: at the left and right mouth.
        reservoir: Length and height (radius) of the two reservoirs [m].
        h: Size of the cells far from the pore [m].
        first_cell: Size of the cells at the wall of the pore [m], or (a length such as Debye's, the
            number of cells over it); None is an eighth of the (smaller) radius.
        growth: Growth of the cells per cell away from the wall and the mouths.
        around: Number of cells around the axis; makes the pore round and three-dimensional.
        angle: Part of a round pore that is meshed [degrees]; 360 is all of it.
        regions: Names of the left reservoir, of the pore and of the right reservoir.
        ends: Boundaries at x = 0 and x = L.
        wall: Boundary of the wall of the pore.
        faces: Boundaries of the membrane's two faces.
        side: Boundary of the outer sides, and of the middle plane of a slit.
        mirrors: Boundaries at the first and last angle of a part of a round pore.

    Raises:
        ValueError: A length is not positive, or the reservoirs are narrower than the pore.
    """
    both = pair("radius", radius) if isinstance(radius, tuple) else (radius, radius)
    a, b = (metres("radius", r) for r in both)
    wide, middle = metres("reservoir", reservoir, 1.5 * max(a, b)), metres("length", length)
    size, slope = metres("h", h), number("growth", growth, 1.0, 3.0)
    fine = first_size(min(a, b) / 8 if first_cell is None else first_cell, slope, size)
    outer = (*names("ends", ends, 2), wall, *names("faces", faces, 2), side)
    distinct(names("regions", regions, 3), outer)
    flat = _Pore((wide, middle), (a, b), regions, outer, size, fine, slope)
    info = resolved(first_cell) | flat.facts(0.0)
    slit = Geometry("nanopore", 2, flat.draw, info, FLOOR[2] * min(1.0, 2 * fine / size))
    if around is None:
        return slit
    solid = revolved(slit, around, angle=angle, ends=mirrors)
    return replace(solid, info=resolved(first_cell) | flat.facts(math.radians(angle)))


@dataclass(frozen=True)
class _Pore:
    """Reservoir, pore and reservoir above y = 0.

    Attributes:
        lengths: Of a reservoir and of the pore [m].
        radii: At the two mouths [m].
        regions: The three names.
        outer: Names of the two ends, the wall, the two faces and the sides.
        h: Largest cell [m].
        first: Cells at the wall [m].
        growth: Ratio of neighbouring cells.
    """

    lengths: tuple[float, float]
    radii: tuple[float, float]
    regions: tuple[str, ...]
    outer: tuple[str, ...]
    h: float
    first: float
    growth: float

    def facts(self, angle: float) -> dict[str, float]:
        """Exact measures [m^dim] of the slit, or of the part of a round pore over an angle."""
        (wide, long), (a, b), (left, right, wall) = self.lengths, self.radii, self.outer[:3]
        slant = math.hypot(long, b - a)
        bath, face, pore, side = wide**2, wide, long * (a + b) / 2, slant
        if angle:
            bath, face, pore = wide**3 / 2, wide**2 / 2, long * (a * a + a * b + b * b) / 6
            bath, face, pore = (angle * m for m in (bath, face, pore))
            side = angle * slant * (a + b) / 2
        values = {left: face, right: face, wall: side}
        values |= dict(zip(self.regions, (bath, pore, bath), strict=True))
        return {f"measure.{name}": value for name, value in values.items()}

    def draw(self) -> None:
        """Draw and mesh in the current gmsh model."""
        import gmsh

        geo, unit, (wide, long), (a, b) = gmsh.model.geo, max(self.radii), self.lengths, self.radii
        x = np.cumsum([0.0, wide, long / 2, long / 2, wide])
        heights = (wide, a, (a + b) / 2, b, wide)
        low = [geo.addPoint(v / unit, 0, 0) for v in x]
        high = [geo.addPoint(v / unit, r / unit, 0) for v, r in zip(x, heights, strict=True)]
        top = [geo.addPoint(x[i] / unit, wide / unit, 0) for i in (1, 3)]
        bottom = [geo.addLine(low[i], low[i + 1]) for i in range(4)]
        up = [geo.addLine(high[i], low[i]) for i in range(5)]  # from the wall to the axis
        walls = [geo.addLine(high[1], high[2]), geo.addLine(high[3], high[2])]
        faces = [geo.addLine(high[1], top[0]), geo.addLine(high[3], top[1])]
        lids = [geo.addLine(top[0], high[0]), geo.addLine(high[4], top[1])]
        loops = [
            [bottom[0], -up[1], faces[0], lids[0], up[0]],
            [bottom[1], -up[2], -walls[0], up[1]],
            [bottom[2], -up[3], walls[1], up[2]],
            [bottom[3], -up[4], lids[1], -faces[1], up[3]],
        ]
        surfaces = [geo.addPlaneSurface([geo.addCurveLoop(loop)]) for loop in loops]
        self._divide(bottom, up, walls, surfaces[1:3])
        geo.synchronize()
        pieces = (surfaces[:1], surfaces[1:3], surfaces[3:])
        for name, tags in zip(self.regions, pieces, strict=True):
            gmsh.model.addPhysicalGroup(2, tags, name=name)
        curves = ([up[0]], [up[4]], walls, [faces[0]], [faces[1]], [*bottom, *lids])
        for name in dict.fromkeys(self.outer):
            same = [c for n, c in zip(self.outer, curves, strict=True) if n == name]
            gmsh.model.addPhysicalGroup(1, [*chain(*same)], name=name)
        self._mesh(high[1:4:2], unit)
        scale_mesh(unit)

    def _divide(self, bottom: list[int], up: list[int], walls: list[int], pore: list[int]) -> None:
        """Rows along the wall and columns across."""
        import gmsh

        mesh, (a, b), half = gmsh.model.geo.mesh, self.radii, self.lengths[1] / 2
        rows = len(self._sizes(max(a, b), max(a, b)))
        columns = len(self._sizes(half, self.h))
        for curve, r in zip(up[1:4], (a, (a + b) / 2, b), strict=True):
            mesh.setTransfiniteCurve(curve, rows + 1, "Progression", self._ratio(r, rows))
        along = self._ratio(half, columns)
        for curve in (bottom[1], -bottom[2], *walls):
            mesh.setTransfiniteCurve(curve, columns + 1, "Progression", along)
        for surface in pore:
            mesh.setTransfiniteSurface(surface, "AlternateLeft")

    def _sizes(self, total: float, most: float) -> Floats:
        return graded(total, most, self.first, self.growth, (True, False))

    def _ratio(self, total: float, n: int) -> float:
        """Ratio at which n cells sum to `total`."""
        if n < 2:
            return 1.0
        cells = fitted(total, lambda g: _powers(self.first, g, n), self.growth)
        return float(cells[1] / cells[0])

    def _mesh(self, mouths: list[int], unit: float) -> None:
        """Mesh with small cells at the edges of the mouths."""
        import gmsh

        field = gmsh.model.mesh.field
        distance, size = field.add("Distance"), field.add("MathEval")
        field.setNumbers(distance, "PointsList", mouths)
        far, near = self.h / unit, self.first / unit
        field.setString(size, "F", f"min({far!r}, {near!r} + {self.growth - 1!r}*F{distance})")
        field.setAsBackgroundMesh(size)
        with options(MESHING):
            gmsh.model.mesh.generate(2)


def _powers(first: float, ratio: float, n: int) -> Floats:
    return np.asarray(first * ratio ** np.arange(n, dtype=float), dtype=np.float64)
