"""Who carries the current through a membrane."""

from typing import Any

from ..units import F


def transport_number(solution: Any, species: str, where: str) -> float:
    """z_i F N_i over the total current at an interface or boundary [-]; they sum to 1."""
    z = solution.site(where).blocks[0].state.charges[species]
    return z * F * solution.flow(species, where) / solution.current(where)


def coion_leakage(solution: Any, where: str, fixed_charge: float) -> float:
    """Share of the current carried by ions of the sign of the fixed charge [-]."""
    z = solution.site(where).blocks[0].state.charges
    coions = [i for i, n in z.items() if n * fixed_charge > 0]
    return sum(transport_number(solution, i, where) for i in coions)
