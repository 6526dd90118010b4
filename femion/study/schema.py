"""The JSON Schema of study files."""

from typing import Any

from .cluster import KINDS, LISTS, TEXTS
from .document import SECTIONS

Schema = dict[str, Any]
WHOLE: Schema = {"type": "integer", "minimum": 1}
LIST: Schema = {"type": "array", "minItems": 1}
END: Schema = {"type": ["number", "string"]}


def schema() -> Schema:
    """JSON Schema (2020-12) of a study; keys of the case may be dotted, or tables in tables."""
    ends = {"from": END, "to": END, "log": {"type": "boolean"}}
    random = {
        "count": WHOLE,
        "seed": {"type": "integer", "minimum": 0},
        "ranges": _keys({"type": "object", "properties": ends, "required": ["from", "to"]}),
    }
    counted = {"type": "object", "properties": {"first": {"type": "integer"}, "count": WHOLE}}
    texts: Schema = {"type": "array", "items": {"type": "string"}}
    cluster: dict[str, Schema] = {"type": {"enum": list(KINDS)}, "address": {"type": "string"}}
    cluster |= {"jobs": WHOLE} | dict.fromkeys(LISTS, texts)
    cluster |= {k: {"type": "string"} for k in TEXTS}
    sections: dict[str, Schema] = {
        "title": {"type": "string"},
        "include": {"type": ["string", "array"]},
        "case": {"anyOf": [{"type": "string"}, {**texts, "minItems": 1}]},
        "ranks": WHOLE,
        "workers": WHOLE,
        "set": {"type": "object", "minProperties": 1},
        "grid": _keys(LIST),
        "list": _keys(LIST),
        "random": _closed(random, ["count", "ranges"]),
        "seeds": _keys({"anyOf": [LIST, counted]}),
        "plot": texts,
        "cluster": _closed(cluster, []),
    }
    described = {k: {**sections[k], "description": text} for k, text in SECTIONS.items()}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "femion study",
    }
    return head | _closed(described, ["case"])


def _closed(properties: dict[str, Schema], required: list[str]) -> Schema:
    found = {"type": "object", "properties": properties, "additionalProperties": False}
    return found | ({"required": required} if required else {})


def _keys(values: Schema) -> Schema:
    """Keys of the case, in quotes, or as tables in tables."""
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"anyOf": [values, {"type": "object"}]},
    }
