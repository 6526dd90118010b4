"""Do the activity coefficients derive from one free energy? Probed before anything is solved.

d mu_i/dc_j = d mu_j/dc_i is what Onsager's relations, the energy audit and a unique equilibrium
rest on. Derivatives are automatic, at plain numbers; nothing is fitted or solved.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from ..errors import InputError, unknown
from ..units import R, as_number
from .excess import Point

Array = npt.NDArray[np.float64]

ROUNDING = 1e-10  # relative; sums of a few products of doubles are good to 1e-15


def thermodynamic_matrix(
    activity: Any, species: Sequence[Any], c: Mapping[str, float], T: float
) -> Array:
    """d(mu_i/RT)/dc_j [m3/mol] of an unbound activity model at c [mol/m3] and T [K], shape (n, n).

    InputError for a composition or a species that the model cannot describe.
    """
    names = [s.name for s in species]
    charges = {s.name: s.z for s in species}
    plain = {i: float(c[i]) for i in names}
    activity.variable(plain, Point(plain, T, charges))  # refuses what is out of bounds
    v = {i: ufl.variable(plain[i]) for i in names}
    at = Point(v, T, charges)
    mu, excess = dict(activity.variable(v, at)), activity.excess(at)
    for i, value in excess.items():
        if i not in names:
            raise unknown(f"species in {type(activity).__name__}", i, names)
        mu[i] = mu[i] + value
    return np.array([[as_number(ufl.diff(mu[i], v[j])) for j in names] for i in names])


def integrable(
    activity: Any, species: Sequence[Any], c: Mapping[str, float], T: float, where: str
) -> None:
    """Raise InputError unless d mu_i/dc_j is symmetric at c and with each species ten times rarer.

    The bound is 1e-10 of the entry and of the ideal 1/sqrt(c_i c_j): sums of products of doubles
    are good to 1e-15, a model that is not a gradient misses by percents.
    """
    names = [s.name for s in species]
    for thin in (None, *names):
        state = {i: c[i] * (0.1 if i == thin else 1.0) for i in names}
        listed = ", ".join(f"{i} {v:.4g}" for i, v in state.items())
        text = f"{where} at c = {listed} mol/m3"
        values = np.array(list(state.values()))
        H = thermodynamic_matrix(activity, species, state, T)
        if not np.all(np.isfinite(H)):
            i, j = np.argwhere(~np.isfinite(H))[0]
            raise InputError(
                f"d mu[{names[i]}]/dc[{names[j]}] {text} is {H[i, j]}; it must be finite"
            )
        size = np.maximum(np.abs(H), np.abs(H.T)) + 1 / np.sqrt(np.outer(values, values))
        off = np.abs(H - H.T) / size
        if np.any(off > ROUNDING):
            i, j = np.unravel_index(np.argmax(off), off.shape)
            raise InputError(
                f"activity {text} derives from no free energy: d(mu/RT)[{names[i]}]/"
                f"dc[{names[j]}] = {H[i, j]:.6g}, d(mu/RT)[{names[j]}]/dc[{names[i]}] = "
                f"{H[j, i]:.6g} m3/mol; they must be equal"
            )


def stability(activity: Any, species: Sequence[Any], c: Mapping[str, float], T: float) -> float:
    """Smallest eigenvalue of d mu_i/dc_j [J m3/mol2]; negative inside a spinodal."""
    H = thermodynamic_matrix(activity, species, c, T)
    return float(R * T * np.linalg.eigvalsh((H + H.T) / 2)[0])
