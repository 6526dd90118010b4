"""The registry of verification cases: small functions that yield computed beside known values."""

import gc
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from mpi4py import MPI

from ..errors import InputError, unknown
from .check import Check
from .tables import Tables

#: Subjects of the cases.
GROUPS = (
    "onsager",
    "thermodynamics",
    "transport",
    "interfaces",
    "geometry",
    "upscaling",
    "flow",
    "solvers",
)
KEYS = (
    "name",
    "group",
    "quantity",
    "computed",
    "reference",
    "unit",
    "error",
    "tolerance",
    "passed",
    "source",
)
_MODULES = (
    "onsager",
    "models",
    "coupling",
    "reactions",
    "conversions",
    "transport",
    "supporting",
    "junctions",
    "transients",
    "wagner",
    "external",
    "heat",
    "activities",
    "mechanics",
    "sphere",
    "separation",
    "gases",
    "membranes",
    "nanofiltration",
    "thin_membranes",
    "kinetics",
    "double_layer",
    "porous",
    "polarisation",
    "electrodialysis",
    "spacers",
    "solvent",
    "flow",
    "cylinder",
    "electrokinetics",
    "programmes",
    "nernst",
    "interfaces",
    "geometry",
    "cells",
    "arrays",
    "upscaling",
    "tomography",
    "solvers",
    "orders",
    "heat_orders",
    "decay",
    "nonideal",
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A named case of a group; `compute` gets the reference tables and yields Checks.

    The test suite leaves out what is `slow`; `femion verify` does not.
    """

    name: str
    group: str
    compute: Callable[[Tables], Iterable[Check]]
    slow: bool = False


#: Registered cases by name.
CASES: dict[str, Case] = {}


def case(
    name: str, group: str, slow: bool = False
) -> Callable[[Callable[[Tables], Iterable[Check]]], Any]:
    """Register a function of the reference tables as a case."""
    if group not in GROUPS:
        raise unknown("group", group, GROUPS)

    def register(compute: Callable[[Tables], Iterable[Check]]) -> Any:
        if name in CASES:
            raise InputError(f"verification case {name!r} is registered twice")
        CASES[name] = Case(name, group, compute, slow)
        return compute

    return register


def load() -> dict[str, Case]:
    """All cases that come with femion (a user's own may have been registered before)."""
    for module in _MODULES:
        import_module(f".{module}", __package__)
    return CASES


def chosen(names: Sequence[str], group: str | None) -> list[Case]:
    """The named cases (all if none is named) of a group (of every group if None)."""
    cases = load()
    if group is not None and group not in GROUPS:
        raise unknown("group", group, GROUPS)
    for name in names:
        if name not in cases:
            raise unknown("verification case", name, cases)
    picked = [c for c in cases.values() if not names or c.name in names]
    return [c for c in picked if group in (None, c.group)]


def run(
    names: Sequence[str] = (), group: str | None = None, data: str | Path | None = None
) -> list[Row]:
    """Run cases and return one row per Check, with the keys of KEYS. Collective.

    `data` is a folder whose files take the place of the reference files of the same name.
    Every rank returns the rows of rank 0. Raises InputError for an unknown name or group.
    """
    cases, tables = chosen(names, group), Tables(data)
    rows: list[Row] = []
    for c in cases:
        own = _rows(c, tables)
        rows += MPI.COMM_WORLD.bcast(own)
        gc.collect()  # meshes hold communicators, of which MPI has 2048
    return rows


def _rows(c: Case, tables: Tables) -> list[Row]:
    """Rows of a case; one that raises has failed, and says with which sentence."""
    rows: list[Row] = []
    try:
        for check in c.compute(tables):
            rows.append(_row(c, check))
        if not rows:
            raise InputError("the case has nothing to check")
    except Exception as failure:
        sentence = f"{type(failure).__name__}: {failure}"
        lost = dict.fromkeys(KEYS) | {"name": c.name, "group": c.group, "quantity": "case"}
        rows.append(lost | {"unit": "", "passed": False, "source": sentence})
    return rows


def _row(c: Case, check: Check) -> Row:
    error = check.error
    finite = math.isfinite(error)
    values = (
        c.name,
        c.group,
        check.quantity,
        _number(check.computed),
        _number(check.reference),
        check.unit,
        error if finite else None,
        check.tolerance,
        bool(finite and error <= check.tolerance),
        check.source,
    )
    return dict(zip(KEYS, values, strict=True))


def _number(x: float) -> float | None:
    """A float, or None where JSON has no number (nan, infinity)."""
    return float(x) if math.isfinite(x) else None
