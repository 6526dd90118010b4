"""What a phase stores: the one term that a transient has and a steady state has not."""

from typing import Any

import ufl
from dolfinx import fem

from .fields import Fields


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
        self.states = {
            b.name: (fem.Function(b.V), fem.Function(b.V)) for b in problem.phases if stores(b)
        }

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


def storage(problem: Any, block: Fields) -> Any:
    """Theta dc_i/dt of every species, theta the porosity of the phase."""
    dV = ufl.Measure("dx", block.mesh, metadata={"quadrature_degree": problem.quadrature})
    clock, form = problem.clock, 0
    for i in block.species:
        now = block.state.c[i]
        last, before = (ufl.replace(now, {block.u: f}) for f in clock.states[block.name])
        rate = clock.fresh * (now - last) + clock.past * (last - before)
        form += block.phase.porosity * rate * block.row(i) / problem.flux_scale * dV
    return form
