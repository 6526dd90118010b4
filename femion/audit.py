"""The audit of a solution: what enters, what leaves, what is dissipated."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .books import Books
from .calorimetry import Heat, calorimetry
from .diagnose import smallest_eigenvalue
from .forms import affinity_heat, friction
from .heating import moves
from .laws.base import Pin
from .mixing import numerical_mixing
from .placement import Site
from .power import owner
from .thermo import C_REF, T_REF
from .units import R

Floats = npt.NDArray[np.float64]

#: A species whose throughput is below this share of the largest one counts as standing still.
STILL = 1e-9


@dataclass
class Audit:
    """Balances of a solution. Flows in mol/s, currents in A, power in W; per metre in 2D."""

    flows: dict[str, dict[str, float]] = field(default_factory=dict)  #: boundary -> species -> in
    #: species -> |sum of flows|/sum of |flows|
    imbalance: dict[str, float] = field(default_factory=dict)
    charge_imbalance: float = 0.0
    #: phase -> bulk dissipation -N_i . grad mu~_i, that is T times entropy where T is uniform
    dissipation: dict[str, float] = field(default_factory=dict)
    interfaces: dict[str, float] = field(default_factory=dict)  #: site -> dissipation of its law
    reactions: dict[str, float] = field(default_factory=dict)  #: phase -> dissipation of its own
    #: phase -> species -> made by the phase's reactions
    produced: dict[str, dict[str, float]] = field(default_factory=dict)
    #: site -> free energy its reactions store
    stored: dict[str, float] = field(default_factory=dict)
    power_in: float = 0.0
    energy_imbalance: float = 0.0  #: |in - all that is spent or stored| over the largest
    smallest_eigenvalue: dict[str, float] = field(default_factory=dict)  #: of L, per phase
    heat: Heat | None = None  #: balance of heat, where a phase has a HeatBalance
    #: phase -> species that its solvent carries -> share of its mixing that the stabilisation does
    numerical_mixing: dict[str, dict[str, float]] = field(default_factory=dict)

    @cached_property
    def total_dissipation(self) -> float:
        """Sum over all phases, their reactions and interfaces [W]."""
        parts = (self.dissipation, self.reactions, self.interfaces)
        return sum(sum(part.values()) for part in parts)


def audit(problem: Any, books: Books) -> Audit:
    """Draw up the balances of a solved problem. Collective."""
    out = amounts(problem, books)
    _energy(problem, books, out)
    out.heat = calorimetry(problem, books)
    out.numerical_mixing = numerical_mixing(problem)
    out.smallest_eigenvalue = {b.name: smallest_eigenvalue(problem, b) for b in problem.phases}
    return out


def amounts(problem: Any, books: Books) -> Audit:
    """The balances of species and charge alone: in - out - stored + produced. Collective."""
    out = Audit()
    outer = [s for s in problem.sites if not s.interface]
    inner = [s for s in problem.sites if s.interface]
    names = list(dict.fromkeys(i for b in problem.phases for i in b.species))
    for site in outer:
        flows = out.flows.setdefault(site.where, {})
        for i in site.blocks[0].species:
            flows[i] = flows.get(i, 0.0) + books.entering(site, i)
    produced = {i: _produced(problem, books, inner, i) for i in names}
    terms = {i: [f[i] for f in out.flows.values() if i in f] + produced[i] for i in names}
    largest = max([_turnover(problem, books), *(sum(map(abs, t)) for t in terms.values())])
    for i in names:
        out.imbalance[i] = _relative(terms[i], floor=STILL * largest)
    charges = [charge_in(books, s) for s in outer]
    for b in problem.phases:
        charges += [z * n for i, z in b.state.charges.items() for n in _storing(books, b, i)]
        if b.phase.reactions:
            out.produced[b.name] = {i: books.made("reactions", b, i) for i in b.species}
    out.charge_imbalance = _relative(charges, floor=STILL * largest)
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
        if species in block.component and what == "storage":
            rates += _storing(books, block, species)
        elif species in block.component and inside:
            rates.append(books.made(what, block, species))
    return rates


def _storing(books: Books, block: Any, species: str) -> list[float]:
    """What places that gain and places that lose take from the balance of a species [mol/s]."""
    part = books.parts.get(("storage", block.name), np.zeros(block.local))
    return [-books.into(block, clip(part, 0.0), species) for clip in (np.maximum, np.minimum)]


def _turnover(problem: Any, books: Books) -> float:
    """What diffusion moves [mol/s] in reacting or unevenly warm phases, which may be at rest."""
    active = (b for b in problem.phases if b.phase.reactions or dx.varies(b.state.T))
    most = (max(problem.composition[b.name].values()) for b in active)
    return books.scale * max(most, default=0.0) / C_REF


def _relative(terms: list[float], floor: float = 0.0) -> float:
    size = max(sum(abs(t) for t in terms), floor)
    return abs(sum(terms)) / size if size else 0.0


def _energy(problem: Any, books: Books, out: Audit) -> None:
    motion: dict[str, float] = {}
    for (what, name), part in books.parts.items():
        if what == "bulk":
            out.dissipation[name] = books.power(name, part)
        elif what in ("sources", "storage", "convection", "stabilisation"):
            out.stored[f"{what} in {name}"] = books.power(name, part)
        elif what == "momentum":
            motion[name] = books.power(name, part)
        elif what == "reactions":
            form = dx.compile_form(affinity_heat(problem, problem.blocks[name]), problem.maps)
            out.reactions[name] = dx.integrate(form, books.comm)
            out.stored[f"reactions in {name}"] = books.power(name, part) - out.reactions[name]
    for k, site in enumerate(problem.sites):
        if moves(site) or site.accumulates:
            parts = books.parts.items()
            own = [p for p in parts if p[0][0] == f"site {k}" and owner(problem, p[0][1]) is None]
            taken = [books.power(n, part) for (_, n), part in own]
            heat = _heat(problem, site, sum(taken))
            out.interfaces[site.where] = out.interfaces.get(site.where, 0.0) + heat
            out.stored[site.where] = out.stored.get(site.where, 0.0) + sum(taken) - heat
    _mechanical(problem, motion, out)
    out.power_in = _outer_power(problem, books) + _traction_power(problem, books)
    spent = [out.total_dissipation, *out.stored.values()]
    floor = STILL * _turnover(problem, books) * R * T_REF
    size = max([abs(out.power_in), floor, *(abs(p) for p in spent)])
    out.energy_imbalance = abs(out.power_in - sum(spent)) / size if size else 0.0


def _mechanical(problem: Any, motion: dict[str, float], out: Audit) -> None:
    """Where the power of flows goes; what ions lose to the solvent by drag it gains by force.

    Under Coulomb's force that exchange adds up to nothing, whatever the mesh.
    """
    for block in problem.flowing:
        heat = dx.integrate(
            dx.compile_form(friction(problem, block), problem.maps), block.mesh.comm
        )
        work = sum(motion[f.name] for f in (block.flow.velocity, block.flow.pressure)) - heat
        out.dissipation[f"flow of {block.name}"] = heat
        exchange = f"convection in {block.name}"
        out.stored[exchange] = out.stored.get(exchange, 0.0) + work


def _traction_power(problem: Any, books: Books) -> float:
    """Work on flows through their boundaries [W]: at held velocities and by pressures."""
    held, total = problem.numbering.row < 0, 0.0
    for block in problem.flowing:
        for f in (block.flow.velocity, block.flow.pressure):
            total += books.power(f.name, books.total[f.name] * held[problem.span[f.name]])
            for (what, name), part in books.parts.items():
                if name == f.name and what.startswith("site "):
                    total -= books.power(name, part)
    return total


def _heat(problem: Any, site: Site, taken: float) -> float:
    """Dissipation of a law [W]: its own word, or all that its Transfers take up."""
    density = getattr(site.law, "dissipation", None)
    value = density(*site.states) if density else None
    if value is None:
        return taken
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
