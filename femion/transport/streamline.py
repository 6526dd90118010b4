"""What keeps concentrations from wiggling where the solvent carries more than diffuses."""

from dataclasses import dataclass
from typing import Any

import ufl
from ufl.domain import extract_unique_domain

from ..units import R
from .base import conduction

__all__ = ["Galerkin", "Streamline"]


@dataclass(frozen=True)
class Streamline:
    """SUPG: the balance's own residual, tested along the stream.

    tau = (4 u.G u + (12 D)^2 G:G)^(-1/2), G the metric of the cells (Shakib, Hughes and Johan,
    Comput. Methods Appl. Mech. Eng. 89, 141 (1991)), so that it acts along the stream on thin
    boundary-layer cells, too. What is added vanishes with the mesh to the order of the elements
    and sums to nothing over the domain: amounts are conserved as before.
    """

    def weak(self, s: Any, i: str, rate: Any, v: Any) -> Any:
        """Tested with the row v of a species; `rate` is what is stored less what is made."""
        K = s.phase.medium.convective_hindrance.get(i, 1.0)
        u, N = K * s.velocity, conduction(s)[i]
        residual = ufl.dot(u, ufl.grad(s.c[i])) + ufl.div(N) + rate
        return self._time(s, u, i) * residual * ufl.dot(u, ufl.grad(v))

    def _time(self, s: Any, u: Any, i: str) -> Any:
        """Tau [s]."""
        K = ufl.JacobianInverse(extract_unique_domain(s.x))
        G = ufl.dot(K.T, K)
        names = list(s.c)
        L = s.phase.medium.transport.onsager(s)[names.index(i)][names.index(i)]
        L = ufl.tr(L) / len(s.x) if getattr(L, "ufl_shape", ()) else L
        D = R * s.T * L / s.c[i]
        return 1 / ufl.sqrt(4 * ufl.dot(u, ufl.dot(G, u)) + (12 * D) ** 2 * ufl.inner(G, G))


@dataclass(frozen=True)
class Galerkin:
    """Nothing beside the balance itself."""

    def weak(self, s: Any, i: str, rate: Any, v: Any) -> None:
        """Nothing."""
