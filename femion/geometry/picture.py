"""A labelled grid of voxels as simplices: cells, outer faces and interfaces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from femion.geometry.grid import Floats, Ints, corners, kuhn
from femion.geometry.segmented import Phases
from femion.geometry.simplices import Simplices
from femion.geometry.smoothing import Interfaces, Mask, signed, smoothed


@dataclass(frozen=True)
class Split:
    """Voxels split about their centre and, in 3D, faces normal to each axis about theirs.

    Where all corners of a simplex lie on interfaces it would go flat when they are smoothed.
    """

    voxels: Mask
    faces: tuple[Mask, ...]


@dataclass(frozen=True)
class Picture:
    """Numbers of phases, array[x, y(, z)], their names, the edges of a voxel [m], and periods."""

    phases: Phases
    names: tuple[str, ...]
    size: Floats
    periodic: str

    @property
    def dim(self) -> int:
        """2 or 3."""
        return self.phases.ndim

    @cached_property
    def strides(self) -> list[int]:
        """Steps between the numbers of the corners of voxels along each axis."""
        nodes = [n + 1 for n in self.phases.shape]
        return [int(np.prod(nodes[:i])) for i in range(self.dim)]

    def lowest(self, axis: int | None = None) -> Ints:
        """Lowest corner of every voxel, or of every face normal to an axis; x runs fastest."""
        spans = [range(n + (i == axis)) for i, n in enumerate(self.phases.shape)]
        return corners(spans, self.strides)

    def across(self, axis: int) -> list[int]:
        """Strides within a face normal to an axis."""
        return [s for i, s in enumerate(self.strides) if i != axis]

    def sides(self, axis: int) -> tuple[Ints, Ints]:
        """Phases below and above every face normal to an axis; -1 outside the image."""
        width = [(int(i == axis), int(i == axis)) for i in range(self.dim)]
        wide = np.pad(self.phases.astype(np.int64), width, constant_values=-1)
        n = wide.shape[axis]
        below, above = (wide.take(range(a, n - 1 + a), axis).ravel(order="F") for a in (0, 1))
        return below, above

    def info(self) -> dict[str, float]:
        """Exact measures by counting voxels [m^dim], fractions and areas of stairs [m^(dim-1)]."""
        counts = np.bincount(self.phases.ravel(), minlength=len(self.names)).tolist()
        unit = float(np.prod(self.size))
        facts: dict[str, float] = {}
        for name, n in zip(self.names, counts, strict=True):
            facts |= {f"measure.{name}": n * unit, f"fraction.{name}": n / self.phases.size}
        for a, b in combinations(range(len(self.names)), 2):
            area = 0.0
            for axis in range(self.dim):
                low, high = self.sides(axis)
                met = ((low == a) & (high == b)) | ((low == b) & (high == a))
                area += np.count_nonzero(met) * unit / float(self.size[axis])
            if area:
                facts[f"voxel_area.{self.names[a]}|{self.names[b]}"] = area
        return facts

    def mesh(self, smooth: int) -> Simplices:
        """All voxels as simplices."""
        surface = self._surface()
        smooth = smooth if len(surface[0]) else 0
        split = self._split(surface) if smooth else self._unsplit()
        points, centres, faces = self._points(split)
        cells, phase = self._cells(split, centres, faces)
        turned = signed(points[cells]) < 0
        cells[turned, -2:] = cells[turned, -2:][:, ::-1]
        boundaries = self._boundaries(split, faces)
        loose = Interfaces(
            points * self.size,
            self._partners(len(points), faces),
            self._walls(points),
            cells,
            phase,
            *surface,
        )
        moved, held = smoothed(loose, smooth) if smooth else (loose.points, 0)
        facts = {
            f"area.{self.names[a]}|{self.names[b]}": value
            for (a, b), value in loose.areas(moved).items()
        }
        if smooth:
            facts["nodes_held_back"] = float(held)
        regions = {name: cells[phase == k] for k, name in enumerate(self.names)}
        return Simplices(moved, regions, boundaries, facts)

    def _surface(self) -> tuple[Ints, Ints]:
        """Facets between phases and the pair (lower, higher) of each."""
        facets, pairs = [], []
        for axis in range(self.dim):
            low, high = self.sides(axis)
            met = (low != high) & (low >= 0) & (high >= 0)
            found = kuhn(self.lowest(axis)[met], self.across(axis))
            turned = np.repeat((low > high)[met], self.dim - 1) ^ (axis == 1)
            found[turned, -2:] = found[turned, -2:][:, ::-1]
            facets.append(found)
            both = np.stack([low[met], high[met]], axis=1)
            pairs.append(np.repeat(both, self.dim - 1, axis=0))
        return np.concatenate(facets), np.sort(np.concatenate(pairs), axis=1)

    def _unsplit(self) -> Split:
        none = tuple(np.zeros(len(self.lowest(a)), bool) for a in range(self.dim))
        return Split(np.zeros(self.phases.size, bool), none)

    def _split(self, surface: tuple[Ints, Ints]) -> Split:
        """Which voxels and faces have a simplex with all corners on interfaces."""
        nodes = int(np.prod([n + 1 for n in self.phases.shape]))
        on = np.zeros(nodes, dtype=bool)
        partner = self._partners(nodes, ())
        on[partner[surface[0]]] = True
        on = on[partner]
        inside = on[kuhn(self.lowest(), self.strides)].all(axis=1)
        voxel = inside.reshape(self.phases.size, -1).any(axis=1)
        faces = list(self._unsplit().faces)
        for axis in range(self.dim if self.dim == 3 else 0):
            low, high = self.sides(axis)
            flat = on[kuhn(self.lowest(axis), self.across(axis))].all(axis=1)
            faces[axis] = flat.reshape(-1, 2).any(axis=1)
            faces[axis] &= (low == high) | (low < 0) | (high < 0)
            shaped = self._shaped(faces[axis], axis)
            n = shaped.shape[axis]
            for a in (0, 1):
                voxel |= shaped.take(range(a, n - 1 + a), axis).ravel(order="F")
        return Split(voxel, tuple(faces))

    def _shaped(self, values: npt.NDArray[Any], axis: int) -> npt.NDArray[Any]:
        shape = [n + (i == axis) for i, n in enumerate(self.phases.shape)]
        return values.reshape(shape, order="F")

    def _points(self, split: Split) -> tuple[Floats, Ints, tuple[Ints, ...]]:
        """Places in voxels, and the number of the centre of each voxel and face (-1: none)."""
        parts, numbers, total = [], [], 0
        wanted = [np.ones(int(np.prod([n + 1 for n in self.phases.shape])), bool)]
        wanted += [split.voxels, *split.faces]
        for kind, mask in enumerate(wanted):
            on = [kind == 0 or kind - 2 == i for i in range(self.dim)]  # between voxels
            shape = [n + edge for n, edge in zip(self.phases.shape, on, strict=True)]
            at = np.stack(np.unravel_index(np.flatnonzero(mask), shape, order="F"), axis=1)
            parts.append(at + np.where(on, 0.0, 0.5))
            number = np.full(len(mask), -1, dtype=np.int64)
            number[mask] = total + np.arange(len(at))
            numbers.append(number)
            total += len(at)
        return np.concatenate(parts), numbers[1], tuple(numbers[2:])

    def _facets(self, axis: int, chosen: Ints, faces: tuple[Ints, ...]) -> tuple[Ints, Ints]:
        """Simplices of some faces normal to an axis, and which of `chosen` each belongs to."""
        low, centre = self.lowest(axis)[chosen], faces[axis][chosen]
        plain = np.flatnonzero(centre < 0)
        parts = [kuhn(low[plain], self.across(axis))]
        owner = [np.repeat(plain, self.dim - 1)]
        if self.dim == 3 and len(plain) < len(low):
            about = np.flatnonzero(centre >= 0)
            s, t = self.across(axis)
            ring = low[about, None] + np.array([0, s, s + t, t])
            tip = np.broadcast_to(centre[about, None], ring.shape)
            fan = np.stack([tip, ring, np.roll(ring, -1, axis=1)], axis=2)
            parts.append(fan.reshape(-1, 3))
            owner.append(np.repeat(about, 4))
        return np.concatenate(parts), np.concatenate(owner)

    def _cells(self, split: Split, centres: Ints, faces: tuple[Ints, ...]) -> tuple[Ints, Ints]:
        """All cells and the phase of each."""
        phase = self.phases.ravel(order="F").astype(np.int64)
        plain, about = np.flatnonzero(~split.voxels), np.flatnonzero(split.voxels)
        cells = [kuhn(self.lowest()[plain], self.strides)]
        owner = [np.repeat(plain, len(cells[0]) // max(len(plain), 1))]
        for axis in range(self.dim):
            number = self._shaped(np.arange(len(self.lowest(axis))), axis)
            n = number.shape[axis]
            for a in (0, 1):
                face = number.take(range(a, n - 1 + a), axis).ravel(order="F")[about]
                facets, which = self._facets(axis, face, faces)
                tip = centres[about[which]]
                cone = np.column_stack([facets, tip])
                cells.append(cone)
                owner.append(about[which])
        return np.concatenate(cells), phase[np.concatenate(owner)]

    def _boundaries(self, split: Split, faces: tuple[Ints, ...]) -> dict[str, Ints]:
        """Facets on each outer face, by phase."""
        found = {}
        for axis in range(self.dim):
            low, high = self.sides(axis)
            for end, (outside, inside) in enumerate(((low, high), (high, low))):
                chosen = np.flatnonzero(outside < 0)
                facets, which = self._facets(axis, chosen, faces)
                phase = inside[chosen[which]]
                for k, name in enumerate(self.names):
                    if len(part := facets[phase == k]):
                        found[f"{'xyz'[axis]}{end}" + (f"_{name}" if k else "")] = part
        return found

    def _partners(self, points: int, faces: tuple[Ints, ...]) -> Ints:
        """Number of the point that each one repeats; its own where nothing repeats."""
        partner = np.arange(points)
        shape = [n + 1 for n in self.phases.shape]
        nodes = int(np.prod(shape))
        at = list(np.unravel_index(np.arange(nodes), shape, order="F"))
        for axis, n in enumerate(self.phases.shape):
            if "xyz"[axis] in self.periodic:
                at[axis] = at[axis] % n
                if faces:
                    number = self._shaped(faces[axis], axis)
                    first, last = number.take(0, axis).ravel(), number.take(-1, axis).ravel()
                    partner[last[last >= 0]] = first[last >= 0]
        partner[:nodes] = np.ravel_multi_index(at, shape, order="F")
        return partner

    def _walls(self, points: Floats) -> Ints:
        """For each axis: -1 on the lower and 1 on the upper outer face, 2 on a repeated one."""
        walls = np.zeros(points.shape, dtype=np.int64)
        for axis, n in enumerate(self.phases.shape):
            ends = (2, 2) if "xyz"[axis] in self.periodic else (-1, 1)
            for place, wall in zip((0, n), ends, strict=True):
                walls[points[:, axis] == place, axis] = wall
        return walls
