"""Random packings: bodies put anywhere, then pushed apart until none overlaps.

Overlaps are elastic and the bodies relax by damped motion with an adaptive step (FIRE: E. Bitzek et
al., Phys. Rev. Lett. 97, 170201 (2006)); ellipsoids turn as well. Where that jams, the bodies are
annealed (thermal motion that fades), which packs them denser, above all at walls. What does
not become free of overlaps so is shrunk until it does, to tell how much can be packed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from femion.errors import InputError
from femion.geometry.bodies import Ellipsoid
from femion.geometry.contact import contact
from femion.geometry.grid import Floats, Ints

OVERLAP = 0.1  # of the gap: what may remain of an overlap, and what is added to allow for it
SKIN = 0.3  # how much farther than contact pairs of bodies are kept in mind
HEAT = 2e-3  # of the first thermal motion: bodies of size 1 then overlap by about 0.1
HOPELESS = 0.06  # overlap that is left after annealing where another attempt is in vain
ATTEMPTS = 4  # to anneal
SHRINK = 0.98  # steps of the size in which the fraction that can be packed is looked for


@dataclass(frozen=True)
class Room:
    """A box; bodies pass through the periodic faces and keep `gap` from the others.

    Attributes:
        size: Extents; 0 in z in two dimensions.
        periodic: Whether the faces of each axis are joined.
        gap: Least distance between bodies, and from faces that are not periodic.
    """

    size: Floats
    periodic: tuple[bool, bool, bool]
    gap: float

    @property
    def dim(self) -> int:
        """2 or 3."""
        return 3 if self.size[2] else 2

    def nearest(self, r: Floats) -> Floats:
        """Vectors between bodies, to the nearest image."""
        period = np.where(self.periodic, self.size, 0.0)
        return r - period * np.rint(np.divide(r, period, out=np.zeros_like(r), where=period > 0))


class Crowd:
    """Bodies while they move."""

    def __init__(
        self,
        room: Room,
        axes: Floats,
        spans: Floats,
        rng: np.random.Generator,
        upright: bool = False,
    ) -> None:
        """Put bodies with the given semi-axes (n, 3) at random, their centres within `spans`."""
        self.room, n = room, len(axes)
        a, b = axes.max(axis=1), axes.min(axis=1)
        outward = 0.5 * room.gap * (a + b) / (2 * np.sqrt(a * b))  # holds the parallel body
        self.axes = axes + outward[:, None] * (1 + OVERLAP)
        self.grown = self.axes - axes
        self.spans = spans
        self.round = bool(np.all(np.ptp(axes[:, : room.dim], axis=1) == 0.0))
        if room.dim == 2:
            self.axes[:, 2] = 1.0
        self.x = rng.uniform(size=(n, 3)) * room.size
        low, high = np.clip(spans.T, 0.0, room.size[0])
        self.x[:, 0] = low + rng.uniform(size=n) * (high - low)
        self.upright = upright
        self.turn = np.array([np.eye(3) if upright else _rotation(rng, room.dim) for _ in range(n)])
        self.seen, self.near = np.full_like(self.x, np.inf), np.empty((0, 2), dtype=np.int64)

    def shapes(self) -> Floats:
        """A of every body."""
        return np.asarray(np.einsum("nij,nj,nkj->nik", self.turn, self.axes**2, self.turn))

    def pairs(self) -> Ints:
        """Pairs of bodies that may overlap; found anew when one has moved by half of SKIN."""
        if np.abs(self.x - self.seen).max() > 0.5 * SKIN / np.sqrt(3):
            room, long = self.room, self.axes[:, : self.room.dim].max(axis=1)
            period = np.where(room.periodic, room.size, 0.0)
            inside = np.where(room.periodic, np.mod(self.x, np.where(period, period, 1.0)), self.x)
            inside = np.where(inside >= np.where(period, period, np.inf), 0.0, inside)
            tree = cKDTree(inside, boxsize=period)
            near = tree.query_pairs(2 * float(long.max()) + SKIN, output_type="ndarray")
            apart = np.linalg.norm(room.nearest(self.x[near[:, 0]] - self.x[near[:, 1]]), axis=1)
            self.near = np.asarray(near[apart < long[near].sum(axis=1) + SKIN], dtype=np.int64)
            self.seen = self.x.copy()
        return self.near

    def forces(self) -> tuple[Floats, Floats, float]:
        """Forces, torques, and the largest overlap (a length)."""
        force, torque = np.zeros_like(self.x), np.zeros_like(self.x)
        shapes, ij = self.shapes(), self.pairs()
        worst = self._walls(shapes, force)
        if not len(ij):
            return force, torque, worst
        i, j = ij.T
        found = contact(self.room.nearest(self.x[j] - self.x[i]), shapes[i], shapes[j], self.round)
        scale = 0.5 * (self.axes[i].mean(axis=1) + self.axes[j].mean(axis=1))
        push = np.maximum(1 - found.s, 0.0) * scale**2
        along = push[:, None] * found.gradient
        np.add.at(force, i, -along)
        np.add.at(force, j, along)
        np.add.at(torque, i, -push[:, None] * found.turn_a)
        np.add.at(torque, j, -push[:, None] * found.turn_b)
        least = self.axes[:, : self.room.dim].min(axis=1)
        depth = np.maximum(1 - found.s, 0.0) * (least[i] + least[j])
        return force, torque, max(worst, float(depth.max()))

    def _walls(self, shapes: Floats, force: Floats) -> float:
        """Push bodies back inside of walls and of their spans; the largest overlap."""
        worst, room = 0.0, self.room
        for k in range(room.dim):
            reach = np.sqrt(shapes[:, k, k]) + 0.5 * room.gap
            low, high = reach, room.size[k] - reach
            if room.periodic[k]:
                low, high = np.full_like(reach, -np.inf), np.full_like(reach, np.inf)
            if k == 0:
                low = np.maximum(low, self.spans[:, 0])
                high = np.minimum(high, self.spans[:, 1])
            depth = np.maximum(low - self.x[:, k], 0) - np.maximum(self.x[:, k] - high, 0)
            force[:, k] += depth
            worst = max(worst, float(np.abs(depth).max()))
        return worst

    def relax(self, steps: int = 800) -> float:
        """Move until nothing overlaps; the largest overlap that is left."""
        v, w = np.zeros_like(self.x), np.zeros_like(self.x)
        dt, mixing, downhill, worst = 0.1, 0.1, 0, np.inf
        for _ in range(steps):
            force, torque, worst = self.forces()
            if worst < self.allowed:
                break
            power = float((force * v).sum() + (torque * w).sum())
            if power > 0:
                downhill += 1
                strength = np.sqrt((force**2).sum() + (torque**2).sum()) + 1e-300
                speed = np.sqrt((v**2).sum() + (w**2).sum())
                v = (1 - mixing) * v + mixing * speed / strength * force
                w = (1 - mixing) * w + mixing * speed / strength * torque
                if downhill > 5:
                    dt, mixing = min(1.1 * dt, 0.8), 0.99 * mixing
            else:
                v[:], w[:], dt, mixing, downhill = 0.0, 0.0, 0.5 * dt, 0.1, 0
                dt = max(dt, 0.02)
            v, w = v + dt * force, w + dt * torque
            self._move(dt * v, dt * w)
        return worst

    def anneal(self, rng: np.random.Generator, steps: int = 2000, drag: float = 0.05) -> None:
        """Langevin dynamics whose temperature falls from HEAT to zero."""
        free, dt = np.array(self.room.size > 0, dtype=float), 0.5
        v, w = np.zeros_like(self.x), np.zeros_like(self.x)
        for k in range(steps):
            force, torque, _ = self.forces()
            noise = np.sqrt(2 * drag * HEAT) * (1 - k / steps)
            v = (1 - drag) * v + dt * force + noise * free * rng.normal(size=v.shape)
            w = (1 - drag) * w + dt * torque
            self._move(dt * v, dt * w)

    def _move(self, step: Floats, turn: Floats) -> None:
        self.x += step
        if not (self.round or self.upright):
            self.turn = _turned(self.turn, turn)

    @property
    def allowed(self) -> float:
        """Overlap that may remain."""
        return OVERLAP * self.room.gap

    def packed(self, rng: np.random.Generator, attempts: int) -> bool:
        """Whether the bodies become free of overlaps."""
        left = self.relax()
        for _ in range(attempts):
            if left < self.allowed:
                return True
            self.anneal(rng)
            left = self.relax()
            if left > HOPELESS:
                return False
        return left < self.allowed

    def reached(self) -> float:
        """The size, relative to what was wanted, at which nothing overlaps."""
        for k in range(1, 20):
            self.axes[:, : self.room.dim] *= SHRINK
            if self.relax(200) < self.allowed:
                return float(SHRINK**k)
        return 0.0

    def bodies(self) -> list[Ellipsoid]:
        """The bodies without the gap, brought back into the box."""
        period = np.where(self.room.periodic, self.room.size, np.inf)
        x = np.where(self.room.periodic, np.mod(self.x, period), self.x)
        return [
            Ellipsoid(c, a, t) for c, a, t in zip(x, self.axes - self.grown, self.turn, strict=True)
        ]


def crowd(
    rooms: Sequence[Room],
    axes: Floats,
    spans: Sequence[tuple[float, float]],
    seed: int,
    upright: bool = False,
) -> tuple[Room, list[Ellipsoid]]:
    """Pack bodies with semi-axes (n, 3) in the first of the rooms in which that is possible.

    Args:
        rooms: Rooms that differ by the gap.
        axes: Semi-axes of each body.
        spans: Least and largest x of the centre of each body.
        seed: Seed of the random numbers.
        upright: Whether the semi-axes stay parallel to x, y and z.

    Raises:
        InputError: The bodies do not become free of overlaps in any of the rooms.
    """
    for room in rooms:
        rng = np.random.default_rng(seed)
        trial = Crowd(room, axes, np.asarray(spans, dtype=float), rng, upright)
        if trial.packed(rng, ATTEMPTS if room is rooms[-1] else 1):
            return room, trial.bodies()
    ball = np.pi if room.dim == 2 else np.pi * 4 / 3
    volume = ball * np.prod(axes[:, : room.dim], axis=1).sum()
    fraction = float(volume / np.prod(room.size[: room.dim]))
    some = np.floor(100 * fraction * trial.reached() ** room.dim) / 100
    walls = "" if all(room.periodic[1 : room.dim]) else ", periodic sides"
    raise InputError(
        f"solid fraction {fraction:.3g} cannot be packed: allowed here up to about {some:g}, more "
        f"with a smaller gap, a larger box{walls} or a wider distribution of sizes"
    )


def _rotation(rng: np.random.Generator, dim: int) -> Floats:
    """A random rotation, uniform; about z in two dimensions."""
    if dim == 2:
        t = rng.uniform(0, 2 * np.pi)
        return np.array([[np.cos(t), -np.sin(t), 0], [np.sin(t), np.cos(t), 0], [0, 0, 1.0]])
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q * np.sign(np.linalg.det(q)))


def _turned(turn: Floats, w: Floats) -> Floats:
    """Rotations followed by rotation vectors (Rodrigues)."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(w).as_matrix() @ turn)
