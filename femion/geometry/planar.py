"""Planar cells: slabs side by side, some of them filled with packed particles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np

from femion.errors import InputError
from femion.geometry.attempts import draw_first
from femion.geometry.base import Geometry, Length, distinct, known, metres, names
from femion.geometry.beds import Bed, Particles
from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.packed import FLOOR, Group, naming, placed, sizes
from femion.geometry.scene import Scene

ARGUMENTS = ("thickness", *(f.name for f in fields(Particles)))


def planar_cell(
    parts: Mapping[str, Length | Mapping[str, Any]],
    across: Sequence[Length],
    *,
    periodic: str = "",
    seed: int = 1,
    h_surface: Length | None = None,
    h: Length | None = None,
    ends: tuple[str, str] = ("left", "right"),
    side: str = "sides",
) -> Geometry:
    """A cell of collectors, packed electrodes and separators side by side along x.

    A part is a thickness, or a packing: a mapping of `thickness`, `radius`, `solid_fraction` and,
    if wanted, `radius_spread`, `aspect`, `gap`, `neck`, `binder`, as for `packing`. The part `p`
    is then the regions `p_pores`, `p_particles` (and `p_binder`). Necks join the particles of the
    first half of the parts with the plane on their left, the others with that on their right.

    Args:
        parts: Name and thickness [m] or packing of each part from left to right.
        across: Extent in y, or in y and z [m].
        periodic: Axes along which the cell repeats, as "yz"; opposite faces get equal meshes.
        seed: Seed of the random numbers; the same seed gives the same mesh.
        h_surface: Size of the cells at particles and planes [m]; None is a quarter of the least
            radius.
        h: Size of the cells elsewhere [m]; None is twice h_surface.
        ends: Boundaries at the two ends of x.
        side: Boundary of the other faces; `<side>_<solid>` where particles reach them.

    Raises:
        InputError: A value is out of range, or no part is packed (use `layers`).
    """
    _check(across, periodic)
    slots = _slots(parts, across, periodic, seed)
    beds = _beds(slots)
    unit, dim = beds[0].unit, 1 + len(across)
    section = [metres(f"across[{i}]", width) / unit for i, width in enumerate(across)]
    solids = [name for slot in slots for name in slot.solids]
    info: dict[str, float] = {}
    for slot in slots:
        info |= slot.info(float(np.prod(section)) * unit ** (dim - 1))
    distinct((*(slot.pores for slot in slots), *solids), (*names("ends", ends, 2), side))
    scene = Scene(
        slabs=tuple((slot.pores, slot.width / unit) for slot in slots),
        across=tuple(section),
        sizes=sizes(beds, unit, h_surface, h),
        planes=_planes(slots, unit, section, periodic),
        periodic=periodic,
        naming=naming(ends, side, solids),
        joined=any(bed.necks for bed in beds),
        apart=not any(bed.necks for bed in beds),
    )
    place = partial(_groups, slots, unit, periodic)
    draw = partial(draw_first, scene, place, unit, FLOOR[dim])
    return Geometry("planar_cell", dim, draw, info, FLOOR[dim])


def _groups(
    slots: Sequence[Slot], unit: float, periodic: str, attempt: int
) -> tuple[list[Group], tuple[Ellipsoid | Rod, ...]]:
    """Solids of all parts, and their images nearby."""
    groups: list[Group] = []
    around: list[Ellipsoid | Rod] = []
    for slot in slots:
        some, near = slot.groups(unit, periodic, attempt)
        groups += some
        around += near
    return groups, tuple(around)


def _check(across: Sequence[Length], periodic: str) -> None:
    if isinstance(across, str) or len(across) not in (1, 2):
        raise InputError(f"across = {across!r} is not possible; allowed: 1 or 2 lengths")
    if "x" in periodic:
        raise InputError(f"periodic = {periodic!r} is not possible; allowed: some of 'yz'")


def _beds(slots: Sequence[Slot]) -> list[Bed]:
    beds = [slot.bed for slot in slots if slot.bed is not None]
    if not beds:
        raise InputError("planar_cell without a packed part; allowed: geometry.layers for that")
    return beds


def _planes(
    slots: Sequence[Slot], unit: float, section: Sequence[float], periodic: str
) -> tuple[tuple[int, float], ...]:
    """Planes between the parts, and sides that do not repeat."""
    ends = sorted({end / unit for s in slots for end in (s.start, s.start + s.width)})
    free = [(k, width) for k, width in enumerate(section, 1) if "xyz"[k] not in periodic]
    return (*((0, x) for x in ends), *((k, x) for k, width in free for x in (0.0, width)))


@dataclass(frozen=True)
class Slot:
    """A part of the cell: where it is [m], and what is packed in it."""

    name: str
    start: float
    width: float
    bed: Bed | None
    mirrored: bool

    @property
    def pores(self) -> str:
        """Region of the slab."""
        return f"{self.name}_pores" if self.bed else self.name

    @property
    def solids(self) -> list[str]:
        """Regions of what is packed."""
        if self.bed is None:
            return []
        return [f"{self.name}_particles", f"{self.name}_binder"][: 1 + (self.bed.coat > 0)]

    def groups(
        self, unit: float, periodic: str, attempt: int
    ) -> tuple[list[Group], tuple[Ellipsoid | Rod, ...]]:
        """Solids and their images nearby, in `unit`, at their place."""
        bed = self.bed
        if bed is None:
            return [], ()
        scale, moved = bed.unit / unit, np.array([self.start / unit, 0.0, 0.0])
        solid, binder = f"{self.name}_particles", f"{self.name}_binder"
        groups, around = placed(bed, solid, binder, periodic, scale, moved, attempt)
        if self.mirrored:
            middle = (self.start + 0.5 * self.width) / unit
            groups = [(name, tuple(b.mirrored(middle) for b in some)) for name, some in groups]
            around = tuple(b.mirrored(middle) for b in around)
        return groups, around

    def info(self, section: float) -> dict[str, float]:
        """Exact facts; those of a packing are `<part>.<fact>`."""
        if self.bed is None:
            return {f"measure.{self.name}": self.width * section}
        facts = self.bed.info(self.pores, f"{self.name}_particles", f"{self.name}_binder")
        return {k if k.startswith("measure.") else f"{self.name}.{k}": v for k, v in facts.items()}


def _slots(
    parts: Mapping[str, Length | Mapping[str, Any]],
    across: Sequence[Length],
    periodic: str,
    seed: int,
) -> list[Slot]:
    if not isinstance(parts, Mapping) or not parts:
        raise InputError(f"parts = {parts!r} is not possible; allowed: {{name: metres or packing}}")
    slots: list[Slot] = []
    for i, (name, part) in enumerate(parts.items()):
        start = slots[-1].start + slots[-1].width if slots else 0.0
        if not isinstance(part, Mapping):
            slots.append(Slot(name, start, metres(f"parts[{name!r}]", part), None, False))
            continue
        known(f"argument of part {name!r}", part, ARGUMENTS)
        missing = [key for key in ARGUMENTS[:3] if key not in part]
        if missing:
            raise InputError(f"part {name!r} has no {missing[0]}; needed by a packing")
        width = metres(f"thickness of {name!r}", part["thickness"])
        recipe = Particles(**{k: v for k, v in part.items() if k != "thickness"})
        bed = recipe.packed((width, *across), periodic, seed + i)
        slots.append(Slot(name, start, width, bed, 2 * i < len(parts) - 1))
    return slots
