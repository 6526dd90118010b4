"""The catalogue of meshes/*.toml with pictures."""

import tomllib
from pathlib import Path
from typing import Any

from catalogue import rst, table
from docutils import nodes
from plaintext import plain
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

log = logging.getLogger(__name__)
ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "images" / "meshes"


class Meshes(SphinxDirective):
    """A row per parameter file: its picture, what it says it is, and its builder."""

    def run(self) -> list[nodes.Node]:
        """The table."""
        rows = []
        for file in sorted((ROOT / "meshes").glob("*.toml")):
            text = file.read_text()
            builder = tomllib.loads(text)["builder"]
            said = " ".join(x.removeprefix("#").strip() for x in self._head(text))
            if not (PICTURES / f"{file.stem}.png").exists():
                log.warning("%s has no picture; python docs/images/meshes/update.py", file.name)
            rows.append(
                [
                    f".. image:: /images/meshes/{file.stem}.png\n          :alt: {file.stem}",
                    f"``meshes/{file.name}``\n\n       {plain(said)}.\n\n"
                    f"       :py:obj:`{builder} <femion.geometry.{builder}>`",
                ]
            )
        return [
            nodes.container(
                "", *self.parse_text_to_nodes(rst(table(rows, "50 50"))), classes=["meshes"]
            )
        ]

    @staticmethod
    def _head(text: str) -> list[str]:
        lines = text.splitlines()
        end = next((k for k, x in enumerate(lines) if not x.startswith("#")), len(lines))
        return lines[:end]


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("meshes", Meshes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
