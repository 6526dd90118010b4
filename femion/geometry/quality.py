"""What a mesh is like: cells, measures of named regions and boundaries, quality, smallest cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from femion.geometry.grid import Floats

#: Facts of builders that are lengths, surfaces (by the dimension of space) and inverse lengths.
LENGTHS = {
    "diameter",
    "least_gap",
    "length",
    "neighbour_distance",
    "radius",
    "resolved",
    "thickness",
}
SURFACES = {"area", "cross_section", "surface", "surface_of_particles", "voxel_area"}
BINS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class Measure:
    """Length, area or volume [m^dim] as meshed, and the exact one where it is known."""

    meshed: float
    exact: float | None = None

    @property
    def error(self) -> float | None:
        """Relative difference from the exact measure."""
        return None if self.exact is None else self.meshed / self.exact - 1


@dataclass(frozen=True)
class Quality:
    """The report on a mesh.

    Attributes:
        dim: 2 or 3.
        cells: Number of cells.
        regions: Area (2D) or volume (3D) of each region [m^dim].
        boundaries: Length (2D) or area (3D) of each boundary [m^(dim - 1)].
        heights: Least and largest height of the cells on each boundary above it [m].
        least: Least signed inverse condition number of a cell; 1 is equilateral, 0 flat.
        histogram: Number of cells in tenths of the quality.
        smallest: Shortest edge [m].
        largest: Longest edge [m].
        info: What the builder knows besides.
    """

    dim: int
    cells: int
    regions: dict[str, Measure]
    boundaries: dict[str, Measure]
    heights: dict[str, tuple[float, float]]
    least: float
    histogram: tuple[int, ...]
    smallest: float
    largest: float
    info: Mapping[str, float]

    def lines(self) -> Iterator[str]:
        """The report as text."""
        kind = "tetrahedra" if self.dim == 3 else "triangles"
        yield f"{self.cells:,} {kind}, edges {self.smallest:.3g} m to {self.largest:.3g} m"
        for what, unit, measures in (
            ("region", f"m{self.dim}", self.regions),
            ("boundary", f"m{self.dim - 1}".removesuffix("1"), self.boundaries),
        ):
            for name, m in measures.items():
                known = "" if m.error is None else f"  exact {m.exact:.6g} ({100 * m.error:+.3g} %)"
                yield f"{what:9s}{name:23s} {m.meshed:.6g} {unit}{known}{self._thin(name)}"
        for name, value in self.info.items():
            if not name.startswith("measure."):
                yield f"{'fact':9s}{name:23s} {value:.6g} {self._unit(name)}".rstrip()
        share = " ".join(f"{100 * n / self.cells:.1f}" for n in self.histogram)
        yield f"quality  least {self.least:.3f}; % of cells in tenths from 0 to 1: {share}"

    def _unit(self, fact: str) -> str:
        """Unit of a fact, which may be of a part ("thickness.cem", "anode.radius")."""
        for part in fact.split("."):
            if part == "surface_per_volume":
                return "1/m"
            if part in LENGTHS or part in SURFACES:
                return "m2" if part in SURFACES and self.dim == 3 else "m"
        return ""

    def _thin(self, name: str) -> str:
        """How high the cells on a boundary are, and how many go over what is to be resolved."""
        if name not in self.heights:
            return ""
        low, high = self.heights[name]
        over = self.info.get("resolved")
        share = f", {over / high:.2g} over {over:g} m" if over else ""
        return f"  cells {low:.3g} to {high:.3g} m high{share}"


def report(domain: Any) -> Quality:
    """Measure a Domain. Collective; every rank gets the whole report.

    Quality is the signed inverse condition number 3/(|S| |S^-1|) (2/... in 2D) of the map S from an
    equilateral simplex (P. M. Knupp, SIAM J. Sci. Comput. 23, 193 (2001)), gmsh's minSICN.
    """
    dim, comm = domain.tdim, domain.comm
    geometry = domain.mesh.geometry
    own = domain.mesh.topology.index_map(dim).size_local
    corners = geometry.x[geometry.dofmaps[0][:own, : dim + 1]][..., :dim]
    volume, quality = simplices(corners)
    edges = _edges(corners)
    regions = {
        n: float(volume[domain.cell_tag[:own] == t].sum()) for n, t in domain.regions.items()
    }
    faces, heights = {}, {}
    for name in domain.boundaries:
        faces[name], heights[name] = _faces(domain, name, corners, volume)
    parts = comm.allgather(
        (
            len(corners),
            regions,
            faces,
            heights,
            float(quality.min(initial=1.0)),
            np.histogram(np.clip(quality, 0, 1), BINS)[0],
            float(edges.min(initial=math.inf)),
            float(edges.max(initial=0.0)),
        )
    )
    cells, volumes, areas, thin, least, histograms, short, long = zip(*parts, strict=True)
    info = domain.info or {}
    return Quality(
        dim=dim,
        cells=sum(cells),
        regions=_sums(volumes, info),
        boundaries=_sums(areas, info),
        heights={
            n: (min(part[n][0] for part in thin), max(part[n][1] for part in thin)) for n in faces
        },
        least=min(least),
        histogram=tuple(int(n) for n in np.sum(histograms, axis=0)),
        smallest=min(short),
        largest=max(long),
        info=info,
    )


def simplices(corners: Floats) -> tuple[Floats, Floats]:
    """Volume and quality of simplices with corners (n, dim + 1, dim)."""
    dim = corners.shape[2]
    sides = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
    ideal = np.array([[1, 0.5], [0, math.sqrt(0.75)]])
    if dim == 3:
        height = math.sqrt(2 / 3)
        ideal = np.array([[1, 0.5, 0.5], [0, math.sqrt(0.75), math.sqrt(1 / 12)], [0, 0, height]])
    volume = np.abs(np.linalg.det(sides)) / math.factorial(dim)
    flat = volume <= 0.0
    s = np.where(flat[:, None, None], ideal, sides) @ np.linalg.inv(ideal)
    norms = np.linalg.norm(s, axis=(1, 2)) * np.linalg.norm(np.linalg.inv(s), axis=(1, 2))
    return np.asarray(volume), np.where(flat, 0.0, dim / norms)


def _edges(corners: Floats) -> Floats:
    i, j = np.triu_indices(corners.shape[1], 1)
    return np.asarray(np.linalg.norm(corners[:, i] - corners[:, j], axis=2))


def _faces(
    domain: Any, name: str, corners: Floats, volume: Floats
) -> tuple[float, tuple[float, float]]:
    """Measure of the owned part of a boundary and the least and largest height of its cells.

    A facet between two cells counts half from each.
    """
    cells, opposite = domain.boundary_sides(name)
    mine = cells < len(corners)
    cells, opposite = cells[mine], opposite[mine]
    keep = np.arange(domain.tdim + 1) != opposite[:, None]
    x = corners[cells][keep].reshape(len(cells), domain.tdim, domain.tdim)
    sides = x[:, 1:] - x[:, :1]
    size = np.sqrt(np.linalg.det(sides @ np.swapaxes(sides, 1, 2))) / (domain.tdim - 1)
    inside = domain.mesh.topology.connectivity(domain.tdim - 1, domain.tdim)
    cell_facets = domain.mesh.topology.connectivity(domain.tdim, domain.tdim - 1).array
    facets = cell_facets.reshape(-1, domain.tdim + 1)[cells, opposite]
    height = domain.tdim * volume[cells] / size
    ends = float(height.min(initial=math.inf)), float(height.max(initial=0.0))
    return float((size / np.diff(inside.offsets)[facets]).sum()), ends


def _sums(parts: tuple[dict[str, float], ...], info: Mapping[str, float]) -> dict[str, Measure]:
    return {
        name: Measure(sum(p[name] for p in parts), info.get(f"measure.{name}")) for name in parts[0]
    }
