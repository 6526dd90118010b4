"""Stacked bars: what a whole is made of, case by case."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mpi4py import MPI

from .gather import on_root
from .style import FILLS, INK, LINES, Picture, figure, save

WIDE, HIGH = 0.9, 3.2  # of a bar with its gap, and of the picture [inch]


def bars(
    columns: Mapping[str, Mapping[str, float]],
    y: str,
    file: str | Path,
    comm: Any = MPI.COMM_WORLD,
) -> Picture:
    """One stacked bar per column, {column: {part: value}}, such as `metrics.loss_split`.

    Negative parts hang below zero; the line across a bar is its sum. `y` names the axis with its
    unit: "loss  [mV]". Collective; rank 0 draws. Returns Picture(file, {}) on every rank.
    """
    return Picture(on_root(comm, lambda: draw(columns, y, file)), {})


def draw(columns: Mapping[str, Mapping[str, float]], y: str, file: str | Path) -> Path:
    """The same, on one rank."""
    parts = list(dict.fromkeys(p for column in columns.values() for p in column))
    with figure(2.6 + WIDE * len(columns), HIGH) as fig:
        stack(fig.subplots(), columns, parts)
        fig.axes[0].set_ylabel(y)
        fig.legend(loc="outside right upper")
        return save(fig, file)


def stack(ax: Any, columns: Mapping[str, Mapping[str, float]], parts: list[str]) -> None:
    """Bars of all columns in an axis, from zero up and from zero down."""
    colours = [*LINES[:-1], *FILLS]
    ends = {name: [0.0, 0.0] for name in columns}
    for k, part in enumerate(parts):
        heights = [float(column.get(part, 0.0)) for column in columns.values()]
        low = []
        for name, h in zip(columns, heights, strict=True):
            end = ends[name]
            low.append(end[h < 0])
            end[h < 0] += h
        look = {"color": colours[k % len(colours)], "edgecolor": "white", "linewidth": 0.5}
        ax.bar(list(columns), heights, 0.7, bottom=low, label=part, **look)
    for k, column in enumerate(columns.values()):
        ax.plot([k - 0.38, k + 0.38], [sum(column.values())] * 2, color=INK, lw=1.4)
    ax.axhline(0.0, color=INK, lw=0.6)
