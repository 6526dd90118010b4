"""The table of `femion verify`, and its JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI

from .registry import Row, run


def main(
    names: Sequence[str] = (),
    group: str | None = None,
    as_json: bool = False,
    data: str | Path | None = None,
) -> int:
    """Run cases and print them; 0 if all passed, 1 otherwise. Collective.

    Raises InputError for an unknown name, group or data folder.
    """
    rows = run(names, group, data)
    report(rows, as_json)
    return 0 if all(row["passed"] for row in rows) else 1


def report(rows: Sequence[Row], as_json: bool = False) -> None:
    """Print rows on rank 0, as a table or as a JSON list."""
    if MPI.COMM_WORLD.rank:
        return
    if as_json:
        print(json.dumps(list(rows), indent=1, allow_nan=False), flush=True)
        return
    from rich.console import Console

    console = Console()
    if not console.is_terminal:  # a file or a pipe: never fold a number
        console = Console(width=200)
    if rows:
        console.print(_table(rows))
    failed = sum(not row["passed"] for row in rows)
    cases = len({row["name"] for row in rows})
    text = f"{len(rows)} values of {cases} cases compared, {failed} failed"
    console.print(text if rows else "no verification case there yet", highlight=False)


def _table(rows: Sequence[Row]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, justify in (
        ("case", "left"),
        ("quantity", "left"),
        ("computed", "right"),
        ("reference", "right"),
        ("unit", "left"),
        ("error", "right"),
        ("tolerance", "right"),
        ("", "left"),
        ("source", "left"),
    ):
        table.add_column(title, justify=justify, no_wrap=title in ("computed", "reference"))  # type: ignore[arg-type]
    last = None
    for row in rows:
        mark = Text("pass", "green") if row["passed"] else Text("FAIL", "bold red")
        table.add_row(
            Text(row["name"] if row["name"] != last else ""),
            Text(row["quantity"]),
            _text(row["computed"], ".10g"),
            _text(row["reference"], ".10g"),
            Text(row["unit"]),
            _text(row["error"], ".1e"),
            _text(row["tolerance"], ".0e"),
            mark,
            Text(row["source"]),
        )
        last = row["name"]
    return table


def _text(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
