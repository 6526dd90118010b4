"""A table of L_ij over composition, symmetric and positive semidefinite between its points too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from itertools import combinations_with_replacement, pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import ufl

from ..errors import InputError
from ..units import F, is_function, si
from .base import Matrix, every, pairs
from .checks import admissible

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tabulated:
    """L = diag(sqrt c) C C^T diag(sqrt c), C(x) piecewise linear in the concentration x.

    `grid` {species: concentrations [mol/m3] at the points of the table} for every species; the
    first one named is the coordinate x and increases. `L` {("Li+", "Li+"): values [mol2/(J m s)]}
    at these points; a pair may be given once or in both orders, and pairs not given are 0.
    C is the symmetric square root of diag(c)^-1/2 L diag(c)^-1/2, so the table is met at its
    points, symmetry and the second law hold between them whatever the numbers, and the order of
    the species does not matter. Beyond its ends C is constant (L_ij ~ sqrt(c_i c_j)). The table
    is one line through composition space: beside it only sqrt(c_i c_j) follows the state.
    A table of the same size compiles nothing new.
    """

    grid: InitVar[Mapping[str, Sequence[Any]]]
    L: InitVar[Mapping[Any, Sequence[Any]]]
    knots: Sequence[float] = field(init=False)  #: x [mol/m3]
    factors: Mapping[Any, Sequence[float]] = field(init=False)  #: C_ij at the knots
    species: tuple[str, ...] = field(init=False)

    def __post_init__(
        self, grid: Mapping[str, Sequence[Any]], L: Mapping[Any, Sequence[Any]]
    ) -> None:
        names = tuple(grid)
        c = np.array(
            [_column(grid[i], "mol/m^3", f"grid[{i!r}]", len(grid[names[0]])) for i in names]
        )
        if len(c[0]) < 2 or not np.all(np.diff(c[0]) > 0) or not np.all(c > 0):
            raise InputError(
                f"grid of Tabulated: two points or more, all concentrations above 0 and those of "
                f"{names[0]!r}, the first species, increasing; got {c[0].tolist()} mol/m3"
            )
        roots = [_root(A, ck) for A, ck in zip(_tensors(L, names, c), c.T, strict=True)]
        factors = {
            (names[i], names[j]): tuple(float(C[i, j]) for C in roots)
            for i, j in combinations_with_replacement(range(len(names)), 2)
        }
        object.__setattr__(self, "knots", tuple(float(x) for x in c[0]))
        object.__setattr__(self, "factors", factors)
        object.__setattr__(self, "species", names)

    @classmethod
    def from_molar_conductivity(
        cls,
        grid: Mapping[str, Sequence[Any]],
        Lambda: Mapping[Any, Sequence[Any]],
        charges: Mapping[str, int],
    ) -> Self:
        """From Lambda_ij = z_i z_j F^2 L_ij/x [S m2/mol], x the first species of the grid."""
        x = np.array([si(v, "mol/m^3", "grid of Tabulated") for v in next(iter(grid.values()))])
        for i in grid:
            if not charges.get(i):
                raise InputError(f"charges of Tabulated: {i!r} needs a charge number other than 0")
        L = {
            (i, j): np.array(_column(v, "S m^2/mol", f"Lambda[{i},{j}]", len(x)))
            * x
            / (charges[i] * charges[j] * F**2)
            for (i, j), v in pairs(Lambda, grid, "Lambda of Tabulated").items()
        }
        return cls(grid, L)

    @property
    def validity(self) -> dict[str, tuple[Any, Any]]:
        """{coordinate: (least, largest concentration of the table)} [mol/m3]."""
        return {self.species[0]: (self.knots[0], self.knots[-1])}

    def check(self, species: Sequence[Any]) -> None:
        """Every species of the medium has its concentrations in the grid."""
        every(species, dict.fromkeys(self.species), "grid of Tabulated")

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)]."""
        x, c, knots = s.c[self.species[0]], s.c, self.knots
        steps = list(pairwise(knots))
        ramps = [(ufl.min_value(ufl.max_value(x, a), b) - a) / (b - a) for a, b in steps]
        C = {}
        for (i, j), values in self.factors.items():
            rises = zip(values, values[1:], ramps, strict=False)
            C[i, j] = C[j, i] = values[0] + sum((b - a) * r for a, b, r in rises)

        def entry(i: str, j: str) -> Any:
            size = c[i] if i == j else ufl.sqrt(c[i] * c[j])
            return size * sum(C[i, k] * C[k, j] for k in s.w)

        upper = {frozenset(p): entry(*p) for p in combinations_with_replacement(s.w, 2)}
        return [[upper[frozenset((i, j))] for j in s.w] for i in s.w]


def _column(values: Sequence[Any], unit: str, what: str, n: int) -> list[float]:
    if is_function(values) or len(values) != n:
        raise InputError(f"{what} of Tabulated needs {n} values, one per point of the grid")
    return [float(si(v, unit, f"{what} of Tabulated")) for v in values]


def _tensors(given: Mapping[Any, Sequence[Any]], names: Sequence[str], c: Array) -> Iterator[Array]:
    """The checked tensor at each point of the grid."""
    n, m = len(names), c.shape[1]
    L, seen = np.zeros((m, n, n)), np.zeros((n, n), dtype=bool)
    for (a, b), values in pairs(given, names, "L of Tabulated").items():
        at = names.index(a), names.index(b)
        L[:, at[0], at[1]] = _column(values, "mol^2/(J m s)", f"L[{a},{b}]", m)
        seen[at] = True
    for i in range(n):
        if not seen[i, i]:
            raise InputError(f"L[{names[i]},{names[i]}] of Tabulated is missing")
    L = np.where(seen, L, np.swapaxes(L, 1, 2))
    for tensor, x in zip(L, c[0], strict=True):
        admissible(tensor, list(names), f"of Tabulated at {names[0]} = {x:.4g} mol/m3")
        yield tensor


def _root(L: Array, c: Array) -> Array:
    """Symmetric square root of the tensor scaled by concentrations."""
    d = np.sqrt(c)
    values, vectors = np.linalg.eigh(L / np.outer(d, d))
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
