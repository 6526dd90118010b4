"""Group interfaces: potentials at rest and the limiting current of ideal and charged membranes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import brentq

import femion as fm

from ..errors import NotConverged
from ..thermo import C_REF
from ..units import F
from . import bench
from .check import Check
from .registry import case
from .tables import Tables

VT = bench.VT


def salt(cation: fm.Species, anion: fm.Species, c: float) -> dict[str, float]:
    """Composition of a salt at c [mol/m3] of formula units."""
    return {cation.name: -c * anion.z, anion.name: c * cation.z}


@case("concentration-cell", "interfaces")
def concentration_cell(tables: Tables) -> Iterator[Check]:
    """E = (RT/zF) ln(c1/c2) over a membrane that only one ion crosses, to 1e-8."""
    for z, c1, c2 in ((1, 100.0, 1.0), (2, 5.0, 2000.0), (3, 10.0, 20.0)):
        cation, anion = fm.Species("M", z), bench.CHLORIDE
        water = fm.Medium((cation, anion), fm.Dilute({"M": 1e-9, "Cl-": 2e-9}))
        laws = [
            fm.Reservoir("left", salt(cation, anion, c1), potential=0.0),
            fm.Donnan("a|b", blocked=("Cl-",)),
            fm.Reservoir("right", salt(cation, anion, c2), current=0.0),
        ]
        where = bench.stack({"a": 1e-5, "b": 1e-5}, 2.5e-6)
        s = fm.solve(fm.Model([fm.Phase("a", water), fm.Phase("b", water)], laws), where)
        E = VT / z * float(np.log(c1 / c2))
        yield Check(f"z={z} {c1:g}|{c2:g}", s.potential("right"), E, "V", 1e-8, "Nernst")


def teorell(z: tuple[int, int], D: tuple[float, float], X: float, c: tuple[float, float]) -> float:
    """Zero-current potential [V] of a membrane of fixed charge X between two baths of one salt.

    Donnan's jump at either face, and inside dphi = -z_1 (D_1 - D_2) dc_1/sum z_i^2 D_i c_i, whose
    denominator is linear in c_1 (Teorell 1953, for any valences).
    """
    ends = []
    for bath in c:
        c1, c2 = -z[1] * bath, z[0] * bath

        def charge(y: float, c1: float = c1, c2: float = c2) -> float:
            return float(z[0] * c1 * np.exp(-z[0] * y) + z[1] * c2 * np.exp(-z[1] * y) + X)

        y = brentq(charge, -40.0, 40.0, xtol=1e-15)
        ends.append((y, float(c1 * np.exp(-z[0] * y))))
    slope = z[0] ** 2 * D[0] - z[0] * z[1] * D[1]
    first, second = (slope * c1 - z[1] * D[1] * X for _, c1 in ends)
    inside = -z[0] * (D[0] - D[1]) / slope * np.log(second / first)
    return VT * float(ends[0][0] + inside - ends[1][0])


@case("membrane-potential-valences", "interfaces")
def membrane_potential(tables: Tables) -> Iterator[Check]:
    """Teorell-Meyer-Sievers with 1:1, 2:1 and 1:2 salts, several ratios, both signs of charge.

    P2 on cells graded to the profile: the potential at zero current converges with h^4.
    """
    L = 1e-4
    where = bench.stack({"membrane": L}, 0.01 * L, 1e-4 * L, growth=1.12)
    D = {1: (1.334e-9, 2.032e-9), 2: (0.792e-9, 2.032e-9)}
    for z in ((1, -1), (2, -1), (1, -2)):
        ions = fm.Species("M", z[0]), fm.Species("A", z[1])
        pair = D[z[0]] if z[1] == -1 else (1.334e-9, 1.065e-9)
        medium = fm.Medium(ions, fm.Dilute({"M": pair[0], "A": pair[1]}))
        for X, c1, c2 in ((-500.0, 10.0, 100.0), (-500.0, 5.0, 500.0), (200.0, 20.0, 60.0)):
            laws = [
                fm.DonnanReservoir("left", salt(*ions, c1), potential=0.0),
                fm.DonnanReservoir("right", salt(*ions, c2), current=0.0),
            ]
            phase = fm.Phase("membrane", medium, fixed_charge=X)
            s = fm.solve(fm.Model([phase], laws), where, degree=2)
            E = teorell(z, pair, X, (c1, c2))
            name = f"z={z[0]}:{-z[1]} X={X:g} {c1:g}|{c2:g}"
            yield Check(name, s.potential("right"), E, "V", 1e-6, "Teorell, any valences")


@case("film-limiting-current", "interfaces")
def limiting_current(tables: Tables) -> Iterator[Check]:
    """A film beside an ideal cation-exchanger: i_lim = F D c (1 + z+/|z-|)/delta of the cation.

    Below it the profile is a straight line (its logarithm on P2 converges with h^4); above it
    there is no steady state, and the largest drive is located to the 1e-3 of continuation.
    """
    cb, delta, D = 100.0, 1e-4, bench.NACL["Na+"]
    limit = 2 * F * D * cb / delta

    def film(i: float) -> Any:
        laws = [
            fm.Reservoir("left", bench.salt(cb), potential=0.0),
            fm.ReversibleElectrode("right", "Na+", current_density=-i),
        ]
        where = bench.stack({"film": delta}, delta / 20, delta / 400)
        model = fm.Model([fm.Phase("film", bench.nacl())], laws)
        return fm.solve(model, where, degree=2)

    for share in (0.1, 0.5, 0.9):
        s = film(share * limit)
        c, source = bench.concentration(s, "Na+", "right"), "c = c_b (1 - i/i_lim)"
        yield Check(f"i/i_lim={share:g} c", c, cb * (1 - share), "mol/m3", 1e-6, source)
        V = VT * float(2 * np.log(1 - share) + np.log(cb / C_REF))
        yield Check(f"i/i_lim={share:g} V", s.potential("right"), V, "V", 1e-6, source)
    asked = 1.25
    try:
        film(asked * limit)
        reached = asked
    except NotConverged as error:
        reached = asked * error.state.share  # type: ignore[attr-defined]
    yield Check("largest i/i_lim", reached, 1.0, "-", 2e-3, "F D c 2/delta")
