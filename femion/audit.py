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
from .definite import smallest_eigenvalue
from .laws.base import Equal, Pin
from .placement import Site
from .power import power

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
        block = site.blocks[side]
        assert block is not None
        part = self.parts.get((f"site {self.sites.index(site)}", block.name))
        return 0.0 if part is None else -self.into(block, part, species)

    def into(self, block: Any, part: Floats, species: str) -> float:
        """Sum of a contribution to a species' balance over a block [mol/s]."""
        local = float(part[self.column(block, species)].sum()) / block.scale[species]
        return float(self.comm.allreduce(local)) * self.scale

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
        return float(self.comm.allreduce(local)) * self.scale

    def _rank(self, key: tuple[int, int]) -> tuple[int, int]:
        """Who owns a shared node: a held potential, then a found one, then none; then order."""
        site = self.sites[key[0]]
        control = next(c.control for c in site.constraints if isinstance(c, Pin))
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

    def power(self, name: str, residual: Floats) -> float:
        """`power` of a contribution to a block."""
        return power(self.problem, name, residual)


@dataclass
class Audit:
    """Balances of a solution. Flows in mol/s, currents in A, power in W; per metre in 2D."""

    flows: dict[str, dict[str, float]] = field(default_factory=dict)  #: boundary -> species -> in
    #: species -> |sum of flows|/sum of |flows|
    imbalance: dict[str, float] = field(default_factory=dict)
    charge_imbalance: float = 0.0
    dissipation: dict[str, float] = field(default_factory=dict)  #: phase -> bulk dissipation
    interfaces: dict[str, float] = field(default_factory=dict)  #: site -> dissipation of its law
    #: site -> free energy its reactions store
    stored: dict[str, float] = field(default_factory=dict)
    power_in: float = 0.0
    energy_imbalance: float = 0.0  #: |in - all that is spent or stored| over the largest
    smallest_eigenvalue: dict[str, float] = field(default_factory=dict)  #: of L, per phase

    @cached_property
    def total_dissipation(self) -> float:
        """Sum over all phases and interfaces [W]."""
        return sum(self.dissipation.values()) + sum(self.interfaces.values())


def audit(problem: Any, books: Books) -> Audit:
    """Draw up the balances of a solved problem. Collective."""
    out = amounts(problem, books)
    _energy(problem, books, out)
    out.smallest_eigenvalue = {b.name: smallest_eigenvalue(problem, b) for b in problem.phases}
    return out


def amounts(problem: Any, books: Books) -> Audit:
    """The balances of species and charge alone: in - out - stored + produced. Collective."""
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
    largest = max((sum(map(abs, t)) for t in terms.values()), default=0.0)
    for i in names:
        out.imbalance[i] = _relative(terms[i], floor=STILL * largest)
    charges = [charge_in(books, s) for s in outer]
    for b in problem.phases:
        charges += [z * n for i, z in b.state.charges.items() for n in _storing(books, b, i)]
    out.charge_imbalance = _relative(charges, floor=STILL * largest)
    return out


def charge_in(books: Books, site: Site) -> float:
    """Charge entering at an outer site, in moles per second: by ions, or by its metal's wire."""
    metal = site.blocks[1]
    if metal is not None:
        part = books.parts[f"site {books.sites.index(site)}", metal.name]
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
    for (what, name), part in books.parts.items():
        block = problem.blocks[name]
        if species in block.component and what == "storage":
            rates += _storing(books, block, species)
        elif species in block.component and (what == "sources" or what.startswith("amount of")):
            rates.append(-books.into(block, part, species))
    return rates


def _storing(books: Books, block: Any, species: str) -> list[float]:
    """What places that gain and places that lose take from the balance of a species [mol/s]."""
    part = books.parts.get(("storage", block.name), np.zeros(block.local))
    return [-books.into(block, clip(part, 0.0), species) for clip in (np.maximum, np.minimum)]


def _relative(terms: list[float], floor: float = 0.0) -> float:
    size = max(sum(abs(t) for t in terms), floor)
    return abs(sum(terms)) / size if size else 0.0


def _energy(problem: Any, books: Books, out: Audit) -> None:
    for (what, name), part in books.parts.items():
        if what == "bulk":
            out.dissipation[name] = books.power(name, part)
        elif what in ("sources", "storage"):
            out.stored[f"{what} in {name}"] = books.power(name, part)
    for k, site in enumerate(problem.sites):
        taken = [books.power(n, part) for (w, n), part in books.parts.items() if w == f"site {k}"]
        if taken:
            heat = _heat(problem, site, sum(taken))
            out.interfaces[site.where] = out.interfaces.get(site.where, 0.0) + heat
            out.stored[site.where] = out.stored.get(site.where, 0.0) + sum(taken) - heat
    out.power_in = _outer_power(problem, books)
    spent = [*out.dissipation.values(), *out.interfaces.values(), *out.stored.values()]
    size = max([abs(out.power_in), *(abs(p) for p in spent)], default=0.0)
    out.energy_imbalance = abs(out.power_in - sum(spent)) / size if size else 0.0


def _heat(problem: Any, site: Site, taken: float) -> float:
    """Dissipation of a law [W]: its own word, or all that its Transfers take up."""
    density = getattr(site.law, "dissipation", None)
    if density is None:
        return taken
    form = dx.compile_form(density(*site.states) * site.measure, problem.maps)
    return dx.integrate(form, problem.domain.comm)


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
        (isinstance(c, Equal) and c.field == species)
        or (isinstance(c, Pin) and (species in (c.concentrations or {}) or metal))
        for c in site.constraints
    )
