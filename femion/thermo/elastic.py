"""Linear elasticity of a host that its guests swell, and what the stress does to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import ufl

from ..errors import InputError
from ..units import convert, positive
from .external import Energy, named

AXES = "xyz"

#: A strain of this size makes an unknown of 1.
STRAIN = 1e-3


@dataclass(frozen=True)
class Elastic(Energy):
    """div sigma = 0, sigma = C : (eps(u) - sum_i V_i (c_i - c_i0)/3 I), and W_i = -V_i sigma_h.

    Both ways of Larche and Cahn (Acta Metall. 21, 1051 (1973); 33, 331 (1985)): guests swell the
    host, its hydrostatic stress sigma_h (tension positive) acts on the guests. The displacement
    u [m] is an unknown: three components in 3D, plane strain in 2D. `young_modulus` [Pa],
    `poisson_ratio` [-], isotropic and independent of composition; `molar_volume` V_i [m3/mol];
    `stress_free` c_i0 [mol/m3] (0 where not given). Boundaries are free unless a Displacement or
    Traction stands there.
    """

    young_modulus: float
    poisson_ratio: float
    molar_volume: Mapping[str, float]
    stress_free: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        E = positive(self.young_modulus, "Pa", "young_modulus of Elastic")
        object.__setattr__(self, "young_modulus", E)
        convert(self, poisson_ratio="", molar_volume="m^3/mol", stress_free="mol/m^3")
        if not -1 < self.poisson_ratio < 0.5:
            raise InputError(
                f"poisson_ratio of Elastic = {self.poisson_ratio:g}; allowed: above -1, below 0.5"
            )

    def check(self, species: Sequence[Any], where: str) -> None:
        """Only species that are there."""
        named({**self.molar_volume, **self.stress_free}, species, f"Elastic {where}")

    def unknowns(self, dim: int) -> Sequence[str]:
        """Components of the displacement."""
        return tuple(f"u_{k}" for k in AXES[:dim])

    def unit(self, size: Any) -> Any:
        """Displacement of an unknown of 1 [m]."""
        return STRAIN * size

    def scale(self, size: Any, dim: int) -> Any:
        """A unit of force [N]."""
        return self.young_modulus * STRAIN * size ** (dim - 1)

    def coupled(self, phase: Any) -> Sequence[str]:
        """All guests that swell the host."""
        return tuple(self.molar_volume)

    def molar(self, s: Any, species: str) -> Any:
        """W_i = -V_i sigma_h [J/mol]; 0 where the host has not been strained yet."""
        if species not in self.molar_volume or "u_x" not in s.extra:
            return 0.0
        return -self.molar_volume[species] * self.hydrostatic(s)

    def swelling(self, s: Any) -> Any:
        """Relative change of volume without stress, sum_i V_i (c_i - c_i0) [-]."""
        free = self.stress_free
        return sum(V * (s.c[i] - free.get(i, 0.0)) for i, V in self.molar_volume.items())

    def stress(self, s: Any) -> Any:
        """In-plane (2D) or full stress tensor [Pa]."""
        grad = self._gradient(s)
        n, E, nu = grad.ufl_shape[0], self.young_modulus, self.poisson_ratio
        lame, shear = E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))
        third = self.swelling(s) / 3
        strain = ufl.sym(grad) - third * ufl.Identity(n)
        trace = ufl.tr(grad) - 3 * third  # in 2D the strain across the plane is -swelling/3
        return lame * trace * ufl.Identity(n) + 2 * shear * strain

    def hydrostatic(self, s: Any) -> Any:
        """sigma_h = K (div u - swelling) [Pa], K the bulk modulus."""
        bulk = self.young_modulus / (3 * (1 - 2 * self.poisson_ratio))
        return bulk * (ufl.tr(self._gradient(s)) - self.swelling(s))

    def energy_density(self, s: Any) -> Any:
        """Elastic energy, half of the stress times the strain that carries it [J/m3]."""
        grad, third = self._gradient(s), self.swelling(s) / 3
        n, E, nu = grad.ufl_shape[0], self.young_modulus, self.poisson_ratio
        across = -third if n == 2 else 0.0  # strain across the plane
        lame, shear = E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))
        strain = ufl.sym(grad) - third * ufl.Identity(n)
        trace = ufl.tr(strain) + across
        return 0.5 * lame * trace**2 + shear * (ufl.inner(strain, strain) + across**2)

    def residual(self, s: Any, row: Callable[[str], Any]) -> Any:
        """Balance of forces [N/m3]."""
        names = [i for i in s.extra if i.startswith("u_")]
        v = ufl.as_tensor([ufl.grad(row(i)) for i in names])
        return ufl.inner(self.stress(s), v)

    def drawn(self, dim: int) -> Mapping[str, Callable[[Any], Any]]:
        """Components of the displacement [m]."""
        return {i: partial(_component, i) for i in self.unknowns(dim)}

    def _gradient(self, s: Any) -> Any:
        return ufl.as_tensor([ufl.grad(u) for i, u in s.extra.items() if i.startswith("u_")])


def _component(name: str, s: Any) -> Any:
    return s.extra[name]
