"""What keeps concentrations from wiggling where the solvent carries more than diffuses."""

from dataclasses import dataclass
from typing import Any

import ufl
from ufl.algorithms.analysis import extract_coefficients
from ufl.domain import extract_unique_domain

from ..units import R
from .base import conduction

__all__ = ["Galerkin", "Streamline", "self_diffusivity"]


@dataclass(frozen=True)
class Streamline:
    """SUPG, the balance's own residual r tested along the stream, and capturing of what is steep.

    tau = (4 u.G u + (12 D)^2 G:G)^(-1/2), G the metric of the cells (Shakib, Hughes and Johan,
    Comput. Methods Appl. Mech. Eng. 89, 141 (1991)), so that it acts along the stream on thin
    boundary-layer cells, too. Across the stream diffusivity grows from D to (D^8 + d^8)^(1/8),
    d = |u.grad c|/(grad c.G grad c + (steep c tr G/n)^2)^(1/2): to h |u.grad c|/|grad c| where c
    changes by more than the share `steep` over a cell and by convection faster than by diffusion
    (Codina, Comput. Methods Appl. Mech. Eng. 110, 325 (1993), made smooth); where cells resolve c,
    d/D is of the order of h and what is added of h^8. The whole residual would not do: where a
    species is depleted its diffusive part is far from resolved. All that is added vanishes with the
    mesh to the order of the elements and sums to nothing: amounts are conserved as before.

    Attributes:
        steep: Change of a concentration over one cell, relative to itself, that is no longer
            small; None for SUPG alone, which wiggles more but is closer to a limiting current
            on cells that do not resolve its layer.
    """

    steep: float | None = 0.2

    def weak(self, s: Any, i: str, rate: Any, v: Any) -> Any:
        """Tested with v, as a species' row; `rate` is what is stored less what is made."""
        K = s.phase.medium.convective_hindrance.get(i, 1.0)
        u, N, D = K * s.velocity, conduction(s)[i], self_diffusivity(s, i)
        inverse = ufl.JacobianInverse(extract_unique_domain(s.x))
        G = ufl.dot(inverse.T, inverse)
        slope, slowest = ufl.grad(s.c[i]), D**2 * ufl.tr(G)
        carried = ufl.dot(u, slope)
        residual = carried + ufl.div(N) + rate
        tau = 1 / ufl.sqrt(4 * ufl.dot(u, ufl.dot(G, u)) + (12 * D) ** 2 * ufl.inner(G, G))
        along = tau * residual * ufl.dot(u, ufl.grad(v))
        if self.steep is None:
            return along
        small = self.steep * s.c[i] * ufl.tr(G) / len(s.x)
        steep = ufl.dot(slope, ufl.dot(G, slope)) + small**2
        ratio = carried**2 / ((_degree(s, i) * D) ** 2 * steep)
        more = D * ((1 + ratio**4) ** 0.125 - 1)
        across = slope - ufl.dot(u, slope) / (ufl.dot(u, u) + slowest) * u
        return along + more * ufl.dot(across, ufl.grad(v))


def self_diffusivity(s: Any, i: str) -> Any:
    """R T L_ii/c_i [m2/s], the mean over directions."""
    names = list(s.c)
    L = s.phase.medium.transport.onsager(s)[names.index(i)][names.index(i)]
    L = ufl.tr(L) / len(s.x) if getattr(L, "ufl_shape", ()) else L
    return R * s.T * L / s.c[i]


def _degree(s: Any, i: str) -> int:
    """That of the elements of a species: a cell has so many nodes along a side."""
    return max(u.ufl_element().embedded_superdegree for u in extract_coefficients(s.w[i]))


@dataclass(frozen=True)
class Galerkin:
    """Nothing beside the balance itself."""

    def weak(self, s: Any, i: str, rate: Any, v: Any) -> None:
        """Nothing."""
