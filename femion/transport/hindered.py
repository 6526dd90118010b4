"""Hindered diffusion: any transport model in pores not much wider than its ions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl

from ..errors import InputError
from ..units import positive
from .base import Matrix, Transport, every

#: H(lambda) = 1 + 9/8 lambda ln lambda + sum_k a_k lambda^k of Dechadilok and Deen (2006).
DEEN = (-1.56034, 0.528155, 1.91521, -2.81903, 0.270788, 1.10115, -0.435933)


@dataclass(frozen=True)
class HinderedPore:
    """L_ij = sqrt(K_i K_j) L_ij(free): symmetric and positive semidefinite whenever L is.

    `K_d` diffusive hindrance D_pore/D_free of each species [-], above 0 and at most 1, for
    instance from `hindrance`. A dilute medium gets D_i -> K_i D_i; an ion pair's coupling keeps
    its share of sqrt(L_ii L_jj). Steric exclusion is no part of it: that is the standard potential
    -RT ln (1 - lambda)^2 of the medium (physics.md section 1).
    """

    transport: Transport
    K_d: Mapping[str, float]

    def __post_init__(self) -> None:
        given = {i: positive(K, "", f"K_d[{i!r}] of HinderedPore") for i, K in self.K_d.items()}
        for i, K in given.items():
            if isinstance(K, float) and K > 1:
                raise InputError(f"K_d[{i!r}] of HinderedPore = {K:g} must not exceed 1")
        object.__setattr__(self, "K_d", given)

    def check(self, species: Sequence[Any]) -> None:
        """A hindrance for every species, and whatever the free medium demands."""
        every(species, self.K_d, "K_d")
        self.transport.check(species)

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)]."""
        K = self.K_d
        rows = zip(s.w, self.transport.onsager(s), strict=True)
        return [
            [
                K[i] * L if i == j else ufl.sqrt(K[i] * K[j]) * L
                for j, L in zip(s.w, row, strict=True)
            ]
            for i, row in rows
        ]


def hindrance(radius_ratio: float) -> float:
    """K_d = H(lambda)/(1 - lambda)^2 of a hard sphere in a cylindrical pore, lambda = rs/rp [-].

    Averaged over the cross-section the sphere can reach; lambda from 0 to 0.95, InputError beyond.
    Dechadilok and Deen, Ind. Eng. Chem. Res. 45 (2006) 6953, eq. 16.
    """
    x = _ratio(radius_ratio, 0.95)
    log = 9 / 8 * x * float(np.log(x)) if x > 0 else 0.0
    H = 1 + log + sum(a * x**k for k, a in enumerate(DEEN, 1))
    return H / (1 - x) ** 2


def centreline_hindrance(radius_ratio: float) -> float:
    """K_d = 1 - 2.30 lambda + 1.154 lambda^2 + 0.224 lambda^3, of a sphere on the pore's axis.

    The fit of nanofiltration models, lambda from 0 to 0.8, InputError beyond. Bowen, Mohammad and
    Hilal, J. Membr. Sci. 126 (1997) 91.
    """
    x = _ratio(radius_ratio, 0.8)
    return 1 - 2.30 * x + 1.154 * x**2 + 0.224 * x**3


def convective_hindrance(radius_ratio: float) -> float:
    """K_c = (2 - Phi)(1 + 0.054 lambda - 0.988 lambda^2 + 0.441 lambda^3), Phi = (1 - lambda)^2.

    How fast a sphere on the pore's axis is carried along, over the mean velocity; for the
    `convective_hindrance` of a Medium. Lambda from 0 to 0.8, InputError beyond. Bandini and
    Vezzani, Chem. Eng. Sci. 58 (2003) 3303.
    """
    x = _ratio(radius_ratio, 0.8)
    return (2 - (1 - x) ** 2) * (1 + 0.054 * x - 0.988 * x**2 + 0.441 * x**3)


def _ratio(value: float, limit: float) -> float:
    if not 0 <= value <= limit:
        raise InputError(
            f"radius_ratio = {value:g}; allowed: 0 to {limit:g} (ion over pore radius)"
        )
    return float(value)
