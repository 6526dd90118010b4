"""The JSON Schema of case files, from the signatures that also read them."""

import inspect
import math
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from .. import plugins
from ..io.checkpoint import Checkpoints
from ..library import electrolyte
from ..marching import march
from ..model import Medium, Phase
from ..problem import Problem
from ..programme import Stage, Until
from ..solution import solve
from ..solvers import Direct, FieldSplit
from . import hints
from .build import KIND
from .document import SECTIONS
from .settings import ELSEWHERE, Limiting, Output

Schema = dict[str, Any]
QUANTITY = {"$ref": "#/$defs/quantity"}
ANY: Schema = {}


def schema(foreign: bool = True) -> Schema:
    """JSON Schema (2020-12) of a case; without `foreign` only femion's own laws and models."""
    defs: Schema = {
        "quantity": {
            "type": ["number", "string"],
            "description": "a number with its unit, '35 mol/m^3'; '= formula'; bare if it has none",
        },
        "metric": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["type"]}]},
    }
    for kind in plugins.KINDS:
        found = [e for e in plugins.installed(kind) if foreign or e.package == "femion"]
        defs[kind] = _union([_typed(e) for e in found if e.value is not None])
    sections = _sections(foreign)
    whole = {"properties": sections, "required": ["geometry", "media", "phases"]}
    part = {"properties": dict.fromkeys(sections, ANY), "required": ["include"]}
    defs |= {
        n: {"type": "object"} | x | _closed() for n, x in {"case": whole, "variant": part}.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "femion case",
        "anyOf": [{"$ref": "#/$defs/case"}, {"$ref": "#/$defs/variant"}],
        "$defs": defs,
    }


def _sections(foreign: bool) -> dict[str, Schema]:
    """The top-level tables."""
    media = _table(Medium, skip=("species",), species=_list({"type": "string"}))
    media["properties"] |= {"type": _named([e.name for e in plugins.installed("media")])}
    chosen = _table(electrolyte, skip=("name",), electrolyte={"type": "string"})
    for name in ("temperature", "activity"):
        chosen["properties"][name] = QUANTITY if name == "temperature" else _field(name, Any)
    conductor = _typed(next(e for e in plugins.installed("media") if e.name == "Conductor"))
    sections: dict[str, Schema] = {
        "title": {"type": "string"},
        "include": {"anyOf": [{"type": "string"}, _list({"type": "string"})]},
        "parameters": {"type": "object", "additionalProperties": QUANTITY},
        "geometry": _union([*_builders(foreign), _file()]),
        "species": _by_name(_union([{"type": "integer"}, _species()])),
        "media": _by_name(_union([{**media, "required": ["transport"]}, conductor, chosen])),
        "phases": _by_name(_table(Phase, skip=("name",), medium={"type": "string"})),
        "laws": _union([_list(_ref("laws")), _by_name(_ref("laws", placed=True))]),
        "closure": dict(_field("closure", Any)),
        "inert": _list({"type": "string"}),
        "limiting": _table(Limiting),
        "solve": _solve(),
        "time": _time(),
        "stages": _list(_table(Stage, until=_list(_table(Until)))),
        "checkpoint": _table(Checkpoints, skip=("folder", "resume", "changed")),
        "output": _table(Output, metrics=_by_name({"$ref": "#/$defs/metric"})),
    }
    for name, text in SECTIONS.items():
        sections[name]["description"] = text
    return sections


# -- parts ------------------------------------------------------------------------------------
def _typed(entry: plugins.Entry) -> Schema:
    """A table whose type is this entry."""
    table = _table(entry.value)
    required = ["type", *(k for k in table.get("required", []) if k != "where")]
    properties = {"type": {"const": entry.name}, **table["properties"]}
    return {"description": entry.summary} | table | {"required": required, "properties": properties}


def _builders(foreign: bool) -> list[Schema]:
    out = []
    for e in plugins.installed("geometry"):
        if e.value is not None and (foreign or e.package == "femion"):
            table = _table(e.value, builder={"const": e.name})
            out.append({"description": e.summary} | table)
    return out


def _file() -> Schema:
    properties = {"file": {"type": "string"}, "scale": QUANTITY}
    return {"type": "object", "properties": properties, "required": ["file"]} | _closed()


def _species() -> Schema:
    properties = {"z": {"type": "integer"}, "formula": {"type": "string"}}
    return {"type": "object", "properties": properties, "required": ["z"]} | _closed()


def _solve() -> Schema:
    known = {k: hints.parameters(Problem)[k] for k in ("degree", "quadrature")}
    properties = {k: _field(k, p.annotation) | _default(p) for k, p in known.items()}
    properties["options"] = {"type": "object"} if "options" in hints.parameters(solve) else ANY
    every = (plugins.Entry(c.__name__, c, "femion") for c in (Direct, FieldSplit))
    properties["linear"] = _union([{"type": "string"}, *map(_typed, every)])
    return {"type": "object", "properties": properties} | _closed()


def _time() -> Schema:
    only = inspect.Parameter.KEYWORD_ONLY
    known = {k: p for k, p in hints.parameters(march).items() if p.kind is only}
    names = [k for k in known if k not in ELSEWHERE]
    properties = {k: _field(k, known[k].annotation) | _default(known[k]) for k in names}
    properties["watch"] = _by_name({"$ref": "#/$defs/metric"})
    return {"type": "object", "properties": properties} | _closed()


def _table(make: Any, skip: Sequence[str] = (), **more: Schema) -> Schema:
    """A table of the arguments of a class or function."""
    known = {k: p for k, p in hints.parameters(make).items() if k not in skip}
    properties = {k: _field(k, p.annotation) | _default(p) for k, p in known.items()} | more
    extra = [k for k in more if k not in known and k in ("builder", "electrolyte")]
    required = [*extra, *hints.needed(known)]
    out = {"type": "object", "properties": properties, **_closed()}
    return out | ({"required": required} if required else {})


def _field(name: str, hint: Any) -> Schema:
    """What a field takes: by its annotation, and by the kind of plug-in it holds."""
    kind = None if hints.plain(hint) is str else KIND.get(name)
    if kind is None:
        return _hint(hint)
    one = _union([{"type": "string"}, _ref(kind)])
    many = any(
        inspect.isclass(o) and issubclass(o, Sequence) for o in map(get_origin, hints.members(hint))
    )
    if name == "controls":
        return _by_name(one)
    return _list(one) if many else one


def _default(p: inspect.Parameter) -> Schema:
    """What holds if a field is left out, where JSON can say it; quantities in SI units."""
    if not isinstance(p.default, bool | int | float | str) or p.default in ("", math.inf):
        return {}
    return {"default": p.default}


def _hint(hint: Any) -> Schema:
    hint = hints.plain(hint)
    if get_origin(hint) in (Union, types.UnionType):
        parts = [_hint(h) for h in get_args(hint) if h is not type(None)]
        return _union(parts) if ANY not in parts else ANY
    origin = get_origin(hint) or hint
    if origin is Callable or get_origin(origin) is Callable or not inspect.isclass(origin):
        return ANY
    arguments = get_args(hint)
    simple = {bool: "boolean", str: "string", float: None, int: None}
    for base, name in simple.items():
        if issubclass(origin, base):
            return {"type": name} if name else _number(origin)
    if issubclass(origin, Mapping):
        return _by_name(_hint(arguments[-1]) if arguments else ANY)
    if issubclass(origin, Sequence):
        return _list(_hint(arguments[0]) if len(set(arguments) - {Ellipsis}) == 1 else ANY)
    return ANY


def _number(base: type) -> Schema:
    """A number may be a formula; one that is no integer may be a table (Arrhenius)."""
    if base is int:
        return {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^="}]}
    return {"anyOf": [QUANTITY, _ref("properties")]}


def _ref(kind: str, placed: bool = False) -> Schema:
    """A table of a kind, or one whose type is a Python file's."""
    code = {"properties": {"type": {"pattern": r"\.py:\w+$"}}, "required": ["type"]}
    return {"anyOf": [{"$ref": f"#/$defs/{kind}"}, {"type": "object", **code}]}


def _union(parts: list[Schema]) -> Schema:
    return parts[0] if len(parts) == 1 else {"anyOf": parts}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _by_name(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _named(names: list[str]) -> Schema:
    return {"enum": names}


def _closed() -> Schema:
    return {"additionalProperties": False}
