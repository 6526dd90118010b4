"""A matrix of conductivities, the charge form of the Onsager tensor (physics.md section 2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import F, convert, valued
from .base import Matrix, pairs


@dataclass(frozen=True)
class Conductivity:
    """L_ij = sigma_ij/(z_i z_j F^2), J_i = -sum_j sigma_ij grad V_j.

    `sigma` {("Na+", "Cl-"): S/m}: numbers or functions of the State. A pair may be given once
    or in both orders; given in both orders and different it is refused. Pairs not given are 0.
    """

    sigma: Mapping[Any, float | Callable[[Any], Any]]

    def __post_init__(self) -> None:
        convert(self, sigma="S/m")

    def check(self, species: Sequence[Any]) -> None:
        """Known, charged species; a symmetric matrix; a conductivity for each species."""
        names = [s.name for s in species]
        given = pairs(self.sigma, names, "sigma of Conductivity")
        for s in species:
            if s.z == 0:
                raise InputError(f"Conductivity cannot move the neutral species {s.name!r}")
            if (s.name, s.name) not in given:
                raise InputError(f"sigma of species {s.name!r} is missing in Conductivity")
        for (i, j), value in given.items():
            other = given.get((j, i), value)
            if other is not value and other != value:
                raise InputError(
                    f"sigma[{i},{j}] = {value} and sigma[{j},{i}] = {other} S/m differ; "
                    "an Onsager tensor is symmetric"
                )

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)]."""
        z = s.charges
        given = pairs(self.sigma, z, "sigma")

        def L(i: str, j: str) -> Any:
            value = given.get((i, j), given.get((j, i), 0.0))
            return valued(value, s) / (z[i] * z[j] * F**2)

        return [[L(i, j) for j in s.w] for i in s.w]
