"""Tables and entries of what `femion laws` lists; nothing is listed by hand."""

from typing import Any

from docutils import nodes
from plaintext import plain
from sphinx.util.docutils import SphinxDirective

import femion
from femion import plugins


def own(kind: str) -> list[plugins.Entry]:
    """Femion's own entries of a kind."""
    return [e for e in plugins.installed(kind) if e.package == "femion"]


def address(kind: str, entry: plugins.Entry) -> str:
    """Where a user gets an entry: femion.NAME, or from the package of its kind."""
    if entry.name in femion.__all__:
        return f"femion.{entry.name}"
    return f"femion.{plugins.KINDS[kind].modules.split()[0]}.{entry.name}"


def heading(text: str) -> list[str]:
    """A heading that is not in the table of contents."""
    return [f".. rubric:: {text}", "   :class: key", ""]


def rst(lines: list[str]) -> str:
    """A page in Markdown gets a piece of reStructuredText."""
    return "\n".join(["````{eval-rst}", *lines, "````"])


def table(rows: list[list[str]], widths: str, head: list[str] | None = None) -> list[str]:
    """A table in reStructuredText."""
    out = [".. list-table::", f"   :widths: {widths}"]
    out += ["   :header-rows: 1"] if head else []
    for row in [head, *rows] if head else rows:
        out += ["", *(f"   {'*' if k == 0 else ' '} - {cell}" for k, cell in enumerate(row))]
    return [*out, ""]


class Catalogue(SphinxDirective):
    """A table of some kinds: the name, linked to its entry, and the first line of its docstring."""

    required_arguments = 1
    optional_arguments = 20

    def run(self) -> list[nodes.Node]:
        """The table."""
        rows = [
            [f":py:obj:`{e.name} <{address(kind, e)}>`", plain(e.summary)]
            for kind in self.arguments
            for e in own(kind)
        ]
        return self.parse_text_to_nodes(rst(table(rows, "26 74")))


class Entries(SphinxDirective):
    """Signature and docstring of everything of some kinds."""

    required_arguments = 1
    optional_arguments = 20

    def run(self) -> list[nodes.Node]:
        """One entry after the other."""
        lines: list[str] = []
        done = set()
        for kind in self.arguments:
            for e in own(kind):
                if (name := address(kind, e)) not in done:
                    lines += [
                        f".. auto{'class' if isinstance(e.value, type) else 'function'}:: {name}",
                        "",
                    ]
                done.add(name)
        return self.parse_text_to_nodes(rst(lines))


class Kinds(SphinxDirective):
    """What each kind of plug-in has to be."""

    def run(self) -> list[nodes.Node]:
        """The table."""
        rows = [[f"``femion.{k}``", plain(v.contract)] for k, v in plugins.KINDS.items()]
        return self.parse_text_to_nodes(rst(table(rows, "30 70", ["group", "what it has to be"])))


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("catalogue", Catalogue)
    app.add_directive("entries", Entries)
    app.add_directive("kinds", Kinds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
