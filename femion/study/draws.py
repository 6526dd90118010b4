"""Seeded draws from ranges of numbers, whole numbers and quantities."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..case.source import Fault, Key
from ..errors import unknown
from ..units import magnitude, quantity

#: A quantity as text: its number and its unit.
NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\D.*)?$")


@dataclass(frozen=True)
class Range:
    """From a low to a high end, in a unit ("" for plain numbers)."""

    low: float
    high: float
    unit: str = ""
    log: bool = False
    whole: bool = False

    @classmethod
    def read(cls, raw: Any, key: Key) -> "Range":
        """The range { from, to, log } of a file."""
        if not isinstance(raw, dict):
            raise Fault(key, f"{raw!r}; allowed: {{ from = ..., to = ... }}")
        for k in raw:
            if k not in (known := ("from", "to", "log")):
                raise Fault((*key, k), str(unknown("key of a range", k, known)))
        if lacking := [k for k in ("from", "to") if k not in raw]:
            raise Fault(key, f"{' and '.join(lacking)} missing")
        log = raw.get("log", False)
        if not isinstance(log, bool):
            raise Fault((*key, "log"), f"{log!r}; allowed: true or false")
        (low, unit), (high, other) = _end(raw["from"], key), _end(raw["to"], key)
        if unit != other:
            high = _converted(raw["to"], unit, key)
        if not low < high:
            raise Fault(key, f"from {raw['from']!r} to {raw['to']!r}; allowed: from below to")
        if log and low <= 0:
            raise Fault(key, f"from {raw['from']!r}; allowed with log: greater than 0")
        whole = not log and all(type(raw[k]) is int for k in ("from", "to"))
        return cls(low, high, unit, log, whole)

    def draw(self, count: int, random: np.random.Generator) -> list[Any]:
        """Values as a case file has them."""
        if self.whole:
            return [int(n) for n in random.integers(int(self.low), int(self.high) + 1, count)]
        ends = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        drawn = random.uniform(*ends, count)
        numbers = [float(f"{math.exp(x) if self.log else x:.12g}") for x in drawn]
        return [f"{x!r} {self.unit}" if self.unit else x for x in numbers]


def _end(value: Any, key: Key) -> tuple[float, str]:
    """Number and unit of an end."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value), ""
    match = NUMBER.match(value) if isinstance(value, str) else None
    if match is None or not match[2]:
        raise Fault(key, f"{value!r}; allowed: a number, or text with a number and its unit")
    try:
        quantity(value)
    except Exception as error:  # pint raises many kinds
        raise Fault(key, f"{value!r} is not a quantity ({error})") from None
    return float(match[1]), match[2].strip()


def _converted(value: Any, unit: str, key: Key) -> float:
    try:
        return magnitude(quantity(str(value)), unit)
    except Exception as error:
        raise Fault(key, f"{value!r} is not a quantity in {unit or 'no unit'} ({error})") from None
