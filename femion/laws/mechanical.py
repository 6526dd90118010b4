"""Mechanical boundaries of elastic phases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import si, valued
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
        _convert(self, "m")

    def constraints(self, a: Any, b: None) -> Iterator[Hold]:
        """One value per component given."""
        for name, value in _given(self, a).items():
            yield Hold(name, value)


@dataclass(frozen=True)
class Traction:
    """A given force per area on a boundary [Pa], by components; 0 where not given.

    A number, or a function of position (UFL): `x=lambda x: 1e6 * x[1] / height`.
    """

    where: str
    x: Any = None
    y: Any = None
    z: Any = None

    def __post_init__(self) -> None:
        _convert(self, "Pa")

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """Momentum alone."""
        for name, value in _given(self, a).items():
            yield Transfer(valued(value, a.x), {name: 1}, {})


@dataclass(frozen=True)
class Bonded:
    """One displacement on both sides of an interface of two elastic phases."""

    where: str

    def constraints(self, a: Any, b: Any) -> Iterator[Equal]:
        """Equal components; forces balance."""
        _elastic(self, b)
        for name in _elastic(self, a):
            yield Equal(name)


def _convert(law: Any, unit: str) -> None:
    """Components to SI; at least one must be given."""
    name = f"{type(law).__name__}({law.where!r})"
    if law.x is law.y is law.z is None:
        raise InputError(f"{name} gives no component; allowed: at least one of x, y, z [{unit}]")
    for k in "xyz":
        object.__setattr__(law, k, si(getattr(law, k), unit, f"{k} of {name}"))


def _given(law: Any, s: Any) -> dict[str, Any]:
    """Components given, by the unknown they act on."""
    known = _elastic(law, s)
    given = {f"u_{k}": getattr(law, k) for k in "xyz" if getattr(law, k) is not None}
    for name in given:
        if name not in known:
            raise InputError(
                f"{type(law).__name__}({law.where!r}) gives {name[-1]}; the mesh has only "
                f"{', '.join(k[-1] for k in known)}"
            )
    return given


def _elastic(law: Any, s: Any) -> list[str]:
    """Unknown displacements of a phase."""
    known = [name for name in s.extra if name.startswith("u_")]
    if not known:
        raise InputError(
            f"{type(law).__name__}({law.where!r}): phase {s.phase.name!r} is not elastic; "
            "give it energies=[Elastic(...)]"
        )
    return known
