"""Temperature as an unknown: the heat balance of a phase, and Arrhenius' law.

Fluxes of matter and heat are one Onsager matrix. With the heats of transport Q*_i of the medium

    N_i  = -sum_j L_ij [(grad mu~_j)_T + Q*_j grad T/T]      (Soret)
    J_q' = sum_i Q*_i N_i - k grad T                         (Dufour)
    rho c_p dT/dt + div J_q' = -sum_i N_i . grad H~_i,   H~_i = mu0_i + W_i + z_i F phi + h^ex_i

so that reciprocity holds by construction (de Groot and Mazur, Non-Equilibrium Thermodynamics,
ch. XI). For an ideal solution the source is Joule's i . E.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ufl

from ..transport.base import fluxes
from ..units import F, R, convert, positive, si, valued
from .external import Energy
from .state import T_REF, State

Property = float | Callable[[Any], Any]


@dataclass(frozen=True)
class HeatBalance(Energy):
    """rho c_p dT/dt + div J_q' = -sum_i N_i . grad H~_i in a phase, with T its unknown.

    `conductivity` k [W/(m K)] at zero diffusion and `heat_capacity` rho c_p [J/(m3 K)] (only
    transients need it) are numbers or functions of the State; `source` [W/m3] is added. An
    interface law releases what its own `heat` says, or else its dissipation.
    """

    conductivity: Property
    heat_capacity: Property = 4.18e6
    source: Property = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "conductivity", positive(self.conductivity, "W/(m*K)", "conductivity of Heat")
        )
        convert(self, heat_capacity="J/(m^3*K)", source="W/m^3")

    def unknowns(self, dim: int) -> Sequence[str]:
        """ln(T/T_ref), so that T is positive by construction."""
        return ("T",)

    def start(self, medium: Any) -> Mapping[str, float]:
        """The medium's temperature is the first guess."""
        import math

        T = valued(medium.temperature, (0.0, 0.0, 0.0))
        return {"T": math.log(float(T) / T_REF)}

    def temperature(self, unknowns: Mapping[str, Any]) -> Any:
        """Temperature [K]."""
        return T_REF * ufl.exp(unknowns["T"])

    def drawn(self, dim: int) -> Mapping[str, Callable[[Any], Any]]:
        """The temperature [K]."""
        return {"T": lambda s: s.T}

    def scale(self, size: Any, dim: int) -> Any:
        """A unit of heat flow [W]: 1 W/(m K) over T_ref."""
        return T_REF * size ** (dim - 2)

    def stored(self, s: State) -> dict[str, tuple[Any, Any]]:
        """Heat, rho c_p dT."""
        return {"T": (valued(self.heat_capacity, s), s.T)}

    def residual(self, s: State, row: Callable[[str], Any]) -> Any:
        """Weak form tested with the row of T [W/m3]."""
        v, N = row("T"), fluxes(s)
        released = sum(-ufl.inner(N[i], ufl.grad(H)) for i, H in enthalpies(s).items())
        J = heat_flux(s, N)
        return -ufl.inner(J, ufl.grad(v)) - (released + valued(self.source, s)) * v


def heat_flux(s: State, N: Mapping[str, Any]) -> Any:
    """J_q' = sum_i Q*_i N_i - k grad T [W/m2]."""
    Q = s.phase.medium.heat_of_transport
    conducted = -valued(s.phase.heat.conductivity, s) * ufl.grad(s.T)
    return conducted + sum((Q[i] * N[i] for i in N if i in Q), 0 * conducted)


def enthalpies(s: State) -> dict[str, Any]:
    """H~_i = mu0_i + W_i + z_i F phi - R T^2 d ln(gamma_i)/dT, standard states apart [J/mol]."""
    T = ufl.variable(ufl.as_ufl(s.T))
    excess = s.phase.medium.activity.excess(replace(s, T=T))
    mixing = {i: -R * T**2 * ufl.diff(ufl.as_ufl(g), T) for i, g in excess.items()}
    z = s.charges
    return {i: s.energy(i) + z[i] * F * s.phi + mixing.get(i, 0.0) for i in s.w}


@dataclass(frozen=True)
class Arrhenius:
    """A property times exp(-(E/R) (1/T - 1/T0)): its value at T0 with activation energy E.

    `value` is a number or any function the property may be; `activation_energy` E [J/mol] and
    `reference` T0 [K]. Stands wherever a function of states, or of (c, T), is allowed.
    """

    value: Any
    activation_energy: float
    reference: float = 298.15

    def __post_init__(self) -> None:
        if isinstance(self.value, int):
            object.__setattr__(self, "value", float(self.value))
        E = si(self.activation_energy, "J/mol", "activation_energy of Arrhenius")
        object.__setattr__(self, "activation_energy", E)
        T0 = positive(self.reference, "K", "reference of Arrhenius")
        object.__setattr__(self, "reference", T0)

    def __call__(self, *at: Any) -> Any:
        """The property at states, or at (c, T)."""
        T = getattr(at[-1], "T", at[-1]) if not hasattr(at[-1], "ufl_shape") else at[-1]
        factor = ufl.exp(-self.activation_energy / R * (1 / T - 1 / self.reference))
        return valued(self.value, *at) * factor
