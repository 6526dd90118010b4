"""Group interfaces: charge transfer laws one by one."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

import femion as fm

from ..problem import Problem
from ..units import EPS0, N_A, F, R
from . import bench
from .check import Check
from .registry import case
from .tables import Tables

WATER = 78.36
EXACT = 1e-9  # fields are linear and laws closed forms: solver tolerance
KAPPA, L = 10.0, 1e-4  # of the glass [S/m], [m]


# -- kinetics against their closed forms ---------------------------------------------------------
def at_glass(kind: Any, i: float, i0: float = 20.0, **more: Any) -> Any:
    """Unmeshed electrode | single-ion conductor | reversible electrode, i entering at the left."""
    glass = fm.Medium((fm.Species("Li+", 1),), fm.Conductivity({("Li+", "Li+"): KAPPA}))
    phase = fm.Phase("glass", glass, fixed_charge=-1000.0, initial={"Li+": 1000.0})
    U = fm.Nernst(0.0, {"Li+": 1})
    law = kind("left", "Li -> Li+ + e-", i0, U, ("Li",), fm.CurrentDensity(i), **more)
    laws = [law, fm.ReversibleElectrode("right", "Li+", potential=0.0)]
    return Problem(fm.Model([phase], laws), bench.stack({"glass": L}, L / 4))


def overpotentials(problem: Problem, currents: list[float]) -> list[float]:
    """Overpotential + i R_film [V] at each current density [A/m2]: terminal less ohmic drop."""
    out = []
    for i in currents:
        problem["laws.left.terminal.value"] = i
        out.append(fm.solve(problem).potential("left") - i * L / KAPPA)
    return out


@case("tafel-slopes", "interfaces")
def tafel_slopes(tables: Tables) -> Iterator[Check]:
    """2.303 RT/(alpha F) per decade, of both branches of Butler-Volmer and of the Tafel law."""
    VT, decade = bench.VT, math.log(10)
    source = "closed form; at 1e5 i0 the other branch is below 1e-7"
    for aa, ac in ((0.5, 0.5), (0.3, 0.7)):
        problem = at_glass(fm.ButlerVolmer, 0.0, 1e-3, alpha=(aa, ac))
        for sign, alpha in ((1.0, aa), (-1.0, ac)):
            eta = overpotentials(problem, [sign * 1e2, sign * 1e3])
            slope, expected = eta[1] - eta[0], sign * VT * decade / alpha
            what = f"BV alpha {aa:g}/{ac:g} {'+' if sign > 0 else '-'}"
            yield Check(what, slope, expected, "V/decade", 1e-6, source)
    for alpha in (0.5, -0.7):
        problem = at_glass(fm.Tafel, math.copysign(1e2, alpha), 1e-3, alpha=alpha)
        for i in (1e2, 1e3):
            found = overpotentials(problem, [math.copysign(i, alpha)])[0]
            expected = VT / alpha * math.log(i / 1e-3)
            yield Check(
                f"Tafel alpha={alpha:g} i={i:g}", found, expected, "V", EXACT, "closed form"
            )
    problem = at_glass(fm.Linear, 0.0)
    found = overpotentials(problem, [5.0])[0]
    yield Check("linear i=5", found, 5.0 / 20.0 * VT, "V", EXACT, "RT/(F i0)")


@case("film-resistance", "interfaces")
def film_resistance(tables: Tables) -> Iterator[Check]:
    """V = eta(i) + i R_film, the film's share solved for in the law; its heat is i (eta + i R)."""
    VT, i0, source = bench.VT, 20.0, "closed form: eta(i) inverted, in series with the film"
    kinds: dict[str, tuple[Any, dict[str, Any], Any]] = {
        "BV": (fm.ButlerVolmer, {}, lambda i: 2 * VT * math.asinh(i / (2 * i0))),
        "BV 1/1": (
            fm.ButlerVolmer,
            {"alpha": (1.0, 1.0)},
            lambda i: VT * math.asinh(i / (2 * i0)),
        ),
        "linear": (fm.Linear, {}, lambda i: VT * i / i0),
        "Tafel": (fm.Tafel, {"alpha": 0.5}, lambda i: 2 * VT * math.log(i / i0)),
    }
    for name, (kind, more, eta) in kinds.items():
        problem = at_glass(kind, 1.0, i0, film_resistance=1e-3, **more)
        for film in (1e-7, 1e-4):
            problem["laws.left.film_resistance"] = film
            for i in (0.5, 40.0, 3000.0):
                drop = overpotentials(problem, [i])[0]
                label = f"{name} R={film:g} i={i:g}"
                yield Check(label, drop, eta(i) + i * film, "V", EXACT, source)
    s = fm.solve(at_glass(fm.ButlerVolmer, 40.0, i0, film_resistance=1e-3))
    heat = s.audit.interfaces["left"] / bench.height(s)
    expected = 40.0 * (2 * VT * math.asinh(1.0) + 40.0 * 1e-3)
    yield Check("heat at i=40", heat, expected, "W/m2", EXACT, source)


@case("marcus-hush-chidsey", "interfaces")
def marcus_hush_chidsey(tables: Tables) -> Iterator[Check]:
    """Against the integral by adaptive quadrature, and limits: slope at rest, Butler-Volmer."""
    VT, i0, source = bench.VT, 20.0, "scipy.integrate.quad of Chidsey's integral"
    for energy in (0.1, 0.5, 1.2):
        problem = at_glass(fm.MarcusHushChidsey, 1.0, i0, reorganisation_energy=energy)
        top = math.sqrt(4 * math.pi * energy / VT) / _integral(energy / VT, 0.0)
        for share in (1e-3, 0.3, 0.9):
            i = i0 * top * share
            x = overpotentials(problem, [i])[0] / VT
            l_, ratio = energy / VT, _integral(energy / VT, 0.0)
            exact = i0 * (_integral(l_, x) - _integral(l_, -x)) / ratio
            label = f"lambda={energy:g} eV i={share:g} of the ceiling"
            yield Check(label, i, exact, "A/m2", 1e-5, source)
    problem = at_glass(fm.MarcusHushChidsey, 1.0, i0, reorganisation_energy=0.5)
    small = 1e-4 * i0
    slope = overpotentials(problem, [small])[0] / small
    yield Check("slope at rest", slope, VT / i0, "ohm m2", 1e-5, "RT/(F i0)")
    problem = at_glass(fm.MarcusHushChidsey, 1.0, i0, reorganisation_energy=2.0)
    i = 2 * i0 * math.sinh(1.0)  # eta = 2 RT/F, where Butler-Volmer is off by eta^2/(4 lambda)
    eta = overpotentials(problem, [i])[0] / VT
    yield Check("Butler-Volmer at 2 eV", eta, 2.0, "RT/F", 0.02, "limit of large lambda")


def _integral(reduced: float, eta: float) -> float:
    """Int exp(-(x - l + eta)^2/4l)/(1 + e^x) dx, in pieces so that no peak is missed."""
    from scipy.integrate import quad
    from scipy.special import expit

    def f(x: float) -> float:
        return float(np.exp(-((x - reduced + eta) ** 2) / (4 * reduced)) * expit(-x))

    reach = 14 * math.sqrt(reduced) + 80
    cuts = np.arange(-abs(eta) - reduced - reach, abs(eta) + reduced + reach, 4.0)
    return float(sum(quad(f, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pairwise(cuts)))


@case("concentration-cell-by-kinetics", "interfaces")
def concentration_cell(tables: Tables) -> Iterator[Check]:
    """Li | LiCl c1 | anion conductor | LiCl c2 | Li at rest: E = 2 RT/F ln(a2/a1), Nernst's."""
    ions = (fm.Species("Li+", 1), fm.Species("Cl-", -1))
    resin = fm.Medium(ions[1:], fm.Dilute({"Cl-": 1e-10}))
    transport, UM = fm.Dilute({"Li+": 1e-9, "Cl-": 2e-9}), bench.UM
    for name, activity in {"ideal": fm.Ideal(), "Davies": fm.Davies()}.items():
        water = fm.Medium(ions, transport, activity=activity)
        for c1, c2 in ((1.0, 100.0), (300.0, 20.0)):
            electrode: dict[str, Any] = {
                "reaction": "Li -> Li+ + e-",
                "exchange_current_density": 1.0,
                "equilibrium_potential": fm.Nernst(-3.04, {"Li+": 1}),
                "stored": ("Li",),
            }
            phases = [
                fm.Phase("a", water),
                fm.Phase("resin", resin, fixed_charge=50.0, initial={"Cl-": 50.0}),
                fm.Phase("b", water),
            ]
            laws = [
                fm.ButlerVolmer("left", terminal=fm.Potential(0.0), **electrode),
                fm.Donnan("a|resin"),
                fm.Donnan("resin|b"),
                fm.Bath("feed a", {"Li+": c1, "Cl-": c1}),
                fm.Bath("feed b", {"Li+": c2, "Cl-": c2}),
                fm.ButlerVolmer("right", terminal=fm.OpenCircuit(), **electrode),
            ]
            where = fm.geometry.layers(
                dict.fromkeys(("a", "resin", "b"), 10 * UM),
                height=5 * UM,
                h=5 * UM,
                side_names={"a": "feed a", "b": "feed b"},
            )
            s = fm.solve(fm.Model(phases, laws), where, degree=2)
            gain = [_ln_gamma(name, c) + math.log(c) for c in (c1, c2)]
            E = 2 * bench.VT * (gain[1] - gain[0])
            label = f"{name} {c1:g}|{c2:g} mol/m3"
            yield Check(label, s.potential("right"), E, "V", 1e-8, "Nernst", "absolute")


def _ln_gamma(model: str, c: float) -> float:
    """Davies' ln gamma of a 1:1 salt at 25 degC, written down again."""
    if model == "ideal":
        return 0.0
    root = math.sqrt(c / 1000.0)
    bjerrum = F**2 / (4 * math.pi * EPS0 * N_A * R * bench.T * WATER)
    A = 0.5 * bjerrum * math.sqrt(8 * math.pi * N_A * bjerrum * 1000.0)
    return -A * (root / (1 + root) - 0.3 * root**2)
