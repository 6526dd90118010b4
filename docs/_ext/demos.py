"""The demos as pages: what each says of itself, its picture, its script, its case file."""

import ast
from pathlib import Path
from typing import Any

from catalogue import rst
from docutils import nodes
from plaintext import plain
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]


class Demos(SphinxDirective):
    """A section per demo."""

    def run(self) -> list[nodes.Node]:
        """In the order of their names."""
        out: list[nodes.Node] = []
        for file in sorted((ROOT / "demos").glob("*/*.py")):
            if file.stem == file.parent.name:
                out.append(self._section(file))
        return out

    def _section(self, file: Path) -> nodes.section:
        name, text = file.stem, file.read_text()
        said = ast.get_docstring(ast.parse(text)) or ""
        head, _, rest = said.partition("\n\n")
        section = nodes.section(ids=[name.replace("_", "-")])
        section += nodes.title("", head.strip().removesuffix("."))
        lines = [plain(rest), ""]
        if (ROOT / "docs" / "images" / f"{name}.png").exists():
            lines += [f".. image:: /images/{name}.png", f"   :alt: {name}", ""]
        others = [p for p in file.parent.glob("*.py") if p != file]
        for other in sorted([*others, *file.parent.glob("case.toml")]):
            lines += self._file(other, other.read_text())
        start = ast.parse(text).body[0].end_lineno or 0
        lines += self._file(file, "\n".join(text.splitlines()[start:]).strip("\n"))
        section += self.parse_text_to_nodes(rst(lines))
        return section

    def _file(self, file: Path, text: str) -> list[str]:
        """Its text; what is beside the script is folded."""
        self.env.note_dependency(str(file))
        language = {".py": "python", ".toml": "toml"}[file.suffix]
        shown = [f"   {x}".rstrip() for x in text.splitlines()]
        block = [f".. code-block:: {language}", "", *shown, ""]
        path = file.relative_to(ROOT)
        if file.stem == file.parent.name:
            return [f"``{path}``", "", *block]
        fold = [".. raw:: html", "", f"   <details class='rows'><summary>{path}</summary>", ""]
        return [*fold, *block, ".. raw:: html", "", "   </details>", ""]


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("demos", Demos)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
