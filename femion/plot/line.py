"""Values along a straight line, phase by phase, with both one-sided values at interfaces."""

import csv as writer
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from ..errors import InputError, unknown
from .gather import SPLIT, Array, chosen, on_root, vtk_order
from .strata import looks, name_phases
from .style import (
    DASHES,
    INK,
    LINES,
    UNITS,
    WIDTH,
    Picture,
    clusters,
    figure,
    label,
    length_unit,
    save,
    unit_of,
)

Point = Sequence[float]
TINY = 1e-9  # of a barycentric coordinate, and of the length of the line


@dataclass(frozen=True)
class Stretch:
    """One phase from where the line enters it to where it leaves; t is 0 to 1 along the line."""

    phase: str
    t: Array
    values: Mapping[str, Array]


def profile(
    solution: Any,
    names: str | Sequence[str],
    file: str | Path | None = None,
    *,
    start: Point | None = None,
    end: Point | None = None,
    points: int = 400,
    phases: Sequence[str] | None = None,
    csv: str | Path | None = None,
    log: bool | None = None,
) -> Picture:
    """Values of the finite-element functions along a line, drawn and returned. Collective.

    Args:
        solution: What to draw.
        names: Species (concentration [mol/m3]), "phi" [V], "T" [K], "u_x" [m].
        file: Picture to write, or None for the numbers only.
        start: First point of the line [m]; default: along x through the middle of the domain.
        end: Last point of the line [m].
        points: Number of equidistant points; both ends of each phase are added.
        phases: Which phases (default: all that have one of the fields).
        csv: Table to write, with units in its header.
        log: Logarithmic concentrations; None: if they span more than a factor of 10.

    Returns:
        Picture(file, data) on every rank. data["s"] is the distance from the start [m]; "x",
        "y", "z", "phase" and each field follow, NaN where a phase does not have it. A point on an
        interface occurs twice, once with the values of each side.

    Raises:
        InputError: A field or phase does not exist, or the line misses the phases.
    """
    names = [names] if isinstance(names, str) else list(names)
    blocks = chosen(solution, names, phases)
    for name in names:
        if not any(name in b.drawn for b in blocks):
            raise unknown("field of a profile", name, {n for b in blocks for n in b.drawn})
    line = _line(solution.problem.domain, start, end)
    with solution.active():
        found = [s for b in blocks for s in _stretches(b, names, line, points)]
    if not found:
        raise InputError(f"the line from {line[0]} m to {line[1]} m meets none of the phases")
    found.sort(key=lambda s: (s.t[0] + s.t[-1], s.t[0]))
    data = _table(found, names, line)
    titles = {n: label(solution, n) for n in names}

    def write() -> Path | None:
        if csv is not None:
            _write(data, csv)
        return draw(found, titles, line, file, log) if file is not None else None

    return Picture(on_root(solution.comm, write), data)


def _line(domain: Any, start: Point | None, end: Point | None) -> Array:
    """Both ends [m], shape (2, 3)."""
    x = domain.mesh.geometry.x
    ends = np.full(6, -np.inf)
    if len(x):
        ends = np.concatenate([x.max(axis=0), -x.min(axis=0)])
    domain.comm.Allreduce(MPI.IN_PLACE, ends, MPI.MAX)
    high, low = ends[:3], -ends[3:]
    line = np.tile((low + high) / 2, (2, 1))
    line[0, 0], line[1, 0] = low[0], high[0]
    for k, given in enumerate((start, end)):
        if given is not None:
            if not 2 <= len(given) <= 3:
                raise InputError(f"end of the line = {given!r}; allowed: (x, y) or (x, y, z) in m")
            line[k] = 0.0
            line[k, : len(given)] = given
    if not np.linalg.norm(line[1] - line[0]) > 0:
        raise InputError(f"the line from {line[0]} m to {line[1]} m has no length")
    return line


def _stretches(block: Any, names: Sequence[str], line: Array, points: int) -> list[Stretch]:
    """Where a line is in a phase, and the values there; the same on every rank."""
    cells, spans = _crossings(block.mesh, line)
    comm = block.mesh.comm
    out = []
    for low, high in merge(np.concatenate(comm.allgather(spans))):
        even = np.linspace(0, 1, points)
        t = np.concatenate([[low], even[(even > low + TINY) & (even < high - TINY)], [high]])
        u = _evaluate(block, line, t, cells, spans)
        here = [n for n in names if n in block.drawn]
        out.append(Stretch(block.name, t, {n: block.physical(u, n) for n in here}))
    return out


def _crossings(mesh: Any, line: Array) -> tuple[Array, Array]:
    """Our own cells that a line passes through, and where on it, shapes (n,) and (n, 2)."""
    dim = mesh.topology.dim
    owned = mesh.topology.index_map(dim).size_local
    kind, order = vtk_order(mesh.topology.cell_name(), mesh.ufl_cell().num_vertices)
    parts = mesh.geometry.dofmaps[0][:owned][:, order][:, SPLIT[kind]]
    cells = np.repeat(np.arange(owned, dtype=np.int32), parts.shape[1])
    hit, spans, *_ = crossings(mesh.geometry.x[parts.reshape(-1, dim + 1)], line)
    return cells[hit], spans[hit]


def crossings(corners: Array, line: Array) -> tuple[Array, Array, Array, Array]:
    """Where a line is in simplices: (whether it is, from and to, weights at 0, their slopes)."""
    dim = corners.shape[1] - 1
    corners = corners[:, :, :dim]
    edges = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
    start, way = line[0, :dim], line[1, :dim] - line[0, :dim]
    at = np.linalg.solve(edges, (start - corners[:, 0])[..., None])[..., 0]
    slope = np.linalg.solve(edges, np.broadcast_to(way, at.shape)[..., None])[..., 0]
    at = np.column_stack([1 - at.sum(axis=1), at])
    slope = np.column_stack([-slope.sum(axis=1), slope])
    along = np.abs(slope) < TINY
    with np.errstate(divide="ignore", invalid="ignore"):
        root = -at / slope
    low = np.where(along, np.where(at > -TINY, 0.0, 2.0), np.where(slope > 0, root, 0.0))
    high = np.where(along | (slope > 0), 1.0, root)
    spans = np.stack([low.max(axis=1).clip(0), high.min(axis=1).clip(None, 1)], axis=1)
    return spans[:, 1] - spans[:, 0] > TINY, spans, at, slope


def merge(spans: Array) -> list[tuple[float, float]]:
    """Intervals joined where they touch."""
    out: list[tuple[float, float]] = []
    for low, high in spans[np.lexsort((spans[:, 1], spans[:, 0]))]:
        if out and low <= out[-1][1] + 10 * TINY:
            out[-1] = (out[-1][0], max(out[-1][1], float(high)))
        else:
            out.append((float(low), float(high)))
    return [(a if a > TINY else 0.0, b if b < 1 - TINY else 1.0) for a, b in out]


def _evaluate(block: Any, line: Array, t: Array, cells: Array, spans: Array) -> Array:
    """Fields of a phase at points of the line, told to all ranks, shape (points, fields)."""
    image, count = block.image(), len(block.drawn)
    values = np.full((len(t), count), -np.inf)
    if len(cells):
        beyond = np.maximum(spans[:, 0] - t[:, None], t[:, None] - spans[:, 1])
        nearest = beyond.argmin(axis=1)
        ours = beyond[np.arange(len(t)), nearest] <= 10 * TINY
        x = line[0] + t[ours, None] * (line[1] - line[0])
        if len(x):
            values[ours] = image.eval(x, cells[nearest[ours]]).reshape(-1, count)
    block.mesh.comm.Allreduce(MPI.IN_PLACE, values, MPI.MAX)
    return values


def _table(found: Sequence[Stretch], names: Sequence[str], line: Array) -> dict[str, Array]:
    """Columns of all stretches one after the other."""
    t = np.concatenate([s.t for s in found])
    x = line[0] + t[:, None] * (line[1] - line[0])
    out: dict[str, Array] = {"s": t * np.linalg.norm(line[1] - line[0])}
    out |= {"x": x[:, 0], "y": x[:, 1], "z": x[:, 2]}
    out["phase"] = np.concatenate([np.full(len(s.t), s.phase, dtype=object) for s in found])
    for name in names:
        nothing = {name: np.nan}
        out[name] = np.concatenate(
            [np.broadcast_to((nothing | dict(s.values))[name], len(s.t)) for s in found]
        ).astype(float)
    return out


def _write(data: Mapping[str, Array], file: str | Path) -> None:
    """A CSV table with units in its header."""
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    units = {"phase": "", "phi": " [V]", "T": " [K]"}
    units |= {k: " [m]" for k in ("s", "x", "y", "z", "u_x", "u_y", "u_z")}
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = writer.writer(stream)
        out.writerow([f"{k}{units.get(k, ' [mol/m3]')}" for k in data])
        for row in zip(*data.values(), strict=True):
            out.writerow([v if isinstance(v, str) else f"{v:.12g}" for v in row])


# -- the picture ------------------------------------------------------------------------------
def draw(
    found: Sequence[Stretch],
    titles: Mapping[str, str],
    line: Array,
    file: str | Path,
    log: bool | None,
) -> Path:
    """Concentrations in one axes, potentials of phases far apart and other fields in one each."""
    length = float(np.linalg.norm(line[1] - line[0]))
    factor, unit = length_unit(length)
    species = [n for n in titles if n != "phi" and n not in UNITS]
    groups = [(n, g) for n in titles if n not in species for g in _groups(found, n)]
    several = sum(n == "phi" for n, _ in groups) > 1
    heights = [2.6] * bool(species) + [1.7] * len(groups)
    with figure(WIDTH, sum(heights) + 0.7) as fig:
        axes = fig.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[
            :, 0
        ]
        if species:
            _concentrations(axes[0], found, {n: titles[n] for n in species}, length * factor, log)
        for ax, (name, group) in zip(axes[len(axes) - len(groups) :], groups, strict=True):
            where = f", {' + '.join(group)}" if several and name == "phi" else ""
            inside = [s for s in found if s.phase in group and name in s.values]
            _values(ax, inside, looks(found), name, titles[name] + where, length * factor)
        name_phases(fig, axes, found, length * factor)
        axes[-1].set_xlim(0, length * factor)
        along_x = not np.any((line[1] - line[0])[1:]) and line[0, 0] == 0
        axes[-1].set_xlabel(f"{'x' if along_x else 'distance along the line'}  [{unit}]")
        fig.align_ylabels(axes)
        return save(fig, file)


def _groups(found: Sequence[Stretch], name: str) -> list[tuple[str, ...]]:
    """Phases that share an axes."""
    ends: dict[str, tuple[float, float]] = {}
    for s in (s for s in found if name in s.values):
        v = s.values[name]
        low, high = ends.get(s.phase, (np.inf, -np.inf))
        ends[s.phase] = min(low, float(v.min())), max(high, float(v.max()))
    return clusters(ends)[::-1] if name == "phi" else [tuple(ends)]


def _concentrations(
    ax: Any, found: Sequence[Stretch], titles: Mapping[str, str], length: float, log: bool | None
) -> None:
    low, high = np.inf, 0.0
    for k, (name, title) in enumerate(titles.items()):
        for s in found:
            if name in s.values:
                c = s.values[name]
                low, high = min(low, float(c.min())), max(high, float(c.max()))
                dash, thick = DASHES[k % len(DASHES)]
                look = {"color": LINES[k % len(LINES)], "ls": dash, "lw": thick}
                ax.plot(s.t * length, c, label=title, **look)
                title = ""
    if log or (log is None and high > 10 * low):
        ax.set_yscale("log")
    ax.set_ylabel("concentration  [mol/m³]")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=2.2)


def _values(
    ax: Any, inside: Sequence[Stretch], look: Any, name: str, title: str, length: float
) -> None:
    every = np.concatenate([s.values[name] for s in inside])
    factor, unit = unit_of(name, float(every.min()), float(every.max()))
    styles = {s.phase: look[s.phase] for s in inside if s.phase in look}
    for s in inside:
        style = dict(styles.get(s.phase, {"lw": 1.5}))
        ax.plot(s.t * length, s.values[name] * factor, color=INK, **style)
    if styles:
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=2.2)
    ax.set_ylabel(f"{title}  [{unit}]")
