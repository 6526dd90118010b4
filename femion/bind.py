"""Every number of a model becomes a named Constant, so that changing one compiles nothing.

Floats are parameters; ints, strings and functions are structure. The path of a parameter
reads as its place in the model: "phases.feed.medium.transport.D.Na+".
"""

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from dolfinx import fem


def bind(mesh: Any, model: Any) -> tuple[Any, dict[str, Any]]:
    """(the same model with a Constant for every float, {path: Constant}).

    An object that occurs twice is bound once: its parameters have several paths, one value.
    """
    seen: dict[int, tuple[Any, dict[str, Any]]] = {}

    def walk(x: Any) -> tuple[Any, dict[str, Any]]:
        if isinstance(x, float):
            constant = fem.Constant(mesh, float(x))
            return constant, {"": constant}
        if isinstance(x, str) or not _has_parts(x):
            return x, {}
        if id(x) not in seen:
            parts = {k: walk(v) for k, v in _parts(x)}
            paths = {
                f"{k}.{p}".rstrip("."): c for k, (_, sub) in parts.items() for p, c in sub.items()
            }
            seen[id(x)] = _rebuild(x, [new for new, _ in parts.values()]), paths
        return seen[id(x)]

    return walk(model)


def _has_parts(x: Any) -> bool:
    is_data = dataclasses.is_dataclass(x) and not isinstance(x, type)
    return is_data or isinstance(x, Mapping | Sequence)


def parts(x: Any) -> list[tuple[str, Any]] | None:
    """(label, part) of what a model is made of; None of what has no parts to name."""
    return None if isinstance(x, str) or not _has_parts(x) else _parts(x)


def _parts(x: Any) -> list[tuple[str, Any]]:
    if dataclasses.is_dataclass(x):
        return [(f.name, getattr(x, f.name)) for f in dataclasses.fields(x)]
    if isinstance(x, Mapping):
        return [(k if isinstance(k, str) else ",".join(k), v) for k, v in x.items()]
    labels = [
        getattr(v, "name", None) or getattr(v, "where", None) or str(k) for k, v in enumerate(x)
    ]
    return [
        (n if labels.count(n) == 1 else f"{n}#{k}", v)
        for k, (n, v) in enumerate(zip(labels, x, strict=True))
    ]


def _rebuild(x: Any, parts: list[Any]) -> Any:
    if dataclasses.is_dataclass(x):
        new = copy.copy(x)  # not replace(): what was checked as a number is not checked again
        for f, part in zip(dataclasses.fields(x), parts, strict=True):
            object.__setattr__(new, f.name, part)
        return new
    return dict(zip(x, parts, strict=True)) if isinstance(x, Mapping) else tuple(parts)
