"""Is L symmetric and positive semidefinite? Probed before anything is solved.

The Onsager reciprocal relations and the second law hold for any admissible model; what the
user typed is evaluated at plain numbers and refused with the pair and the value otherwise.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..thermo.integrability import ROUNDING, integrable
from ..thermo.state import State, from_composition
from ..units import as_number
from .base import scalar_rows


def evaluate(phase: Any, c: Mapping[str, float], phi: float = 0.0) -> npt.NDArray[np.float64]:
    """L [mol2/(J m s)] of an unbound phase at concentrations c [mol/m3], shape (n, n).

    The mean over the directions where L depends on them.
    """
    rows = phase.medium.transport.onsager(numeric(phase, c, phi))
    L = _plain(scalar_rows(rows))
    if L.ndim < 2 or (d := len(L) // len(rows)) == 1:
        return L
    n = len(rows)
    return np.asarray(np.einsum("ikjk->ij", L.reshape(n, d, n, d)) / d)


def _plain(rows: Any) -> npt.NDArray[np.float64]:
    return np.array([[as_number(L) for L in row] for row in rows])


def numeric(phase: Any, c: Mapping[str, float], phi: float = 0.0) -> State:
    """A State of plain numbers: an unbound phase at concentrations c [mol/m3] and phi [V]."""
    return from_composition(phase, c, phi)


def admissible(L: npt.NDArray[np.float64], names: list[str], where: str) -> None:
    """Raise InputError unless L is symmetric and positive semidefinite."""
    size = np.sqrt(np.outer(np.abs(np.diag(L)), np.abs(np.diag(L))))
    off = np.abs(L - L.T)
    if not np.all(np.isfinite(L)):
        i, j = np.argwhere(~np.isfinite(L))[0]
        raise InputError(f"L[{names[i]},{names[j]}] {where} is {L[i, j]}; it must be finite")
    if np.any(off > ROUNDING * np.maximum(size, np.abs(L).max() * 1e-6)):
        i, j = np.unravel_index(np.argmax(off), off.shape)
        raise InputError(
            f"Onsager tensor {where} is not symmetric: L[{names[i]},{names[j]}] = {L[i, j]:.6g}, "
            f"L[{names[j]},{names[i]}] = {L[j, i]:.6g} mol2/(J m s)"
        )
    scale = np.sqrt(np.maximum(np.abs(np.diag(L)), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(L / np.outer(scale, scale))
    if values[0] < -ROUNDING:
        i, j = np.argsort(-np.abs(vectors[:, 0]))[:2] if len(names) > 1 else (0, 0)
        raise InputError(
            f"Onsager tensor {where} has a negative eigenvalue: L[{names[i]},{names[j]}] = "
            f"{L[i, j]:.6g} mol2/(J m s) is too large beside its diagonal; the second law needs "
            "a positive semidefinite tensor"
        )


def probe(phase: Any, c: Mapping[str, float]) -> None:
    """Check L of a phase at composition c and with each species ten times rarer."""
    names = [s.name for s in phase.medium.species]
    medium, T = phase.medium, as_number(numeric(phase, c).T)
    integrable(medium.activity, medium.species, c, T, f"of phase {phase.name!r}")
    for thin in (None, *names):
        state = {i: c[i] * (0.1 if i == thin else 1.0) for i in names}
        text = ", ".join(f"{i} {v:.4g}" for i, v in state.items())
        rows = phase.medium.transport.onsager(numeric(phase, state))
        shape = (len(rows), *{len(row) for row in rows})
        if shape != (len(names), len(names)):
            raise InputError(
                f"Onsager tensor of phase {phase.name!r} has shape {shape}; "
                f"allowed: ({len(names)}, {len(names)}), one row per species"
            )
        L = _plain(scalar_rows(rows))
        d = len(L) // len(names)
        labels = names if d == 1 else [f"{i} along {k}" for i in names for k in "xyz"[:d]]
        admissible(L, labels, f"of phase {phase.name!r} at c = {text} mol/m3")
