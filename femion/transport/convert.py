"""One tensor, every way people write it: plain numpy, no mesh, no model.

The Onsager tensor L_ij [mol2/(J m s)] of n species in the solvent frame is the same as a matrix
of conductivities, as kappa, t+ and D/chi of a binary salt, and as Stefan-Maxwell coefficients.
Every function has its inverse here; a round trip loses no more than a few rounding errors times
the condition number of L scaled to a unit diagonal (physics.md section 2).
"""

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..units import F, R

Array = npt.NDArray[np.float64]
Charges = Sequence[int] | Array
EPS = float(np.finfo(float).eps)


class Newman(NamedTuple):
    """What is measured of a binary salt, as far as L knows it."""

    conductivity: float  #: kappa [S/m]
    transference_number: float  #: t+ of the cation [-]
    thermodynamic_diffusivity: float  #: D/chi [m2/s]; L knows only this quotient
    S: float  #: D c/(nu R T chi), the Onsager coefficient of the neutral salt [mol2/(J m s)]


# -- conductivities ---------------------------------------------------------------------------
def conductivity_matrix(L: npt.ArrayLike, z: Charges) -> Array:
    """sigma_ij = z_i z_j F^2 L_ij [S/m], shape (n, n)."""
    tensor, charge = _tensor(L, z)
    return F**2 * np.outer(charge, charge) * tensor


def onsager_from_conductivity(sigma: npt.ArrayLike, z: Charges) -> Array:
    """L_ij = sigma_ij/(z_i z_j F^2) [mol2/(J m s)]; InputError for a neutral species."""
    matrix, charge = _tensor(sigma, z)
    if not np.all(charge):
        raise InputError(
            f"z = {charge.tolist()}: a neutral species has no conductivity, so L does not follow"
        )
    return matrix / (F**2 * np.outer(charge, charge))


def ionic_conductivity(L: npt.ArrayLike, z: Charges) -> float:
    """Conductivity kappa = F^2 sum_ij z_i z_j L_ij [S/m]."""
    return float(conductivity_matrix(L, z).sum())


def transference_numbers(L: npt.ArrayLike, z: Charges) -> Array:
    """t_i = F^2 z_i sum_j z_j L_ij/kappa [-], shape (n,), sum 1; InputError if kappa is 0."""
    sigma = conductivity_matrix(L, z)
    kappa = sigma.sum()
    if not kappa > 0:
        raise InputError(f"conductivity = {kappa:g} S/m: no transference numbers without charge")
    return np.asarray(sigma.sum(axis=1) / kappa)


# -- Newman's binary salt ---------------------------------------------------------------------
def newman(L: npt.ArrayLike, z: Charges, c: float, T: float) -> Newman:
    """The numbers kappa, t+, D/chi and S of a binary salt.

    z of the cation, then of the anion; c of the salt [mol/m3]; T [K].
    S = z-^2 F^2 det L/(nu+^2 kappa), D/chi = S nu R T/c. Newman, Electrochemical Systems, ch. 12.
    """
    plus, minus = stoichiometry(z)
    tensor, charge = _tensor(L, z)
    kappa = ionic_conductivity(tensor, charge)
    t = float(transference_numbers(tensor, charge)[0])
    det = float(tensor[0, 0] * tensor[1, 1] - tensor[0, 1] * tensor[1, 0])
    S = float(charge[1] ** 2 * F**2 * det / (plus**2 * kappa))
    return Newman(kappa, t, S * (plus + minus) * R * T / c, S)


def onsager_from_newman(
    kappa: float, t_plus: float, D: float, chi: float, z: Charges, c: float, T: float
) -> Array:
    """L of a binary salt, shape (2, 2), cation first: the inverse of `newman`.

    L_ij = nu_i nu_j S + t_i t_j kappa/(z_i z_j F^2), S = D c/(nu R T chi); kappa [S/m], salt
    diffusion coefficient D [m2/s], chi = 1 + dln f/dln c [-], salt c [mol/m3], T [K].
    """
    nu, t = np.array(stoichiometry(z), dtype=float), np.array([t_plus, 1 - t_plus])
    charge = np.asarray(z, dtype=float)
    S = D * c / (nu.sum() * R * T * chi)
    return np.asarray(np.outer(nu, nu) * S + kappa * np.outer(t / charge, t / charge) / F**2)


def stoichiometry(z: Charges) -> tuple[int, int]:
    """(nu+, nu-) of the salt of a cation and an anion; InputError for anything else."""
    charges = [int(k) for k in z]
    if len(charges) != 2 or not charges[0] > 0 > charges[1]:
        raise InputError(f"z = {charges}; allowed: charge numbers of a cation, then of an anion")
    unit = gcd(*charges)
    return -charges[1] // unit, charges[0] // unit


# -- Stefan-Maxwell ---------------------------------------------------------------------------
def friction(L: npt.ArrayLike, c: npt.ArrayLike, solvent: float, T: float) -> Array:
    """Stefan-Maxwell D_ij [m2/s] of every pair, shape (n + 1, n + 1), index n the solvent.

    M = diag(c) L^-1 diag(c); K_ij = -M_ij, K_i0 = sum_j M_ij; D_ij = RT c_i c_j/(c_T K_ij) with
    c_T = solvent + sum c [mol/m3]. inf where nothing rubs: on the diagonal and where K_ij is zero
    to rounding. Negative coefficients, which concentrated solutions do have, are returned as
    they are. InputError if L is singular.
    """
    M, lost = _inverse(_square(L), "Onsager tensor")
    conc = _concentrations(c, len(M))
    M = np.outer(conc, conc) * M
    size = np.sqrt(np.outer(np.abs(np.diag(M)), np.abs(np.diag(M))))
    real = np.abs(M) > lost * size  # the diagonal always is
    ions = np.where(real & ~np.eye(len(M), dtype=bool), -M, 0.0)
    rest = np.diag(M) - ions.sum(axis=1)
    noise = lost * (size * real).sum(axis=1)
    K = np.pad(ions, (0, 1))
    K[:-1, -1] = K[-1, :-1] = np.where(np.abs(rest) > noise, rest, 0.0)
    every = np.append(conc, solvent)
    with np.errstate(divide="ignore"):
        D = R * T * np.outer(every, every) / (every.sum() * K)
    return np.asarray(np.where(K == 0.0, np.inf, D))


def onsager_from_friction(D: npt.ArrayLike, c: npt.ArrayLike, solvent: float, T: float) -> Array:
    """L of the solvent frame from Stefan-Maxwell D_ij: the inverse of `friction`, shape (n, n).

    L = diag(c) M^-1 diag(c) with M_ij = -K_ij, M_ii = sum_k K_ik, the solvent included. The
    diagonal of D is not read. InputError if D is not symmetric or nothing rubs on the solvent.
    """
    pairs = _square(D).copy()
    np.fill_diagonal(pairs, np.inf)
    if not np.allclose(1 / pairs, 1 / pairs.T, rtol=1e-10, atol=0):
        raise InputError("Stefan-Maxwell coefficients are not symmetric: D_ij = D_ji")
    conc = _concentrations(c, len(pairs) - 1)
    every = np.append(conc, solvent)
    K = R * T * np.outer(every, every) / (every.sum() * pairs)
    M = np.diag(K.sum(axis=1)) - K
    inverse, _ = _inverse(M[:-1, :-1], "friction matrix")
    return np.outer(conc, conc) * inverse


# -- small matrices ---------------------------------------------------------------------------
def condition(L: npt.ArrayLike) -> float:
    """Condition number of a tensor scaled to a unit diagonal; inf if it is singular."""
    tensor = _square(L)
    d = np.sqrt(np.abs(np.diag(tensor)))
    return float(np.linalg.cond(tensor / np.outer(d, d))) if np.all(d) else np.inf


def _inverse(A: Array, what: str) -> tuple[Array, float]:
    """Symmetric inverse through the scaled matrix, and the relative size of its rounding error."""
    kappa = condition(A)
    if not kappa < 0.01 / EPS:
        raise InputError(f"{what} is singular (condition number {kappa:.1e}); it has no inverse")
    d = np.sqrt(np.abs(np.diag(A)))
    inverse = np.linalg.inv(A / np.outer(d, d)) / np.outer(d, d)
    return 0.5 * (inverse + inverse.T), len(A) * EPS * kappa


def _square(A: npt.ArrayLike) -> Array:
    matrix = np.asarray(A, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"matrix of shape {matrix.shape}; allowed: one row and column per species")
    return matrix


def _tensor(A: npt.ArrayLike, z: Charges) -> tuple[Array, Array]:
    matrix, charge = _square(A), np.asarray(z, dtype=float)
    if charge.shape != (len(matrix),):
        raise InputError(f"{charge.size} charge numbers for a matrix of shape {matrix.shape}")
    return matrix, charge


def _concentrations(c: npt.ArrayLike, n: int) -> Array:
    values = np.asarray(c, dtype=float)
    if values.shape != (n,) or not np.all(values > 0):
        raise InputError(f"c = {values.tolist()} mol/m3; allowed: {n} concentrations above 0")
    return values
