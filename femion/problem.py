"""Model + domain -> residual and Jacobian. The physics is elsewhere; this file sums it up."""

import gc
import time
import weakref
from collections import defaultdict
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from . import _dolfinx as dx
from .bind import bind
from .blocks import D0, phase_fields
from .capacity import node_capacity
from .conserve import conserve, conserved
from .consistency import check, check_regions
from .constrain import constraints
from .errors import InputError, unknown
from .extend import extend
from .fields import Fields
from .fixed import FixedCharges
from .flowing import Sizes, enclosed
from .forms import balances, carried, momentum, rates, reactions, regular, sources, stabilised
from .guess import common_bath, compositions, initial_values
from .model import Model
from .numbering import Numbering
from .placement import Site, place
from .saddle import Saddle
from .snapshots import restore, snapshot
from .sparse import Assembler, Coupling, Entry, add_entries
from .splits import splits
from .storage import Clock, charging, storage, stored
from .thermo import C_REF
from .transport.base import driven
from .transport.checks import probe
from .transport.validity import warn_outside
from .wires import Wires

#: Each has some ten of MPI's 2048 communicators: the unused of many are collected in time.
ALIVE: weakref.WeakSet["Problem"] = weakref.WeakSet()
MOST_ALIVE = 16


class Problem:
    """A model on a domain: unknowns, equations and everything needed to solve them.

    `degree` is that of the elements (1 or 2); `quadrature` that of the rule (2 for P1 and 4 for
    P2 by default: UFL's own estimate for exponentials costs up to 68 times the assembly; beside
    a flow 8, in 3D 4 or 8: cells at walls run dry there, and with less a limiting current falls
    as the voltage rises).
    `problem["laws.inlet.control.value"] = 0.1` changes a parameter; nothing is recompiled.
    A `transient` problem has the storage of each phase beside the very same forms, and no
    scalars for the amounts of closed species: those follow from the initial state. With a
    `programme` every terminal has its potential as an unknown, so that controls can change.
    """

    def __init__(
        self,
        model: Model,
        domain: Any,
        degree: int = 1,
        quadrature: int | None = None,
        transient: bool = False,
        programme: bool = False,
    ) -> None:
        if degree not in (1, 2):
            raise InputError(f"degree = {degree!r}; allowed: 1 or 2")
        if len(ALIVE) > MOST_ALIVE:
            gc.collect()
        ALIVE.add(self)
        self.timings, self.stated = defaultdict[str, float](float), model
        usual = 2 * degree
        if any(p.flow for p in model.phases):
            usual = 8 if domain.tdim < 3 else 4 * degree
        self.domain, self.degree, self.quadrature = domain, degree, quadrature or usual
        self.model, self.parameters = bind(domain.mesh, model)
        self.fixed = FixedCharges(self.model)
        self.share, self.inertia = (fem.Constant(domain.mesh, 1.0) for _ in range(2))
        for p in self.model.phases:
            object.__setattr__(p, "velocity", driven(p.velocity, self.share))
        check_regions(self.model, domain)
        self._place(transient)
        self.version = 0  #: counts changes of unknowns and parameters
        self.contrast = 1.0  #: 1: each bath has its own composition; 0: all have the first one's
        self.common = common_bath(self)
        self.composition = compositions(self)
        for p in self.stated.phases:
            probe(p, self.composition[p.name])
            self.watch(p, self.composition[p.name])
        L, d = domain.size, domain.tdim
        self.flux_scale = fem.Constant(domain.mesh, D0 * C_REF * L ** (d - 2))
        self.charge_scale = fem.Constant(domain.mesh, C_REF * L**d)
        self.clock = Clock(self) if transient else None
        self.programme = programme  #: the potential of every terminal is an unknown
        self.switched: dict[str, Any] = {}  #: controls that a programme's step puts at boundaries
        self._build_forms()
        self._number()

    @property
    def drive(self) -> float:
        """Share of every imposed potential, current and velocity that is applied."""
        return float(self.share)

    @drive.setter
    def drive(self, value: float) -> None:
        self.share.value = value

    def _place(self, transient: bool) -> None:
        """Unknowns of every phase, and laws."""
        closure, given = self.model.closure_of, (self.domain, self.degree)
        fields = [phase_fields(p, closure(p), *given) for p in self.model.phases]
        self.blocks: dict[str, Fields] = {f.name: f for f in fields}
        self.phases = list(self.blocks.values())
        self.sites: list[Site] = []
        for law in self.model.laws:
            site = place(law, self.blocks, self.domain, self.quadrature)
            site.accumulates = site.accumulates if transient else []
            self.blocks |= {b.name: b for b in site.blocks if b}
            self.sites.append(site)
        check(self.blocks, self.sites, self.domain)
        self.flowing = [b for b in self.phases if b.flow]
        self.blocks |= {c.name: c for b in self.phases for c in b.blocks}

    def watch(self, phase: Any, c: Any) -> None:
        """Warn, on one rank, of concentrations [mol/m3] outside the range of a phase's data."""
        if self.domain.comm.rank == 0:
            warn_outside(phase.medium.transport, c, f"of phase {phase.name!r}")

    def __setitem__(self, path: str, value: float) -> None:
        """Change a parameter by its path; effective at the next solve."""
        self.fixed.share = 1.0
        self._parameter(path).value = value
        self.version += 1

    def __getitem__(self, path: str) -> float:
        """Value of a parameter."""
        return float(self._parameter(path))

    def _parameter(self, path: str) -> Any:
        if path not in self.parameters:
            raise unknown("parameter", path, self.parameters)
        return self.parameters[path]

    # -- forms --------------------------------------------------------------------------------
    def _build_forms(self) -> None:
        start = time.perf_counter()
        self.maps = [b.cell_map for b in self.phases]
        self.rows: list[tuple[str, str, Any]] = []  # (what, block, compiled residual form)
        self.entries: list[Entry] = []  #: derivatives that couple blocks
        self.inner: dict[str, Any] = defaultdict(int)  #: residual forms of a block's own cells
        self.amounts: list[list[str]] = []  # blocks of the scalars that keep closed species
        self.couplings: list[Coupling] = []
        self.compiled: dict[Any, Any] = {}  # functionals that were asked for, by their UFL form
        self.shifts: list[tuple[str, Any]] = []  # (block, form) that only the preconditioner has
        for block in self.phases:
            self._add("bulk", {block.name: balances(self, block)})
            if shift := regular(block):
                dV = dx.volume(block.mesh, self.quadrature)
                form = dx.compile_form(shift / self.charge_scale * dV, self.maps)
                self.shifts.append((block.name, form))
            if block.flow:
                self._join("momentum", momentum(self, block), block.meeting(block.own_cells))
            if block.state.velocity is not None:
                self._add("convection", {block.name: carried(self, block)})
            if added := stabilised(self, block, stored(self, block)):
                self._add("stabilisation", {block.name: added})
            if block.phase.sources:
                self._add("sources", {block.name: sources(self, block)})
            if block.phase.reactions:
                self._add("reactions", {block.name: reactions(self, block)})
        for k, site in enumerate(self.sites):
            sides = [b.meeting(c) for b, c in zip(site.blocks, site.cells, strict=True) if b]
            cells = {name: c for side in sides for name, c in side.items()}
            self._join(
                f"site {k}",
                rates(self, site, [*site.transfers, *charging(self, site)]),
                cells,
                one_sided=site.faces,
            )
        for block in self.phases if self.clock else ():
            self._add("storage", storage(self, block))
        for name, forms in conserve(self, [] if self.clock else conserved(self)):
            self._join(name, forms, {n: self.blocks[n].own_cells for n in forms})
        self.derivatives = {name: self._own_derivative(name) for name in self.inner}
        self.timings["form compilation"] += time.perf_counter() - start

    def _add(self, what: str, forms: dict[str, Any]) -> None:
        """Compile residual forms over the cells of a block, and derivatives by other blocks."""
        for name, form in forms.items():
            self.rows.append((what, name, dx.compile_form(form, self.maps)))
            self.inner[name] += form
            self._derive(name, form, False, {name})

    def _own_derivative(self, name: str) -> Any:
        return dx.compile_form(ufl.derivative(self.inner[name], self.blocks[name].u), self.maps)

    def _derive(self, row: str, form: Any, one_sided: bool, done: Any = ()) -> None:
        for column, block in self.blocks.items():
            if column not in done and block.u in form.coefficients():
                derivative = dx.compile_form(ufl.derivative(form, block.u), self.maps)
                self.entries.append(Entry(row, column, one_sided, derivative))

    def _join(
        self, what: str, forms: dict[str, Any], cells: dict[str, Any], one_sided: bool = False
    ) -> None:
        """Compile residual forms that couple blocks, and all their derivatives.

        `cells` of each block meet pair by pair in these forms.
        """
        self.couplings += [Coupling(r, c, cells[r], cells[c]) for r in cells for c in cells]
        for row, form in forms.items():
            self.rows.append((what, row, dx.compile_form(form, self.maps)))
            self._derive(row, form, one_sided)

    def _number(self) -> None:
        blocks = list(self.blocks.values())
        starts = np.concatenate([[0], np.cumsum([b.local for b in blocks])]).astype(int)
        self.span = {b.name: slice(*starts[k : k + 2]) for k, b in enumerate(blocks)}
        found, self.terminals = constraints(self)
        self.wires = Wires(self)
        self.numbering = Numbering(blocks, self.domain.comm, found)
        self.level = enclosed(self)
        if self.level:  # one more unknown is held
            found.held += self.level
            self.numbering = Numbering(blocks, self.domain.comm, found)
        self.sizes = Sizes(self)
        self.saddle = Saddle(self) if self.flowing else None

    # -- what the solver asks for -------------------------------------------------------------
    def refresh(self) -> None:
        """Take over changed parameters into what is held."""
        self.numbering.constraints, self.terminals = constraints(self)
        self.numbering.constraints.held += self.level
        self.numbering.refresh()

    def guess(self, x: Any) -> None:
        """A bounded initial guess: given or Donnan-consistent compositions, phase by phase."""
        self.numbering.initial(extend(self, initial_values(self)), x)

    def push(self, x: Any) -> None:
        """Put free unknowns into the functions."""
        self.version += 1
        values = self.numbering.expand(x)
        for name, block in self.blocks.items():
            block.u.x.array[:] = values[self.span[name]]

    def residual(self, x: Any, b: Any) -> None:
        """Residual of the free equations, scaled to O(1)."""
        start = time.perf_counter()
        self.push(x)
        local = np.zeros(self.numbering.start[-1])
        for _, name, form in self.rows:
            dx.add_vector(local[self.span[name]], form)
        b.set(0.0)
        self.numbering.contract(local, b)
        self.wires.equations(x, b)
        self.timings["assembly"] += time.perf_counter() - start

    @cached_property
    def sums(self) -> Assembler:
        """What adds up the Jacobian. Collective."""
        return Assembler(self, self.derivatives, self.entries, self.couplings, self.shifts)

    def matrix(self) -> Any:
        """A matrix with room for every coupling. Collective."""
        return self.sums.matrix()

    def jacobian(self, x: Any, A: Any) -> None:
        """Derivative of the residual."""
        start = time.perf_counter()
        self.push(x)
        self.sums.fill(A)
        self.wires.derivatives(x, A)
        self.timings["assembly"] += time.perf_counter() - start

    def shift(self, P: Any) -> None:
        """Add to a copy of the Jacobian what makes its fields' own blocks regular."""
        add_entries(self, P, [Entry(name, name, True, form) for name, form in self.shifts])

    def local(self, name: str) -> Any:
        """Index set of a block in the local numbering."""
        s = self.span[name]
        return PETSc.IS().createStride(s.stop - s.start, s.start, 1, comm=PETSc.COMM_SELF)

    snapshot = snapshot  #: everything that a solve changes
    restore = restore  #: the same, taken back
    splits = splits  #: index sets of the free unknowns by field
    capacity = node_capacity  #: what nodes hold per change of their potentials
