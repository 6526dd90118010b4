"""Concentrated mixtures: Pitzer's equations and regular solutions, each from one free energy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import ufl

from ..errors import InputError, unknown
from ..units import N_A, R, convert, positive
from .electrolyte import DUST, bjerrum_length
from .excess import Excess, derivatives

Parameters = Mapping[Any, float]
SOLVENT = "solvent"
B = 1.2  # Pitzer's b [(kg/mol)^1/2]


@dataclass(frozen=True)
class Pitzer(Excess):
    """ln gamma_i = dG/dm_i, G the excess Gibbs energy per kg of solvent over R T.

        G = -(4 A I/b) ln(1 + b sqrt I) + sum_ca m_c m_a (2 B_ca + Z C_ca)
            + sum_pairs 2 theta m m' + sum_triples psi m m' m''
        B = beta0 + beta1 g(alpha1 sqrt I) + beta2 g(alpha2 sqrt I), C = Cphi/(2 |z_c z_a|^1/2)

    with g(x) = 2 (1 - (1 + x) e^-x)/x^2, Z = sum m |z|, b = 1.2, alpha1 = 2 (1.4 if both ions have
    |z| >= 2), alpha2 = 12; A = (2 pi N_A rho)^1/2 l_B^3/2/3. Units are those of the tables (kg,
    mol); keys ("Na+", "Cl-") in any order. `beta0` and `beta1` are given for every cation and
    anion, the others where not 0. `density` rho [kg/m3] is solvent per volume of solution and
    constant, m_i = c_i/rho, which keeps the model integrable; gamma_i is the molal one. Left
    out: unsymmetrical mixing (E-theta) and interactions of neutral species, which are ideal.
    Pitzer, Activity Coefficients in Electrolyte Solutions, 1991, ch. 3; Harvie, Moller and
    Weare, Geochim. Cosmochim. Acta 48 (1984) 723.
    """

    beta0: Parameters
    beta1: Parameters
    Cphi: Parameters = field(default_factory=dict)
    theta: Parameters = field(default_factory=dict)
    psi: Parameters = field(default_factory=dict)
    beta2: Parameters = field(default_factory=dict)
    permittivity: Any = 78.36
    density: float = 997.05

    def __post_init__(self) -> None:
        for name in ("beta0", "beta1", "beta2", "Cphi", "theta", "psi"):
            _sort_keys(self, name, 3 if name == "psi" else 2)
        convert(self, **{name: "" for name in ("beta0", "beta1", "beta2", "Cphi", "theta", "psi")})
        for name, unit in (("permittivity", ""), ("density", "kg/m^3")):
            value = positive(getattr(self, name), unit, f"{name} of Pitzer")
            object.__setattr__(self, name, value)

    def check(self, species: Sequence[Any]) -> None:
        """beta0 and beta1 of every cation and anion; no key of other species or charges."""
        super().check(species)
        z = {s.name: s.z for s in species}
        for name in ("beta0", "beta1", "beta2", "Cphi", "theta", "psi"):
            for key in getattr(self, name):
                _known(key, z, f"{name} of Pitzer")
                positives = sum(z[i] > 0 for i in key)
                allowed = {"theta": (0, 2), "psi": (1, 2)}.get(name, (1,))
                if positives not in allowed or not all(z[i] for i in key):
                    needed = {"theta": "two ions of one sign", "psi": "two of one sign, one other"}
                    raise InputError(
                        f"{name} of Pitzer: {', '.join(key)}; allowed: "
                        f"{needed.get(name, 'a cation and an anion')}"
                    )
        for pair in _salts(z):
            for name in ("beta0", "beta1"):
                if pair not in getattr(self, name):
                    raise InputError(f"{name} of Pitzer: {', '.join(pair)} is missing")

    def ln_gamma(self, s: Any) -> dict[str, Any]:
        """dG/dm_i of every ion."""
        m = {i: s.c[i] / self.density for i, z in s.charges.items() if z}
        return derivatives(lambda m: self.gibbs(m, s), m)

    def gibbs(self, m: Mapping[str, Any], s: Any) -> Any:
        """Excess Gibbs energy per kg of solvent over R T [mol/kg] at molalities m [mol/kg]."""
        z, length = s.charges, bjerrum_length(self.permittivity, s.T)
        A = ufl.sqrt(2 * ufl.pi * N_A * self.density * length**3) / 3
        ionic = 0.5 * sum(z[i] ** 2 * v for i, v in m.items()) + DUST / self.density
        Z = sum(abs(z[i]) * v for i, v in m.items())
        G = -(4 * A / B) * ionic * ufl.ln(1 + B * ufl.sqrt(ionic))
        for i, j in _salts({i: z[i] for i in m}):
            C = self.Cphi.get((i, j), 0.0) / (2 * abs(z[i] * z[j]) ** 0.5)
            G += m[i] * m[j] * (2 * self._second(i, j, z, ufl.sqrt(ionic)) + Z * C)
        G += sum(2 * theta * m[i] * m[j] for (i, j), theta in self.theta.items())
        return G + sum(psi * m[i] * m[j] * m[k] for (i, j, k), psi in self.psi.items())

    def _second(self, i: str, j: str, z: Mapping[str, int], root: Any) -> Any:
        """Second virial coefficient B_ij of a cation and an anion [kg/mol]."""
        alpha = 1.4 if min(abs(z[i]), abs(z[j])) >= 2 else 2.0
        value = self.beta0[i, j] + self.beta1[i, j] * _g(alpha * root)
        return value + self.beta2[i, j] * _g(12.0 * root) if (i, j) in self.beta2 else value


@dataclass(frozen=True)
class Margules(Excess):
    """ln gamma_i = dG/dy_i, G = sum_pairs Omega_ij y_i y_j/(R T), y_i = c_i/c_total.

    The regular solution: `interaction` {("A", "B"): Omega [J/mol]} of pairs of species and of
    "solvent", whose fraction is 1 - sum_i y_i; `c_total` [mol/m3] is constant. Positive Omega
    keeps apart. With `statistics` LatticeGas of c_max = c_total, f = R T c_total
    [y ln y + (1 - y) ln(1 - y) + chi y (1 - y)], chi = Omega/(R T).
    """

    interaction: Parameters
    c_total: float

    def __post_init__(self) -> None:
        _sort_keys(self, "interaction", 2)
        convert(self, interaction="J/mol")
        total = positive(self.c_total, "mol/m^3", "c_total of Margules")
        object.__setattr__(self, "c_total", total)

    def check(self, species: Sequence[Any]) -> None:
        """Pairs are of species and "solvent"."""
        super().check(species)
        for key in self.interaction:
            _known(key, [*(s.name for s in species), SOLVENT], "interaction of Margules")

    def ln_gamma(self, s: Any) -> dict[str, Any]:
        """dG/dy_i."""

        def G(y: Mapping[str, Any]) -> Any:
            y = {SOLVENT: 1 - sum(y.values()), **y}
            energies = self.interaction.items()
            return sum(omega * y[i] * y[j] for (i, j), omega in energies) / (R * s.T)

        return derivatives(G, {i: c / self.c_total for i, c in s.c.items()})


def _g(x: Any) -> Any:
    """Pitzer's g(x) = 2 (1 - (1 + x) e^-x)/x^2."""
    return 2 * (1 - (1 + x) * ufl.exp(-x)) / x**2


def _salts(z: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Keys of all pairs of a cation and an anion."""
    plus, minus = [i for i in z if z[i] > 0], [i for i in z if z[i] < 0]
    return [tuple(sorted(pair)) for pair in product(plus, minus)]


def _sort_keys(instance: Any, field: str, n: int) -> None:
    """Bring keys "B,A" or ("B", "A") to ("A", "B"); refuse wrong lengths and repetitions."""
    what, out = f"{field} of {type(instance).__name__}", {}
    for key, value in getattr(instance, field).items():
        names = key.split(",") if isinstance(key, str) else key
        new = tuple(sorted(k.strip() for k in names))
        if len(set(new)) != n:
            raise InputError(f"{what}: {key!r}; allowed: {n} different names, as 'A,B' or a tuple")
        if new in out:
            raise InputError(f"{what}: {', '.join(new)} is given twice")
        out[new] = value
    object.__setattr__(instance, field, out)


def _known(key: Sequence[str], names: Any, what: str) -> None:
    for i in key:
        if i not in names:
            raise unknown(f"species in {what}", i, names)
