"""Streamlines or arrows over the size of a vector: of a flux, of the current, of a velocity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import unknown
from ..vectors import in_cells, known
from .gather import SPLIT, Array, Piece, on_root, pieces, rows
from .panels import box, outline
from .scenes import Stage
from .style import BAR, INK, WIDTH, Scale, colour_bars, figure, length_unit, place, save, symbol

GRID = 220  #: points along the longer side that lines in 2D are followed on
ARROWS = 30  #: arrows along the longer side in 2D
SEEDS = 120  #: lines in 3D
GLYPHS = 900  #: arrows in 3D
#: What is no species: title and unit.
OTHERS = {"velocity": ("velocity  |v|", "m/s"), "current": ("current density  |i|", "A/m²")}


@dataclass(frozen=True)
class Stream:
    """A phase with the vector in each of its simplices, and averaged at its nodes, on rank 0."""

    piece: Piece
    cells: Array  #: shape (simplices, 3)
    nodes: Array  #: shape (nodes, 3)


def streams(
    solution: Any, what: str, file: str | Path, *, phases: Sequence[str] | None = None
) -> Path:
    """Streamlines of a vector over its size, phase by phase. Collective.

    Args:
        solution: What to draw.
        what: A species (its flux [mol/(m2 s)]), "current" [A/m2] or "velocity" [m/s].
        file: Picture to write; png, pdf or svg.
        phases: Which phases (default: all that have it).

    Raises:
        InputError: No phase has it, or the file cannot be written.
    """
    return _drawn(solution, what, file, phases, "streams")


def arrows(
    solution: Any, what: str, file: str | Path, *, phases: Sequence[str] | None = None
) -> Path:
    """The same with arrows, as long as the vector is large. Collective."""
    return _drawn(solution, what, file, phases, "arrows")


def _drawn(
    solution: Any, what: str, file: str | Path, phases: Sequence[str] | None, how: str
) -> Path:
    found = gathered(solution, what, phases)
    z = {n: k for b in solution.problem.phases for n, k in b.state.charges.items()}
    path: Path = on_root(solution.comm, lambda: draw(found, what, z, file, how))
    return path


def draw(
    found: Sequence[Stream], what: str, charges: Mapping[str, int], file: str | Path, how: str
) -> Path:
    """A picture of gathered vectors, by "streams" or "arrows"."""
    name = f"flux  |N({symbol(what, charges.get(what, 0))})|"
    title, unit = OTHERS.get(what, (name, "mol/(m² s)"))
    scale = _scale(found, f"{title}  [{unit}]")
    flat, solid = MARKS[how]
    if found[0].piece.simplices.shape[1] == 3:
        return _flat(found, scale, file, flat)
    return _solid(found, scale, file, solid)


def gathered(solution: Any, what: str, phases: Sequence[str] | None = None) -> list[Stream]:
    """The vector in all phases that have it; [] beside rank 0. Collective."""
    blocks = [b for b in solution.problem.phases if phases is None or b.name in phases]
    every = [n for b in blocks for n in known(b.state)]
    if what not in every:
        raise unknown("vector", what, dict.fromkeys(every))
    chosen = [b for b in blocks if what in known(b.state)]
    shapes = pieces(solution, ["phi"], [b.name for b in chosen])
    out = []
    for block in chosen:
        values = rows(solution.comm, in_cells(solution, block, what))
        if block.name in shapes:
            out.append(averaged(shapes[block.name], values))
    return out


def averaged(piece: Piece, values: Array) -> Stream:
    """Vectors of cells for the simplices they are drawn with, and their means at nodes."""
    cells = np.repeat(values, len(SPLIT[piece.kind]), axis=0)
    corners, dim = piece.points[piece.simplices], piece.simplices.shape[1] - 1
    edges = (corners[:, 1:] - corners[:, :1])[:, :, :dim]
    size = np.abs(np.linalg.det(edges))
    total, weight = np.zeros_like(piece.points), np.zeros(len(piece.points))
    for column in piece.simplices.T:
        np.add.at(total, column, size[:, None] * cells)
        np.add.at(weight, column, size)
    return Stream(piece, cells, total / np.maximum(weight, 1e-300)[:, None])


def _scale(found: Sequence[Stream], label: str) -> Scale:
    """Colours up to what one cell in a hundred exceeds: at corners there may be no limit."""
    size = np.concatenate([np.linalg.norm(s.cells, axis=1) for s in found])
    high = float(np.quantile(size, 0.99)) or float(size.max()) or 1e-12
    return Scale(tuple(s.piece.name for s in found), 0.0, high, False, "viridis", 1.0, label)


# -- flat -------------------------------------------------------------------------------------
def _flat(
    found: Sequence[Stream], scale: Scale, file: str | Path, marks: Callable[..., None]
) -> Path:
    parts: Mapping[str, Piece] = {s.piece.name: s.piece for s in found}
    low, high = box(list(parts.values()))
    span = (high - low)[:2]
    factor, unit = length_unit(float(span.max()))
    ratio = span[1] / span[0]
    wide = WIDTH - 0.6 - BAR if ratio < 1.3 else max(4.5 / ratio, 0.8)
    tall = max(wide * ratio, 1.1) if ratio < 1 / 8 else wide * ratio
    with figure(wide, tall, layout=None) as fig:
        ax = place(fig, 0, 0, wide, tall)
        for s in found:
            x, y = (s.piece.points[:, :2] * factor).T
            size = np.linalg.norm(s.cells, axis=1)
            look = {"norm": scale.norm, "cmap": scale.cmap, "rasterized": True}
            ax.tripcolor(x, y, s.piece.simplices, facecolors=size, **look)
        marks(ax, found, low[:2], span, factor, scale.high)
        outline(ax, parts, factor)
        ax.set_xlim(low[0] * factor, high[0] * factor)
        ax.set_ylim(low[1] * factor, high[1] * factor)
        ax.set(xlabel=f"x  [{unit}]", ylabel=f"y  [{unit}]")
        colour_bars(fig, ax, [scale], wide)
        return save(fig, file)


def _lines(
    ax: Any, found: Sequence[Stream], low: Array, span: Array, factor: float, high: float
) -> None:
    """Lines through all phases, on a grid that covers them."""
    count = np.maximum(24, np.rint(GRID * span / span.max())).astype(int)
    x, y, u, v = _sampled(found, low, span, count)
    if not np.any(u**2 + v**2 > 0):
        return
    dense = 1.1 * np.minimum(1.0, np.maximum(span / span.max(), 0.25))
    look = {"color": "white", "linewidth": 0.8, "arrowsize": 0.8, "density": tuple(dense)}
    ax.streamplot(x * factor, y * factor, u * factor, v * factor, **look)


def _quiver(
    ax: Any, found: Sequence[Stream], low: Array, span: Array, factor: float, high: float
) -> None:
    """Arrows through all phases; the longest nearly meet."""
    count = np.maximum(4, np.rint(ARROWS * span / span.max())).astype(int)
    x, y, u, v = _sampled(found, low, span, count)
    size = np.maximum(np.hypot(u, v), high)  # beyond the scale arrows get no longer
    step = 0.95 * factor * float((span / count).min())
    look = {"color": INK, "pivot": "mid", "units": "xy", "width": 0.09 * step, "scale": 1.0}
    ax.quiver(x * factor, y * factor, u / size * step, v / size * step, angles="xy", **look)


def _sampled(found: Sequence[Stream], low: Array, span: Array, count: Array) -> tuple[Array, ...]:
    """Coordinates of a grid of so many points, and the vector's components there, masked."""
    from matplotlib.tri import LinearTriInterpolator, Triangulation

    x, y = (low[k] + span[k] * (np.arange(count[k]) + 0.5) / count[k] for k in (0, 1))
    field = np.full((2, count[1], count[0]), np.nan)
    for s in found:
        mesh = Triangulation(*s.piece.points[:, :2].T, s.piece.simplices)
        for k in (0, 1):
            values = LinearTriInterpolator(mesh, s.nodes[:, k])(*np.meshgrid(x, y))
            field[k] = np.where(values.mask, field[k], values.filled(0.0))
    return (x, y, *np.ma.masked_invalid(field))


# -- solid ------------------------------------------------------------------------------------
def _solid(
    found: Sequence[Stream], scale: Scale, file: str | Path, marks: Callable[..., Any]
) -> Path:
    import pyvista

    stage = Stage([s.piece for s in found])
    whole = pyvista.merge([_grid(s, stage.factor, scale.high) for s in found], merge_points=False)
    shape = marks(whole, float(np.linalg.norm(stage.box[1] - stage.box[0])))
    if shape.n_points:
        shape["value"] = np.linalg.norm(shape["v"], axis=1) * scale.high
        colours = {"cmap": scale.cmap, "clim": (scale.low, scale.high)}
        stage.plotter.add_mesh(shape, scalars="value", **colours, **stage.look)
    for s in found:
        stage.plotter.add_mesh(stage.shape(s.piece), color=INK, opacity=0.07, lighting=False)
        stage.edges(stage.shape(s.piece))
    stage.frame()
    view = stage.render()
    wide = WIDTH - 0.6 - BAR
    with figure(wide, wide * view.image.shape[0] / view.image.shape[1], layout=None) as fig:
        ax = place(fig, 0, 0, wide, wide * view.image.shape[0] / view.image.shape[1])
        view.show(fig, ax, [scale], wide)
        return save(fig, file)


def _tubes(whole: Any, diagonal: float) -> Any:
    """Streamlines from random places."""
    lines = whole.streamlines_from_source(
        _places(whole, SEEDS),
        vectors="v",
        integration_direction="both",
        max_length=20 * diagonal,
        terminal_speed=1e-6,
    )
    return lines.tube(radius=2.5e-3 * diagonal) if lines.n_points else lines


def _glyphs(whole: Any, diagonal: float) -> Any:
    """Arrows at random places; the vector is of order 1."""
    points = _places(whole, GLYPHS).sample(whole)
    points["size"] = np.minimum(1.0, np.linalg.norm(points["v"], axis=1))
    drawn = points.glyph(orient="v", scale="size", factor=0.06 * diagonal)
    drawn["v"] = drawn["GlyphVector"]
    return drawn


def _places(whole: Any, count: int) -> Any:
    """Midpoints of random cells, as dense as the volume is."""
    import pyvista

    sizes = np.abs(whole.compute_cell_sizes(length=False, area=False)["Volume"])
    seeds = np.random.default_rng(1).choice(whole.n_cells, count, p=sizes / sizes.sum())
    return pyvista.PolyData(whole.cell_centers().points[seeds])


def _grid(s: Stream, factor: float, unit: float) -> Any:
    """A piece in the shown unit, with vectors of order 1."""
    grid = s.piece.grid(s.piece.simplices, 10)
    grid.points = grid.points * factor
    grid.point_data["v"] = s.nodes / unit
    return grid


#: How a vector is drawn, in 2D and in 3D.
MARKS: Mapping[str, tuple[Callable[..., None], Callable[..., Any]]] = {
    "streams": (_lines, _tubes),
    "arrows": (_quiver, _glyphs),
}
