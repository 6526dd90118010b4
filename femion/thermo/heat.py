"""Temperature as an unknown: the heat balance of a phase, and Arrhenius' law.

Fluxes of matter and heat are one Onsager matrix. With the heats of transport Q*_i of the medium

    N_i  = -sum_j L_ij [(grad mu~_j)_T + Q*_j grad T/T]      (Soret)
    J_q' = sum_i Q*_i N_i - k grad T                         (Dufour)
    rho c_p dT/dt + div J_q' = -sum_i N_i . grad H~_i - sum_r r Delta H_r

so that reciprocity holds by construction (de Groot and Mazur, Non-Equilibrium Thermodynamics,
ch. XI). H~_i = mu~_i - T (d mu~_i/dT)_c; for an ideal solution the source is Joule's i . E.
At an interface the balance of energy adds sum_i N_i . n (H~_i^a - H~_i^b): Peltier's heat.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ufl

from ..transport.base import fluxes
from ..units import R, convert, positive, si, valued
from .external import Energy
from .state import T_REF, State, placed

Property = float | Callable[[Any], Any]


@dataclass(frozen=True)
class HeatBalance(Energy):
    """rho c_p dT/dt + div J_q' = -sum_i N_i . grad H~_i - sum_r r Delta H_r, T its unknown [K].

    `conductivity` k [W/(m K)] at zero diffusion and `heat_capacity` rho c_p [J/(m3 K)] (only
    transients need it) are numbers or functions of the State; `source` [W/m3] is added. What
    `Phase.sources` make comes with its own enthalpy. An interface law releases what its own
    `heat` says, or its `dissipation`, or else the enthalpy of what it moves; Donnan equilibrium
    Peltier's heat; a bath or a ReversibleElectrode at a boundary none. Boundaries with a
    composition need a Temperature. The medium's temperature is the first guess.
    """

    conductivity: Property
    heat_capacity: Property = 4.18e6
    source: Property = 0.0

    def __post_init__(self) -> None:
        for name, unit in (("conductivity", "W/(m*K)"), ("heat_capacity", "J/(m^3*K)")):
            value = positive(getattr(self, name), unit, f"{name} of HeatBalance")
            object.__setattr__(self, name, value)
        convert(self, source="W/m^3")

    def unknowns(self, dim: int) -> Sequence[str]:
        """ln(T/T_ref), so that T is positive by construction."""
        return ("T",)

    def start(self, medium: Any) -> Mapping[str, float]:
        """The medium's temperature (at the origin) is the first guess."""
        T = ufl.as_ufl(valued(medium.temperature, (0.0, 0.0, 0.0)))
        return {"T": math.log(float(T(())) / T_REF)}

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
        v, made = row("T"), transport_heat(s) + valued(self.source, s)
        return -ufl.inner(heat_flux(s), ufl.grad(v)) - made * v


def heat_flux(s: State) -> Any:
    """J_q' = sum_i Q*_i N_i - k grad T [W/m2]."""
    Q, N = s.phase.medium.heat_of_transport, fluxes(s)
    conducted = -valued(s.phase.heat.conductivity, s) * ufl.grad(s.T)
    return conducted + sum((Q[i] * N[i] for i in N if i in Q), 0 * conducted)


def transport_heat(s: State) -> Any:
    """-sum_i N_i . grad H~_i, Joule's heat and more [W/m3]."""
    N = fluxes(s)
    uneven = {i: H for i, H in s.enthalpy.items() if placed(H)}
    return ufl.as_ufl(-sum(ufl.inner(N[i], ufl.grad(H)) for i, H in uneven.items()))


def reaction_heat(s: State) -> Any:
    """-sum_r r Delta H_r [W/m3]."""
    return ufl.as_ufl(-sum(r.rate(s) * reaction_enthalpy(r, s) for r in s.phase.reactions))


def reaction_enthalpy(reaction: Any, s: State) -> Any:
    """Delta H_r = R T^2 d ln K/dT + sum_i nu_i H~_i [J/mol] (van 't Hoff)."""
    T, H = ufl.variable(ufl.as_ufl(s.T)), s.enthalpy
    K = ufl.as_ufl(valued(reaction.equilibrium_constant, replace(s, T=T)))
    return R * s.T**2 * ufl.diff(ufl.ln(K), T) + sum(n * H[i] for i, n in reaction.gains.items())


def entropy_production(s: State) -> Any:
    """Sum_ij X_i . L_ij X_j/T + k (grad T/T)^2, X_i = `State.force`: not negative [W/(m3 K)]."""
    N, X = fluxes(s), s.force
    made = -sum(ufl.inner(N[i], X[i]) for i in N) / s.T
    return made + valued(s.phase.heat.conductivity, s) * (ufl.grad(s.T) / s.T) ** 2


@dataclass(frozen=True)
class Arrhenius:
    """A property times exp(-(E/R) (1/T - 1/T0)): its value at T0 with activation energy E.

    `value` is a quantity or any function the property may be; `activation_energy` E [J/mol] and
    `reference` T0 [K]. Stands for any property that may be a function of states or of (c, T);
    of an equilibrium constant it is van 't Hoff's law with Delta H = E.
    """

    value: Any
    activation_energy: float
    reference: float = 298.15

    def __post_init__(self) -> None:
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            object.__setattr__(self, "value", float(self.value))
        E = si(self.activation_energy, "J/mol", "activation_energy of Arrhenius")
        object.__setattr__(self, "activation_energy", E)
        T0 = positive(self.reference, "K", "reference of Arrhenius")
        object.__setattr__(self, "reference", T0)

    def in_unit(self, convert: Callable[[Any, str, str], Any], unit: str, what: str) -> Any:
        """The same with its value converted and checked as that of the property it stands for."""
        return replace(self, value=convert(self.value, unit, what))

    def __call__(self, *at: Any) -> Any:
        """The property at states, or at (c, T)."""
        T = at[-1].T if isinstance(at[-1], State) else at[-1]
        factor = ufl.exp(-self.activation_energy / R * (1 / T - 1 / self.reference))
        return valued(self.value, *at) * factor
