"""Group onsager: transport models against the matrices they stand for."""

from collections.abc import Iterator

import numpy as np

import femion as fm

from ..transport.checks import evaluate
from ..units import F, R
from . import bench
from .check import Check, compare
from .onsager import ALGEBRA, Matrix, charge_form
from .registry import case
from .tables import Row, Tables

NEWMAN = "02c_newman_onsager.csv"


def newman(row: Row, z: tuple[int, int] = (1, -1)) -> tuple[fm.Medium, dict[str, float]]:
    """A concentrated binary electrolyte with one row's properties, and its composition."""
    c = row["c_mol_m3"]
    nu = (-z[1], z[0]) if z != (1, -1) else (1, 1)
    ions = fm.Species("A", z[0]), fm.Species("B", z[1])
    names = ("kappa_S_m", "t_plus", "D_m2_s", "chi=1+dlnf/dlnc")
    # given as functions of (c, T), as measured properties are
    properties = [lambda _c, _T, value=row[k]: value + 0 * _c for k in names]
    chi = fm.ThermodynamicFactor(row[names[-1]])
    medium = fm.Medium(ions, fm.ConcentratedBinary(*properties), chi)
    return medium, {"A": nu[0] * c, "B": nu[1] * c}


@case("newman-to-onsager", "onsager")
def newman_to_onsager(tables: Tables) -> Iterator[Check]:
    """Conductivity, t+, D and chi to L, for measured lithium electrolytes."""
    for row in tables.csv(NEWMAN):
        ions, c = newman(row)
        L = evaluate(fm.Phase("p", ions), c)
        S = charge_form(L, [1, -1])
        label = f"{row['set']} c={row['c_mol_m3']:g}"
        values = {"L_pp": L[0, 0], "L_pm": L[0, 1], "L_mm": L[1, 1]}
        yield from compare(label, row, values, "mol2/(J m s)", ALGEBRA, NEWMAN)
        values = {"sigma_pp": S[0, 0], "sigma_pm": S[0, 1], "sigma_mm": S[1, 1]}
        values |= {"min_eig": float(np.linalg.eigvalsh(S)[0])}
        yield from compare(label, row, values, "S/m", ALGEBRA, NEWMAN)


@case("onsager-to-newman", "onsager")
def onsager_to_newman(tables: Tables) -> Iterator[Check]:
    """kappa, t+ and D back from L, for a 1:1, a 2:1 and a 2:2 salt: identities to 1e-12."""
    row = tables.csv(NEWMAN)[0]
    source = "physics.md 2: kappa = F^2 sum z z L, t = F^2 z sum z L/kappa, S = z-^2 F^2 det L/..."
    for z in ((1, -1), (2, -1), (2, -2), (1, -2)):
        ions, c = newman(row, z)
        L = evaluate(fm.Phase("p", ions), c)
        sigma = charge_form(L, list(z))
        kappa = float(sigma.sum())
        unit = np.gcd(*z)
        nu = -z[1] // unit, z[0] // unit
        S = z[1] ** 2 * F**2 * np.linalg.det(L) / (nu[0] ** 2 * kappa)
        D = S * sum(nu) * R * bench.T * row["chi=1+dlnf/dlnc"] / (c["A"] / nu[0])
        label, values = f"z={z[0]:+d}{z[1]:+d}", {"kappa_S_m": kappa}
        yield from compare(label, row, values, "S/m", 1e-12, source)
        yield from compare(
            label, row, {"t_plus": float(sigma[0].sum()) / kappa}, "-", 1e-12, source
        )
        yield from compare(label, row, {"D_m2_s": float(D)}, "m2/s", 1e-12, source)


@case("stefan-maxwell-inversion", "onsager")
def stefan_maxwell(tables: Tables) -> Iterator[Check]:
    """L of Stefan-Maxwell friction equals the matrix inverted directly; symmetric, positive."""
    D = {"A": 1.334e-9, "B": 0.792e-9, "C": 2.032e-9, "A,B": 1e-10, "A,C": 1.5e-10, "B,C": 0.8e-10}
    friction = {k if "," in k else f"{k},solvent": v for k, v in D.items()}
    ions = fm.Species("A", 1), fm.Species("B", 2), fm.Species("C", -1)
    phase = fm.Phase("p", fm.Medium(ions, fm.StefanMaxwell(friction, solvent=55345.0)))
    source = "physics.md 2: L = diag(c) M^-1 diag(c), numpy.linalg.inv"
    for c in ({"A": 50.0, "B": 10.0, "C": 70.0}, {"A": 1e-3, "B": 900.0, "C": 1800.001}):
        L, exact = evaluate(phase, c), _friction_inverse(D, c, 55345.0)
        scale = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
        label = f"c={','.join(f'{v:g}' for v in c.values())}"
        for i in range(3):
            for j in range(i, 3):
                what = f"{label} L_{i + 1}{j + 1}"
                yield Check(what, L[i, j], exact[i, j], "mol2/(J m s)", 1e-12, source)
        skew = float((np.abs(L - L.T) / scale).max())
        yield Check(f"{label} asymmetry", skew, 0.0, "-", 1e-15, source, "absolute")
        least = float(np.linalg.eigvalsh(L / scale)[0])
        yield Check(f"{label} positive", float(least > 0), 1.0, "-", 0.0, source, "absolute")


def _friction_inverse(D: dict[str, float], c: dict[str, float], solvent: float) -> Matrix:
    """L by numpy from the friction coefficients K_ij = RT c_i c_j/(c_T D_ij)."""
    names, total = list(c), sum(c.values()) + solvent

    def K(i: str, j: str) -> float:
        return R * bench.T * c[i] * c[j] / (total * D[",".join(sorted((i, j)))])

    M = np.array([[0.0 if i == j else -K(i, j) for j in names] for i in names])
    with_solvent = [R * bench.T * c[i] * solvent / (total * D[i]) for i in names]
    M += np.diag(np.array(with_solvent) - M.sum(axis=1))
    C = np.diag(list(c.values()))
    return np.asarray(C @ np.linalg.inv(M) @ C)
