"""Boundaries of flows: walls, inlets, outlets, and interfaces of two flowing phases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ufl

from ..errors import InputError
from ..units import convert, si
from .base import Equal, Hold, Transfer


@dataclass(frozen=True)
class Velocity:
    """A boundary with given components of the velocity [m/s]; those not given are free.

    A number, or a function of position (NumPy arrays x, shape (3, n), in and n values out). A
    free component has no traction: `Velocity("axis", y=0)` is a plane of symmetry normal to y.
    """

    where: str
    x: Any = None
    y: Any = None
    z: Any = None

    def __post_init__(self) -> None:
        name = f"Velocity({self.where!r})"
        if self.x is self.y is self.z is None:
            raise InputError(f"{name} gives no component; allowed: at least one of x, y, z [m/s]")
        for k in "xyz":
            object.__setattr__(self, k, si(getattr(self, k), "m/s", f"{k} of {name}"))

    def constraints(self, a: Any, b: None) -> Iterator[Hold]:
        """One value per component given."""
        known = components(self, a)
        for k in "xyz":
            if (value := getattr(self, k)) is not None:
                if f"v_{k}" not in known:
                    raise InputError(
                        f"Velocity({self.where!r}) gives {k}; the mesh has only "
                        f"{', '.join(i[-1] for i in known)}"
                    )
                yield Hold(f"v_{k}", value)


@dataclass(frozen=True)
class NoSlip:
    """A wall at which the solvent rests."""

    where: str

    def constraints(self, a: Any, b: None) -> Iterator[Hold]:
        """Every component is zero."""
        for i in components(self, a):
            yield Hold(i, 0.0)


@dataclass(frozen=True)
class Open:
    """A boundary under a given pressure [Pa], -P n + mu du/dn = -P n, open both ways.

    `backflow` beta: where the solvent comes in, a traction beta rho (u.n)_- u/2 takes up the
    kinetic energy that it would bring along, so that an outlet with eddies stays stable
    (Bazilevs et al., Comput. Methods Appl. Mech. Eng. 198, 3534 (2009)); 0 turns it off.
    """

    where: str
    pressure: float = 0.0
    backflow: float = 1.0

    def __post_init__(self) -> None:
        convert(self, pressure="Pa", backflow="")

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """Momentum by components."""
        rho = getattr(a.phase.flow, "density", None)
        names, u = components(self, a), a.velocity
        back = 0.0 * u[0]
        if rho is not None:
            back = self.backflow * rho / 2 * ufl.min_value(ufl.dot(u, a.n), 0.0)
        for k, i in enumerate(names):
            yield Transfer(-self.pressure * a.n[k] + back * u[k], {i: 1}, {})


@dataclass(frozen=True)
class Joined:
    """One velocity on both sides of an interface of two flowing phases; tractions balance."""

    where: str

    def constraints(self, a: Any, b: Any) -> Iterator[Equal]:
        """Equal components."""
        components(self, b)
        for i in components(self, a):
            yield Equal(i)


def components(law: Any, s: Any) -> list[str]:
    """Unknown components of the velocity of a phase."""
    known = [i for i in s.extra if i.startswith("v_")]
    if not known:
        raise InputError(
            f"{type(law).__name__}({law.where!r}): phase {s.phase.name!r} has no flow; give it "
            "flow=Stokes(...) or NavierStokes(...)"
        )
    return known
