"""Writing TOML: the case as it was run, with all that it includes."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .build import CODE
from .source import Key, Source

_PLAIN = re.compile(r"[A-Za-z0-9_-]+$")


def resolved(source: Source) -> str:
    """The case as one file that gives the same from any folder."""
    tree = {k: _absolute(v, (k,), source) for k, v in source.tree.items()}
    geometry = tree.get("geometry", {})
    if isinstance(geometry.get("file"), str):
        folder = source.folder(("geometry",))
        tree["geometry"] = geometry | {"file": str((folder / geometry["file"]).resolve())}
    return dump(tree)


def _absolute(value: Any, key: Key, source: Source) -> Any:
    """Names of Python files from the root on."""
    if isinstance(value, dict):
        return {k: _absolute(v, key, source) for k, v in value.items()}
    if isinstance(value, list):
        return [_absolute(v, key, source) for v in value]
    if isinstance(value, str) and (code := CODE.match(value)):
        return f"{(source.folder(key) / Path(code[1])).resolve()}:{code[2]}"
    return value


def dump(tree: Mapping[str, Any], above: str = "") -> str:
    """TOML text of a tree."""
    own = {k: v for k, v in tree.items() if not isinstance(v, dict)}
    lines = [f"{_key(k)} = {_inline(v)}" for k, v in own.items()]
    text = "\n".join(lines) + ("\n" if lines else "")
    for k, v in tree.items():
        if isinstance(v, dict):
            name = f"{above}{_key(k)}"
            head = "" if v and all(isinstance(x, dict) for x in v.values()) else f"\n[{name}]\n"
            text += head + dump(v, f"{name}.")
    return text


def _key(name: str) -> str:
    return name if _PLAIN.match(name) else json.dumps(name, ensure_ascii=False)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
