"""femion's docstrings are plain text with `code`: made safe for reStructuredText."""

import re
from typing import Any

import femion

CODE = re.compile(r"`([^`]+)`")
SPECIAL = re.compile(r"[*|\\]|_(?=\W|$)")


def plain(line: str) -> str:
    """A line whose `code` is code, and in which no other sign means anything."""
    parts = CODE.split(line)
    return "".join(
        code(x) if k % 2 else SPECIAL.sub(lambda m: "\\" + m[0], x) for k, x in enumerate(parts)
    )


def code(text: str) -> str:
    """What stands between backticks, with a link where it is a name of femion's."""
    return f":py:obj:`{text} <femion.{text}>`" if text in femion.__all__ else f"``{text}``"


def docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Before napoleon: text is plain, what is indented by four or more is a formula or code."""
    out: list[str] = []
    for line in lines:
        formula = line.startswith("    ") and not _listed(out)
        if formula and out and not out[-1].strip() and (len(out) < 2 or out[-2] != "::"):
            if not _literal(out):
                out += ["::", ""]
        out.append(line if formula else plain(line))
    lines[:] = out


def _listed(before: list[str]) -> bool:
    """Whether we are in a section like "Args:"."""
    for line in reversed(before):
        if line.strip() and not line.startswith(" "):
            return line.strip() in ("Args:", "Raises:", "Returns:", "Yields:")
    return False


def _literal(before: list[str]) -> bool:
    """Whether the last lines are in a literal block already."""
    for line in reversed(before):
        if line.strip():
            return line.startswith("    ")
    return False


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.connect("autodoc-process-docstring", docstring, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
