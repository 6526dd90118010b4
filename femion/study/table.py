"""The table of a study: a row per case, with units in the heads of its columns."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..case import load
from ..case.dump import inline
from ..report.page import rows as flattened
from ..units import quantity
from .draws import NUMBER
from .folder import StudyFolder, write
from .job import Outcome
from .plan import Plan

Cell = float | str | None
#: Numbers of the audit that a table has.
AUDIT = ("charge_imbalance", "energy_imbalance")


class Table:
    """Grows as cases end. `columns` are {head: a value per row}, None where there is none."""

    def __init__(self, plan: Plan, folder: StudyFolder) -> None:
        self.plan, self.folder = plan, folder
        self.outcomes: list[Outcome | None] = []
        self.found: list[dict[str, Cell]] = []
        for number in range(1, len(plan.rows) + 1):
            outcome, summary = folder.outcome(number)
            self.outcomes.append(outcome)
            self.found.append(dict(scalars(summary)) if summary else {})
        self.varied = dict(varied(plan))
        files = plan.study.cases.values()
        metrics = [load(file).at(("output", "metrics")) for file in files]
        self.metrics = list(dict.fromkeys(name for names in metrics for name in names))

    def put(self, outcome: Outcome) -> Outcome:
        """A case that has ended; what counts is its summary."""
        self.folder.record(outcome)
        known, summary = self.folder.outcome(outcome.number)
        k = outcome.number - 1
        self.outcomes[k] = known or outcome
        self.found[k] = dict(scalars(summary)) if summary else {}
        return self.outcomes[k]  # type: ignore[return-value]

    @property
    def columns(self) -> dict[str, list[Cell]]:
        """All columns by their heads."""
        count = len(self.plan.rows)
        out: dict[str, list[Cell]] = {"case": [f"{k + 1:04d}" for k in range(count)]}
        out |= {column.head: list(column.values) for column in self.varied.values()}
        for head in dict.fromkeys(h for row in self.found for h in row):
            out[head] = [row.get(head) for row in self.found]
        ended = self.outcomes
        out["status"] = [o.status if o else "not run" for o in ended]
        out["reason"] = [o.reason if o else "" for o in ended]
        out["seconds"] = [o.seconds if o else None for o in ended]
        out["folder"] = [self.folder.run(k + 1).name if f else "" for k, f in enumerate(self.found)]
        return out

    def save(self) -> Path:
        """Write table.csv, and table.parquet where pyarrow is installed."""
        columns, file = self.columns, self.folder.path / "table.csv"

        def as_csv(part: Path) -> None:
            with part.open("w", newline="", encoding="utf-8") as stream:
                out = csv.writer(stream)
                out.writerow(columns)
                cells = zip(*columns.values(), strict=True)
                out.writerows([[_shown(v) for v in row] for row in cells])

        write(file, as_csv)
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError:
            return file
        made = pyarrow.table({head: _typed(values) for head, values in columns.items()})
        write(file.with_suffix(".parquet"), lambda part: parquet.write_table(made, part))
        return file


# -- what was varied --------------------------------------------------------------------------
class Column:
    """Values of a key that varies: numbers in one unit where they all are, else as written."""

    def __init__(self, name: str, raw: Sequence[Any]) -> None:
        self.name, self.unit = name, ""
        self.values: list[Cell] = [_text(v) for v in raw]
        first = NUMBER.match(raw[0]) if isinstance(raw[0], str) else None
        unit = first[2].strip() if first and first[2] else ""
        try:
            numbers = [_number(v, unit) for v in raw]
        except Exception:  # pint raises many kinds; then they are text
            return
        self.values, self.unit = list(numbers), unit

    @property
    def head(self) -> str:
        """Name with its unit."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    @property
    def numeric(self) -> bool:
        """Whether all are numbers."""
        return all(isinstance(v, float) for v in self.values)


def varied(plan: Plan) -> Iterator[tuple[str, Column]]:
    """(key, its column) of all that varies."""
    for name in plan.study.varied:
        yield name, Column(name, [row[name] for row in plan.rows])


def _number(value: Any, unit: str) -> float:
    """A plain number, or a quantity in a unit; raises for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and not unit:
        return float(value)
    if not isinstance(value, str) or not unit:
        raise ValueError
    match = NUMBER.match(value)
    if match and match[2] and match[2].strip() == unit:
        return float(match[1])
    return float(quantity(value).to(unit).magnitude)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else inline(value)


# -- what came out ----------------------------------------------------------------------------
def scalars(summary: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    """(head with its unit, number) of every metric, terminal and balance of a run."""
    for name, found in summary.get("metrics", {}).items():
        yield from _cells(name, found)
    for where, found in summary.get("terminals", {}).items():
        for what, one in found.items():
            yield from _cells(f"{what} {where}", one)
    if "limiting_current" in summary:
        yield from _cells("limiting current", summary["limiting_current"])
    for name in AUDIT:
        if name in summary.get("audit", {}):
            yield name.replace("_", " "), _cell(summary["audit"][name])
    if "unknowns" in summary:
        yield "unknowns", float(summary["unknowns"])


def _cells(name: str, found: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    for part, value, unit in flattened(name, found):
        yield f"{part} [{unit}]" if unit else part, _cell(value)


def _cell(value: Any) -> Cell:
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None if value is None or isinstance(value, float) else str(value)


def _shown(value: Cell) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    return "" if value is None else value


def _typed(values: Sequence[Cell]) -> list[Any]:
    """A column of one type: numbers, or text."""
    if any(isinstance(v, str) for v in values):
        return [None if v is None else v if isinstance(v, str) else _shown(v) for v in values]
    return [math.nan if v is None else v for v in values]
