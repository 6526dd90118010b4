"""The verification book: what `femion verify` found, from docs/verification/results.json."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from catalogue import rst, table
from docutils import nodes
from femion.verify.registry import Case, load
from plaintext import plain
from sphinx.util.docutils import SphinxDirective

FILE = Path(__file__).parents[1] / "verification" / "results.json"


@cache
def kept() -> dict[str, Any]:
    """The stored rows of every case."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def number(x: float | None, digits: int = 6) -> str:
    """A number for a table."""
    return "undefined" if x is None else f"{x:.{digits}g}"


def of(group: str) -> list[Case]:
    """Cases of a group."""
    return [c for c in load().values() if c.group == group]


def sentence(c: Case) -> str:
    """First line of what a case says of itself."""
    return plain((c.compute.__doc__ or "").strip().split("\n")[0])


class Overview(SphinxDirective):
    """How many cases and values of each group there are, and how many agree."""

    def run(self) -> list[nodes.Node]:
        """The table."""
        rows = []
        for group in dict.fromkeys(c.group for c in load().values()):
            cases = [c.name for c in of(group)]
            found = [r for n in cases if n in kept() for r in kept()[n]["rows"]]
            good = sum(r["passed"] for r in found)
            missing = sum(n not in kept() for n in cases)
            words = f"{good} of {len(found)}" + (f"; {missing} cases not run" if missing else "")
            rows.append([f":doc:`{group}`", str(len(cases)), words])
        head = ["group", "cases", "values within tolerance"]
        return self.parse_text_to_nodes(rst(table(rows, "30 20 50", head)))


class Verification(SphinxDirective):
    """Every case of a group: computed, reference, error, tolerance, source."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """A picture, and a table per case."""
        self.env.note_dependency(str(FILE))
        cases = of(self.arguments[0])
        lines: list[str] = []
        for c in cases:
            lines += [f".. rubric:: {c.name}", "   :class: key", "", sentence(c), ""]
            lines += self._table(kept()[c.name]) if c.name in kept() else ["*Not in the stored run.*", ""]
        shown = [c.name for c in cases if c.name in kept()]
        return [*self._picture(shown), *self.parse_text_to_nodes(rst(lines))]

    @staticmethod
    def _table(found: dict[str, Any]) -> list[str]:
        rows = []
        for r in found["rows"]:
            unit = "" if r["unit"] in ("1", "-", None) else f" {r['unit']}"
            good = "yes" if r["passed"] else "**no**"
            values = [number(r["computed"]) + unit, number(r["reference"]) + unit]
            rows.append([plain(r["quantity"]), *values, number(r["error"], 2), number(r["tolerance"], 2), good])
        head = ["quantity", "computed", "reference", "error", "tolerance", "within"]
        sources = "; ".join(dict.fromkeys(r["source"] for r in found["rows"] if r["source"]))
        day = f"{found['date']}, commit {found['commit']}"
        said = f"Source: {plain(sources)}. " if sources else ""
        return [*table(rows, "32 17 17 12 12 10", head), f"{said}Computed {day}.", ""]

    @staticmethod
    def _picture(names: list[str]) -> list[nodes.Node]:
        """The worst error over its tolerance of each case."""
        if not names:
            return []
        text = drawn({n: worst(kept()[n]["rows"]) for n in names})
        return [nodes.raw("", f'<div class="errors">{text}</div>', format="html")]


def worst(rows: list[dict[str, Any]]) -> float:
    """Largest error over tolerance; those without an error count as failed by far."""
    shares = [r["error"] / r["tolerance"] if r["error"] is not None and r["tolerance"] else math.inf for r in rows]
    exact = [0.0 if r["passed"] and not r["tolerance"] else s for r, s in zip(rows, shares, strict=True)]
    return max(exact, default=math.inf)


def drawn(shares: dict[str, float]) -> str:
    """Bars on a logarithmic axis from 1e-6 to the tolerance, as SVG."""
    step, left, width = 15, 240, 420
    decades = 6
    parts = []
    for k, (name, share) in enumerate(shares.items()):
        y = 16 + step * k
        part = min(max((math.log10(max(share, 1e-30)) + decades) / decades, 0.004), 1.05)
        fault = ' class="fault"' if share > 1 else ""
        title = f"<title>{name}: {share:.2g} of the tolerance</title>"
        parts.append(
            f'<text x="{left - 6}" y="{y + 9}" text-anchor="end">{name}</text>'
            f'<rect x="{left}" y="{y + 1}" width="{part * width:.1f}" height="{step - 4}"{fault}>{title}</rect>'
        )
    bottom = 16 + step * len(shares)
    for d in range(decades + 1):
        x = left + width * d / decades
        label = "tolerance" if d == decades else f"1e{d - decades}"
        parts.append(
            f'<line x1="{x:.1f}" y1="12" x2="{x:.1f}" y2="{bottom}"/>'
            f'<text x="{x:.1f}" y="{bottom + 13}" text-anchor="middle">{label}</text>'
        )
    return (
        f'<svg viewBox="0 0 {left + width + 40} {bottom + 20}" role="img" '
        f'aria-label="largest error of each case as a share of its tolerance">{"".join(parts)}</svg>'
    )


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("verification", Verification)
    app.add_directive("verification-overview", Overview)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
