"""Dilute electrolytes: ln gamma_i from the ionic strength and the permittivity of the solvent."""

from dataclasses import dataclass
from typing import Any

import ufl

from ..units import EPS0, N_A, F, R, convert, positive, valued
from .activity import C_REF
from .excess import Excess

#: Added to the ionic strength [mol/m3] so that the slope of its root is finite without ions;
#: ln gamma of a univalent ion is then off by 4e-8 at most, in water.
DUST = 1e-12


def ionic_strength(s: Any) -> Any:
    """I = 1/2 sum_i z_i^2 c_i [mol/m3]."""
    return 0.5 * sum(z**2 * s.c[i] for i, z in s.charges.items() if z) + DUST


def bjerrum_length(permittivity: Any, T: Any) -> Any:
    """Bjerrum length e^2/(4 pi eps0 eps_r k T) [m]; eps_r a number or a function of T [K]."""
    return F**2 / (4 * ufl.pi * EPS0 * N_A * R * T * valued(permittivity, T))


@dataclass(frozen=True)
class DebyeHueckel(Excess):
    """ln gamma_i = -z_i^2 (l_B kappa/2)/(1 + kappa a), kappa^2 = 8 pi l_B N_A I.

    `permittivity` eps_r of the solvent, a number or a function of T [K]; `ion_size` a [m] is one
    closest distance for all ions, 0 the limiting law (different sizes derive from no free
    energy). Molar scale: no density enters. Good to I = 10 mol/m3, with a to 100 mol/m3.
    Robinson and Stokes, Electrolyte Solutions, ch. 9.
    """

    permittivity: Any = 78.36
    ion_size: float = 0.0

    def __post_init__(self) -> None:
        convert(self, permittivity="", ion_size="m")
        positive(self.permittivity, "", "permittivity of DebyeHueckel")
        if self.ion_size:
            positive(self.ion_size, "m", "ion_size of DebyeHueckel")

    def ln_gamma(self, s: Any) -> dict[str, Any]:
        """-z_i^2 (l_B kappa/2)/(1 + kappa a)."""
        length = bjerrum_length(self.permittivity, s.T)
        kappa = ufl.sqrt(8 * ufl.pi * N_A * length * ionic_strength(s))
        value = 0.5 * length * kappa / (1 + kappa * self.ion_size)
        return {i: -(z**2) * value for i, z in s.charges.items() if z}


@dataclass(frozen=True)
class Davies(Excess):
    """ln gamma_i = -A z_i^2 (sqrt I/(1 + sqrt I) - slope I), I in mol/L.

    A = (l_B/2) sqrt(8 pi l_B N_A 1 mol/L) follows from `permittivity` eps_r, a number or a
    function of T [K] (1.17 = 0.51 ln 10 in water at 25 degC). Good to I = 500 mol/m3.
    Davies, Ion Association, 1962 (slope 0.3).
    """

    permittivity: Any = 78.36
    slope: float = 0.3

    def __post_init__(self) -> None:
        convert(self, permittivity="", slope="")
        positive(self.permittivity, "", "permittivity of Davies")

    def ln_gamma(self, s: Any) -> dict[str, Any]:
        """-A z_i^2 (sqrt I/(1 + sqrt I) - slope I)."""
        length = bjerrum_length(self.permittivity, s.T)
        A = 0.5 * length * ufl.sqrt(8 * ufl.pi * N_A * length * C_REF)
        x = ionic_strength(s) / C_REF
        value = A * (ufl.sqrt(x) / (1 + ufl.sqrt(x)) - self.slope * x)
        return {i: -(z**2) * value for i, z in s.charges.items() if z}
