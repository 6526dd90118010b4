"""Contact of ellipsoids: F = max over l of l (1 - l) r [(1 - l) A + l B]^-1 r, apart where F > 1.

J. W. Perram, M. S. Wertheim, J. Comput. Phys. 58, 409 (1985). A = R diag(axes^2) R^T, r is the
vector between the centres. Both bodies scaled by sqrt(F) touch; spheres have sqrt(F) = d/(a + b).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from femion.geometry.grid import Floats


class Contact(NamedTuple):
    """s = sqrt(F) of each pair, ds/dr, and -ds per rotation vector of the two bodies."""

    s: Floats
    gradient: Floats
    turn_a: Floats
    turn_b: Floats


def contact(r: Floats, A: Floats, B: Floats, round_: bool) -> Contact:
    """Contact of the pairs with vectors r (n, 3) and shapes A, B (n, 3, 3).

    The maximum is where (l/(1 - l))^2 = v A v/v B v with v = [(1 - l) A + l B]^-1 r; it is
    iterated; spheres (`round_`) have s = |r|/(a + b).
    """
    if round_:
        far = np.maximum(np.linalg.norm(r, axis=1), 1e-150)
        both = np.sqrt(A[:, 0, 0]) + np.sqrt(B[:, 0, 0])
        none = np.zeros_like(r)
        return Contact(far / both, r / (far * both)[:, None], none, none)
    part = np.full(len(r), 0.5)
    v = r
    for _ in range(25):
        G = (1 - part)[:, None, None] * A + part[:, None, None] * B
        v = np.linalg.solve(G, r[..., None])[..., 0]
        Av, Bv = np.einsum("nij,nj->ni", A, v), np.einsum("nij,nj->ni", B, v)
        ratio = np.sqrt(_dot(v, Av) / np.maximum(_dot(v, Bv), 1e-300))
        last, part = part, ratio / (1 + ratio)
        if np.abs(part - last).max(initial=0.0) < 1e-12:
            break
    G = (1 - part)[:, None, None] * A + part[:, None, None] * B
    v = np.linalg.solve(G, r[..., None])[..., 0]
    weight = part * (1 - part)
    s = np.sqrt(np.maximum(weight * _dot(r, v), 1e-300))
    Av, Bv = np.einsum("nij,nj->ni", A, v), np.einsum("nij,nj->ni", B, v)
    turn_a = (weight * (1 - part) / s)[:, None] * np.cross(Av, v)
    turn_b = (weight * part / s)[:, None] * np.cross(Bv, v)
    return Contact(s, (weight / s)[:, None] * v, turn_a, turn_b)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("ni,ni->n", a, b))
