"""What a phase stores: the one term that a transient has and a steady state has not."""

from typing import Any

import ufl
from dolfinx import fem

from . import _dolfinx as dx
from .fields import Fields
from .forms import row_scale
from .laws.base import Transfer
from .placement import Site
from .units import valued


class Clock:
    """Time of a transient problem, its last two states, and how differences of them make d/dt.

    dc/dt = fresh (c - c_last) + past (c_last - c_before), both factors Constants [1/s]: no step
    compiles anything, and because c itself is differenced an amount changes by nothing but what
    crosses a boundary.
    """

    def __init__(self, problem: Any) -> None:
        mesh = problem.domain.mesh
        self.time = 0.0  #: of the unknowns [s]
        self.fresh, self.past = fem.Constant(mesh, 1.0), fem.Constant(mesh, 0.0)
        blocks = problem.blocks.values()
        self.states = {b.name: (fem.Function(b.V), fem.Function(b.V)) for b in blocks}

    def advance(self, problem: Any) -> None:
        """The present unknowns become the last state."""
        problem.version += 1
        for name, (last, before) in self.states.items():
            before.x.array[:] = last.x.array
            last.x.array[:] = problem.blocks[name].u.x.array

    def snapshot(self) -> tuple[float, float, float, dict[str, list[Any]]]:
        """Time, factors and states as they are now."""
        states = {n: [f.x.array.copy() for f in fs] for n, fs in self.states.items()}
        return self.time, float(self.fresh), float(self.past), states

    def restore(self, snapshot: tuple[float, float, float, dict[str, list[Any]]]) -> None:
        """Go back to a snapshot."""
        self.time, self.fresh.value, self.past.value, states = snapshot
        for name, arrays in states.items():
            for f, array in zip(self.states[name], arrays, strict=True):
                f.x.array[:] = array


def stores(block: Fields) -> bool:
    """Whether a block's balances are of matter (an electronic conductor stores nothing)."""
    return bool(block.closure.own_row)


def momentum(block: Fields) -> Any:
    """Momentum per volume of a phase's flow [kg/(m2 s)]; None where none is kept."""
    return block.phase.flow.stored(block.state) if block.flow else None


def keeps(block: Fields) -> bool:
    """Whether a block stores anything, matter or heat."""
    return stores(block) or any(part.stored(block.state) for part in block.phase.parts)


def storage(problem: Any, block: Fields) -> dict[str, Any]:
    """Theta dc_i/dt of every species, theta the porosity, rho c_p dT/dt and rho du/dt by blocks."""
    forms = {}
    if keeps(block):
        forms[block.name] = _matter(problem, block)
    if (p := momentum(block)) is not None:
        flow = block.flow
        assert flow is not None
        dV = dx.volume(block.mesh, flow.rule)
        v = ufl.as_vector([block.row(i) for i in flow.velocity.component])
        rate = _rate(problem.clock, [flow.velocity], p)
        forms[flow.velocity.name] = ufl.inner(rate, v) / flow.scale("v_x") * dV
    return forms


def _matter(problem: Any, block: Fields) -> Any:
    dV = dx.volume(block.mesh, problem.quadrature)
    form = 0
    for name, rate in stored(problem, block).items():
        form += rate * block.row(name) / row_scale(problem, block, name) * dV
    return form


def stored(problem: Any, block: Fields) -> dict[str, Any]:
    """Rate of storage of every species [mol/(m3 s)], and of heat; nothing in a steady state."""
    if problem.clock is None:
        return {}
    s = block.state
    theta = valued(block.phase.porosity, s.x)
    kept = {i: (theta, s.c[i]) for i in block.species} if stores(block) else {}
    for part in block.phase.parts:
        kept |= part.stored(s)
    return {
        name: capacity * _rate(problem.clock, [block], value)
        for name, (capacity, value) in kept.items()
    }


def charging(problem: Any, site: Site) -> list[Transfer]:
    """The events by which a law's surface takes up or gives back what it stores."""
    if problem.clock is None:
        return []
    blocks = [b for b in site.blocks if b]
    return [t._replace(rate=_rate(problem.clock, blocks, t.rate)) for t in site.accumulates]


def _rate(clock: Clock, blocks: list[Fields], now: Any) -> Any:
    """d/dt of a function of some blocks' unknowns, by differences of itself."""
    pasts = zip(*(clock.states[b.name] for b in blocks), strict=True)
    last, before = (
        ufl.replace(now, dict(zip((b.u for b in blocks), past, strict=True))) for past in pasts
    )
    return clock.fresh * (now - last) + clock.past * (last - before)
