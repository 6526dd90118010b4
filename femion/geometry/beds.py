"""Particles packed in a box, before anything is drawn: bodies, necks, coats and their measures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ellipe, elliprg

from femion.errors import InputError
from femion.geometry.base import Length, count, metres, number
from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.crowd import Room, crowd
from femion.geometry.grid import Floats
from femion.geometry.images import well_cut
from femion.geometry.necks import Neck, necks, pieces

Radius = Length | Sequence[Length] | Callable[[np.random.Generator], float]


@dataclass(frozen=True)
class Particles:
    """What is packed; the arguments are those of `packing`."""

    radius: Radius
    solid_fraction: float | Sequence[float]
    radius_spread: float = 0.0
    aspect: Sequence[float] = (1.0, 1.0, 1.0)
    gap: Length | None = None
    neck: float | None = None
    binder: Length | None = None

    def packed(self, size: Sequence[Length], periodic: str = "", seed: int = 1) -> Bed:
        """Pack a box of the given extents [m].

        Raises:
            InputError: A value is out of range, or the solid fraction cannot be packed.
        """
        rng = np.random.default_rng(count("seed", seed, 0))
        spread = number("radius_spread", self.radius_spread, -1e-300, 1.0)
        radii, unit = _radii(self.radius, spread)
        box = _box(size, unit, periodic)
        layers = _fractions(self.solid_fraction)
        axes, spans = _particles(box, layers, radii, _aspect(self.aspect), rng)
        coat = 0.0
        if self.binder is not None:
            coat = metres("binder", self.binder, 0.01 * unit, 0.5 * unit) / unit
        rooms = [
            Room(box, ("x" in periodic, "y" in periodic, "z" in periodic), gap + 2 * coat)
            for gap in _gaps(self.gap, unit, max(layers), box, periodic, coat)
        ]
        room, found = crowd(rooms, axes, spans, seed)
        bodies = well_cut(found, box, periodic, rng)
        bed = Bed(bodies, [], room, unit, coat)
        return bed if self.neck is None else replace(bed, necks=_necks(bed, self.neck))


@dataclass(frozen=True)
class Bed:
    """Packed particles; lengths in `unit`, their median radius [m]."""

    bodies: list[Ellipsoid]
    necks: list[Neck]
    room: Room
    unit: float
    coat: float

    @property
    def dim(self) -> int:
        """2 or 3."""
        return self.room.dim

    def solids(self, more: float = 0.0) -> list[Ellipsoid | Rod]:
        """Particles and necks, thicker by `more`."""
        rods = [n.rod(self.bodies) for n in self.necks]
        thick: list[Ellipsoid | Rod] = [replace(b, axes=b.axes + more) for b in self.bodies]
        return thick + [replace(rod, r=rod.r + more) for rod in rods]

    def measures(self, more: float = 0.0) -> Floats:
        """Volume [m^dim] and surface [m^(dim - 1)] of particles and necks, thicker by `more`."""
        bodies = [replace(b, axes=b.axes + more) for b in self.bodies]
        total = np.zeros(2)
        for b in bodies:
            total += _volume(b, self.dim), _surface(b, self.dim)
        for n in self.necks:
            total += replace(n, width=n.width + more).adds(bodies, self.dim)[:2]
        return np.asarray(total * [self.unit**self.dim, self.unit ** (self.dim - 1)])

    def info(self, pores: str, solid: str, binder: str) -> dict[str, float]:
        """Exact facts in SI units."""
        total = float(np.prod(self.room.size[: self.dim])) * self.unit**self.dim
        volume, surface = map(float, self.measures())
        whole, outer = map(float, self.measures(self.coat))
        facts = {
            "solid_fraction": volume / total,
            "porosity": 1 - whole / total,
            "particles": float(len(self.bodies)),
            "surface": outer,
            "surface_per_volume": outer / total,
            "least_gap": (self.room.gap - 2 * self.coat) * self.unit,
            f"measure.{pores}": total - whole,
        }
        if solid:
            facts[f"measure.{solid}"] = volume
        if self.coat:
            facts[f"measure.{binder}"] = whole - volume
            facts["surface_of_particles"] = surface
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


def _gaps(
    gap: Length | None, unit: float, fraction: float, box: Floats, periodic: str, coat: float
) -> list[float]:
    """Gaps to try, in radii: what a random packing of this fraction leaves, and the least."""
    if gap is not None:
        return [metres("gap", gap, 0.005 * unit, unit) / unit]
    dim = 3 if box[2] else 2
    walls = [box[k] for k in range(dim) if "xyz"[k] not in periodic]
    dense = (0.61 if dim == 3 else 0.78) * math.prod(1 - 0.45 / length for length in walls)
    likely = 2 * ((dense / fraction) ** (1 / dim) - 1) - 2 * coat
    return sorted({float(np.clip(likely, 0.02, 0.1)), 0.02}, reverse=True)


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


def _necks(bed: Bed, neck: float) -> list[Neck]:
    width = number("neck", neck, 0.05, 0.45)
    if any(np.ptp(b.axes[: bed.dim]) > 0 for b in bed.bodies):
        raise InputError(f"neck = {neck!r} beside aspect; allowed: necks between spheres or disks")
    room, wall = bed.room, not bed.room.periodic[0]
    return necks(bed.bodies, room, width, 3 * room.gap, wall, bed.coat)
