"""The reference of case files, from the JSON Schema that `femion schema` prints."""

import json
from functools import cache
from typing import Any

from catalogue import address, heading, own, rst, table
from docutils import nodes
from plaintext import plain
from sphinx.util.docutils import SphinxDirective

from femion import plugins
from femion.case.schema import schema

Schema = dict[str, Any]
ANY = "quantity, formula or table"
#: What a table of a kind is called.
WORDS = {
    "laws": "law",
    "transport": "transport model",
    "activity": "activity model",
    "controls": "control",
    "closures": "closure",
    "energies": "energy",
    "heat": "heat balance",
    "flow": "flow",
    "forces": "force",
    "stabilisations": "stabilisation",
    "reactions": "reaction",
    "properties": "property",
    "media": "medium",
    "geometry": "geometry",
}


@cache
def made() -> Schema:
    """The schema of femion's own."""
    return schema(foreign=False)


def words(s: Schema) -> str:
    """What a field takes, in words."""
    if "$ref" in s:
        name = s["$ref"].rsplit("/", 1)[1]
        return {"quantity": "quantity", "metric": "metric"}.get(name) or f"{WORDS[name]} (a table)"
    if "const" in s:
        return f'``"{s["const"]}"``'
    if "enum" in s:
        return " or ".join(f'``"{x}"``' for x in s["enum"])
    if "anyOf" in s:
        parts = list(dict.fromkeys(w for x in s["anyOf"] if (w := words(x))))
        whole = ", ".join(parts).split(", ")
        kept = list(dict.fromkeys(x for x in whole if x != "property (a table)"))
        if "text" in kept and "quantity" in kept:
            kept.remove("text")
        return " or ".join(kept)
    kind = s.get("type")
    if kind == "array":
        return f"list of {words(s['items'])}" if words(s.get("items", {})) != ANY else "list"
    if kind == "object":
        if "pattern" in str(s.get("properties", "")):
            return ""  # a Python file's, said once
        if keys := s.get("properties"):
            return f"table of {' '.join(f'``{k}``' for k in keys)}"
        inner = s.get("additionalProperties")
        return f"by name: {words(inner)}" if inner else "table"
    if isinstance(kind, list):
        return "quantity"
    simple = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    if s.get("pattern") == "^=":
        return "formula"
    return simple.get(kind or "", ANY)


def fields(s: Schema) -> list[str]:
    """A table of the fields of an object, with what holds if one is left out."""
    required = s.get("required", [])
    rows = [
        [f"``{name}``" + (" \\*" if name in required else ""), words(field), default(field)]
        for name, field in s["properties"].items()
        if "const" not in field
    ]
    return table(rows, "28 50 22") if rows else ["No fields.", ""]


def default(s: Schema) -> str:
    """The default of a field as a case file would say it."""
    return f"``{json.dumps(s['default'])}``" if "default" in s else ""


class Sections(SphinxDirective):
    """The top-level tables of a case file."""

    def run(self) -> list[nodes.Node]:
        """What each is, and its fields where they are fixed."""
        lines: list[str] = []
        for name, s in made()["$defs"]["case"]["properties"].items():
            lines += [*heading(name), plain(s["description"]) + ".", ""]
            inner = (
                s if "properties" in s else s.get("additionalProperties") or s.get("items") or {}
            )
            if name in ("phases", "solve", "time", "limiting", "stages", "checkpoint", "output"):
                lines += fields(inner)
        return self.parse_text_to_nodes(rst(lines))


class Tables(SphinxDirective):
    """The fields of everything of a kind, as tables of a case file."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """One table after the other."""
        kind = self.arguments[0]
        lines: list[str] = []
        for e in own(kind):
            s = self._schema(kind, e)
            link = f":py:obj:`Python <{address(kind, e)}>`"
            lines += [*heading(e.name), f"{plain(e.summary)} ({link})", "", *fields(s)]
        return self.parse_text_to_nodes(rst(lines))

    @staticmethod
    def _schema(kind: str, e: plugins.Entry) -> Schema:
        defs = made()["$defs"]
        every = defs["case"]["properties"][kind] if kind == "geometry" else defs[kind]
        key = "builder" if kind == "geometry" else "type"
        return next(
            (
                x
                for x in every.get("anyOf", [every])
                if x["properties"].get(key, {}).get("const") == e.name
            ),
            {"properties": {}},
        )


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("case-sections", Sections)
    app.add_directive("case-tables", Tables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
