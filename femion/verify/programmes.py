"""Group interfaces: controls that are relations, CC-CV, rest and cyclic voltammetry."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import brentq

import femion as fm

from ..units import F
from . import bench
from .check import Check
from .registry import case
from .tables import Tables

EXACT = 1e-9  # solver tolerance of what is imposed and of what is kept
CLOSED = "closed form"


# -- an ohmic cell: every control against I = V/R ------------------------------------------------
@case("controls-of-a-resistor", "interfaces")
def controls(tables: Tables) -> Iterator[Check]:
    """A bar of metal, R = L/(sigma A), under a current, a resistor, a power."""
    L, h, sigma = 10 * bench.UM, 5 * bench.UM, 10.0
    R = L / (sigma * h)
    given = {
        "current": (fm.Current(0.3), 0.3),
        "density": (fm.CurrentDensity("40 A/m^2"), 40.0 * h),
        "resistor": (fm.Resistor("0.5 ohm", "1 V"), 1.0 / (0.5 + R)),
        "short circuit": (fm.Resistor("1 nohm", "1 V"), 1.0 / (1e-9 + R)),
        "power": (fm.Power("0.02 W"), (0.02 / R) ** 0.5),
    }
    for name, (control, i) in given.items():
        laws = [
            fm.Terminal("left", potential=0.0),
            fm.Terminal("right", current=control),
        ]
        bar = fm.Phase("bar", fm.Conductor(sigma))
        where = fm.geometry.slab(L, 8, region="bar", height=h)
        s = fm.solve(fm.Model([bar], laws), where)
        yield Check(f"{name} I", s.current("right"), i, "A/m", EXACT, CLOSED)
        yield Check(f"{name} V", s.potential("right"), R * i, "V", EXACT, CLOSED)
        spent = s.audit.total_dissipation
        yield Check(f"{name} Joule heat", spent, R * i**2, "W/m", EXACT, CLOSED)


# -- CC-CV of a cell whose open-circuit voltage is known -----------------------------------------
IRON = (fm.Species("Fe2+", 2), fm.Species("Fe3+", 3), bench.CHLORIDE)
START = {"Fe2+": 100.0, "Fe3+": 100.0, "Cl-": 500.0}
HALF, LIMIT = 20 * bench.UM, 0.1  # thickness of either half [m], limit of the voltage [V]


def redox_cell() -> tuple[fm.Model, Any]:
    """Fe2+/Fe3+ in both halves of a cell between which only Cl- passes."""
    D = {"Fe2+": 0.7e-9, "Fe3+": 0.6e-9, "Cl-": 2e-9}
    water = fm.Medium(IRON, fm.Dilute(D))
    U = fm.Nernst(0.0, {"Fe3+": 1, "Fe2+": -1})

    def electrode(where: str, terminal: Any) -> fm.ButlerVolmer:
        return fm.ButlerVolmer(where, "Fe2+ -> Fe3+ + e-", 100.0, U, terminal=terminal)

    phases = [fm.Phase(name, water, initial=START) for name in ("first", "second")]
    laws = [
        electrode("left", fm.OpenCircuit()),
        electrode("right", fm.Potential(0.0)),
        fm.Donnan("first|second", blocked=("Fe2+", "Fe3+")),
    ]
    halves = {"first": HALF, "second": HALF}
    return fm.Model(phases, laws), bench.stack(halves, HALF / 10)


def open_circuit(q: float) -> float:
    """Voltage [V] at rest after q [mol/m3] of Fe2+ was oxidised on the left, reduced on the right.

    Nernst's potential of either half and Donnan's of the Cl- between them.
    """
    a, b = START["Fe2+"], START["Fe3+"]
    chloride = np.log((START["Cl-"] + q) / (START["Cl-"] - q))
    return float(bench.VT * (2 * np.log((b + q) / (a - q)) + chloride))


@case("cc-cv", "interfaces")
def cc_cv(tables: Tables) -> Iterator[Check]:
    """Charge to a limit, hold it until the current has died, rest, discharge, and once more.

    After 200 s at constant voltage transients are exp(-200 s D (pi/L)^2) = e^-70 or less (L that
    of a half at least, D 6e-10 m2/s), and so are those of a rest of 200 s.
    """
    model, where = redox_cell()
    stages = [
        fm.Stage("charge", {"left": fm.CurrentDensity(20.0)}, 100.0, _until(above=LIMIT)),
        fm.Stage("hold", {"left": fm.Potential(LIMIT)}, 200.0),
        fm.Stage("full", {"left": fm.CurrentDensity(20.0)}, 100.0, _until(above=LIMIT)),
        fm.Stage("discharge", {"left": fm.CurrentDensity(-20.0)}, 100.0, _until(below=-LIMIT)),
        fm.Stage("rest", {"left": fm.OpenCircuit()}, 200.0),
    ]
    c = fm.cycle(model, where, 2 * stages, rtol=1e-3)
    h, V = c.history, c.history["potential left"]
    over = max(float(V.max()) / LIMIT, float(-V.min()) / LIMIT, 1.0)
    yield Check("largest |V|/limit", over, 1.0, "-", EXACT, "the limit of the stages")
    reached = [leg.trajectory for leg in c.legs if leg.trajectory and leg.reached]
    for k, t in enumerate(reached):
        V_end, limit = t.last.potential("left"), LIMIT if k % 2 == 0 else -LIMIT
        yield Check(f"limit {k} is reached", V_end, limit, "V", 1e-8, "the limit of the stage")
    skipped = sum(leg.trajectory is None for leg in c.legs)
    yield Check("stages skipped", skipped, 2, "-", 0.0, "full already", "absolute")
    for k, leg in enumerate(c.legs):
        if leg.trajectory is not None:
            passed = h["charge left"][np.flatnonzero(h["stage"] == k)[-1]]
            s = leg.trajectory.last
            yield from _stored(f"{leg.name} {k}", s, float(passed))
    source = "Nernst and Donnan"
    q = brentq(lambda q: open_circuit(q) - LIMIT, 0.0, 99.0, xtol=1e-12)
    level = bench.concentration(c.trajectories[1].last, "Fe3+", "first") - START["Fe3+"]
    yield Check("Fe3+ at the end of hold", level, q, "mol/m3", 1e-6, source)
    level = bench.concentration(c.last, "Fe3+", "first") - START["Fe3+"]
    V_end = c.last.potential("left")
    yield Check("voltage at rest", V_end, open_circuit(level), "V", 1e-6, source)


def _until(**limit: float) -> fm.Until:
    return fm.Until("potential left", **limit)


def _stored(label: str, s: Any, passed: float) -> Iterator[Check]:
    """The charge passed beside what either half has stored."""
    volume = HALF * bench.height(s)
    for phase, sign in (("first", 1.0), ("second", -1.0)):
        more = bench.concentration(s, "Fe3+", phase) - START["Fe3+"]
        stored, scale = sign * F * volume * more, F * volume * START["Fe3+"]
        quantity = f"{label}: charge = stored in the {phase} half"
        yield Check(quantity, passed, stored, "C/m", EXACT * scale, "conservation", "absolute")


# -- cyclic voltammetry --------------------------------------------------------------------------
@case("cyclic-voltammetry", "interfaces")
def voltammetry(tables: Tables) -> Iterator[Check]:
    """Peak of a reversible couple: 0.4463 F c sqrt(F v D/RT) at 1.109 RT/F (Nicholson, Shain 1964).

    Published with four digits (1e-4); migration is D c/(sum z^2 D c) = 5e-5 of the current, what
    there is of O+ at the start 1e-4 of c, local errors of the steps 1e-5 each; together below 1e-3.
    """
    D, c, v, support, little = 1e-9, 1.0, 0.1, 1e4, 1e-4
    species = [fm.Species(n, z) for n, z in (("R", 0), ("O+", 1), ("K+", 1), ("Cl-", -1))]
    water = fm.Medium(species, fm.Dilute({i.name: D for i in species}))
    start = {"R": c, "O+": little * c, "K+": support, "Cl-": support + little * c}
    U = fm.Nernst(0.0, {"O+": 1, "R": -1})
    rest = bench.VT * float(np.log(little))
    bath = {i: start[i] for i in ("R", "O+", "K+", "Cl-")}
    laws = [
        fm.ButlerVolmer("left", "R -> O+ + e-", 1e5, U, terminal=fm.Potential(rest)),
        fm.Reservoir("right", bath, potential=0.0),
    ]
    L = 4e-4
    where = bench.stack({"water": L}, L / 12, 2 * bench.UM, growth=1.25)
    top = 0.1
    sweep = fm.Stage("sweep", {"left": fm.Sweep([rest, top], v)}, (top - rest) / v)
    model = fm.Model([fm.Phase("water", water, initial=start)], laws)
    t = fm.cycle(model, where, [sweep], rtol=1e-5, longest=4e-3 / v, degree=2)
    h, V = t.history, t.history["potential left"]
    i = h["current left"] / bench.height(t.last)
    k = int(np.argmax(i))
    a, b, e = np.polyfit(V[k - 1 : k + 2] - V[k], i[k - 1 : k + 2], 2)
    scale = F * c * (D * v / bench.VT) ** 0.5
    source = "Nicholson and Shain 1964, Bard and Faulkner eq. 6.2.18"
    yield Check("peak current", (e - b * b / (4 * a)) / scale, 0.4463, "-", 1e-3, source)
    peak = (V[k] - b / (2 * a)) / bench.VT
    yield Check("peak potential F E/RT", peak, 1.109, "-", 0.02, source, "absolute")
    yield Check("end of the sweep", V[-1], top, "V", EXACT, "the programme")
