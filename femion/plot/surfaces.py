"""Reaction current density over a surface, facet by facet."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..metrics import current_density
from ..metrics.local import facet_integrals, facets
from .gather import Array, Piece, on_root, pieces, rows
from .scenes import Clip, Stage, check_clip
from .style import (
    BAR,
    INK,
    WIDTH,
    Picture,
    Scale,
    colour_bars,
    figure,
    length_unit,
    place,
    save,
)

#: What carries the surface is drawn in this grey, the other side paler.
GREY, PALE = "#D2D2D2", "#F4F4F4"


def surface(
    solution: Any, where: str, file: str | Path | None = None, *, clip: Clip = None
) -> Picture:
    """Current density i_n of the finite-rate laws at a site, coloured on its facets. Collective.

    i_n = F n_e rate [A/m2] of each Transfer that releases n_e electrons, anodic positive; of a
    law without electrons the current from the first side to the second.

    Args:
        solution: What to draw.
        where: Name of an interface "a|b" or boundary with a rate law.
        file: Picture to write, or None for the numbers only.
        clip: In 3D, where to cut the surface and the conductors; see `scene`.

    Returns:
        Picture(file, data) on every rank; on rank 0 data has a row per facet: "x", "y", "z" of
        its middle [m], "area" [m2] (in 2D [m]), "current_density" [A/m2]; elsewhere no rows.

    Raises:
        InputError: The site does not exist or has no rate law, or the file cannot be written.
    """
    site = solution.site(where)
    check_clip(clip, solution)
    rate = current_density(solution, where)
    mesh = solution.problem.domain.mesh if site.interface else site.blocks[0].mesh
    found_here, entities = facets(site, mesh)
    with solution.active() as problem:
        area, charge = facet_integrals(site, mesh, entities, [1.0, rate], problem.maps)
    corners = rows(solution.comm, found_here)
    area, charge = rows(solution.comm, area), rows(solution.comm, charge)
    phases = [b.name for b in site.blocks if b] if site.interface else [site.blocks[0].name]
    found = pieces(solution, ["phi"], phases)
    middle = corners.mean(axis=1)
    data = dict(zip("xyz", middle.T, strict=True))
    data |= {"area": area, "current_density": charge / area}
    metal = {b.name for b in site.blocks if b and "e-" in b.component}

    def draw() -> Path | None:
        if file is None:
            return None
        skin = Skin(corners, data, _scale(data["current_density"]), found, metal)
        return _flat(skin, file) if corners.shape[1] == 2 else _solid(skin, file, clip)

    return Picture(on_root(solution.comm, draw), data)


@dataclass(frozen=True)
class Skin:
    """The facets of a surface on rank 0, and the phases beside it."""

    corners: Array  #: [m], shape (facets, corners, 3)
    data: Mapping[str, Array]
    scale: Scale
    found: Mapping[str, Piece]
    metal: Set[str]  #: phases that conduct electrons

    @property
    def side(self) -> int:
        """From where the facets are seen in front of the metal: +1 or -1 along x."""
        solid = [p.points[:, 0].mean() for n, p in self.found.items() if n in self.metal]
        return -1 if solid and self.corners[..., 0].mean() < solid[0] else 1


# -- the picture ------------------------------------------------------------------------------
def _scale(density: Array) -> Scale:
    """Sequential colours, or diverging ones about 0 where the current changes its sign."""
    low, high = float(density.min()), float(density.max())
    label = "reaction current density  $i_n$  [A/m²]"
    if low < 0 < high and min(-low, high) > 0.02 * max(-low, high):
        top = max(-low, high)
        return Scale((), -top, top, False, "RdBu_r", 1.0, label)
    if high - low < 1e-6 * max(abs(low), abs(high)):
        low, high = low - 0.005 * abs(low) - 1e-12, high + 0.005 * abs(high) + 1e-12
    return Scale((), low, high, False, "viridis" if high > 0 else "viridis_r", 1.0, label)


def _histogram(ax: Any, skin: Skin) -> None:
    """Share of the area that has each current density."""
    import matplotlib

    data, scale = skin.data, skin.scale
    i, area = data["current_density"], data["area"] / data["area"].sum()
    share, ends = np.histogram(i, bins=30, range=(scale.low, scale.high), weights=100 * area)
    middle = (ends[1:] + ends[:-1]) / 2
    colours = matplotlib.colormaps[scale.cmap](scale.norm(middle))
    ax.bar(middle, share, width=np.diff(ends), color=colours, edgecolor=INK, linewidth=0.3)
    mean = float((i * area).sum())
    spread = float(np.sqrt(((i - mean) ** 2 * area).sum()))
    ax.axvline(mean, color=INK, lw=0.9, ls="--")
    text = f"mean {mean:.3g} A/m², standard deviation {spread:.2g} A/m²"
    ax.set_title(text.replace("-", "−"), fontsize=8.5)
    ax.set_xlim(scale.low, scale.high)
    ax.set_xlabel(scale.label)
    ax.set_ylabel("share of area  [%]")
    ax.spines[["top", "right"]].set_visible(False)


def _flat(skin: Skin, file: str | Path) -> Path:
    from matplotlib.collections import LineCollection, PolyCollection

    points = np.concatenate([p.points for p in skin.found.values()])
    low, high = points.min(axis=0)[:2], points.max(axis=0)[:2]
    factor, unit = length_unit(float((high - low).max()))
    ratio = (high - low)[1] / (high - low)[0]
    wide = min(WIDTH - 0.6 - BAR, 5.5 / ratio)
    with figure(wide, wide * ratio + 2.4, layout=None) as fig:
        ax = place(fig, 0, 2.4, wide, wide * ratio)
        for name, piece in skin.found.items():
            colour = GREY if name in skin.metal else PALE
            xy = piece.points[:, :2] * factor
            style = {"facecolors": colour, "edgecolors": colour, "linewidths": 0.2}
            ax.add_collection(PolyCollection(xy[piece.simplices], rasterized=True, **style))
            ax.add_collection(LineCollection(xy[piece.rim], colors=INK, linewidths=0.4))
        lines = LineCollection(skin.corners[..., :2] * factor, linewidths=3.0, capstyle="round")
        lines.set(array=skin.data["current_density"], norm=skin.scale.norm, cmap=skin.scale.cmap)
        ax.add_collection(lines)
        margin = 0.012 * (high - low).max() * factor
        ax.set_xlim(low[0] * factor - margin, high[0] * factor + margin)
        ax.set_ylim(low[1] * factor - margin, high[1] * factor + margin)
        ax.set(xlabel=f"x  [{unit}]", ylabel=f"y  [{unit}]", aspect="equal")
        colour_bars(fig, ax, [skin.scale], wide)
        _histogram(place(fig, 0, 0, wide, 1.5), skin)
        return save(fig, file, dpi=250)


def _solid(skin: Skin, file: str | Path, clip: Clip) -> Path:
    import pyvista

    stage = Stage(list(skin.found.values()), skin.side)
    for name, piece in skin.found.items():
        cut = clip.get(name) if isinstance(clip, Mapping) else clip
        if name in skin.metal:
            stage.plotter.add_mesh(stage.shape(piece, cut), color=GREY, **stage.look)
    count, width = skin.corners.shape[:2]
    faces = np.column_stack([np.full(count, width), np.arange(count * width).reshape(-1, width)])
    near = 2e-3 * (stage.box[1] - stage.box[0]).max() * stage.camera  # in front of the metal
    sheet = pyvista.PolyData(skin.corners.reshape(-1, 3) * stage.factor + near, faces.ravel())
    sheet.cell_data["value"] = skin.data["current_density"]
    colours = {"cmap": skin.scale.cmap, "clim": (skin.scale.low, skin.scale.high)}
    stage.plotter.add_mesh(stage.cut(sheet, clip), scalars="value", **colours, **stage.look)
    stage.frame()
    view = stage.render()
    wide = WIDTH - 0.6 - BAR
    height = wide * view.image.shape[0] / view.image.shape[1]
    with figure(wide, height + 2.2, layout=None) as fig:
        view.show(fig, place(fig, 0, 2.2, wide, height), [skin.scale], wide)
        _histogram(place(fig, 0, 0, wide, 1.5), skin)
        return save(fig, file)
