"""The reference of the Python interface, and the check that it is complete."""

import inspect
import sys
from importlib import import_module
from typing import Any

from catalogue import rst
from docutils import nodes
from plaintext import plain
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import femion

log = logging.getLogger(__name__)

#: Packages whose public names have an entry each.
PACKAGES = (
    "metrics",
    "plot",
    "io",
    "upscaling",
    "library",
    "geometry",
    "case",
    "study",
    "solvers",
    "verify",
)


def public(package: str) -> dict[str, Any]:
    """What a package says is public, without its modules; values by name."""
    found = import_module(package)
    given = {name: getattr(found, name) for name in found.__all__}
    return {n: x for n, x in given.items() if not inspect.ismodule(x)}


def entry(name: str, value: Any, members: bool = True) -> list[str]:
    """An entry of autodoc."""
    if inspect.isclass(value):
        more = ["   :members:"] if members else []
        return [f".. autoclass:: {name}", *more, ""]
    if callable(value):
        return [f".. autofunction:: {name}", ""]
    return [f".. py:data:: {name}", "", f"   {comment(name.rpartition('.')[2])}", ""]


def comment(name: str) -> str:
    """The "#: text" above a constant, in whichever module of femion it is made."""
    for module in [m for m in list(sys.modules) if m.startswith("femion")]:
        said = ModuleAnalyzer.for_module(module).find_attr_docs().get(("", name))
        if said:
            return plain(" ".join(said).strip())
    return ""


class Package(SphinxDirective):
    """Every public name of a package that `femion` itself does not have, with its members."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """One entry after the other."""
        package = self.arguments[0]
        lines: list[str] = []
        for name, value in public(package).items():
            if name not in femion.__all__:
                lines += entry(f"{package}.{name}", value)
        return self.parse_text_to_nodes(rst(lines))


class Names(SphinxDirective):
    """Entries of the names given, one on a line."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """One entry after the other."""
        lines: list[str] = []
        for full in self.content:
            package, _, name = full.strip().rpartition(".")
            lines += entry(full.strip(), getattr(import_module(package), name))
        return self.parse_text_to_nodes(rst(lines))


def complete(app: Any, env: Any) -> None:
    """Warn of every public name without an entry."""
    known = set(env.get_domain("py").objects)
    wanted = {f"femion.{n}" for n in public("femion")}
    for p in PACKAGES:
        wanted |= {f"femion.{p}.{n}" for n in public(f"femion.{p}") if n not in femion.__all__}
    for name in sorted(wanted - known):
        log.warning("%s is public and has no entry in the reference", name)


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("package", Package)
    app.add_directive("names", Names)
    app.connect("env-check-consistency", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
