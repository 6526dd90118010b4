"""Writing TOML: the case as it was run, with all that it includes."""

import json
import re
from collections.abc import Mapping
from typing import Any

from .source import Key, Source

_PLAIN = re.compile(r"[A-Za-z0-9_-]+$")


def resolved(source: Source) -> str:
    """The case as one file that gives the same from any folder."""
    return dump(_absolute(source.tree, (), source.files))


def _absolute(value: Any, key: Key, files: Mapping[Key, str]) -> Any:
    """Names of files from the root on."""
    if isinstance(value, dict):
        return {k: _absolute(v, (*key, k), files) for k, v in value.items()}
    if isinstance(value, list):
        return [_absolute(v, (*key, str(k)), files) for k, v in enumerate(value)]
    return files.get(key, value)


def dump(tree: Mapping[str, Any], above: str = "") -> str:
    """TOML text of a tree."""
    own = {k: v for k, v in tree.items() if not isinstance(v, dict)}
    lines = [f"{quoted(k)} = {inline(v)}" for k, v in own.items()]
    text = "\n".join(lines) + ("\n" if lines else "")
    for k, v in tree.items():
        if isinstance(v, dict):
            name = f"{above}{quoted(k)}"
            head = "" if v and all(isinstance(x, dict) for x in v.values()) else f"\n[{name}]\n"
            text += head + dump(v, f"{name}.")
    return text


def quoted(name: str) -> str:
    """A part of a key as TOML has it."""
    return name if _PLAIN.match(name) else json.dumps(name, ensure_ascii=False)


def inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(k)} = {inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
