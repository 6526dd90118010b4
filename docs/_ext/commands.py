"""The reference of the command line, from the commands themselves."""

from typing import Any

import typer
from catalogue import heading, rst, table
from docutils import nodes
from plaintext import plain
from sphinx.util.docutils import SphinxDirective

from femion.cli import app as femion_app


def every(group: Any, path: str) -> list[tuple[str, Any]]:
    """(name, command) of all, commands of groups included."""
    out: list[tuple[str, Any]] = []
    for name, command in group.commands.items():
        full = f"{path} {name}"
        out += every(command, full) if hasattr(command, "commands") else [(full, command)]
    return out


class Commands(SphinxDirective):
    """Every command, its arguments and options."""

    def run(self) -> list[nodes.Node]:
        """One command after the other."""
        lines: list[str] = []
        for name, command in every(typer.main.get_command(femion_app), "femion"):
            shown = [p for p in command.params if p.name != "help"]
            words = [p.name.upper() for p in shown if p.param_type_name == "argument"]
            lines += [*heading(" ".join([name, *words])), plain((command.help or "").strip()), ""]
            rows = [[self._name(p), plain(p.help or "")] for p in shown]
            lines += table(rows, "34 66") if rows else []
        return self.parse_text_to_nodes(rst(lines))

    @staticmethod
    def _name(p: Any) -> str:
        if p.param_type_name == "argument":
            return f"``{p.name.upper()}``"
        return ", ".join(f"``{o}``" for o in [*p.opts, *p.secondary_opts])


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
