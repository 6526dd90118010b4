"""How fast and how unevenly an interface works."""

from dataclasses import dataclass
from typing import Any

from dolfinx import fem

from ..errors import InputError
from ..units import F


def current_density(solution: Any, where: str) -> Any:
    """Current density of the finite-rate laws at a place, as a UFL expression [A/m2].

    i_n = F n_e rate of each Transfer that releases n_e electrons, anodic positive; of laws
    without electrons the current from the first side to the second. Raises InputError where no
    law has a rate.
    """
    transfers = [t for s in solution.sites(where) for t in s.transfers]
    if not transfers:
        known = [s.where for s in solution.problem.sites if s.transfers]
        raise InputError(
            f"{where!r} has no law with a finite rate, so no current density; "
            f"places with one: {', '.join(known) or 'none'}"
        )
    electrons = [t.a.get("e-", 0) + t.b.get("e-", 0) for t in transfers]
    if any(electrons):
        return sum(F * n * t.rate for n, t in zip(electrons, transfers, strict=True))
    charges = solution.site(where).states[1].charges
    return sum(F * sum(charges[i] * n for i, n in t.b.items()) * t.rate for t in transfers)


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over a surface [A/m2], weighted by area, and the area [m2]."""

    mean: float
    deviation: float
    area: float

    @property
    def relative(self) -> float:
        """Standard deviation over the mean [-]."""
        return self.deviation / abs(self.mean) if self.mean else float("inf")

    @property
    def numbers(self) -> dict[str, float]:
        """What a table has of it."""
        spread = {"mean": self.mean, "deviation": self.deviation}
        return spread | {"relative [-]": self.relative}


def surface_spread(solution: Any, where: str) -> Spread:
    """Spread of `current_density` [A/m2] over an interface or electrode."""
    site, density = solution.site(where), current_density(solution, where)
    mean = solution.integral(density, site.measure) / site.area
    shift = fem.Constant(solution.problem.domain.mesh, mean)  # a literal would be compiled in
    square = solution.integral((density - shift) ** 2, site.measure) / site.area
    return Spread(mean, float(square) ** 0.5, site.area)
