"""Where a transient starts: given concentrations at the nodes, made to fit what holds exactly.

Held compositions and equilibrium partition hold from the first instant on: at nodes of such a
boundary or interface the initial concentrations already are what the law demands (a jump there
is one cell wide). Where a phase is electroneutral its potential is then shifted, node by node, so
that no equation of electroneutrality has a residual: a charge left over would have to be carried
away by the first step, at any potential that takes.
"""

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from petsc4py import PETSc

from . import _dolfinx as dx
from .errors import InputError
from .extend import extend, temperature
from .fields import Fields, variable
from .guess import initial_values
from .placement import number
from .sparse import Assembler
from .storage import stores
from .thermo import C_REF, T_REF
from .units import is_function

Floats = npt.NDArray[np.float64]

log = logging.getLogger("femion")

NEUTRAL = 1e-6  #: largest net charge of given concentrations, beside the largest of them
MOVED = 1e-3  #: change of an amount at the start that is worth a word
STEPS = 100  #: of Newton's method for the potential, each at most 1


def initial_state(problem: Any, x: Any) -> None:
    """Free unknowns at the given concentrations, and that state as the past. Collective."""
    for block in filter(stores, problem.phases):
        _complete(block)
    average(problem.numbering, extend(problem, initial_values(problem)), x)
    values = problem.numbering.expand(x)  # with a held potential at its boundary already
    given = {b.name: _given(problem, b) for b in filter(stores, problem.phases)}
    for name, c in given.items():
        block = problem.blocks[name]
        part = values[problem.span[name]].reshape(-1, block.bs)
        _compose(block, part, c)
    average(problem.numbering, values, x)
    values, tied = problem.numbering.expand(x), constrained(problem.numbering)
    for name, c in given.items():
        block, span = problem.blocks[name], problem.span[name]
        part, held = (a[span].reshape(-1, block.bs) for a in (values, tied))
        _settle(block, part, held, c)
    average(problem.numbering, values, x)
    neutralise(problem, x)
    for name, c in given.items():
        _say_what_moved(problem.blocks[name], c)


def _say_what_moved(block: Fields, c: dict[str, Floats]) -> None:
    """Warn where what is held or tied at boundaries changes how much there is at the start."""
    V = dx.blocked_space(block.mesh, block.V.element.basix_element.degree, 1)
    weight = np.zeros(len(block.node_x))
    dV = ufl.Measure("dx", block.mesh, metadata={"quadrature_degree": 4})
    dx.add_vector(weight, dx.compile_form(ufl.TestFunction(V)[0] * dV))
    image, comm = block.image().x.array.reshape(-1, len(block.drawn)), block.mesh.comm
    for i, given in c.items():
        now = weight @ block.physical(image, i)
        before, after = comm.allreduce(np.array([weight @ given, now]))
        if abs(after - before) > MOVED * before and comm.rank == 0:
            log.warning(
                f"the start of phase {block.name!r} has {100 * (after / before - 1):+.2g} % of "
                f"{i} beside its initial concentration: a jump at a boundary or interface in "
                "equilibrium is one cell wide; refine there, or start from a continuous profile"
            )


def average(numbering: Any, values: Floats, x: Any) -> None:
    """Free unknowns, each the mean of the entries that are one; every entry counts once.

    `Numbering.initial` counts ghosts, too: good for a guess, but not the same on all ranks.
    """
    count, total = x.duplicate(), x.duplicate()
    for vec, entries in ((count, 1.0), (total, values - numbering.offset)):
        vec.set(0.0)
        numbering.add_columns(np.where(numbering.mine, entries, 0.0), vec)
    x.pointwiseDivide(total, count)


def _compose(block: Fields, part: Floats, c: dict[str, Floats], where: Any = None) -> None:
    """Unknowns of concentrations at the present phi; `where`: which nodes, per species."""
    T = _warmth(block, part)
    w, x = block.potentials(c, T), block.variables(c, T) if block.implicit else {}
    for i in c:
        at = slice(None) if where is None else where[i]
        full = w[i][at] + block.state.charges[i] * part[at, block.component["phi"]]
        part[at, block.component[i]] = full / block.scale[i]
        if i in block.implicit:
            part[at, block.component[variable(i)]] = x[i][at]


def _warmth(block: Fields, part: Floats) -> Any:
    """Temperature [K] at the nodes where it is an unknown; None where the medium's is given."""
    k = block.component.get("T")
    return None if k is None else T_REF * np.exp(part[:, k])


def constrained(numbering: Any) -> npt.NDArray[np.bool_]:
    """Entries that are held or that are one unknown with another. Collective."""
    count = numbering.vector()
    count.set(0.0)
    numbering.add_columns(numbering.mine.astype(float), count)
    return np.asarray(numbering.expand(count) - numbering.offset != 1.0)


def _settle(block: Fields, part: Floats, held: Any, c: dict[str, Floats]) -> None:
    """Where only some species are constrained, the phi that leaves the composition's charge.

    With one constrained ion that keeps its concentration; with all of them it is the Donnan
    potential. Then the other species get the concentrations that were given.
    """
    phi, z = block.component["phi"], block.state.charges
    T = _warmth(block, part)
    alone, tau = block.potentials(c, T), T_REF / (temperature(block) if T is None else T)
    ions = [i for i in c if z[i]]
    bound = held[:, [block.component[i] for i in ions]]
    nodes = bound.any(axis=1) & ~held[:, phi]
    weight = np.where(bound, [z[i] for i in ions], 0)[nodes]
    before = np.stack([c[i] for i in ions], axis=1)[nodes] if ions else np.zeros((0, 0))
    for _ in range(STEPS if nodes.any() else 0):
        now = np.stack([_shifted(block, part, i, alone[i], tau)[nodes] for i in ions], axis=1)
        now *= before
        here = np.broadcast_to(tau, len(part))[nodes]
        excess, slope = (weight * (now - before)).sum(axis=1), here * (weight**2 * now).sum(axis=1)
        step = np.clip(excess / slope, -1.0, 1.0)
        part[nodes, phi] += step
        if np.abs(step).max() < 1e-13:
            break
    free = {i: nodes & ~held[:, block.component[i]] for i in c}
    _compose(block, part, c, free)


def _shifted(block: Fields, part: Floats, i: str, alone: Floats, tau: float) -> Floats:
    """How much more of a species there is, at fixed activity coefficients, than at phi = 0."""
    z, phi = block.state.charges[i], part[:, block.component["phi"]]
    there = block.scale[i] * part[:, block.component[i]] - z * phi
    return np.asarray(np.exp(tau * (there - alone)))


def same_state(problem: Any, other: Any, x: Any) -> None:
    """Free unknowns of another problem's present state. Raises InputError if it does not fit."""
    values = np.zeros(problem.numbering.start[-1])
    for name, block in problem.blocks.items():
        source = other.blocks.get(name)
        fits = source is not None and source.bs == block.bs and source.local == block.local
        if not problem.domain.comm.allreduce(int(fits), op=_min()):
            raise InputError(
                f"initial: the given Solution has no {name!r} with these species on this mesh; "
                "give march() the same phases and the Solution's own Domain"
            )
        values[problem.span[name]] = source.u.x.array
    average(problem.numbering, values, x)
    neutralise(problem, x)


def _min() -> Any:
    from mpi4py import MPI

    return MPI.MIN


def _complete(block: Fields) -> None:
    missing = [i for i in block.species if i not in block.phase.initial]
    if missing and len(missing) < len(block.species):
        raise InputError(
            f"initial of Phase {block.name!r} lacks {', '.join(missing)}; give all or none"
        )


def _given(problem: Any, block: Fields) -> dict[str, Floats]:
    """Initial concentrations at the nodes [mol/m3]."""
    initial, else_ = block.phase.initial, problem.composition[block.name]
    c = {i: number(initial.get(i, else_[i]), block.node_x) for i in block.species}
    for i, ci in c.items():
        if problem.domain.comm.allreduce(int(not np.all(ci > 0))):
            raise InputError(
                f"initial {i} of Phase {block.name!r} must be greater than 0 everywhere"
            )
    _check(problem, block, c)
    return c


def _check(problem: Any, block: Fields, c: dict[str, Floats]) -> None:
    """Raise InputError where the given concentrations of an electroneutral phase carry charge."""
    X = block.phase.fixed_charge
    if block.closure.continuous or is_function(X):
        return
    net = sum((block.state.charges[i] * ci for i, ci in c.items()), float(X))
    worst = float(np.max(np.abs(net) / np.max(list(c.values()), axis=0), initial=0.0))
    if problem.domain.comm.allreduce(int(worst > NEUTRAL)):
        raise InputError(
            f"initial concentrations of Phase {block.name!r} carry a net charge somewhere; "
            "an electroneutral phase must start neutral"
        )


# -- electroneutrality of the discrete state ---------------------------------------------------
def neutralise(problem: Any, x: Any) -> None:
    """Shift phi at fixed species voltages until sum_i z_i c_i + X = 0 holds as it is solved for.

    The sum falls monotonically with phi, so clamped Newton steps converge. Where the potential
    itself is held the composition stays.
    """
    forms = {name: _charge(problem, block) for name, block in problem.blocks.items()}
    sums = Assembler(problem, {name: bilinear for name, (_, bilinear) in forms.items()})
    A = sums.matrix()
    for _ in range(STEPS):
        problem.push(x)
        sums.fill(A)
        local = np.zeros(problem.numbering.start[-1])
        for name, (linear, _) in forms.items():
            if linear is not None:
                dx.add_vector(local[problem.span[name]], linear)
        b = problem.numbering.vector()
        b.set(0.0)
        problem.numbering.contract(local, b)
        step = _solve(A, b)
        largest = step.norm(PETSc.NormType.INFINITY)
        x.axpy(-min(1.0, 1.0 / largest) if largest else 0.0, step)
        if largest < 1e-12:
            break
    problem.push(x)


def _charge(problem: Any, block: Fields) -> tuple[Any, Any]:
    """Electroneutrality and its derivative by phi alone; all else is left as it is."""
    ions = "phi" in block.component and any(block.state.charges.values())
    explicit = ions and not any(block.state.charges[i] for i in block.implicit)
    free = block.closure.own_row and not block.closure.continuous and explicit
    phi = block.component["phi"] if free else -1  # velocities and pressures stay
    u, v = ufl.TrialFunction(block.V), block.test
    rest = sum((u[k] * v[k] for k in range(block.bs) if k != phi), 0 * u[0] * v[0])
    bilinear = C_REF * rest / problem.charge_scale * dx.volume(block.mesh, 4)
    if not free:
        return None, dx.compile_form(bilinear, problem.maps)
    dV = dx.volume(block.mesh, problem.quadrature)
    form = block.closure.residual(block.state, block.row("phi")) / problem.charge_scale * dV
    only = ufl.as_vector([u[k] if k == phi else 0 * u[k] for k in range(block.bs)])
    bilinear += ufl.derivative(form, block.u, only)
    return tuple(dx.compile_form(f, problem.maps) for f in (form, bilinear))  # type: ignore[return-value]


def _solve(A: Any, b: Any) -> Any:
    """A^-1 b; A is a mass matrix, on which Jacobi's scaling is enough on any mesh."""
    ksp = PETSc.KSP().create(A.getComm())
    ksp.setOperators(A)
    ksp.setType(PETSc.KSP.Type.GMRES)
    ksp.getPC().setType(PETSc.PC.Type.JACOBI)
    ksp.setTolerances(rtol=1e-10, max_it=500)
    x = b.duplicate()
    ksp.solve(b, x)
    return x
