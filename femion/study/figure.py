"""Pictures of a study: each metric over each key that varies, with error bars over seeds."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..plot.style import DASHES, LINES, figure, save
from .document import FILE
from .table import Cell, Column, Table

#: Lines and panels that a reader can tell apart; with more lines all are averaged.
MOST_LINES, MOST_PANELS, PANEL = 7, 4, 3.1
Point = tuple[Any, float, float]  # x, mean, standard deviation


def pictures(table: Table) -> list[Path]:
    """A picture for each metric to draw, with a panel for each key that varies."""
    study, columns, out = table.plan.study, table.columns, []
    keys = [c for n, c in table.varied.items() if n not in study.seeds and len(set(c.values)) > 1]
    keys = keys or list(table.varied.values())
    for head in _drawn(table):
        if not any(isinstance(v, float) for v in columns[head]):
            continue
        stem = re.sub(r"[^\w.+-]+", "_", re.sub(r" \[[^]]*\]$", "", head))
        file = table.folder.path / "pictures" / f"{stem}.png"
        out.append(_draw(table, head, columns[head], keys[:MOST_PANELS], file))
    return out


def _drawn(table: Table) -> list[str]:
    """Heads of the columns of the metrics to draw: those asked for, or all of the case."""
    heads = list(dict.fromkeys(h for row in table.found for h in row))
    asked = table.plan.study.plot
    if asked is None:
        asked = tuple(table.metrics)
    return [h for h in heads if any(re.match(rf"{re.escape(n)}(:| \[|$)", h) for n in asked)]


def _draw(
    table: Table, head: str, values: Sequence[Cell], keys: Sequence[Column], file: Path
) -> Path:
    with figure(PANEL * max(len(keys), 1.5), 3.3) as fig:
        axes = fig.subplots(1, len(keys), squeeze=False, sharey=True)[0]
        for ax, key in zip(axes, keys, strict=True):
            _panel(ax, table, key, values)
            ax.set_xlabel(re.sub(r" \[", "  [", key.head))
            if _decades([v for v in key.values if isinstance(v, float)]):
                ax.set_xscale("log")
        if _decades([v for v in values if isinstance(v, float)]):
            axes[0].set_yscale("log")
        axes[0].set_ylabel(re.sub(r" \[", "  [", head))
        file.parent.mkdir(parents=True, exist_ok=True)
        return save(fig, file)


def _panel(ax: Any, table: Table, key: Column, values: Sequence[Cell]) -> None:
    """Points where values are drawn at random; else lines, one for each choice of the rest."""
    study = table.plan.study
    x = [v if key.numeric else str(v) for v in key.values]
    done = [k for k, v in enumerate(values) if isinstance(v, float)]
    if study.ranges:
        y = [values[k] for k in done]
        ax.plot([x[k] for k in done], y, "o", ms=3.5, alpha=0.7, color=LINES[0])
        return
    others = [c for n, c in table.varied.items() if c is not key and n not in study.seeds]
    together = key.name in study.columns
    others = [c for c in others if not (together and c.name in study.columns)]
    groups: dict[tuple[Cell, ...], list[int]] = {}
    for k in done:
        groups.setdefault(tuple(c.values[k] for c in others), []).append(k)
    if len(groups) > MOST_LINES:
        groups, others = {("all",): done}, []
    for n, (chosen, rows) in enumerate(groups.items()):
        shown = ", ".join(_choice(c, v) for c, v in zip(others, chosen, strict=False))
        points = list(averages([(x[k], float(values[k] or 0.0)) for k in rows]))
        bars = (
            {"yerr": [p[2] for p in points], "capsize": 3, "elinewidth": 1.0}
            if _spread(points)
            else {}
        )
        dash, width = DASHES[n % len(DASHES)]
        look = {"color": LINES[n % len(LINES)], "lw": width, "marker": "o", "ms": 4}
        look["ls"] = dash if key.numeric else ""  # there is nothing between names
        ax.errorbar([p[0] for p in points], [p[1] for p in points], label=shown, **bars, **look)
    if len(groups) > 1:
        ax.legend()


def averages(found: Sequence[tuple[Any, float]]) -> Iterator[Point]:
    """(x, mean, standard deviation of the sample) of each x, in order."""
    every: dict[Any, list[float]] = {}
    for x, y in found:
        every.setdefault(x, []).append(y)
    ordered = every if any(isinstance(x, str) for x in every) else sorted(every)
    for x in ordered:
        drawn = np.array(every[x])
        yield x, float(drawn.mean()), float(drawn.std(ddof=1)) if len(drawn) > 1 else 0.0


def _spread(points: Sequence[Point]) -> bool:
    return any(p[2] for p in points)


def _choice(column: Column, value: Cell) -> str:
    name = column.name.rsplit(".", 1)[-1].strip('"')
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return shown if name == FILE else f"{name} = {shown} {column.unit}".rstrip()[:40]


def _decades(values: Sequence[float]) -> bool:
    """Whether positive numbers span more than a factor of 30."""
    low = min(values, default=0.0)
    return low > 0 and math.log10(max(values) / low) > math.log10(30)
