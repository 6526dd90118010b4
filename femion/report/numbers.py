"""What `summary` says, as numbers with units for machines."""

from dataclasses import asdict
from typing import Any

from ..errors import InputError
from .summary import outer

#: Units of what is integrated over the domain or its boundaries.
EXTENSIVE = ("A", "mol/s", "W", "J", "C")


def numbers(solution: Any) -> dict[str, Any]:
    """Terminals, flows, audit, effort: {"value", "unit"} where there is a unit. Collective."""
    problem, audit = solution.problem, solution.audit
    places, dim = outer(problem), problem.domain.tdim
    terminals = {}
    for where in places:
        terminals[where] = {"current": quantity(solution.current(where), "A", dim)}
        try:
            terminals[where]["potential"] = quantity(solution.potential(where), "V")
        except InputError:
            pass  # no terminal
    return {
        "share_of_drive": solution.share,
        "terminals": terminals,
        "flows": {
            where: {i: quantity(n, "mol/s", dim) for i, n in flows.items()}
            for where, flows in audit.flows.items()
        },
        "concentrations": {
            block.name: {
                i: dict(
                    zip(("least", "greatest"), solution.extremes(i, block.name), strict=True),
                    unit="mol/m3",
                )
                for i in block.species
                if i in block.drawn
            }
            for block in problem.phases
        },
        "audit": {
            "units": {"power": unit("W", dim), "eigenvalue": "mol2/(J m s)"},
            **{k: v for k, v in asdict(audit).items() if k != "flows"},
            "total_dissipation": audit.total_dissipation,
        },
        "unknowns": problem.numbering.size[1],
        "degree": problem.degree,
        "dimensions": dim,
        "ranks": solution.comm.size,
        "timings": {"unit": "s", **dict(solution.timings)},
    }


def quantity(value: Any, name: str, dim: int = 3) -> dict[str, Any]:
    """A value, or values by name, with its unit in a domain of `dim` dimensions."""
    return {"value": value, "unit": unit(name, dim)}


def unit(name: str, dim: int) -> str:
    """What is integrated is per metre of depth in 2D."""
    return f"{name}/m" if dim == 2 and name in EXTENSIVE else name
