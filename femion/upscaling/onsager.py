"""The Onsager tensor of a geometry whose regions are filled with media of several species."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..domain import mesh
from ..errors import InputError
from ..thermo import from_composition
from ..transport.base import scalar_rows
from ..transport.checks import admissible, numeric
from ..units import as_number
from .cell import Cell

Floats = npt.NDArray[np.float64]
BALANCED = 0.01  # RT; compositions are often given with three digits


@dataclass(frozen=True)
class Coupled:
    """N_i = -sum_j L_ij grad mu~_j of a whole cell.

    Attributes:
        species: Names, in the order of the rows.
        tensor: L_ij as d x d tensors, shape (n, n, d, d) [mol2/(J m s)].
        imbalance: Flows through the faces against the dissipation inside, relative [-].
    """

    species: tuple[str, ...]
    tensor: Floats
    imbalance: float = 0.0

    @property
    def mean(self) -> Floats:
        """L_ij, the mean over the directions, shape (n, n) [mol2/(J m s)]."""
        return np.asarray(np.einsum("ijkk->ij", self.tensor) / self.tensor.shape[2])

    def rows(self) -> list[list[Any]]:
        """L_ij as `UserTransport` takes it: UserTransport(lambda s: found.rows())."""
        import ufl

        return [[ufl.as_matrix(L.tolist()) for L in row] for row in self.tensor]


def onsager(geometry: Any, phases: Sequence[Any], degree: int = 2) -> Coupled:
    """L of a periodic cell at given compositions, from div(sum_j L_ij grad mu~_j) = 0.

    Linear response about equilibrium: mu~ is continuous between regions, and the means of its
    gradients are given. A species that a phase does not have does not move there.

    Args:
        geometry: Geometry, Domain or mesh file of a periodic cell.
        phases: Phase objects with `initial` concentrations of all their species, in equilibrium
            with each other; their closure and laws play no role. Other regions are inert.
        degree: Of the elements, 1 or 2.

    Raises:
        InputError: A composition is missing or not in equilibrium with that of another phase, L is
            not positive definite, or the mesh is not periodic.
    """
    domain = mesh(geometry)
    names = tuple(dict.fromkeys(s.name for p in phases for s in p.medium.species))
    dim = domain.tdim
    tensors = {name: np.zeros((len(names), dim, len(names), dim)) for name in domain.regions}
    compositions = [_composition(p) for p in phases]
    _equilibrium(phases, compositions)
    for phase, c in zip(phases, compositions, strict=True):
        place = [names.index(s.name) for s in phase.medium.species]
        domain.region_cells(phase.regions)  # refuses unknown names
        for region in phase.regions:
            tensors[region][np.ix_(place, range(dim), place, range(dim))] = _local(phase, c, dim)
    cell = Cell(domain, tensors, degree)
    n, (means, off) = len(names), cell.means(cell.periodic())
    cell.close()
    return Coupled(names, means.reshape(n, dim, n, dim).transpose(0, 2, 1, 3), off)


def _composition(phase: Any) -> dict[str, float]:
    for s in phase.medium.species:
        if not isinstance(phase.initial.get(s.name), float):
            raise InputError(
                f"initial {s.name!r} of Phase {phase.name!r} is not a number; an effective Onsager "
                "tensor needs one concentration of each species"
            )
    return {s.name: phase.initial[s.name] for s in phase.medium.species}


def _local(phase: Any, c: Mapping[str, float], dim: int) -> Floats:
    """Shape (n, d, n, d)."""
    rows = scalar_rows(phase.medium.transport.onsager(numeric(phase, c)))
    L = np.array([[as_number(v) for v in row] for row in rows])
    n = len(c)
    L = np.kron(L, np.eye(dim)) if len(L) == n else L
    if len(L) != n * dim:
        raise InputError(f"L of Phase {phase.name!r} has other dimensions than the mesh ({dim})")
    labels = [f"{i} along {k}" for i in c for k in "xyz"[:dim]]
    admissible(L, labels, f"of phase {phase.name!r}")
    size = np.sqrt(np.outer(np.diag(L), np.diag(L)))
    if not np.linalg.eigvalsh(L / np.where(size > 0, size, 1.0))[0] > 1e-12:
        raise InputError(
            f"L of Phase {phase.name!r} is singular; allowed: every species moves by itself"
        )
    return np.asarray(L.reshape(n, dim, n, dim))


def _equilibrium(phases: Sequence[Any], compositions: Sequence[Mapping[str, float]]) -> None:
    """Refuse phases between which some mu~_i differ by more than z_i times one potential."""
    base = from_composition(phases[0], compositions[0])
    for phase, c in zip(phases[1:], compositions[1:], strict=True):
        state = from_composition(phase, c)
        shared = [i for i in c if i in base.w]
        z = np.array([float(state.charges[i]) for i in shared])
        jump = np.array([as_number(state.w[i]) - as_number(base.w[i]) for i in shared])
        shift = float(z @ jump / (z @ z)) if z.any() else 0.0
        for i, left in zip(shared, jump - shift * z, strict=True):
            if abs(left) > BALANCED:
                raise InputError(
                    f"Phase {phase.name!r} is not in equilibrium with {phases[0].name!r}: mu~ of "
                    f"{i} differs by {left:.3g} RT at any potential; allowed: below {BALANCED:g} RT"
                )
