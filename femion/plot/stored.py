"""Pictures of a run that is done, from what its folder has; on one rank, nothing is solved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, unknown
from . import line
from .bars import draw as draw_bars
from .convergence import convergence
from .curves import Panel
from .curves import draw as draw_curves
from .gather import Array, Piece
from .line import Stretch, crossings, merge
from .panels import Look, box, draw
from .scenes import CUTS, Clip
from .series import draw as draw_series
from .style import title

Draw = Callable[[Path], Path]
KINDS = ("potential", "current", "charge")
STREAMS = "free energy of streams"  #: what a `metrics.loss_split` has
CUT = "-y"  #: what opens a 3D domain to the viewer
SHARES = (0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875)  #: of the width and height, for profiles


def pictures(results: Any, names: Sequence[str] | None = None) -> dict[str, Draw]:
    """{name: what draws it to a file} of all pictures that the stored results give.

    `names`: of the fields, by default all but components of a velocity.
    """
    out: dict[str, Draw] = {}
    stored = list(dict.fromkeys(n for found in results.fields.values() for n in found))
    every = [n for n in stored if not n.startswith("v_")]
    names = every if names is None else [n for n in names if n in stored]
    for name in names:
        stem = name.replace("/", "_")
        out[stem] = partial(field, results, name)
        if results.state["dimensions"] == 3:
            out[f"{stem}_cut"] = partial(field, results, name, clip=CUT)
    for name in dict.fromkeys(n for found in results.vectors.values() for n in found):
        out[f"streams_{name}"] = partial(vector, results, "streams", name)
    if names:
        out["profile"] = partial(profile, results, names)
    if results.series:
        out["series"] = partial(over_time, results)
    if _swept(results):
        out["polarisation"] = partial(polarisation, results)
    metrics = {k: m["value"] for k, m in results.summary.get("metrics", {}).items()}
    if splits := {k: v for k, v in metrics.items() if isinstance(v, Mapping) and STREAMS in v}:
        out["losses"] = partial(draw_bars, splits, "power  [W], in 2D [W/m]")
    if results.summary.get("convergence") or results.table("steps.csv"):
        out["convergence"] = partial(convergence, results)
    return out


def field(results: Any, name: str, file: Path, *, at: Any = None, clip: Clip = None) -> Path:
    """A field in all phases that have it, at a stored time (default: the last)."""
    found = results.pieces([name], at)
    check_cut(results, clip)
    caption = _time(results, results.index(at)) if at is not None else ""
    return draw(
        found, sheets(results, found), _titles(results, [name]), file, Look(clip, caption=caption)
    )


def vector(results: Any, how: str, name: str, file: Path, *, at: Any = None) -> Path:
    """Streamlines or arrows (`how`: "streams", "arrows") of a stored vector."""
    from .streams import averaged
    from .streams import draw as draw_streams

    values = results.vector(name, at)
    shapes = results.pieces(["phi"], at)
    found = [averaged(shapes[phase], cells) for phase, cells in values.items()]
    return draw_streams(found, name, results.state["charges"], file, how)


def check_cut(results: Any, clip: Clip) -> None:
    """Refuse a clip that is no direction, or of a flat domain."""
    if clip is not None and clip not in CUTS:
        raise unknown("clip", clip, CUTS)
    if clip is not None and results.state["dimensions"] == 2:
        raise InputError(f"clip = {clip!r} cuts 3D domains; this one is flat")


def sheets(results: Any, found: Mapping[str, Piece]) -> list[list[str]]:
    """The drawn phases in groups that share no cells."""
    groups = [[n for n in group if n in found] for group in results.state["sheets"]]
    return [group for group in groups if group]


def movie(results: Any, name: str, file: Path, *, clip: Clip = None) -> Path:
    """A field over all stored times with one colour scale, a GIF or MP4 of ten seconds at most."""
    from .movie import film

    count = len(results.times)
    if count < 2:
        raise InputError(
            f"the run in '{results.folder}' has fields at {count} time; allowed: two or more "
            "(output of [time])"
        )
    check_cut(results, clip)
    every = [results.pieces([name], t) for t in results.times]
    ranged = {n: _over(p, name, [found[n] for found in every]) for n, p in every[0].items()}
    groups, titles = sheets(results, every[0]), _titles(results, [name])

    def frame(k: int, to: Path) -> Path:
        how = Look(clip, ranged=ranged, caption=_time(results, k))
        return draw(every[k], groups, titles, to, how)

    return film(count, frame, file)


def scene(results: Any, names: Sequence[str] | None = None) -> tuple[Any, ...]:
    """What `interactive` takes, of all fields or those named: pieces, sheets, titles."""
    stored = dict.fromkeys(n for found in results.fields.values() for n in found)
    names = [n for n in stored if names is None or n in names]
    found = results.pieces(names)
    return found, sheets(results, found), _titles(results, names)


def _over(piece: Piece, name: str, every: Sequence[Piece]) -> Piece:
    """A piece that has the values of all times."""
    values = {name: np.concatenate([p.values[name] for p in every])} if name in piece.values else {}
    return Piece(piece.name, piece.points, piece.cells, piece.kind, values)


def _titles(results: Any, names: Sequence[str]) -> dict[str, str]:
    return {n: title(n, results.state["charges"]) for n in names}


def _time(results: Any, k: int) -> str:
    return f"t = {results.times[k]:.4g} s"


# -- along a line -----------------------------------------------------------------------------
def profile(results: Any, names: Sequence[str], file: Path, *, at: Any = None) -> Path:
    """Fields along x through the middle of the domain, with both values at interfaces.

    Beside the middle where that is solid. Between the nodes of quadratic elements values are
    linear.
    """
    found = results.pieces(names, at)
    low, high = box(list(found.values()))
    for share in SHARES:
        ends = np.tile(low + share * (high - low), (2, 1))
        ends[0, 0], ends[1, 0] = low[0], high[0]
        ends[np.abs(ends) < 1e-12 * (high[0] - low[0])] = 0.0
        if parts := [s for p in found.values() for s in stretches(p, ends)]:
            parts.sort(key=lambda s: (s.t[0] + s.t[-1], s.t[0]))
            return line.draw(parts, _titles(results, names), ends, file, None)
    raise InputError(f"{len(SHARES)} lines along x through the domain meet none of the phases")


def stretches(piece: Piece, ends: Array) -> list[Stretch]:
    """Where a line is in a piece, with the values wherever it leaves a cell."""
    hit, spans, at, slope = crossings(piece.points[piece.simplices], ends)
    spans, at, slope, nodes = spans[hit], at[hit], slope[hit], piece.simplices[hit]
    out = []
    for low, high in merge(spans):
        inside = (spans.mean(axis=1) > low) & (spans.mean(axis=1) < high)
        t = spans[inside].T.ravel()
        weights = np.tile(at[inside], (2, 1)) + t[:, None] * np.tile(slope[inside], (2, 1))
        _, first = np.unique(np.round(t, 9), return_index=True)
        values = {
            n: (weights * v[np.tile(nodes[inside], (2, 1))]).sum(axis=1)[first]
            for n, v in piece.values.items()
        }
        out.append(Stretch(piece.name, t[first], values))
    return out


# -- over time --------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Leg:
    """A stage of a programme."""

    name: str
    begin: float
    end: float


def over_time(results: Any, file: Path, names: Sequence[str] | None = None) -> Path:
    """Watched values over time, a panel per kind, stages shaded."""
    data, units = results.series, results.units
    if not data:
        raise InputError(f"the run in '{results.folder}' has no series; allowed: one with [time]")
    for name in names or ():
        if name not in data:
            raise unknown("series", name, data)
    kinds: dict[str, list[str]] = {}
    for name in names or [n for n in data if n not in ("time", "stage")]:
        word = name.split(" ")[0]
        head = word if word in KINDS else name
        kinds.setdefault(f"{head}  [{units[name]}]" if units[name] else head, []).append(name)
    stages = results.summary.get("stages", [])
    legs = [_Leg(g["name"], g["begin"], g["end"]) for g in stages]
    return draw_series(data, kinds, legs, file)


def polarisation(results: Any, file: Path) -> Path:
    """Potential over current of each terminal where both have changed."""
    panels = []
    for where in _swept(results):
        i, v = f"current {where}", f"potential {where}"
        x, y = (f"{n}  [{results.units[n]}]" for n in (i, v))
        panels.append(Panel(x, y, {where: (results.series[i], results.series[v])}))
    return draw_curves(panels, file)


def _swept(results: Any) -> list[str]:
    """Terminals that have had at least ten pairs of different currents and potentials."""
    data = results.series
    places = [n.split(" ", 1)[1] for n in data if n.startswith("current ")]
    out = []
    for where in places:
        i, v = data[f"current {where}"], data.get(f"potential {where}", np.zeros(0))
        if len(v) and min(len(np.unique(np.round(x / (np.ptp(x) or 1.0), 2))) for x in (i, v)) > 9:
            out.append(where)
    return out[:8]
