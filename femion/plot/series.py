"""What a programme did over time: voltages, currents and what else was watched."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import unknown
from .gather import Array, on_root
from .style import DASHES, FILLS, INK, LINES, WIDTH, Picture, figure, save

TIMES = ((3.0, 1e3, "ms"), (600.0, 1.0, "s"), (7200.0, 1 / 60.0, "min"), (2e5, 1 / 3600.0, "h"))
DAYS = 1 / 86400.0, "d"


def series(cycle: Any, file: str | Path, names: Sequence[str] | None = None) -> Picture:
    """Watched values over time, a panel per kind, the stages shaded and named. Collective.

    Args:
        cycle: What `cycle` returned.
        file: Picture to write; png, pdf or svg.
        names: Series of its history (default: every potential and current).

    Returns:
        Picture(file, data) on every rank; data is the history in SI units.

    Raises:
        InputError: A series does not exist, or the file cannot be written.
    """
    data, units = cycle.history, cycle.units
    if names is None:
        names = [n for n in data if n.startswith(("potential ", "current "))]
    for name in names:
        if name not in data:
            raise unknown("series", name, data)
    kinds: dict[str, list[str]] = {}
    for name in names:
        kind = f"{name.split(' ')[0]}  [{units[name]}]" if units[name] else name
        kinds.setdefault(kind, []).append(name)
    written = on_root(cycle.last.comm, lambda: draw(data, kinds, cycle.legs, file))
    return Picture(written, data)


def draw(
    data: Mapping[str, Array], kinds: Mapping[str, Sequence[str]], legs: Sequence[Any], file: Any
) -> Path:
    """Panels by their titles, each with the names of its series; `legs` shade them. One rank."""
    begin, end = float(data["time"][0]), float(data["time"][-1])
    factor, unit = next(((f, u) for most, f, u in TIMES if end - begin < most), DAYS)
    with figure(WIDTH, 1.7 * len(kinds) + 0.7) as fig:
        axes = fig.subplots(len(kinds), 1, sharex=True, squeeze=False)[:, 0]
        for ax, (title, names) in zip(axes, kinds.items(), strict=True):
            for k, name in enumerate(names):
                dash, width = DASHES[k % len(DASHES)]
                look = {"color": LINES[k % len(LINES)], "ls": dash, "lw": width}
                ax.plot(data["time"] * factor, data[name], label=_where(name), **look)
            ax.set_ylabel(title)
            if len(names) > 1 or len(kinds) > 1:
                ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=2.2)
        if legs := [leg for leg in legs if leg.end > leg.begin]:
            _stages(axes, legs, factor)
        axes[-1].set_xlim(begin * factor, end * factor)
        axes[-1].set_xlabel(f"time  [{unit}]")
        fig.align_ylabels(axes)
        return save(fig, file)


def _where(name: str) -> str:
    """The place in "potential WHERE"."""
    return name.split(" ", 1)[-1]


def _stages(axes: Sequence[Any], legs: Sequence[Any], factor: float) -> None:
    """A pale band per stage, alike for stages of one name; named above where there is room."""
    names = list(dict.fromkeys(leg.name for leg in legs))
    colours = {n: FILLS[k % len(FILLS)] for k, n in enumerate(names)}
    span = legs[-1].end - legs[0].begin
    narrow = any((leg.end - leg.begin) / span * 75 < len(leg.name) for leg in legs)
    for ax in axes:
        for leg in legs:
            ends = leg.begin * factor, leg.end * factor
            ax.axvspan(*ends, color=colours[leg.name], alpha=0.55, lw=0)
    if narrow:
        from matplotlib.patches import Patch

        look = {"alpha": 0.55, "edgecolor": INK, "lw": 0.4}
        handles = [Patch(facecolor=colours[n], label=n, **look) for n in names]
        axes[0].figure.legend(handles=handles, loc="outside upper center", ncols=5)
        return
    for leg in legs:
        x, place = (leg.begin + leg.end) / 2 * factor, axes[0].get_xaxis_transform()
        axes[0].text(x, 1.02, leg.name, transform=place, ha="center", va="bottom", fontsize=9)
