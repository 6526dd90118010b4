"""Partition at a finite rate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ufl

from ..errors import InputError, unknown
from ..units import R, positive, valued
from .base import Equal, Transfer


@dataclass(frozen=True)
class Permeance:
    """N_i = P_i c_lm (mu~_i^a - mu~_i^b)/(RT), c_lm = (c_a - c_b)/ln(c_a/c_b)  [mol/(m2 s)].

    `permeances` P_i [m/s], numbers or functions (state a, state b); species that are not named
    are blocked. Between ideal solutions without a field N_i = P_i (c_a - c_b); as P_i grows the
    law tends to `Donnan`. Between Poisson phases phi is continuous.
    """

    where: str
    permeances: Mapping[str, Any]

    def __post_init__(self) -> None:
        given = {
            i: positive(P, "m/s", f"permeance of {i!r} at {self.where!r}")
            for i, P in self.permeances.items()
        }
        object.__setattr__(self, "permeances", given)
        if "|" not in self.where:
            raise InputError(f"where of Permeance = {self.where!r}; allowed: an interface 'a|b'")

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """One event per mole of each species."""
        shared = [i for i in a.w if i in b.w]
        for i, P in self.permeances.items():
            if i not in shared:
                raise unknown(f"species in Permeance({self.where!r})", i, shared)
            push = (a.mu[i] - b.mu[i]) / (R * a.T)
            yield Transfer(valued(P, a, b) * log_mean(a.c[i], b.c[i]) * push, {i: -1}, {i: +1})

    def constraints(self, a: Any, b: Any) -> Iterator[Equal]:
        """A continuous potential where both closures have one."""
        if a.closure.continuous and b.closure.continuous:
            yield Equal("phi")


def log_mean(p: Any, q: Any) -> Any:
    """(p - q)/ln(p/q), smooth through p = q."""
    x = ufl.ln(p / q) / 2
    near = ufl.lt(abs(x), 0.05)
    far = ufl.conditional(near, 1.0, x)
    series = 1 + x**2 / 6 * (1 + x**2 / 20 * (1 + x**2 / 42 * (1 + x**2 / 72)))
    return ufl.sqrt(p * q) * ufl.conditional(near, series, ufl.sinh(far) / far)
