"""What a state is like: the depleted species, the largest residual, the least eigenvalue of L."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from mpi4py import MPI
from ufl.algorithms import extract_coefficients

from . import _dolfinx as dx
from .transport.base import scalar_rows

DEPLETED = 0.1  # share of a phase's representative concentration
MINOR = 0.1  # a species below this share of the phase's most abundant one is not asked


def depletion(problem: Any, suspect: tuple[str, str] = ("", "")) -> str:
    """The species that is scarcest beside its initial amount, and where; "" if none is scarce.

    A minor species is asked only if it is the `suspect`, a phase and a species.
    """
    from .solution import nodal

    best: tuple[float, str] = (DEPLETED, "")
    for block in problem.phases:
        if not block.closure.own_row:
            continue
        composition = problem.composition[block.name]
        for i, start in composition.items():
            if start < MINOR * max(composition.values()) and (block.name, i) != suspect:
                continue  # co-ions of a membrane vanish long before anything is wrong
            c = nodal(problem, block.name, i) / start
            k = int(np.argmin(c)) if len(c) else 0
            here = (float(c[k]), block.node_x[k].tolist()) if len(c) else (np.inf, [0.0] * 3)
            share, x = problem.domain.comm.allreduce(here, op=MPI.MIN)
            if share < best[0] * (1 - 1e-6):  # ions of one salt are equally scarce: name the first
                place = _place(problem, x)
                text = f"{i} depleted at ({place}) m in phase {block.name!r}"
                best = share, f"{text} ({share * start:.3g} mol/m3 left)"
    return best[1]


def imposed(problem: Any) -> bool:
    """Whether a current or a rate is asked for that does not heed what there is.

    Between potentials, and at open circuit, there is a steady state.
    """
    currents = any(control.entering(site.area, 1.0) for site, control in problem.terminals)
    rates = (t.rate for site in problem.sites for t in site.transfers)
    given = any(not extract_coefficients(ufl.as_ufl(rate)) for rate in rates)
    return currents or given or any(b.phase.sources for b in problem.phases)


@dataclass(frozen=True)
class Worst:
    """The largest entry of a residual: its size, field, phase, place and the term behind it."""

    size: float
    field: str = ""
    phase: str = ""
    place: str = ""
    term: str = ""

    def __str__(self) -> str:
        """One clause of a sentence."""
        return f"{self.field} in {self.phase!r} at ({self.place}) m, {self.term} ({self.size:.2g})"


def largest_residual(problem: Any, x: Any) -> Worst:
    """Field, phase and place of the largest entry of the residual, and its largest term."""
    b, numbering, comm = x.duplicate(), problem.numbering, problem.domain.comm
    problem.residual(x, b)
    values = _by_unknown(numbering, b)
    k = int(np.argmax(values)) if len(values) else 0
    size = float(values[k]) if len(values) else 0.0
    most, owner = comm.allreduce((size, comm.rank), op=MPI.MAXLOC)
    term = _largest_term(problem, x, k if comm.rank == owner else None, owner)
    found = Worst(size)
    for name, span in problem.span.items():
        if comm.rank == owner and span.start <= k < span.stop:
            block = problem.blocks[name]
            node, component = divmod(k - span.start, block.bs)
            field = next(i for i, n in block.component.items() if n == component)
            found = Worst(most, field, name, _place(problem, block.node_x[node]), term)
    return comm.bcast(found, root=owner)  # type: ignore[no-any-return]


def _by_unknown(numbering: Any, b: Any) -> Any:
    """Size of the row of each local unknown; 0 where it has none."""
    values = np.abs(np.nan_to_num(numbering.expand(b) - numbering.offset, nan=np.inf))
    values[numbering.row < 0] = 0.0
    return values


def _largest_term(problem: Any, x: Any, k: int | None, owner: int) -> str:
    """Name of the residual form that is largest at local unknown k of the owner. Collective."""
    parts: dict[str, Any] = {}
    for what, name, form in problem.rows:
        local = parts.setdefault(what, np.zeros(problem.numbering.start[-1]))
        dx.add_vector(local[problem.span[name]], form)
    best = (0.0, "")
    for what, local in parts.items():
        b = x.duplicate()
        b.set(0.0)
        problem.numbering.contract(local, b)
        values = _by_unknown(problem.numbering, b)
        if k is not None and values[k] >= best[0]:
            best = float(values[k]), what
    term: str = problem.domain.comm.bcast(best[1], root=owner)
    if not term.startswith("site "):
        return f"term {term!r}"
    site = problem.sites[int(term.removeprefix("site "))]
    return f"term {type(site.law).__name__}({site.where!r})"


def _place(problem: Any, x: Any) -> str:
    """Coordinates as text, rounded to a billionth of the domain."""
    grain = 1e-9 * problem.domain.size
    return ", ".join(f"{round(v / grain) * grain:.3g}" for v in x[: problem.domain.tdim])


def smallest_eigenvalue(problem: Any, block: Any) -> float:
    """Least eigenvalue of L [mol2/(J m s)] over the cell centres of a phase. Collective."""
    s = block.state
    rows = scalar_rows(block.phase.medium.transport.onsager(s))
    L = ufl.as_matrix([[ufl.as_ufl(x) for x in row] for row in rows])
    centre = dx.cell_centre(block.mesh)
    cells = np.arange(
        block.mesh.topology.index_map(block.mesh.topology.dim).size_local, dtype=np.int32
    )
    least, compiled = np.inf, dx.expression(L, centre, block.mesh.comm)  # by all ranks together
    if len(cells):
        n = len(rows)
        values = compiled.eval(block.mesh, cells).reshape(-1, n, n)
        least = float(np.linalg.eigvalsh(values).min())
    return float(problem.domain.comm.allreduce(least, op=MPI.MIN))


def verdict(problem: Any, path: Any, x: Any) -> str:
    """Why a steady state was not reached, in a sentence; `x` is the last state. Collective."""
    last = path.attempts[-1][1]
    if path.reached < 0:
        return (
            f"no solution even at zero drive: {last.reason} after {last.iterations} iterations; "
            f"largest residual: {largest_residual(problem, x)}"
        )
    share = f"{100 * path.reached:.1f} % of the imposed one"
    worst = largest_residual(problem, path.failed)
    suspect = worst.phase, worst.field
    problem.push(x)
    if imposed(problem):
        if found := depletion(problem, suspect):
            return f"no steady state: {found}; the largest drive with a steady state is {share}"
        problem.push(path.failed)
        beyond = depletion(problem, suspect)
        problem.push(x)
        if beyond:
            return f"no steady state: beyond {share}, {beyond} as Newton gave up ({last.reason})"
    text = f"Newton failed ({last.reason}) beyond {share}; largest residual: {worst}"
    for site, control in problem.terminals:
        if control.bounded:
            text += f"; the {type(control).__name__} at {site.where!r} may be too much"
    return text
