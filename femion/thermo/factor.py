"""A binary salt's activity from its measured thermodynamic factor chi = 1 + dln gamma/dln c."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from itertools import pairwise
from math import gcd
from typing import Any

import numpy as np
import ufl

from ..errors import InputError
from ..units import is_function, positive, si, valued
from .activity import C_REF
from .excess import Excess, derivatives

POINTS = 12  # of Gauss and Legendre: exact for polynomials of degree 24 in sqrt(c)
AGREEMENT = 1e-9


@dataclass(frozen=True)
class _Salt(Excess):
    """ln gamma of both ions as one function of the salt concentration (c+ + c-)/nu.

    That choice derives from a free energy also where the ions are not balanced.
    """

    def check(self, species: Sequence[Any]) -> None:
        """One cation and one anion; neutral species are ideal."""
        super().check(species)
        z = [s.z for s in species if s.z]
        if len(z) != 2 or z[0] * z[1] > 0:
            names = ", ".join(s.name for s in species)
            raise InputError(
                f"species of {type(self).__name__} = {names}; allowed: one cation and one anion"
            )

    def ln_gamma(self, s: Any) -> dict[str, Any]:
        """One ln gamma for both ions, that of the salt."""
        z = {i: z for i, z in s.charges.items() if z}
        nu = sum(map(abs, z.values())) // gcd(*z.values())
        return dict.fromkeys(z, self.ln_gamma_salt(sum(s.c[i] for i in z) / nu, s.T))

    @abstractmethod
    def factor(self, c: Any, T: Any) -> Any:
        """Thermodynamic factor chi [-] of the salt at c [mol/m3]: pass it to ConcentratedBinary."""

    @abstractmethod
    def ln_gamma_salt(self, c: Any, T: Any) -> Any:
        """Integral of (chi - 1) dln c."""


@dataclass(frozen=True)
class ThermodynamicFactor(_Salt):
    """ln gamma+- = (chi_0 - 1) ln(c/c_ref) + integral from 0 to c of (chi - chi_0) dln c.

    `chi`, a number or a function (c [mol/m3], T [K]) of the salt concentration that is smooth in
    sqrt(c); chi_0 = chi(0). Where chi_0 = 1, gamma+- is 1 at infinite dilution as usual; a chi
    that was fitted without that limit counts ln gamma+- from c_ref. The salt is the same for
    c+ and c-: c = (c+ + c-)/nu. Newman and Balsara, Electrochemical Systems, ch. 12.
    """

    chi: float | Callable[[Any, Any], Any]

    def __post_init__(self) -> None:
        chi = positive(self.chi, "", "chi of ThermodynamicFactor")
        if not isinstance(chi, float) and not is_function(chi):
            raise InputError(
                f"chi of ThermodynamicFactor = {chi!r}; allowed: a number or a function (c, T)"
            )
        object.__setattr__(self, "chi", chi)

    def check(self, species: Sequence[Any]) -> None:
        """A binary salt; chi is finite at c = 0 and smooth enough to be integrated."""
        super().check(species)
        if not is_function(self.chi):
            return
        try:
            start = float(ufl.as_ufl(self.factor(0.0, 298.15))(()))
        except (ArithmeticError, ValueError):
            start = np.nan
        if not np.isfinite(start):
            raise InputError("chi of ThermodynamicFactor at c = 0 is not finite; allowed: a number")
        for c in (0.01 * C_REF, 0.1 * C_REF, C_REF):
            slope = derivatives(lambda x: self.ln_gamma_salt(x["c"], 298.15), {"c": c})["c"]
            found, chi = 1 + c * slope(()), ufl.as_ufl(self.factor(c, 298.15))(())
            if not abs(found - chi) <= AGREEMENT * max(1.0, abs(chi)):
                raise InputError(
                    f"chi of ThermodynamicFactor = {chi:.9g} at c = {c:g} mol/m3 but "
                    f"{found:.9g} after integration; allowed: a smooth function of sqrt(c), or "
                    "ThermodynamicFactorTable"
                )

    def factor(self, c: Any, T: Any) -> Any:
        """Thermodynamic factor chi [-] of the salt at c [mol/m3]: pass it to ConcentratedBinary."""
        return valued(self.chi, c, T)

    def ln_gamma_salt(self, c: Any, T: Any) -> Any:
        """Gauss-Legendre in u, c' = c u^2, where chi is smooth: dln c' = 2 du/u."""
        start = self.factor(0.0, T)
        dilute = (start - 1) * ufl.ln(c / C_REF)
        if not is_function(self.chi):
            return dilute
        nodes, weights = np.polynomial.legendre.leggauss(POINTS)
        return dilute + sum(
            w / u * (self.factor(c * u**2, T) - start)
            for u, w in zip((0.5 + 0.5 * nodes).tolist(), weights.tolist(), strict=True)
        )


@dataclass(frozen=True)
class ThermodynamicFactorTable(_Salt):
    """ln gamma+- as in ThermodynamicFactor, chi monotone cubic between the points of a table.

    `c` [mol/m3] increasing, the first may be 0 (with chi = 1, then gamma+- is 1 at
    infinite dilution), and `chi` at these points. The cubics are in sqrt(c) (Fritsch and
    Carlson, SIAM J. Numer. Anal. 17 (1980) 238) and integrated in closed form; beyond its ends
    chi is constant. A table of the same size compiles nothing new.
    """

    c: InitVar[Sequence[Any]]
    chi: InitVar[Sequence[Any]]
    knots: Sequence[float] = field(init=False)  #: sqrt(c/end) at the points
    cubics: Sequence[Sequence[float]] = field(init=False)  #: chi - first by powers of sqrt(c/end)
    end: float = field(init=False)  #: largest concentration [mol/m3]
    first: float = field(init=False)  #: chi of the first point
    last: float = field(init=False)  #: chi of the last point
    from_zero: bool = field(init=False)  #: the first point is c = 0

    def __post_init__(self, c: Sequence[Any], chi: Sequence[Any]) -> None:
        from scipy.interpolate import PchipInterpolator

        what = "of ThermodynamicFactorTable"
        at = [float(si(v, "mol/m^3", f"c {what}")) for v in c]
        values = [float(si(v, "", f"chi {what}")) for v in chi]
        if len(at) < 2 or len(at) != len(values) or at[0] < 0 or not np.all(np.diff(at) > 0):
            raise InputError(
                f"c {what} = {at} mol/m3; allowed: two points or more, increasing, none below 0, "
                f"as many as chi ({len(values)})"
            )
        if not np.all(np.isfinite([*at, *values])):
            raise InputError(f"c and chi {what} = {at}, {values}; allowed: finite numbers")
        x = np.sqrt(np.array(at) / at[-1])
        local = PchipInterpolator(x, np.array(values) - values[0]).c
        found = {
            "knots": tuple(x.tolist()),
            "cubics": tuple(_powers(p, v) for p, v in zip(local.T.tolist(), x, strict=False)),
            "end": at[-1],
            "first": values[0],
            "last": values[-1],
            "from_zero": at[0] == 0,
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def factor(self, c: Any, T: Any) -> Any:
        """Thermodynamic factor chi [-] of the salt at c [mol/m3]: pass it to ConcentratedBinary."""
        return self.first + sum(
            sum(p * (b**n - a**n) for n, p in enumerate(cubic) if n)
            for cubic, a, b in self._pieces(c)
        )

    def ln_gamma_salt(self, c: Any, T: Any) -> Any:
        """(chi_0 - 1) ln(c/c_ref) + integral of (chi - chi_0) 2 dv/v, v = sqrt(c/end)."""
        total = (self.first - 1) * ufl.ln(c / C_REF)
        total += (self.last - self.first) * ufl.ln(ufl.max_value(c / self.end, 1.0))
        for k, (cubic, a, b) in enumerate(self._pieces(c)):
            total += sum(2 / n * p * (b**n - a**n) for n, p in enumerate(cubic) if n)
            if k or not self.from_zero:
                total += 2 * cubic[0] * ufl.ln(b / a)
        return total

    def _pieces(self, c: Any) -> Iterator[tuple[Sequence[float], Any, Any]]:
        """(cubic, its start, how far c reaches into it) of every interval."""
        v = ufl.sqrt(c / self.end)
        for cubic, (a, b) in zip(self.cubics, pairwise(self.knots), strict=True):
            yield cubic, a, ufl.min_value(ufl.max_value(v, a), b)


def _powers(local: Sequence[float], x: float) -> tuple[float, ...]:
    """Coefficients of 1, v, v^2, v^3 in a + b (v - x) + c (v - x)^2 + d (v - x)^3."""
    d, c, b, a = local
    values = a - x * (b - x * (c - x * d)), b - x * (2 * c - 3 * x * d), c - 3 * x * d, d
    return tuple(map(float, values))
