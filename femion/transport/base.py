"""The contract of a transport model, and the flux, written once.

A model has two methods. `check(species)` refuses, before anything is computed, a medium it
cannot describe. `onsager(s)` maps a State to the matrix L_ij [mol2/(J m s)] as a list of rows
in the order of the species; an entry may be a scalar or a spatial tensor (anisotropy).
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import ufl

from ..errors import InputError, unknown
from ..units import is_function

Matrix = Sequence[Sequence[Any]]


class Transport(Protocol):
    """What a transport model must provide."""

    def check(self, species: Sequence[Any]) -> None:
        """Raise InputError if this model cannot describe a medium of these species."""
        ...

    def onsager(self, s: Any) -> Matrix:
        """L_ij [mol2/(J m s)] at state `s`."""
        ...


def fluxes(s: Any) -> dict[str, Any]:
    """N_i = K_i c_i v - sum_j L_ij (grad mu~_j)_T  [mol/(m2 s)] for every species of a State."""
    carried = convection(s)
    return {i: N + carried[i] if i in carried else N for i, N in conduction(s).items()}


def convection(s: Any) -> dict[str, Any]:
    """K_i c_i v  [mol/(m2 s)]; nothing where the phase has no velocity."""
    v = s.velocity
    if v is None:
        return {}
    K = s.phase.medium.convective_hindrance
    return {i: K.get(i, 1.0) * c * v for i, c in s.c.items()}


def driven(velocity: Any, share: Any) -> Any:
    """A share of a velocity."""
    if velocity is None:
        return None
    if is_function(velocity):
        return lambda x: driven(velocity(x), share)
    parts = isinstance(velocity, Sequence)
    return tuple(share * v for v in velocity) if parts else share * velocity


def conduction(s: Any) -> dict[str, Any]:
    """-sum_j L_ij (grad mu~_j)_T  [mol/(m2 s)], the part that dissipates."""
    gradients = list(s.force.values())
    rows = s.phase.medium.transport.onsager(s)
    return {
        i: -sum(_times(L, g) for L, g in zip(row, gradients, strict=True))
        for i, row in zip(s.mu, rows, strict=True)
    }


def _times(L: Any, g: Any) -> Any:
    return ufl.dot(L, g) if getattr(L, "ufl_shape", ()) else L * g


def scalar_rows(rows: Matrix) -> Matrix:
    """Rows of scalars: an entry that is a d x d tensor becomes d rows and d columns.

    Row i d + k is species i in direction k; a scalar entry is that multiple of the unit tensor.
    """
    d = max((L.ufl_shape[0] for row in rows for L in row if getattr(L, "ufl_shape", ())), default=0)
    if not d:
        return rows

    def part(L: Any, k: int, m: int) -> Any:
        return L[k, m] if getattr(L, "ufl_shape", ()) else L * (1.0 if k == m else 0.0)

    axes = range(d)
    return [[part(L, k, m) for L in row for m in axes] for row in rows for k in axes]


def only(s: Any, names: Sequence[str]) -> Any:
    """The State of some of the species of a phase, for a model that describes only them."""
    phase, medium = copy.copy(s.phase), copy.copy(s.phase.medium)
    species = tuple(k for k in medium.species if k.name in names)
    object.__setattr__(medium, "species", species)
    object.__setattr__(phase, "medium", medium)

    def some(values: Mapping[str, Any]) -> dict[str, Any]:
        return {i: v for i, v in values.items() if i in names}

    return replace(s, phase=phase, w=some(s.w), c=some(s.c), variable=some(s.variable))


def every(species: Sequence[Any], given: Mapping[str, Any], what: str) -> None:
    """Refuse a mapping that misses a species or names one that is not there."""
    names = [s.name for s in species]
    for i in names:
        if i not in given:
            raise InputError(f"{what} of species {i!r} is missing; given for: {', '.join(given)}")
    for i in given:
        if i not in names:
            raise unknown(f"species in {what}", i, names)


def pairs(given: Mapping[Any, Any], known: Iterable[str], what: str) -> dict[tuple[str, str], Any]:
    """Keys of a mapping as pairs of known names; "Na+,Cl-" and ("Na+", "Cl-") are the same."""
    names = list(known)
    out = {}
    for key, value in given.items():
        pair = tuple(k.strip() for k in key.split(",")) if isinstance(key, str) else tuple(key)
        if len(pair) != 2:
            raise InputError(f"{what}: {key!r} is not a pair; allowed: 'A,B' or ('A', 'B')")
        for i in pair:
            if i not in names:
                raise unknown(f"species in {what}", i, names)
        out[pair] = value
    return out
