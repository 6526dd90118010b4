"""Flow through channels and membranes: pressures, recovery, rejection, energy."""

from dataclasses import dataclass
from typing import Any

import ufl

from ..errors import InputError
from .permeation import solvent_flux

#: Litres per square metre and hour of 1 m/s.
LMH = 3.6e6
#: Joules of a kilowatt hour.
KWH = 3.6e6


def flow_rate(solution: Any, where: str) -> float:
    """Q = int u.n dA [m3/s], out of the domain (in 2D [m2/s])."""
    site = solution.site(where)
    if site.states[0].velocity is None:
        raise InputError(f"flow_rate at {where!r}: phase {site.blocks[0].name!r} has no velocity")
    return float(
        solution.integral(ufl.dot(site.states[0].velocity, site.states[0].n), site.measure)
    )


def pressure_drop(solution: Any, inlet: str, outlet: str) -> float:
    """Mean pressure at `inlet` less that at `outlet` [Pa]."""
    first, last = (solution.mean(lambda s: s.extra["P"], where) for where in (inlet, outlet))
    return float(first - last)


def hydraulic_diameter(solution: Any, phase: str, walls: list[str]) -> float:
    """d_h = 4 V/S [m], volume of the phase over the area of its `walls`, spacers included.

    Schock and Miquel, Desalination 64, 339 (1987).
    """
    block = next((b for b in solution.problem.phases if b.name == phase), None)
    if block is None:
        raise InputError(f"hydraulic_diameter: there is no phase {phase!r}")
    one = 0 * solution.state(phase).phi + 1
    volume = solution.integral(one, ufl.Measure("dx", block.mesh))
    return float(4 * volume / sum(solution.site(w).area for w in walls))


def friction_factor(drop: float, length: float, d_h: float, density: float, speed: float) -> float:
    """Darcy's f = 2 dP d_h/(rho u^2 L) [-]; 4 times Fanning's. 96/Re between plates."""
    return 2 * drop * d_h / (density * speed**2 * length)


def permeate_flux(solution: Any, *membranes: str) -> tuple[float, float]:
    """Mean J_v over membranes, in (m/s, L/(m2 h)); a membrane that is a phase: its face."""
    area = sum(solution.site(w).area for w in membranes)
    mean = sum(_permeate(solution, w) for w in membranes) / area
    return mean, LMH * mean


def _permeate(solution: Any, membrane: str) -> float:
    """What passes a thin membrane, or the face of one that is a phase [m3/s]."""
    thin = any(hasattr(s.law, "solvent_flux") for s in solution.sites(membrane))
    if not thin:
        return flow_rate(solution, membrane)
    return float(solution.site(membrane).area * solvent_flux(solution, membrane))


def recovery(solution: Any, inlet: str, *membranes: str) -> float:
    """Permeate over feed [-], by volume."""
    return sum(_permeate(solution, w) for w in membranes) / -flow_rate(solution, inlet)


@dataclass(frozen=True)
class Rejection:
    """1 - c_p/c: of what is fed, and of what is at the membrane [-]."""

    observed: float
    intrinsic: float
    permeate: float  #: concentration c_p = N_s/J_v [mol/m3]


def rejection(solution: Any, species: str, inlet: str, *membranes: str) -> Rejection:
    """Observed (against the feed, cup-mixed at the inlet) and intrinsic rejection of a species.

    The wall's concentration of the latter is the mean over the membranes; where a membrane is a
    phase give its face, as "feed|membrane".
    """
    area = [solution.site(w).area for w in membranes]
    sign = [1 if solution.site(w).interface else -1 for w in membranes]
    passed = (k * solution.flow(species, w) for k, w in zip(sign, membranes, strict=True))
    c_p = sum(passed) / sum(_permeate(solution, w) for w in membranes)
    walls = [solution.mean(lambda s: s.c[species], w) for w in membranes]
    wall = sum(a * c for a, c in zip(area, walls, strict=True)) / sum(area)
    state, measure = solution.site(inlet).states[0], solution.site(inlet).measure
    u = ufl.dot(state.velocity, state.n)
    feed = solution.integral(state.c[species] * u, measure) / solution.integral(u, measure)
    return Rejection(1 - c_p / feed, 1 - c_p / wall, c_p)


def specific_energy(power: float, product: float) -> float:
    """Power over product stream [kWh/m3]: dP Q_feed of a pump [W], U I of an ED stack [W].

    `product` [m3/s]. An ideal pump without recovery of the brine's pressure takes dP/recovery.
    """
    return power / product / KWH
