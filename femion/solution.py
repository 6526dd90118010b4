"""A converged state and what can be read from it. It exists for no other state."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Any

import numpy as np
from mpi4py import MPI

from . import _dolfinx as dx
from .audit import Audit, audit, charge_in
from .books import Books
from .domain import mesh
from .errors import FemionError, InputError, NotConverged, unknown
from .flowing import wall_force
from .heating import moves, ties
from .laws.base import Pin
from .model import Model
from .placement import THERMAL_VOLTAGE, Site
from .problem import Problem
from .solvers import Linear, Newton, choose
from .solvers.steady import Path, steady
from .transport.validity import validity
from .units import F


class Solution:
    """A solved `Problem`: flows, potentials, averages, audit. Methods are collective.

    In 2D everything integrated is per metre of depth: currents in A/m, flows in mol/(m s).
    Raises FemionError if made from a path that did not converge.
    """

    def __init__(self, problem: Problem, path: Path, newton: Newton, partial: bool = False) -> None:
        if not path.converged and not partial:
            raise FemionError("a Solution cannot be made of a state that is not converged")
        self.problem, self.path, self.linear = problem, path, newton.linear
        self.share = path.reached  #: share of the imposed drive at which this state holds
        self.time = problem.clock.time if problem.clock else None  #: of a transient state [s]
        self.x = newton.x.copy()
        problem.push(self.x)
        self.version, self.snapshot = problem.version, problem.snapshot()
        for p in problem.stated.phases:
            ranged = validity(p.medium.transport).keys() & problem.blocks[p.name].drawn
            problem.watch(p, {i: self.extremes(i, p.name) for i in sorted(ranged)})

    @property
    def comm(self) -> Any:
        """The communicator of the mesh."""
        return self.problem.domain.comm

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds spent: form compilation, assembly, linear set-up, linear solve."""
        return self.problem.timings

    @cached_property
    def books(self) -> Books:
        """The residual's own contributions."""
        with self.active() as problem:
            return Books(problem)

    @cached_property
    def audit(self) -> Audit:
        """Balances, dissipation, energy, smallest eigenvalue of L."""
        with self.active() as problem:
            return audit(problem, self.books)

    def summary(self) -> str:
        """One screen about this solution."""
        from .report import summary

        return summary(self)

    # -- the state it stands for --------------------------------------------------------------
    @contextmanager
    def active(self) -> Iterator[Problem]:
        """The problem at this solution's own unknowns and parameters, and back as it was.

        A problem has one set of functions; after another solve they hold another state.
        """
        if self.problem.version == self.version:
            yield self.problem
            return
        present = self.problem.snapshot()
        self.problem.restore(self.snapshot)
        try:
            yield self.problem
        finally:
            self.problem.restore(present)

    # -- places -------------------------------------------------------------------------------
    def sites(self, where: str) -> list[Site]:
        """The sites of the laws at a boundary or interface; "b|a" finds "a|b"."""
        flipped = "|".join(reversed(where.split("|")))
        known = [s.where for s in self.problem.sites]
        if where not in known and flipped not in known:
            raise unknown("boundary or interface with a law", where, known)
        return [s for s in self.problem.sites if s.where in (where, flipped)]

    def site(self, where: str) -> Site:
        """The site of the first law at a boundary or interface."""
        return self.sites(where)[0]

    def state(self, phase: str) -> Any:
        """The State of a phase as UFL expressions, for `mean` and pictures."""
        blocks = {b.name: b for b in self.problem.phases}
        if phase not in blocks:
            raise unknown("phase", phase, blocks)
        return blocks[phase].state

    # -- numbers ------------------------------------------------------------------------------
    def flow(self, species: str, where: str) -> float:
        """Flow of a species [mol/s]: into the domain at a boundary, from a to b at "a|b"."""
        return sum(self._flow(species, where, site) for site in self.sites(where))

    def _flow(self, species: str, where: str, site: Site) -> float:
        if not site.interface:
            return self.books.entering(site, species)
        left = site.blocks[0].component
        out = -self.books.entering(site, species)
        if species not in left:
            out = self.books.entering(site, species, 1)
        return out if site.where == where else -out

    def current(self, where: str) -> float:
        """Electric current [A]: into the domain at a boundary, from a to b at "a|b"."""
        site = self.site(where)
        if not site.interface:
            return F * sum(charge_in(self.books, s) for s in self.sites(where))
        z = site.blocks[0].state.charges
        return F * sum(n * self.flow(i, where) for i, n in z.items())

    def heat_flow(self, where: str) -> float:
        """Heat [W] conducted into the domain at a boundary, from a to b at "a|b"."""
        sites = [s for s in self.sites(where) if not (moves(s) or ties(s))]
        if all("T" not in b.component for s in sites for b in s.blocks if b):
            raise FemionError(f"no phase at {where!r} has a heat balance")
        return sum(self._flow("T", where, s) for s in sites)

    def force(self, where: str) -> Any:
        """Force of a flow on a boundary that holds its velocity [N; N/m in 2D], by components."""
        with self.active() as problem:
            return wall_force(problem, self.books, self.site(where))

    def potential(self, where: str) -> float:
        """Potential of a terminal, electrode or reservoir [V], imposed or found."""
        sites, problem = self.sites(where), self.problem
        for k, (other, _) in enumerate(problem.terminals):
            if any(other is s for s in sites):
                x = self.x.array_r[k] if self.comm.rank == 0 else 0.0
                return float(self.comm.bcast(x)) * THERMAL_VOLTAGE
        pins = [c.control for s in sites for c in s.constraints if isinstance(c, Pin)]
        wires = [t for s in sites if (t := getattr(s.law, "terminal", None)) is not None]
        control = next(iter([*pins, *wires]), None)
        if control is None or control.held() is None:
            raise unknown("terminal", where, [s.where for s in problem.sites if not s.interface])
        with self.active():
            return float(control.held()) * problem.drive

    def donnan_potential(self, where: str) -> float:
        """Mean phi_b - phi_a at "a|b"; at a DonnanReservoir of the phase over its bath [V]."""
        from .metrics import donnan_potential

        return donnan_potential(self, where)

    def partition_coefficients(self, where: str) -> dict[str, float]:
        """Mean c_b/c_a at "a|b" of each species both sides have; at a boundary over its bath."""
        from .metrics import partition_coefficients

        return partition_coefficients(self, where)

    def integral(self, expression: Any, measure: Any) -> float:
        """A UFL expression over a measure, summed over the ranks."""
        form = expression * measure
        compiled = self.problem.compiled
        if form not in compiled:
            compiled[form] = dx.compile_form(form, self.problem.maps)
        with self.active():
            return dx.integrate(compiled[form], self.comm)

    def mean(self, expression: Any, where: str, side: str | None = None) -> float:
        """Average of an expression of a state over a phase, or over one side of a site.

        `expression` is a function of a State; `side` names the phase at an interface.
        """
        state, measure = self._place(where, side)
        value = expression(state)
        one = 0 * value + 1
        return self.integral(value, measure) / self.integral(one, measure)

    def _place(self, where: str, side: str | None) -> tuple[Any, Any]:

        blocks = {b.name: b for b in self.problem.phases}
        if where in blocks:
            return blocks[where].state, dx.volume(blocks[where].mesh, self.problem.quadrature)
        site = self.site(where)
        names = [b.name for b in site.blocks if b]
        if side is not None and side not in names:
            raise unknown(f"side of {where!r}", side, names)
        return site.states[names.index(side) if side else 0], site.measure

    def extremes(self, species: str, phase: str) -> tuple[float, float]:
        """Least and greatest nodal concentration in a phase [mol/m3]."""
        with self.active() as problem:
            values = nodal(problem, phase, species)
        ends = np.array([values.max(initial=-np.inf), -values.min(initial=np.inf)])
        self.comm.Allreduce(MPI.IN_PLACE, ends, MPI.MAX)
        return float(-ends[1]), float(ends[0])


def nodal(problem: Problem, phase: str, field: str) -> Any:
    """Nodal concentration [mol/m3], potential [V], ... of a phase on this rank. Collective."""
    block = problem.blocks[phase]
    if field not in block.shown:
        raise unknown(f"field of phase {phase!r}", field, block.shown)
    return block.nodal([field])[field]


def solve(
    model: Model | Problem,
    geometry: Any = None,
    *,
    checkpoint: Any = None,
    near: Solution | None = None,
    degree: int = 1,
    linear: Linear | None = None,
    options: Mapping[str, Any] | None = None,
    comm: Any = MPI.COMM_WORLD,
) -> Solution:
    """The steady state of a model on a geometry, mesh file, Domain, or of a ready Problem.

    With `checkpoint`, Checkpoints, the state found is kept on disk, and on the way to it, or
    where there is none, that of the largest drive; with resume=True the search starts there.
    With `near`, a Solution of the same Problem at other parameters, it starts from that one.

    Raises InputError for what cannot be right and NotConverged where there is no steady state;
    the last good state is then in the error's `state`.
    """
    problem = model if isinstance(model, Problem) else Problem(model, mesh(geometry, comm), degree)
    if problem.clock:
        raise InputError("solve() needs a steady Problem, not one with transient=True; use march()")
    if near and near.problem is not problem:
        raise InputError("near of solve() is a state of another Problem; allowed: of the same one")
    presets = choose(problem, linear)
    with checkpoint.at_work(problem) if checkpoint else nullcontext() as keeper:
        saved = keeper.find() if keeper else None
        for preset in presets:
            newton = Newton(problem, preset, options)
            start = saved.solution(newton).share if saved else -1.0
            if near and not saved:
                near.x.copy(newton.x)
                start = near.share
            last = preset is presets[-1]
            path = steady(newton, start, _noted(problem, newton, keeper), patient=last)
            if path.converged or not path.blames_linear_solver:
                break
        failure = None if path.converged else _failure(problem, path, newton)
        state: Any = failure.state if failure else Solution(problem, path, newton)
        if keeper and state:
            keeper.finish(state)
    if failure:
        raise failure
    return state  # type: ignore[no-any-return]


def _noted(problem: Problem, newton: Newton, keeper: Any) -> Callable[[Path], None]:
    """What keeps a state on the way on disk where that is due."""

    def note(path: Path) -> None:
        if keeper:
            keeper.tick(Solution(problem, path, newton, partial=True), dict)

    return note


def _failure(problem: Problem, path: Path, newton: Newton) -> NotConverged:
    from .diagnose import verdict

    if path.reached < 0:
        return NotConverged(verdict(problem, path, newton.x))
    state = Solution(problem, path, newton, partial=True)
    return NotConverged(verdict(problem, path, state.x), state)
