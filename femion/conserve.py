"""Species that cannot leave: their amount is given by the initial state, not by a boundary.

A steady problem with a closed species has one balance too many (they sum to zero) and one
unknown too many (the amount). The amount is imposed and a uniform source takes the place of the
redundant equation; the source vanishes at the solution because nothing can leave.
"""

from collections.abc import Iterator
from typing import Any

import ufl
from dolfinx import fem

from . import _dolfinx as dx
from .fields import Fields
from .laws.base import Pin
from .placement import number
from .thermo import C_REF
from .units import is_function


def closed_species(problem: Any) -> list[tuple[str, list[Fields]]]:
    """(species, phases) of every connected set of phases that the species can never leave."""
    parent = {
        (b.name, i): (b.name, i) for b in problem.phases for i in b.species if b.closure.own_row
    }

    def root(key: tuple[str, str]) -> tuple[str, str]:
        while parent[key] != key:
            key = parent[key]
        return key

    opened = {(b.name, i) for b in problem.phases for i in b.phase.sources}
    for site in problem.sites:
        names = [b.name if b else "" for b in site.blocks]
        for equal in site.constraints:
            if isinstance(equal, Pin):
                opened |= {(names[0], i) for i in equal.concentrations or ()}
            elif (names[0], equal.field) in parent:
                parent[root((names[0], equal.field))] = root((names[1], equal.field))
        for t in site.transfers:
            for i in [*t.a, *t.b]:
                crosses = t.a.get(i, 0) + t.b.get(i, 0) == 0 and site.interface
                if crosses and (names[0], i) in parent:
                    parent[root((names[0], i))] = root((names[1], i))
                else:
                    opened |= {
                        (n, i) for n, gain in zip(names, (t.a, t.b), strict=True) if i in gain
                    }
    open_roots = {root(k) for k in opened if k in parent}
    groups: dict[tuple[str, str], list[Fields]] = {}
    for name, i in parent:
        if root((name, i)) not in open_roots:
            groups.setdefault(root((name, i)), []).append(problem.blocks[name])
    return _independent([(key[1], members) for key, members in groups.items()])


def _independent(groups: list[tuple[str, list[Fields]]]) -> list[tuple[str, list[Fields]]]:
    """Without the last charged species of an electroneutral phase that all are closed in."""
    kept = list(groups)
    for species, members in groups:
        for block in members:
            ions = {i for i in block.species if block.state.charges[i]}
            closed = [i for i, m in kept if block in m and i in ions]
            if not block.closure.continuous and set(closed) == ions and closed[-1] == species:
                kept = [(i, m) for i, m in kept if i != species or block not in m]
                break
    return kept


def conserve(
    problem: Any, groups: list[tuple[str, list[Fields]]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Residual forms that fix the amount of each closed species.

    Adds one scalar unknown per phase to `problem.blocks` and, to `problem.amounts`, the names of
    those that are one (the amount over several phases in contact).
    """
    mesh = problem.domain.mesh
    volume = fem.Constant(mesh, problem.domain.size**mesh.geometry.dim)
    for species, members in groups:
        names = []
        for block in members:
            name = f"amount of {species} in {block.name}"
            source = problem.blocks[name] = _scalar_fields(name, block)
            guess = fem.Constant(mesh, problem.composition[block.name][species])
            start = _profile(block, block.phase.initial.get(species, guess))
            excess = block.scale[species] * (block.state.c[species] - start) / problem.charge_scale
            dV = ufl.Measure("dx", block.mesh, metadata={"quadrature_degree": problem.quadrature})
            names.append(name)
            nothing = fem.Constant(mesh, 0.0) * source.u[0] * source.test[0]  # keeps a diagonal
            forms = {
                block.name: -source.u[0] * block.row(species) / volume * dV,
                name: (excess * source.test[0] + nothing) * dV,
            }
            yield name, forms
            for where, shift in _shifts(block, species, source):
                form = dx.compile_form(shift / volume * dV, problem.maps)
                problem.shifts.append((where, form))
        problem.amounts.append(names)


def _profile(block: Fields, value: Any) -> Any:
    """A number as it is; a function of position as a field that has its values at the nodes."""
    if not is_function(value):
        return value
    field = fem.Function(dx.blocked_space(block.mesh, block.V.element.basix_element.degree, 1))
    field.x.array[:] = number(value, field.function_space.tabulate_dof_coordinates())
    return field[0]


def _shifts(block: Fields, species: str, source: Fields) -> list[tuple[str, Any]]:
    """What makes the own blocks of a preconditioner regular: (block, bilinear integrand).

    Without its amount the species' block is singular, and the amount's is zero. A decay as fast
    as diffusion across the domain takes the place of the one, and of the other what eliminating
    the species then leaves.
    """
    z, k = block.scale[species], block.component[species]
    u, v = ufl.TrialFunction(block.V), ufl.TestFunction(block.V)
    decay = z**2 * block.state.c[species] / C_REF * u[k] * v[k]
    left = z * ufl.TrialFunction(source.V)[0] * ufl.TestFunction(source.V)[0]
    return [(block.name, decay), (source.name, left)]


def _scalar_fields(name: str, beside: Fields) -> Fields:
    """A global scalar: one value per cell, to be tied into one."""
    mesh = beside.mesh, beside.cell_map, beside.parent_cells
    V = dx.constant_space(beside.mesh)
    return Fields(name, beside.phase, beside.closure, *mesh, V, {"phi": 0})
