"""Fields side by side: one panel per field, one figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np

from .gather import Piece, on_root, pieces, sheets
from .scenes import Clip, check_clip, picture_of
from .style import (
    BAR,
    INK,
    WIDTH,
    Scale,
    colour_bars,
    figure,
    label,
    length_unit,
    place,
    save,
    scales,
)


@dataclass(frozen=True)
class View:
    """What a panel shows: a field in phases that have no cells in common, and its colour bars."""

    name: str
    found: Mapping[str, Piece]
    bars: list[Scale]


def fields(
    solution: Any,
    names: str | Sequence[str],
    file: str | Path,
    *,
    phases: Sequence[str] | None = None,
    clip: Clip = None,
    aspect: str = "auto",
    log: bool | None = None,
    per_phase: bool | None = None,
) -> Path:
    """One figure with a panel per field, each with its colour bar. Collective.

    Phases that fill the same cells are drawn in panels of their own.

    Args:
        solution: What to draw.
        names: Species (concentration [mol/m3]), "phi" [V], "T" [K], "u_x" [m].
        file: Picture to write; png, pdf or svg.
        phases: Which phases (default: all that have the field).
        clip: In 3D, where to cut; see `scene`.
        aspect: "equal", "fill" (y stretched) or "auto": fill only what is thinner than 1:8.
        log: Logarithmic colours; None: if concentrations span more than a factor of 10.
        per_phase: A colour bar for each phase; None: only for potentials that are far apart.

    Raises:
        InputError: A field or phase does not exist, or the file cannot be written.
    """
    names = [names] if isinstance(names, str) else list(names)
    check_clip(clip, solution)
    found, groups = pieces(solution, names, phases), sheets(solution, names, phases)
    titles = {n: label(solution, n) for n in names}

    how = Look(clip, aspect, log, per_phase)
    path: Path = on_root(solution.comm, lambda: draw(found, groups, titles, file, how))
    return path


@dataclass(frozen=True)
class Look:
    """How fields are drawn, see `fields`; `ranged`: pieces whose values set the colours."""

    clip: Clip = None
    aspect: str = "auto"
    log: bool | None = None
    per_phase: bool | None = None
    ranged: Mapping[str, Piece] | None = None
    caption: str = ""


def draw(
    found: Mapping[str, Piece],
    groups: Sequence[Sequence[str]],
    titles: Mapping[str, str],
    file: str | Path,
    how: Look,
) -> Path:
    """Fields by their titles, a panel for each group of phases. On one rank."""
    views, ranged = [], how.ranged or found
    for name, group in product(titles, groups):
        part = {n: found[n] for n in group if name in found[n].values or len(groups) == 1}
        if part:
            values = {n: ranged[n] for n in part}
            bars = scales(name, titles[name], values, log=how.log, per_phase=how.per_phase)
            views.append(View(name, part, bars))
    if next(iter(found.values())).simplices.shape[1] == 3:
        return _flat(views, file, how, len(groups) > 1)
    return _solid(views, file, how)


def _caption(fig: Any, text: str) -> None:
    """A line above the panels and their phases."""
    if text:
        fig.text(0, 1 + 0.42 / fig.get_size_inches()[1], text, ha="left", va="bottom")


def _flat(views: Sequence[View], file: str | Path, how: Look, several: bool) -> Path:
    """Panels of a 2D domain; `several`: not all phases are in each, so that each names its own."""
    low, high = box([piece for view in views for piece in view.found.values()])
    span = high - low
    factor, unit = length_unit(max(span[:2]))
    ratio = span[1] / span[0]
    aspect = how.aspect
    if aspect == "auto":
        aspect = "fill" if ratio < 1 / 8 else "equal"
    columns = _columns(ratio, len(views))
    rows, most = -(-len(views) // columns), max(len(view.bars) for view in views)
    wide, tall = _panel_size(ratio, aspect, most, columns)
    step, drop = wide + 0.75 + BAR * most, tall + (0.5 if several else 0.2)
    size = step * (columns - 1) + wide, drop * (rows - 1) + tall
    with figure(*size, layout=None) as fig:
        spots = [divmod(k, columns) for k in range(len(views))]
        axes = [place(fig, c * step, size[1] - tall - r * drop, wide, tall) for r, c in spots]
        for ax, view in zip(axes, views, strict=True):
            for scale in view.bars:
                panel(ax, view.found, view.name, scale, factor)
            colour_bars(fig, ax, view.bars, wide)
            outline(ax, view.found, factor)
            ax.set_xlim(low[0] * factor, high[0] * factor)
            ax.set_ylim(low[1] * factor, high[1] * factor)
            ax.set_aspect("equal" if aspect == "equal" else "auto")
        for k, (ax, (row, column)) in enumerate(zip(axes, spots, strict=True)):
            lowest = k + columns >= len(views)
            ax.set_xlabel(f"x  [{unit}]" if lowest else "")
            ax.set_ylabel("" if column else f"y  [{unit}]")
            ax.tick_params(labelbottom=lowest, labelleft=not column)
            if several or not row:
                name_layers(ax, views[k].found, factor, several)
        _caption(fig, how.caption)
        return save(fig, file)


def _columns(ratio: float, panels: int) -> int:
    """Panels beside each other: tall domains all, square ones two by two, flat ones none."""
    if ratio > 1.3:
        return panels
    return 2 if ratio > 0.4 and panels > 2 else 1


def _panel_size(ratio: float, aspect: str, bars: int, columns: int) -> tuple[float, float]:
    """Width and height of one panel [inch]."""
    if ratio > 1.3:
        return max(4.5 / ratio, 0.8), 4.5
    width = WIDTH - 0.6 - BAR * bars
    if aspect == "fill":
        return width, 1.1
    height = min(width * ratio, 3.6)
    return height / ratio, height


def panel(ax: Any, found: Mapping[str, Piece], name: str, scale: Scale, factor: float) -> None:
    """A field in the phases of one colour bar."""
    for phase in scale.phases:
        piece = found[phase]
        x, y = piece.points[:, 0] * factor, piece.points[:, 1] * factor
        values = piece.values[name] * scale.factor
        look = {"shading": "gouraud", "norm": scale.norm, "cmap": scale.cmap, "rasterized": True}
        ax.tripcolor(x, y, piece.simplices, values, **look)


def outline(ax: Any, found: Mapping[str, Piece], factor: float) -> None:
    """Interfaces and outer boundary as thin lines."""
    from matplotlib.collections import LineCollection

    for piece in found.values():
        lines = piece.points[piece.rim][:, :, :2] * factor
        ax.add_collection(LineCollection(lines, colors=INK, linewidths=0.5, capstyle="round"))


def name_layers(ax: Any, found: Mapping[str, Piece], factor: float, alone: bool) -> None:
    """Names of phases above the panel, where they stand side by side along x.

    `alone`: also that of a single one.
    """
    ends = {n: (p.points[:, 0].min(), p.points[:, 0].max()) for n, p in found.items()}
    order = sorted(ends, key=lambda n: ends[n])
    gap = 1e-6 * (max(b for _, b in ends.values()) - min(a for a, _ in ends.values()))
    apart = all(ends[a][1] <= ends[b][0] + gap for a, b in pairwise(order))
    if not apart or (len(order) == 1 and not alone):
        return
    share = {n: (b - a) / (ends[order[-1]][1] - ends[order[0]][0]) for n, (a, b) in ends.items()}
    crowded = any(share[n] * 60 < len(n) + 2 for n in order)
    for k, name in enumerate(order):
        a, b = ends[name]
        ax.annotate(
            name,
            ((a + b) / 2 * factor, 1.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(0, 15 if crowded and k % 2 else 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
        )


def box(found: Sequence[Piece]) -> tuple[Any, Any]:
    """Lower and upper corner of all pieces [m]."""
    low = np.min([p.points.min(axis=0) for p in found], axis=0)
    return low, np.max([p.points.max(axis=0) for p in found], axis=0)


def _solid(views: Sequence[View], file: str | Path, how: Look) -> Path:
    """Panels of a 3D domain, each rendered by pyvista."""
    images = [picture_of(view.found, view.name, view.bars, how.clip) for view in views]
    height, width = images[0].image.shape[:2]
    wide = WIDTH - 0.7 - BAR * max(len(view.bars) for view in views)
    tall = wide * height / width
    with figure(wide, len(views) * (tall + 0.15), layout=None) as fig:
        for k, (view, image) in enumerate(zip(reversed(views), reversed(images), strict=True)):
            ax = place(fig, 0, k * (tall + 0.15), wide, tall)
            image.show(fig, ax, view.bars, wide)
        _caption(fig, how.caption)
        return save(fig, file)
