"""Weak forms: balances of a phase, its sources, and what laws bring to them."""

from typing import Any

import ufl

from .fields import Fields
from .placement import Site
from .transport.base import fluxes


def balances(problem: Any, f: Fields) -> Any:
    """Div N_i = 0 for each species, and the closure, over one phase."""
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": problem.quadrature})
    form = f.closure.residual(f.state, f.row("phi")) / problem.charge_scale * dV
    for i, N in fluxes(f.state).items():
        form += -ufl.inner(N, ufl.grad(f.row(i))) / problem.flux_scale * dV
    return form


def sources(problem: Any, f: Fields) -> Any:
    """The phase's own sources R_i."""
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": problem.quadrature + 2})
    given = f.phase.sources.items()
    return sum(-r(f.state) * f.row(i) / problem.flux_scale * dV for i, r in given)


def reactions(problem: Any, f: Fields) -> Any:
    """What the reactions of a phase make: one rate each, times its stoichiometry."""
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": problem.quadrature + 2})
    made = (
        r.rate(f.state) * sum(n * f.row(i) for i, n in r.gains.items()) for r in f.phase.reactions
    )
    return -sum(made) / problem.flux_scale * dV


def reaction_heat(problem: Any, f: Fields) -> Any:
    """Dissipation by the reactions of a phase: each rate times its affinity."""
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": problem.quadrature + 2})
    return sum(r.rate(f.state) * r.affinity(f.state) for r in f.phase.reactions) * dV


def rates(problem: Any, site: Site) -> dict[str, Any]:
    """What the Transfers of a law bring to the balances of its sides, per block."""
    forms: dict[str, Any] = {}
    for side, block in enumerate(site.blocks):
        for t in site.transfers:
            for i, n in (t.a, t.b)[side].items():
                assert block is not None
                term = -n * t.rate * site.row(side, i) / problem.flux_scale * site.measure
                forms[block.name] = forms[block.name] + term if block.name in forms else term
    return forms
