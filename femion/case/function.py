"""Numbers and functions as case files state them: formulas, lists of formulas, bare numbers."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError, unknown
from ..units import dimensionless, is_function, magnitude, quantity, si
from .expression import CONSTANTS, STATE, Number, base, evaluate

Convert = Callable[[Any, str, str], Any]

#: What places and states are taken to be while the unit of a formula is worked out.
TRIALS = (0.731, 2.37)


def _bare(value: float, convert: Convert, unit: str, what: str) -> Any:
    if not dimensionless(unit):
        such = " or ".join(f"'{value:g} {one}'" for one in unit.split(" or "))
        raise InputError(f"{what} = {value:g} needs a unit, such as {such}")
    return convert(float(value), unit, what)


class Bare(float):
    """A number without a unit: accepted only where there is none."""

    def in_unit(self, convert: Convert, unit: str, what: str) -> Any:
        """The number, where a number is meant."""
        return _bare(self, convert, unit, what)


class Count(int):
    """A whole number without a unit: accepted only where there is none."""

    def in_unit(self, convert: Convert, unit: str, what: str) -> Any:
        """The number, where a number is meant."""
        return _bare(self, convert, unit, what)


class Meaning(NamedTuple):
    """What a formula needs besides numbers; without parts, so that none is bound."""

    tree: ast.expr
    units: Mapping[str, Any]  #: of the parameters
    inner: Mapping[str, ast.expr]  #: parameters that are formulas of the state themselves
    place: str  #: where it stands


class Hidden:
    """Keeps something from being taken apart."""

    def __init__(self, inside: Meaning, factor: float = 1.0) -> None:
        self.inside, self.factor = inside, factor


@dataclass(frozen=True)
class Formula:
    """A formula of place, time or state; `values` are its parameters in SI base units."""

    text: str
    values: Mapping[str, float]
    hidden: Hidden

    def __call__(self, *at: Any) -> Any:
        """Its value at a position, a time, states, or (c, T), in the unit that was asked for."""
        value = self._number(here(at), numeric=_numeric(at)).value
        return value if self.hidden.factor == 1.0 else self.hidden.factor * value

    def text_at(self, *at: Any) -> Any:
        """The same as a quantity with its unit."""
        return written(self._number(here(at), numeric=True))

    def in_unit(self, convert: Convert, unit: str, what: str) -> Any:
        """The same in a unit; InputError if it has another dimension."""
        number = self.trial()
        try:
            factor = magnitude(1.0 * number.unit, unit)
        except Exception:  # pint's own kinds
            found = f"{number.unit:~C}" or "a number"
            raise InputError(
                f"{what} = {self.text!r} is in {found}; allowed: {unit or 'a number'}"
            ) from None
        return replace(self, hidden=Hidden(self.hidden.inside, factor))

    def trial(self) -> Number:
        """The formula at made-up states, for its unit."""
        for n, trial in enumerate(TRIALS):
            every = {k: Anything(trial, k) if k[0] == "c" else trial for k in STATE}
            try:
                return self._number(every, numeric=True)
            except InputError as error:
                if n + 1 == len(TRIALS) or "has no value" not in str(error):
                    raise
        raise AssertionError

    def _number(self, state: Mapping[str, Any], numeric: bool) -> Number:
        m = self.hidden.inside

        def known(name: str) -> Any:
            if name in self.values:
                value = self.values[name]
                return Number(float(value) if numeric else value, m.units[name])
            if name in m.inner:
                return evaluate(m.inner[name], self.text, known)
            if name in CONSTANTS:
                return base(*CONSTANTS[name])
            if name not in state:
                found = ", ".join(state) or "nothing"
                raise InputError(
                    f"{m.place}: {self.text!r} uses {name!r}, which is not known there; "
                    f"known: {found}"
                )
            return _measured(name, state[name])

        return evaluate(m.tree, self.text, known)


class Anything(dict):
    """Concentrations of a salt or of any species, for a trial."""

    def __init__(self, value: float, name: str) -> None:
        super().__init__()
        self.salt = _measured(name, value)

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Number:
        return self.salt


def _measured(name: str, value: Any) -> Any:
    """A state's value with its unit."""
    if isinstance(value, Anything):
        return value
    if isinstance(value, Mapping):
        return {i: _measured(name, v) for i, v in value.items()}
    unit = base(1, STATE[name]).unit
    return Number(value, unit)


def _numeric(at: Sequence[Any]) -> bool:
    """Whether plain numbers come out: at a time, or at arrays of points."""
    return all(isinstance(a, int | float | np.ndarray) for a in at)


def here(at: Sequence[Any]) -> dict[str, Any]:
    """What a formula can use, by name, from what a property is called with."""
    states = [s for s in at if hasattr(s, "c") and hasattr(s, "T")]
    if states:
        last, known = states[-1], {}
        known["c"] = {i: v for s in states for i, v in s.c.items()}
        known["T"] = last.T
        if hasattr(last, "phi_hat"):
            known["phi"] = last.phi
        for side, s in zip("ab", states if len(states) > 1 else (), strict=False):
            known |= {f"c_{side}": s.c, f"T_{side}": s.T, f"phi_{side}": s.phi}
        return known | (_point(last.x) if last.x is not None else {})
    first = at[0] if at else None
    if isinstance(first, Mapping) or len(at) == 2:
        return {"c": first, "T": at[1]}
    if isinstance(first, Sequence | np.ndarray) or len(getattr(first, "ufl_shape", ())) == 1:
        return _point(first)
    return {"t": first, "T": first} if at else {}


def _point(x: Any) -> dict[str, Any]:
    shape = getattr(x, "ufl_shape", None)
    return {k: x[i] for i, k in enumerate("xyz"[: shape[0] if shape else len(x)])}


@dataclass(frozen=True)
class Shape:
    """A list or table of formulas and numbers as a function: what it holds, each at the state."""

    parts: Any

    def __call__(self, *at: Any) -> Any:
        """Lists and mappings with values in the place of formulas."""
        return _filled(self.parts, at)

    def in_unit(self, convert: Convert, unit: str, what: str) -> Any:
        """Every part in a unit."""
        return Shape(_each(self.parts, lambda v: si(v, unit, what)))


@dataclass(frozen=True)
class Delayed:
    """An object that is made anew at every call, from formulas of the time."""

    make: Callable[..., Any]
    values: Mapping[str, Any]

    def __call__(self, *at: Any) -> Any:
        """The object then."""
        now = {k: v.text_at(*at) if hasattr(v, "text_at") else v for k, v in self.values.items()}
        return self.make(**now)


def _filled(part: Any, at: Sequence[Any]) -> Any:
    return _each(part, lambda v: v(*at) if is_function(v) else v)


def _each(part: Any, action: Callable[[Any], Any]) -> Any:
    if isinstance(part, Mapping):
        return {k: _each(v, action) for k, v in part.items()}
    if isinstance(part, list | tuple):
        return tuple(_each(v, action) for v in part)
    return action(part)


def written(number: Number) -> Any:
    """A constant as a case file would state it: a bare number, or text with a unit."""
    value = number.value
    if not np.isfinite(value):
        raise InputError(f"{value} is not finite")
    if number.unit == quantity("1").units:
        return Count(value) if isinstance(value, int) else Bare(value)
    return f"{float(value)!r} {number.unit}"


def missing(name: str, known: Mapping[str, Any]) -> InputError:
    """A name that a formula cannot use."""
    return unknown("name in a formula", name, [*known, *STATE, *CONSTANTS])
