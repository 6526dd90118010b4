"""Temperature: Joule, Soret, Dufour, Peltier, reaction and electrode heat against closed forms."""

from collections.abc import Iterator
from functools import partial
from math import exp, log, sqrt
from typing import Any

import numpy as np
import ufl

import femion as fm

from ..solution import Solution
from ..thermo.heat import entropy_production
from ..transport.checks import evaluate
from ..units import F, R
from . import bench
from .check import Check
from .registry import case
from .tables import Tables

GROUP = "thermodynamics"
WATER = 0.6  # thermal conductivity [W/(m K)]
SORET = {"Na+": 3460.0, "Cl-": 530.0}  # heats of transport [J/mol] (Agar et al. 1989)
CELL = 1e-3  # [m]
ONSAGER = "de Groot and Mazur, ch. XI"


def walls(*T: float) -> list[fm.Temperature]:
    """Temperatures [K] of the ends of a slab."""
    return [fm.Temperature(w, t) for w, t in zip(("left", "right"), T, strict=True)]


def ends(s: Solution, field: str, phase: str = "slab") -> list[float]:
    """Values of a field at both ends of a slab."""
    return [bench.at(s, phase, field, x) for x in (0.0, s.problem.domain.size)]


def warm_salt(**more: Any) -> fm.Phase:
    """100 mol/m3 NaCl with heats of transport and a heat balance."""
    salt = bench.nacl()
    medium = fm.Medium(salt.species, salt.transport, heat_of_transport=SORET)
    start: dict[str, Any] = {"initial": bench.salt(100.0), "heat": fm.HeatBalance(WATER)}
    return fm.Phase("slab", medium, **(start | more))


def solve(phase: fm.Phase, laws: list[Any], cells: int = 20) -> Solution:
    """A slab of one phase, P2."""
    return fm.solve(fm.Model([phase], laws), bench.stack({"slab": CELL}, CELL / cells), degree=2)


@case("joule-heating", GROUP)
def joule(tables: Tables) -> Iterator[Check]:
    """A conductor between cold ends: a parabola, and Kohlrausch's relation with Wiedemann-Franz."""
    sigma, k, V, T0 = 1e5, 5.0, 0.05, 300.0
    drive = [fm.Terminal("left", potential=0.0), fm.Terminal("right", potential=V)]
    plain = fm.Phase("slab", fm.Conductor(sigma), heat=fm.HeatBalance(k))
    s = solve(plain, [*drive, *walls(T0, T0)])
    rise = bench.at(s, "slab", "T", CELL / 2) - T0
    source = "parabola, sigma V^2/(8 k)"
    yield Check("rise of temperature", rise, sigma * V**2 / (8 * k), "K", 1e-6, source)
    assert s.audit.heat is not None
    power = s.current("right") * V
    yield Check("heat produced", s.audit.heat.total, power, "W/m", 1e-9, "I V")
    lorenz = np.pi**2 / 3 * (R / F) ** 2
    franz = fm.Medium(
        (fm.electron,),
        fm.Conductivity({("e-", "e-"): lambda s: k / (lorenz * s.T)}),
        closure=fm.ElectronicConductor(),
    )
    s = solve(fm.Phase("slab", franz, heat=fm.HeatBalance(k)), [*drive, *walls(T0, T0)])
    hottest = bench.at(s, "slab", "T", CELL / 2)
    exact = sqrt(T0**2 + V**2 / (4 * lorenz))
    yield Check("hottest, Wiedemann-Franz", hottest, exact, "K", 1e-6, "Kohlrausch 1900")


@case("soret-cell", GROUP)
def soret(tables: Tables) -> Iterator[Check]:
    """Closed NaCl between two temperatures: c, phi and the voltage of sodium electrodes."""
    T1, T2 = 290.0, 330.0
    ion = {"species": "Na+"}
    laws = [
        fm.ReversibleElectrode("left", potential=0.0, **ion),
        fm.ReversibleElectrode("right", current=0.0, **ion),
    ]
    s = solve(warm_salt(), [*laws, *walls(T1, T2)])
    c, phi = ends(s, "Na+"), ends(s, "phi")
    B = sum(SORET.values()) / (2 * R)  # ln c = A + B/T
    yield Check("c(hot)/c(cold)", c[1] / c[0], exp(B / T2 - B / T1), "-", 1e-7, ONSAGER)
    field = (SORET["Cl-"] - SORET["Na+"]) / (2 * F) * log(T2 / T1)
    yield Check("phi(hot) - phi(cold)", phi[1] - phi[0], field, "V", 1e-7, ONSAGER)
    A = log(c[0] / 1000.0) - B / T1
    emf = (R * A * (T2 - T1) + (R * B - SORET["Na+"]) * log(T2 / T1)) / F
    source = "grad mu~ = (R ln a - Q*/T) grad T"
    yield Check("thermovoltage", s.potential("right"), emf, "V", 1e-7, source)
    middle = bench.concentration(s, "Na+", "slab")
    yield Check("salt is kept", middle, 100.0, "mol/m3", 1e-9, "closed cell")


@case("heat-reciprocity", GROUP)
def reciprocity(tables: Tables) -> Iterator[Check]:
    """L_iq from a difference of temperature equals L_qi from one of composition (friction)."""
    names = ("A", "B")
    rub = {"A,solvent": 1e-9, "B,solvent": 2e-9, "A,B": 2e-11}
    species = tuple(fm.Species(i, 0) for i in names)
    Q = {"A": 4000.0, "B": -1500.0}
    medium = fm.Medium(species, fm.StefanMaxwell(rub, 5000.0), heat_of_transport=Q)
    c0, T0, small = {"A": 300.0, "B": 500.0}, bench.T, 3e-5
    phase = fm.Phase("slab", medium, heat=fm.HeatBalance(1e-3), initial=c0)

    def run(*share: dict[str, float]) -> Solution:
        baths = [
            fm.Bath(w, {i: c * d.get(i, 1.0) for i, c in c0.items()})
            for w, d in zip(("left", "right"), share, strict=True)
        ]
        T = (T0 * d.get("T", 1.0) for d in share)
        return solve(phase, [*baths, *walls(*T)], cells=4)

    def pair(key: str) -> Solution:
        return run({key: exp(small / 2)}, {key: exp(-small / 2)})

    warm = pair("T")
    for i in names:
        driven = warm.flow(i, "left") / small
        s = pair(i)
        heat = (s.heat_flow("left") - s.heat_flow("right")) / (2 * small * R * T0)
        yield Check(f"L(q,{i}) beside L({i},q)", heat, driven, "mol/s", 1e-8, "Onsager 1931")


@case("arrhenius", GROUP)
def arrhenius(tables: Tables) -> Iterator[Check]:
    """Conductivities at two temperatures, for every transport model; one of them solved."""
    E, T = 15e3, 330.0
    warm = partial(fm.Arrhenius, activation_energy=E)
    factor = exp(-E / R * (1 / T - 1 / bench.T))
    dilute = fm.Dilute({i: warm(D) for i, D in bench.NACL.items()})
    rub = {"Na+,solvent": warm(1.3e-9), "Cl-,solvent": warm("2e-9 m^2/s"), "Na+,Cl-": warm(1e-10)}
    kappa = {("Na+", "Na+"): warm(1.0), ("Na+", "Cl-"): warm(-0.1), ("Cl-", "Cl-"): warm(1.5)}
    grid = {i: [1.0, 100.0] for i in bench.NACL}
    table = fm.Tabulated(grid, {(i, i): [1e-12, 1e-10] for i in bench.NACL})
    binary = fm.ConcentratedBinary(warm(lambda c, T: 0.01 * c), 0.4, warm(1e-9))
    models = {  # and the power of T that L has beside Arrhenius' factor
        "Dilute": (dilute, -1),
        "Effective": (fm.Effective(dilute, 0.4, 3.0), -1),
        "HinderedPore": (fm.HinderedPore(dilute, {"Na+": 0.3, "Cl-": 0.5}), -1),
        "StefanMaxwell": (fm.StefanMaxwell(rub), -1),
        "ConcentratedBinary": (binary, None),
        "Conductivity": (fm.Conductivity(kappa), 0),
        "Activated(Tabulated)": (fm.Activated(table, E), 0),
    }
    species = bench.nacl().species
    z = np.array([1.0, -1.0])
    for name, (model, power) in models.items():
        charge = [
            z @ evaluate(fm.Phase("p", fm.Medium(species, model, temperature=t)), SALT) @ z
            for t in (bench.T, T)
        ]
        expected = factor * (T / bench.T) ** (power or 0)
        yield Check(f"{name}, ratio", charge[1] / charge[0], expected, "-", 1e-12, "Arrhenius 1889")
    ratio = []
    for t in (bench.T, T):
        medium = fm.Medium(species, dilute, temperature=t)
        laws = [fm.Reservoir("left", SALT, 0.0), fm.Reservoir("right", SALT, 1e-3)]
        ratio.append(solve(fm.Phase("slab", medium), laws, cells=2).current("right"))
    expected = factor * bench.T / T
    yield Check("solved, ratio", ratio[1] / ratio[0], expected, "-", 1e-9, "Arrhenius 1889")


SALT = bench.salt(100.0)


@case("electrode-heat", GROUP)
def electrodes(tables: Tables) -> Iterator[Check]:
    """M|MX|M with Butler-Volmer: all heat is I V; reversible heat moves from end to end."""
    T0, i = 310.0, 20.0
    kinetics = {"reaction": "Na -> Na+ + e-", "stored": ("Na",)}

    def cell(U: Any, slope: float) -> Solution:
        metal = {**kinetics, "exchange_current_density": 5.0, "equilibrium_potential": U}
        laws = [
            fm.ButlerVolmer("left", **metal, terminal=fm.Potential(0.0), entropy_coefficient=slope),
            fm.ButlerVolmer(
                "right", **metal, terminal=fm.CurrentDensity(i), entropy_coefficient=slope
            ),
        ]
        return solve(warm_salt(), [*laws, *walls(T0, T0)])

    s = cell(fm.Nernst(0.2, {"Na+": 1}), 0.0)
    heat = s.audit.heat
    assert heat is not None
    power = s.current("right") * s.potential("right")
    yield Check("heat leaving", sum(heat.leaving.values()), power, "W/m", 1e-6, "I V")
    for slope in (0.0, 1e-3):
        s = cell(0.0, slope)
        heat = s.audit.heat
        assert heat is not None
        U = slope * (T0 - bench.T)
        phi = ends(s, "phi")
        for where, V in zip(("left", "right"), phi, strict=True):
            eta = s.potential(where) - V - U
            current = s.current(where)
            text = f"released at {where}, dU/dT = {slope:g} V/K"
            exact = current * (eta + T0 * slope)
            source = "Bernardi et al. 1985"
            yield Check(text, heat.interfaces[where], exact, "W/m", 1e-6, source)


@case("reaction-heat", GROUP)
def reaction(tables: Tables) -> Iterator[Check]:
    """A -> B beside a bath: the heat leaving is -Delta H of van 't Hoff per event."""
    H = -40e3
    turn = fm.MassAction("A -> B", fm.Arrhenius(5.0, H), forward=fm.Arrhenius(1e-2, 50e3))
    species = tuple(fm.Species(i, 0) for i in ("A", "B"))
    medium = fm.Medium(species, fm.Dilute({"A": 1e-9, "B": 2e-9}))
    phase = fm.Phase("slab", medium, heat=fm.HeatBalance(WATER), reactions=[turn])
    laws = [fm.Bath("left", {"A": 100.0, "B": 1.0}), fm.Temperature("left", 300.0)]
    s = solve(phase, laws)
    heat = s.audit.heat
    assert heat is not None
    exact = -H * s.flow("A", "left")
    yield Check("heat leaving", heat.leaving["left"], exact, "W/m", 1e-8, "van 't Hoff")


@case("peltier-at-donnan-faces", GROUP)
def membrane(tables: Tables) -> Iterator[Check]:
    """Salt, membrane, salt at a current: heat leaving is I V; at a face N_i (H_a - H_b)."""
    um, h = bench.UM, fm.HeatBalance(WATER)
    water = bench.nacl()
    resin = fm.Medium(water.species, fm.Effective(water.transport, 0.4, 4.0))
    phases = [
        fm.Phase("a", water, heat=h),
        fm.Phase("m", resin, fixed_charge=-1000.0, heat=h),
        fm.Phase("b", water, heat=h),
    ]
    laws: list[Any] = [
        fm.Reservoir("left", SALT, potential=0.0),
        fm.Reservoir("right", SALT, current_density=50.0),
        *walls(bench.T, bench.T),
    ]
    for face in ("a|m", "m|b"):
        laws += [fm.Donnan(face), fm.ThermalContact(face)]
    where = bench.stack({"a": 50 * um, "m": 100 * um, "b": 50 * um}, 5 * um, um)
    s = fm.solve(fm.Model(phases, laws), where, degree=2)
    heat = s.audit.heat
    assert heat is not None
    power = s.current("right") * s.potential("right")
    yield Check("heat leaving", sum(heat.leaving.values()), power, "W/m", 1e-5, "I V")
    for face in ("a|m", "m|b"):
        jump = bench.phi(s, face, face[0]) - bench.phi(s, face, face[2])
        exact = s.current(face) * jump
        yield Check(f"heat at {face}", heat.interfaces[face], exact, "W/m", 1e-5, "Peltier: I jump")


@case("entropy-and-energy", GROUP)
def second_law(tables: Tables) -> Iterator[Check]:
    """Current, salt and heat through NaCl at once: energy and entropy that leave are those made."""
    T, c, V = (290.0, 320.0), (50.0, 200.0), 0.05
    laws = [
        fm.Reservoir("left", bench.salt(c[0]), potential=0.0),
        fm.Reservoir("right", bench.salt(c[1]), potential=V),
    ]
    s = solve(warm_salt(), [*laws, *walls(*T)], cells=40)
    heat = s.audit.heat
    assert heat is not None
    leaving = sum(heat.leaving.values())
    power = s.current("right") * V
    yield Check("heat leaving", leaving, power, "W/m", 1e-9, "sum_i N_i H~_i = I V")
    out = 0.0
    for where, t, conc in zip(("left", "right"), T, c, strict=True):
        carried = sum(s.flow(i, where) * R * log(conc / 1000.0) for i in SALT)
        out += heat.leaving[where] / t + carried
    made = heat.entropy["slab"]
    yield Check("entropy leaving", out, made, "W/K/m", 1e-6, "J_q'/T + sum_i S_i N_i")
    least = s.mean(lambda q: ufl.min_value(entropy_production(q), 0.0), "slab")
    yield Check("negative entropy production", least, 0.0, "-", 0.0, "second law", "absolute")
