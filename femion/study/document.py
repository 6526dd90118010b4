"""A study file: which case, which of its values vary, and where it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..case.dump import quoted
from ..case.source import Fault, Key, Source, path
from ..errors import unknown
from .cluster import Cluster
from .draws import Range

#: Top-level tables of a study, and what they hold.
SECTIONS = {
    "title": "what the study is about",
    "include": "files whose tables count too, unless stated here",
    "case": "the case file, or a list of them; names count from the folder of the study",
    "ranks": "MPI ranks of each run (default: 1)",
    "workers": "runs at the same time (default: cores / ranks)",
    "set": "values of the case that are the same in all runs",
    "grid": "a list of values for each key; all combinations are run",
    "list": "lists of one length for several keys; their first values together, and so on",
    "random": "`count` draws from a `seed`, of keys in `ranges`: { from, to, log }",
    "seeds": "whole numbers that repeat a run, a list or { first, count }; pictures average them",
    "plot": "metrics to draw over what varies (default: those of the case)",
    "cluster": "runs go through Dask: an address, or the keys of a SLURM job",
}
#: What a row calls its case file where a study has several; no key of a case has a space.
FILE = "case file"


@dataclass(frozen=True)
class Study:
    """What a study file says; keys of the case are dotted, as for `femion run --set`."""

    cases: Mapping[str, Path]  #: by their names, without .toml
    title: str = ""
    ranks: int = 1
    workers: int | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    grid: Mapping[str, list[Any]] = field(default_factory=dict)
    columns: Mapping[str, list[Any]] = field(default_factory=dict)
    count: int = 0
    seed: int = 0
    ranges: Mapping[str, Range] = field(default_factory=dict)
    seeds: Mapping[str, list[Any]] = field(default_factory=dict)
    plot: tuple[str, ...] | None = None
    cluster: Cluster | None = None
    source: Source = field(default_factory=lambda: Source({}, {}, {(): Path()}))

    @property
    def varied(self) -> list[str]:
        """What varies, in the order of the table's columns."""
        files = [FILE] if len(self.cases) > 1 else []
        return [*files, *self.keys]

    @property
    def keys(self) -> list[str]:
        """Keys of the case that vary."""
        return [*self.grid, *self.columns, *self.ranges, *self.seeds]


def read(source: Source) -> Study:
    """The study that a file describes; raises InputError with all that is wrong in it."""
    found: dict[str, Any] = {"source": source}
    for name in source.tree:
        with source.watching(name):
            if name not in SECTIONS:
                raise Fault((name,), str(unknown("table of a study", name, SECTIONS)))
            found |= READERS[name](source)
    if "case" not in source.tree:
        with source.watching():
            raise Fault((), "case is missing; allowed: the name of a case file")
    source.refuse()
    study = Study(**found)
    with source.watching():
        _apart(study)
    source.refuse()
    return study


def _apart(study: Study) -> None:
    """Nothing is varied twice, or inside of what is varied; and something is."""
    if not study.varied:
        allowed = "[grid], [list], [random], [seeds] or several case files"
        raise Fault((), f"nothing varies; allowed: {allowed}")
    names = [*study.keys, *study.fixed]
    keys = [path(n) for n in names]
    for k, key in enumerate(keys):
        for other in keys[k + 1 :]:
            if key[: len(other)] == other[: len(key)]:
                raise Fault((), f"{names[k]} is set twice; allowed: in one table, once")


# -- tables -----------------------------------------------------------------------------------
def _text(name: str) -> Callable[[Source], dict[str, Any]]:
    def reader(source: Source) -> dict[str, Any]:
        value = source.tree[name]
        if not isinstance(value, str):
            raise Fault((name,), f"{value!r}; allowed: text")
        return {name: value}

    return reader


def _case(source: Source) -> dict[str, Any]:
    value, found = source.tree["case"], {}
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise Fault(("case",), f"{value!r}; allowed: the name of a case file, or a list of them")
    for name in names:
        file = source.folder(("case",)) / name
        if not file.is_file():
            raise Fault(("case",), f"file '{file}' does not exist")
        if (short := name.removesuffix(".toml")) in found:
            raise Fault(("case",), f"{name!r} is there twice; allowed: once")
        found[short] = file
    return {"cases": found}


def _whole(name: str) -> Callable[[Source], dict[str, Any]]:
    return lambda source: {name: whole(source.tree[name], (name,), 1)}


def whole(value: Any, key: Key, least: int) -> int:
    """A whole number, not below `least`."""
    if type(value) is not int or not least <= value < 2**31:
        raise Fault(key, f"{value!r}; allowed: a whole number from {least}")
    return value


def _set(source: Source) -> dict[str, Any]:
    return {"fixed": flat(source.table("set"), ("set",), lambda v: not isinstance(v, dict))}


def _grid(source: Source) -> dict[str, Any]:
    return {"grid": _lists(source, "grid")}


def _list(source: Source) -> dict[str, Any]:
    found = _lists(source, "list")
    lengths = {k: len(v) for k, v in found.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{k} has {n}" for k, n in lengths.items())
        raise Fault(("list",), f"lists of different lengths ({told}); allowed: one length")
    return {"columns": found}


def _lists(source: Source, name: str) -> dict[str, Any]:
    found = flat(source.table(name), (name,), lambda v: not isinstance(v, dict))
    for k, v in found.items():
        if not isinstance(v, list) or not v:
            raise Fault((name, *path(k)), f"{v!r}; allowed: a list of values")
        if any(a == b and type(a) is type(b) for i, a in enumerate(v) for b in v[i + 1 :]) and (
            name == "grid"
        ):
            raise Fault((name, *path(k)), f"{v!r}; allowed: each value once")
    return found


def _random(source: Source) -> dict[str, Any]:
    table = source.table("random")
    for k in table:
        if k not in (known := ("count", "seed", "ranges")):
            raise Fault(("random", k), str(unknown("key of random", k, known)))
    if lacking := [k for k in ("count", "ranges") if k not in table]:
        raise Fault(("random",), f"{' and '.join(lacking)} missing")
    count = whole(table["count"], ("random", "count"), 1)
    seed = whole(table.get("seed", 0), ("random", "seed"), 0)
    if not isinstance(table["ranges"], dict) or not table["ranges"]:
        raise Fault(("random", "ranges"), f"{table['ranges']!r}; allowed: keys of the case")
    key = ("random", "ranges")
    found = flat(table["ranges"], key, lambda v: not _inner(v))
    ranges = {k: Range.read(v, (*key, *path(k))) for k, v in found.items()}
    return {"count": count, "seed": seed, "ranges": ranges}


def _seeds(source: Source) -> dict[str, Any]:
    found = {}
    for k, v in flat(source.table("seeds"), ("seeds",), lambda v: not _inner(v)).items():
        key = ("seeds", *path(k))
        if isinstance(v, dict) and v.keys() <= {"first", "count"} and "count" in v:
            first = whole(v.get("first", 1), (*key, "first"), 0)
            v = list(range(first, first + min(whole(v["count"], (*key, "count"), 1), MOST + 1)))
        if not isinstance(v, list) or not v:
            raise Fault(key, f"{v!r}; allowed: a list of whole numbers, or {{ first, count }}")
        found[k] = [whole(n, key, 0) for n in v]
    if len(found) > 1:
        raise Fault(("seeds",), f"{', '.join(found)}; allowed: one key")
    return {"seeds": found}


def _plot(source: Source) -> dict[str, Any]:
    value = source.tree["plot"]
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Fault(("plot",), f"{value!r}; allowed: a list of names of metrics")
    return {"plot": tuple(value)}


def _cluster(source: Source) -> dict[str, Any]:
    return {"cluster": Cluster.read(source.table("cluster"))}


READERS: Mapping[str, Callable[[Source], dict[str, Any]]] = {
    "title": _text("title"),
    "case": _case,
    "ranks": _whole("ranks"),
    "workers": _whole("workers"),
    "set": _set,
    "grid": _grid,
    "list": _list,
    "random": _random,
    "seeds": _seeds,
    "plot": _plot,
    "cluster": _cluster,
}
#: Cases of a study.
MOST = 100_000


# -- keys -------------------------------------------------------------------------------------
def flat(table: Mapping[str, Any], key: Key, leaf: Callable[[Any], bool]) -> dict[str, Any]:
    """{dotted key: value}: a key may be written in quotes as one, or as tables in tables."""
    found: dict[str, Any] = {}

    def walk(inner: Mapping[str, Any], above: Key) -> None:
        for k, v in inner.items():
            here = (*above, *(path(k) if not above else (k,)))
            if isinstance(v, dict) and not leaf(v):
                walk(v, here)
            elif not all(here):
                raise Fault((*key, k), f"{k!r} is no key; allowed: such as laws.left.current")
            else:
                name = ".".join(map(quoted, here))
                if name in found:
                    raise Fault((*key, *here), "is set twice; allowed: once")
                found[name] = v

    walk(table, ())
    if not found:
        raise Fault(key, "is empty; allowed: keys of the case")
    return found


def _inner(value: Any) -> bool:
    """Whether a table holds further keys of the case, rather than a range."""
    return isinstance(value, dict) and all(isinstance(v, dict | list) for v in value.values())
