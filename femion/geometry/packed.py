"""Random packings of disks, ellipses, spheres and ellipsoids: electrodes, beds, separators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from femion.errors import InputError
from femion.geometry.attempts import draw_first
from femion.geometry.base import Geometry, Length, distinct, metres, names
from femion.geometry.beds import Bed, Particles, Radius
from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.grid import Floats
from femion.geometry.images import images
from femion.geometry.scene import Naming, Scene
from femion.geometry.seams import clear_of_cuts
from femion.geometry.sizing import Sizes

FLOOR = {2: 0.1, 3: 0.02}  # least quality of a cell that is accepted


def packing(
    size: Sequence[Length],
    radius: Radius,
    solid_fraction: float | Sequence[float],
    *,
    radius_spread: float = 0.0,
    aspect: Sequence[float] = (1.0, 1.0, 1.0),
    gap: Length | None = None,
    neck: float | None = None,
    binder: Length | None = None,
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
        gap: Least distance of particles (with their film) from each other and from walls [m]; None
            is chosen from the solid fraction, 2 % to 10 % of the radius.
        neck: Sinter: half-width of the necks between neighbours and to the wall at the end of x,
            over the radius of the smaller particle; their solid comes on top of solid_fraction.
        binder: Thickness of a film around every particle and neck [m], region `binder`; of
            ellipsoids on their axes.
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
    what = Particles(radius, solid_fraction, radius_spread, aspect, gap, neck, binder)
    before = _before(separator, (bed := what.packed(size, periodic, seed)).unit, periodic)
    solids = [name for name in (regions[1], "binder" * (bed.coat > 0)) if name]
    distinct((*(n for n, _ in before), regions[0], *solids), (*names("ends", ends, 2), side))
    moved = np.array([sum(w for _, w in before), 0.0, 0.0])
    scene = Scene(
        slabs=(*before, (regions[0], float(bed.room.size[0]))),
        across=tuple(map(float, bed.room.size[1 : bed.dim])),
        sizes=sizes([bed], bed.unit, h_surface, h),
        skin=f"{side}_skin",
        planes=_planes(bed, moved),
        periodic=periodic,
        naming=naming(ends, side, solids),
        joined=bool(bed.necks),
        apart=not bed.necks,
    )
    place = partial(placed, bed, regions[1], "binder", periodic, 1.0, moved)
    draw = partial(draw_first, scene, place, bed.unit, FLOOR[bed.dim])
    return Geometry("packing", bed.dim, draw, _info(bed, regions, before), FLOOR[bed.dim])


def _before(separator: Length | None, unit: float, periodic: str) -> tuple[tuple[str, float], ...]:
    if separator is None:
        return ()
    if "x" in periodic:
        raise InputError("separator beside periodic = 'x' is not possible; allowed: one of them")
    return (("separator", metres("separator", separator) / unit),)


def _info(
    bed: Bed, regions: tuple[str, str], before: tuple[tuple[str, float], ...]
) -> dict[str, float]:
    section = float(np.prod(bed.room.size[1 : bed.dim])) * bed.unit**bed.dim
    facts = bed.info(*regions, "binder")
    return facts | {f"measure.{name}": width * section for name, width in before}


def _planes(bed: Bed, moved: Floats) -> tuple[tuple[int, float], ...]:
    """The faces of the box that do not repeat."""
    free = [k for k in range(bed.dim) if not bed.room.periodic[k]]
    return tuple((k, moved[k] + x) for k in free for x in (0.0, float(bed.room.size[k])))


Group = tuple[str, tuple[Ellipsoid | Rod, ...]]


def placed(
    bed: Bed, solid: str, binder: str, periodic: str, scale: float, moved: Floats, attempt: int
) -> tuple[list[Group], tuple[Ellipsoid | Rod, ...]]:
    """Solids of a bed that reach into its box, and images near to it, scaled and then moved."""
    groups: list[Group] = []
    around: list[Ellipsoid | Rod] = []
    for name, more in ((solid, 0.0), (binder, bed.coat)):
        if not more and groups:
            break
        solids = clear_of_cuts(bed.solids(more), bed.room, attempt)
        inside, near = images(solids, bed.room.size, periodic)
        groups.append((name, tuple(b.scaled(scale).moved(moved) for b in inside)))
        around += [b.scaled(scale).moved(moved) for b in near]
    return groups, tuple(around)


def naming(ends: tuple[str, str], side: str, solids: Sequence[str]) -> Naming:
    """Names of faces: `<face>_<solid>` where a solid reaches one."""

    def name(axis: str, at: int, region: str) -> str:
        face = ends[at] if axis == "x" else side
        return f"{face}_{region}" if region in solids else face

    return name


def sizes(beds: Sequence[Bed], unit: float, h_surface: Length | None, h: Length | None) -> Sizes:
    """Two cells over a gap in 2D and one in 3D, the smallest one cell over the least gap or film.

    Beside necks no gap is resolved below a third of the size at the surface, and in 3D none below a
    sixth: cells in narrower gaps are flat.
    """
    radius = min(bed.unit for bed in beds)
    near = metres("h_surface", radius / 4 if h_surface is None else h_surface, 0.0, radius) / unit
    far = metres("h", 2 * near * unit if h is None else h, near * unit * (1 - 1e-9)) / unit
    for bed in beds:  # a neck is round for its cells
        if bed.necks:
            near = min(near, float(np.median([n.width for n in bed.necks])) * bed.unit / unit)
    thin = min(max(b.room.gap - 2 * b.coat, 0.02) * b.unit / unit for b in beds)
    dim = beds[0].dim
    flattest = near / 6 if dim == 3 else 0.0
    least = near / 3 if any(b.necks for b in beds) else min(near, max(thin, flattest))
    films = [b.coat * b.unit / unit for b in beds if b.coat]
    return Sizes(near, far, min([least, *films]), slope=0.4, across=2.0 if dim == 2 else 1.0)
