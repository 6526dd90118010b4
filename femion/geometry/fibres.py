"""Fibre mats: layers of straight fibres in random in-plane directions, fused or apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from femion.errors import InputError
from femion.geometry.base import Geometry, Length, count, distinct, metres, names, number
from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.crowd import Room, crowd
from femion.geometry.grid import Floats
from femion.geometry.packed import FLOOR, naming
from femion.geometry.scene import Scene
from femion.geometry.sizing import Sizes

FUSED, APART = 1.6, 2.15  # distance of layers in radii; 2 would be fibres that just touch
CLOSE = 2.3  # least distance of neighbours in a layer
STEEP = (22.0, 68.0)  # angles with the sides [degree]: no fibre grazes a side
TURN = 30.0  # least angle between fibres of layers that touch [degree]
SCALE = (0.94, 1.02)  # the radius is changed by this at most so that the porosity is exact


def fibre_mat(
    thickness: Length,
    across: Sequence[Length],
    diameter: Length,
    porosity: float,
    *,
    fused: bool = True,
    seed: int = 1,
    h_surface: Length | None = None,
    h: Length | None = None,
    regions: tuple[str, str] = ("pores", "fibres"),
    ends: tuple[str, str] = ("left", "right"),
    side: str = "sides",
) -> Geometry:
    """A separator of straight fibres normal to x; for one extent across, its section in 2D.

    Fibres lie in layers, each with a random direction; those of neighbouring layers cross, and
    overlap by a fifth of a diameter or more if `fused`. In 2D they are ellipses that do not touch.
    The diameter is changed by at most 6 % so that the porosity is exact.

    Args:
        thickness: Extent in x [m].
        across: Extent in y, or in y and z [m].
        diameter: Diameter of the fibres [m].
        porosity: Pores over total.
        fused: Whether fibres that cross in neighbouring layers are joined (3D).
        seed: Seed of the random numbers; the same seed gives the same mesh.
        h_surface: Size of the cells at the fibres [m]; None is a quarter of the diameter.
        h: Size of the cells elsewhere [m]; None is twice h_surface.
        regions: Names of the pores and of the fibres; "" as the second leaves holes.
        ends: Boundaries at the two ends of x.
        side: Boundary of the other faces; `<side>_<fibres>` where fibres are cut, `<side>_skin`
            at the surface of holes.

    Raises:
        InputError: A value is out of range, or the porosity cannot be reached.
    """
    unit = 0.5 * metres("diameter", diameter)
    solid = 1 - number("porosity", porosity, 0.0, 0.99)
    box = _box(thickness, across, unit)
    distinct([r for r in regions if r], (*names("ends", ends, 2), side))
    rng, dim = np.random.default_rng(count("seed", seed, 0)), 1 + len(across)
    near = metres("h_surface", unit / 2 if h_surface is None else h_surface, 0.0, unit) / unit
    far = metres("h", 2 * near * unit if h is None else h, near * unit * (1 - 1e-9)) / unit
    fibres = _mat(box, solid, fused, rng) if dim == 3 else _section(box, solid, seed, rng)
    scene = Scene(
        slabs=((regions[0], float(box[0])),),
        across=tuple(float(w) for w in box[1:dim]),
        bodies=tuple(fibres),
        sizes=Sizes(near, far, near / (5 - dim), slope=0.4, across=2.0 if dim == 2 else 1.0),
        solid=regions[1],
        skin=f"{side}_skin",
        planes=tuple((k, x) for k in range(1 if dim == 3 else dim) for x in (0.0, float(box[k]))),
        naming=naming(ends, side, regions[1:]),
        joined=fused and dim == 3,
    )
    info = _info(fibres, solid, float(np.prod(box[:dim])) * unit**dim, regions)
    if dim == 3:
        info["diameter"] = 2 * fibres[0].r * unit  # type: ignore[union-attr]
    return Geometry("fibre_mat", dim, partial(scene.draw, unit), info, FLOOR[dim])


def _info(
    fibres: Sequence[Ellipsoid | Rod], solid: float, total: float, regions: tuple[str, str]
) -> dict[str, float]:
    """Exact facts in SI units."""
    parts = {regions[0]: (1 - solid) * total, regions[1]: solid * total}
    measures = {f"measure.{name}": part for name, part in parts.items() if name}
    return {"porosity": 1 - solid, "fibres": float(len(fibres)), **measures}


def _box(thickness: Length, across: Sequence[Length], unit: float) -> Floats:
    """Extents in radii, 0 in z in two dimensions."""
    if isinstance(across, str) or len(across) not in (1, 2):
        raise InputError(f"across = {across!r} is not possible; allowed: 1 or 2 lengths")
    box = np.zeros(3)
    box[0] = metres("thickness", thickness, 8 * unit) / unit
    box[1 : 1 + len(across)] = [
        metres(f"across[{i}]", w, 8 * unit) / unit for i, w in enumerate(across)
    ]
    return box


def _section(
    box: Floats, solid: float, seed: int, rng: np.random.Generator
) -> list[Ellipsoid | Rod]:
    """Ellipses: fibres that cross the plane at random angles, at most three times as long."""
    axes = np.ones((0, 3))
    wanted = solid * box[0] * box[1] / math.pi
    while np.prod(axes[:, :2], axis=1).sum() < wanted:
        long = min(3.0, 1 / math.sin(rng.uniform(0.01, math.pi / 2)))
        axes = np.vstack([axes, [1.0, long, 1.0]])
    axes[:, :2] *= math.sqrt(wanted / np.prod(axes[:, :2], axis=1).sum())
    rooms = [Room(box, (False, False, False), gap) for gap in (0.2, 0.1)]
    anywhere = [(-math.inf, math.inf)] * len(axes)
    return list(crowd(rooms, axes, anywhere, seed, upright=True)[1])


@dataclass(frozen=True)
class Fibre:
    """n . (y, z) = offset in the plane x; n = (cos t, sin t) is the normal in the plane."""

    x: float
    angle: float
    offset: float

    def rod(self, box: Floats, radius: float) -> Rod:
        """The body, somewhat longer than the box."""
        n = np.array([0.0, math.cos(self.angle), math.sin(self.angle)])
        along = np.array([0.0, -n[2], n[1]])
        middle = np.array([self.x, 0.5 * box[1], 0.5 * box[2]]) + self.offset * n
        reach = 0.5 * math.hypot(box[1], box[2]) + 4 * radius
        return Rod(middle - reach * along, middle + reach * along, radius)


def _mat(box: Floats, solid: float, fused: bool, rng: np.random.Generator) -> list[Ellipsoid | Rod]:
    """Layers of fibres whose spacing and radius give the solid fraction."""
    span = float(box[0]) - 2.3
    gaps = math.ceil(span / FUSED) if fused else math.floor(span / APART)
    levels = np.asarray(1.15 + span / gaps * np.arange(gaps + 1), dtype=np.float64)
    spacing = math.pi / (solid * span / gaps)
    for _ in range(40):
        if spacing < CLOSE:
            break
        fibres = _lay(box, levels, spacing, rng)
        low, high = (solid_fraction(fibres, box, r) for r in SCALE)
        if low <= solid <= high:
            radius = float(brentq(partial(_excess, fibres, box, solid), *SCALE))
            return [fibre.rod(box, radius) for fibre in fibres]
        spacing *= (0.5 * (low + high) / solid) ** 0.7
    densest = solid_fraction(_lay(box, levels, CLOSE, rng), box, 1.0)
    raise InputError(
        f"porosity {1 - solid:.3g} cannot be reached by this fibre mat; allowed: about "
        f"{math.ceil(100 * (1 - densest)) / 100:g} to 0.95, or a larger box"
    )


def _excess(fibres: Sequence[Fibre], box: Floats, solid: float, radius: float) -> float:
    return solid_fraction(fibres, box, radius) - solid


def _lay(box: Floats, levels: Floats, spacing: float, rng: np.random.Generator) -> list[Fibre]:
    """Nearly parallel fibres in each layer, directions that cross from layer to layer."""
    fibres: list[Fibre] = []
    last = math.inf
    for x in levels:
        for _ in range(500):
            angle = math.radians(rng.uniform(*STEEP)) + rng.choice([0.0, 0.5 * math.pi])
            turned = abs(math.remainder(angle - last, math.pi)) if math.isfinite(last) else math.pi
            layer = _layer(box, float(x), float(angle), spacing, rng)
            if turned > math.radians(TURN) and not _grazes(layer, box):
                break
        fibres += layer
        last = angle
    return fibres


def _layer(
    box: Floats, x: float, angle: float, spacing: float, rng: np.random.Generator
) -> list[Fibre]:
    """Fibres `spacing` apart on average, somewhat shifted and turned but not touching."""
    half = 0.5 * (box[1] * abs(math.cos(angle)) + box[2] * abs(math.sin(angle)))
    slack = 0.25 * max(0.0, spacing - CLOSE)
    tilt = min(slack / (0.5 * math.hypot(box[1], box[2])), math.radians(5.0))
    places = np.arange(-half + rng.uniform() * spacing, half, spacing)
    return [
        Fibre(x, angle + rng.uniform(-tilt, tilt), float(p + rng.uniform(-slack, slack)))
        for p in places
    ]


def _grazes(layer: Sequence[Fibre], box: Floats) -> bool:
    """Whether the surface of a fibre nearly meets an upright edge of the box."""
    for fibre in layer:
        for y, z in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            across = 0.5 * (y * box[1] * math.cos(fibre.angle) + z * box[2] * math.sin(fibre.angle))
            if 0.7 < abs(across - fibre.offset) < 1.3:
                return True
    return False


def solid_fraction(fibres: Sequence[Fibre], box: Floats, radius: float) -> float:
    """Solid over total: Gauss points in x, midpoints in y, exact lengths of the union along z."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    x0 = np.array([f.x for f in fibres])
    ends = np.unique(np.clip(np.concatenate([x0 - radius, x0 + radius]), 0.0, box[0]))
    y = (np.arange(200) + 0.5) / 200 * box[1] - 0.5 * box[1]
    total = 0.0
    for a, b in pairwise(ends):
        for node, weight in zip(nodes, weights, strict=True):
            x = 0.5 * (a + b) + 0.5 * (b - a) * node
            cut = [f for f in fibres if abs(f.x - x) < radius]
            total += 0.5 * (b - a) * weight * _union(cut, x, y, 0.5 * float(box[2]), radius)
    return total / float(box[0] * box[2])


def _union(fibres: Sequence[Fibre], x: float, y: Floats, half: float, radius: float) -> float:
    """Mean over y of the length in |z| < half that is covered by fibres."""
    if not fibres:
        return 0.0
    angle, offset, x0 = np.array([(f.angle, f.offset, f.x) for f in fibres]).T
    reach = np.sqrt(radius**2 - (x - x0) ** 2) / np.abs(np.sin(angle))
    middle = (offset - y[:, None] * np.cos(angle)) / np.sin(angle)
    low, high = (np.clip(middle + s * reach, -half, half) for s in (-1, 1))
    order = np.argsort(low, axis=1)
    low, high = (np.take_along_axis(v, order, axis=1) for v in (low, high))
    before = np.maximum.accumulate(high, axis=1)
    before = np.concatenate([np.full((len(y), 1), -half), before[:, :-1]], axis=1)
    return float(np.maximum(high - np.maximum(low, before), 0.0).sum(axis=1).mean())
