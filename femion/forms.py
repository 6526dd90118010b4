"""Weak forms: balances of a phase, its sources, and what laws bring to them."""

from collections.abc import Mapping, Sequence
from typing import Any

import ufl

from . import _dolfinx as dx
from .fields import Fields, variable
from .laws.base import Transfer
from .placement import Site
from .thermo import C_REF
from .thermo.heat import reaction_heat
from .transport.base import conduction, convection
from .units import R


def balances(problem: Any, f: Fields) -> Any:
    """Div N_i = 0 for each species, and the closure, over one phase."""
    dV = dx.volume(f.mesh, problem.quadrature)
    form = f.closure.residual(f.state, f.row("phi")) / problem.charge_scale * dV
    for i, N in conduction(f.state).items():
        form += -ufl.inner(N, ufl.grad(f.row(i))) / problem.flux_scale * dV
    return form + definitions(problem, f, dV)


def carried(problem: Any, f: Fields) -> Any:
    """What the solvent takes along: no part of the dissipation.

    With the rule of the momentum, of which Coulomb's force is the transpose.
    """
    degree = max(problem.quadrature, f.flow.rule if f.flow else 0)
    dV = dx.volume(f.mesh, degree)
    return -sum(
        ufl.inner(N, ufl.grad(f.row(i))) / problem.flux_scale * dV
        for i, N in convection(f.state).items()
    )


def stabilised(problem: Any, f: Fields, stored: Mapping[str, Any]) -> Any:
    """What the phase's stabilisation adds to the balances of what is carried along.

    `stored`: what is stored of each species [mol/(m3 s)].
    """
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": problem.quadrature + 2})
    form = 0
    for i in f.species if f.state.velocity is not None else ():
        weak = added(f, i, stored, f.row(i))
        form += 0 if weak is None else weak / problem.flux_scale * dV
    return form


def added(f: Fields, i: str, stored: Mapping[str, Any], v: Any) -> Any:
    """What the phase's stabilisation adds to the balance of a species, tested with v; or None."""
    s, made = f.state, 0.0
    if i in f.phase.sources:
        made += f.phase.sources[i](s)
    made += sum(r.gains[i] * r.rate(s) for r in f.phase.reactions if i in r.gains)
    return f.phase.stabilisation.weak(s, i, stored.get(i, 0.0) - made, v)


def definitions(problem: Any, f: Fields, dV: Any) -> Any:
    """What defines mu~_i where it is not explicit, and the unknowns of energies and heat."""
    s, form, dim = f.state, 0, f.mesh.geometry.dim
    size = C_REF / problem.charge_scale
    for i in f.implicit:
        q = f.row(variable(i))
        weak = sum(e.weak(s, i, q) for e in f.phase.energies)
        form += size * (s.gap(i) * q - weak / (R * s.T)) * dV
    for part in f.phase.parts:
        if part.unknowns(dim):
            form += part.residual(s, f.row) / part.scale(f.size, dim) * dV
    return form


def regular(f: Fields) -> Any:
    """What makes the own block of phi regular where concentrations are unknowns of their own.

    The closure then does not see phi; to the preconditioner it is shown through all ions.
    """
    z, k = f.state.charges, f.component["phi"]
    ions = [i for i in f.implicit if z[i]]
    u, v = ufl.TrialFunction(f.V), ufl.TestFunction(f.V)
    return sum(z[i] ** 2 * f.state.c[i] for i in ions) * u[k] * v[k] if ions else None


def sources(problem: Any, f: Fields) -> Any:
    """The phase's own sources R_i."""
    dV = dx.volume(f.mesh, problem.quadrature + 2)
    given = f.phase.sources.items()
    return sum(-r(f.state) * f.row(i) / problem.flux_scale * dV for i, r in given)


def momentum(problem: Any, f: Fields) -> dict[str, Any]:
    """Balances of momentum and volume of a phase's own solvent."""
    assert f.flow is not None
    s, q = f.state, f.row("P")
    degree = max(problem.quadrature, f.flow.rule)
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": degree})
    v = ufl.as_vector([f.row(i) for i in f.flow.velocity.component])
    force = f.phase.flow.momentum(s, v, problem.inertia) / f.flow.scale("v_x")
    return {
        f.flow.velocity.name: force * dV,
        f.flow.pressure.name: -ufl.div(s.velocity) * q / f.flow.scale("P") * dV,
    }


def friction(problem: Any, f: Fields) -> Any:
    """Dissipation by viscosity and by the pores of a phase [W]."""
    dV = ufl.Measure("dx", f.mesh, metadata={"quadrature_degree": f.flow.rule})
    return f.phase.flow.friction(f.state, f.state.velocity) * dV


def row_scale(problem: Any, block: Fields, name: str) -> Any:
    """What a balance is divided by: of a species, of heat, of forces, of phi."""
    if block.home(name) is not block:
        return block.flow.scale(name)  # type: ignore[union-attr]
    if name == "phi" and block.closure.own_row:
        return problem.charge_scale
    own = block.phase.scale(name, block.size, block.mesh.geometry.dim)
    return problem.flux_scale if own is None else own


def reactions(problem: Any, f: Fields) -> Any:
    """What the reactions of a phase make: one rate each, times its stoichiometry; and heat.

    By the rule of the fluxes, so that both share their concentrations: with two degrees more a
    Jacobian takes 1.7 times as long, and no verification case sees a difference.
    """
    dV = dx.volume(f.mesh, problem.quadrature)
    made = (
        r.rate(f.state) * sum(n * f.row(i) for i, n in r.gains.items()) for r in f.phase.reactions
    )
    warm = reaction_heat(f.state) * f.row("T") if f.phase.heat else 0
    return -sum(made) / problem.flux_scale * dV - warm / row_scale(problem, f, "T") * dV


def affinity_heat(problem: Any, f: Fields) -> Any:
    """Dissipation by the reactions of a phase: each rate times its affinity."""
    dV = dx.volume(f.mesh, problem.quadrature)
    return sum(r.rate(f.state) * r.affinity(f.state) for r in f.phase.reactions) * dV


def rates(problem: Any, site: Site, transfers: Sequence[Transfer]) -> dict[str, Any]:
    """What Transfers at a site bring to the balances of its sides, per block."""
    forms: dict[str, Any] = {}
    for side, block in enumerate(site.blocks):
        for t in transfers:
            for i, n in (t.a, t.b)[side].items():
                assert block is not None
                scale = row_scale(problem, block, i)
                term = -n * t.rate * site.row(side, i) / scale * site.measure
                home = block.home(i).name
                forms[home] = forms[home] + term if home in forms else term
    return forms
