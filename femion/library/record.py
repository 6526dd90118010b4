"""A data file as objects: properties that know their range and source, and warn outside it."""

import tomllib
import warnings
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from ..errors import InputError, unknown
from ..transport.validity import RangeWarning
from .expressions import FORMS, Function, is_number

ROOM = {"c": 1e-6, "T": 0.05}  # relative [-] and absolute [K]: rounding and 25 degC = 298 K
UNITS = {"c": "mol/m3", "T": "K"}


class OutOfRange(RangeWarning):
    """A library property is asked outside the range its source covers."""


class Range:
    """Where a source measured: c [mol/m3] and T [K], both ends included."""

    def __init__(self, electrolyte: str, what: str, c: Any, T: Any) -> None:
        self.electrolyte, self.what = electrolyte, f"{what} of {electrolyte!r}"
        self.c, self.T = (float(c[0]), float(c[1])), (float(T[0]), float(T[1]))

    def outside(self, c: Any, T: Any) -> dict[str, str]:
        """A sentence for each of "c" and "T" that lies outside; UFL expressions are not seen."""
        (low, high), (cold, hot) = self.c, self.T
        limits = (
            ("c", c, low * (1 - ROOM["c"]), high * (1 + ROOM["c"]), self.c),
            ("T", T, cold - ROOM["T"], hot + ROOM["T"], self.T),
        )
        found = {}
        for name, value, least, most, ends in limits:
            if not is_number(value):
                continue
            for end in (np.min(value), np.max(value)):
                if not least <= end <= most:
                    span = f"{ends[0]:g} to {ends[1]:g}" if ends[0] < ends[1] else f"{ends[0]:g}"
                    unit = UNITS[name]
                    found[name] = (
                        f"{self.what} is asked at {name} = {end:g} {unit}; "
                        f"its source covers {span} {unit}"
                    )
        return found

    def warn(self, c: Any, T: Any) -> None:
        """Warn once per electrolyte and quantity in a process."""
        for quantity, text in self.outside(c, T).items():
            if (self.electrolyte, quantity) not in _said:
                _said.add((self.electrolyte, quantity))
                warnings.warn(text, OutOfRange, stacklevel=3)


_said: set[tuple[str, str]] = set()


class Property:
    """One measured property: a function of c [mol/m3] and T [K] with unit, range and source."""

    def __init__(self, electrolyte: str, name: str, data: Mapping[str, Any]) -> None:
        self.name, self.unit, self.source = name, str(data["unit"]), str(data["source"])
        self.range = Range(electrolyte, name.replace("_", " "), data["c"], data["T"])
        if data["form"] not in FORMS:
            raise unknown(f"form of {name} of {electrolyte!r}", data["form"], FORMS)
        self._function: Function = FORMS[data["form"]](data)

    def __call__(self, c: Any, T: Any) -> Any:
        """The value in `unit`; warns once if numbers lie outside the range."""
        self.range.warn(c, T)
        return self._function(c, T)

    def value(self, c: Any, T: Any) -> Any:
        """The value without a check of the range."""
        return self._function(c, T)


@cache
def names() -> tuple[str, ...]:
    """Every electrolyte of the library."""
    folder = files(__package__) / "data"
    found = [f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")]
    return tuple(sorted(found, key=str.lower))


@cache
def read(name: str) -> Mapping[str, Any]:
    """The data file of an electrolyte; InputError for a name that is not there."""
    known = {n.lower(): n for n in names()}
    if not isinstance(name, str):
        raise InputError(f"electrolyte = {name!r}; allowed: one of {', '.join(names())}")
    if name.lower() not in known:
        raise unknown("electrolyte", name, names())
    file = files(__package__) / "data" / f"{known[name.lower()]}.toml"
    return {"name": known[name.lower()], **tomllib.loads(file.read_text(encoding="utf-8"))}
