"""Group solvers: observed orders of convergence against manufactured solutions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import ufl

import femion as fm

from ..domain import mesh
from ..solution import Solution
from ..units import EPS0, F, R
from . import bench
from .check import Check
from .interfaces import FRICTION, IONS
from .manufactured import Exact, orders
from .registry import case
from .tables import Tables

L = 2e-8  # a box of a few Debye lengths, so that space charge matters [m]
RT = R * bench.T
Z = {i.name: i.z for i in IONS}
CELLS = {1: [12, 24, 48], 2: [6, 12, 24]}  # across the box, per degree


def check_orders(
    solve: Callable[[int, int], Solution], exact: Mapping[str, Exact], label: str
) -> Iterator[Check]:
    """P1 has order 2 and P2 order 3 in L2 for every field of every phase."""
    for degree, cells in CELLS.items():
        for field, order in orders(solve, exact, degree, cells).items():
            source = f"approximation theory, order {degree + 1}"
            name = f"{label}, P{degree}, order of {field}"
            yield Check(name, order, degree + 1.0, "-", 0.1, source, "absolute")


# -- one phase, friction between three ions ----------------------------------------------------
def waves(m: Any, x: Any, y: Any) -> dict[str, Any]:
    """Smooth w_i and phi_hat; concentrations between 15 and 150 mol/m3."""
    return {
        "Na+": -3.0 + 0.4 * m.sin(2.1 * x + 0.7 * y),
        "K+": -2.8 + 0.3 * m.cos(1.3 * x - 1.9 * y),
        "Cl-": -2.5 + 0.35 * m.sin(1.1 * x) * m.cos(1.7 * y),
        "phi": 0.5 * m.cos(1.5 * x + 1.2 * y),
    }


def square(
    exact: Exact, medium: fm.Medium, initial: Mapping[str, float], closure: Any, X: Any
) -> Callable[[int, int], Solution]:
    """Of (cells, degree): a square, exact values on its boundary, exact sources inside."""
    phase = fm.Phase(
        "box",
        medium,
        fixed_charge=X,
        initial=initial,
        sources={i: exact.source(i) for i in exact.z},
    )
    model = fm.Model([phase], [exact.boundary("wall")], closure=closure)

    def solve(cells: int, degree: int) -> Solution:
        shape = dict(height=exact.L, cells_y=cells, ends=("wall", "wall"), side="wall")
        box = fm.geometry.slab(exact.L, cells, region="box", **shape)  # type: ignore[arg-type]
        return fm.solve(model, box, degree=degree)

    return solve


def check_both_closures(
    exact: Exact, medium: fm.Medium, initial: Mapping[str, float], eps: float = 78.36
) -> Iterator[Check]:
    """Orders on a square of an electroneutral phase and of one with space charge."""
    for label, closure, X in (
        ("Electroneutral", fm.Electroneutral(), exact.fixed_charge),
        ("Poisson", fm.Poisson(eps), exact.space_charge(eps * EPS0)),
    ):
        solve = square(exact, medium, initial, closure, X)
        yield from check_orders(solve, {"box": exact}, label)


@case("orders-stefan-maxwell", "solvers")
def stefan_maxwell(tables: Tables) -> Iterator[Check]:
    """Three ions with full composition-dependent L in 2D, both closures, no neutrality given."""
    medium = fm.Medium(IONS, fm.StefanMaxwell(FRICTION))
    start = {"Na+": 50.0, "K+": 50.0, "Cl-": 100.0}
    yield from check_both_closures(Exact(waves, L, Z, {}), medium, start)


# -- two phases in Donnan equilibrium ----------------------------------------------------------
SALTS = ({"Na+": 1, "Cl-": 1}, {"K+": 1, "Cl-": 1})
FULL = {
    ("Na+", "Na+"): 1.0,
    ("K+", "K+"): 1.3,
    ("Cl-", "Cl-"): 1.6,
    ("Na+", "K+"): -0.2,
    ("Na+", "Cl-"): 0.3,
    ("K+", "Cl-"): 0.4,
}


def mobility(s: Any, strength: float) -> Any:
    """How fast neutral salt moves [mol2/(J m s)]: `strength` tells the two phases apart."""
    return strength * 1e-9 / RT * (0.5 * s.c["Na+"] + s.c["K+"] * s.c["Cl-"] / 50.0)


def tensor(strength: float) -> fm.Conductivity:
    """L = B + P with a continuous current and a discontinuous salt flux at the interface.

    B is full and scaled by sqrt(a_Na a_Cl), which Donnan equilibrium makes continuous; P moves
    NaCl and KCl as wholes and jumps.
    """

    def entry(i: str, j: str, value: float, s: Any) -> Any:
        activity = 1000.0 * ufl.exp(0.5 * (s.w["Na+"] + s.w["Cl-"]))
        pull = sum(p.get(i, 0) * p.get(j, 0) for p in SALTS) * mobility(s, strength)
        return Z[i] * Z[j] * F**2 * (value * 1e-9 / RT * activity + pull)

    return fm.Conductivity({pair: partial(entry, *pair, value) for pair, value in FULL.items()})


def left_fields(m: Any, x: Any, y: Any) -> dict[str, Any]:
    """Exact fields left of the interface."""
    return waves(m, x, y)


def right_fields(m: Any, x: Any, y: Any) -> dict[str, Any]:
    """The same w_i beyond it, another potential."""
    return waves(m, x, y) | {"phi": -0.8 + 0.4 * m.sin(1.9 * x - 0.8 * y)}


@dataclass(frozen=True)
class SaltSource:
    """Makes at the interface the salt that the exact fields need there, per salt."""

    where: str
    exact: tuple[Exact, Exact]
    strength: tuple[int, int]

    def transfers(self, a: Any, b: Any) -> Iterator[fm.Transfer]:
        """Rate N_b - N_a of each salt: (M_a - M_b) RT d(w_+ + w_-)/dx at x = L, M the mobility."""
        M = [
            mobility(e.at(s), k) for e, s, k in zip(self.exact, (a, b), self.strength, strict=True)
        ]
        x, y = 1.0, a.x[1] / L
        slope = {
            "Na+": 0.4 * 2.1 * ufl.cos(2.1 * x + 0.7 * y),
            "K+": -0.3 * 1.3 * ufl.sin(1.3 * x - 1.9 * y),
            "Cl-": 0.35 * 1.1 * ufl.cos(ufl.as_ufl(1.1 * x)) * ufl.cos(1.7 * y),
        }
        for p in SALTS:
            pull = sum(n * slope[i] for i, n in p.items()) * RT / L
            yield fm.Transfer((M[0] - M[1]) * pull, dict(p), {})


def two_phases(exact: dict[str, Exact], cells: int, degree: int) -> Solution:
    """Two squares of different mu0, fixed charge and L; w continuous, phi and c jump."""
    strengths = dict(zip(exact, (1, 3), strict=True))
    phases = []
    for name, e in exact.items():
        medium = fm.Medium(IONS, tensor(strengths[name]), standard_potential=dict(e.mu0))
        start = {"Na+": 50.0, "K+": 50.0, "Cl-": 100.0}
        sources = {i: e.source(i) for i in Z}
        phases.append(
            fm.Phase(name, medium, fixed_charge=e.fixed_charge, initial=start, sources=sources)
        )
    shape = fm.geometry.layers(
        dict.fromkeys(exact, L),
        height=L,
        h=L / cells,
        ends=("wall a", "wall b"),
        side_names={"a": "wall a", "b": "wall b"},
    )
    laws = [
        fm.Donnan("a|b"),
        SaltSource("a|b", (exact["a"], exact["b"]), (strengths["a"], strengths["b"])),
        *(e.boundary(f"wall {name}") for name, e in exact.items()),
    ]
    return fm.solve(fm.Model(phases, laws), mesh(shape), degree=degree)


@case("orders-across-a-donnan-jump", "solvers")
def donnan_jump(tables: Tables) -> Iterator[Check]:
    """Two phases of different mu0, fixed charge and full L(c), with a source at the interface."""
    exact = {
        "a": Exact(left_fields, L, Z, {}),
        "b": Exact(right_fields, L, Z, {"Na+": 700.0, "Cl-": -900.0}),
    }
    yield from check_orders(partial(two_phases, exact), exact, "Donnan")


# -- conductor and electrolyte joined by Butler-Volmer -----------------------------------------
PAIR = {"Li+": 1, "X-": -1}
T_PLUS = 0.35


def metal_fields(m: Any, x: Any, y: Any) -> dict[str, Any]:
    """Potential of the conductor; no current across x = L. Its electrons have w = -phi_hat."""
    phi = 2.0 + 0.5 * m.cos(1.4 * (x - 1.0)) * m.sin(1.0 + y)
    return {"e-": -phi, "phi": phi}


def liquid_fields(m: Any, x: Any, y: Any) -> dict[str, Any]:
    """w_+ and w_- whose normal currents cancel at x = L: t+ V+' + t- V-' = 0 there."""
    bend, slope = (x - 1.0) ** 2 * m.cos(1.2 * y), (x - 1.0) * 0.6 * m.cos(0.9 * y)
    return {
        "Li+": -2.3 + 0.3 * m.sin(1.3 * y) + (1.0 - T_PLUS) * slope + 0.3 * bend,
        "X-": -2.1 + 0.2 * m.cos(1.6 * y) + T_PLUS * slope - 0.2 * bend,
        "phi": 0.2 * m.sin(1.5 * x + 0.6 * y),
    }


def rate(metal: Any, liquid: Any) -> tuple[float, Any]:
    """i0 [A/m2] and U [V] of the reaction: functions of the composition."""
    return 3e6 * ufl.sqrt(liquid.c["Li+"] / 100.0), 0.04 + bench.VT * ufl.ln(
        liquid.c["Li+"] / 100.0
    )


BV = fm.ButlerVolmer(
    "metal|liquid",
    "Li -> Li+ + e-",
    lambda m, e: rate(m, e)[0],
    lambda m, e: rate(m, e)[1],
    stored=("Li",),
)


@dataclass(frozen=True)
class ReactionSource:
    """Undoes the exact reaction current and supplies the salt that the exact fields draw."""

    where: str
    metal: Exact
    liquid: Exact

    def transfers(self, a: Any, b: Any) -> Iterator[fm.Transfer]:
        """- i_n/F of the exact states, and N_- of the exact fields at x = L."""
        m, e = self.metal.at(a), self.liquid.at(b)
        yield fm.Transfer(-BV.current_density(m, e) / F, {"e-": 1}, {"Li+": 1})
        y = b.x[1] / L
        slope = 0.6 * ufl.cos(0.9 * y) * RT / L
        plus, minus = (1.0 - T_PLUS) * slope, T_PLUS * slope
        row = b.phase.medium.transport.onsager(e)[1]
        yield fm.Transfer(-(row[0] * plus + row[1] * minus), {}, {"Li+": 1, "X-": 1})


def electrode(exact: dict[str, Exact], cells: int, degree: int) -> Solution:
    """Conductor beside a concentrated binary electrolyte."""
    liquid = fm.Medium(
        tuple(fm.Species(i, z) for i, z in PAIR.items()),
        fm.ConcentratedBinary(lambda c, T: 0.2 + 4e-3 * c, T_PLUS, lambda c, T: 3e-10 + 1e-12 * c),
    )
    phases = [
        fm.Phase("metal", fm.Conductor(20.0), sources={"e-": exact["metal"].source("e-")}),
        fm.Phase(
            "liquid",
            liquid,
            fixed_charge=exact["liquid"].fixed_charge,
            initial={"Li+": 100.0, "X-": 100.0, "phi": 0.0},
            sources={i: exact["liquid"].source(i) for i in PAIR},
        ),
    ]
    shape = fm.geometry.layers(
        dict.fromkeys(exact, L),
        height=L,
        h=L / cells,
        ends=("wall m", "wall l"),
        side_names={"metal": "wall m", "liquid": "wall l"},
    )
    laws = [
        fm.Terminal("wall m", potential=exact["metal"].potential),
        BV,
        ReactionSource("metal|liquid", exact["metal"], exact["liquid"]),
        exact["liquid"].boundary("wall l"),
    ]
    return fm.solve(fm.Model(phases, laws), mesh(shape), degree=degree)


@case("orders-across-butler-volmer", "solvers")
def butler_volmer(tables: Tables) -> Iterator[Check]:
    """A conductor and a concentrated electrolyte joined by a reaction, all fields in 2D."""
    exact = {
        "metal": Exact(metal_fields, L, {}, {}),
        "liquid": Exact(liquid_fields, L, PAIR, {}),
    }
    yield from check_orders(partial(electrode, exact), exact, "Butler-Volmer")
