"""The size of the cells as a function of place: small at bodies and where two of them are close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from femion.geometry.bodies import Body
from femion.geometry.grid import Floats

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

    def at(self, distances: Floats) -> Floats:
        """Size where the distances from the bodies are these, shape (points, bodies)."""
        d = np.abs(distances)
        if d.shape[1] == 0:
            return np.full(len(d), self.far)
        d.partition(min(1, d.shape[1] - 1), axis=1)
        h = np.minimum(self.far, self.near + self.slope * d[:, 0])
        if d.shape[1] > 1:
            h = np.minimum(h, np.maximum(self.least, (d[:, 0] + d[:, 1]) / self.across))
        return np.asarray(h)


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

    step = max(0.5 * sizes.least, float(np.prod(size[size > 0]) / POINTS) ** (1 / sum(size > 0)))
    counts = np.maximum(2, np.ceil(size / step).astype(int) + 1)
    spacing = np.where(size > 0, size / (counts - 1), 1.0)
    flat = np.indices(counts).reshape(3, -1).T * spacing
    h = np.concatenate(
        [
            sizes.at(distances(part, bodies, planes))
            for part in np.array_split(flat, len(flat) // CHUNK + 1)
        ]
    )
    with file.open("wb") as out:
        np.concatenate([np.zeros(3), spacing]).tofile(out)
        counts.astype(np.int32).tofile(out)
        h.tofile(out)
    tag = gmsh.model.mesh.field.add("Structured")
    gmsh.model.mesh.field.setString(tag, "FileName", str(file))
    gmsh.model.mesh.field.setNumber(tag, "TextFormat", 0)
    return int(tag)


def distances(x: Floats, bodies: Sequence[Body], planes: Sequence[tuple[int, float]]) -> Floats:
    """Distances of points (n, 3) from every body, then from every plane."""
    found = [body.distance(x) for body in bodies]
    found += [x[:, axis] - place for axis, place in planes]
    return np.stack(found, axis=1) if found else np.empty((len(x), 0))
