"""Vectors of a solution in the midpoints of cells: fluxes, the current density, the velocity."""

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .transport.base import fluxes
from .units import F


def known(s: Any) -> list[str]:
    """Vectors that a phase's state has."""
    charged = any(z for z in s.charges.values())
    moves = s.velocity is not None
    return [*s.mu, *(["current"] if charged else []), *(["velocity"] if moves else [])]


def in_cells(solution: Any, block: Any, what: str) -> npt.NDArray[np.float64]:
    """A vector in the cells of a phase that this rank owns, shape (cells, 3).

    `what`: a species (its flux [mol/(m2 s)]), "current" [A/m2] or "velocity" [m/s].
    """
    with solution.active():
        form = dx.expression(
            _vector(block.state, what), dx.cell_centre(block.mesh), block.mesh.comm
        )
        value = form.eval(block.mesh, block.own_cells)
    dim = block.mesh.geometry.dim
    out = np.zeros((len(block.own_cells), 3))
    out[:, :dim] = value.reshape(len(out), dim)  # a rank may have no cell of it
    return out


def _vector(s: Any, what: str) -> Any:
    if what == "velocity":
        return s.velocity
    N = fluxes(s)
    if what == "current":
        return F * sum(s.charges[i] * n for i, n in N.items() if s.charges[i])
    return N[what]
