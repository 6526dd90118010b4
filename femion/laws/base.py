"""The contract of a law: the states of its sides in, Transfers and constraints out.

A law is a frozen dataclass with `where` ("inlet", or "a|b" for the interface of two phases)
and any of the methods

    transfers(a, b)    yields Transfer: events at a finite rate
    constraints(a, b)  yields Equal, Pin, Hold or Profile: what holds exactly
    accumulates(a, b)  yields Transfer: what a surface holds [mol/m2]; its change is the event

It never sees a mesh, a measure, a test function or a sign convention of the weak form, so it
cannot break conservation; the assembler checks that each Transfer conserves charge.
At an outer boundary b is the unmeshed metal of the law's `terminal`, or None.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import ufl

from ..errors import InputError
from ..thermo.formula import equation


class Transfer(NamedTuple):
    """An event happening `rate` times [mol/(m2 s)]; per event side a (b) gains a[i] (b[i]) of i."""

    rate: Any
    a: Mapping[str, float]
    b: Mapping[str, float]


class Equal(NamedTuple):
    """`field`, a species' electrochemical potential, "phi" or "T", is the same on both sides.

    What leaves one side enters the other: imposed exactly, by sharing the unknowns.
    """

    field: str


class Pin(NamedTuple):
    """A boundary at given composition and/or one electric potential.

    `concentrations` [mol/m3] of an outside solution that the boundary is in equilibrium with
    (None: composition is free); `control` gives or frees its potential (None: the potential
    follows the solution point by point and no current crosses); `phi` says whether the phase's
    own potential takes that value too (False: there is a Donnan jump).
    """

    concentrations: Mapping[str, Any] | None
    control: Any
    phi: bool = True
    medium: Any = None  #: of the outside solution, where its activities are not ideal


class Profile(NamedTuple):
    """A developed flow through a boundary: its mean velocity [m/s] inwards, or its rate [m3/s]."""

    velocity: Any
    rate: Any


class Hold(NamedTuple):
    """An unknown of an energy or of heat at a boundary has this value, a number or f(x)."""

    field: str
    value: Any


def reaction(text: str, *sides: Any, stored: tuple[str, ...] = ()) -> list[dict[str, int]]:
    """What each side gains per event of "Li -> Li+ + e-".

    A species stands on the first side that has it; those in `stored` (a host that is not
    modelled) stand nowhere. Raises InputError if a species is on no side.
    """
    left, right = equation(text)
    count = {i: right.get(i, 0) - left.get(i, 0) for i in left | right}
    gains: list[dict[str, int]] = [{} for _ in sides]
    for name, n in count.items():
        home = next((k for k, s in enumerate(sides) if name in s.charges), None)
        if home is not None:
            gains[home][name] = n
        elif name not in stored:
            known = sorted({i for s in sides for i in s.charges})
            raise InputError(
                f"reaction {text!r}: {name!r} is on no side (known there: {', '.join(known)}); "
                "name it in `stored` if its host is not modelled"
            )
    return gains


def safe_exp(x: Any, limit: float = 60.0) -> Any:
    """exp(x), continued by its tangent beyond `limit` so that Newton cannot overflow."""
    top = ufl.exp(limit)
    return ufl.conditional(
        ufl.gt(x, limit), top * (1 + x - limit), ufl.exp(ufl.min_value(x, limit))
    )
