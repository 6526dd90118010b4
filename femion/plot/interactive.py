"""An interactive scene: the surfaces of phases, coloured by a field of choice, as one HTML file."""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FemionError
from .gather import Array, Piece, on_root, pieces, sheets
from .style import Scale, label, length_unit, scales

MOST = 50_000  #: triangles of a scene
CUT = 1  #: axis of the plane that a solid is cut open by, as by clip="-y"
STEPS = 33  #: colours that stand for a map
FIELDS = 8  #: that can be chosen

Surface = tuple[str, bool, Array, Array, dict[str, Array]]  # phase, cut, points, triangles, values


def scene3d(solution: Any, file: str | Path, names: Sequence[str] = ()) -> Path:
    """Write a page on which a solution is turned, cut open and asked for its values. Collective.

    Args:
        solution: What to draw.
        file: Page to write, .html; it needs no other file, and no network.
        names: Fields to choose from (default: all).

    Raises:
        InputError: A field does not exist, or the file cannot be written.
    """
    every = dict.fromkeys(n for b in solution.problem.phases for n in b.drawn)
    names = list(names) or list(every)
    found, groups = pieces(solution, names), sheets(solution, names, None)
    titles = {n: label(solution, n) for n in names}
    path: Path = on_root(solution.comm, partial(write, found, groups, titles, Path(file)))
    return path


def write(
    found: Mapping[str, Piece],
    groups: Sequence[Sequence[str]],
    titles: Mapping[str, str],
    file: Path,
) -> Path:
    """The same from pieces, on one rank."""
    page = _template("alone").render(title=file.stem, scene=fragment(found, groups, titles))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
    return file


def fragment(
    found: Mapping[str, Piece], groups: Sequence[Sequence[str]], titles: Mapping[str, str]
) -> str:
    """HTML of a scene to be put into a page, with all that it needs."""
    surfaces = list(_surfaces(found))
    budget = MOST / max(sum(len(t) for _, _, _, t, _ in surfaces), 1)
    parts = [simplified(s, budget) for s in surfaces] if budget < 1 else surfaces
    script = Path(__file__).parents[1] / "report/scene.js"
    return str(
        _template("scene").render(
            data=_packed(json.dumps(_described(found, groups, titles, parts))),
            library=_library(),
            script=script.read_text(encoding="utf-8"),
            simplified=budget < 1,
            triangles=sum(len(t) for _, _, _, t, _ in parts),
        )
    )


@cache
def _library() -> str:
    """Plotly's script, which draws the scene."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise FemionError(f"a scene needs the package 'plotly': {error}") from None
    return _packed(get_plotlyjs())


def _template(name: str) -> Any:
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("femion", "report")
    return Environment(loader=loader, autoescape=True).get_template(f"{name}.html.j2")


# -- what is shown ----------------------------------------------------------------------------
def _described(
    found: Mapping[str, Piece],
    groups: Sequence[Sequence[str]],
    titles: Mapping[str, str],
    parts: Sequence[Surface],
) -> dict[str, Any]:
    """The scene as the page's script takes it."""
    points = np.concatenate([p.points for p in found.values()])
    ends = np.array([points.min(axis=0), points.max(axis=0)])
    span = ends[1] - ends[0]
    factor, unit = length_unit(float(span.max()))
    fields = {}
    for name in list(titles)[:FIELDS]:
        bars = scales(name, titles[name], found, log=None, per_phase=None)
        fields[name] = [{**_bar(s), "title": titles[name]} for s in bars]
    factors = {n: {p: b["factor"] for b in bars for p in b["phases"]} for n, bars in fields.items()}
    flat = _flat(found)
    low = 1 / 8 if flat else 1e-3  # what is thinner is stretched, as in other pictures
    ratio = np.maximum(span / span.max(), low)
    ratio *= min(1.6 / ratio[1], 2.6 / ratio[0]) if flat else 1.4
    return {
        "unit": unit,
        "flat": flat,
        "fields": fields,
        "aspect": dict(zip("xyz", map(float, ratio), strict=True)),
        "ranges": dict(zip("xyz", (factor * ends).T.tolist(), strict=True)),
        "hidden": [n for group in groups[1:] for n in group],
        "parts": [_part(s, factor, factors) for s in parts],
    }


def _bar(scale: Scale) -> dict[str, Any]:
    """A colour bar."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    steps = np.linspace(0, 1, STEPS)
    return {
        "phases": scale.phases,
        "low": scale.low,
        "high": scale.high,
        "log": scale.log,
        "factor": scale.factor,
        "label": scale.label,
        "unit": scale.label.rsplit("[", 1)[-1].rstrip("]"),
        "colours": [[float(x), to_hex(colormaps[scale.cmap](x))] for x in steps],
    }


def _part(surface: Surface, factor: float, factors: Mapping[str, Mapping[str, float]]) -> Any:
    phase, cut, points, triangles, values = surface
    shown = {n: v * factors[n][phase] for n, v in values.items() if n in factors}
    return {
        "phase": phase,
        "cut": cut,
        "points": _binary(points * factor, "<f4"),
        "triangles": _binary(triangles, "<u4"),
        "values": {n: _binary(v, "<f8") for n, v in shown.items()},
    }


def _binary(array: Array, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


# -- surfaces ---------------------------------------------------------------------------------
def _flat(found: Mapping[str, Piece]) -> bool:
    return next(iter(found.values())).simplices.shape[1] == 3


def _surfaces(found: Mapping[str, Piece]) -> Iterator[Surface]:
    """Flat phases; the skins of solid ones, whole and cut open in the middle."""
    if _flat(found):
        for name, p in found.items():
            yield name, False, p.points, p.simplices, dict(p.values)
        return
    points = np.concatenate([p.points for p in found.values()])
    low, high = points.min(axis=0), points.max(axis=0)
    way = np.zeros(3)
    way[CUT] = -1.0
    unit = float((high - low).max())  # vtk's tolerances are absolute
    plane = {"normal": way, "origin": ((low + high) / 2 + 1e-5 * (high - low) * way) / unit}
    for name, p in found.items():
        solid = p.grid(p.simplices, 10)
        solid.points = solid.points / unit
        skin = solid.extract_surface(algorithm="dataset_surface")
        for cut in (False, True):
            shape = skin.clip(**plane).append_polydata(solid.slice(**plane)) if cut else skin
            shape = shape.triangulate()
            if shape.n_cells:
                cells = shape.faces.reshape(-1, 4)[:, 1:]
                values = {n: np.asarray(shape.point_data[n]) for n in p.values}
                yield name, cut, np.asarray(shape.points) * unit, cells, values


def simplified(surface: Surface, share: float) -> Surface:
    """About that share of the triangles: nodes within a cube of a grid become one, their mean."""
    phase, cut, points, triangles, values = surface
    low = points.min(axis=0)
    size = float((points.max(axis=0) - low).max())
    a, b = (points[triangles[:, k]] - points[triangles[:, 0]] for k in (1, 2))
    area = float(np.linalg.norm(np.cross(a, b), axis=1).sum()) / 2 / size**2
    count = 1.2 * np.sqrt(share * len(triangles) / (2 * area)) + 4
    while True:
        cube = np.floor((points - low) / size * count).astype(np.int64)
        key = cube @ np.array([1, 1 << 20, 1 << 40])
        _, which, many = np.unique(key, return_inverse=True, return_counts=True)
        cells = which[triangles]
        sides = cells[:, [1, 2, 0]] != cells
        cells = np.unique(cells[sides.all(axis=1)], axis=0)
        if len(cells) <= max(share * len(triangles), 4) or count < 4:
            break
        count *= 0.93
    mean = partial(_mean, which, many)
    middle = np.column_stack([mean(x) for x in points.T])
    return phase, cut, middle, cells, {n: mean(v) for n, v in values.items()}


def _mean(which: Array, many: Array, values: Array) -> Array:
    return np.bincount(which, values, len(many)) / many
