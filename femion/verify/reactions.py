"""Group thermodynamics: homogeneous reactions, their equilibrium, kinetics and books."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import cosh, log, log10, sqrt
from typing import Any

import ufl
from scipy.optimize import brentq

import femion as fm

from ..domain import mesh
from ..solution import Solution
from . import bench
from .check import Check
from .registry import case
from .tables import Tables

KW = 1.0e-14 * 1000.0**2  # [mol2/m6]
K1, K2 = (10.0**-pK * 1000.0 for pK in (6.35, 10.33))  # [mol/m3]
EXACT = 1e-10  # equilibrium: no discretisation error, only Newton's last step squared
BOOKS = 1e-9  # solver tolerance of all balances, relative
D = {  # [m2/s] at infinite dilution
    "Na+": 1.334e-9,
    "Cl-": 2.032e-9,
    "H+": 9.311e-9,
    "OH-": 5.273e-9,
    "CO2": 1.91e-9,
    "HCO3-": 1.185e-9,
    "CO3--": 0.923e-9,
}
Z = {"Na+": 1, "Cl-": -1, "H+": 1, "OH-": -1, "CO2": 0, "HCO3-": -1, "CO3--": -2}
SALT = ("Na+", "Cl-", "H+", "OH-")
SODA = ("Na+", "H+", "OH-", "CO2", "HCO3-", "CO3--")


def medium(names: tuple[str, ...]) -> fm.Medium:
    """A dilute solution of some of the species above."""
    return fm.Medium([fm.Species(i, Z[i]) for i in names], fm.Dilute({i: D[i] for i in names}))


def water(speed: float = 1.0) -> fm.MassAction:
    """Water dissociation, faster than it is."""
    return fm.MassAction("H2O -> H+ + OH-", 1e-14, backward=1.4e8 * speed, solvent=("H2O",))


def closed(names: tuple[str, ...], start: Mapping[str, float], *reactions: Any) -> Solution:
    """A cell that nothing leaves; a sodium electrode at 0 V is the reference of potential."""
    cell = fm.Phase("cell", medium(names), initial=start, reactions=reactions)
    wall = fm.ReversibleElectrode("left", "Na+", potential=0.0)
    where = fm.geometry.slab(1e-4, 8, region="cell")
    return fm.solve(fm.Model([cell], [wall]), where, degree=1)


def off_product(s: Solution, phase: str) -> float:
    """Root mean square over a phase of c_H c_OH/Kw - 1."""
    return s.mean(lambda q: (q.c["H+"] * q.c["OH-"] / KW - 1.0) ** 2, phase) ** 0.5


# -- water -------------------------------------------------------------------------------------
@case("water-dissociation", "thermodynamics")
def water_dissociation(tables: Tables) -> Iterator[Check]:
    """c_H c_OH = Kw in closed cells, across a bipolar junction at rest, in a fast gradient."""
    source = "Kw = 1e-14 (mol/L)2"
    for speed in (1.0, 1e8):
        start = {"Na+": 100.0, "Cl-": 100.0, "H+": 1e-3, "OH-": 1e-3}
        off = off_product(closed(SALT, start, water(speed)), "cell")
        name = f"closed, k x {speed:g}: c_H c_OH/Kw - 1"
        yield Check(name, off, 0.0, "-", EXACT, source, "absolute")
    for closure, s in junctions():
        for phase in ("cem", "aem"):
            name = f"bipolar junction, {closure}, {phase}: c_H c_OH/Kw - 1"
            yield Check(name, off_product(s, phase), 0.0, "-", EXACT, source, "absolute")
    off = off_product(gradient(1e8), "film")
    yield Check("in a gradient, k x 1e8: c_H c_OH/Kw - 1", off, 0.0, "-", EXACT, source, "absolute")


def junctions() -> Iterator[tuple[str, Solution]]:
    """Cation- beside anion-exchange membrane between equal baths, no current: all is at rest."""
    bath = fm.equilibrate(bench.salt(100.0), [water()])
    nm = 1e-9
    where = bench.stack({"cem": 20 * nm, "aem": 20 * nm}, 1 * nm, 0.2 * nm)
    for closure in (fm.Electroneutral(), fm.Poisson()):
        phases = [
            fm.Phase(name, medium(SALT), fixed_charge=X, reactions=[water()])
            for name, X in (("cem", -500.0), ("aem", 500.0))
        ]
        laws = [
            fm.DonnanReservoir("left", bath, potential=0.0),
            fm.Donnan("cem|aem"),
            fm.DonnanReservoir("right", bath, current=0.0),
        ]
        model = fm.Model(phases, laws, closure=closure)
        yield type(closure).__name__, fm.solve(model, where, degree=2)


def gradient(speed: float) -> Solution:
    """A film between two neutral solutions of salt: its junction field pulls water's ions apart."""
    film = fm.Phase("film", medium(SALT), reactions=[water(speed)])
    baths = [fm.equilibrate(bench.salt(c), [water()]) for c in (100.0, 50.0)]
    laws = [
        fm.Reservoir("left", baths[0], potential=0.0),
        fm.Reservoir("right", baths[1], current=0.0),
    ]
    where = fm.geometry.slab(1e-4, 20, region="film")
    return fm.solve(fm.Model([film], laws), where, degree=2)


# -- carbonate ---------------------------------------------------------------------------------
def carbonate_by_hand(sodium: float, carbon: float) -> dict[str, float]:
    """Speciation [mol/m3] from the charge balance as one equation for c_H."""

    def species(h: float) -> dict[str, float]:
        share = h * h + K1 * h + K1 * K2
        return {
            "H+": h,
            "OH-": KW / h,
            "CO2": carbon * h * h / share,
            "HCO3-": carbon * K1 * h / share,
            "CO3--": carbon * K1 * K2 / share,
        }

    def charge(ln_h: float) -> float:
        c = species(10.0**ln_h)
        return sodium + sum(Z[i] * v for i, v in c.items())

    return species(10.0 ** float(brentq(charge, -12.0, 4.0, xtol=1e-15, rtol=1e-15)))


@case("carbonate-speciation", "thermodynamics")
def carbonate(tables: Tables) -> Iterator[Check]:
    """Closed NaHCO3 and CO2: pH and all species against an independent algebraic solution."""
    source = "charge balance solved for c_H (scipy brentq)"
    raw = {"Na+": 10.0, "HCO3-": 10.0, "CO2": 1.0}
    acid = {"Na+": 10.0, "HCO3-": 9.0, "CO2": 2.0, "H+": 1.001, "OH-": 1.001, "CO3--": 0.5}
    for label, start in (("incomplete start", raw), ("start far off", acid)):
        s = closed(SODA, start, water(), *fm.carbonate())
        carbon = sum(start.get(i, 0.0) for i in ("CO2", "HCO3-", "CO3--"))
        known = carbonate_by_hand(start["Na+"], carbon)
        for i, c in known.items():
            found = bench.concentration(s, i, "cell")
            yield Check(f"{label}: c of {i}", found, c, "mol/m3", 1e-9, source)
        found, pH = (
            -log10(c / 1000.0) for c in (bench.concentration(s, "H+", "cell"), known["H+"])
        )
        yield Check(f"{label}: pH", found, pH, "-", 1e-9, source)


# -- kinetics ----------------------------------------------------------------------------------
LENGTH, D_A, D_B, K_AB = 1e-4, 1e-9, 2e-9, 3.0
START = {"A": 50.0, "B": 10.0}  # at the open end [mol/m3]
CELLS = {1: (16, 32, 64), 2: (8, 16, 32)}


class Thiele:
    """A <-> B in a slab closed at x = L: c_A - c_B/K = u0 cosh(m(L - x))/cosh(mL).

    m^2 = k (1/D_A + 1/(K D_B)); D_A c_A + D_B c_B is uniform. `modulus` is m L.
    """

    def __init__(self, modulus: float) -> None:
        self.modulus = modulus
        self.k = (modulus / LENGTH) ** 2 / (1 / D_A + 1 / (K_AB * D_B))

    def c(self, x: Any, m: Any = ufl.cosh) -> dict[str, Any]:
        """Exact concentrations [mol/m3] at x [m]."""
        fall = m(self.modulus * (1.0 - x / LENGTH)) / cosh(self.modulus)
        u = (START["A"] - START["B"] / K_AB) * fall
        both = D_A * START["A"] + D_B * START["B"]
        A = (u + both / (D_B * K_AB)) / (1.0 + D_A / (D_B * K_AB))
        return {"A": A, "B": (both - D_A * A) / D_B}

    def solve(self, cells: int, degree: int) -> Solution:
        """The slab with an open end."""
        species = [fm.Species("A", 0), fm.Species("B", 0)]
        slab = fm.Phase(
            "slab",
            fm.Medium(species, fm.Dilute({"A": D_A, "B": D_B})),
            reactions=[fm.MassAction("A -> B", K_AB, forward=self.k)],
        )
        model = fm.Model([slab], [fm.Reservoir("left", START, potential=0.0)])
        domain = mesh(fm.geometry.slab(LENGTH, cells, region="slab"))
        return fm.solve(fm.Problem(model, domain, degree, quadrature=2 * degree + 4))


@case("diffusion-and-reaction", "thermodynamics")
def thiele(tables: Tables) -> Iterator[Check]:
    """A <-> B in a slab: orders of c in L2, and what the slab converts (Thiele modulus 2)."""
    exact = Thiele(2.0)
    for degree, cells in CELLS.items():
        solved = [exact.solve(n, degree) for n in cells]
        for i in START:
            e = [
                s.mean(lambda q, i=i: (q.c[i] - exact.c(q.x[0])[i]) ** 2, "slab") ** 0.5
                for s in solved
            ]
            order = [log(a / b) / log(2.0) for a, b in pairwise(e)][-1]
            name, source = f"P{degree}, order of c_{i}", f"approximation theory, order {degree + 1}"
            yield Check(name, order, degree + 1.0, "-", 0.1, source, "absolute")
    u0 = START["A"] - START["B"] / K_AB
    tanh = sqrt(1.0 - cosh(exact.modulus) ** -2)
    known = exact.k * u0 * LENGTH * tanh / exact.modulus
    s = solved[-1]
    made = s.audit.produced["slab"]["B"] / bench.height(s)
    source = "k u0 L tanh(mL)/(mL); P2 at h = L/32: (mh)^4"
    tolerance = (exact.modulus / CELLS[2][-1]) ** 4
    yield Check("B made", made, known, "mol/(m2 s)", tolerance, source)
    entering = bench.flux(s, "A", "left")
    yield Check("A entering", entering, made, "mol/(m2 s)", BOOKS, "steady balance of A")


# -- books -------------------------------------------------------------------------------------
@case("books-with-reactions", "thermodynamics")
def books(tables: Tables) -> Iterator[Check]:
    """Soda between two pH under current: species, carbon, charge, energy, second law."""
    reactions = [water(), *fm.carbonate()]
    film = fm.Phase("film", medium(SODA), reactions=reactions)
    sides = ({"Na+": 50.0, "HCO3-": 50.0, "CO2": 5.0}, {"Na+": 60.0, "HCO3-": 40.0, "CO3--": 10.0})
    left, right = (fm.equilibrate(c, reactions) for c in sides)
    laws = [
        fm.Reservoir("left", left, potential=0.0),
        fm.Reservoir("right", right, current_density=5.0),
    ]
    where = fm.geometry.slab(1e-4, 20, region="film")
    s = fm.solve(fm.Model([film], laws), where, degree=2)
    a, source = s.audit, "physics.md 7: identities"
    for i, error in a.imbalance.items():
        yield Check(f"imbalance of {i}", error, 0.0, "-", BOOKS, source, "absolute")
    carbon = ("CO2", "HCO3-", "CO3--")
    through = {side: sum(s.flow(i, side) for i in carbon) for side in ("left", "right")}
    lost = sum(through.values()) / max(map(abs, through.values()))
    yield Check("carbon lost", lost, 0.0, "-", BOOKS, "element balance", "absolute")
    yield Check("imbalance of charge", a.charge_imbalance, 0.0, "-", BOOKS, source, "absolute")
    yield Check("imbalance of energy", a.energy_imbalance, 0.0, "-", BOOKS, source, "absolute")
    losing = float(a.reactions["film"] > 0.0 and a.dissipation["film"] > 0.0)
    yield Check("reactions and film dissipate", losing, 1.0, "-", 0.0, "second law")
