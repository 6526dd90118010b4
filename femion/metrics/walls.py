"""Concentration polarisation along a wall of a flow: modulus, transfer coefficient, film."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from mpi4py import MPI

from ..errors import InputError, unknown
from ..transport.base import conduction, convection
from .local import along, slabs

Array = npt.NDArray[np.float64]
Pieces = int | Sequence[float] | Array


@dataclass(frozen=True)
class Polarisation:
    """What a species does along a wall, facet by facet in the order of x (SI units)."""

    x: Array  #: middles of the facets [m]
    area: Array  #: of the facets [m2], in 2D [m]
    wall: Array  #: concentration at the wall c_w [mol/m3]
    bulk: Array  #: cup-mixed concentration c_b at the same x [mol/m3]
    flux: Array  #: j, towards the wall by diffusion and migration alone [mol/(m2 s)]
    solvent: Array  #: J_v, towards the wall [m/s]

    @property
    def modulus(self) -> Array:
        """c_w/c_b [-]."""
        return self.wall / self.bulk

    @property
    def mean(self) -> float:
        """Mean modulus over the wall [-]."""
        return float(self.area @ self.modulus / self.area.sum())

    @property
    def largest(self) -> float:
        """Largest modulus [-]."""
        return float(self.modulus.max())

    @property
    def numbers(self) -> dict[str, float]:
        """What a table has of it: mean and largest modulus, and k of the means."""
        k = self.mean_coefficient
        return {"mean [-]": self.mean, "largest [-]": self.largest, "coefficient [m/s]": k}

    @property
    def coefficient(self) -> Array:
        """Mass-transfer coefficient k = j/(c_b - c_w) [m/s]; NaN where there is no difference."""
        gap = self.bulk - self.wall
        return self.flux / np.where(np.abs(gap) > 1e-12 * self.bulk, gap, np.nan)

    @property
    def mean_coefficient(self) -> float:
        """Mean of j over that of c_b - c_w [m/s]."""
        return float(self.area @ self.flux / (self.area @ (self.bulk - self.wall)))

    def sherwood(self, length: float, diffusivity: float) -> tuple[Array, float]:
        """Sh = k d_h/D, (local, mean) [-]; d_h [m], D [m2/s] of the salt."""
        share = length / diffusivity
        return share * self.coefficient, share * self.mean_coefficient

    def film(self, diffusivity: float) -> tuple[Array, float]:
        """Thickness of the equivalent stagnant film D/k, (local, mean) [m]."""
        return diffusivity / self.coefficient, diffusivity / self.mean_coefficient


def polarisation(
    solution: Any, where: str, species: str, side: str | None = None, pieces: Pieces = 60
) -> Polarisation:
    """Concentration polarisation of a species along a wall. Collective.

    The flux towards the wall is what the wall's law takes less c_w J_v, or, where the law holds
    a concentration, that of the state itself. The bulk is the mean of c weighted with the
    velocity along x over slabs of the phase (cup-mixing), linear between their middles: `pieces`
    is their number or their edges [m]. `side` names the phase at an interface. Raises InputError
    without a velocity.
    """
    site = solution.site(where)
    names = [b.name for b in site.blocks if b]
    phase = side or names[0]
    state = site.states[names.index(phase)]
    if state.velocity is None:
        raise InputError(f"polarisation at {where!r}: phase {phase!r} has no velocity")
    taken = [
        -t.rate * gains[species]
        for s in solution.sites(where)
        for t in s.transfers
        if species in (gains := (t.a, t.b)[names.index(phase)])
    ]
    carried = ufl.dot(convection(state)[species], state.n)
    j = sum(taken) - carried if taken else ufl.dot(conduction(state)[species], state.n)
    wanted = {
        "wall": lambda s: s.c[species],
        "flux": lambda s: j,
        "solvent": lambda s: ufl.dot(s.velocity, s.n),
    }
    local = along(solution, where, wanted, phase)
    bulk = cup_mixed(solution, phase, species, pieces)
    mixed = np.interp(local["x"], *bulk)
    found = {k: local[k] for k in ("x", "area", *wanted)}
    return Polarisation(bulk=mixed, **found)


def cup_mixed(solution: Any, phase: str, species: str, pieces: Pieces = 60) -> tuple[Array, Array]:
    """(x [m], cup-mixed concentration [mol/m3]): int c u_x dV/int u_x dV over slabs. Collective.

    Slabs without cells of their own are left out.
    """
    edges = _even(solution, phase, pieces) if isinstance(pieces, int) else pieces
    sums = slabs(
        solution,
        phase,
        edges,
        {"carried": lambda s: s.c[species] * s.velocity[0], "volume": lambda s: s.velocity[0]},
    )
    full = sums["volume"] != 0
    return sums["x"][full], sums["carried"][full] / sums["volume"][full]


def _even(solution: Any, phase: str, count: int) -> Array:
    """Edges of equal slabs over a phase."""
    block = next((b for b in solution.problem.phases if b.name == phase), None)
    if block is None:
        raise unknown("phase", phase, [b.name for b in solution.problem.phases])
    x = block.node_x[:, 0]
    ends = np.array([-x.min(initial=np.inf), x.max(initial=-np.inf)])
    solution.comm.Allreduce(MPI.IN_PLACE, ends, MPI.MAX)
    return np.linspace(-ends[0], ends[1], count + 1)
