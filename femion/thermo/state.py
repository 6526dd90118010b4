"""The local state of a phase, and every quantity that follows from it.

The unknowns are w_i = (mu0_i + RT ln(c_i/c_ref))/RT + z_i F phi/RT, the ideal part of the
electrochemical potential over RT, and phi_hat = F phi/RT (physics.md section 1). With them
concentrations are positive by construction and an equilibrium partition is an equality.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import ufl

from ..units import F, R, valued

#: Reference concentration of all chemical potentials [mol/m3].
C_REF = 1000.0


@dataclass(frozen=True)
class State:
    """Potentials and concentrations at a point of a phase, in its bulk or beside a facet."""

    phase: Any  #: the Phase (bound: its numbers are Constants)
    w: Mapping[str, Any]  #: ideal electrochemical potential over RT, per species [-]
    phi_hat: Any  #: F phi / RT [-]
    c_ref: Any  #: reference concentration [mol/m3]
    x: Any = None  #: position [m]
    closure: Any = None  #: the closure of phi in this phase

    @property
    def T(self) -> Any:
        """Temperature [K]."""
        return self.phase.medium.temperature

    @property
    def charges(self) -> dict[str, int]:
        """Charge number of every species here."""
        return {s.name: s.z for s in self.phase.medium.species}

    @property
    def phi(self) -> Any:
        """Electric potential [V]."""
        return R * self.T / F * self.phi_hat

    @cached_property
    def c(self) -> dict[str, Any]:
        """Concentrations [mol/m3], c_i = c_ref exp(w_i - mu0_i/RT - z_i phi_hat)."""
        mu0 = self.phase.medium.standard_potential
        shift = {i: mu0[i] / (R * self.T) if i in mu0 else 0 for i in self.w}
        z = self.charges
        return {i: self.c_ref * ufl.exp(self.w[i] - shift[i] - z[i] * self.phi_hat) for i in self.w}

    @cached_property
    def mu(self) -> dict[str, Any]:
        """Electrochemical potentials mu~_i = RT (w_i + ln gamma_i) [J/mol]."""
        ln_gamma = self.phase.medium.activity.ln_gamma(self.c, self.T)
        return {i: R * self.T * (self.w[i] + ln_gamma[i]) for i in self.w}

    @property
    def charge(self) -> Any:
        """Sum of z_i c_i plus the fixed charge [mol/m3]."""
        X = self.phase.fixed_charge
        z = self.charges
        return sum(z[i] * c for i, c in self.c.items()) + valued(X, self.x)

    def at(self, side: str) -> "State":
        """The same state seen from one side ('+' or '-') of an interior facet."""
        w = {i: wi(side) for i, wi in self.w.items()}
        return replace(self, w=w, phi_hat=self.phi_hat(side), x=self.x(side))
