"""Local values of a solution: facet by facet of a boundary, and slab by slab of a phase."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import basix
import numpy as np
import numpy.typing as npt
import ufl

from .. import _dolfinx as dx
from ..errors import InputError, unknown

Array = npt.NDArray[Any]


def along(
    solution: Any, where: str, values: Mapping[str, Callable[[Any], Any]], side: str | None = None
) -> dict[str, Array]:
    """Means over each facet of a boundary or interface, in the order of x, y, z. Collective.

    `values` are functions of a State, e.g. {"c": lambda s: s.c["Na+"]}; its `n` is the normal
    out of the phase (`side` names it at an interface). Returns on every rank "x", "y", "z" of
    the facets' middles [m], "area" [m2] (in 2D [m]), and each value: sum(area * value) is its
    integral over the boundary.
    """
    site = solution.site(where)
    names = [b.name for b in site.blocks if b]
    if side is not None and side not in names:
        raise unknown(f"side of {where!r}", side, names)
    state = site.states[names.index(side) if side else 0]
    mesh = solution.problem.domain.mesh if site.interface else site.blocks[0].mesh
    corners, entities = facets(site, mesh)
    with solution.active() as problem:
        integrands = [1.0, *(of(state) for of in values.values())]
        found = facet_integrals(site, mesh, entities, integrands, problem.maps)
    middle = corners.mean(axis=1).reshape(-1, 3)
    table = np.concatenate(solution.comm.allgather(np.column_stack([middle, found.T])))
    table = _ordered(table)
    columns = dict(zip(["x", "y", "z", "area"], table.T[:4], strict=True))
    return columns | dict(zip(values, table.T[4:] / table.T[3], strict=True))


def slabs(
    solution: Any,
    phase: str,
    edges: Sequence[float] | Array,
    values: Mapping[str, Callable[[Any], Any]],
) -> dict[str, Array]:
    """Integrals over the cells of a phase whose middles lie between `edges` along x. Collective.

    `values` are functions of a State [per m3]. Returns on every rank "x" [m], the middles of the
    slabs, and each value's integral over each slab.
    """
    blocks = {b.name: b for b in solution.problem.phases}
    if phase not in blocks:
        raise unknown("phase", phase, blocks)
    ends = np.asarray(edges, dtype=float)
    if len(ends) < 2 or (np.diff(ends) <= 0).any():
        raise InputError("edges of slabs; allowed: two or more increasing positions [m]")
    block = blocks[phase]
    v = ufl.TestFunction(dx.constant_space(block.mesh))[0]
    degree = {"quadrature_degree": solution.problem.quadrature + 2}
    dV, n = ufl.Measure("dx", block.mesh, metadata=degree), len(block.own_cells)
    corners = block.mesh.geometry.x[block.mesh.geometry.dofmaps[0][:n]]
    slab = np.searchsorted(ends, corners[:, :, 0].mean(axis=1)) - 1
    inside = (slab >= 0) & (slab < len(ends) - 1)
    out: dict[str, Array] = {"x": (ends[1:] + ends[:-1]) / 2}
    with solution.active() as problem:
        for name, of in values.items():
            each = np.zeros(dx.num_cells(block.mesh))
            dx.add_vector(each, dx.compile_form(of(block.state) * v * dV, problem.maps))
            mine = np.bincount(slab[inside], each[:n][inside], len(ends) - 1)
            out[name] = sum(solution.comm.allgather(mine))
    return out


def facets(site: Any, mesh: Any) -> tuple[Array, Array]:
    """Corners of our facets of a site [m], shape (n, dim, 3), and their integration entities."""
    width = 4 if site.interface else 2
    entities = np.asarray(site.measure.subdomain_data()[0][1], dtype=np.int32).reshape(-1, width)
    local = basix.topology(mesh.basix_cell())[mesh.topology.dim - 1]
    if len({len(f) for f in local}) > 1:
        raise InputError("a surface of facets of several shapes cannot be taken apart")
    nodes = mesh.geometry.dofmaps[0][entities[:, :1], np.array(local)[entities[:, 1]]]
    return mesh.geometry.x[nodes], entities


def facet_integrals(
    site: Any, mesh: Any, entities: Array, integrands: Sequence[Any], maps: Any
) -> Array:
    """Each integrand over each of our facets of a site, shape (integrands, facets).

    The test function is 1 on one cell; of a cell with several facets on the surface they are
    integrated one after the other.
    """
    space = dx.constant_space(mesh)
    v = ufl.TestFunction(space)[0]
    v = v("+") if site.interface else v
    cells = entities[:, 0]
    turn = _occurrence(cells)
    out = np.zeros((len(integrands), len(entities)))
    for k in range(mesh.topology.dim):
        now = turn == k
        data = [(0, entities[now].flatten())]
        measure = ufl.Measure(
            site.measure.integral_type(),
            mesh,
            subdomain_data=data,
            metadata=site.measure.metadata(),
        )(0)
        for row, integrand in zip(out, integrands, strict=True):
            each = np.zeros(dx.num_cells(mesh))
            dx.add_vector(each, dx.compile_form(integrand * v * measure, maps))
            row[now] = each[cells[now]]
    return out


def _occurrence(values: Array) -> Array:
    """How many times each value occurred before."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.searchsorted(ordered, ordered)
    out = np.empty(len(values), dtype=np.int64)
    out[order] = np.arange(len(values)) - first
    return out


def _ordered(table: Array) -> Array:
    """Rows by x, y, z, whoever found them; positions count to 1e-9 of the largest."""
    size = np.abs(table[:, :3]).max(initial=1e-300)
    z, y, x = np.round(table[:, 2::-1].T / size, 9)
    return table[np.lexsort((z, y, x))]
