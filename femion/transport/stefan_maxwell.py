"""Stefan-Maxwell friction between every pair of species, the solvent included."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import R, positive, valued
from .base import Matrix, pairs

SOLVENT = "solvent"


@dataclass(frozen=True)
class StefanMaxwell:
    """L = diag(c) M^-1 diag(c), M_ii = sum_k K_ik, M_ij = -K_ij, K_ij = RT c_i c_j/(c_T D_ij).

    `D` {"Na+,Cl-": D_ij, "Na+,solvent": D_i0} [m2/s] for every pair of species and of every
    species with the solvent, numbers or functions of the State; `solvent` is the solvent
    concentration c_0 [mol/m3], a number or a function of the State (lambda s: 40.0 - s.c["A"] in
    a gas), and c_T = c_0 + sum_i c_i. L and the fluxes are those of the solvent frame (Newman,
    Electrochemical Systems, ch. 12); `transport.frames` has the others. A pair of ions not given
    does not rub (1/D_ij = 0).
    """

    D: Mapping[Any, Any]
    solvent: float | Callable[[Any], Any] = 55345.0

    def __post_init__(self) -> None:
        D = {k: positive(v, "m^2/s", f"D[{k!r}] of StefanMaxwell") for k, v in self.D.items()}
        object.__setattr__(self, "D", D)
        c0 = positive(self.solvent, "mol/m^3", "solvent of StefanMaxwell")
        object.__setattr__(self, "solvent", c0)

    def check(self, species: Sequence[Any]) -> None:
        """Each species must rub on the solvent; each pair at most once."""
        names = [s.name for s in species]
        given = pairs(self.D, [*names, SOLVENT], "D of StefanMaxwell")
        for i in names:
            if (i, SOLVENT) not in given and (SOLVENT, i) not in given:
                raise InputError(f"diffusion coefficient of {i!r} with the solvent is missing")
        for (i, j), value in given.items():
            if i == j:
                raise InputError(f"D[{i},{i}] of StefanMaxwell: a species has no self-friction")
            if given.get((j, i), value) != value:
                raise InputError(f"D[{i},{j}] and D[{j},{i}] of StefanMaxwell differ")

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)], from G = diag(c)^-1 M so that no concentration is divided by."""
        names = list(s.c)
        given = pairs(self.D, [*names, SOLVENT], "D")
        c = {**s.c, SOLVENT: valued(self.solvent, s)}
        c_total = sum(c.values())
        RT = R * s.T

        def rub(i: str, j: str) -> Any:
            D = given.get((i, j), given.get((j, i)))
            return 0.0 if D is None or i == j else RT * c[j] / (c_total * valued(D, s))

        G = [[sum(rub(i, k) for k in c) if i == j else -rub(i, j) for j in names] for i in names]
        inverse = invert(G)
        n = range(len(names))
        L = [[c[names[i]] * inverse[i][j] for j in n] for i in n]
        # symmetric by construction of M; taking one triangle makes it so to the last bit
        return [[L[min(i, j)][max(i, j)] for j in n] for i in n]


def invert(A: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Inverse of a small matrix of expressions by Gauss-Jordan elimination without pivoting.

    Safe for diagonally dominant matrices, which friction matrices are.
    """
    n = len(A)
    rows = [[*row, *(1.0 if i == j else 0.0 for j in range(n))] for i, row in enumerate(A)]
    for k in range(n):
        pivot = rows[k][k]
        rows[k] = [a / pivot if not _zero(a) else 0.0 for a in rows[k]]
        for i in range(n):
            factor = rows[i][k]
            if i != k and not _zero(factor):
                rows[i] = [
                    a if _zero(b) else a - factor * b for a, b in zip(rows[i], rows[k], strict=True)
                ]
    return [row[n:] for row in rows]


def _zero(x: Any) -> bool:
    return isinstance(x, float) and x == 0.0
