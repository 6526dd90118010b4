"""A transport model of one's own: any function of the state."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import is_function, si
from .base import Matrix


@dataclass(frozen=True)
class UserTransport:
    """L = function(s): rows of numbers or UFL expressions in the order of the species.

    The function sees the State: s.c [mol/m3], s.T [K], s.phi [V], s.x [m], s.charges. Its matrix
    [mol2/(J m s)] must be symmetric and positive semidefinite; that is probed before a solve.
    """

    function: Callable[[Any], Any]

    def __post_init__(self) -> None:
        if not is_function(self.function):
            raise InputError(
                f"function of UserTransport = {self.function!r}; allowed: a function of the State"
            )
        object.__setattr__(self, "function", si(self.function, "mol^2/(J*m*s)", "L"))

    def check(self, species: Sequence[Any]) -> None:
        """Any species; what the function returns is checked where it is used."""

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)]; InputError unless it has one row and column per species."""
        rows = self.function(s)
        n = len(s.w)
        try:
            matrix = [list(row) for row in rows]
        except TypeError:
            matrix = []
        if len(matrix) != n or any(len(row) != n for row in matrix):
            shape = "x".join(str(k) for k in (len(matrix), *{len(row) for row in matrix}))
            raise InputError(
                f"function of UserTransport returned {shape or 'no'} entries; allowed: {n} x {n}, "
                f"one row and column for each of {', '.join(s.w)}"
            )
        return matrix
