"""Phases along a line: pale bands with names, and which lines belong to which phase."""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from .style import DASHES, INK, bands

TINY = 1e-9  # of the length of the line

Band = tuple[float, float, str]


def strata(found: Sequence[Any]) -> list[Band]:
    """(from, to, names) of the bands of some stretches; phases on the same cells share one."""
    ends = sorted({t for s in found for t in (s.t[0], s.t[-1])})
    parts: list[Band] = []
    for low, high in pairwise(ends):
        middle = (low + high) / 2
        names = dict.fromkeys(s.phase for s in found if s.t[0] < middle < s.t[-1])
        if high - low > TINY and names:
            parts.append((low, high, " + ".join(names)))
    runs = (list(run) for _, run in groupby(parts, key=lambda part: part[2]))
    return [(run[0][0], run[-1][1], run[0][2]) for run in runs]


def looks(found: Sequence[Any]) -> Mapping[str, dict[str, Any]]:
    """Labels and dashes of phases on the same cells, by which their lines are told apart."""
    out: dict[str, dict[str, Any]] = {}
    for *_, names in strata(found):
        each = names.split(" + ")
        for k, name in enumerate(each if len(each) > 1 else ()):
            dash, width = DASHES[k % len(DASHES)]
            out.setdefault(name, {"label": name, "ls": dash, "lw": width})
    return out


def name_phases(fig: Any, axes: Sequence[Any], found: Sequence[Any], length: float) -> None:
    """Shade the phases and name them: above the bands, or in a legend where bands are narrow."""
    from matplotlib.patches import Patch

    parts = strata(found)
    colours = bands(list(dict.fromkeys(name for *_, name in parts)))
    for ax in axes:
        for low, high, name in parts:
            ax.axvspan(low * length, high * length, color=colours[name], alpha=0.55, lw=0)
            for t in (low, high):
                if TINY < t < 1 - TINY:
                    ax.axvline(t * length, color=INK, lw=0.4)
    if all((high - low) * 75 > len(name) for low, high, name in parts):
        for low, high, name in parts:
            x, place = (low + high) / 2 * length, axes[0].get_xaxis_transform()
            axes[0].text(x, 1.02, name, transform=place, ha="center", va="bottom", fontsize=9)
        return
    look = {"alpha": 0.55, "edgecolor": INK, "lw": 0.4}
    handles = [Patch(facecolor=colour, label=name, **look) for name, colour in colours.items()]
    fig.legend(handles=handles, loc="outside upper center", ncols=4)
