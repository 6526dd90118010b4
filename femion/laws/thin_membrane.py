"""Membranes as one interface: solvent pushed through by pressure, salt beside it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ufl

from ..errors import InputError, unknown
from ..thermo.osmotic import osmotic_pressure
from ..units import convert, positive
from .base import Transfer
from .permeance import log_mean


@dataclass(frozen=True)
class ThinMembrane(ABC):
    """J_v = L_p (dP - sigma dPi) from a to b  [m/s]; kinds differ in their salt flux N_s.

    `salt`: ions per formula unit, {"Na+": 1, "Cl-": 1}, or one neutral solute; its concentration
    is that of the formula unit. `permeability` L_p [m/(s Pa)], `pressure` dP = P_a - P_b [Pa],
    `reflection` sigma from 0 to 1. dPi is the difference of the osmotic pressures of both sides,
    each by its own activity model. The phases' `velocity` is given separately: give them
    `solvent_flux`.
    """

    where: str
    salt: Mapping[str, int]
    permeability: float
    pressure: float
    reflection: float = 1.0

    def __post_init__(self) -> None:
        name = f"{type(self).__name__}({self.where!r})"
        if "|" not in self.where:
            raise InputError(f"where of {name}; allowed: an interface 'a|b'")
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

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """One event per formula unit of salt."""
        for i in self.salt:
            if i not in a.c or i not in b.c:
                known = [k for k in a.c if k in b.c]
                raise unknown(f"species in {type(self).__name__}({self.where!r})", i, known)
        if net := sum(n * a.charges[i] for i, n in self.salt.items()):
            raise InputError(
                f"salt of {type(self).__name__}({self.where!r}) carries charge {net:+d}; "
                "allowed: a neutral formula unit"
            )
        rate = self.salt_flux(self._of(a), self._of(b), self.solvent_flux(a, b), a, b)
        lost = {i: -n for i, n in self.salt.items()}
        yield Transfer(rate, lost, dict(self.salt))

    def solvent_flux(self, a: Any, b: Any) -> Any:
        """J_v = L_p (dP - sigma dPi) [m/s] from a to b."""
        osmotic = osmotic_pressure(a) - osmotic_pressure(b)
        return self.permeability * (self.pressure - self.reflection * osmotic)

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
