"""The rows of a study, and whether each can be run: checked before the first one is."""

import hashlib
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..case import Case, load
from ..case import read as read_case
from ..case.document import SECTIONS
from ..case.dump import dump, inline
from ..case.source import Fault, Source, path
from ..errors import unknown
from .document import FILE, MOST, Study

#: Sections whose names the case gives; a study may add none.
NAMED = ("parameters", "species", "media", "phases")


@dataclass(frozen=True)
class Plan:
    """All rows: the value of each varied key."""

    study: Study
    rows: Sequence[Mapping[str, Any]]

    @property
    def file(self) -> Path:
        """The study's own file."""
        return Path(self.study.source.name)

    def changes(self, row: Mapping[str, Any]) -> list[str]:
        """Words for `femion run --set`."""
        return words({**self.study.fixed, **{k: v for k, v in row.items() if k != FILE}})

    def case(self, row: Mapping[str, Any]) -> Path:
        """The case file of a row."""
        cases = self.study.cases
        return cases[row[FILE]] if FILE in row else next(iter(cases.values()))

    @cached_property
    def hash(self) -> str:
        """Of what is run: the cases, and the changes of every row."""
        cases = [dump(load(file).tree) for file in self.study.cases.values()]
        asked = [*cases, self.study.ranks, dict(self.study.fixed)]
        text = json.dumps([*asked, [dict(r) for r in self.rows]], default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def words(row: Mapping[str, Any]) -> list[str]:
    """key=value of each, in TOML."""
    return [f"{k}={inline(v)}" for k, v in row.items()]


def planned(study: Study) -> Plan:
    """Every row; refuses more than can be run."""
    lists = list(zip(*study.columns.values(), strict=True)) if study.columns else [()]
    seeds = list(zip(*study.seeds.values(), strict=True)) if study.seeds else [()]
    draws: list[tuple[Any, ...]] = [()]
    files = list(study.cases) if FILE in study.varied else []
    grid = [*([files] if files else []), *study.grid.values()]
    size = math.prod(map(len, grid)) * len(lists) * len(seeds)
    if size * max(study.count, 1) > MOST:
        with study.source.watching():
            raise Fault((), f"{size * max(study.count, 1)} cases; allowed: {MOST}")
        study.source.refuse()
    if study.ranges:
        random = np.random.default_rng(study.seed)
        drawn = [r.draw(study.count, random) for r in study.ranges.values()]
        draws = list(zip(*drawn, strict=True))
    every = itertools.product(itertools.product(*grid), lists, draws, seeds)
    names = study.varied
    return Plan(study, [dict(zip(names, itertools.chain(*r), strict=True)) for r in every])


def validate(made: Plan, allow_code: bool = False, mesh: bool = True) -> None:
    """Refuse what a case does not have and values it cannot take; mesh each file's first row.

    Every distinct value of a list is looked at, and the ends of what is drawn.
    """
    study, rows = made.study, made.rows
    for file in study.cases.values():
        base = load(file)
        for name in [*study.keys, *study.fixed]:
            with study.source.watching():
                _there(study, base, name)
    study.source.refuse()
    first = []  # of each file
    for name in study.cases:
        cases = (_case(made, r, allow_code) for r in covering(study, rows, name))
        first.append(next(cases))
        for _ in cases:
            pass
    known = list(dict.fromkeys(m for case in first for m in case.output.metrics))
    for name in study.plot or ():
        if name not in known:
            with study.source.watching():
                raise Fault(("plot",), str(unknown("metric of the case", name, known)))
    study.source.refuse()
    if mesh:
        from ..case.run import check

        for case in first:
            check(case)


def covering(
    study: Study, rows: Sequence[Mapping[str, Any]], file: str = ""
) -> list[Mapping[str, Any]]:
    """Rows that have every value of grids and lists, and the least and greatest of draws.

    Of one of the case files if the study has several.
    """
    rows = [row for row in rows if row.get(FILE, file) == file]
    wanted: dict[str, set[str]] = {}
    for k in study.keys:
        every = {inline(r[k]): r[k] for r in rows}
        if k in study.ranges or k in study.seeds:
            ordered = sorted(every, key=lambda t: float(str(every[t]).split(" ", 1)[0]))
            wanted[k] = {ordered[0], ordered[-1]}
        else:
            wanted[k] = set(every)
    chosen: list[Mapping[str, Any]] = []
    for row in rows:
        new = [n for n in wanted if inline(row[n]) in wanted[n]]
        if new or not chosen:
            chosen.append(row)
            for n in new:
                wanted[n].discard(inline(row[n]))
    return chosen


def _case(made: Plan, row: Mapping[str, Any], allow_code: bool) -> Case:
    """The case of a row; what is wrong is said with the line of the study."""
    source = load(made.case(row), made.changes(row))
    for name in [*made.study.fixed, *made.study.keys]:
        source.places[path(name)] = _place(made.study, name)
    return read_case(source, allow_code)


def _place(study: Study, name: str) -> str:
    """File and line where a study says what a key is."""
    tables = {"grid": study.grid, "list": study.columns, "seeds": study.seeds, "set": study.fixed}
    inside = next(((t,) for t, keys in tables.items() if name in keys), ("random", "ranges"))
    known = study.source.places
    return next((known[k] for k in ((*inside, name), (*inside, *path(name))) if k in known),
                study.source.place((*inside, *path(name))))  # fmt: skip


def _there(study: Study, base: Source, name: str) -> None:
    """Refuse a key that the case has not and cannot have; other keys are its reader's."""
    key = path(name)
    place = _place(study, name)
    if key[0] not in SECTIONS or key[0] == "include":
        study.source.faults.append((place, f"{name}: {unknown('table', key[0], SECTIONS)}"))
        return
    table = base.tree.get(key[0], {})
    by_name = key[0] in NAMED or (key[0] == "laws" and isinstance(table, dict))
    if by_name and (len(key) == 1 or key[1] not in table):
        what = "law" if key[0] == "laws" else key[0].removesuffix("s")
        error = unknown(what, key[1] if len(key) > 1 else "", table)
        study.source.faults.append((place, f"{name}: {error}"))
