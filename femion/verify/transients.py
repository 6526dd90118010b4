"""Group transport, in time: polarisation, Sand's time, free diffusion, relaxing space charge.

Each tolerance is that of the time steps: local errors of `rtol` add up to a few `rtol` where a
transient starts impulsively and is followed over decades of time.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.special import erfc

import femion as fm

from ..domain import Domain
from ..integrator import Trajectory
from ..solution import Solution, nodal
from ..solvers.bdf import extrapolate
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

Floats = npt.NDArray[np.float64]

HALF = "02b_transient_half_ilim.csv"
SAND = "02b_sand_time.csv"
PROFILE = "03_freediff_HCl_KCl_profile.csv"
JUNCTIONS = "03_ljp.csv"
SPACE_CHARGE = "03b_pnp_ljp_transient.csv"
LJP = "03_ljp.toml"
MV = 1e3


# -- 02b: a current switched on between reversible electrodes ----------------------------------
def copper(p: Row, current_density: float) -> fm.Model:
    """Uniform CuSO4 between two copper electrodes; the current enters on the left."""
    ions = (fm.Species("Cu2+", int(p["zp"])), fm.Species("SO4 2-", int(p["zm"])))
    medium = fm.Medium(ions, fm.Dilute({"Cu2+": p["Dp"], "SO4 2-": p["Dm"]}))
    laws = [
        fm.ReversibleElectrode("left", "Cu2+", current_density=current_density),
        fm.ReversibleElectrode("right", "Cu2+", potential=0.0),
    ]
    start = {i.name: p["c0"] for i in ions}
    return fm.Model([fm.Phase("slab", medium, initial=start, regions=("a", "b", "c"))], laws)


def copper_slab(L: float, first: float) -> Domain:
    """A slab with nodes at L/2 and 3L/4, graded to `first` at the electrodes."""
    return bench.stack({"a": L / 2, "b": L / 4, "c": L / 4}, L / 15, {"a": first, "c": first})


@case("transient-half-limiting-current", "transport")
def half_limiting(tables: Tables) -> Iterator[Check]:
    """Concentrations and voltage after a current of half the limiting one is switched on."""
    p = tables.toml("02_binary.toml")["b_sand"]
    rows, L = sorted(tables.csv(HALF), key=lambda r: r["t_s"]), p["L"]
    times = [row["t_s"] for row in rows]
    model, rtol = copper(p, 0.5 * p["i_lim"]), 1e-4
    t = fm.march(
        model, copper_slab(L, 2e-3 * L), until=times[-1], output=times, rtol=rtol, degree=2
    )
    for row, s in zip(rows, t.solutions, strict=True):
        label = f"t={row['t_s']:g} s"
        places = {"c_x0": 0.0, "c_xL2": L / 2, "c_x3L4": 3 * L / 4, "c_xL": L}
        c = {column: bench.at(s, "slab", "SO4 2-", x) for column, x in places.items()}
        yield from compare(label, row, c, "mol/m3", 1e-3, HALF)
        yield from compare(label, row, voltages(s, p), "V", 1e-3, HALF)
        scaled = {"Dt_over_L2": p["D_salt"] * float(s.time or 0.0) / L**2}
        yield from compare(label, row, scaled, "-", 1e-12, HALF)
    yield from balanced(t, HALF)


def voltages(s: Solution, p: Row) -> dict[str, float]:
    """Cell voltage, and its part int i/kappa dx: the rest is the concentration cell's."""
    V = s.potential("left")
    c = [bench.at(s, "slab", "SO4 2-", x) for x in (0.0, p["L"])]
    cell = 2 * (1 - p["t_plus"]) * bench.VT / p["zp"] * np.log(c[0] / c[1])
    return {"ohmic_int_V": V - float(cell), "V_cell_fast_kinetics_V": V}


def balanced(t: Trajectory, source: str) -> Iterator[Check]:
    """In - out - stored of every species over every step."""
    worst = max(t.imbalance.values())
    yield Check("in - out - stored, worst step", worst, 0.0, "-", 1e-7, source, "absolute")


@case("sand-time", "transport")
def sand_time(tables: Tables) -> Iterator[Check]:
    """Time until an electrode is depleted, from two thresholds that must agree.

    Concentrations stay positive, so the march stops where 0.5 % are left, and the last three
    steps tell when nothing would be.
    """
    p = tables.toml("02_binary.toml")["b_sand"]
    L = p["L"]

    def left(s: Solution) -> float:
        return bench.at(s, "slab", "Cu2+", L) / p["c0"]

    for row in tables.csv(SAND):
        ratio, limit = row["i_over_ilim"], row["tau_exact_slab_s"]
        t = fm.march(
            copper(p, row["i_A_m2"]),
            copper_slab(L, 3e-4 * L / ratio),
            until=2 * limit,
            rtol=1e-4,
            degree=2,
            watch={"left": left},
            stop=lambda s: left(s) - 5e-3,
        )
        time, c = t.history["time"], t.history["left"]
        early = int(np.searchsorted(-c, -2e-2))  # the first step with less than 2 % left
        for label, k in (("2 % left", early), ("0.5 % left", len(c) - 1)):
            tau = {"tau_exact_slab_s": vanishes(time[k - 2 : k + 1], c[k - 2 : k + 1])}
            yield from compare(f"i/ilim={ratio:g} {label}", row, tau, "s", 1e-3, SAND)
        yield from balanced(t, SAND)


def vanishes(time: Floats, c: Floats) -> float:
    """When c is zero: t is quadratic in c before a wide slab's electrode, tau (1 - c)^2."""
    return float(extrapolate(0.0, c.tolist(), time.tolist()))


# -- 03: free diffusion from a step, electroneutral --------------------------------------------
TRACE = 1e-5  #: of a salt, where the reference has none of it; moves the potential by as much
WIDTH = (
    6e-3  #: of the first profile, as a share of half the domain; (WIDTH/0.2)^2 = 1e-3 at the end
)
REACH = 0.2  #: sqrt(4 D t) at the end, as a share of half the domain: ends see exp(-25)
HALF_WIDTH = 1e-3  #: [m]


def side(text: str) -> dict[str, float]:
    """Concentrations [mol/m3] of "HCl 0.1" (mol/L)."""
    salt, c = text.split()
    return {salt.removesuffix("Cl"): 1e3 * float(c), "Cl": 1e3 * float(c)}


def junction(left: dict[str, float], right: dict[str, float], D: Row, x0: float, w: float) -> Any:
    """A phase over regions a and b with an erfc profile of width w (0: a step) around x0."""
    low = TRACE * min(left["Cl"], right["Cl"])
    cations = sorted({*left, *right} - {"Cl"})
    ends = [{i: c.get(i, low) for i in cations} for c in (left, right)]
    ends = [c | {"Cl": sum(c.values())} for c in ends]

    def profile(species: str) -> Any:
        a, b = (c[species] for c in ends)

        def c(x: Any) -> Any:
            s = x[0] - x0
            share = (
                0.5 * erfc(-s / w) if w else np.heaviside(np.where(abs(s) < 1e-9 * x0, 0, s), 0.5)
            )
            return a + (b - a) * share

        return c

    ions = [*(fm.Species(i, 1) for i in cations), fm.Species("Cl", -1)]
    medium = fm.Medium(ions, fm.Dilute({s.name: D[s.name] for s in ions}))
    start = {s.name: profile(s.name) for s in ions}
    laws = [fm.Reservoir("left", ends[0], potential=0.0), fm.Impermeable("right")]
    return fm.Phase("water", medium, initial=start, regions=("a", "b")), laws


def free_diffusion(left: dict[str, float], right: dict[str, float], D: Row) -> Any:
    """The state when sqrt(4 D t) of the fastest ion is REACH of half the domain."""
    half, w = HALF_WIDTH, WIDTH * HALF_WIDTH
    where = bench.stack({"a": half, "b": half}, half / 10, half / 500, 1.35)
    fastest = max(D[i] for i in {*left, *right})
    phase, laws = junction(left, right, D, half, w)
    end, first = (REACH * half) ** 2 / (4 * fastest), (0.3 * w) ** 2 / (4 * fastest)
    return fm.march(fm.Model([phase], laws), where, until=end, first=first, rtol=3e-4, degree=2)


@case("free-diffusion", "transport")
def free_diffusion_potential(tables: Tables) -> Iterator[Check]:
    """Junction potential of two electrolytes that diffuse into each other, at no current."""
    D = tables.toml(LJP)["D"]
    column = "free_diffusion_selfsimilar_mV"
    for row in tables.csv(JUNCTIONS):
        name = row["junction(left|right, mol/L)"]
        left, right = map(side, name.split("|"))
        t = free_diffusion(left, right, D)
        values = {column: MV * bench.phi(t.last, "right")}
        yield from compare(name, row, values, "mV", 0.02, JUNCTIONS, scale=1.0)
        yield from balanced(t, JUNCTIONS)


@case("free-diffusion-profile", "transport")
def free_diffusion_profile(tables: Tables) -> Iterator[Check]:
    """The self-similar profile of HCl against KCl, in x/sqrt(4 D_H t); cubic between the nodes.

    The first profile's width still shows: (WIDTH/REACH)^2 = 1e-3 of c, its slope, of RT/F.
    """
    D = tables.toml(LJP)["D"]
    t = free_diffusion(side("HCl 0.1"), side("KCl 0.1"), D)
    spread = REACH * HALF_WIDTH
    for row in tables.csv(PROFILE):
        eta = row["eta=x/sqrt(4 D_H t)"]
        x, label = HALF_WIDTH + eta * spread, f"eta={eta:g}"
        c = {f"c_{i}/c0": value_at(t.last, i, x) / 100 for i in ("Cl", "H", "K")}
        yield from compare(label, row, c, "-", 1e-3, PROFILE, scale=1.0)
        phi = {"phi-phi(-inf)_mV": MV * value_at(t.last, "phi", x)}
        yield from compare(label, row, phi, "mV", 0.026, PROFILE, scale=1.0)


def value_at(s: Solution, field: str, x: float) -> float:
    """A nodal field along a quasi-1D mesh, by a cubic spline through the nodes. Collective."""
    block = s.problem.blocks["water"]
    with s.active() as problem:
        own = np.stack([block.node_x[:, 0], nodal(problem, "water", field)])
    points, values = np.concatenate(s.comm.allgather(own), axis=1)
    _, first = np.unique(np.round(points / HALF_WIDTH, 9), return_index=True)
    return float(CubicSpline(points[first], values[first])(x))


# -- 03b: the same with space charge -----------------------------------------------------------
@case("space-charge-junction", "transport")
def space_charge(tables: Tables) -> Iterator[Check]:
    """From nothing to the free-diffusion potential over six decades of time, Poisson closure."""
    D = tables.toml(LJP)["D"]
    rows = sorted(tables.csv(SPACE_CHARGE), key=lambda r: (r["junction"], r["t_s"]))
    lD = np.sqrt(rows[0]["t_s"] / rows[0]["t_over_tau"] * D["H"])
    where = bench.stack({"a": 3000 * lD, "b": 3000 * lD}, 300 * lD, 0.15 * lD, 1.4)
    for name, group in groupby(rows, key=lambda r: str(r["junction"])):
        own = list(group)
        ends = [
            {i: c / 1e3 for i, c in side(q.replace("_", " ").removesuffix("mM")).items()}
            for q in name.split("|")
        ]
        phase, laws = junction(ends[0], ends[1], D, 3000 * lD, 0.0)
        times = [row["t_s"] for row in own]
        model = fm.Model([phase], laws, closure=fm.Poisson(78.36))
        t = fm.march(model, where, until=times[-1], output=times, rtol=1e-4, degree=2)
        for row, s in zip(own, t.solutions, strict=True):
            phi = {"phi_right_minus_left_mV(Richardson)": MV * bench.phi(s, "right")}
            label = f"{name} t/tau={row['t_over_tau']:g}"
            yield from compare(label, row, phi, "mV", 0.02, SPACE_CHARGE, scale=1.0)
        yield from balanced(t, SPACE_CHARGE)
