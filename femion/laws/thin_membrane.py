"""Membranes as one interface: solvent pushed through by pressure, salt beside it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import ufl

from ..errors import InputError, unknown
from ..thermo.osmotic import osmotic_pressure
from ..units import convert, positive
from .base import Transfer
from .flow import normal, tangential
from .permeance import log_mean


@dataclass(frozen=True)
class ThinMembrane(ABC):
    """J_v = L_p (dP - sigma dPi) from a to b  [m/s]; kinds differ in their salt flux N_s.

    `salt`: ions per formula unit, {"Na+": 1, "Cl-": 1}, or one neutral solute; its concentration
    is that of the formula unit. `permeability` L_p [m/(s Pa)], `pressure` dP = P_a - P_b [Pa],
    `reflection` sigma from 0 to 1. dPi is the difference of the osmotic pressures of both sides,
    each by its own activity model. The phases' `velocity` is given separately: give them
    `solvent_flux`.

    At a boundary the other side is the permeate as it forms there, c_b = N_s/J_v. If the phase
    has a flow its own pressure P adds to `pressure`, J_v is what leaves it through the wall, and
    it does not slip.
    """

    where: str
    salt: Mapping[str, int]
    permeability: float
    pressure: float
    reflection: float = 1.0

    clings: ClassVar[bool] = True  #: the solvent does not slide along it

    def __post_init__(self) -> None:
        name = f"{type(self).__name__}({self.where!r})"
        if not self.salt or any(not isinstance(n, int) or n < 1 for n in self.salt.values()):
            raise InputError(f"salt of {name} = {self.salt}; allowed: {{species: 1, 2, ...}}")
        L = positive(self.permeability, "m/(s*Pa)", f"permeability of {name}")
        object.__setattr__(self, "permeability", L)
        convert(self, pressure="Pa", reflection="")
        if isinstance(self.reflection, float) and not 0 <= self.reflection <= 1:
            raise InputError(f"reflection of {name} = {self.reflection:g}; allowed: 0 to 1")

    @abstractmethod
    def salt_flux(self, ca: Any, cb: Any, J: Any, a: Any, b: Any) -> Any:
        """N_s [mol/(m2 s)] at concentrations of the salt and a solvent flux J [m/s]."""

    def passing(self, J: Any) -> Any:
        """c_b/c_a of the permeate that forms at a boundary under J_v [-]."""
        raise InputError(
            f"where of {type(self).__name__}({self.where!r}); allowed: an interface 'a|b'"
        )

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """One event per formula unit of salt; momentum, where the phase at a boundary flows."""
        for i in self.salt:
            if i not in a.c or (b is not None and i not in b.c):
                known = [k for k in a.c if b is None or k in b.c]
                raise unknown(f"species in {type(self).__name__}({self.where!r})", i, known)
        if net := sum(n * a.charges[i] for i, n in self.salt.items()):
            raise InputError(
                f"salt of {type(self).__name__}({self.where!r}) carries charge {net:+d}; "
                "allowed: a neutral formula unit"
            )
        lost = {i: -n for i, n in self.salt.items()}
        if b is not None:
            rate = self.salt_flux(self._of(a), self._of(b), self.solvent_flux(a, b), a, b)
            yield Transfer(rate, lost, dict(self.salt))
            return
        J = self.solvent_flux(a, b)
        yield Transfer(self.passing(J) * self._of(a) * J, lost, {})
        if "P" in a.extra:
            yield from normal(a, self.resistance(a, J))
            yield from tangential(a, 0 * a.velocity)

    def dissipation(self, a: Any, b: Any) -> float | None:
        """None at a boundary, where salt takes its free energy along; else all it gives up."""
        return 0.0 if b is None else None

    def solvent_flux(self, a: Any, b: Any) -> Any:
        """J_v = L_p (dP - sigma dPi) [m/s] from a to b; of a flow, what leaves through the wall."""
        if b is None and "P" in a.extra:
            return ufl.dot(a.velocity, a.n)
        if b is None:
            raise InputError(
                f"{type(self).__name__}({self.where!r}) at a boundary needs a flow of phase "
                f"{a.phase.name!r}; give it flow=Stokes(...) or NavierStokes(...)"
            )
        osmotic = osmotic_pressure(a) - osmotic_pressure(b)
        return self.permeability * (self.pressure - self.reflection * osmotic)

    def resistance(self, a: Any, J: Any) -> Any:
        """The unknown pressure that drives J_v through, J_v/L_p + sigma dPi - dP [Pa]."""
        share = self.passing(J)
        permeate = replace(a, c={i: share * c for i, c in a.c.items()})
        osmotic = osmotic_pressure(a) - osmotic_pressure(permeate)
        return J / self.permeability + self.reflection * osmotic - self.pressure

    def _of(self, s: Any) -> Any:
        """Concentration of the salt, the mean over its ions of ln(c_i/nu_i) [mol/m3]."""
        logs = sum(n * ufl.ln(s.c[i] / n) for i, n in self.salt.items())
        return ufl.exp(logs / sum(self.salt.values()))


@dataclass(frozen=True)
class SolutionDiffusion(ThinMembrane):
    """J_v = A (dP - dPi), N_s = B (c_a - c_b): water and salt cross independently.

    A is the `permeability`, `B` [m/s]. Wijmans and Baker, J. Membr. Sci. 107 (1995) 1.
    """

    B: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "B", positive(self.B, "m/s", f"B at {self.where!r}"))

    def salt_flux(self, ca: Any, cb: Any, J: Any, a: Any, b: Any) -> Any:
        """B (c_a - c_b)."""
        return self.B * (ca - cb)

    def passing(self, J: Any) -> Any:
        """B/(J_v + B)."""
        return self.B / (J + self.B)


@dataclass(frozen=True)
class SpieglerKedem(ThinMembrane):
    """N_s = (1 - sigma) J_v (c_a - c_b E)/(1 - E), E = exp(-(1 - sigma) J_v/P).

    `P` [m/s]; the salt's local flux -P dx dc/dx + (1 - sigma) c J_v integrated over the membrane
    (Spiegler and Kedem, Desalination 1 (1966) 311).
    """

    P: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "P", positive(self.P, "m/s", f"P at {self.where!r}"))

    def salt_flux(self, ca: Any, cb: Any, J: Any, a: Any, b: Any) -> Any:
        """P (x c_a/(1 - e^-x) - x c_b/(e^x - 1)), x the Peclet number."""
        x = (1 - self.reflection) * J / self.P
        return self.P * (bernoulli(-x) * ca - bernoulli(x) * cb)

    def passing(self, J: Any) -> Any:
        """(1 - sigma)/(1 - sigma exp(-(1 - sigma) J_v/P))."""
        s = self.reflection
        return (1 - s) / (1 - s * ufl.exp(-(1 - s) * J / self.P))


@dataclass(frozen=True)
class KedemKatchalsky(ThinMembrane):
    """N_s = omega dPi + (1 - sigma) c_lm J_v, c_lm the logarithmic mean of both sides.

    `omega` [mol/(m2 s Pa)]. Kedem and Katchalsky, Biochim. Biophys. Acta 27 (1958) 229.
    """

    omega: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        omega = positive(self.omega, "mol/(m^2*s*Pa)", f"omega at {self.where!r}")
        object.__setattr__(self, "omega", omega)

    def salt_flux(self, ca: Any, cb: Any, J: Any, a: Any, b: Any) -> Any:
        """Both parts."""
        osmotic = osmotic_pressure(a) - osmotic_pressure(b)
        return self.omega * osmotic + (1 - self.reflection) * log_mean(ca, cb) * J


def bernoulli(x: Any) -> Any:
    """x/(exp(x) - 1), smooth through 0 and without overflow."""
    near = ufl.lt(abs(x), 0.05)
    far = ufl.conditional(near, 1.0, x)
    up = ufl.max_value(-far, 0.0) + abs(far) * ufl.exp(-abs(far)) / (1 - ufl.exp(-abs(far)))
    square = x**2
    return ufl.conditional(
        near, 1 - x / 2 + square / 12 * (1 - square / 60 * (1 - square / 42)), up
    )
