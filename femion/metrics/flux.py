"""How unevenly an interface works."""

from dataclasses import dataclass
from typing import Any

from ..units import F


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


def surface_spread(solution: Any, where: str) -> Spread:
    """Spread of the anodic current density of the reactions at an interface or electrode."""
    site = solution.site(where)
    density = sum(t.rate * F * _electrons(t) for t in site.transfers)
    one = 0 * density + 1
    area = solution.integral(one, site.measure)
    mean = solution.integral(density, site.measure) / area
    square = solution.integral((density - mean) ** 2, site.measure) / area
    return Spread(mean, float(square) ** 0.5, area)


def _electrons(transfer: Any) -> float:
    """Electrons released per event of a Transfer."""
    return transfer.a.get("e-", 0) + transfer.b.get("e-", 0)
