"""The verification book: what `femion verify` found, from docs/verification/results.json."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from catalogue import heading, rst, table
from docutils import nodes
from plaintext import plain
from sphinx.util.docutils import SphinxDirective

from femion.verify.registry import Case, load

ERRORS = "Largest error of each case as a share of its tolerance:"
ORDERS = "Observed orders of convergence, of which the tables have the expected ones:"
FEW = 12  # rows that are shown unfolded
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
        self.env.note_dependency(str(FILE))
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
        out = self._picture([c.name for c in cases if c.name in kept()])
        for c in cases:
            head = [*heading(c.name), sentence(c), ""]
            if c.name not in kept():
                out += self.parse_text_to_nodes(rst([*head, "*Not in the stored run.*", ""]))
                continue
            found = kept()[c.name]
            said, rows = self._said(found), self.parse_text_to_nodes(rst(self._table(found)))
            out += self.parse_text_to_nodes(rst([*head, said, ""]))
            out += rows if len(found["rows"]) <= FEW else folded(found["rows"], rows)
        return out

    @staticmethod
    def _said(found: dict[str, Any]) -> str:
        """Where the references are from, and when this was computed."""
        sources = "; ".join(dict.fromkeys(r["source"] for r in found["rows"] if r["source"]))
        day = f"{found['date']}, commit {found['commit']}"
        return f"Source: {plain(sources)}. Computed {day}." if sources else f"Computed {day}."

    @staticmethod
    def _table(found: dict[str, Any]) -> list[str]:
        rows = []
        for r in found["rows"]:
            unit = "" if r["unit"] in ("1", "-", None) else f" {r['unit']}"
            good = "yes" if r["passed"] else "**no**"
            values = [number(r[k]) + unit for k in ("computed", "reference")]
            errors = [number(r[k], 2) for k in ("error", "tolerance")]
            rows.append([plain(r["quantity"]), *values, *errors, good])
        head = ["quantity", "computed", "reference", "error", "tolerance", "within"]
        return table(rows, "32 17 17 12 12 10", head)

    @staticmethod
    def _picture(names: list[str]) -> list[nodes.Node]:
        """The worst error over its tolerance of each case, and orders of convergence."""
        if not names:
            return []
        text = f"<p>{ERRORS}</p>{drawn({n: worst(kept()[n]['rows']) for n in names})}"
        if found := {n: orders for n in names if (orders := observed(kept()[n]["rows"]))}:
            text += f"<p>{ORDERS}</p>{dots(found)}"
        return [nodes.raw("", f'<div class="errors">{text}</div>', format="html")]


def folded(rows: list[dict[str, Any]], shown: list[nodes.Node]) -> list[nodes.Node]:
    """Many rows behind one line."""
    line = f"{len(rows)} values, the worst at {worst(rows):.2g} of its tolerance"
    start = f'<details class="rows"><summary>{line}</summary>'
    ends = (nodes.raw("", text, format="html") for text in (start, "</details>"))
    return [next(ends), *shown, next(ends)]


def observed(rows: list[dict[str, Any]]) -> list[float]:
    """Orders of convergence among the values of a case."""
    known = [r for r in rows if "order of" in r["quantity"] and r["reference"]]
    return [r["computed"] for r in known if r["computed"] is not None]


def worst(rows: list[dict[str, Any]]) -> float:
    """Largest error over tolerance; one without an error has failed by far."""
    return max((_share(r) for r in rows), default=math.inf)


def _share(row: dict[str, Any]) -> float:
    if row["error"] == 0.0:
        return 0.0
    return row["error"] / row["tolerance"] if row["error"] and row["tolerance"] else math.inf


STEP, LEFT, WIDTH = 15, 240, 420  # of a line of a figure, of its names, of its axis


def drawn(shares: dict[str, float]) -> str:
    """Bars on a logarithmic axis from 1e-6 to the tolerance."""
    decades, parts = 6, []
    for k, (name, share) in enumerate(shares.items()):
        part = min(max((math.log10(max(share, 1e-30)) + decades) / decades, 0.004), 1.05)
        fault = ' class="fault"' if share > 1 else ""
        title = f"<title>{name}: {share:.2g} of the tolerance</title>"
        size = f'width="{part * WIDTH:.1f}" height="{STEP - 4}"'
        parts.append(f'<rect x="{LEFT}" y="{STEP * k + 17}" {size}{fault}>{title}</rect>')
    ticks = {f"1e{d - decades}": d / decades for d in range(decades)} | {"tolerance": 1.0}
    return figure(list(shares), parts, ticks, "largest error of each case over its tolerance")


def dots(found: dict[str, list[float]]) -> str:
    """Observed orders of convergence on an axis from 0 to 4."""
    parts = [
        f'<circle cx="{LEFT + WIDTH * min(order, 4.0) / 4:.1f}" cy="{STEP * k + 22}" r="3">'
        f"<title>{name}: {order:.2f}</title></circle>"
        for k, (name, orders) in enumerate(found.items())
        for order in orders
    ]
    return figure(list(found), parts, {str(n): n / 4 for n in range(5)}, "observed orders")


def figure(names: list[str], parts: list[str], ticks: dict[str, float], what: str) -> str:
    """Names, an axis, and what is drawn along it."""
    bottom, lines = 16 + STEP * len(names), []
    for k, name in enumerate(names):
        lines.append(f'<text x="{LEFT - 6}" y="{STEP * k + 25}" text-anchor="end">{name}</text>')
    for label, place in ticks.items():
        x = LEFT + WIDTH * place
        lines.append(
            f'<line x1="{x:.1f}" y1="12" x2="{x:.1f}" y2="{bottom}"/>'
            f'<text x="{x:.1f}" y="{bottom + 13}" text-anchor="middle">{label}</text>'
        )
    box = f'viewBox="0 0 {LEFT + WIDTH + 40} {bottom + 20}"'
    return f'<svg {box} role="img" aria-label="{what}">{"".join([*lines, *parts])}</svg>'


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("verification", Verification)
    app.add_directive("verification-overview", Overview)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
