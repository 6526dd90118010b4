"""Flows among the unknowns: how large they are, and the level of an enclosed one's pressure."""

from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from mpi4py import MPI

from . import _dolfinx as dx
from .errors import FemionError
from .laws.base import Equal

Ints = npt.NDArray[np.int32]

#: Velocities (as Peclet numbers) and pressures below this count as nothing.
NOTHING = 1e-6


class Sizes:
    """Largest entries of a vector of free unknowns: of potentials, velocities and pressures."""

    def __init__(self, problem: Any) -> None:
        numbering, self.comm = problem.numbering, problem.domain.comm
        roots, first = numbering.roots
        extra = numbering.size[0] - len(roots)
        self.groups = []
        for what in ("velocity", "pressure"):
            mask = np.zeros(len(roots), dtype=bool)
            for block in problem.flowing:
                span = problem.span[getattr(block.flow, what).name]
                mask |= (roots >= span.start) & (roots < span.stop)
            self.groups.append(np.flatnonzero(mask) + extra)
        self.flowing = np.concatenate(self.groups)
        rest = np.setdiff1d(np.arange(numbering.size[0]), self.flowing)
        self.groups.insert(0, rest)
        self.first = first - extra  #: number of this rank's first free unknown

    def of(self, x: Any) -> npt.NDArray[np.float64]:
        """Of potentials and the like, of velocities, of pressures. Collective."""
        largest = np.array([np.abs(x.array_r[g]).max(initial=0.0) for g in self.groups])
        self.comm.Allreduce(MPI.IN_PLACE, largest, MPI.MAX)
        return largest

    def step(self, x: Any, y: Any) -> tuple[float, float]:
        """(change of potentials, change of a flow over what it is) by a step y from x."""
        change, now = self.of(y), self.of(x)
        now[2] = max(now[1:])  # a pressure that viscosity does not see is rounding
        share = change[1:] / np.maximum(np.maximum(now[1:], change[1:]), NOTHING)
        return float(change[0]), float(share.max())


def moving(block: Any) -> bool:
    """Whether a block is the velocity of a flow."""
    return "v_x" in block.component


def wall_force(problem: Any, books: Any, site: Any) -> Any:
    """Force of a flow on a boundary [N; N/m in 2D], by components. Collective.

    From the residual at the boundary's own nodes, which converges faster than the stress.
    """
    flow = site.blocks[0].flow
    if flow is None:
        raise FemionError(f"the phase at {site.where!r} has no flow")
    block, unit = flow.velocity, dx.value(flow.scale("v_x"))
    nodes = block.everywhere(site.places("v_x")[1])
    parts = books.total[block.name].reshape(-1, block.bs)[nodes]
    return -unit * np.asarray(problem.domain.comm.allreduce(parts.sum(axis=0)))


def enclosed(problem: Any) -> list[tuple[Ints, float]]:
    """What fixes the pressure of flows that nothing leaves: zero at one node of each.

    Their pressure is known up to a constant: where no free velocity changes the volume. Flows
    that share a velocity have one constant. Collective.
    """
    numbering, comm = problem.numbering, problem.domain.comm
    groups = [{b.name} for b in problem.flowing]
    for site in problem.sites:
        if any(isinstance(c, Equal) and c.field.startswith("v_") for c in site.constraints):
            names = {b.name for b in site.blocks if b}
            joined = set().union(*(g for g in groups if g & names))
            groups = [g for g in groups if not g & names] + [joined]
    held = []
    for group in groups:
        blocks = [b for b in problem.flowing if b.name in group]
        volume = np.zeros(numbering.start[-1])
        for block in blocks:
            through(problem, block, volume)
        every = np.abs(volume).max(initial=0.0)
        b = numbering.vector()
        b.set(0.0)
        numbering.add_columns(volume, b)
        free = float(b.norm(3))
        if free <= 1e-10 * comm.allreduce(every, op=MPI.MAX):
            held.append((_first(problem, blocks[0]), 0.0))
    return held


def through(problem: Any, block: Any, out: Any) -> None:
    """Volume that leaves a phase by a unit of each velocity unknown."""
    v = block.flow.velocity
    dV = ufl.Measure("dx", block.mesh, metadata={"quadrature_degree": block.flow.rule // 2 - 1})
    form = ufl.div(v.test) / block.size ** (block.flow.dim - 1) * dV
    dx.add_vector(out[problem.span[v.name]], dx.compile_form(form))


def _first(problem: Any, block: Any) -> Ints:
    """The first pressure unknown of a phase, on the rank that owns it."""
    p, comm = block.flow.pressure, problem.domain.comm
    mine = comm.allreduce(comm.rank if p.owned else comm.size, op=MPI.MIN) == comm.rank
    return problem.span[p.name].start + np.arange(int(mine), dtype=np.int32)
