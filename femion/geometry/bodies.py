"""Solid bodies: ellipsoids, rods and wavy filaments that know how far a point is from them.

In two dimensions an ellipsoid is an ellipse in z = 0 and a rod is a rectangle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from femion.geometry.grid import Floats


class Body(Protocol):
    """A solid that can be drawn with OpenCASCADE and gives its distance from points."""

    def add(self, dim: int) -> int:
        """Draw the body in `dim` dimensions and return its tag."""

    def bounds(self) -> tuple[Floats, Floats]:
        """Coordinates between which the body lies."""

    def distance(self, x: Floats) -> Floats:
        """Distance of points (n, 3) from the surface, to first order, negative inside."""


@dataclass(frozen=True)
class Ellipsoid:
    """|diag(1/axes) R^T (x - centre)| <= 1; the columns of R are the directions of the axes.

    It is drawn as the image M u + centre of a unit sphere, M = R diag(axes) Q. The rotation Q =
    `seam` tells which meridian (of x and z) and poles (of z) close its surface.
    """

    centre: Floats
    axes: Floats
    rotation: Floats = field(default_factory=lambda: np.eye(3))
    seam: Floats = field(default_factory=lambda: np.eye(3))

    def shape(self) -> Floats:
        """A = R diag(axes^2) R^T; the extent along k is sqrt(A_kk)."""
        return np.asarray((self.rotation * self.axes**2) @ self.rotation.T)

    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest coordinates."""
        reach = np.sqrt(np.diag(self.shape()))
        return self.centre - reach, self.centre + reach

    def moved(self, shift: Floats) -> Ellipsoid:
        """The same body elsewhere."""
        return replace(self, centre=self.centre + shift)

    def scaled(self, factor: float) -> Ellipsoid:
        """The same body in another unit of length."""
        return replace(self, centre=self.centre * factor, axes=self.axes * factor)

    def mirrored(self, x: float) -> Ellipsoid:
        """The same body seen in the plane at x."""
        flip = np.array([-1.0, 1.0, 1.0])
        turns = (flip[:, None] * turn * flip for turn in (self.rotation, self.seam))
        return Ellipsoid(self.centre * flip + [2 * x, 0.0, 0.0], self.axes, *turns)

    def add(self, dim: int) -> int:
        """A disk, an ellipse, a sphere or an ellipsoid."""
        import gmsh
        from scipy.spatial.transform import Rotation

        occ, (x, y, z) = gmsh.model.occ, self.centre
        if dim == 2:
            return _ellipse(self)
        if not np.ptp(self.axes):
            ball = int(occ.addSphere(x, y, z, self.axes[0]))
            turn = Rotation.from_matrix(self.rotation @ self.seam).as_rotvec()
            if angle := float(np.linalg.norm(turn)):
                occ.rotate([(3, ball)], x, y, z, *(turn / angle), angle)
            return ball
        tag = int(occ.addSphere(x, y, z, 1.0))
        place = np.zeros((3, 4))
        place[:, :3] = self.rotation * self.axes @ self.seam
        place[:, 3] = self.centre - place[:, :3] @ self.centre
        occ.affineTransform([(3, tag)], [*place.ravel(), 0, 0, 0, 1])
        return tag

    def distance(self, x: Floats) -> Floats:
        """(q - 1) q/|A^-1 y| with q^2 = y A^-1 y, exact for a sphere."""
        u = (x - self.centre) @ self.rotation / self.axes
        q = np.linalg.norm(u, axis=1)
        slope = np.linalg.norm(u / self.axes, axis=1)
        return np.asarray((q - 1) * q / np.maximum(slope, 1e-12))


def _ellipse(body: Ellipsoid) -> int:
    import gmsh

    occ, (x, y, z) = gmsh.model.occ, body.centre
    long = int(np.argmax(body.axes[:2]))
    direction = body.rotation[:, long]
    a, b = body.axes[long], body.axes[1 - long]
    tag = int(occ.addDisk(x, y, z, a, b))
    occ.rotate([(2, tag)], x, y, z, 0, 0, 1, float(np.arctan2(direction[1], direction[0])))
    return tag


@dataclass(frozen=True)
class Rod:
    """A cylinder (in two dimensions a rectangle) of radius r from p to q; `seam` turns it [rad]."""

    p: Floats
    q: Floats
    r: float
    seam: float = 0.0

    def bounds(self) -> tuple[Floats, Floats]:
        """Coordinates of the box around a rod with round ends."""
        return np.minimum(self.p, self.q) - self.r, np.maximum(self.p, self.q) + self.r

    def moved(self, shift: Floats) -> Rod:
        """The same body elsewhere."""
        return replace(self, p=self.p + shift, q=self.q + shift)

    def scaled(self, factor: float) -> Rod:
        """The same body in another unit of length."""
        return replace(self, p=self.p * factor, q=self.q * factor, r=self.r * factor)

    def mirrored(self, x: float) -> Rod:
        """The same body seen in the plane at x."""
        flip, twice = np.array([-1.0, 1.0, 1.0]), np.array([2 * x, 0.0, 0.0])
        return replace(self, p=self.p * flip + twice, q=self.q * flip + twice)

    def add(self, dim: int) -> int:
        """A cylinder or a rectangle."""
        import gmsh

        occ, along = gmsh.model.occ, self.q - self.p
        if dim == 3:
            tag = int(occ.addCylinder(*self.p, *along, self.r))
            if self.seam:
                occ.rotate([(3, tag)], *self.p, *along, self.seam)
            return tag
        length = float(np.linalg.norm(along))
        tag = int(occ.addRectangle(self.p[0], self.p[1] - self.r, 0.0, length, 2 * self.r))
        occ.rotate([(2, tag)], *self.p, 0, 0, 1, float(np.arctan2(along[1], along[0])))
        return tag

    def distance(self, x: Floats) -> Floats:
        """Distance from the segment less the radius."""
        along, y = self.q - self.p, x - self.p
        part = np.clip(y @ along / (along @ along), 0.0, 1.0)
        return np.asarray(np.linalg.norm(y - part[:, None] * along, axis=1) - self.r)


@dataclass(frozen=True)
class Wave:
    """A round filament that bends up and down by turns, made of straight pieces and arcs.

    Attributes:
        crest: A highest point of the axis.
        along: Unit vector in x, y.
        half: Distance from a highest to the next lowest point of the axis.
        low: How much deeper the lowest points are.
        r: Radius of the filament.
        bend: Radius of the arcs of the axis.
        reach: First and last extreme point that is drawn; the crest is number 0.
    """

    crest: Floats
    along: Floats
    half: float
    low: float
    r: float
    bend: float
    reach: tuple[int, int]

    @property
    def slope(self) -> float:
        """Angle of the straight pieces [rad]: 2 R (1 - cos) + (half - 2 R sin) tan = low."""
        low, high = 0.0, 0.5 * math.pi
        for _ in range(100):
            t = 0.5 * (low + high)
            sinks = 2 * self.bend * (math.cos(t) - 1) + self.half * math.sin(t)
            low, high = (t, high) if sinks < self.low * math.cos(t) else (low, t)
        return low

    def add(self, dim: int) -> int:
        """A pipe along the axis; its surfaces are cylinders and tori."""
        import gmsh

        occ, t = gmsh.model.occ, self.slope
        reach, sag = self.bend * math.sin(t), self.bend * (1 - math.cos(t))
        wire: list[int] = []
        centres: list[tuple[int, int]] = []
        last, start = 0, np.zeros(3)
        for k in range(self.reach[0], self.reach[1] + 1):
            up = 1 if k % 2 == 0 else -1
            s, z = k * self.half, (up - 1) * self.low / 2
            around = ((s - reach, z - up * sag), (s, z), (s + reach, z - up * sag))
            a, top, b, centre = (self._point(*at) for at in (*around, (s, z - up * self.bend)))
            if last:
                wire.append(occ.addLine(last, a))
            else:
                start = self._at(*around[0])
                tangent = [*(math.cos(t) * self.along[:2]), up * math.sin(t)]
            wire += [occ.addCircleArc(a, centre, top), occ.addCircleArc(top, centre, b)]
            centres.append((0, centre))
            last = b
        disk = (2, occ.addDisk(*start, self.r, self.r, zAxis=tangent, xAxis=[]))
        pipe = occ.addPipe([disk], occ.addWire(wire), "DiscreteTrihedron")
        occ.remove([disk, *((1, curve) for curve in wire), *centres], recursive=True)
        return int(pipe[0][1])

    def bounds(self) -> tuple[Floats, Floats]:
        """Coordinates between which the filament lies, along with all of its continuation."""
        return np.full(3, -math.inf), np.full(3, math.inf)

    def _at(self, s: float, z: float) -> Floats:
        return np.asarray(self.crest + s * self.along + z * np.array([0.0, 0.0, 1.0]))

    def _point(self, s: float, z: float) -> int:
        import gmsh

        return int(gmsh.model.occ.addPoint(*self._at(s, z)))

    def distance(self, x: Floats) -> Floats:
        """Distance from the axis, folded into half a period, less the radius."""
        y, t = x - self.crest, self.slope
        s = y @ self.along
        aside = y[:, 0] * self.along[1] - y[:, 1] * self.along[0]
        s = np.abs(s - 2 * self.half * np.rint(s / (2 * self.half)))
        up, z = s < self.half / 2, y[:, 2]
        s, z = np.where(up, s, self.half - s), np.where(up, z, -self.low - z)  # crest at (0, 0)
        below = z + self.bend
        on_arc = s * math.cos(t) < below * math.sin(t)
        straight = (s - self.half / 2) * math.sin(t) + (z + self.low / 2) * math.cos(t)
        flat = np.where(on_arc, np.hypot(s, below) - self.bend, straight)
        return np.asarray(np.hypot(flat, aside) - self.r)
