"""Plain curves beside each other: what a sweep or a comparison ends in."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mpi4py import MPI

from .gather import on_root
from .style import DASHES, FILLS, INK, LINES, Picture, figure, save

HEIGHT, PANEL = 2.9, 2.9  # of a panel [inch]


@dataclass(frozen=True)
class Panel:
    """Lines over a common axis; axis names carry their unit: "i  [A/cm²]".

    `lines` {name: (x, y)} or, with error bars, {name: (x, y, error)}. A name has the same look in
    every panel of a picture. `bands` {text: (low, high)} shades ranges of y, infinite ones as far
    as the axis goes.
    """

    x: str
    y: str
    lines: Mapping[str, tuple[Sequence[float], ...]]
    bands: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def curves(panels: Sequence[Panel], file: str | Path, comm: Any = MPI.COMM_WORLD) -> Picture:
    """Draw panels side by side under one legend, lettered (a), (b), ... Collective.

    Rank 0 draws; its lines count. Returns Picture(file, {}) on every rank.
    """
    return Picture(on_root(comm, lambda: draw(panels, file)), {})


def draw(panels: Sequence[Panel], file: str | Path) -> Path:
    """The same, on one rank."""
    names = list(dict.fromkeys(n for p in panels for n in p.lines))
    with figure(PANEL * len(panels), HEIGHT + 0.4) as fig:
        axes = fig.subplots(1, len(panels), squeeze=False)[0]
        handles: dict[str, Any] = {}
        for ax, letter, panel in zip(axes, "abcdefgh", panels, strict=False):
            for name, (x, y, *error) in panel.lines.items():
                dash, width = DASHES[names.index(name) % len(DASHES)]
                look = {"color": LINES[names.index(name) % len(LINES)], "ls": dash, "lw": width}
                bars = {"yerr": error[0], "marker": "o", "ms": 4, "capsize": 3} if error else {}
                handles[name] = ax.errorbar(x, y, label=name, **bars, **look)
            _shade(ax, panel.bands)
            ax.margins(x=0.03 * any(len(line) > 2 for line in panel.lines.values()))
            ax.set_xlabel(panel.x)
            ax.set_ylabel(panel.y)
            ax.set_title(f"({letter})", loc="left", fontweight="bold")
        fig.legend(handles.values(), handles, loc="outside upper center", ncols=4)
        return save(fig, file)


def _shade(ax: Any, bands: Mapping[str, tuple[float, float]]) -> None:
    bottom, top = ax.get_ylim()
    for k, (text, (low, high)) in enumerate(bands.items()):
        ends = [bottom if math.isinf(low) else low, top if math.isinf(high) else high]
        ax.axhspan(*ends, color=FILLS[(k + 1) % len(FILLS)], alpha=0.5, lw=0)
        ax.axhline(ends[0], color=INK, lw=0.5)
        ax.annotate(
            text,
            (0.03, ends[1]),
            xycoords=("axes fraction", "data"),
            xytext=(0, -4),
            textcoords="offset points",
            va="top",
            fontsize=8.5,
        )
    ax.set_ylim(bottom, top)
