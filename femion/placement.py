"""Where laws act: from names to facets, unknowns and constraints."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from . import _dolfinx as dx
from .errors import InputError
from .fields import Fields, metal_fields, variable
from .laws.base import Equal, Pin, Transfer
from .model import Conductor, Phase
from .thermo import C_REF, T_REF, from_composition
from .units import F, R, is_function, valued

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

#: What makes potentials dimensionless, R T_ref/F [V].
THERMAL_VOLTAGE = R * T_REF / F


@dataclass
class Site:
    """A law at its place: blocks and states of its sides, measure, Transfers and constraints."""

    law: Any
    blocks: tuple[Fields, Fields | None]
    states: tuple[Any, Any]
    measure: Any
    nodes: tuple[Ints, Ints | None]  #: nodes of each side; of an interface, facet by facet
    area: float  #: [m2], in 2D [m]
    cells: tuple[Ints, Ints]  #: own cells of each side beside the facets that this rank integrates
    members: tuple[Ints, Ints] = field(init=False)  #: all local nodes of each side, once
    transfers: list[Transfer] = field(default_factory=list)
    constraints: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        empty = np.zeros(0, dtype=np.int32)
        sides = zip(self.blocks, self.nodes, strict=True)
        first, second = (b.everywhere(n) if b and n is not None else empty for b, n in sides)
        self.members = first, second

    @property
    def where(self) -> str:
        """Name of the boundary or "a|b"."""
        return str(self.law.where)

    @property
    def interface(self) -> bool:
        """Between two meshed phases?"""
        return "|" in self.where

    def row(self, side: int, species: str) -> Any:
        """Test function of a species' balance on a side."""
        block = self.blocks[side]
        assert block is not None
        return block.row(species, "+-"[side] if self.interface else None)


def place(law: Any, blocks: dict[str, Fields], domain: Any, degree: int) -> Site:
    """The Site of a law; raises InputError where the law does not fit its place."""
    site = (
        _interface(law, blocks, domain, degree)
        if "|" in law.where
        else _boundary(law, blocks, domain, degree)
    )
    for yields, store in (("transfers", site.transfers), ("constraints", site.constraints)):
        if method := getattr(law, yields, None):
            store.extend(method(*site.states))
    for t in site.transfers:
        _check(site, t)
    site.transfers += _released(site)
    return site


def _released(site: Site) -> list[Transfer]:
    """The heat that a law's events release, shared by the sides that keep a heat balance."""
    sides = [k for k, s in enumerate(site.states) if s is not None and "T" in s.extra]
    moved = [t for t in site.transfers if not {*t.a, *t.b} <= {"T", "phi", "u_x", "u_y", "u_z"}]
    if not sides or not moved:
        return []
    law, states = site.law, site.states
    if hasattr(law, "heat"):
        heat = law.heat(*states)
    elif hasattr(law, "dissipation"):
        heat = law.dissipation(*states)
    else:
        heat = sum(t.rate * _affinity(t, states) for t in moved)
    gains: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for k in sides:
        gains[k]["T"] = 1.0 / len(sides)
    return [Transfer(heat, *gains)]


def _affinity(t: Transfer, states: tuple[Any, Any]) -> Any:
    """Free energy an event sets free [J/mol]; only what both sides know of counts."""
    pairs = zip(states, (t.a, t.b), strict=True)
    if states[1] is None:
        return 0.0
    return -sum(n * s.mu[i] for s, gains in pairs for i, n in gains.items() if i in s.mu)


def _interface(law: Any, blocks: dict[str, Fields], domain: Any, degree: int) -> Site:
    a, b = (blocks[name] for name in law.where.split("|"))
    sides, owned = domain.interior_sides()
    here = (a.cells_of(sides[:, 0]) >= 0) & (b.cells_of(sides[:, 2]) >= 0)
    there = (b.cells_of(sides[:, 0]) >= 0) & (a.cells_of(sides[:, 2]) >= 0)
    sides = np.where(there[:, None], sides[:, [2, 3, 0, 1]], sides)[here | there]
    owned = owned[here | there]
    if not domain.comm.allreduce(int(owned.sum())):
        raise InputError(
            f"{type(law).__name__}({law.where!r}): phases {a.name!r} and {b.name!r} do not touch"
        )
    data = [(0, sides[owned].flatten().astype(np.int32))]
    measure = _measure("dS", domain.mesh, data, degree)
    nodes = _paired_nodes(a, b, sides)
    n = ufl.FacetNormal(domain.mesh)
    states = replace(a.state.at("+"), n=n("+")), replace(b.state.at("-"), n=n("-"))
    one = ufl.avg(_one(domain.mesh))
    cells = a.cells_of(sides[owned, 0]), b.cells_of(sides[owned, 2])
    area = dx.integrate(dx.compile_form(one * measure), domain.comm)
    return Site(law, (a, b), states, measure, nodes, area, cells)


def _boundary(law: Any, blocks: dict[str, Fields], domain: Any, degree: int) -> Site:
    cells, facets = domain.boundary_sides(law.where)
    touching = [
        b
        for b in blocks.values()
        if not b.lumped and domain.comm.allreduce(int((b.cells_of(cells) >= 0).sum()))
    ]
    acts = any(hasattr(law, method) for method in ("transfers", "constraints"))
    if len(touching) != 1 and (acts or not touching):
        names = ", ".join(b.name for b in touching) or "none"
        raise InputError(
            f"boundary {law.where!r} must touch exactly one phase; it touches: {names}"
        )
    a = touching[0]
    own = a.cells_of(cells)
    inside = own >= 0
    mine = inside & (own < a.mesh.topology.index_map(domain.tdim).size_local)
    entities = np.stack([own[mine], facets[mine]], axis=1).flatten().astype(np.int32)
    measure = _measure("ds", a.mesh, [(0, entities)], degree)
    nodes = np.unique(a.facet_nodes(cells[inside], facets[inside]))
    metal = _metal(law, a, blocks)
    area = dx.integrate(dx.compile_form(_one(a.mesh) * measure), domain.comm)
    states = replace(a.state, n=ufl.FacetNormal(a.mesh)), metal and metal.state
    return Site(law, (a, metal), states, measure, (nodes, None), area, (own[mine], own[mine]))


def _metal(law: Any, beside: Fields, blocks: dict[str, Fields]) -> Fields | None:
    """The unmeshed electrode of a law with a terminal; laws at one boundary share it."""
    if getattr(law, "terminal", None) is None:
        return None
    name = f"metal at {law.where}"
    if name in blocks:
        return blocks[name]
    return metal_fields(name, Phase(name, Conductor(1.0, 298.15)), beside)


def _one(mesh: Any) -> Any:
    from dolfinx import fem

    return fem.Constant(mesh, 1.0)


def _measure(kind: str, mesh: Any, data: Any, degree: int) -> Any:
    meta = {"quadrature_degree": degree}
    return ufl.Measure(kind, mesh, subdomain_data=data, metadata=meta)(0)


def _paired_nodes(a: Fields, b: Fields, sides: Ints) -> tuple[Ints, Ints]:
    """Nodes of both phases at the same points of the facets between them."""
    na, nb = a.facet_nodes(sides[:, 0], sides[:, 1]), b.facet_nodes(sides[:, 2], sides[:, 3])
    distance = np.linalg.norm(a.node_x[na][:, :, None] - b.node_x[nb][:, None, :], axis=-1)
    return na.flatten(), np.take_along_axis(nb, distance.argmin(axis=2), axis=1).flatten()


def _check(site: Site, t: Transfer) -> None:
    """Known species on each side, and no charge created."""
    name = f"{type(site.law).__name__}({site.where!r})"
    charge = 0
    for state, gains in zip(site.states, (t.a, t.b), strict=True):
        for i, n in gains.items():
            if state is None or not {i} & _movable(state):
                raise InputError(f"{name}: a Transfer moves {i!r}, which is not on that side")
            charge += n * state.charges.get(i, 0)
    if charge and site.states[1] is not None:
        raise InputError(f"{name} creates charge {charge:+g} per event: {t.a} | {t.b}")


def _movable(s: Any) -> set[str]:
    """What a Transfer may bring to a side; surface charge in moles counts as "phi"."""
    return {*s.charges, *s.extra, *(["phi"] if s.closure.continuous else [])}


def number(value: Any, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A float, Constant or function of position at points x, shape (n, 3)."""
    return np.broadcast_to(_float(valued(value, x.T)), len(x)).astype(float)


def _float(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else float(value)


def equalities(site: Site) -> Iterator[tuple[tuple[Fields, Ints], tuple[Fields, Ints]]]:
    """Pairs of unknowns that an interface law makes one."""
    a, b = site.blocks
    for equal in site.constraints:
        if isinstance(equal, Equal):
            assert b is not None and site.nodes[1] is not None
            yield (a, a.dofs(site.nodes[0], equal.field)), (b, b.dofs(site.nodes[1], equal.field))


def bath(problem: Any, site: Site, pin: Pin) -> dict[str, Any]:
    """Concentrations of a Pin [mol/m3] at the problem's present contrast.

    Numbers, or values at the site's nodes where a function of position was given.
    """
    x, share = site.blocks[0].node_x[site.nodes[0]], problem.contrast
    given = {
        i: number(c, x) if is_function(c) else float(c)
        for i, c in (pin.concentrations or {}).items()
    }
    if share == 1.0:
        return given
    return {i: c**share * problem.common[i] ** (1 - share) for i, c in given.items()}


def pinned(problem: Any, site: Site, pin: Pin) -> Iterator[tuple[str, Ints, Any]]:
    """(field, dofs, offset from the outside potential) of what a Pin fixes; phi comes last."""
    a, nodes = site.blocks[0], site.nodes[0]
    c = bath(problem, site, pin)
    w = (
        _inside(a, nodes, c, lambda of: of.potentials)
        if pin.phi
        else bath_potentials(pin.medium, c)
    )
    for i in w:
        if i not in composed(a, pin):
            yield i, a.dofs(nodes, i), w[i] / a.scale[i]
    if pin.phi:
        yield "phi", a.dofs(nodes, "phi"), np.zeros(len(nodes))


def composed(a: Fields, pin: Pin) -> list[str]:
    """Species whose concentration a Pin fixes without fixing their potential.

    It does not follow from the concentrations given: it has a part that is not local (a stress),
    or depends on species that are not given.
    """
    c = pin.concentrations or {}
    if not pin.phi:
        return []
    coupled = {i for e in a.phase.energies for i in e.coupled(a.phase)}
    partial = set(c) < set(a.species)
    return [i for i in a.implicit if i in c and (partial or i in coupled)]


def _inside(a: Fields, nodes: Ints, c: dict[str, Any], of: Any) -> dict[str, Any]:
    """Potentials or variables of a phase at given concentrations, at some of its nodes."""
    if not c:
        return {}
    rest = {i: min(float(np.min(v)) for v in c.values()) for i in a.species if i not in c}
    everywhere = {i: spread(a, nodes, v) for i, v in c.items()} | rest
    found = of(a)({i: everywhere[i] for i in a.species})
    return {i: found[i][nodes] for i in c}


def spread(a: Fields, nodes: Ints, values: Any) -> Any:
    """Values at nodes as values at all nodes (C_REF elsewhere); a number stays one."""
    if np.ndim(values) == 0:
        return values
    out = np.full(len(a.node_x), C_REF)
    out[nodes] = values
    return out


def bath_potentials(medium: Any, c: dict[str, Any]) -> dict[str, Any]:
    """w_i at phi = 0 of an unmeshed bath: ideal, or a Medium at uniform composition."""
    if medium is None:
        return {i: np.log(v / C_REF) for i, v in c.items()}
    phase = Phase("bath", medium)
    found = from_composition(phase, {s.name: float(c[s.name]) for s in medium.species}).w
    return {i: dx.value(found[i]) for i in c}


def held_variables(problem: Any, site: Site, pin: Pin) -> Iterator[tuple[Ints, Any]]:
    """(dofs, value) of the statistics' variables that a Pin fixes."""
    a, nodes = site.blocks[0], site.nodes[0]
    if pin.phi and any(i in a.implicit for i in pin.concentrations or {}):
        for i, x in _inside(a, nodes, bath(problem, site, pin), lambda of: of.variables).items():
            if i in a.implicit:
                yield a.dofs(nodes, variable(i)), x
