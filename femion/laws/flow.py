"""Boundaries of flows: walls, inlets, outlets, and interfaces of two flowing phases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import ufl
from ufl.domain import extract_unique_domain

from ..errors import InputError
from ..units import EPS0, convert, si, valued
from .base import Equal, Hold, Profile, Transfer

#: Of Nitsche's method; 2 k^2 is what quadratic elements (k = 2) need, twice over for safety.
PENALTY = 16.0


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
class Inflow:
    """-u.n developed, of a given mean `velocity` [m/s] or volume `rate` [m3/s; m2/s in 2D].

    The profile is what a long straight duct of the inlet's own cross-section would bring,
    -lap u = const with u = 0 at the edges it shares with walls and free elsewhere (symmetry): a
    parabola between two walls in 2D. The inlet must be plane, of any outline. Negative values
    draw out.

        laws = [fm.Inflow("inlet", "10 cm/s"), fm.NoSlip("walls"), fm.Open("outlet")]
    """

    where: str
    velocity: Any = None
    rate: Any = None

    def __post_init__(self) -> None:
        name = f"Inflow({self.where!r})"
        if (self.velocity is None) == (self.rate is None):
            raise InputError(f"{name}: give either velocity [m/s] or rate [m3/s; in 2D m2/s]")
        for key, unit in {"velocity": "m/s", "rate": "m^3/s or m^2/s"}.items():
            if (value := getattr(self, key)) is not None:
                object.__setattr__(self, key, si(value, unit, f"{key} of {name}"))

    def constraints(self, a: Any, b: None) -> Iterator[Profile]:
        """All components at once."""
        components(self, a)
        yield Profile(self.velocity, self.rate)


@dataclass(frozen=True)
class Slip:
    """A wall or plane of symmetry of any orientation: u.n = 0 and no shear.

    On a plane normal to an axis u.n is held; else Nitsche's method makes it small, and what leaks
    disturbs what is carried along.
    """

    where: str

    def on_plane(self, axis: str) -> "Held":
        """What holds on a plane normal to an axis."""
        return Held(self, f"v_{axis}")

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """The pressure of the wall, by Nitsche's method."""
        components(self, a)
        yield from impervious(a)

    def along(self, a: Any) -> Iterator[Transfer]:
        """Nothing holds the velocity along the wall."""
        return iter(())


@dataclass(frozen=True)
class Open:
    """A boundary under a given pressure [Pa], -P n + mu du/dn = -P n, open both ways.

    `backflow` beta: where the solvent comes in, a traction beta rho (u.n)_- u/2 takes up the
    kinetic energy that it would bring along, so that an outlet with eddies stays stable
    (Bazilevs et al., Comput. Methods Appl. Mech. Eng. 198, 3534 (2009)). With 1 the `pressure`
    is the total one, P + rho u^2/2, of what comes in, as from a vessel where it rests; with 0 it
    is the static one both ways. It is 0 where a pressure is given, else (an outlet) 1.
    """

    where: str
    pressure: Any = None
    backflow: Any = None

    def __post_init__(self) -> None:
        if self.backflow is None:
            object.__setattr__(self, "backflow", 1.0 if self.pressure is None else 0.0)
        object.__setattr__(self, "pressure", 0.0 if self.pressure is None else self.pressure)
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


@dataclass(frozen=True)
class ElectroOsmoticSlip:
    """u_t = -eps zeta/mu E_t at a wall with a thin double layer, u.n = 0  (Smoluchowski).

    `zeta` [V] of the wall, `permittivity` relative to vacuum. Use NoSlip where the double layer
    itself is resolved (a Poisson closure and a Coulomb force).
    """

    where: str
    zeta: float
    permittivity: float = 78.36

    clings: ClassVar[bool] = True  #: the solvent does not slide along it by itself

    def __post_init__(self) -> None:
        convert(self, zeta="V", permittivity="")

    def on_plane(self, axis: str) -> "Held":
        """What holds on a plane normal to an axis."""
        return Held(self, f"v_{axis}")

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """Momentum that holds the velocity at the wall."""
        components(self, a)
        yield from self.along(a)
        yield from impervious(a)

    def along(self, a: Any) -> Iterator[Transfer]:
        """The same, of the velocity along the wall."""
        mobility = self.permittivity * EPS0 * self.zeta / valued(a.phase.flow.viscosity, a)
        yield from tangential(a, mobility * ufl.grad(a.phi))


@dataclass(frozen=True)
class Held:
    """A slip along a wall, with the velocity `across` it ("v_x", ...) held."""

    slip: Slip | ElectroOsmoticSlip
    across: str

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """Momentum that holds the velocity along the wall."""
        yield from self.slip.along(a)

    def constraints(self, a: Any, b: None) -> Iterator[Hold]:
        """Nothing crosses."""
        components(self.slip, a)
        yield Hold(self.across, 0.0)


def normal(a: Any, P: Any) -> Iterator[Transfer]:
    """A pressure P [Pa] on the boundary of a flow, by components."""
    for k, i in enumerate(i for i in a.extra if i.startswith("v_")):
        yield Transfer(-P * a.n[k], {i: 1}, {})


def tangential(a: Any, u: Any) -> Iterator[Transfer]:
    """What makes the velocity along a wall that of u: its own shear, and Nitsche's penalty."""
    across = _wall(a)
    t = ufl.Identity(len(a.n)) - ufl.outer(a.n, a.n)
    stress = ufl.dot(t, shear(a) - across * (a.velocity - u))
    for k, i in enumerate(i for i in a.extra if i.startswith("v_")):
        yield Transfer(stress[k], {i: 1}, {})


def impervious(a: Any) -> Iterator[Transfer]:
    """What keeps the solvent from crossing a wall of any shape, likewise."""
    push = ufl.dot(shear(a) - _wall(a) * a.velocity, a.n) - a.extra["P"]
    yield from normal(a, -push)


def shear(a: Any) -> Any:
    """Mu du/dn at a boundary [Pa]."""
    return valued(a.phase.flow.viscosity, a) * ufl.dot(ufl.grad(a.velocity), a.n)


def _wall(a: Any) -> Any:
    """Nitsche's penalty for quadratic elements, PENALTY mu/h [Pa s/m]; h across the wall."""
    K = ufl.JacobianInverse(extract_unique_domain(a.x))
    h = 1 / ufl.sqrt(ufl.dot(ufl.dot(K, a.n), ufl.dot(K, a.n)))
    return PENALTY * valued(a.phase.flow.viscosity, a) / h


def components(law: Any, s: Any) -> list[str]:
    """Unknown components of the velocity of a phase."""
    known = [i for i in s.extra if i.startswith("v_")]
    if not known:
        raise InputError(
            f"{type(law).__name__}({law.where!r}): phase {s.phase.name!r} has no flow; give it "
            "flow=Stokes(...) or NavierStokes(...)"
        )
    return known
