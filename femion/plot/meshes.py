"""The mesh, coloured by region."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..domain import Domain
from ..errors import unknown
from .gather import Array, Piece, on_root, rows, vtk_order
from .scenes import CUTS, Stage
from .style import INK, WIDTH, bands, figure, length_unit, place, save


def mesh(where: Any, file: str | Path, *, clip: str | None = None, aspect: str = "auto") -> Path:
    """The cells of a Domain (or of a Solution's) coloured by region, with their count. Collective.

    `clip` cuts a 3D mesh open as in `scene`; `aspect` is that of `fields`.

    Raises:
        InputError: The clip does not exist, or the file cannot be written.
    """
    domain: Domain = where if isinstance(where, Domain) else where.problem.domain
    if clip is not None and clip not in CUTS:
        raise unknown("clip", clip, CUTS)
    found = regions(domain)

    def draw() -> Path:
        return _flat(found, file, aspect) if domain.tdim == 2 else _solid(found, file, clip)

    path: Path = on_root(domain.comm, draw)
    return path


def regions(domain: Domain) -> dict[str, Piece]:
    """{region: Piece without values}, corner nodes only; {} beside rank 0. Collective."""
    geometry, topology = domain.mesh.geometry, domain.mesh.topology
    corners = domain.mesh.ufl_cell().num_vertices
    owned = topology.index_map(domain.tdim).size_local
    kind, order = vtk_order(topology.cell_name(), corners)
    imap = geometry.index_map()
    nodes = imap.local_to_global(geometry.dofmaps[0][:owned, order].ravel().astype(np.int32))
    cells = rows(domain.comm, nodes.reshape(-1, corners))
    points = rows(domain.comm, geometry.x[: imap.size_local])
    tag = rows(domain.comm, domain.cell_tag[:owned])
    if domain.comm.rank:
        return {}
    return {n: Piece(n, points, cells[tag == t], kind) for n, t in domain.regions.items()}


def _legend(ax: Any, found: Mapping[str, Piece], **place: Any) -> None:
    from matplotlib.patches import Patch

    colours = bands(list(found))
    handles = [
        Patch(facecolor=colours[n], edgecolor=INK, lw=0.5, label=f"{n}: {len(p.cells):,} cells")
        for n, p in found.items()
    ]
    ax.legend(handles=handles, **place)


def _flat(found: Mapping[str, Piece], file: str | Path, aspect: str) -> Path:
    from matplotlib.collections import LineCollection, PolyCollection

    points = next(iter(found.values())).points
    low, high = points.min(axis=0)[:2], points.max(axis=0)[:2]
    factor, unit = length_unit(float((high - low).max()))
    ratio = (high - low)[1] / (high - low)[0]
    fill = aspect == "fill" or (aspect == "auto" and ratio < 1 / 8)
    height = 1.25 if fill else min((WIDTH - 0.8) * ratio, 7.0)
    columns = 3 if max(map(len, found)) < 16 else 2
    lines = -(-len(found) // columns)
    width = WIDTH if fill else max(min(WIDTH, height / ratio + 0.8), 4.0)
    colours = bands(list(found))
    count = sum(len(p.cells) for p in found.values())
    thin = float(np.clip(30 / np.sqrt(count), 0.05, 0.4))
    with figure(width, height + 0.7 + 0.22 * lines) as fig:
        ax = fig.subplots()
        for name, piece in found.items():
            xy = piece.points[:, :2] * factor
            style = {"facecolors": colours[name], "linewidths": 0, "antialiaseds": False}
            ax.add_collection(PolyCollection(xy[piece.cells], rasterized=True, **style))
            edges = LineCollection(xy[_edges(piece)], colors=INK, linewidths=thin, rasterized=True)
            ax.add_collection(edges)
            ax.add_collection(LineCollection(xy[piece.rim], colors=INK, linewidths=0.8))
        ax.set(xlabel=f"x  [{unit}]", ylabel=f"y  [{unit}]")
        ax.set_xlim(low[0] * factor, high[0] * factor)
        ax.set_ylim(low[1] * factor, high[1] * factor)
        ax.set_aspect("auto" if fill else "equal")
        _legend(fig, found, loc="outside upper center", ncols=columns)
        return save(fig, file, dpi=250)


def _edges(piece: Piece) -> Array:
    """Every edge of a flat piece once, shape (n, 2)."""
    pairs = np.stack([piece.cells, np.roll(piece.cells, -1, axis=1)], axis=-1).reshape(-1, 2)
    once: Array = np.unique(np.sort(pairs, axis=1), axis=0)
    return once


def _solid(found: Mapping[str, Piece], file: str | Path, clip: str | None) -> Path:
    stage = Stage(list(found.values()))
    _cells(stage, found, clip)
    view = stage.render()
    height, width = view.image.shape[:2]
    tall = WIDTH * height / width
    with figure(WIDTH, tall + 0.3, layout=None) as fig:
        view.show(fig, place(fig, 0, 0, WIDTH, tall))
        _legend(fig, found, loc="upper center", ncols=3)
        return save(fig, file)


def _cells(stage: Stage, found: Mapping[str, Piece], clip: str | None) -> None:
    """Whole cells on the near side of a cut, so that their edges can be seen."""
    colours = bands(list(found))
    for name, piece in found.items():
        grid = piece.grid()
        if clip is not None:
            axis, sign = CUTS[clip]
            middle = stage.box.mean(axis=0)[axis] / stage.factor
            at = piece.points[piece.cells, axis].mean(axis=1)
            grid = grid.extract_cells(at > middle if sign else at < middle)
        grid.points = grid.points * stage.factor
        if grid.n_cells:
            stage.plotter.add_mesh(
                grid.extract_surface(algorithm="dataset_surface"),
                color=colours[name],
                show_edges=True,
                edge_color=INK,
                line_width=1,
                **stage.look,
            )
