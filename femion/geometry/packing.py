"""Trees of sintered disks that grow from a wall: each disk has a neck to exactly one other.

All lengths are in units of the median particle radius; the electrode is 0 < x < width,
0 < y < height with the collector at x = width. As the particles and the collector form a tree, no
pore is enclosed, and every particle has a path of solid to the collector.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from femion.errors import InputError

Floats = npt.NDArray[np.float64]
WALL = -1
SMALLEST = 0.6  # radius of the disk that meets the solid fraction, in median radii
BATCH = 64


@dataclass(frozen=True)
class Recipe:
    """What to pack; lengths in median particle radii, angles [rad]."""

    width: float
    height: float
    radius_spread: float
    solid_fraction: float
    neck: float
    fillet: float
    gap: float


class Neck(NamedTuple):
    """A bridge between two disks that rounds off with fillets of radius `fillet`."""

    distance: float
    half_a: float
    half_b: float
    fillet: float

    @property
    def arc(self) -> float:
        """Angle of each of the two fillets [rad]."""
        return math.pi - self.half_a - self.half_b


class Link(NamedTuple):
    """The part |angle - here| < half of a disk's circle that is covered by a neck or the wall."""

    other: int
    angle: float
    half: float
    fillet: float


class Disk(NamedTuple):
    """A particle: centre, radius and the parts of its circle that are not surface."""

    x: float
    y: float
    r: float
    links: list[Link]


def make_neck(a: float, b: float, width: float, fillet: float) -> Neck:
    """The neck of disks of radii a and b whose half-width is `width` times the smaller radius."""
    smaller = min(a, b)
    rho = fillet * smaller
    across = width * smaller + rho
    along = [math.sqrt((r + rho) ** 2 - across**2) for r in (a, b)]
    return Neck(sum(along), math.atan2(across, along[0]), math.atan2(across, along[1]), rho)


@dataclass(frozen=True)
class Packing:
    """Disks with their necks, the solid area and the length of its surface towards the pores."""

    disks: tuple[Disk, ...]
    area: float
    surface: float
    contact: float

    @property
    def roots(self) -> list[int]:
        """Numbers of the disks cut by the collector, from bottom to top."""
        on_wall = [i for i, d in enumerate(self.disks) if d.links[0].other == WALL]
        return sorted(on_wall, key=lambda i: self.disks[i].y)


class Tree:
    """A packing while it grows."""

    def __init__(self, recipe: Recipe) -> None:
        """Start without a particle."""
        self.recipe = recipe
        self.disks: list[Disk] = []
        self.circles = np.empty((0, 3))
        self.area = self.surface = self.contact = 0.0

    @property
    def missing(self) -> float:
        """Solid area that is still to be placed."""
        recipe = self.recipe
        return recipe.solid_fraction * recipe.width * recipe.height - self.area

    def finished(self) -> Packing:
        """The packing as it is now."""
        return Packing(tuple(self.disks), self.area, self.surface, self.contact)

    def clearance(self, centres: Floats, r: float) -> Floats:
        """Distance of circles of radius r from each disk, shape (circles, disks)."""
        offset = centres[:, None, :] - self.circles[:, :2]
        return np.asarray(np.hypot(offset[..., 0], offset[..., 1]) - self.circles[:, 2] - r)

    def root(self, y: float, r: float, half: float) -> None:
        """Place a disk that is cut by the collector at the half-angle `half`, if there is room."""
        recipe = self.recipe
        y = min(max(y, r + recipe.gap), recipe.height - r - recipe.gap)
        x = recipe.width - r * math.cos(half)
        if np.any(self.clearance(np.array([[x, y]]), r) < recipe.gap):
            return
        self._add(Disk(x, y, r, [Link(WALL, 0.0, half, 0.0)]))
        self.area += r * r * (math.pi - half + math.sin(half) * math.cos(half))
        self.surface += 2 * r * (math.pi - half)
        self.contact += 2 * r * math.sin(half)

    def attach(self, targets: Floats, turns: Floats, r: float) -> bool:
        """Place one disk next to the disk nearest to a target; the first one that fits is taken."""
        parents = self.clearance(targets, 0.0).argmin(axis=1)
        necks = [
            make_neck(self.disks[j].r, r, self.recipe.neck, self.recipe.fillet) for j in parents
        ]
        towards = targets - self.circles[parents, :2]
        angles = np.arctan2(towards[:, 1], towards[:, 0]) + turns
        reach = np.array([neck.distance for neck in necks])[:, None]
        rays = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        centres = self.circles[parents, :2] + reach * rays
        for k in np.flatnonzero(self._fits(centres, r, parents)):
            if self._uncovered(self.disks[parents[k]], angles[k], necks[k].half_a):
                self._join(int(parents[k]), float(angles[k]), necks[k], (*centres[k], r))
                return True
        return False

    def _fits(
        self, centres: Floats, r: float, parents: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Whether circles keep the gap from all disks but the parent and from the four walls."""
        free = self.clearance(centres, r)
        free[np.arange(len(centres)), parents] = np.inf
        walls = np.concatenate(
            [centres - r, [self.recipe.width, self.recipe.height] - centres - r], axis=1
        )
        return np.asarray(np.minimum(free.min(axis=1), walls.min(axis=1)) >= self.recipe.gap)

    def _uncovered(self, disk: Disk, angle: float, half: float) -> bool:
        """Whether a neck leaves surface of length `gap` between itself and the others."""
        room = half + self.recipe.gap / disk.r
        return all(
            abs(math.remainder(angle - link.angle, 2 * math.pi)) > room + link.half
            for link in disk.links
        )

    def _join(
        self, parent: int, angle: float, neck: Neck, circle: tuple[float, float, float]
    ) -> None:
        """Add a disk with its neck; area and surface stay exact."""
        a, b = self.disks[parent].r, circle[2]
        height = (a + neck.fillet) * math.sin(neck.half_a)
        self.disks[parent].links.append(Link(len(self.disks), angle, neck.half_a, neck.fillet))
        self._add(Disk(*circle, [Link(parent, angle + math.pi, neck.half_b, neck.fillet)]))
        sectors = a * a * neck.half_a + b * b * neck.half_b + neck.fillet**2 * neck.arc
        self.area += math.pi * b * b + neck.distance * height - sectors
        self.surface += 2 * math.pi * b + 2 * neck.fillet * neck.arc
        self.surface -= 2 * (a * neck.half_a + b * neck.half_b)

    def _add(self, disk: Disk) -> None:
        self.disks.append(disk)
        self.circles = np.vstack([self.circles, [disk.x, disk.y, disk.r]])


def pack(recipe: Recipe, seed: int, tries: int = 20_000, attempts: int = 5) -> Packing:
    """Grow trees from the collector until the solid fraction is reached.

    Args:
        recipe: What to pack.
        seed: Seed of the random generator; the same seed gives the same packing.
        tries: Positions to try before a tree is given up.
        attempts: Trees to try.

    Raises:
        ValueError: No tree reached the solid fraction.
    """
    rng = np.random.default_rng(seed)
    best = 0.0
    for _ in range(attempts):
        tree = _grow(recipe, rng, tries)
        if tree.missing <= _tolerance():
            return tree.finished()
        best = max(best, tree.area / (recipe.width * recipe.height))
    raise InputError(
        f"solid fraction {recipe.solid_fraction:g} cannot be packed: reached {best:.3f} after "
        f"{tries * attempts} tries; allowed here up to about {math.floor(best * 100) / 100:g}, "
        "or more with a smaller gap"
    )


def _tolerance() -> float:
    """Solid area too small for one more particle."""
    return 0.5 * math.pi * SMALLEST**2


def _grow(recipe: Recipe, rng: np.random.Generator, tries: int) -> Tree:
    """One tree: particles on the collector, then particles towards random points."""
    tree = Tree(recipe)
    sites = max(1, round(recipe.height / 3.2))
    for i in range(sites):
        y = (i + rng.uniform(0.3, 0.7)) * recipe.height / sites
        tree.root(y, *_root_shape(recipe, rng))
    box = np.array([recipe.width, recipe.height])
    for r in _radii(tree, rng, tries // BATCH):
        tree.attach(rng.uniform(size=(BATCH, 2)) * box, rng.normal(0.0, 0.3, BATCH), r)
    return tree


def _root_shape(recipe: Recipe, rng: np.random.Generator) -> tuple[float, float]:
    return _draw_radius(recipe, rng), float(rng.uniform(0.6, 1.0))


def _draw_radius(recipe: Recipe, rng: np.random.Generator) -> float:
    """Lognormal with median 1, cut at 2.5 standard deviations."""
    return math.exp(recipe.radius_spread * float(np.clip(rng.normal(), -2.5, 2.5)))


def _radii(tree: Tree, rng: np.random.Generator, times: int) -> Iterator[float]:
    """Radii to try until the area is reached; the last two share what is missing."""
    for _ in range(times):
        if tree.missing <= _tolerance():
            return
        r = _draw_radius(tree.recipe, rng)
        particles = tree.missing / (math.pi * r * r)
        if particles < 2.0:
            r = math.sqrt(tree.missing / (math.pi * (1 if particles < 1.0 else 2)))
        yield max(r, SMALLEST)
