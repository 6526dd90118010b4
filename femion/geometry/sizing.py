"""The size of the cells as a function of place: small at bodies and where two of them are close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from femion.geometry.bodies import Body
from femion.geometry.grid import Floats, Ints

POINTS = 2_000_000  # of the grid at most
CHUNK = 50_000


@dataclass(frozen=True)
class Sizes:
    """h = min(far, near + slope d1, max(least, (d1 + d2)/across)) with the two least distances.

    d1 + d2 is the width of the gap between two bodies on the line that joins them, so `across` is
    the number of cells over a gap.

    Attributes:
        near: Size at a surface.
        far: Largest size.
        least: Smallest size in a gap.
        slope: Growth of the size with the distance.
        across: Number of cells over a gap.
    """

    near: float
    far: float
    least: float
    slope: float = 0.3
    across: float = 2.0

    @property
    def reach(self) -> float:
        """Distance beyond which a body does not matter."""
        return max((self.far - self.near) / self.slope, self.far * self.across)

    def at(self, first: Floats, second: Floats) -> Floats:
        """Size at the least and the second least distance."""
        gap = np.maximum(self.least, (first + second) / self.across)
        return np.asarray(np.minimum(np.minimum(self.far, self.near + self.slope * first), gap))


def field(
    sizes: Sizes,
    size: Floats,
    bodies: Sequence[Body],
    planes: Sequence[tuple[int, float]],
    file: Path,
) -> int:
    """A field of gmsh: the sizes in a box, interpolated on a grid as fine as the smallest gap.

    gmsh reads the grid from a file and interpolates; asking for each point takes far longer.
    """
    import gmsh

    dim = int(sum(size > 0))
    step = max((dim - 1) / 2 * sizes.least, float(np.prod(size[:dim]) / POINTS) ** (1 / dim))
    counts = np.maximum(2, np.ceil(size / step).astype(int) + 1)
    spacing = np.where(size > 0, size / (counts - 1), 1.0)
    h = sizes.at(*nearest(counts, spacing, bodies, planes, sizes.reach))
    with file.open("wb") as out:
        np.concatenate([np.zeros(3), spacing]).tofile(out)
        counts.astype(np.int32).tofile(out)
        h.tofile(out)
    tag = gmsh.model.mesh.field.add("Structured")
    gmsh.model.mesh.field.setString(tag, "FileName", str(file))
    gmsh.model.mesh.field.setNumber(tag, "TextFormat", 0)
    return int(tag)


def nearest(
    counts: Ints,
    spacing: Floats,
    bodies: Sequence[Body],
    planes: Sequence[tuple[int, float]],
    reach: float,
) -> tuple[Floats, Floats]:
    """Least and second least distance on a grid from bodies and planes, beyond `reach` inf.

    Each body is measured only at the points around it, so the effort does not grow with the box.
    """
    first, second = np.full(counts, np.inf), np.full(counts, np.inf)
    for body in bodies:
        low, high = body.bounds()
        begin = np.clip(np.ceil((low - reach) / spacing), 0, counts).astype(int)
        end = np.clip(np.floor((high + reach) / spacing) + 1, begin, counts).astype(int)
        part = tuple(map(slice, begin, end))
        x = (np.indices(end - begin).reshape(3, -1).T + begin) * spacing
        d = np.abs(
            np.concatenate([body.distance(p) for p in np.array_split(x, len(x) // CHUNK + 1)])
        )
        _insert(first[part], second[part], d.reshape(end - begin))
    for axis, place in planes:
        d = np.abs(np.arange(counts[axis]) * spacing[axis] - place)
        _insert(first, second, np.where(d < reach, d, np.inf).reshape(-1, *[1] * (2 - axis)))
    return first, second


def _insert(first: Floats, second: Floats, d: Floats) -> None:
    """Take further distances into account."""
    np.minimum(second, np.maximum(first, d), out=second)
    np.minimum(first, d, out=first)
