"""Group thermodynamics: cells, junctions and membranes of non-ideal solutions."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import ufl

import femion as fm

from ..thermo.excess import Point
from ..units import N_A, F, R, as_number
from . import bench, transport
from .check import Check, compare
from .registry import case
from .tables import Tables

LITHIUM, STERIC = "02d_concentrated_LiPF6_slab.csv", transport.DOUBLE_LAYER
RT = R * bench.T


# -- 02d: a lithium cell with measured kappa, t+, D and chi ------------------------------------
def measured(name: str) -> Any:
    """The library's electrolyte behind a `set` of file 02d."""
    own = {"Valoen2005": "LiPF6_PC_EC_DMC"}
    return fm.library.electrolyte(own.get(name, name.replace("Landesfeind2019", "LiPF6")))


@case("concentrated-lithium-cell", "thermodynamics")
def lithium_cell(tables: Tables) -> Iterator[Check]:
    """Li|LiPF6|Li with full L(c) and mu of the salt by chi(c): profile and both overvoltages."""
    L, c0 = 1e-4, 1000.0
    for row in tables.csv(LITHIUM):
        e, i = measured(row["set"]), row["i_A_m2"]
        kappa, t = (e.properties[p].value for p in ("conductivity", "transference_number"))
        laws = [
            fm.ReversibleElectrode("left", "Li+", current_density=i),
            fm.ReversibleElectrode("right", "Li+", potential=0.0),
        ]
        phase = fm.Phase("slab", e.medium(), initial={"Li+": c0, "PF6-": c0})
        s = fm.solve(fm.Model([phase], laws), bench.stack({"slab": L}, L / 80), degree=2)

        def slope(q: Any, t: Any = t) -> Any:
            return (1 - t(q.c["Li+"], bench.T)) * ufl.grad(q.mu["Li+"] + q.mu["PF6-"])[0] / F

        label = f"{row['set']} i={i:g}"
        points = (("left", 0.0), ("mid", L / 2), ("right", L))
        values = {f"c_{end}": bench.at(s, "slab", "Li+", x) for end, x in points}
        yield from compare(label, row, values, "mol/m3", 1e-6, LITHIUM)
        ohmic = i * L * s.mean(lambda q, k=kappa: 1 / k(q.c["Li+"], bench.T), "slab")
        values = {
            "ohmic_V": ohmic,
            "concentration_V": -L * s.mean(slope, "slab"),
            "Vplus_left_minus_right_V": s.potential("left") - s.potential("right"),
        }
        yield from compare(label, row, values, "V", 1e-6, LITHIUM)


# -- 04a: ions of finite size ------------------------------------------------------------------
@case("bikerman-double-layer", "thermodynamics")
def bikerman(tables: Tables) -> Iterator[Check]:
    """The Bikerman columns: charge and crowding at the wall. nu = 2 a^3 N_A c0 gives the size a."""
    column = next(k for k in tables.csv(STERIC)[0] if k.startswith("nu_bik"))
    for row in tables.csv(STERIC):
        c0, psi = row["c0_mol_m3"], row["psi0_V"]
        size = float(np.cbrt(row[column] / (2 * N_A * c0)))
        s, lD = transport.double_layer(c0, psi, activity=fm.Bikerman(size))
        label = f"c0={c0:g} psi0={psi:g}"
        values = {"sigma_Bikerman_C_m2": transport.stored_charge(s, 24 * lD)}
        yield from compare(label, row, values, "C/m2", 1e-5, STERIC)
        counter = "Cl-" if psi > 0 else "Na+"
        values = {"c_counterion_wall_Bikerman_mol_m3": bench.at(s, "slab", counter, 0.0)}
        yield from compare(label, row, values, "mol/m3", 1e-5, STERIC)


# -- concentration cells -----------------------------------------------------------------------
def root_factor(c: Any, T: Any) -> Any:
    """A chi like that of an aqueous salt."""
    root = ufl.sqrt(c / 1000.0)
    return 1 - 0.59 * root / (1 + 1.5 * root) ** 2


ACTIVITIES: dict[str, Any] = {
    "Davies": fm.Davies(),
    "DebyeHueckel, Bikerman": fm.DebyeHueckel(ion_size=4e-10, statistics=fm.Bikerman(5e-10)),
    "Pitzer": fm.library.pitzer("NaCl"),
    "ThermodynamicFactor": fm.ThermodynamicFactor(root_factor),
    "Table": fm.ThermodynamicFactorTable([0, 10, 100, 500], [1, 0.95, 0.92, 0.93]),
    "Margules": fm.Margules({"Na+,Cl-": -3e3, "Na+,solvent": 2e3}, 1000.0),
    "LatticeGas": fm.LatticeGas({"Na+": 300.0}, {"Na+": 1500.0}),
    "FreeEnergy": fm.FreeEnergy(lambda c, T: 3.0 * c["Na+"] * c["Cl-"]),
    "UserActivity": fm.UserActivity(lambda s: {i: -1e-3 * (s.c["Na+"] + s.c["Cl-"]) for i in s.c}),
}


def chemical(activity: Any, c: Mapping[str, float], z: Mapping[str, int]) -> dict[str, float]:
    """mu_i/RT of plain concentrations [mol/m3], without mu0 and phi."""
    point = Point(c, bench.T, z)
    x, excess = activity.variable(c, point), activity.excess(point)
    return {i: as_number(x[i]) + as_number(excess.get(i, 0.0)) for i in c}


@case("concentration-cells", "thermodynamics")
def concentration_cells(tables: Tables) -> Iterator[Check]:
    """No current between 10 and 100 mol/m3: E = -(t+ dmu+ - t- dmu-)/F and N = D int c dln a.

    D_i c_i/RT of each ion makes t+ a constant, so both hold whatever the activity. E is exact on
    any mesh where both ions follow one statistics and so have one concentration at every point;
    the lattice of one of them leaves the error of the mesh, 2e-7 here.
    """
    Dp, Dm = bench.NACL.values()
    t, where = Dp / (Dp + Dm), bench.stack({"slab": 1e-4}, 2.5e-6)
    rule = list(zip(*np.polynomial.legendre.leggauss(40), strict=True))
    z = {"Na+": 1, "Cl-": -1}
    for name, activity in ACTIVITIES.items():
        medium = fm.Medium((bench.SODIUM, bench.CHLORIDE), fm.Dilute(bench.NACL), activity)
        ends = [
            fm.Reservoir("left", bench.salt(10.0), potential=0.0),
            fm.Reservoir("right", bench.salt(100.0), current=0.0),
        ]
        s = fm.solve(fm.Model([fm.Phase("slab", medium)], ends), where, degree=2)

        def mu(c: float, a: Any = activity) -> dict[str, float]:
            return chemical(a, bench.salt(c), z)

        low, high = mu(10.0), mu(100.0)
        d = {i: high[i] - low[i] for i in z}
        E = -bench.VT * (t * d["Na+"] - (1 - t) * d["Cl-"])
        source = "-(t+ dmu+ - t- dmu-)/F"
        close = 1e-6 if name == "LatticeGas" else 1e-11
        yield Check(f"{name} E", s.potential("right"), E, "V", close, source)
        # by parts: int c dmu = [c mu] - int mu dc, mu that of the salt
        inner = sum(w * sum(mu(55.0 + 45.0 * u).values()) for u, w in rule)
        total = 100.0 * sum(high.values()) - 10.0 * sum(low.values()) - 45.0 * inner
        N = -Dp * Dm / (Dp + Dm) * total / 1e-4
        found = bench.flux(s, "Na+", "left")
        yield Check(f"{name} N", found, N, "mol/(m2 s)", 1e-7, "-D+D-/(D+ + D-) int c dln a/L")


# -- Donnan equilibrium ------------------------------------------------------------------------
CHARGES = {"Na+": 1, "Ca2+": 2, "Cl-": -1}
RESINS = {
    "Davies": fm.Davies(),
    "Margules": fm.Margules({"Ca2+,Cl-": -4e3, "Na+,solvent": 2e3}, 5000.0),
}


@case("donnan-with-activities", "thermodynamics")
def donnan(tables: Tables) -> Iterator[Check]:
    """A resin beside a Davies bath of three ions: salts' activity products agree, and c."""
    bath, X = {"Na+": 60.0, "Ca2+": 20.0, "Cl-": 100.0}, -500.0
    ions = [fm.Species(i, z) for i, z in CHARGES.items()]
    free = fm.Dilute({"Na+": 1.3e-9, "Ca2+": 0.8e-9, "Cl-": 2.0e-9})
    water = fm.Medium(ions, free, fm.Davies())
    where = bench.stack({"bath": 1e-5, "resin": 1e-5}, 2.5e-6)
    for name, activity in RESINS.items():
        resin = fm.Medium(ions, free, activity)
        phases = [fm.Phase("bath", water), fm.Phase("resin", resin, fixed_charge=X)]
        laws = [fm.Reservoir("left", bath, potential=0.0), fm.Donnan("bath|resin")]
        s = fm.solve(fm.Model(phases, laws), where, degree=1)
        for salt in ({"Na+": 1, "Cl-": 1}, {"Ca2+": 1, "Cl-": 2}):

            def product(q: Any, salt: Any = salt) -> Any:
                return sum(n * q.ln_activity[i] for i, n in salt.items())

            inside, outside = (s.mean(product, "bath|resin", p) for p in ("resin", "bath"))
            what = f"{name} activity product of {'+'.join(salt)}"
            yield Check(what, np.exp(inside), np.exp(outside), "-", 1e-12, "the bath's")
        known, psi = partition(activity, bath, X)
        source = "scipy.optimize.root"
        for i in CHARGES:
            c = bench.concentration(s, i, "resin")
            yield Check(f"{name} c {i}", c, known[i], "mol/m3", 1e-9, source)
        yield Check(f"{name} jump", bench.phi(s, "resin"), psi, "V", 1e-9, source)


def partition(activity: Any, bath: Mapping[str, float], X: float) -> tuple[dict[str, float], float]:
    """Composition of a resin in equilibrium with a Davies bath, and its potential [V]."""
    from scipy.optimize import root

    outside = chemical(fm.Davies(), bath, CHARGES)

    def gap(v: Any) -> list[float]:
        c = dict(zip(CHARGES, np.exp(v[:-1]).tolist(), strict=True))
        inside = chemical(activity, c, CHARGES)
        charge = (sum(z * c[i] for i, z in CHARGES.items()) + X) / abs(X)
        return [inside[i] + z * v[-1] - outside[i] for i, z in CHARGES.items()] + [charge]

    start = [np.log(abs(X) / 2), np.log(abs(X) / 4), np.log(10.0), -1.5]
    found = root(gap, start, tol=1e-14)
    if not np.max(np.abs(gap(found.x))) < 1e-11:
        raise RuntimeError(f"scipy found no equilibrium: {found.message}")
    return dict(zip(CHARGES, np.exp(found.x[:-1]).tolist(), strict=True)), bench.VT * found.x[-1]


# -- osmotic equilibrium -----------------------------------------------------------------------
@case("osmotic-equilibrium", "thermodynamics")
def osmosis(tables: Tables) -> Iterator[Check]:
    """Solvent W through a membrane that the solute S cannot enter: the pressure that stops it.

    P = -(R T/V) ln(a_W/a_W of pure solvent), found as the zero of the flux over the pressure;
    S takes the same volume V as W. An ideal and a regular solution.
    """
    V, c_s, P0 = 1.8e-5, 600.0, 101325.0
    pure, mixed = 1 / V, 1 / V - c_s
    W, S = fm.Species("W", 0), fm.Species("S", 0)
    where = bench.stack({"feed": 1e-5, "permeate": 1e-5}, 2.5e-6)
    for name, omega in (("ideal", 0.0), ("regular", 1.5e3)):
        mixture = fm.Margules({"S,W": omega}, 1 / V) if omega else fm.Ideal()
        feed = fm.Medium((W, S), fm.Dilute({"W": 2e-9, "S": 1e-9}), mixture)
        water = fm.Medium((W,), fm.Dilute({"W": 2e-9}))
        squeeze = [fm.Pressure({"W": V, "S": V}, P0)]
        model = fm.Model(
            [fm.Phase("feed", feed, energies=squeeze), fm.Phase("permeate", water)],
            [
                fm.Bath("left", {"W": mixed, "S": c_s}),
                fm.Donnan("feed|permeate"),
                fm.Bath("right", {"W": pure}),
            ],
        )
        problem = fm.Problem(model, where, 2)
        Pi = -RT / V * (np.log(mixed / pure) + omega / RT * c_s * V)
        dP = [0.0, Pi]
        N = [flow(problem, P0 + p) for p in dP]
        yield Check(f"{name} N(dP=Pi)/N(0)", N[1] / N[0], 0.0, "-", 1e-9, "Pi", "absolute")
        while abs(dP[-1] - dP[-2]) > 1e-8 * Pi and N[-1] != N[-2]:
            dP.append(dP[-1] - N[-1] * (dP[-1] - dP[-2]) / (N[-1] - N[-2]))
            N.append(flow(problem, P0 + dP[-1]))
        yield Check(f"{name} osmotic pressure", dP[-1], Pi, "Pa", 1e-9, "-(RT/V) ln a")
        if not omega:
            hoff = c_s * RT * (1 + c_s * V / 2 + (c_s * V) ** 2 / 3)
            yield Check("van 't Hoff", dP[-1], hoff, "Pa", 1e-6, "RT c (1 + cV/2 + (cV)^2/3)")


def flow(problem: Any, pressure: float) -> float:
    """Flux of solvent [mol/(m2 s)] into the feed at its pressure [Pa]."""
    problem["phases.feed.energies.0.pressure"] = pressure
    return bench.flux(fm.solve(problem), "W", "left")
