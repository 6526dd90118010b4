"""The books of heat: what appears, what leaves, what entropy is made."""

from dataclasses import dataclass, field
from typing import Any

import ufl

from . import _dolfinx as dx
from .heating import moves, ties
from .thermo.heat import entropy_production, reaction_heat, transport_heat
from .units import valued


@dataclass
class Heat:
    """Heat of the phases with a heat balance [W], [W/m] in 2D."""

    #: phase -> "transport" (Joule's), "reactions", "source", "storage" -> appears in its bulk
    produced: dict[str, dict[str, float]] = field(default_factory=dict)
    interfaces: dict[str, float] = field(default_factory=dict)  #: site -> heat of its events
    leaving: dict[str, float] = field(default_factory=dict)  #: boundary -> heat conducted out
    imbalance: float = 0.0  #: |produced - leaving| over the sum of all amounts
    entropy: dict[str, float] = field(default_factory=dict)  #: phase -> made in its bulk [W/K]

    @property
    def total(self) -> float:
        """All heat that appears [W]."""
        bulk = sum(sum(parts.values()) for parts in self.produced.values())
        return bulk + sum(self.interfaces.values())


def calorimetry(problem: Any, books: Any) -> Heat | None:
    """Draw up the balance of heat of a solved problem; None without a heat balance. Collective.

    What appears is integrated over the bulk, what leaves read off the residual's own nodes.
    """
    warm = [b for b in problem.phases if b.phase.heat]
    if not warm:
        return None
    out = Heat()
    for b in warm:
        values = {k: _bulk(problem, b, v, more) for k, (v, more) in _parts(b.state).items()}
        out.entropy[b.name] = values.pop("entropy")
        if ("storage", b.name) in books.parts:
            values["storage"] = books.made("storage", b, "T")
        out.produced[b.name] = values
    for site in problem.sites:
        inside = [k for k, b in enumerate(site.blocks) if b is not None and "T" in b.component]
        if not inside:
            continue
        own = sum(books.by_rates(site, "T", k) for k in inside)
        if moves(site) or ties(site):
            out.interfaces[site.where] = out.interfaces.get(site.where, 0.0) + own
        elif not site.interface:
            before = out.leaving.get(site.where, 0.0)
            out.leaving[site.where] = before - books.entering(site, "T")
    terms = [v for parts in out.produced.values() for v in parts.values()]
    terms += [*out.interfaces.values(), *(-v for v in out.leaving.values())]
    size = sum(map(abs, terms))
    out.imbalance = abs(sum(terms)) / size if size else 0.0
    return out


def _parts(s: Any) -> dict[str, tuple[Any, int]]:
    """Densities in the bulk, and how much higher the degree of their quadrature is."""
    return {
        "transport": (transport_heat(s), 0),
        "reactions": (reaction_heat(s), 2),
        "source": (ufl.as_ufl(valued(s.phase.heat.source, s)), 0),
        "entropy": (entropy_production(s), 0),
    }


def _bulk(problem: Any, b: Any, density: Any, more: int) -> float:
    if isinstance(density, ufl.constantvalue.Zero):
        return 0.0
    dV = dx.volume(b.mesh, problem.quadrature + more)
    return dx.integrate(dx.compile_form(density * dV, problem.maps), problem.domain.comm)
