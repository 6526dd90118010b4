"""Bodies in a periodic box: their images, and a shift at which the faces cut them well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np

from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.grid import Floats

NEAR = 0.6  # images this close to the box matter for the size of the cells


def images(
    bodies: Sequence[Ellipsoid | Rod], size: Floats, periodic: str, box: Floats | None = None
) -> tuple[list[Ellipsoid | Rod], list[Ellipsoid | Rod]]:
    """All images that reach into the box (the period unless given), and those near to it."""
    box = size if box is None else box
    steps = [(-1, 0, 1) if axis in periodic else (0,) for axis in "xyz"]
    inside: list[Ellipsoid | Rod] = []
    around: list[Ellipsoid | Rod] = []
    dim = 3 if size[2] else 2
    for body in bodies:
        for step in sorted(product(*steps), key=lambda s: sum(map(abs, s))):
            image = body.moved(np.array(step) * size)
            low, high = (b[:dim] for b in image.bounds())
            if np.all(high > 0) and np.all(low < box[:dim]):
                inside.append(image)
            elif np.all(high > -NEAR) and np.all(low < box[:dim] + NEAR):
                around.append(image)
    return inside, around


def well_cut(
    bodies: Sequence[Ellipsoid], size: Floats, periodic: str, rng: np.random.Generator
) -> list[Ellipsoid]:
    """The bodies shifted so that no face, edge or corner nearly touches one of them.

    Of 2000 random shifts the one is taken at which the least distance from touching is largest.
    """
    axes = ["xyz".index(a) for a in periodic]
    if not axes or not bodies:
        return list(bodies)
    centres = np.array([b.centre for b in bodies])
    reach = np.array([np.sqrt(np.diag(b.shape())) for b in bodies])
    shifts = np.zeros((2000, 3))
    shifts[:, axes] = rng.uniform(size=(2000, len(axes))) * size[axes]
    best = max(shifts, key=lambda s: min(_clearances(centres + s, reach, size, axes)))
    period = np.where([a in periodic for a in "xyz"], size, np.inf)
    moved = np.where(np.isfinite(period), np.mod(centres + best, period), centres)
    return [b.moved(new - b.centre) for b, new in zip(bodies, moved, strict=True)]


def _clearances(x: Floats, reach: Floats, size: Floats, axes: list[int]) -> Iterator[float]:
    """How far bodies are from touching the planes, edges and corners of the box."""
    away = np.zeros_like(x)
    away[:, axes] = x[:, axes] - size[axes] * np.rint(x[:, axes] / size[axes])
    for n in range(1, len(axes) + 1):
        for some in combinations(axes, n):
            part = list(some)
            ratio = np.linalg.norm(away[:, part] / reach[:, part], axis=1)
            yield float((np.abs(ratio - 1) * reach[:, part].min(axis=1)).min())
