"""The equation that fixes the electric potential of a phase, one per phase (physics.md 3)."""

from dataclasses import dataclass
from typing import Any

import ufl

from .thermo import C_REF, State
from .units import EPS0, F, convert

__all__ = ["Electroneutral", "ElectronicConductor", "Poisson", "Uncharged"]


@dataclass(frozen=True)
class Electroneutral:
    """sum_i z_i c_i + X = 0."""

    own_row = True  # phi has an equation of its own
    continuous = False  # phi jumps at a phase boundary

    def residual(self, s: State, q: Any) -> Any:
        """Weak form tested with q, in moles of charge [mol/m3]."""
        return -s.charge * q

    def energy(self, s: State) -> Any:
        """No energy of its own [J/m3]."""
        return 0


@dataclass(frozen=True)
class Uncharged:
    """phi = 0: a phase of neutral species only, where the potential acts on nothing."""

    own_row = True
    continuous = False

    def residual(self, s: State, q: Any) -> Any:
        """Weak form tested with q, in moles of charge [mol/m3]."""
        return C_REF * s.phi_hat * q

    def energy(self, s: State) -> Any:
        """No energy of its own [J/m3]."""
        return 0


@dataclass(frozen=True)
class Poisson:
    """-div(eps grad phi) = F (sum_i z_i c_i + X)."""

    relative_permittivity: float = 78.36

    own_row = True
    continuous = True

    def __post_init__(self) -> None:
        convert(self, relative_permittivity="")

    def residual(self, s: State, q: Any) -> Any:
        """Weak form tested with q, in moles of charge [mol/m3]."""
        eps = self.relative_permittivity * EPS0
        return eps / F * ufl.inner(ufl.grad(s.phi), ufl.grad(q)) - s.charge * q

    def energy(self, s: State) -> Any:
        """Of the field, eps |grad phi|^2/2 [J/m3]."""
        eps = self.relative_permittivity * EPS0
        return eps / 2 * ufl.inner(ufl.grad(s.phi), ufl.grad(s.phi))


@dataclass(frozen=True)
class ElectronicConductor:
    """-div(sigma grad phi) = 0: the balance of the electrons is the equation of phi."""

    own_row = False
    continuous = False

    def residual(self, s: State, q: Any) -> Any:
        """Nothing beyond the electrons' own balance."""
        return 0

    def energy(self, s: State) -> Any:
        """No energy of its own [J/m3]."""
        return 0
