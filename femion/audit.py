"""The books of a solution: what enters, what leaves, what is dissipated.

Everything is read off the residual the solver drove to zero, tested with 1 (amounts) or with
the electrochemical potentials themselves (power), so no flux is written a second time and the
balances close to solver tolerance (physics.md section 7).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .diagnose import smallest_eigenvalue
from .forms import reaction_heat, row_scale
from .laws.base import Equal, Hold, Pin
from .placement import Site
from .thermo import C_REF, T_REF
from .units import R

Floats = npt.NDArray[np.float64]

#: A species whose throughput is below this share of the largest one counts as standing still.
STILL = 1e-9


class Books:
    """Residual contributions of a solved problem, and sums over them. Collective.

    Amounts are in mol/s and power in W (per metre of depth in 2D).
    """

    def __init__(self, problem: Any) -> None:
        self.problem = problem
        self.comm = problem.domain.comm
        self.parts: dict[tuple[str, str], Floats] = {}
        for what, name, form in problem.rows:
            local = np.zeros(problem.blocks[name].local)
            dx.add_vector(local, form)
            self.parts[what, name] = local
        self.total = {
            name: sum((v for (_, n), v in self.parts.items() if n == name), np.zeros(b.local))
            for name, b in problem.blocks.items()
        }
        self.scale = float(problem.flux_scale)
        self.all = np.concatenate([self.total[name] for name in problem.blocks])
        self.sites = problem.sites
        self._claims: dict[str, dict[tuple[int, int], Floats]] = {}

    # -- amounts ------------------------------------------------------------------------------
    def entering(self, site: Site, species: str, side: int = 0) -> float:
        """What enters the phase on `side` [mol/s] by this site's rates and constraints.

        A node that an outer constraint holds belongs to it with all it is tied to, and where two
        meet, to the one that wins there in `Numbering`; a node of k interfaces gives each 1/k.
        """
        block = site.blocks[side]
        if block is None or species not in block.component:
            return 0.0
        return self.by_rates(site, species, side) + self._by_constraint(site, species, side)

    def by_rates(self, site: Site, species: str, side: int) -> float:
        """Gain by the finite-rate laws of this site [mol/s]."""
        block, local = site.blocks[side], 0.0
        assert block is not None
        part = self.parts.get((f"site {self.sites.index(site)}", block.name))
        if part is not None:
            local = -part[self.column(block, species)].sum() / block.scale[species]
        return float(self.comm.allreduce(float(local))) * self._unit(block, species)

    def made(self, what: str, block: Any, species: str) -> float:
        """Gain of a phase by one of its own contributions [mol/s]."""
        local = -self.parts[what, block.name][self.column(block, species)].sum()
        return float(self.comm.allreduce(float(local))) * self.scale / block.scale[species]

    def _by_constraint(self, site: Site, species: str, side: int) -> float:
        """Gain through nodes whose balance was given up or shared [mol/s]."""
        claims = self.claims(species)
        me = (self.sites.index(site), side)
        if me not in claims:
            return 0.0
        outer = sorted((k for k in claims if not self.sites[k[0]].interface), key=self._rank)
        if site.interface:
            same = [v for k, v in claims.items() if k not in outer and k[1] == side]
            before = [claims[k] for k in outer]
            weight = claims[me] / np.maximum(sum(same), 1)
        else:
            before = [claims[k] for k in outer[: outer.index(me)]]
            weight = claims[me]
        weight = weight * (sum(before, np.zeros(len(self.all))) == 0)
        local = float((weight * self.all * self.unit(species)).sum())
        return float(self.comm.allreduce(local)) * self._unit(site.blocks[side], species)

    def _unit(self, block: Any, name: str) -> float:
        """Flow of a residual of 1: [mol/s] of a species, [W] of heat, [N] of a displacement."""
        return dx.value(row_scale(self.problem, block, name))

    def _rank(self, key: tuple[int, int]) -> tuple[int, int]:
        """Who owns a shared node: a held potential, then a found one, then none; then order."""
        site = self.sites[key[0]]
        control = next((c.control for c in site.constraints if isinstance(c, Pin)), None)
        return 2 if control is None else int(control.held() is None), key[0]

    def claims(self, species: str) -> dict[tuple[int, int], Floats]:
        """Per constrained (site, side): 1 at the entries of this species that it moves."""
        if species not in self._claims:
            out = {}
            for k, site in enumerate(self.sites):
                for side, block in enumerate(site.blocks):
                    if block and species in block.component and constrains(site, species, side):
                        out[k, side] = self._claim(site, species, side)
            self._claims[species] = out
        return self._claims[species]

    def _claim(self, site: Site, species: str, side: int) -> Floats:
        block = site.blocks[side]
        assert block is not None
        mark = np.zeros(len(self.all))
        mark[block.dofs(site.members[side], species) + self.problem.span[block.name].start] = 1.0
        if not site.interface:
            mark = self.problem.numbering.linked(mark).astype(float)
        return mark * (self.unit(species) != 0)

    def unit(self, species: str) -> Floats:
        """1/scale at the entries of this species in every block, 0 elsewhere."""
        out = np.zeros(len(self.all))
        for b in self.problem.phases:
            if species in b.component:
                out[self.problem.span[b.name]][self.column(b, species)] = 1.0 / b.scale[species]
        return out

    @staticmethod
    def column(block: Any, species: str) -> slice:
        """The entries of a species in a block's array."""
        return slice(block.component[species], None, block.bs)

    # -- power --------------------------------------------------------------------------------
    def power(self, name: str, residual: Floats) -> float:
        """RT sum_i w_i r_i of a block [W]: the residual of its balances tested with mu~_i."""
        block = self.problem.blocks[name]
        rows = sorted({block.component[i] for i in block.species or ["phi"]})
        u, r = (a.reshape(-1, block.bs)[:, rows] for a in (block.u.x.array, residual))
        return float(self.comm.allreduce(float((u * r).sum())) * R * T_REF * self.scale)


@dataclass
class Audit:
    """Balances of a solution. Flows in mol/s, currents in A, power in W; per metre in 2D."""

    flows: dict[str, dict[str, float]] = field(default_factory=dict)  #: boundary -> species -> in
    #: species -> |sum of flows|/sum of |flows|
    imbalance: dict[str, float] = field(default_factory=dict)
    charge_imbalance: float = 0.0
    dissipation: dict[str, float] = field(default_factory=dict)  #: phase -> bulk dissipation
    interfaces: dict[str, float] = field(default_factory=dict)  #: site -> dissipation of its law
    reactions: dict[str, float] = field(default_factory=dict)  #: phase -> dissipation of its own
    #: phase -> species -> made by the phase's reactions
    produced: dict[str, dict[str, float]] = field(default_factory=dict)
    #: site -> free energy its reactions store
    stored: dict[str, float] = field(default_factory=dict)
    power_in: float = 0.0
    energy_imbalance: float = 0.0  #: |in - all that is spent or stored| over the largest
    smallest_eigenvalue: dict[str, float] = field(default_factory=dict)  #: of L, per phase

    @cached_property
    def total_dissipation(self) -> float:
        """Sum over all phases, their reactions and interfaces [W]."""
        parts = (self.dissipation, self.reactions, self.interfaces)
        return sum(sum(part.values()) for part in parts)


def audit(problem: Any, books: Books) -> Audit:
    """Draw up the balances of a solved problem. Collective."""
    out = Audit()
    outer = [s for s in problem.sites if not s.interface]
    inner = [s for s in problem.sites if s.interface]
    names = list(dict.fromkeys(i for b in problem.phases for i in b.species))
    for site in outer:
        out.flows[site.where] = out.flows.get(site.where, {})
        for i in names:
            if i in site.blocks[0].component:
                out.flows[site.where][i] = out.flows[site.where].get(i, 0.0) + books.entering(
                    site, i
                )
    produced = {i: _produced(problem, books, inner, i) for i in names}
    terms = {i: [f[i] for f in out.flows.values() if i in f] + produced[i] for i in names}
    largest = max([_turnover(problem, books), *(sum(map(abs, t)) for t in terms.values())])
    for i in names:
        out.imbalance[i] = _relative(terms[i], floor=STILL * largest)
    out.charge_imbalance = _relative([charge_in(books, s) for s in outer], floor=STILL * largest)
    for b in (b for b in problem.phases if b.phase.reactions):
        out.produced[b.name] = {i: books.made("reactions", b, i) for i in b.species}
    _energy(problem, books, out)
    out.smallest_eigenvalue = {b.name: smallest_eigenvalue(problem, b) for b in problem.phases}
    return out


def charge_in(books: Books, site: Site) -> float:
    """Charge entering at an outer site, in moles per second: by ions, or by its metal's wire."""
    metal = site.blocks[1]
    if metal is not None:
        part = books.parts.get((f"site {books.sites.index(site)}", metal.name), np.zeros(0))
        return float(books.comm.allreduce(float(part.sum())) * books.scale)
    a = site.blocks[0]
    return sum(z * books.entering(site, i) for i, z in a.state.charges.items())


def _produced(problem: Any, books: Books, inner: list[Site], species: str) -> list[float]:
    """Made at interfaces (both sides together) and by sources and conserved amounts."""
    rates = []
    for site in inner:
        present = [k for k, b in enumerate(site.blocks) if b and species in b.component]
        gains = [books.by_rates(site, species, k) for k in present]
        if any(t.a.get(species, 0) + t.b.get(species, 0) for t in site.transfers):
            rates.append(sum(gains))
    for what, name in books.parts:
        block = problem.blocks[name]
        inside = what in ("sources", "reactions") or what.startswith("amount of")
        if inside and species in block.component:
            rates.append(books.made(what, block, species))
    return rates


def _turnover(problem: Any, books: Books) -> float:
    """What moves across reacting phases by diffusion [mol/s]; at rest nothing else is a measure."""
    reacting = (b for b in problem.phases if b.phase.reactions)
    most = (max(problem.composition[b.name].values()) for b in reacting)
    return books.scale * max(most, default=0.0) / C_REF


def _relative(terms: list[float], floor: float = 0.0) -> float:
    size = max(sum(abs(t) for t in terms), floor)
    return abs(sum(terms)) / size if size else 0.0


def _energy(problem: Any, books: Books, out: Audit) -> None:
    for (what, name), part in books.parts.items():
        if what == "bulk":
            out.dissipation[name] = books.power(name, part)
        elif what in ("sources", "convection"):
            out.stored[f"{what} in {name}"] = books.power(name, part)
        elif what == "reactions":
            form = dx.compile_form(reaction_heat(problem, problem.blocks[name]), problem.maps)
            out.reactions[name] = dx.integrate(form, books.comm)
            out.stored[f"reactions in {name}"] = books.power(name, part) - out.reactions[name]
    for k, site in enumerate(problem.sites):
        taken = [books.power(n, part) for (w, n), part in books.parts.items() if w == f"site {k}"]
        if taken:
            heat = _heat(problem, site, sum(taken))
            out.interfaces[site.where] = out.interfaces.get(site.where, 0.0) + heat
            out.stored[site.where] = out.stored.get(site.where, 0.0) + sum(taken) - heat
    out.power_in = _outer_power(problem, books)
    spent = [out.total_dissipation, *out.stored.values()]
    size = max([abs(out.power_in), *(abs(p) for p in spent)], default=0.0)
    out.energy_imbalance = abs(out.power_in - sum(spent)) / size if size else 0.0


def _heat(problem: Any, site: Site, taken: float) -> float:
    """Dissipation of a law [W]: its own word, or all that its Transfers take up."""
    density = getattr(site.law, "dissipation", None)
    if density is None:
        return taken
    value = density(*site.states)
    if not value:
        return 0.0
    return dx.integrate(dx.compile_form(value * site.measure, problem.maps), problem.domain.comm)


def _outer_power(problem: Any, books: Books) -> float:
    """Work done on the cell through its boundaries and terminals [W], from their own nodes."""
    mark = np.zeros(len(books.all))
    for site in problem.sites:
        if site.interface:
            continue
        block, metal = site.blocks
        if metal is not None:
            mark[problem.span[metal.name]] = 1.0
        elif any(isinstance(c, Pin) for c in site.constraints):
            for name in block.component:
                mark[block.dofs(site.members[0], name) + problem.span[block.name].start] = 1.0
    outer = problem.numbering.linked(mark)
    return sum(
        books.power(name, books.total[name] * outer[problem.span[name]])
        for name, block in problem.blocks.items()
        if not name.startswith("amount of ")
    )


def constrains(site: Site, species: str, side: int) -> bool:
    """Whether a constraint at this site lets the species cross."""
    block = site.blocks[side]
    metal = block is not None and not block.closure.own_row
    return any(
        (isinstance(c, Equal | Hold) and c.field == species)
        or (isinstance(c, Pin) and (species in (c.concentrations or {}) or metal))
        for c in site.constraints
    )
