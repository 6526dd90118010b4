"""The formulas behind the data files: numbers, arrays and UFL expressions alike.

Each takes the parameters of a property as its file states them and returns a function of the
salt concentration c [mol/m3] and the temperature T [K]; see the files for sources.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import ufl

Function = Callable[[Any, Any], Any]
Data = Mapping[str, Any]
LITRE = 1000.0  # mol/m3 in 1 mol/L
LN10 = 2.302585092994046


def is_number(x: Any) -> bool:
    """Whether `x` has a value now; a UFL expression has none yet."""
    return isinstance(x, int | float | np.ndarray | np.number)


def exp(x: Any) -> Any:
    """Exponential of a number, array or UFL expression."""
    return np.exp(x) if is_number(x) else ufl.exp(x)


def polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """sum_k a_k x^k by Horner's rule."""
    total: Any = float(coefficients[-1])
    for a in coefficients[-2::-1]:
        total = total * x + float(a)
    return total


def least(x: Any, limit: float) -> Any:
    """The smaller of a number, array or UFL expression and a number."""
    return np.minimum(x, limit) if is_number(x) else ufl.min_value(x, limit)


def _smoothed(data: Data) -> Callable[[Any], Any]:
    """Polynomial in sqrt(c [mol/L]) through a table, least squares of the relative error.

    Beyond the last row the value of the last row is kept: a polynomial would run away.
    """
    c, value = np.array(data["table"], dtype=float).T
    roots = np.sqrt(c / LITRE)
    powers = roots[:, None] ** np.arange(data["degree"] + 1)
    found = np.linalg.lstsq(powers / value[:, None], np.ones(len(c)), rcond=None)[0]
    a, end = [float(k) for k in found], float(roots[-1])
    return lambda c: polynomial(a, least((c / LITRE) ** 0.5, end))


def root_table(data: Data) -> Function:
    """A table smoothed by a polynomial in sqrt(c)."""
    value = _smoothed(data)
    return lambda c, T: value(c)


def molar_conductivity_table(data: Data) -> Function:
    """Conductivity c Lambda [S/m], Lambda [S m2/mol] smoothed by a polynomial in sqrt(c)."""
    value = _smoothed(data)
    return lambda c, T: c * value(c)


def stokes(data: Data) -> Function:
    """t+ = (lambda+ - x/2)/(lambda+ + lambda- - x), x = B2 sqrt(c)/(1 + B a sqrt(c))."""
    plus, minus = data["lambda_plus"], data["lambda_minus"]
    B2, Ba = data["electrophoretic"], data["screening"] * data["ion_size"]

    def t_plus(c: Any, T: Any) -> Any:
        root = (c / LITRE) ** 0.5
        x = B2 * root / (1 + Ba * root)
        return (plus - x / 2) / (plus + minus - x)

    return t_plus


def pitzer(data: Data) -> Function:
    """Thermodynamic factor 1 + d ln gamma/d ln m = d(m phi)/dm of a 1:1 salt.

    phi = 1 - A sqrt(m)/(1 + b sqrt(m)) + m (beta0 + beta1 exp(-alpha sqrt(m))) + m^2 C, with
    the molality m = c/(rho (1 - c V)).
    """
    A, b, alpha = data["A_phi"], data["b"], data["alpha"]
    b0, b1, C = data["beta0"], data["beta1"], data["C_phi"]

    def chi(c: Any, T: Any) -> Any:
        m = c / (data["density"] * (1 - c * data["molar_volume"]))
        root = m**0.5
        decay = b1 * exp(-alpha * root)
        debye = A * root / (1 + b * root) * (1 + 0.5 / (1 + b * root))
        return 1 - debye + m * (2 * b0 + decay * (2 - 0.5 * alpha * root)) + 3 * C * m**2

    return chi


def landesfeind_conductivity(data: Data) -> Function:
    """Conductivity [S/m] p1 (1 + T - p2) c (1 + p3 sqrt(c) + p4 (1 + p5 E) c)/(1 + p6 E c^4)/10.

    E = exp(1000/T), c in mol/L.
    """
    p1, p2, p3, p4, p5, p6 = map(float, data["p"])

    def kappa(c: Any, T: Any) -> Any:
        x, E = c / LITRE, exp(1000 / T)
        top = 1 + p3 * x**0.5 + p4 * (1 + p5 * E) * x
        return 0.1 * p1 * (1 + T - p2) * x * top / (1 + p6 * E * x**4)

    return kappa


def landesfeind_diffusivity(data: Data) -> Function:
    """D [m2/s] = 1e-10 p1 exp(p2 c + p3/T + p4 c/T), c in mol/L."""
    p1, p2, p3, p4 = map(float, data["p"])
    return lambda c, T: 1e-10 * p1 * exp(p2 * c / LITRE + (p3 + p4 * c / LITRE) / T)


def landesfeind_polynomial(data: Data) -> Function:
    """p1 + p2 c + p3 T + p4 c^2 + p5 c T + p6 T^2 + p7 c^3 + p8 c^2 T + p9 c T^2, c in mol/L."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9 = map(float, data["p"])

    def value(c: Any, T: Any) -> Any:
        terms = (p1 + T * (p3 + T * p6), p2 + T * (p5 + T * p9), p4 + p8 * T)
        x = c / LITRE
        return terms[0] + x * (terms[1] + x * (terms[2] + x * p7))

    return value


def constant(data: Data) -> Function:
    """One value whatever c and T."""
    value = float(data["value"])
    return lambda c, T: value + 0.0 * c


def valoen_conductivity(data: Data) -> Function:
    """Conductivity [S/m] c (sum_kl k_kl c^k T^l)^2/10, c in mol/L; `k` holds a row per power of c.

    In mS/cm as printed.
    """

    def kappa(c: Any, T: Any) -> Any:
        x = c / LITRE
        powers = [polynomial(row, T) for row in data["k"]]
        return 0.1 * x * (powers[0] + x * (powers[1] + x * powers[2])) ** 2

    return kappa


def valoen_diffusivity(data: Data) -> Function:
    """D [m2/s] = 1e-4 10^(D0 + D1/(T - Tg0 - Tg1 c) + D2 c), c in mol/L."""
    D0, D1, D2, Tg0, Tg1 = (float(data[k]) for k in ("D0", "D1", "D2", "Tg0", "Tg1"))

    def D(c: Any, T: Any) -> Any:
        x = c / LITRE
        return 1e-4 * exp(LN10 * (D0 + D1 / (T - Tg0 - Tg1 * x) + D2 * x))

    return D


def valoen_factor(data: Data) -> Function:
    """Thermodynamic factor [a0 + a1 c^1/2 + a2 (1 + a3 (T - T0)) c^3/2]/(1 - t+), c in mol/L."""
    a0, a1, a2, a3 = map(float, data["a"])
    rest, T0 = 1.0 - float(data["t_plus"]), float(data["reference"])

    def chi(c: Any, T: Any) -> Any:
        x = c / LITRE
        return (a0 + a1 * x**0.5 + a2 * (1 + a3 * (T - T0)) * x**1.5) / rest

    return chi


def springer(data: Data) -> Function:
    """Conductivity [S/m] (a lambda + b) exp(E (1/T0 - 1/T)), lambda the water per acid group."""
    at_reference = data["slope"] * data["water_content"] + data["intercept"]
    E, T0 = data["activation"], data["reference"]
    return lambda c, T: at_reference * exp(E * (1 / T0 - 1 / T))


#: What a data file may name as the `form` of a property.
FORMS: Mapping[str, Callable[[Data], Function]] = {
    "constant": constant,
    "landesfeind conductivity": landesfeind_conductivity,
    "landesfeind diffusivity": landesfeind_diffusivity,
    "landesfeind polynomial": landesfeind_polynomial,
    "molar conductivity table": molar_conductivity_table,
    "pitzer": pitzer,
    "root table": root_table,
    "springer": springer,
    "stokes": stokes,
    "valoen conductivity": valoen_conductivity,
    "valoen diffusivity": valoen_diffusivity,
    "valoen factor": valoen_factor,
}
