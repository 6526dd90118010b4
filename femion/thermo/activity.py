"""Activity models: how concentrations follow from chemical potentials, and ln(gamma_i)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import ufl

#: Reference concentration of all chemical potentials [mol/m3].
C_REF = 1000.0


class Activity(Protocol):
    """mu_i = mu0_i + R T (x_i + excess_i), with concentrations explicit in the variables x."""

    def check(self, species: Sequence[Any]) -> None:
        """Raise InputError if this model cannot describe a medium of these species."""
        ...

    def concentrations(self, x: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """c_i [mol/m3] from the statistics' variables of all species."""
        ...

    def variable(self, c: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """x_i from concentrations [mol/m3]."""
        ...

    def excess(self, s: Any) -> dict[str, Any]:
        """Beyond the statistics, ln gamma_i; species not named have none."""
        ...


@dataclass(frozen=True)
class Ideal:
    """gamma_i = 1."""

    def check(self, species: Sequence[Any]) -> None:
        """Any species."""

    def concentrations(self, x: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """Boltzmann's c_i = c_ref exp(x_i) [mol/m3]."""
        return {i: C_REF * ufl.exp(v) for i, v in x.items()}

    def variable(self, c: Mapping[str, Any], s: Any) -> dict[str, Any]:
        """Boltzmann's x_i = ln(c_i/c_ref)."""
        return {i: ufl.ln(v / C_REF) for i, v in c.items()}

    def excess(self, s: Any) -> dict[str, Any]:
        """None."""
        return {}
