"""Smooth interfaces in a mesh of voxels without spoiling a cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, diags_array

from femion.geometry.grid import Floats, Ints
from femion.geometry.quality import simplices

Mask = npt.NDArray[np.bool_]
FLOOR = 0.1  # least quality of a cell that smoothing may leave
STEP = 0.6  # of the way to the neighbours' mean in half a pass
ROOM = 0.5  # of its height in a voxel that a cell is to have
PUSHES = 30  # sweeps for that
SPREAD = 15  # sweeps that carry the motion into the phases
ROUNDS = 12  # of shortening the way of nodes at bad cells; the last one lets them stay


@dataclass(frozen=True)
class Interfaces:
    """A mesh and its interfaces.

    Attributes:
        points: Coordinates, shape (points, dim).
        partner: The point that each one repeats (periodic faces), its own number otherwise.
        walls: For each axis -1 or 1 on an outer face, 2 on one that repeats, 0 elsewhere.
        cells: Corners, oriented alike.
        phase: Phase of each cell.
        facets: Facets between phases; their area vectors point to the higher phase.
        pairs: The two phases of each facet, the lower first.
    """

    points: Floats
    partner: Ints
    walls: Ints
    cells: Ints
    phase: Ints
    facets: Ints
    pairs: Ints

    @property
    def dim(self) -> int:
        """2 or 3."""
        return self.points.shape[1]

    def normals(self, points: Floats) -> Floats:
        """Area vectors of the facets."""
        x = points[self.facets]
        if self.dim == 2:
            t = x[:, 1] - x[:, 0]
            return np.stack([t[:, 1], -t[:, 0]], axis=1)
        return np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0]) / 2

    def areas(self, points: Floats) -> dict[tuple[int, int], float]:
        """Area of the interface of each pair of phases."""
        size = np.linalg.norm(self.normals(points), axis=1)
        kinds, which = np.unique(self.pairs, axis=0, return_inverse=True)
        sums = np.bincount(which.ravel(), weights=size, minlength=len(kinds))
        return {(int(a), int(b)): float(s) for (a, b), s in zip(kinds, sums, strict=True)}

    def volumes(self, points: Floats) -> Floats:
        """Volume of each phase."""
        return np.bincount(self.phase, weights=signed(points[self.cells]))


def smoothed(loose: Interfaces, passes: int) -> tuple[Floats, int]:
    """Smoothed points, and how many of the points on interfaces went part of their way only.

    A pass is the step x - s^2 L^2 x of the umbrella Laplacian L (G. Taubin, SIGGRAPH 1995, with
    equal steps to and fro): waves of a few voxels go, and round bodies hardly shrink. What they do
    shrink is given back by moving each interface along its normal until the volumes are right.
    """
    own, merged = np.unique(loose.partner, return_inverse=True)
    fixed = loose.walls[own] != 0
    L, c, free = _umbrella(loose, own, merged)
    d = np.zeros((len(own), loose.dim))

    def step(length: float) -> None:
        change = np.where(free[:, None] & ~fixed, length * (L @ d - c), 0.0)
        np.subtract(d, change, out=d)

    for _ in range(passes):
        step(STEP)
        step(-STEP)
    for _ in range(2):
        d += np.where(fixed, 0.0, _restored(loose, merged, d))
    on = np.zeros(len(own), dtype=bool)
    on[merged[loose.facets]] = True
    _spread(loose.cells, merged, d, on, fixed)
    _pushed(loose, merged, d, on, fixed)
    share = _guarded(loose, merged, d)
    return loose.points + (share[:, None] * d)[merged], int(np.count_nonzero(share[on] < 1))


def _umbrella(loose: Interfaces, own: Ints, merged: Ints) -> tuple[csr_array, Floats, Mask]:
    """(L, c, free): points minus the mean of their neighbours are L d - c; which may move.

    Points on an outer face have neighbours in it only, and those where three phases meet have
    neighbours along that line; other such points stay.
    """
    n = len(own)
    ways = np.array(list(permutations(range(loose.dim), 2))).T
    a, b = (loose.facets[:, way].ravel() for way in ways)
    pairs = np.repeat(loose.pairs, loose.dim * (loose.dim - 1), axis=0)
    ends = merged[a] * n + merged[b]
    key, first, which = np.unique(ends, return_index=True, return_inverse=True)
    vector = loose.points[b[first]] - loose.points[a[first]]
    a, b = np.divmod(key, n)
    along = _phases(which, pairs, len(key)) > 2
    meet = _phases(merged[loose.facets].ravel(), np.repeat(loose.pairs, loose.dim, axis=0), n) > 2
    walls = np.where(loose.walls[own] == 2, 0, loose.walls[own])
    good = ((walls[a] == 0) | (walls[a] == walls[b])).all(axis=1) & (along | ~meet[a])
    a, b, vector = a[good], b[good], vector[good]
    degree = np.bincount(a, minlength=n)
    free = (degree > 0) & (~meet | (degree == 2))
    weight = 1.0 / np.maximum(degree, 1)
    L = diags_array(np.ones(n)) - coo_array((weight[a], (a, b)), shape=(n, n))
    c = np.stack([np.bincount(a, v * weight[a], n) for v in vector.T], axis=1)
    return csr_array(L), c, free


def _phases(item: Ints, pairs: Ints, n: int) -> Ints:
    """Number of different phases at each of n items."""
    kinds = int(pairs.max()) + 1
    seen = np.unique(np.repeat(item, 2) * kinds + pairs.ravel())
    return np.bincount(seen // kinds, minlength=n)


def _restored(loose: Interfaces, merged: Ints, d: Floats) -> Floats:
    """The motion along the normals, one distance for each pair of phases, that restores volumes."""
    x = loose.points + d[merged]
    kinds, which = np.unique(loose.pairs, axis=0, return_inverse=True)
    node = merged[loose.facets].ravel()
    area = np.repeat(loose.normals(x) / loose.dim, loose.dim, axis=0)
    normal = np.stack([np.bincount(node, v, len(d)) for v in area.T], axis=1)
    inside = _phases(node, np.repeat(loose.pairs, loose.dim, axis=0), len(d)) == 2
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.where(inside[:, None], normal / np.maximum(length, 1e-300), 0.0)
    gain = (area * normal[node]).sum(axis=1)
    slope = np.bincount(np.repeat(which.ravel(), loose.dim), gain, len(kinds))
    lost = loose.volumes(loose.points) - loose.volumes(x)
    J = np.zeros((len(lost), len(kinds)))
    J[kinds[:, 0], range(len(kinds))], J[kinds[:, 1], range(len(kinds))] = slope, -slope
    distance = np.linalg.lstsq(J, lost)[0]
    kind = np.zeros(len(d), dtype=np.int64)
    kind[node] = np.repeat(which.ravel(), loose.dim)
    return distance[kind][:, None] * normal


def _spread(cells: Ints, merged: Ints, d: Floats, on: Mask, fixed: Mask) -> None:
    """Carry the motion of the interfaces into the phases, as the mean of the neighbours'."""
    n = len(d)
    links = merged[cells][:, list(combinations(range(cells.shape[1]), 2))].reshape(-1, 2).T
    half = csr_array((np.ones(links.shape[1], np.float32), links), shape=(n, n))
    graph = half + half.T
    weight = 1.0 / graph.sum(axis=1)
    for _ in range(SPREAD):
        mean = weight[:, None] * (graph @ d)
        d[:] = np.where(on[:, None], d, np.where(fixed, 0.0, mean))


def signed(corners: Floats) -> Floats:
    """Volumes of simplices, negative where they are turned inside out."""
    dim = corners.shape[2]
    return np.linalg.det(corners[:, 1:] - corners[:, :1]) / math.factorial(dim)


def _pushed(loose: Interfaces, merged: Ints, d: Floats, on: Mask, fixed: Mask) -> None:
    """Push points inside the phases away from facets of their cells that are too near."""
    free = ~on & ~fixed.all(axis=1)
    corner = merged[loose.cells]
    near = np.flatnonzero((on[corner].sum(axis=1) > 1) & free[corner].any(axis=1))
    x = loose.points[loose.cells[near]]
    room = ROOM * _heights(x)[0].min(axis=0).mean()
    short = _heights(x + d[corner[near]])[0].min(axis=0) < room
    pushed = np.zeros(len(d), dtype=bool)
    pushed[corner[near[short]]] = True
    near = np.flatnonzero((pushed & free)[corner].any(axis=1))
    nodes, corner = np.unique(corner[near], return_inverse=True)
    x, moves, place = loose.points[loose.cells[near]], free[nodes, None] & ~fixed[nodes], d[nodes]
    for _ in range(PUSHES):
        height, up = _heights(x + place[corner])
        push = np.where(moves[corner.T].any(axis=2), np.maximum(room - height, 0.0), 0.0)
        if not push.any():
            break
        pushes = np.maximum(np.bincount(corner.T[push > 0], minlength=len(nodes)), 1)
        for axis in range(loose.dim):
            way = np.bincount(corner.T.ravel(), (push * up[..., axis]).ravel(), len(nodes))
            place[:, axis] += np.where(moves[:, axis], way / pushes, 0.0)
    d[nodes] = place


def _heights(corners: Floats) -> tuple[Floats, Floats]:
    """Height of each corner over its opposite facet, negative if inside out, and its direction."""
    sides = np.moveaxis(corners[:, 1:] - corners[:, :1], 1, 0)
    if len(sides) == 2:
        area = np.stack([sides[1][:, ::-1] * [1, -1], sides[0][:, ::-1] * [-1, 1]])
    else:
        area = np.stack([np.cross(sides[k - 2], sides[k - 1]) for k in range(3)])
    volume = (sides[0] * area[0]).sum(axis=1)
    area = np.concatenate([-area.sum(axis=0, keepdims=True), area])
    size = np.maximum(np.linalg.norm(area, axis=2), 1e-300)
    return volume / size, area / size[..., None]


def _guarded(loose: Interfaces, merged: Ints, d: Floats) -> Floats:
    """Share of its way that each point can go: halved again and again at every bad cell."""
    share = np.ones(len(d))
    moving = np.flatnonzero((d[merged[loose.cells]] != 0).any(axis=(1, 2)))
    corner, x = merged[loose.cells[moving]], loose.points[loose.cells[moving]]
    least = np.minimum(FLOOR, 0.99 * simplices(x)[1])
    look = np.arange(len(moving))
    for k in range(ROUNDS):
        at = x[look] + (share[:, None] * d)[corner[look]]
        bad = np.where(signed(at) > 0, simplices(at)[1], 0.0) < least[look]
        if not bad.any():
            break
        changed = np.zeros(len(d), dtype=bool)
        changed[corner[look[bad]]] = True
        share[changed] *= 0.5 if k < ROUNDS // 2 else 0.0
        look = np.flatnonzero(changed[corner].any(axis=1))
    return share
