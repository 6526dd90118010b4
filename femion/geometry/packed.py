"""Random packings of disks, ellipses, spheres and ellipsoids: electrodes, beds, separators."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import ellipe, elliprg

from femion.errors import InputError
from femion.geometry.base import Geometry, Length, count, distinct, metres, names, number
from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.crowd import Room, crowd
from femion.geometry.grid import Floats
from femion.geometry.images import images, well_cut
from femion.geometry.necks import Neck, necks, pieces
from femion.geometry.scene import Naming, Scene
from femion.geometry.sizing import Sizes

FLOOR = {2: 0.1, 3: 0.02}  # least quality of a cell that is accepted
Radius = Length | Sequence[Length] | Callable[[np.random.Generator], float]


def packing(
    size: Sequence[Length],
    radius: Radius,
    solid_fraction: float | Sequence[float],
    *,
    radius_spread: float = 0.0,
    aspect: Sequence[float] = (1.0, 1.0, 1.0),
    gap: Length | None = None,
    neck: float | None = None,
    periodic: str = "",
    separator: Length | None = None,
    seed: int = 1,
    h_surface: Length | None = None,
    h: Length | None = None,
    regions: tuple[str, str] = ("pores", "particles"),
    ends: tuple[str, str] = ("left", "right"),
    side: str = "sides",
) -> Geometry:
    """A random packing in a box: disks or ellipses for two sizes, spheres or ellipsoids for three.

    Radii are drawn, then scaled by one factor (close to 1) so that the solid fraction is exact.
    Where a solid reaches a face of the box, that part of the boundary is `<face>_<solid>`.

    Args:
        size: Extents in x, y (and z) of the packing [m].
        radius: One radius, a list to draw from, or a function of a random generator [m].
        solid_fraction: Solid over total, or one for each of equal layers along x (graded).
        radius_spread: Standard deviation of the logarithm of the radius.
        aspect: Ratios of the semi-axes of a particle; their product is made 1.
        gap: Least distance of particles from each other and from walls [m]; None is chosen from
            the solid fraction, 2 % to 10 % of the radius.
        neck: Sinter: half-width of the necks between neighbours and to the wall at the end of x,
            over the radius of the smaller particle; their solid comes on top of solid_fraction.
        periodic: Axes along which the packing repeats, as "yz"; opposite faces get equal meshes.
        separator: Thickness of an empty region `separator` before the packing [m].
        seed: Seed of the random numbers; the same seed gives the same mesh.
        h_surface: Size of the cells at the particles [m]; None is a quarter of the radius.
        h: Size of the cells elsewhere [m]; None is twice h_surface.
        regions: Names of the pores and of the particles; "" as the second leaves holes.
        ends: Boundaries at the two ends of x.
        side: Boundary of the other faces, or of the surface of holes (`<side>_skin`).

    Raises:
        ValueError: A value is out of range, or the solid fraction cannot be packed.
    """
    rng = np.random.default_rng(count("seed", seed, 0))
    radii, unit = _radii(radius, number("radius_spread", radius_spread, -1e-300, 1.0))
    box = _box(size, unit, periodic)
    layers = _fractions(solid_fraction)
    axes, spans = _particles(box, layers, radii, _aspect(aspect), rng)
    gaps = _gaps(gap, unit, max(layers), box, periodic)
    rooms = [Room(box, _flags(periodic), float(g)) for g in gaps]
    room, found = _packed(rooms, axes, spans, seed)
    bodies = well_cut(found, box, periodic, rng)
    joints = _necks(bodies, room, neck, not room.periodic[0])
    near = metres("h_surface", unit / 4 if h_surface is None else h_surface, 0.0, unit) / unit
    near = min(near, neck) if neck else near  # a neck is round for its cells
    far = metres("h", 2 * near * unit if h is None else h, near * unit * (1 - 1e-9)) / unit
    before = () if separator is None else (("separator", metres("separator", separator) / unit),)
    if before and "x" in periodic:
        raise InputError("separator beside periodic = 'x' is not possible; allowed: one of them")
    distinct((*(n for n, _ in before), *(r for r in regions if r)), (*names("ends", ends, 2), side))
    plan = Plan(bodies, joints, room, periodic, before, _sizes(near, far, room, bool(joints)))
    scene = plan.scene(regions, _naming(ends, side, regions), f"{side}_skin")
    return Geometry(
        "packing", plan.dim, partial(scene.draw, unit), plan.info(unit, regions), FLOOR[plan.dim]
    )


@dataclass(frozen=True)
class Plan:
    """A packing before it is drawn; lengths in median radii."""

    bodies: list[Ellipsoid]
    necks: list[Neck]
    room: Room
    periodic: str
    before: tuple[tuple[str, float], ...]
    sizes: Sizes

    @property
    def dim(self) -> int:
        """2 or 3."""
        return self.room.dim

    def scene(self, regions: tuple[str, str], naming: Naming, skin: str) -> Scene:
        """What is drawn."""
        size, moved = self.room.size, np.array([sum(w for _, w in self.before), 0.0, 0.0])
        solids: list[Ellipsoid | Rod] = [*self.bodies, *(n.rod(self.bodies) for n in self.necks)]
        inside, around = images(solids, size, self.periodic)
        free = [k for k in range(self.dim) if not self.room.periodic[k]]
        return Scene(
            slabs=(*self.before, (regions[0], float(size[0]))),
            across=tuple(float(s) for s in size[1 : self.dim]),
            bodies=tuple(b.moved(moved) for b in inside),
            around=tuple(b.moved(moved) for b in around),
            sizes=self.sizes,
            solid=regions[1],
            skin=skin,
            planes=tuple((k, moved[k] + x) for k in free for x in (0.0, float(size[k]))),
            periodic=self.periodic,
            naming=naming,
            joined=bool(self.necks),
        )

    def info(self, unit: float, regions: tuple[str, str]) -> dict[str, float]:
        """Exact facts; lengths, areas and volumes in powers of metres."""
        dim, size = self.dim, self.room.size
        total, section = float(np.prod(size[:dim])), float(np.prod(size[1:dim]))
        added = np.array([n.adds(self.bodies, dim) for n in self.necks]).reshape(-1, 3).sum(axis=0)
        volume = sum(_volume(b, dim) for b in self.bodies) + float(added[0])
        surface = sum(_surface(b, dim) for b in self.bodies) + float(added[1])
        facts = {
            "solid_fraction": volume / total,
            "porosity": 1 - volume / total,
            "particles": float(len(self.bodies)),
            "surface": surface * unit ** (dim - 1),
            "surface_per_volume": surface / total / unit,
            "least_gap": self.room.gap * unit,
            f"measure.{regions[0]}": (total - volume) * unit**dim,
        }
        if regions[1]:
            facts[f"measure.{regions[1]}"] = volume * unit**dim
        for name, width in self.before:
            facts[f"measure.{name}"] = width * section * unit**dim
        if self.necks:
            facts["necks"] = float(len(self.necks))
            facts["particles_joined_with_end"] = float(pieces(len(self.bodies), self.necks))
        return facts


def _volume(body: Ellipsoid, dim: int) -> float:
    return float(np.prod(body.axes[:dim])) * (math.pi if dim == 2 else 4 * math.pi / 3)


def _surface(body: Ellipsoid, dim: int) -> float:
    """Circumference 4 a E(m) of an ellipse, area 4 pi abc R_G(a^-2, b^-2, c^-2) of an ellipsoid."""
    if dim == 2:
        low, high = sorted(body.axes[:2])
        return float(4 * high * ellipe(1 - (low / high) ** 2))
    return float(4 * math.pi * np.prod(body.axes) * elliprg(*body.axes**-2.0))


def _naming(ends: tuple[str, str], side: str, regions: tuple[str, str]) -> Naming:
    def naming(axis: str, at: int, region: str) -> str:
        face = ends[at] if axis == "x" else side
        return f"{face}_{region}" if region == regions[1] else face

    return naming


def _sizes(near: float, far: float, room: Room, joined: bool) -> Sizes:
    """Two cells over a gap in 2D and one in 3D, the smallest one cell over the least gap.

    Beside necks no gap is resolved below a third of the size at the surface.
    """
    least = near / 3 if joined else min(near, max(room.gap, 0.02))
    return Sizes(near, far, least, slope=0.4, across=2.0 if room.dim == 2 else 1.0)


def _flags(periodic: str) -> tuple[bool, bool, bool]:
    return "x" in periodic, "y" in periodic, "z" in periodic


def _box(size: Sequence[Length], unit: float, periodic: str) -> Floats:
    """Extents in radii, 0 in z in two dimensions."""
    if isinstance(size, str) or len(size) not in (2, 3):
        raise InputError(f"size = {size!r} is not possible; allowed: 2 or 3 lengths")
    box = np.zeros(3)
    box[: len(size)] = [metres(f"size[{i}]", s, 4 * unit) / unit for i, s in enumerate(size)]
    if any(periodic.count(axis) > ("xyz"[: len(size)]).count(axis) for axis in periodic):
        raise InputError(
            f"periodic = {periodic!r} is not possible; allowed: some of {'xyz'[: len(size)]!r}"
        )
    return box


def _radii(radius: Radius, spread: float) -> tuple[Callable[[np.random.Generator], float], float]:
    """A function that draws a radius over the median, and the median [m]."""
    if callable(radius):
        probe = np.random.default_rng(0)
        unit = float(np.median([metres("radius()", radius(probe)) for _ in range(101)]))
        return lambda rng: metres("radius()", radius(rng)) / unit, unit
    if isinstance(radius, str | int | float):
        unit = metres("radius", radius)
        return lambda rng: math.exp(spread * float(np.clip(rng.normal(), -2.5, 2.5))), unit
    given = [metres(f"radius[{i}]", r) for i, r in enumerate(radius)]
    if not given:
        raise InputError(f"radius = {radius!r} is not possible; allowed: at least one length")
    unit = float(np.median(given))
    return lambda rng: given[int(rng.integers(len(given)))] / unit, unit


def _aspect(aspect: Sequence[float]) -> Floats:
    if not 2 <= len(aspect) <= 3:
        raise InputError(f"aspect = {aspect!r} is not possible; allowed: 3 numbers (2 in 2D)")
    ratios = np.array([number(f"aspect[{i}]", a, 0.0) for i, a in enumerate(aspect)])
    if ratios.max() > 4 * ratios.min():
        raise InputError(f"aspect = {aspect!r} is not possible; allowed: ratios up to 4")
    return ratios


def _fractions(given: float | Sequence[float]) -> list[float]:
    layers = [given] if isinstance(given, int | float) else list(given)
    if not layers:
        raise InputError(f"solid_fraction = {given!r} is not possible; allowed: some numbers")
    return [number("solid_fraction", f, 0.0, 0.9) for f in layers]


def _gaps(gap: Length | None, unit: float, fraction: float, box: Floats, periodic: str) -> Floats:
    """Gaps to try, in radii: what a random packing of this fraction leaves, and the least."""
    if gap is not None:
        return np.array([metres("gap", gap, 0.005 * unit, unit) / unit])
    dim = 3 if box[2] else 2
    walls = [box[k] for k in range(dim) if "xyz"[k] not in periodic]
    dense = (0.61 if dim == 3 else 0.78) * math.prod(1 - 0.45 / length for length in walls)
    likely = float(np.clip(2 * ((dense / fraction) ** (1 / dim) - 1), 0.02, 0.1))
    return np.unique([likely, 0.02])[::-1]


def _packed(
    rooms: Sequence[Room], axes: Floats, spans: list[tuple[float, float]], seed: int
) -> tuple[Room, list[Ellipsoid]]:
    """The bodies in the first room (they differ by the gap) in which they can be packed."""
    for room in rooms[:-1]:
        with suppress(InputError):
            return room, crowd(room, axes, spans, seed, attempts=1)
    return rooms[-1], crowd(rooms[-1], axes, spans, seed)


def _particles(
    box: Floats,
    layers: list[float],
    radii: Callable[[np.random.Generator], float],
    aspect: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, list[tuple[float, float]]]:
    """Semi-axes of all particles, and between which x the centre of each stays."""
    dim = 3 if box[2] else 2
    shape = np.ones(3)
    shape[:dim] = aspect[:dim] / np.prod(aspect[:dim]) ** (1 / dim)
    ball = math.pi if dim == 2 else 4 * math.pi / 3
    axes, spans, thick = [], [], box[0] / len(layers)
    for i, fraction in enumerate(layers):
        wanted = fraction * float(np.prod(box[:dim])) / len(layers)
        drawn: list[float] = []
        while (have := ball * sum(r**dim for r in drawn)) < wanted:
            drawn.append(radii(rng))
        if len(drawn) > 1 and have - wanted > 0.5 * ball * drawn[-1] ** dim:
            have -= ball * drawn.pop() ** dim
        factor = (wanted / have) ** (1 / dim)
        axes += [r * factor * shape for r in drawn]
        span = (i * thick, (i + 1) * thick) if len(layers) > 1 else (-math.inf, math.inf)
        spans += [span] * len(drawn)
    return np.array(axes), spans


def _necks(bodies: list[Ellipsoid], room: Room, neck: float | None, wall: bool) -> list[Neck]:
    if neck is None:
        return []
    width = number("neck", neck, 0.05, 0.45)
    if any(np.ptp(b.axes[: room.dim]) > 0 for b in bodies):
        raise InputError(f"neck = {neck!r} beside aspect; allowed: necks between spheres or disks")
    return necks(bodies, room, width, 3 * room.gap, wall)
