"""Group thermodynamics: phases that separate (Cahn and Hilliard), file 13.

Free energy per site over RT: x ln x + (1 - x) ln(1 - x) + chi x (1 - x) + (kappa/2)|grad x|^2 with
lengths over L. That is LatticeGas with interaction chi RT, and GradientEnergy.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import ufl
from scipy.optimize import brentq

import femion as fm

from .. import _dolfinx as dx
from ..solution import Solution
from ..thermo import from_composition
from ..units import R
from . import bench
from .check import Check, compare
from .external import MISC, A
from .registry import case
from .tables import Row, Tables

DISPERSION = "13_cahn_hilliard_dispersion.csv"
L, C_MAX, D = 1e-6, 2e4, 1e-14
RT = R * bench.T


def separating(chi: float, kappa: float, mobility: Callable[[Any], Any], x0: Any) -> fm.Phase:
    """A regular solution on sites; mobility M(x) as in dx/dt = div(M grad mu/RT), over D."""
    sites = fm.LatticeGas({"A": C_MAX}, {"A": chi * RT})
    L_AA = fm.UserTransport(lambda s: [[C_MAX * D / (R * s.T) * mobility(s.c["A"] / C_MAX)]])
    medium = fm.Medium([A], L_AA, sites)
    edge = fm.GradientEnergy({"A": kappa * RT * L**2 / C_MAX})
    return fm.Phase("box", medium, initial={"A": x0}, energies=[edge])


# -- growth of small waves ---------------------------------------------------------------------
SMALL = 1e-4  #: amplitude of the waves, in x
KINDS = {
    "growth_s(M=1)": lambda x: 1.0 + 0 * x,
    "growth_s(M=x0(1-x0))": lambda x: x * (1 - x),
}


@case("spinodal-growth", "thermodynamics")
def growth(tables: Tables) -> Iterator[Check]:
    """Waves within and beyond the spinodal's cutoff grow or decay as exp(s t)."""
    for row in tables.csv(DISPERSION):
        label = f"chi={row['chi']:g} x0={row['x0']:g} kappa={row['kappa']:g} k={row['k']:.4g}"
        values = {kind: rate(row, kind) for kind in KINDS}
        yield from compare(label, row, values, "D/L2", 1e-3, DISPERSION)


def rate(row: Row, kind: str) -> float:
    """Growth rate of a cosine over half a wavelength [D/L2].

    In equal steps of BDF2 (3/2 a_n - 2 a_n-1 + 1/2 a_n-2)/dt = s a_n holds exactly for the
    amplitude a of a small wave, so that s is free of errors in time.
    """
    half = np.pi / row["k"] * L

    def start(x: Any) -> Any:
        return C_MAX * (row["x0"] + SMALL * np.cos(np.pi * x[0] / half))

    def amplitude(s: Solution) -> float:
        return s.mean(lambda q: q.c["A"] * ufl.cos(np.pi * q.x[0] / half), "box")

    phase = separating(row["chi"], row["kappa"], KINDS[kind], start)
    fastest = row["k"] ** 2 * (abs(row["fpp"]) + row["kappa"] * row["k"] ** 2)
    dt = 0.05 / (fastest * KINDS[kind](row["x0"])) * L**2 / D
    equal: Any = dict(first=dt, longest=dt, rtol=np.inf, watch={"a": amplitude})
    where = fm.geometry.slab(half, 12, region="box")
    t = fm.march(fm.Model([phase], []), where, until=5 * dt, degree=2, **equal)
    a = t.history["a"][-3:]
    return float((1.5 * a[2] - 2 * a[1] + 0.5 * a[0]) / a[2] / (dt * D / L**2))


# -- a flat interface at rest ------------------------------------------------------------------
@case("spinodal-interface", "thermodynamics")
def interface(tables: Tables) -> Iterator[Check]:
    """Two phases side by side: binodal compositions, and the energy of what is between them."""
    p = tables.toml(MISC)["cahn_hilliard"]
    width = 40.0  # of the box over sqrt(kappa)
    kappa = width**-2

    def start(x: Any) -> Any:
        return C_MAX * (0.5 + 0.4 * np.tanh((x[0] / L - 0.5) * width / 2))

    phase = separating(p["chi"], kappa, KINDS["growth_s(M=1)"], start)
    where = fm.geometry.slab(L, 160, region="box")
    t = fm.march(fm.Model([phase], []), where, until=1e3 * L**2 / D, degree=2)
    s = t.last
    ends = [bench.at(s, "box", "A", x) / C_MAX for x in (0.0, L)]
    yield from compare("poor side", p, {"binodal": ends[0]}, "-", 1e-6, MISC)
    yield from compare("rich side", p, {"binodal": 1.0 - ends[1]}, "-", 1e-6, MISC)

    def density(q: Any) -> Any:
        x = q.c["A"] / C_MAX
        f = x * ufl.ln(x) + (1 - x) * ufl.ln(1 - x) + p["chi"] * x * (1 - x)
        slope = ufl.grad(x) * L
        return f + kappa / 2 * ufl.inner(slope, slope)

    x = ends[0]
    flat = x * np.log(x) + (1 - x) * np.log(1 - x) + p["chi"] * x * (1 - x)
    excess = (s.mean(density, "box") - float(flat)) * width
    yield from compare("", p, {"interface_energy_over_sqrt_kappa": excess}, "-", 1e-5, MISC)
    mean = s.mean(lambda q: q.c["A"], "box") / C_MAX
    yield Check("mean composition", mean, 0.5, "-", 1e-10, "nothing can leave")


# -- the second law while domains grow ----------------------------------------------------------
@case("spinodal-coarsening", "thermodynamics")
def coarsening(tables: Tables) -> Iterator[Check]:
    """A closed box that separates and coarsens: free energy falls in every step, matter stays."""
    chi, x0, width = 3.0, 0.4, 60.0
    source = "dG/dt = -int M |grad mu|^2"

    def start(x: Any) -> Any:
        waves = (np.sin(7.3 * n) * np.cos(n * np.pi * x[0] / L) for n in range(1, 16))
        return C_MAX * (x0 + 1e-3 * sum(waves))

    phase = separating(chi, width**-2, KINDS["growth_s(M=x0(1-x0))"], start)
    where, until = fm.geometry.slab(L, 120, region="box"), 0.2 * L**2 / D
    t = fm.march(
        fm.Model([phase], []), where, until=until, rtol=1e-3, watch={"G": fm.metrics.free_energy}
    )
    G, s = t.history["G"], t.last
    rise = float(np.diff(G).max(initial=0.0) / np.ptp(G))
    yield Check("largest rise of G in a step", rise, 0.0, "-", 1e-8, source, "absolute")
    low, high = (c / C_MAX for c in s.extremes("A", "box"))
    yield Check("separated: high - low", high - low, 1 - 2 * 0.0707, "-", 0.05, "binodal, chi = 3")
    worst = t.imbalance["A"]
    yield Check("in - out - stored, worst step", worst, 0.0, "-", 1e-8, source, "absolute")
    lost = s.audit.energy_imbalance
    yield Check("G stored + dissipated", lost, 0.0, "-", 1e-9, source, "absolute")


@case("spinodal-limit", "thermodynamics")
def limit(tables: Tables) -> Iterator[Check]:
    """Composition at which dmu/dx = 0, and D/M = x (1 - x) dmu/dx, from the activity model."""
    p = tables.toml(MISC)["cahn_hilliard"]
    q = tables.toml(MISC)["regular_solution"]
    for x, reference in zip(q["at_x"], q["chi3"], strict=True):
        computed = x * (1 - x) * slope(x, 3.0)
        yield Check(f"D/M at x={x:g}", computed, reference, "-", 1e-9, MISC)
    found = brentq(lambda x: slope(x, p["chi"]), 1e-3, 0.5, xtol=1e-14)
    yield from compare("", p, {"spinodal": found}, "-", 1e-9, MISC)


def slope(x: float, chi: float) -> float:
    """d(mu/RT)/dx of the activity model, by automatic derivative."""
    sites = fm.LatticeGas({"A": C_MAX}, {"A": chi * RT})
    c = ufl.variable(ufl.as_ufl(x * C_MAX))
    s = from_composition(fm.Phase("p", fm.Medium([A], fm.Dilute({"A": D}), sites)), {"A": c})
    return C_MAX * float(dx.value(ufl.diff(s.w["A"], c)))
