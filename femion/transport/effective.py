"""Effective medium: any transport model slowed by a porous matrix, isotropic or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl

from ..errors import InputError
from ..units import positive, si
from .base import Matrix, Transport


@dataclass(frozen=True)
class Effective:
    """L = porosity tau^-1 L_free; tau is the tortuosity factor in D_eff = eps D/tau [-].

    `tortuosity` is a number, or a symmetric positive definite d x d matrix in a d-dimensional mesh
    ([[1.5, 0], [0, 4]]: slower along y). Of a matrix the upper triangle is read.
    """

    transport: Transport
    porosity: float
    tortuosity: Any = 1.0

    def __post_init__(self) -> None:
        porosity = positive(self.porosity, "", "porosity of Effective")
        object.__setattr__(self, "porosity", porosity)
        if isinstance(porosity, float) and porosity > 1:
            raise InputError(f"porosity of Effective = {porosity:g} must not exceed 1")
        tau, what = self.tortuosity, "tortuosity of Effective"
        if isinstance(tau, np.ndarray):
            tau = tau.tolist()
        tau = _matrix(tau, what) if isinstance(tau, list | tuple) else positive(tau, "", what)
        object.__setattr__(self, "tortuosity", tau)

    def check(self, species: Sequence[Any]) -> None:
        """Whatever the free medium demands; only one matrix may be anisotropic."""
        self.transport.check(species)
        inner: Any = self.transport
        while inner is not None and isinstance(self.tortuosity, tuple):
            if isinstance(getattr(inner, "tortuosity", None), tuple):
                raise InputError(
                    "tortuosity of Effective: a matrix inside a matrix has no symmetric product; "
                    "give one of them as a number"
                )
            inner = getattr(inner, "transport", getattr(inner, "ionic", None))

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)]; entries are d x d tensors if the tortuosity is."""
        factor = self.porosity * self._inverse(s)
        return [[factor * L for L in row] for row in self.transport.onsager(s)]

    def _inverse(self, s: Any) -> Any:
        tau = self.tortuosity
        if not isinstance(tau, tuple):
            return 1 / tau
        n = range(len(tau))
        d = getattr(s.x, "ufl_shape", (len(tau),))[0]
        if d != len(tau):
            raise InputError(
                f"tortuosity of Effective is {len(tau)} x {len(tau)} in a mesh of {d} dimensions"
            )
        return ufl.inv(ufl.as_tensor([[tau[min(i, j)][max(i, j)] for j in n] for i in n]))


def _matrix(rows: Sequence[Any], what: str) -> tuple[tuple[Any, ...], ...]:
    """Rows of floats; InputError unless 2 x 2 or 3 x 3, symmetric and positive definite."""
    d = len(rows)
    if d not in (2, 3) or any(not isinstance(r, list | tuple) or len(r) != d for r in rows):
        raise InputError(f"{what} = {rows}; allowed: a number, 2 x 2 or 3 x 3 numbers")
    tau = tuple(tuple(si(v, "", what) for v in row) for row in rows)
    if all(isinstance(v, float) for row in tau for v in row):
        plain = np.array(tau)
        if not np.allclose(plain, plain.T, rtol=1e-12, atol=0):
            raise InputError(f"{what} = {rows} is not symmetric")
        if not np.linalg.eigvalsh(plain)[0] > 0:
            raise InputError(f"{what} = {rows} is not positive definite")
    return tau
