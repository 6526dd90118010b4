"""Weak forms: balances of a phase, its sources, and what laws bring to them."""

from typing import Any

import ufl

from .fields import Fields, variable
from .placement import Site
from .thermo import C_REF
from .transport.base import fluxes
from .units import R


def balances(problem: Any, f: Fields) -> Any:
    """Div N_i = 0 for each species, and the closure, over one phase."""
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": problem.quadrature})
    form = f.closure.residual(f.state, f.row("phi")) / problem.charge_scale * dV
    for i, N in fluxes(f.state).items():
        form += -ufl.inner(N, ufl.grad(f.row(i))) / problem.flux_scale * dV
    return form + definitions(problem, f, dV)


def definitions(problem: Any, f: Fields, dV: Any) -> Any:
    """What defines mu~_i where it is not explicit, and the unknowns of energies and heat."""
    s, form, size = f.state, 0, C_REF / problem.charge_scale
    parts = f.phase.parts
    for i in f.implicit:
        q = f.row(variable(i))
        weak = sum(e.weak(s, i, q) for e in f.phase.energies)
        form += size * (s.gap(i) * q - weak / (R * s.T)) * dV
    for part in parts:
        if part.unknowns(f.mesh.geometry.dim):
            form += size * part.residual(s, f.row) * dV
    return form


def sources(problem: Any, f: Fields) -> Any:
    """The phase's own sources R_i."""
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": problem.quadrature + 2})
    given = f.phase.sources.items()
    return sum(-r(f.state) * f.row(i) / problem.flux_scale * dV for i, r in given)


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
