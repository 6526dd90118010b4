"""What cannot leave: its amount is given by the initial state, not by a boundary.

A steady problem has one balance too many (they sum to zero) and one unknown too many (the
amount) for each species that is closed in; where species react, for each combination of them
that no reaction changes, like the total of an element. The amount is imposed and a uniform
source takes the place of the redundant equation; the source vanishes at the solution because
nothing can leave.
"""

from collections.abc import Iterator
from typing import Any

import ufl
from dolfinx import fem

from . import _dolfinx as dx
from .fields import Fields
from .laws.base import Equal, Pin
from .placement import number
from .thermo import C_REF
from .thermo.stoichiometry import common, independent, null_space
from .units import is_function

Key = tuple[str, str]  # (phase, species)
Weights = dict[str, dict[str, int]]  # phase -> species -> how often its amount counts


def conserved(problem: Any) -> list[Weights]:
    """Weighted sums of amounts that neither a boundary nor a reaction can change."""
    home = _homes(problem)
    closed = list(dict.fromkeys(k for k in home.values() if k))
    changes = [
        [sum(n for i, n in r.gains.items() if home.get((b.name, i)) == k) for k in closed]
        for b in problem.phases
        for r in b.phase.reactions
    ]
    kept = [dict(zip(closed, a, strict=True)) for a in null_space(changes, len(closed))]
    every = [key for key, k in home.items() if k]
    vectors = [[a[home[key]] for key in every] for a in kept]  # type: ignore[index]
    neutral = [
        [b.state.charges[i] if name == b.name else 0 for name, i in every]
        for b in problem.phases
        if not b.closure.continuous and b.closure.own_row and _closed_in(b, home)
    ]
    out: list[Weights] = []
    for k in independent(vectors, common(vectors, neutral)):
        weights: Weights = {}
        for (name, i), a in zip(every, vectors[k], strict=True):
            if a:
                weights.setdefault(name, {})[i] = a
        out.append(weights)
    return out


def _closed_in(block: Fields, home: dict[Key, Key | None]) -> bool:
    """Whether no ion can leave, so that electroneutrality says what one balance would."""
    return all(home[block.name, i] for i in block.species if block.state.charges[i])


def _homes(problem: Any) -> dict[Key, Key | None]:
    """Of each (phase, species) what stands for all places it can reach; None if it can leave."""
    parent = {
        (b.name, i): (b.name, i) for b in problem.phases for i in b.species if b.closure.own_row
    }

    def root(key: Key) -> Key:
        while parent[key] != key:
            key = parent[key]
        return key

    opened = {(b.name, i) for b in problem.phases for i in b.phase.sources}
    for site in problem.sites:
        names = [b.name if b else "" for b in site.blocks]
        for equal in site.constraints:
            if isinstance(equal, Pin):
                opened |= {(names[0], i) for i in equal.concentrations or ()}
            elif isinstance(equal, Equal) and (names[0], equal.field) in parent:
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
    return {k: None if root(k) in open_roots else root(k) for k in parent}


def conserve(problem: Any, sums: list[Weights]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Residual forms that fix the amount of each conserved sum.

    Adds one scalar unknown per phase to `problem.blocks` and, to `problem.amounts`, the names of
    those that are one (the amount over several phases in contact).
    """
    mesh = problem.domain.mesh
    volume = fem.Constant(mesh, problem.domain.size**mesh.geometry.dim)
    for weights in sums:
        names = []
        first, own = next(iter(weights.items()))
        z = problem.blocks[first].scale[next(iter(own))]  # keeps a single ion's block symmetric
        for phase, own in weights.items():
            block = problem.blocks[phase]
            name = f"amount of {_label(own)} in {phase}"
            source = problem.blocks[name] = _scalar_fields(name, block)
            dV = dx.volume(block.mesh, problem.quadrature)
            names.append(name)
            nothing = fem.Constant(mesh, 0.0) * source.u[0] * source.test[0]  # keeps a diagonal
            excess = z * _excess(problem, block, own) / problem.charge_scale
            made = sum(a * block.row(i) for i, a in own.items())
            forms = {
                phase: -source.u[0] * made / volume * dV,
                name: (excess * source.test[0] + nothing) * dV,
            }
            yield name, forms
            for where, shift in _shifts(block, own, source, z):
                form = dx.compile_form(shift / volume * dV, problem.maps)
                problem.shifts.append((where, form))
        problem.amounts.append(names)


def _label(own: dict[str, int]) -> str:
    """The sum as text, "H+ - OH-"."""
    terms = (f"{'+-'[a < 0]} {abs(a) if abs(a) > 1 else ''}{i}" for i, a in own.items())
    return " ".join(terms).removeprefix("+ ")


def _excess(problem: Any, block: Fields, own: dict[str, int]) -> Any:
    """How far the sum of concentrations is from its start [mol/m3]."""
    given = block.phase.initial
    for i in own:
        if i not in given:
            guess = fem.Constant(problem.domain.mesh, problem.composition[block.name][i])
            given = {**given, i: guess}
    return sum(a * (block.state.c[i] - _profile(block, given[i])) for i, a in own.items())


def _profile(block: Fields, value: Any) -> Any:
    """A number as it is; a function of position as a field that has its values at the nodes."""
    if not is_function(value):
        return value
    field = fem.Function(dx.blocked_space(block.mesh, block.V.element.basix_element.degree, 1))
    field.x.array[:] = number(value, field.function_space.tabulate_dof_coordinates())
    return field[0]


def _shifts(block: Fields, own: dict[str, int], source: Fields, z: int) -> list[tuple[str, Any]]:
    """What makes the own blocks of a preconditioner regular: (block, bilinear integrand).

    Without its amount the species' block is singular, and the amount's is zero. A decay as fast
    as diffusion across the domain takes the place of the one, and of the other what eliminating
    the species then leaves.
    """
    u, v = ufl.TrialFunction(block.V), ufl.TestFunction(block.V)
    decay = sum(
        (block.scale[i] * a) ** 2 * block.state.c[i] / C_REF * u[k] * v[k]
        for i, a in own.items()
        for k in (block.component[i],)
    )
    left = z * ufl.TrialFunction(source.V)[0] * ufl.TestFunction(source.V)[0]
    return [(block.name, decay), (source.name, left)]


def _scalar_fields(name: str, beside: Fields) -> Fields:
    """A global scalar: one value per cell, to be tied into one."""
    mesh = beside.mesh, beside.cell_map, beside.parent_cells
    V = dx.constant_space(beside.mesh)
    return Fields(name, beside.phase, beside.closure, *mesh, V, {"phi": 0})
