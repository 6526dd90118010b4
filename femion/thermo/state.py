"""The local state of a phase, and every quantity that follows from it.

The unknowns are w_i = mu~_i/(R T_ref) and phi_hat = F phi/(R T_ref) with one T_ref everywhere, so
that an equilibrium between any two phases, whatever their activities, external energies and
temperatures, is an equality of unknowns (physics.md section 1):

    mu~_i = mu0_i + W_i + R T (x_i + ln gamma_i) + z_i F phi

x_i is the variable of the activity model's statistics, from which concentrations follow
explicitly (Boltzmann: c_i = c_ref exp(x_i)). Where ln gamma_i or W_i depends on concentrations
(or on anything that is not known point by point) x_i is an unknown of its own, and the definition
above an equation of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ufl
from ufl.domain import extract_domains

from ..errors import InputError
from ..units import F, R, valued
from .activity import C_REF

#: Temperature that makes potentials dimensionless; nothing depends on it [K].
T_REF = 298.15


@dataclass(frozen=True)
class State:
    """Potentials and concentrations at a point of a phase, in its bulk or beside a facet."""

    phase: Any  #: the Phase (bound: its numbers are Constants)
    w: Mapping[str, Any]  #: electrochemical potential over R T_ref, per species [-]
    phi_hat: Any  #: F phi / (R T_ref) [-]
    T: Any  #: temperature [K]
    c: Mapping[str, Any] = field(default_factory=dict)  #: concentrations [mol/m3]
    variable: Mapping[str, Any] = field(default_factory=dict)  #: x_i of the statistics [-]
    x: Any = None  #: position [m]
    closure: Any = None  #: the closure of phi in this phase
    extra: Mapping[str, Any] = field(default_factory=dict)  #: unknowns of the phase's energies
    n: Any = None  #: beside a facet, the normal out of the phase [-]

    @property
    def charges(self) -> dict[str, int]:
        """Charge number of every species here."""
        return {s.name: s.z for s in self.phase.medium.species}

    @property
    def phi(self) -> Any:
        """Electric potential [V]."""
        return R * T_REF / F * self.phi_hat

    @property
    def mu(self) -> dict[str, Any]:
        """Electrochemical potentials mu~_i [J/mol]."""
        return {i: R * T_REF * w for i, w in self.w.items()}

    @property
    def ln_activity(self) -> dict[str, Any]:
        """(mu~_i - mu0_i - W_i - z_i F phi)/(R T) [-]; ln(c_i/c_ref) if ideal."""
        excess = self._excess()
        return {i: x + excess[i] for i, x in self.variable.items()}

    @property
    def activity(self) -> dict[str, Any]:
        """Activities a_i = gamma_i c_i/c_ref [-]."""
        return {i: ufl.exp(a) for i, a in self.ln_activity.items()}

    @property
    def charge(self) -> Any:
        """Sum of z_i c_i plus the fixed charge [mol/m3]."""
        X = self.phase.fixed_charge
        z = self.charges
        return sum(z[i] * c for i, c in self.c.items()) + valued(X, self.x)

    @property
    def force(self) -> dict[str, Any]:
        """What drives the fluxes, (grad mu~_i)_T + Q*_i grad T/T [N/mol].

        (grad mu~_i)_T = grad mu~_i + S_i grad T is the gradient at constant temperature; Q*_i the
        medium's heat of transport (de Groot and Mazur, Non-Equilibrium Thermodynamics, ch. XI).
        """
        T, S, Q = self.T, self.entropy, self.phase.medium.heat_of_transport
        slope = {i: Q.get(i, 0.0) / T + S[i] for i in S}
        warm = ufl.grad(T) if placed(T) else 0 * ufl.grad(self.phi_hat)
        return {i: ufl.grad(mu) + slope[i] * warm for i, mu in self.mu.items()}

    @property
    def velocity(self) -> Any:
        """Of the solvent [m/s], the unknown one of a flow or the given one; None if it rests."""
        components = [v for i, v in self.extra.items() if i.startswith("v_")]
        if components:
            return ufl.as_vector(components)
        return None if self.phase.velocity is None else _vector(self.phase, self.x)

    @property
    def entropy(self) -> dict[str, Any]:
        """S_i = -d mu~_i/dT at fixed composition; -R ln a_i if all but R T is constant [J/(mol K)].

        mu0_i, W_i and gamma_i count with their own dependence on temperature.
        """
        slope, ln_a = self._slopes(), self.ln_activity
        return {i: -R * a - slope[i] for i, a in ln_a.items()}

    @property
    def enthalpy(self) -> dict[str, Any]:
        """H~_i = mu~_i + T S_i = mu0_i + W_i + z_i F phi - T d(mu0_i + W_i + ...)/dT [J/mol]."""
        slope, z, T = self._slopes(), self.charges, self.T
        return {i: self.energy(i) + z[i] * F * self.phi - T * slope[i] for i in slope}

    def warmed(self, T: Any) -> "State":
        """The same composition at another temperature [K]; mu~_i to first order."""
        S = self.entropy
        w = {i: v - S[i] * (T - self.T) / (R * T_REF) for i, v in self.w.items()}
        return replace(self, T=T, w=w)

    def _slopes(self) -> dict[str, Any]:
        """d(mu0_i + W_i)/dT + R T d(ln gamma_i)/dT at fixed composition [J/(mol K)]."""
        T = ufl.variable(ufl.as_ufl(self.T))
        hot = replace(self, T=T)
        excess = hot._excess()

        def slope(i: str) -> Any:
            own = ufl.diff(ufl.as_ufl(hot.energy(i)), T)
            return own + R * self.T * ufl.diff(ufl.as_ufl(excess[i]), T)

        return {i: slope(i) for i in self.variable}

    def _excess(self) -> dict[str, Any]:
        found = self.phase.medium.activity.excess(self)
        return {i: found.get(i, 0.0) for i in self.variable}

    def energy(self, i: str) -> Any:
        """mu0_i + W_i: standard potential and external energies of a species [J/mol]."""
        given = self.phase.medium.standard_potential.get(i, 0.0)
        return valued(given, self.T) + sum(e.molar(self, i) for e in self.phase.energies)

    def reduced(self, i: str) -> Any:
        """(mu~_i - mu0_i - W_i - z_i F phi)/(R T) [-]."""
        z = self.charges[i]
        return (self.w[i] - z * self.phi_hat) * (T_REF / self.T) - self.energy(i) / (R * self.T)

    def gap(self, i: str) -> Any:
        """What the definition of mu~_i is off by, over R T [-]; zero at a solution."""
        return self.reduced(i) - self.variable[i] - self._excess()[i]

    def at(self, side: str) -> "State":
        """The same state seen from one side ('+' or '-') of an interior facet."""

        def trace(values: Mapping[str, Any]) -> dict[str, Any]:
            return {i: ufl.as_ufl(v)(side) for i, v in values.items()}

        return replace(
            self,
            w=trace(self.w),
            c=trace(self.c),
            variable=trace(self.variable),
            extra=trace(self.extra),
            phi_hat=self.phi_hat(side),
            T=ufl.as_ufl(self.T)(side),
            x=self.x(side),
        )


def _vector(phase: Any, x: Any) -> Any:
    """The given velocity of a phase at x, with as many components as the mesh has."""
    v = valued(phase.velocity, x)
    if getattr(v, "ufl_shape", ()):
        return v
    given, dim = list(v) if isinstance(v, Sequence) else [v], x.ufl_shape[0]
    if len(given) > dim:
        raise InputError(
            f"velocity of Phase {phase.name!r} has {len(given)} components; the mesh {dim}"
        )
    return ufl.as_vector([*given, *[0.0] * (dim - len(given))])


def placed(value: Any) -> bool:
    """Whether a value belongs to a mesh; a plain number has no gradient in UFL."""
    return bool(extract_domains(ufl.as_ufl(value)))


def from_potentials(s: State, implicit: Mapping[str, Any] | None = None) -> State:
    """The State with the concentrations that follow from its potentials.

    `implicit` holds the statistics' variables that are unknowns of their own.
    """
    known = implicit or {}
    variable = {i: known[i] if i in known else s.reduced(i) for i in s.w}
    c = s.phase.medium.activity.concentrations(variable, s)
    return replace(s, variable=variable, c=c)


def from_composition(
    phase: Any, c: Mapping[str, Any], phi: Any = 0.0, x: Any = None, T: Any = None
) -> State:
    """The State of a phase at concentrations c [mol/m3], phi [V], position x [m] and T [K].

    T is the medium's unless it is given. Unknowns of the phase's energies are zero.
    """
    medium = phase.medium
    where = (0.0, 0.0, 0.0) if x is None else x
    T = valued(medium.temperature, where) if T is None else T
    s = State(phase, {}, phi * F / (R * T_REF), T, c, x=where)
    variable = medium.activity.variable(c, s)
    s = replace(s, variable=variable, w=dict.fromkeys(c, 0.0))
    w = {
        i: a * (s.T / T_REF) + s.energy(i) / (R * T_REF) + s.charges[i] * s.phi_hat
        for i, a in s.ln_activity.items()
    }
    return replace(s, w=w)


def implicit(phase: Any) -> tuple[str, ...]:
    """Species whose potential does not give the concentrations explicitly."""
    names = [s.name for s in phase.medium.species]
    probe = from_composition(phase, dict.fromkeys(names, 1e-6 * C_REF))
    coupled = set(phase.medium.activity.excess(probe))
    for e in phase.energies:
        coupled |= set(e.coupled(phase))
    return tuple(i for i in names if i in coupled)
