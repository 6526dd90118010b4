"""Body forces on the solvent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ufl

from ..thermo.external import G
from ..units import positive, si, valued


@dataclass(frozen=True)
class Coulomb:
    """-F sum_i z_i c_i grad phi, written as -sum_i c_i grad mu~_i  [N/m3].

    The two differ by the gradient of the osmotic pressure (Gibbs and Duhem), which the pressure
    takes up: `P` is then the pressure less the osmotic one. At equilibrium this force vanishes
    exactly, whatever double layers there are, and what the ions do to the solvent is the
    transpose of what the solvent does to the ions, so Onsager's reciprocity holds on any mesh.
    """

    def force(self, s: Any) -> Any:
        """Force per volume at a State."""
        return -sum(s.c[i] * ufl.grad(mu) for i, mu in s.mu.items())


@dataclass(frozen=True)
class Weight:
    """rho g  [N/m3]: the weight of a solution whose `density` [kg/m3] is a number or f(state).

    `acceleration` [m/s2] by components; that of the earth downwards along the last axis if it is
    not given.
    """

    density: Any
    acceleration: Sequence[Any] = field(default=())

    def __post_init__(self) -> None:
        rho = positive(self.density, "kg/m^3", "density of Weight")
        object.__setattr__(self, "density", rho)
        g = tuple(si(a, "m/s^2", "acceleration of Weight") for a in self.acceleration)
        object.__setattr__(self, "acceleration", g)

    def force(self, s: Any) -> Any:
        """Force per volume at a State."""
        n = s.x.ufl_shape[0]
        g = self.acceleration or (0.0,) * (n - 1) + (-G,)
        return valued(self.density, s) * ufl.as_vector(list(g))
