"""Charge transfer between an electronic conductor and an electrolyte: kinds of kinetics."""

from dataclasses import dataclass, field
from math import ceil, exp, sqrt
from typing import Any

import ufl

from ..errors import InputError
from ..units import F, R, positive
from .base import safe_exp
from .electrode import Electrode

#: Newton steps that solve for the film's share to rounding whatever the current (tested).
FILM_STEPS = 8
#: Step of the quadrature of Marcus-Hush-Chidsey over RT; its error is some exp(-2 pi^2/STEP).
STEP = 1.3


@dataclass(frozen=True)
class ButlerVolmer(Electrode):
    """i_n = i0 [exp(aa F eta/RT) - exp(-ac F eta/RT)]  [A/m2], arguments as in `Electrode`.

    `alpha`: anodic and cathodic transfer coefficients [-], positive (Newman, Electrochemical
    Systems, ch. 8).
    """

    alpha: tuple[float, float] = (0.5, 0.5)

    def __post_init__(self) -> None:
        super().__post_init__()
        name = f"alpha of {type(self).__name__}({self.where!r})"
        object.__setattr__(self, "alpha", tuple(positive(a, "", name) for a in self.alpha))
        if len(self.alpha) != 2:
            raise InputError(f"{name} = {self.alpha}; allowed: (anodic, cathodic)")

    def rate(self, eta: Any, T: Any) -> Any:
        """The exponentials."""
        aa, ac = self.alpha
        return safe_exp(aa * eta) - safe_exp(-ac * eta)

    def behind_film(self, drive: Any, rho: Any) -> Any:
        """Newton's steps from a bound beyond the root, where all is monotone and convex.

        eta <= drive and f(eta) <= drive/rho, thus eta <= ln(1 + drive/rho)/aa: together no more
        than a factor beyond, so that the steps needed are few for every drive and rho.
        """
        aa, ac = self.alpha
        size = abs(drive)
        most = ufl.ln(1 + size / (rho + 1e-100))
        eta = ufl.conditional(
            ufl.gt(drive, 0), ufl.min_value(size, most / aa), -ufl.min_value(size, most / ac)
        )
        for _ in range(FILM_STEPS):
            slope = aa * safe_exp(aa * eta) + ac * safe_exp(-ac * eta)
            eta = eta - (eta + rho * self.rate(eta, None) - drive) / (1 + rho * slope)
        return eta


@dataclass(frozen=True)
class Linear(ButlerVolmer):
    """i_n = i0 (aa + ac) F eta/RT  [A/m2]: Butler-Volmer at small overpotentials.

    With the default `alpha` the charge-transfer resistance is RT/(F i0).
    """

    def rate(self, eta: Any, T: Any) -> Any:
        """The slope."""
        return (self.alpha[0] + self.alpha[1]) * eta

    def behind_film(self, drive: Any, rho: Any) -> Any:
        """Two resistances in series."""
        return drive / (1 + rho * (self.alpha[0] + self.alpha[1]))


@dataclass(frozen=True)
class Tafel(Electrode):
    """i_n = sign(alpha) i0 exp(alpha F eta/RT)  [A/m2]: one direction of Butler-Volmer.

    `alpha` > 0: the anodic branch; `alpha` < 0: the cathodic branch with ac = -alpha.
    """

    alpha: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.alpha, int | float) and not self.alpha:
            raise InputError(f"alpha of Tafel({self.where!r}) = 0; allowed: any other number")
        object.__setattr__(self, "alpha", float(self.alpha))

    def rate(self, eta: Any, T: Any) -> Any:
        """The exponential of its branch."""
        return self.alpha / abs(self.alpha) * safe_exp(self.alpha * eta)

    def behind_film(self, drive: Any, rho: Any) -> Any:
        """Lambert's function: w + ln w = ln(|alpha| rho) + alpha drive, eta = drive - w/alpha."""
        size = ufl.ln(abs(self.alpha) * rho + 1e-100) + self.alpha * drive
        size = ufl.max_value(size, -500.0)
        w = ufl.conditional(
            ufl.gt(size, 1), ufl.max_value(size, 1) - ufl.ln(ufl.max_value(size, 1)), 1.0
        )
        w = ufl.conditional(ufl.gt(size, 1), w, ufl.exp(ufl.min_value(size, 1)) / (1 + w))
        for _ in range(FILM_STEPS):
            w = w * (1 + size - ufl.ln(w)) / (1 + w)
        return drive - w / self.alpha


@dataclass(frozen=True)
class MarcusHushChidsey(Electrode):
    """i_n = i0 [k(eta) - k(-eta)]/k(0), k = int exp(-(x - l + eta)^2/4l)/(1 + e^x) dx  [A/m2].

    l and eta over RT/F. `reorganisation_energy` lambda [eV] per electron. The trapezoidal sum
    for the integral is within 1e-5 of it (Chidsey, Science 251 (1991) 919; a closed form, Zeng et
    al., J. Electroanal. Chem. 735 (2014) 77, is off by several per cent). It keeps k(eta)/k(-eta)
    = exp(F eta/RT) exactly, and saturates: nothing overflows. No film.
    """

    reorganisation_energy: Any = 0.5
    points: tuple[int, int] = field(init=False)  #: of the sum, below and above zero

    def __post_init__(self) -> None:
        super().__post_init__()
        name = f"MarcusHushChidsey({self.where!r})"
        if self.film_resistance is not None:
            self.behind_film(0.0, 0.0)  # refuses
        energy = positive(self.reorganisation_energy, "eV", f"reorganisation_energy of {name}")
        object.__setattr__(self, "reorganisation_energy", energy)
        if not 0.01 <= energy <= 2:
            raise InputError(f"reorganisation_energy of {name} = {energy:g} eV; allowed: 0.01 to 2")
        reduced = 1.2 * energy * F / (R * 298.15)  # room for lower temperatures and other values
        reach = ceil((reduced + 5.2 * sqrt(2 * reduced)) / STEP), ceil(28 / STEP)
        object.__setattr__(self, "points", reach)

    def rate(self, eta: Any, T: Any) -> Any:
        """(1 - q) sum_k W_k/(e^y_k + q) of q = exp(-|eta|), which is 2 sinh(eta/2) S(eta)."""
        sign = ufl.conditional(ufl.lt(eta, 0), -1.0, 1.0)
        q, reduced = ufl.exp(-sign * eta), self.reorganisation_energy * F / (R * T)
        y = [STEP * k for k in range(-self.points[0], self.points[1] + 1)]
        weights = [ufl.exp(v / 2 - v**2 / (4 * reduced)) for v in y]

        def total(q: Any) -> Any:
            return _sum([W / (exp(v) + q) for W, v in zip(weights, y, strict=True)])

        return sign * (1 - q) * total(q) / total(1.0)


def _sum(terms: list[Any]) -> Any:
    """Their sum as a balanced tree: UFL descends into expressions by recursion."""
    half = len(terms) // 2
    return _sum(terms[:half]) + _sum(terms[half:]) if half else terms[0]
