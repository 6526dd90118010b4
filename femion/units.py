"""SI inside, any unit at the edge: the constants of nature and the one parser of quantities."""

import math
import re
from functools import cache, lru_cache
from typing import Any

from .errors import InputError

R = 8.31446261815324  #: gas constant [J/(mol K)]
F = 96485.33212331  #: Faraday constant [C/mol]
EPS0 = 8.8541878128e-12  #: vacuum permittivity [F/m]
N_A = 6.02214076e23  #: Avogadro constant [1/mol]

nm, um, mm, cm = 1e-9, 1e-6, 1e-3, 1e-2
mM, molar = 1.0, 1e3
mV = 1e-3

LONGEST = 200  #: characters of a quantity
_INTEGER = re.compile(r"(?<![\w.])(?<![eE][-+])(\d+)(?![\w.])")


@cache
def _registry() -> Any:
    import pint  # 0.2 s, so only when somebody writes a unit

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def si(value: Any, unit: str, what: str) -> Any:
    """`value` as a float in SI `unit`: numbers are SI already, "100 mM" is converted.

    `unit` may name several: "A or A/m", in three dimensions and in two.
    Anything that is neither number nor text (a UFL expression, a function) passes through.
    Raises InputError naming `what` for text that is no quantity or has the wrong dimension.
    """
    if isinstance(value, bool | list | tuple | dict):
        allowed = unit or "no unit"
        raise InputError(f"{what} = {value!r} is not a quantity; allowed: a number in {allowed}")
    if hasattr(value, "in_unit"):  # a quantity with a law (Arrhenius), or a number from a file
        return value.in_unit(si, unit, what)
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return value
    try:
        number = magnitude(quantity(value), unit)
    except Exception as error:  # pint raises many kinds; all mean the same to the user
        raise InputError(
            f"{what} = {value!r} is not a quantity in {unit or 'no unit'} ({error})"
        ) from None
    if not math.isfinite(number):
        raise InputError(f"{what} = {value!r} is not finite; allowed: a quantity in {unit}")
    return number


@lru_cache(1024)
def quantity(text: str) -> Any:
    """The pint quantity of a text such as "100 mM"; raises whatever pint does."""
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    return _registry().Quantity(_INTEGER.sub(r"\1.0", text))  # 9**9**9**9 then overflows at once


def magnitude(number: Any, unit: str) -> float:
    """Of a pint quantity, in the first of the units "A or A/m" that it has; raises as pint does."""
    units = unit.split(" or ")
    fitting = [u for u in units if number.is_compatible_with(u or "dimensionless")]
    return float(number.to((fitting or units)[0] or "dimensionless").magnitude)


@cache
def dimensionless(unit: str) -> bool:
    """Whether a unit is a plain number."""
    return not unit or bool(quantity(unit.split(" or ")[0]).dimensionless)


def positive(value: Any, unit: str, what: str) -> Any:
    """`si`, and refuse a number that is not greater than zero."""
    if hasattr(value, "in_unit"):
        return value.in_unit(positive, unit, what)
    number = si(value, unit, what)
    if isinstance(number, float) and not number > 0:
        raise InputError(f"{what} = {number:g} {unit} must be greater than 0")
    return number


def convert(instance: object, **units: str) -> None:
    """Convert fields of a frozen dataclass in place: `convert(self, D="m^2/s")`.

    A field may hold one quantity or a mapping of them.
    """
    name = type(instance).__name__
    for field, unit in units.items():
        value = getattr(instance, field)
        if hasattr(value, "items"):
            new: Any = {k: si(v, unit, f"{field}[{k!r}] of {name}") for k, v in value.items()}
        else:
            new = si(value, unit, f"{field} of {name}")
        object.__setattr__(instance, field, new)


def is_function(value: object) -> bool:
    """Whether a property was given as a function (UFL expressions are callable, too)."""
    return callable(value) and not hasattr(value, "ufl_shape")


def valued(value: Any, *at: Any) -> Any:
    """A property that may be a number or a function, at some arguments."""
    return value(*at) if is_function(value) else value


def as_number(x: Any) -> float:
    """A float from a float or from a UFL expression of numbers only."""
    return float(x(()) if hasattr(x, "ufl_shape") else x)
