"""Rows of unlike size, made alike for iterative solvers.

A membrane resists the solvent 1e10 times as much as viscosity does: residuals of the velocities on
it would hide all others from a tolerance that is relative to the whole.
"""

from typing import Any

import numpy as np
from mpi4py import MPI


class Balance:
    """s A x = s b with s = m/|diagonal| in rows above m, their geometric mean.

    `rows`: places of those that take part (velocities) among this rank's rows.
    """

    def __init__(self, rows: Any, comm: Any) -> None:
        self.rows, self.comm = rows, comm
        self.s: Any = None

    @classmethod
    def of(cls, system: Any) -> "Balance":
        """Of the velocities of a system."""
        return cls(system.sizes.groups[1], system.domain.comm)

    def apply(self, A: Any, *more: Any) -> None:
        """Scale the rows of a matrix, and of further ones, in place. Collective."""
        diagonal = A.getDiagonal()
        size = np.abs(diagonal.array_r[self.rows])
        good = size[size > 0]
        total = np.array([np.log(good).sum(), len(good)])
        self.comm.Allreduce(MPI.IN_PLACE, total, MPI.SUM)
        typical = np.exp(total[0] / max(total[1], 1.0))
        self.s = diagonal
        self.s.set(1.0)
        self.s.array_w[self.rows] = typical / np.maximum(size, typical)
        for matrix in (A, *more):
            matrix.diagonalScale(self.s, None)

    def scale(self, b: Any) -> None:
        """Scale a right-hand side in place."""
        b.pointwiseMult(b, self.s)

    def undo(self, b: Any) -> None:
        """Take that back."""
        b.pointwiseDivide(b, self.s)
