"""Structured simplex grids: graded cells along a line, and Kuhn's triangles or tetrahedra."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np

from femion.geometry.simplices import Floats as Floats
from femion.geometry.simplices import Ints as Ints
from femion.geometry.simplices import Simplices


def graded(
    total: float, h: float, first: float, growth: float, ends: tuple[bool, bool] = (True, True)
) -> Floats:
    """Cell sizes that sum to `total`: `first` at the graded ends, growing by at most `growth` to h.

    The number of cells is the least for which that is possible; then the growth is lowered until
    the sum is exact, so that the first cell keeps its size (unless even equal cells are too long).
    """
    if not any(ends) or first >= h:
        n = max(1, int(np.ceil(total / h - 1e-9)))
        return np.full(n, total / n)
    n = 1
    while _sizes(n, h, first, growth, ends).sum() < total * (1 - 1e-12):
        n += 1
    return fitted(total, lambda g: _sizes(n, h, first, g, ends), growth)


def fitted(total: float, sizes: Callable[[float], Floats], growth: float) -> Floats:
    """Sizes for the growth in [1, growth] at which they sum to `total`, by bisection."""
    low, high = 1.0, growth
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if sizes(middle).sum() < total else (low, middle)
    result = sizes(high if sizes(1.0).sum() < total else 1.0)
    return result * (total / result.sum())


def _sizes(n: int, h: float, first: float, growth: float, ends: tuple[bool, bool]) -> Floats:
    return np.minimum(h, first * growth ** steps(n, ends))


def steps(n: int, ends: tuple[bool, bool]) -> Floats:
    """Distance in cells of each of n cells from the nearest graded end."""
    k = np.arange(n, dtype=float)
    left, right = (
        (k if ends[0] else np.full(n, np.inf)),
        (k[::-1] if ends[1] else np.full(n, np.inf)),
    )
    return np.asarray(np.minimum(left, right))


@dataclass(frozen=True)
class Grid:
    """A box of simplices made of layers along x.

    Attributes:
        regions: Name of each layer, from left to right.
        cells: Sizes of the cells of each layer along x [m].
        across: Sizes of the cells along y, or along y and z [m].
        faces: Names of the faces: `x0`, `x1` one name; `y0`, `y1`, `z0`, `z1` one for each layer.
    """

    regions: tuple[str, ...]
    cells: tuple[Floats, ...]
    across: tuple[Floats, ...]
    faces: Mapping[str, tuple[str, ...]]

    @property
    def dim(self) -> int:
        """Topological dimension, 2 or 3."""
        return 1 + len(self.across)

    def info(self) -> dict[str, float]:
        """Exact thickness [m] and measure [m^dim] of the layers and the numbers of cells."""
        section = float(np.prod([a.sum() for a in self.across]))
        facts = {"cells_x": float(sum(map(len, self.cells))), "cells_y": float(len(self.across[0]))}
        if self.dim == 3:
            facts["cells_z"] = float(len(self.across[1]))
        facts["length"] = float(sum(c.sum() for c in self.cells))
        facts["cross_section"] = section
        for region, sizes in zip(self.regions, self.cells, strict=True):
            thickness = float(sizes.sum())
            facts[f"thickness.{region}"] = thickness
            facts[f"measure.{region}"] = thickness * section
        return facts

    def draw(self) -> None:
        """Put nodes, simplices and named groups into the current gmsh model."""
        axes = [_ticks(*self.cells), *(_ticks(a) for a in self.across)]
        points = np.stack([x.ravel(order="F") for x in np.meshgrid(*axes, indexing="ij")], axis=1)
        Simplices(points, self._cells(), self._facets()).draw()

    def _counts(self) -> list[int]:
        return [sum(map(len, self.cells)), *(len(a) for a in self.across)]

    def _strides(self) -> list[int]:
        nodes = [n + 1 for n in self._counts()]
        return [int(np.prod(nodes[:i])) for i in range(self.dim)]

    def _cells(self) -> dict[str, Ints]:
        """Simplices of each region."""
        others, strides = [range(len(a)) for a in self.across], self._strides()
        return {
            region: kuhn(corners([columns, *others], strides), strides)
            for region, columns in zip(self.regions, self._columns(), strict=True)
        }

    def _columns(self) -> list[range]:
        """Columns of cells that belong to each layer."""
        ends = np.cumsum([0, *map(len, self.cells)])
        return [range(int(a), int(b)) for a, b in pairwise(ends)]

    def _facets(self) -> dict[str, Ints]:
        """Exterior facets of each boundary name."""
        groups: dict[str, list[Ints]] = {}
        counts, strides = self._counts(), self._strides()
        for axis in range(self.dim):
            rest = [s for i, s in enumerate(strides) if i != axis]
            pieces = self._columns() if axis else [range(counts[0])]
            for side in (0, 1):
                names = self.faces[f"{'xyz'[axis]}{side}"]
                for name, columns in zip(names, pieces, strict=True):
                    spans = [columns, *map(range, counts[1:])]
                    spans[axis] = range(side * counts[axis], side * counts[axis] + 1)
                    groups.setdefault(name, []).append(kuhn(corners(spans, strides), rest))
        return {name: np.concatenate(pieces) for name, pieces in groups.items()}


def _ticks(*sizes: Floats) -> Floats:
    """Coordinates of the nodes; the ends of the layers are sums of thicknesses, not of cells."""
    ticks, start = [np.zeros(1)], 0.0
    for piece in sizes:
        inner = start + np.cumsum(piece)
        start = inner[-1] = start + float(piece.sum())
        ticks.append(inner)
    return np.concatenate(ticks)


def corners(spans: Sequence[range], strides: Sequence[int]) -> Ints:
    """Number of the lowest node of each cell in the product of spans."""
    index = np.zeros(1, dtype=np.int64)
    for span, stride in zip(spans, strides, strict=True):
        index = (np.asarray(span, dtype=np.int64)[:, None] * stride + index).ravel()
    return index


def kuhn(lowest: Ints, strides: Sequence[int]) -> Ints:
    """Kuhn's simplices of cubes, shape (cubes * d!, d + 1): one for each order of the axes."""
    simplices = []
    for order in permutations(range(len(strides))):
        path = np.cumsum([0, *(strides[i] for i in order)])
        odd = np.linalg.det(np.eye(len(order))[list(order)]) < 0
        if odd:
            path[[-2, -1]] = path[[-1, -2]]
        simplices.append(lowest[:, None] + path)
    return np.stack(simplices, axis=1).reshape(-1, len(strides) + 1)
