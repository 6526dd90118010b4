"""One computed value beside its reference, and how a table's columns become such values."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One computed value beside its reference.

    `kind` "relative": |computed - reference|/|reference| is compared with `tolerance`;
    "absolute": the difference itself, in `unit`.
    """

    quantity: str
    computed: float
    reference: float
    unit: str
    tolerance: float
    source: str
    kind: str = "relative"

    @property
    def error(self) -> float:
        """Error in the sense of `kind`; infinite for a relative error of a zero reference."""
        difference = abs(float(self.computed) - float(self.reference))
        if self.kind == "absolute" or difference == 0.0:
            return difference
        return difference / abs(self.reference) if self.reference else math.inf


def compare(
    label: str,
    row: Mapping[str, Any],
    computed: Mapping[str, float],
    unit: str,
    tolerance: float,
    source: str,
    scale: float | None = None,
) -> Iterator[Check]:
    """A Check for each computed column of a row of a reference table.

    With `scale` the error is absolute and at most tolerance * scale (for columns that cross
    zero). What the table itself says to be undefined (nan) is not compared.
    """
    kind = "relative" if scale is None else "absolute"
    bound = tolerance * (1.0 if scale is None else scale)
    for column, value in computed.items():
        if not (isinstance(row[column], float) and math.isnan(row[column])):
            name = f"{label} {column}".strip()
            yield Check(name, value, row[column], unit, bound, source, kind)
