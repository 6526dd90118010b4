"""The books of a solution: residual contributions, and sums over them.

Everything is read off the residual the solver drove to zero, tested with 1 (amounts) or with
the electrochemical potentials themselves (power), so no flux is written a second time and the
balances close to solver tolerance (physics.md section 7).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .forms import row_scale
from .laws.base import Equal, Hold, Pin
from .placement import Site
from .power import power

Floats = npt.NDArray[np.float64]


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
        return float(self.comm.allreduce(local)) * self._unit(block, species)

    def made(self, what: str, block: Any, species: str) -> float:
        """Gain of a phase by one of its own contributions [mol/s]."""
        return -self.into(block, self.parts[what, block.name], species)

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
        found = self.problem.programme or (control is not None and control.held() is None)
        return 2 if control is None else int(found), key[0]

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
        """`power` of a contribution to a block [W]."""
        return power(self.problem, name, residual)


def constrains(site: Site, species: str, side: int) -> bool:
    """Whether a constraint at this site lets the species cross."""
    block = site.blocks[side]
    metal = block is not None and not block.closure.own_row and species in block.species
    return any(
        (isinstance(c, Equal | Hold) and c.field == species)
        or (isinstance(c, Pin) and (species in (c.concentrations or {}) or metal))
        for c in site.constraints
    )
