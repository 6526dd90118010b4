"""Where laws act: from names to facets, unknowns and constraints."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from . import _dolfinx as dx
from .blocks import metal_fields
from .errors import InputError
from .fields import Fields
from .heating import released
from .laws.base import Equal, Transfer
from .model import Conductor, Phase
from .thermo import T_REF
from .units import F, R, valued

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
    overlap: bool = False  #: the sides fill the same cells; the measure is of volume
    sides: tuple[Any, Any] = (None, None)  #: (parent cells, local facets) of each side
    members: tuple[Ints, Ints] = field(init=False)  #: all local nodes of each side, once
    transfers: list[Transfer] = field(default_factory=list)
    constraints: list[Any] = field(default_factory=list)
    accumulates: list[Transfer] = field(default_factory=list)  #: amounts whose change is an event

    def __post_init__(self) -> None:
        empty = np.zeros(0, dtype=np.int32)
        sides = zip(self.blocks, self.nodes, strict=True)
        first, second = (b.everywhere(n) if b and n is not None else empty for b, n in sides)
        self.members = first, second

    def places(self, name: str) -> tuple[Fields, Ints]:
        """The block of an unknown of the first side, and that block's nodes here, once."""
        home = self.blocks[0].home(name)
        if home is self.blocks[0]:
            return home, self.nodes[0]
        return home, np.unique(home.facet_nodes(*self.sides[0]))

    @property
    def where(self) -> str:
        """Name of the boundary or "a|b"."""
        return str(self.law.where)

    @property
    def interface(self) -> bool:
        """Between two meshed phases?"""
        return "|" in self.where

    @property
    def faces(self) -> bool:
        """Whether its measure is of facets with a phase on either side."""
        return self.interface and not self.overlap

    def row(self, side: int, species: str) -> Any:
        """Test function of a species' balance on a side."""
        block = self.blocks[side]
        assert block is not None
        return block.row(species, "+-"[side] if self.faces else None)


def place(law: Any, blocks: dict[str, Fields], domain: Any, degree: int) -> Site:
    """The Site of a law; raises InputError where the law does not fit its place."""
    site = _site(law, blocks, domain, degree)
    acting = law
    if hasattr(law, "on_plane") and (axis := _axis(site, domain.comm)):
        acting = law.on_plane(axis)
    for yields in ("transfers", "constraints", "accumulates"):
        if method := getattr(acting, yields, None):
            getattr(site, yields).extend(method(*site.states))
    for t in site.transfers:
        _check(site, t)
    displaces = any(s is not None and s.closure.continuous for s in site.states)
    for t in site.accumulates:
        _check(site, t, displaces)
    site.transfers += released(site, domain.mesh)
    return site


def _axis(site: Site, comm: Any) -> str:
    """The axis that all of a boundary is normal to, else ""."""
    n, enough = site.states[0].n, (1 - 1e-9) * site.area
    every = [dx.integrate(dx.compile_form(n[k] ** 2 * site.measure), comm) for k in range(len(n))]
    return next((x for x, part in zip("xyz", every, strict=False) if part > enough), "")


def _site(law: Any, blocks: dict[str, Fields], domain: Any, degree: int) -> Site:
    if "|" not in law.where:
        return _boundary(law, blocks, domain, degree)
    a, b = (blocks[name] for name in law.where.split("|"))
    shared = np.intersect1d(a.parent_cells[a.own_cells], b.parent_cells[b.own_cells])
    if domain.comm.allreduce(len(shared)):
        return _overlap(law, (a, b), shared, domain, degree)
    return _interface(law, (a, b), domain, degree)


def _overlap(law: Any, sides: tuple[Fields, Fields], shared: Ints, domain: Any, q: int) -> Site:
    """Two phases that fill the same cells."""
    a, b = sides
    if hasattr(law, "constraints") or not hasattr(law, "specific_area"):
        raise InputError(
            f"{type(law).__name__}({law.where!r}): phases {a.name!r} and {b.name!r} fill the same "
            "cells; allowed there: Volumetric(law, specific_area) of a law of rates"
        )
    measure = _measure("dx", domain.mesh, [(0, shared)], q)
    empty = np.zeros(0, dtype=np.int32)
    cells = a.cells_of(shared), b.cells_of(shared)
    volume = dx.integrate(dx.compile_form(_one(domain.mesh) * measure), domain.comm)
    states = a.state, b.state
    return Site(law, sides, states, measure, (empty, empty), volume, cells, overlap=True)


def _interface(law: Any, phases: tuple[Fields, Fields], domain: Any, degree: int) -> Site:
    a, b = phases
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
    faces = (sides[:, 0], sides[:, 1]), (sides[:, 2], sides[:, 3])
    nodes = _paired_nodes(a, b, faces)
    n = ufl.FacetNormal(domain.mesh)
    states = replace(a.state.at("+"), n=n("+")), replace(b.state.at("-"), n=n("-"))
    one = ufl.avg(_one(domain.mesh))
    cells = a.cells_of(sides[owned, 0]), b.cells_of(sides[owned, 2])
    area = dx.integrate(dx.compile_form(one * measure), domain.comm)
    return Site(law, (a, b), states, measure, nodes, area, cells, sides=faces)


def _boundary(law: Any, blocks: dict[str, Fields], domain: Any, degree: int) -> Site:
    name, _, chosen = law.where.partition("@")
    cells, facets = domain.boundary_sides(name)
    touching = [
        b
        for b in blocks.values()
        if not b.lumped and domain.comm.allreduce(int((b.cells_of(cells) >= 0).sum()))
    ]
    if chosen:
        touching = [b for b in touching if b.name == chosen]
    acts = any(hasattr(law, method) for method in ("transfers", "constraints"))
    if len(touching) != 1 and (acts or not touching):
        names = ", ".join(b.name for b in touching) or "none"
        raise InputError(
            f"boundary {law.where!r} must touch exactly one phase; it touches: {names}"
            + ("" if chosen else f" (where they overlap, name one: '{name}@{touching[0].name}')")
            if touching
            else f"boundary {law.where!r} touches no phase of that name"
        )
    a = touching[0]
    own = a.cells_of(cells)
    inside = own >= 0
    mine = inside & (own < a.mesh.topology.index_map(domain.tdim).size_local)
    entities = np.stack([own[mine], facets[mine]], axis=1).flatten().astype(np.int32)
    measure = _measure("ds", a.mesh, [(0, entities)], degree + 2 * bool(a.flow))
    nodes = np.unique(a.facet_nodes(cells[inside], facets[inside]))
    metal = _metal(law, a, blocks)
    area = dx.integrate(dx.compile_form(_one(a.mesh) * measure), domain.comm)
    states = replace(a.state, n=ufl.FacetNormal(a.mesh)), metal and metal.state
    beside = own[mine], own[mine]
    faces = (cells[inside], facets[inside]), None
    return Site(law, (a, metal), states, measure, (nodes, None), area, beside, sides=faces)


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


def _paired_nodes(a: Fields, b: Fields, sides: Any) -> tuple[Ints, Ints]:
    """Nodes of both phases at the same points of the facets between them."""
    na, nb = a.facet_nodes(*sides[0]), b.facet_nodes(*sides[1])
    distance = np.linalg.norm(a.node_x[na][:, :, None] - b.node_x[nb][:, None, :], axis=-1)
    return na.flatten(), np.take_along_axis(nb, distance.argmin(axis=2), axis=1).flatten()


def _check(site: Site, t: Transfer, displaces: bool = False) -> None:
    """Known species on each side, and no charge created but what `displaces` the field's."""
    name = f"{type(site.law).__name__}({site.where!r})"
    charge = 0
    for state, gains in zip(site.states, (t.a, t.b), strict=True):
        for i, n in gains.items():
            if state is None or not {i} & _movable(state):
                raise InputError(f"{name}: a Transfer moves {i!r}, which is not on that side")
            charge += n * state.charges.get(i, 0)
    if charge and site.states[1] is not None and not displaces:
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
            assert b is not None
            p, q = a.home(equal.field), b.home(equal.field)
            first, second = _paired_nodes(p, q, site.sides)
            yield (p, p.dofs(first, equal.field)), (q, q.dofs(second, equal.field))
