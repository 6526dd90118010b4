"""An interface law between two phases that fill the same cells (volume-averaged electrodes)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..units import positive, valued
from .base import Transfer


@dataclass(frozen=True)
class Volumetric:
    """A law at every point of two overlapping phases, `specific_area` a [1/m] times its rates.

    The same law as at a meshed interface: Volumetric(ButlerVolmer("matrix|pores", ...), 1e6).
    `specific_area` [m2/m3] is a number or a function of position (UFL). Newman and Tobias,
    J. Electrochem. Soc. 109 (1962) 1183.
    """

    law: Any
    specific_area: Any

    def __post_init__(self) -> None:
        a = positive(self.specific_area, "1/m", f"specific_area of Volumetric({self.where!r})")
        object.__setattr__(self, "specific_area", a)
        if "|" not in self.where or not hasattr(self.law, "transfers"):
            raise InputError(
                f"law of Volumetric = {self.law!r}; allowed: a law of rates between two phases, "
                'e.g. ButlerVolmer("matrix|pores", ...)'
            )

    @property
    def where(self) -> str:
        """The two phases, "a|b"."""
        return str(self.law.where)

    @property
    def equilibrium_potential(self) -> Any:
        """That of the law, for the first guess."""
        return getattr(self.law, "equilibrium_potential", 0.0)

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """Events per volume [mol/(m3 s)]."""
        for t in self.law.transfers(a, b):
            yield t._replace(rate=self._area(a) * t.rate)

    def accumulates(self, a: Any, b: Any) -> Iterator[Transfer]:
        """Amounts per volume [mol/m3]."""
        for t in self.law.accumulates(a, b) if hasattr(self.law, "accumulates") else ():
            yield t._replace(rate=self._area(a) * t.rate)

    def dissipation(self, a: Any, b: Any) -> Any:
        """Dissipation per volume [W/m3]."""
        if hasattr(self.law, "dissipation"):
            return self._area(a) * self.law.dissipation(a, b)
        z = (
            (t.rate, s.mu[i], n)
            for t in self.law.transfers(a, b)
            for s, gains in ((a, t.a), (b, t.b))
            for i, n in gains.items()
        )
        return -self._area(a) * sum(rate * mu * n for rate, mu, n in z)

    def heat(self, a: Any, b: Any) -> Any:
        """Heat released per volume [W/m3]."""
        if hasattr(self.law, "heat"):
            return self._area(a) * self.law.heat(a, b)
        if hasattr(self.law, "dissipation"):
            return self.dissipation(a, b)
        moved = [
            (t.rate, s.enthalpy, g) for t in self.transfers(a, b) for s, g in ((a, t.a), (b, t.b))
        ]
        return -sum(rate * n * H[i] for rate, H, g in moved for i, n in g.items())

    def _area(self, s: Any) -> Any:
        return valued(self.specific_area, s.x)
