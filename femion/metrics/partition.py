"""What an interface in equilibrium does: Donnan potential, partition, permselectivity."""

from typing import Any

from ..errors import InputError
from ..laws.base import Pin
from ..units import is_function
from .selectivity import transport_number


def donnan_potential(solution: Any, where: str) -> float:
    """Mean jump phi_b - phi_a [V] at "a|b"; of the phase over its bath at an outer boundary."""
    site = solution.site(where)
    if not site.interface:
        return solution.mean(_phi, where) - solution.potential(where)
    a, b = where.split("|")
    return solution.mean(_phi, where, b) - solution.mean(_phi, where, a)


def partition_coefficients(solution: Any, where: str) -> dict[str, float]:
    """Mean c_b/c_a of each species that both sides of "a|b" have [-].

    At a DonnanReservoir: concentration in the phase over that of its bath.
    """
    site = solution.site(where)
    if not site.interface:
        pins = (c.concentrations or {} for c in site.constraints if isinstance(c, Pin))
        given = {i: float(v) for pin in pins for i, v in pin.items() if not is_function(v)}
        return {i: solution.mean(_of(i), where) / v for i, v in given.items()}
    a, b = where.split("|")
    first, second = (solution.state(name).charges for name in (a, b))
    shared = [i for i in first if i in second]
    return {i: solution.mean(_of(i), where, b) / solution.mean(_of(i), where, a) for i in shared}


def permselectivity(solution: Any, counter_ion: str, where: str) -> float:
    """(t_m - t_s)/(1 - t_s): how much of the co-ions' share the membrane takes away [-].

    t_m: share of the current at the interface "solution|membrane" or "membrane|solution" that the
    counter-ion carries; t_s: its migration transport number in the uncharged solution there.
    Raises InputError where both sides are charged.
    """
    site = solution.site(where)
    sides = [s.phase for s in site.states if s is not None]
    free = next((p.name for p in sides if _uncharged(p)), None)
    if free is None:
        raise InputError(f"permselectivity({where!r}) needs a phase without fixed charge there")
    t_s = solution.mean(_migration(counter_ion), where, free)
    return (transport_number(solution, counter_ion, where) - t_s) / (1 - t_s)


def _phi(state: Any) -> Any:
    return state.phi


def _of(species: str) -> Any:
    return lambda state: state.c[species]


def _uncharged(phase: Any) -> bool:
    X = phase.fixed_charge
    return not is_function(X) and float(X) == 0.0


def _migration(species: str) -> Any:
    """z_i sum_j z_j L_ij over the same sum of all i, as a function of a State."""

    def share(s: Any) -> Any:
        z = s.charges
        rows = dict(zip(s.w, s.phase.medium.transport.onsager(s), strict=True))
        carried = {
            i: z[i] * sum(z[j] * L for j, L in zip(s.w, row, strict=True))
            for i, row in rows.items()
        }
        return carried[species] / sum(carried.values())

    return share
