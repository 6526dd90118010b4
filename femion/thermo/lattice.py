"""Statistics of finite size: concentrations that cannot leave their bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ufl

from ..errors import InputError, unknown
from ..units import N_A, R, convert, positive
from .activity import C_REF


@dataclass(frozen=True)
class Bikerman:
    """mu_i = mu0_i + R T [ln(c_i/c_ref) - ln(1 - a^3 N_A sum_j c_j)], one `size` a [m] for all.

    c_i = c_ref e^x_i/(1 + a^3 N_A c_ref sum_j e^x_j), so sum_j c_j < 1/(a^3 N_A) always. The sum
    is over all species, neutral ones too. Different sizes have no such closed form: FreeEnergy.
    Bikerman, Philos. Mag. 33 (1942) 384; Kilic, Bazant and Ajdari, Phys. Rev. E 75 (2007) 021502.
    """

    size: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", positive(self.size, "m", "size of Bikerman"))

    def check(self, species: Sequence[Any]) -> None:
        """Any species."""

    def concentrations(self, x: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """c_i = c_ref e^x_i/(1 + a^3 N_A c_ref sum_j e^x_j) [mol/m3]."""
        e = {i: C_REF * ufl.exp(v) for i, v in x.items()}
        vacant = 1 / (1 + self.size**3 * N_A * sum(e.values()))
        return {i: v * vacant for i, v in e.items()}

    def variable(self, c: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """x_i = ln(c_i/c_ref) - ln(1 - a^3 N_A sum_j c_j); InputError if there is no room."""
        total = sum(c.values())
        _inside(total, 1 / (float(self.size) ** 3 * N_A), "sum of concentrations in Bikerman")
        vacant = 1 - self.size**3 * N_A * total
        return {i: ufl.ln(v / (C_REF * vacant)) for i, v in c.items()}

    def excess(self, s: Any) -> dict[str, Any]:
        """None: the size is in the statistics."""
        return {}


@dataclass(frozen=True)
class LatticeGas:
    """mu_i = mu0_i + R T ln(theta/(1 - theta)) + Omega (1 - 2 theta), theta = c_i/c_max.

    `c_max` {species: mol/m3} names the species on lattice sites, each on sites of its own; mu0_i
    is mu_i at theta = 1/2 (not at c_ref). All others follow Boltzmann. `interaction` Omega
    [J/mol] is Frumkin's, positive for attraction; above 2 R T the phase separates.
    c = c_max/(1 + exp(-x)) stays within (0, c_max) whatever x.
    """

    c_max: Mapping[str, float]
    interaction: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        convert(self, interaction="J/mol")
        most = {
            i: positive(c, "mol/m^3", f"c_max[{i!r}] of LatticeGas") for i, c in self.c_max.items()
        }
        object.__setattr__(self, "c_max", most)
        for i in self.interaction:
            if i not in most:
                raise unknown("species in interaction of LatticeGas", i, most)

    def check(self, species: Sequence[Any]) -> None:
        """Every species with sites is there."""
        names = [s.name for s in species]
        for i in self.c_max:
            if i not in names:
                raise unknown("species in c_max of LatticeGas", i, names)

    def concentrations(self, x: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """c_max/(1 + exp(-x_i)) on sites, c_ref exp(x_i) elsewhere [mol/m3]."""
        most = self.c_max
        return {
            i: most[i] / (1 + ufl.exp(-v)) if i in most else C_REF * ufl.exp(v)
            for i, v in x.items()
        }

    def variable(self, c: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """ln(theta/(1 - theta)) on sites, ln(c_i/c_ref) elsewhere; InputError beyond c_max."""
        out = {}
        for i, v in c.items():
            if i in self.c_max:
                _inside(v, self.c_max[i], f"concentration of {i!r} in LatticeGas")
            out[i] = ufl.ln(v / (self.c_max[i] - v) if i in self.c_max else v / C_REF)
        return out

    def excess(self, s: Any) -> dict[str, Any]:
        """Omega (1 - 2 theta)/(R T)."""
        return {
            i: w * (1 - 2 * s.c[i] / self.c_max[i]) / (R * s.T) for i, w in self.interaction.items()
        }


def _inside(c: Any, most: Any, what: str) -> None:
    """Refuse a plain number that the statistics cannot reach."""
    if isinstance(c, int | float) and not 0 < c < float(most):
        raise InputError(f"{what} = {c:g} mol/m3; allowed: between 0 and {float(most):.6g}")
