"""External energies: sedimentation, barodiffusion, stress both ways (files 11_13, 11b, 11d)."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

import femion as fm

from ..units import EPS0, F, R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Tables

MISC, SEDIMENT, SPHERE = (
    "11_13_misc.toml",
    "11b_sedimentation_PNP.csv",
    "11d_sphere_self_stress.csv",
)
WATER = 78.36
A = fm.Species("A", 0)


def alone(D: float, T: float = bench.T, activity: Any = None) -> fm.Medium:
    """One neutral species."""
    more = {"activity": activity} if activity else {}
    return fm.Medium((A,), fm.Dilute({"A": D}), temperature=T, **more)


def slab(energies: Any, laws: Any, where: Any, c: float, **more: Any) -> Any:
    """A slab of one species under some energies."""
    phase = fm.Phase("slab", alone(**more), initial={"A": c}, energies=energies)
    return fm.solve(fm.Model([phase], laws), where, degree=2)


@case("centrifuge", "thermodynamics")
def centrifuge(tables: Tables) -> Iterator[Check]:
    """Sedimentation equilibrium c ~ exp(M (1 - v rho) omega^2 r^2/2RT) in slab and sector."""
    p = tables.toml(MISC)["centrifuge"]
    r0, r1 = p["r0"], p["r1"]
    volume = p["vbar_rho"] * p["M_kg_mol"] / 1000.0
    spin = fm.Centrifuge({"A": p["M_kg_mol"]}, p["omega"], {"A": volume}, 1000.0, (-r0, 0.0), 1)
    s = slab([spin], [], bench.stack({"slab": r1 - r0}, (r1 - r0) / 60), 1.0, D=1e-10, T=p["T"])
    c = [bench.at(s, "slab", "A", x) for x in (0.0, r1 - r0)]
    sector = s.mean(lambda q: q.c["A"] * (q.x[0] + r0), "slab") / (0.5 * (r0 + r1))
    values = {
        "ratio_c_r1_c_r0": c[1] / c[0],
        "slab_c_r0_over_mean": c[0] / 1.0,
        "slab_c_r1_over_mean": c[1] / 1.0,
        "cyl_c_r0_over_mean": c[0] / sector,
        "cyl_c_r1_over_mean": c[1] / sector,
    }
    yield from compare("", p, values, "-", 1e-5, MISC)


@case("barodiffusion", "thermodynamics")
def barodiffusion(tables: Tables) -> Iterator[Check]:
    """A pressure gradient in a closed box and between two reservoirs."""
    p = tables.toml(MISC)["barodiffusion"]
    L, p0, p1 = p["L"], p["p_left"], p["p_right"]
    press = fm.Pressure({"A": p["Vbar"]}, lambda x: p0 + (p1 - p0) * x[0] / L, p0)
    where = bench.stack({"slab": L}, L / 40)
    s = slab([press], [], where, 1.0, D=p["D"], T=p["T"])
    c = [bench.at(s, "slab", "A", x) for x in (0.0, L)]
    values = {
        "closed_box_ratio_cR_cL": c[1] / c[0],
        "closed_cL_over_mean": c[0],
        "closed_cR_over_mean": c[1],
    }
    yield from compare("closed", p, values, "-", 1e-6, MISC)

    def between(left: float, right: float) -> Any:
        laws = [held("left", left), held("right", right)]
        return slab([press], laws, where, left, D=p["D"], T=p["T"])

    s = between(p["c_left"], p["c_right"])
    N = {"steady_flux_N": bench.flux(s, "A", "left")}
    yield from compare("equal ends", p, N, "mol/m2/s", 1e-6, MISC)
    q = tables.toml(MISC)["barodiffusion_open"]
    s = between(q["c_left"], q["c_right"])
    values = {"N": bench.flux(s, "A", "left"), "c_mid": bench.at(s, "slab", "A", L / 2)}
    yield from compare("open", q, values, "SI", 1e-6, MISC)


def held(where: str, c: float) -> fm.Bath:
    """A boundary at a concentration of A."""
    return fm.Bath(where, {"A": c})


@case("stressed-beam", "thermodynamics")
def stressed_beam(tables: Tables) -> Iterator[Check]:
    """Lattice gas in a bent beam, sigma_xx from -max to max across it: Larche-Cahn equilibrium."""
    p = tables.toml(MISC)["larche_cahn"]
    top, c_max, h = p["bending_sigma_xx_max"], p["c_max"], 1e-5
    bend = fm.Stress({"A": p["Omega"]}, lambda x: top / 3 * (2 * x[0] / h - 1))
    host = fm.LatticeGas({"A": c_max})
    where = bench.stack({"slab": h}, h / 40)
    s = slab([bend], [], where, 0.5 * c_max, D=1e-14, T=p["T"], activity=host)
    theta = [bench.at(s, "slab", "A", x) / c_max for x in (0.0, h)]
    values = {"theta_surface_compression": theta[0], "theta_surface_tension": theta[1]}
    yield from compare("", p, values, "-", 1e-6, MISC)


@case("stress-permeation", "thermodynamics")
def permeation(tables: Tables) -> Iterator[Check]:
    """A plate clamped flat swells by what permeates it: D_eff = D (1 + theta c)."""
    p = tables.toml(MISC)["larche_cahn"]
    q = tables.toml(MISC)["larche_cahn_permeation"]
    L = q["L"]
    host = fm.Elastic(p["E"], p["nu"], {"A": p["Omega"]}, {"A": q["c_right"]})
    where = bench.stack({"slab": L}, L / 80)
    flat = [fm.Displacement("sides", y=0.0), fm.Displacement("left", x=0.0)]
    laws = [held("left", q["c_left"]), held("right", q["c_right"]), *flat]
    s = slab([host], laws, where, q["c_right"], D=q["D"], T=p["T"])
    values = {"N": bench.flux(s, "A", "left"), "c_mid": bench.at(s, "slab", "A", L / 2)}
    yield from compare("", q, values, "SI", 1e-5, MISC)


@case("sedimentation-with-space-charge", "thermodynamics")
def sedimentation(tables: Tables) -> Iterator[Check]:
    """Heavy ions in gravity and their own field (Poisson): concentrations, phi and E."""
    rows = list(tables.csv(SEDIMENT))
    keys = ("a+=M+gL/RT", "a-", "H=L/lD")
    for a_plus, a_minus, H in dict.fromkeys(tuple(r[k] for k in keys) for r in rows):
        mine = [r for r in rows if tuple(r[k] for k in keys) == (a_plus, a_minus, H)]
        s, L = settled(a_plus, a_minus, H, [r["x=z/L"] for r in mine])
        zero = bench.at(s, "slab", "phi", 0.0)
        for r in mine:
            x = r["x=z/L"] * L
            values = {
                "c+/mean": bench.at(s, "slab", "C+", x),
                "c-/mean": bench.at(s, "slab", "A-", x),
            }
            if x:  # phi(0) = 0 says where phi is counted from
                drop = bench.at(s, "slab", "phi", x) - zero
                values["phi*F/RT(phi(0)=0)"] = drop / bench.VT
            label = f"a+={a_plus:g} a-={a_minus:g} H={H:g} x={r['x=z/L']:g}"
            yield from compare(label, r, values, "-", 1e-5, SEDIMENT)


def settled(a_plus: float, a_minus: float, H: float, at: list[float]) -> tuple[Any, float]:
    """A closed box of height H Debye lengths of a 1 mol/m3 salt under a given weight."""
    lD = float(np.sqrt(EPS0 * WATER * R * bench.T / (2 * F**2)))
    L = H * lD
    cuts = sorted({0.0, 1.0, *at})
    parts = {f"p{k}": (b - a) * L for k, (a, b) in enumerate(pairwise(cuts))}
    where = bench.stack(parts, min(lD / 3, L / 60), {"p0": lD / 30, list(parts)[-1]: lD / 30})
    ions = (fm.Species("C+", 1), fm.Species("A-", -1))
    medium = fm.Medium(ions, fm.Dilute({"C+": 1e-9, "A-": 1e-9}))
    RT = R * bench.T
    weight = fm.External(
        {"C+": lambda x: a_plus * RT * x[0] / L, "A-": lambda x: a_minus * RT * x[0] / L}
    )
    phase = fm.Phase(
        "slab", medium, initial={"C+": 1.0, "A-": 1.0}, regions=tuple(parts), energies=[weight]
    )
    ground = fm.Reservoir("left", {}, potential=0.0, blocked=("C+", "A-"))
    return fm.solve(fm.Model([phase], [ground], closure=fm.Poisson(WATER)), where, degree=2), L
