"""External energies W_i of species: fields that act on them beside phi (physics.md section 1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import pi
from typing import Any

import ufl

from ..errors import InputError, unknown
from ..units import EPS0, N_A, F, R, convert, positive, si, valued

Vector = Sequence[float]

#: Standard acceleration of gravity [m/s2].
G = 9.80665


class Energy:
    """What an energy may bring; most only have `molar`, explicit in position and temperature.

    An energy with unknowns of its own (a displacement) names them, states their equations in
    `residual`, and lists in `coupled` the species whose potential is then no explicit function.
    """

    def check(self, species: Sequence[Any], where: str) -> None:
        """Raise InputError if this does not fit the species of a phase."""

    def molar(self, s: Any, species: str) -> Any:
        """W_i [J/mol] at a State."""
        return 0.0

    def energy_density(self, s: Any) -> Any:
        """Free energy per volume [J/m3]."""
        return sum(c * self.molar(s, i) for i, c in s.c.items())

    def coupled(self, phase: Any) -> Sequence[str]:
        """Species whose W_i depends on concentrations or on unknowns."""
        return ()

    def weak(self, s: Any, species: str, q: Any) -> Any:
        """Part of mu_i q that has derivatives of q [J/mol]; from a gradient energy."""
        return 0.0

    def unknowns(self, dim: int) -> Sequence[str]:
        """Names of unknowns of its own."""
        return ()

    def start(self, medium: Any) -> Mapping[str, float]:
        """First guess of its unknowns where it is not 0."""
        return {}

    def drawn(self, dim: int) -> Mapping[str, Callable[[Any], Any]]:
        """Fields to show: name -> function of a State."""
        return {}

    def unit(self, size: Any) -> Any:
        """What an unknown of 1 stands for, in a domain of this size [m]."""
        return 1.0

    def scale(self, size: Any, dim: int) -> Any:
        """What makes the equations of its unknowns O(1), integrated over a domain."""
        return 1.0

    def stored(self, s: Any) -> dict[str, tuple[Any, Any]]:
        """What transients store in its unknowns' rows: name -> (capacity, quantity)."""
        return {}

    def residual(self, s: Any, row: Callable[[str], Any]) -> Any:
        """Weak form of its unknowns' equations."""
        return 0.0


def named(given: Mapping[str, Any], species: Sequence[Any], what: str) -> None:
    """Refuse a mapping that names a species which is not there."""
    names = [k.name for k in species]
    for i in given:
        if i not in names:
            raise unknown(f"species in {what}", i, names)


@dataclass(frozen=True)
class External(Energy):
    """W_i(x) [J/mol]: any given energy, a number or a function of position, per species."""

    energy: Mapping[str, Any]

    def __post_init__(self) -> None:
        convert(self, energy="J/mol")

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named(self.energy, species, f"External {where}")

    def molar(self, s: Any, species: str) -> Any:
        """As given."""
        return valued(self.energy[species], s.x) if species in self.energy else 0.0


@dataclass(frozen=True)
class Gravity(Energy):
    """W_i = -(M_i - V_i rho) g . x: weight less buoyancy.

    `molar_mass` [kg/mol]; `molar_volume` [m3/mol] and `density` [kg/m3] of the medium; `g` [m/s2]
    is the acceleration, downwards in the last direction unless given.
    """

    molar_mass: Mapping[str, float]
    molar_volume: Mapping[str, float] = field(default_factory=dict)
    density: float = 997.05
    g: Vector | None = None

    def __post_init__(self) -> None:
        convert(self, molar_mass="kg/mol", molar_volume="m^3/mol", density="kg/m^3")
        if self.g is not None:
            object.__setattr__(self, "g", tuple(si(v, "m/s^2", "g of Gravity") for v in self.g))

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named({**self.molar_mass, **self.molar_volume}, species, f"Gravity {where}")

    def molar(self, s: Any, species: str) -> Any:
        """-(M_i - V_i rho) g . x [J/mol]."""
        mass = _buoyant(self, species)
        n = len(s.x) if self.g is None else len(self.g)
        g = [0.0] * (n - 1) + [-G] if self.g is None else self.g
        return -mass * sum(gk * s.x[k] for k, gk in enumerate(g))


def _buoyant(e: Any, species: str) -> Any:
    """M_i - V_i rho [kg/mol]; 0 where the species has no mass given."""
    mass = e.molar_mass.get(species, 0.0)
    return mass - e.molar_volume.get(species, 0.0) * e.density


@dataclass(frozen=True)
class Centrifuge(Energy):
    """W_i = -(M_i - V_i rho) omega^2 r^2/2, r the distance from the axis (Svedberg).

    `omega` [rad/s]. The axis is z through `centre` (x, y) [m]; in 1D-like slabs r is then the
    distance in x and y. `radial=1` counts x alone: a long cell along the radius.
    """

    molar_mass: Mapping[str, float]
    omega: float
    molar_volume: Mapping[str, float] = field(default_factory=dict)
    density: float = 997.05
    centre: Vector = (0.0, 0.0)
    radial: int = 2

    def __post_init__(self) -> None:
        convert(self, molar_mass="kg/mol", molar_volume="m^3/mol", density="kg/m^3")
        convert(self, omega="1/s")
        centre = tuple(si(v, "m", "centre of Centrifuge") for v in self.centre)
        object.__setattr__(self, "centre", centre)
        if self.radial not in (1, 2):
            raise InputError(f"radial of Centrifuge = {self.radial!r}; allowed: 1 (x) or 2 (x, y)")

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named({**self.molar_mass, **self.molar_volume}, species, f"Centrifuge {where}")

    def molar(self, s: Any, species: str) -> Any:
        """-(M_i - V_i rho) omega^2 r^2/2 [J/mol]."""
        r2 = sum((s.x[k] - self.centre[k]) ** 2 for k in range(self.radial))
        return -0.5 * _buoyant(self, species) * self.omega**2 * r2


@dataclass(frozen=True)
class Pressure(Energy):
    """W_i = V_i (P - P_ref): barodiffusion. `pressure` [Pa]: a number or a function of position.

    `molar_volume` V_i [m3/mol], the partial molar volume of each species that feels it.
    """

    molar_volume: Mapping[str, float]
    pressure: Any
    reference: float = 101325.0

    def __post_init__(self) -> None:
        convert(self, molar_volume="m^3/mol", pressure="Pa", reference="Pa")

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named(self.molar_volume, species, f"Pressure {where}")

    def molar(self, s: Any, species: str) -> Any:
        """V_i (P - P_ref) [J/mol]."""
        return self.molar_volume.get(species, 0.0) * (valued(self.pressure, s.x) - self.reference)


@dataclass(frozen=True)
class Stress(Energy):
    """W_i = -V_i sigma_h: a given hydrostatic stress [Pa], tension positive (Larche and Cahn 1973).

    `molar_volume` V_i [m3/mol]: of each species that swells its host.
    """

    molar_volume: Mapping[str, float]
    hydrostatic: Any

    def __post_init__(self) -> None:
        convert(self, molar_volume="m^3/mol", hydrostatic="Pa")

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named(self.molar_volume, species, f"Stress {where}")

    def molar(self, s: Any, species: str) -> Any:
        """-V_i sigma_h [J/mol]."""
        return -self.molar_volume.get(species, 0.0) * valued(self.hydrostatic, s.x)


@dataclass(frozen=True)
class Born(Energy):
    """W_i = z_i^2 F^2/(8 pi eps0 N_A r_i) (1/eps - 1/eps_bulk): dielectric exclusion (Born 1920).

    `radius` r_i [m]; `permittivity` of this phase and of the `bulk` it is compared with [-].
    """

    radius: Mapping[str, float]
    permittivity: float
    bulk: float = 78.36

    def __post_init__(self) -> None:
        values = {i: positive(r, "m", f"radius[{i!r}] of Born") for i, r in self.radius.items()}
        object.__setattr__(self, "radius", values)
        for name in ("permittivity", "bulk"):
            value = positive(getattr(self, name), "", f"{name} of Born")
            object.__setattr__(self, name, value)

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named(self.radius, species, f"Born {where}")

    def molar(self, s: Any, species: str) -> Any:
        """The Born energy beside the bulk's [J/mol]."""
        if species not in self.radius:
            return 0.0
        size = 8 * pi * EPS0 * N_A * self.radius[species]
        z = s.charges[species]
        return z**2 * F**2 / size * (1 / self.permittivity - 1 / self.bulk)


@dataclass(frozen=True)
class Steric(Energy):
    """W_i = -R T ln(Phi_i), Phi_i = (1 - r_i/r_pore)^2: size exclusion from a round pore.

    `radius` r_i and `pore` [m] (Ferry 1936; the slit's exponent is 1: give `exponent`).
    """

    radius: Mapping[str, float]
    pore: float
    exponent: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "pore", positive(self.pore, "m", "pore of Steric"))
        convert(self, radius="m")
        for i, r in self.radius.items():
            if not 0 <= r < self.pore:
                raise InputError(
                    f"radius[{i!r}] of Steric = {r:g} m; allowed: from 0 to below the pore's "
                    f"{self.pore:g} m"
                )

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named(self.radius, species, f"Steric {where}")

    def molar(self, s: Any, species: str) -> Any:
        """-R T ln(Phi_i) [J/mol]."""
        if species not in self.radius:
            return 0.0
        return -R * s.T * self.exponent * ufl.ln(1 - self.radius[species] / self.pore)
