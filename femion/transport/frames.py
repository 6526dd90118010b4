"""Reference frames: what moves depends on what stands still; what is dissipated does not.

A frame is its weights a_j, one per species with the solvent last, sum_j a_j c_j = 1: the frame
moves with u = sum_j a_j N_j, so fluxes in it obey sum_j a_j N_j = 0. Solvent: a = (0, .., 1/c_0);
mass (barycentric): a_j = M_j/rho; volume: a_j = V_j; molar: a_j = 1/c_T. In every frame

    N^a = P N,  L^a = P L P^T,  P = I - c a^T   (all species, the solvent included)

is symmetric, and with Gibbs-Duhem, sum_j c_j grad mu_j = 0, N^a = -L^a grad mu and the dissipation
grad mu . L^a grad mu are right in all of them. de Groot and Mazur, Non-Equilibrium Thermodynamics,
ch. XI. Transport models and fluxes of femion are in the solvent frame.
"""

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from .convert import Array

VOLUME = 0.01  # share of the volume that partial molar volumes may leave unfilled


def solvent_frame(c: npt.ArrayLike) -> Array:
    """Weights [m3/mol] of the frame in which the solvent, the last species, stands still."""
    conc = _all_species(c, "c")
    weights = np.zeros_like(conc)
    weights[-1] = 1 / conc[-1]
    return weights


def mass_frame(c: npt.ArrayLike, molar_mass: npt.ArrayLike) -> Array:
    """Weights [m3/mol] of the barycentric frame from molar masses [kg/mol], solvent last."""
    return _weighted(c, molar_mass, "molar masses")


def volume_frame(c: npt.ArrayLike, molar_volume: npt.ArrayLike) -> Array:
    """Weights [m3/mol] of the frame without volume flow from partial molar volumes [m3/mol].

    InputError unless they fill the volume, sum_j V_j c_j = 1, to one per cent.
    """
    volume = np.asarray(molar_volume, dtype=float)
    conc = _all_species(c, "c")
    weights = _weighted(conc, volume, "partial molar volumes")
    filled = float(volume @ conc)
    if abs(filled - 1) > VOLUME:
        raise InputError(
            f"partial molar volumes fill {filled:.4g} m3 of each m3; allowed: 1 to one per cent"
        )
    return weights


def molar_frame(c: npt.ArrayLike) -> Array:
    """Weights [m3/mol] of the frame without net molar flow."""
    conc = _all_species(c, "c")
    return _weighted(conc, np.ones_like(conc), "ones")


def to_frame(L: npt.ArrayLike, c: npt.ArrayLike, weights: npt.ArrayLike) -> Array:
    """L [mol2/(J m s)] of all n + 1 species in a frame.

    `L` is that of the n solutes in the solvent frame, or that of all species in any frame; `c`
    [mol/m3] holds the solvent last.
    """
    conc = _all_species(c, "c")
    tensor = np.asarray(L, dtype=float)
    if tensor.shape == (len(conc) - 1, len(conc) - 1):
        tensor = np.pad(tensor, (0, 1))
    if tensor.shape != (len(conc), len(conc)):
        raise InputError(f"L of shape {tensor.shape} for {len(conc)} species with the solvent")
    P = _projector(conc, weights)
    return np.asarray(P @ tensor @ P.T)


def to_solvent(L: npt.ArrayLike, c: npt.ArrayLike) -> Array:
    """L of the n solutes in the solvent frame from that of all species in any frame."""
    return to_frame(L, c, solvent_frame(c))[:-1, :-1]


def complete(L: npt.ArrayLike, weights: npt.ArrayLike) -> Array:
    """The solvent's row and column of a frame's L from the solutes', by sum_i a_i L_ij = 0."""
    solutes, a = np.asarray(L, dtype=float), np.asarray(weights, dtype=float)
    if solutes.shape != (len(a) - 1, len(a) - 1) or a[-1] == 0:
        raise InputError(f"L of shape {solutes.shape} for weights {a.tolist()} with the solvent")
    lift = np.vstack([np.eye(len(solutes)), -a[:-1] / a[-1]])
    return np.asarray(lift @ solutes @ lift.T)


def flux_in_frame(N: npt.ArrayLike, c: npt.ArrayLike, weights: npt.ArrayLike) -> Array:
    """N_i - c_i sum_j a_j N_j [mol/(m2 s)] of all species, the solvent last."""
    return np.asarray(_projector(_all_species(c, "c"), weights) @ np.asarray(N, dtype=float))


def _projector(c: Array, weights: npt.ArrayLike) -> Array:
    a = np.asarray(weights, dtype=float)
    if a.shape != c.shape or abs(a @ c - 1) > 1e-9:
        raise InputError("weights of a frame: one per species, and sum_j a_j c_j = 1")
    return np.eye(len(c)) - np.outer(c, a)


def _weighted(c: npt.ArrayLike, values: npt.ArrayLike, what: str) -> Array:
    conc, w = _all_species(c, "c"), np.asarray(values, dtype=float)
    if w.shape != conc.shape or not w @ conc > 0:
        raise InputError(f"{what} {w.tolist()}: one for each of {len(conc)} species, solvent last")
    return w / (w @ conc)


def _all_species(values: npt.ArrayLike, what: str) -> Array:
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or len(array) < 2 or not np.all(array > 0):
        raise InputError(f"{what} = {array.tolist()} mol/m3: species and solvent, each above 0")
    return array
