"""Mechanical boundaries of elastic phases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import si
from .base import Equal, Hold, Transfer


@dataclass(frozen=True)
class Displacement:
    """A boundary displaced by given components [m]; those not given are free to slide.

    `Displacement("wall", x=0.0)` is a symmetry plane or a frictionless wall normal to x.
    """

    where: str
    x: Any = None
    y: Any = None
    z: Any = None

    def __post_init__(self) -> None:
        for k in "xyz":
            value = si(getattr(self, k), "m", f"{k} of Displacement({self.where!r})")
            object.__setattr__(self, k, value)

    def constraints(self, a: Any, b: None) -> Iterator[Hold]:
        """One value per component given."""
        given = {f"u_{k}": getattr(self, k) for k in "xyz" if getattr(self, k) is not None}
        _elastic(self, a, given)
        for name, value in given.items():
            yield Hold(name, value)


@dataclass(frozen=True)
class Traction:
    """A given force per area on a boundary [Pa], by components."""

    where: str
    x: Any = 0.0
    y: Any = 0.0
    z: Any = 0.0

    def __post_init__(self) -> None:
        for k in "xyz":
            value = si(getattr(self, k), "Pa", f"{k} of Traction({self.where!r})")
            object.__setattr__(self, k, value)

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """Momentum alone."""
        _elastic(self, a, {})
        for k in "xyz":
            if f"u_{k}" in a.extra:
                yield Transfer(getattr(self, k), {f"u_{k}": 1}, {})


@dataclass(frozen=True)
class Bonded:
    """One displacement on both sides of an interface of two elastic phases."""

    where: str

    def constraints(self, a: Any, b: Any) -> Iterator[Equal]:
        """Equal components; forces balance."""
        _elastic(self, a, {})
        _elastic(self, b, {})
        for name in a.extra:
            if name.startswith("u_"):
                yield Equal(name)


def _elastic(law: Any, s: Any, components: Any) -> None:
    known = [name for name in s.extra if name.startswith("u_")]
    if not known:
        raise InputError(
            f"{type(law).__name__}({law.where!r}): phase {s.phase.name!r} is not elastic; "
            "give it energies=[Elastic(...)]"
        )
    for name in components:
        if name not in known:
            raise InputError(
                f"{type(law).__name__}({law.where!r}) gives {name[-1]}; the mesh has only "
                f"{', '.join(k[-1] for k in known)}"
            )
