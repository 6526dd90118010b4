"""Heat at interfaces and the temperature of boundaries."""

from typing import Any

import numpy as np
import ufl

from . import _dolfinx as dx
from .errors import InputError
from .laws.base import Equal, Hold, Transfer
from .thermo import T_REF
from .transport.base import fluxes
from .units import is_function

#: What is no matter, so that its Transfers release nothing.
IMMATERIAL = {"T", "phi", "u_x", "u_y", "u_z", "v_x", "v_y", "v_z", "P"}


def released(site: Any, mesh: Any) -> list[Transfer]:
    """The heat of a law's events and ties, shared by the sides that keep a heat balance."""
    sides = [k for k, s in enumerate(site.states) if s is not None and "T" in s.extra]
    found = [*_of_events(site), *_of_ties(site, mesh)] if sides else []
    gains = [{"T": 1.0 / len(sides)} if k in sides else {} for k in (0, 1)]
    return [Transfer(heat, *gains) for heat in found]


def moves(site: Any) -> list[Transfer]:
    """Transfers of matter."""
    return [t for t in site.transfers if not {*t.a, *t.b} <= IMMATERIAL]


def ties(site: Any) -> list[str]:
    """Species whose potential is one on both sides of an interface."""
    species = site.states[0].charges
    return [c.field for c in site.constraints if isinstance(c, Equal) and c.field in species]


def _of_events(site: Any) -> list[Any]:
    """What the law says, or its dissipation, or else the enthalpy set free [W/m2].

    Beside an outside that is not modelled what moves brings its enthalpy along.
    """
    law, states, events = site.law, site.states, moves(site)
    if not events:
        return []
    for word in ("heat", "dissipation"):
        said = getattr(law, word)(*states) if hasattr(law, word) else None
        if said is not None:
            return [said]
    if states[1] is None:
        return []
    return [-sum(t.rate * _enthalpy(t, states) for t in events)]


def _enthalpy(t: Transfer, states: tuple[Any, Any]) -> Any:
    pairs = [(s.enthalpy, gains) for s, gains in zip(states, (t.a, t.b), strict=True)]
    return sum(n * H[i] for H, gains in pairs for i, n in gains.items() if i in H)


def _of_ties(site: Any, mesh: Any) -> list[Any]:
    """Peltier's heat sum_i N_i . n (H~_i^a - H~_i^b) of what crosses in equilibrium [W/m2]."""
    (a, b), (left, right) = site.blocks, site.states
    if b is None or not ties(site):
        return []
    n, N, M = ufl.FacetNormal(mesh)("+"), fluxes(a.state), fluxes(b.state)
    H, K = left.enthalpy, right.enthalpy
    return [sum(ufl.inner(N[i]("+") + M[i]("-"), n) / 2 * (H[i] - K[i]) for i in ties(site))]


def temperature(problem: Any, site: Any) -> Any:
    """Temperature [K] of the first side of a site: a number, or values at its nodes.

    Raises InputError where it is an unknown: potentials of given compositions then are, too.
    """
    a, nodes = site.blocks[0], site.nodes[0]
    if not a.phase.heat:
        T = a.state.T
        return a.interpolated(T)[nodes] if dx.varies(T) else dx.value(T)
    for other in problem.sites:
        for held in other.constraints:
            if isinstance(held, Hold) and held.field == "T" and other.where == site.where:
                T = held.value.T
                return T_REF * np.exp(held.value(a.node_x[nodes].T)) if is_function(T) else float(T)
    raise InputError(
        f"{type(site.law).__name__}({site.where!r}) gives a composition to phase {a.name!r}, "
        f"whose temperature is an unknown there; add a Temperature({site.where!r}, ...)"
    )


def check_ties(blocks: dict[str, Any], sites: list[Any], domain: Any) -> None:
    """Raise InputError where an equilibrium joins phases that are not at one temperature."""
    maps = [b.cell_map for b in blocks.values() if not b.lumped]
    warm = {s.where for s in sites if any(c == Equal("T") for c in s.constraints)}
    for site in sites:
        if not site.interface or not ties(site):
            continue
        a, b = site.blocks
        names, law = f"{a.name!r} and {b.name!r}", f"{type(site.law).__name__}({site.where!r})"
        if a.phase.heat or b.phase.heat:
            if not {site.where, "|".join(reversed(site.where.split("|")))} & warm:
                raise InputError(
                    f"{law} is an equilibrium and needs one temperature; give both {names} a "
                    f"HeatBalance and add ThermalContact({site.where!r})"
                )
        elif (gap := _difference(site, domain, maps)) > 1e-6:
            raise InputError(
                f"{law} is an equilibrium and needs one temperature; those of {names} differ by "
                f"{gap:.3g} K there"
            )


def _difference(site: Any, domain: Any, maps: list[Any]) -> float:
    """Root of the mean square of T_a - T_b over an interface [K]."""
    gap = site.states[0].T - site.states[1].T
    if not dx.varies(gap):
        return abs(dx.value(gap))
    form = dx.compile_form(gap**2 * site.measure, maps)
    return float(np.sqrt(dx.integrate(form, domain.comm) / site.area))
