"""Volume-averaged porous electrodes: Newman and Tobias, and a whole cell (files 10, 10a, 10d)."""

from collections.abc import Iterator
from typing import Any

import ufl

import femion as fm

from ..units import as_number
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

ELECTRODE, CELL, POROUS = (
    "10a_porous_electrode.csv",
    "10d_porous_cell_no_particles.csv",
    "10_porous.toml",
)
LITHIUM = fm.Species("Li+", 1)


def electrode(p: Row, current: float, law: Any) -> Any:
    """A matrix and a liquid of one mobile ion in the same slab; the current comes by the liquid."""
    liquid = fm.Medium((LITHIUM,), fm.Conductivity({("Li+", "Li+"): p["kappa"]}))
    here = ("slab",)
    pores = fm.Phase("pores", liquid, fixed_charge=-1e3, initial={"Li+": 1e3}, regions=here)
    matrix = fm.Phase("matrix", fm.Conductor(p["sigma_solid"]), regions=here)
    laws = [
        fm.Volumetric(law, p["a"]),
        fm.ReversibleElectrode("left@pores", "Li+", current_density=current),
        fm.Terminal("right@matrix", potential=0.0),
    ]
    L = p["L"]
    domain = bench.stack({"slab": L}, L / 400)
    return fm.solve(fm.Model([matrix, pores], laws), domain, degree=2)


def eta(s: Any, x: float) -> float:
    """phi_s - phi_e [V]."""
    return bench.at(s, "matrix", "phi", x) - bench.at(s, "pores", "phi", x)


def law_of(kinetics: str, p: Row) -> Any:
    """The kinetics that file 10a names."""
    alpha = (p["alpha_a"], p["alpha_c"])
    given = ("matrix|pores", "Li -> Li+ + e-", p["i0"], 0.0, ("Li",))
    return {
        "linear": fm.Linear(*given, alpha=alpha),
        "tafel": fm.Tafel(*given, alpha=-alpha[1]),
        "BV": fm.ButlerVolmer(*given, alpha=alpha),
    }[kinetics]


@case("porous-electrode", "interfaces")
def porous_electrode(tables: Tables) -> Iterator[Check]:
    """Overpotential, reaction and current in the liquid along the electrode; the voltage."""
    p = tables.toml(POROUS)
    c, rows = p["common"], list(tables.csv(ELECTRODE))
    for kinetics, current in dict.fromkeys((r["kinetics"], r["I_A_m2"]) for r in rows):
        law = law_of(kinetics, c)
        s = electrode(c, current, law)
        label = f"{kinetics} I={current:g}"
        for r in (r for r in rows if (r["kinetics"], r["I_A_m2"]) == (kinetics, current)):
            e = eta(s, r["x_m"])
            i_n = c["i0"] * as_number(law.rate(e / bench.VT, bench.T))
            values = {"eta_V": e, "i_n_A_m2": i_n, "a*i_n*L/I": c["a"] * i_n * c["L"] / current}
            yield from compare(f"{label} x={r['x_m']:g}", r, values, "SI", 1e-5, ELECTRODE)
        ends = p.get("linear" if kinetics == "linear" else f"{kinetics}_I{current:g}", {})
        drop = bench.at(s, "pores", "phi", 0.0) - bench.at(s, "matrix", "phi", c["L"])
        for name in ("V_phi2_0_minus_phi1_L", "Vdrop_phi2_0_minus_phi1_L"):
            if name in ends:
                yield from compare(label, ends, {name: drop}, "V", 1e-6, POROUS)
        yield Check(f"{label} energy", s.audit.energy_imbalance, 0.0, "-", 1e-9, "", "absolute")


# -- 10d: a whole cell without particles --------------------------------------------------------
def kappa(c: Any, T: Any) -> Any:
    """Conductivity of the liquid [S/m]."""
    m = c / 1000.0
    return 0.0911 + 1.9101 * m - 1.052 * m**2 + 0.1554 * m**3


def diffusivity(c: Any, T: Any) -> Any:
    """Of the salt [m2/s]."""
    return 5.34e-10 * ufl.exp(-0.65 * c / 1000.0)


def kinetics(name: str, U: float, i0: float, area: float) -> fm.Volumetric:
    """Butler-Volmer in an electrode; phi_e is that of a lithium reference."""

    def potential(metal: Any, e: Any) -> Any:
        return U + bench.VT * ufl.ln(e.c["Li+"] / 1e3)

    where = f"{name} matrix|{name} pores"
    law = fm.ButlerVolmer(where, "Li -> Li+ + e-", i0, potential, stored=("Li",))
    return fm.Volumetric(law, area)


def sandwich(current: float) -> tuple[fm.Model, Any]:
    """Two porous electrodes and a separator, each with the liquid of the file's header."""
    ions = (LITHIUM, fm.Species("PF6-", -1))
    free = fm.ConcentratedBinary(kappa, 0.4, diffusivity, 1.0)
    soaked = fm.Medium(ions, fm.Effective(free, porosity=0.3, tortuosity=0.3**-0.5))

    def liquid(name: str, medium: Any, porosity: float) -> fm.Phase:
        start, region = {"Li+": 1e3, "PF6-": 1e3}, (name.split()[0],)
        return fm.Phase(name, medium, initial=start, porosity=porosity, regions=region)

    def solid(name: str, sigma: float) -> fm.Phase:
        return fm.Phase(f"{name} matrix", fm.Conductor(sigma), regions=(name,))

    phases = [
        solid("negative", 100.0),
        liquid("negative pores", soaked, 0.3),
        liquid("separator", fm.Medium(ions, free), 1.0),
        liquid("positive pores", soaked, 0.3),
        solid("positive", 10.0),
    ]
    laws = [
        kinetics("negative", 0.1, 5.0, 3 * 0.6 / 1e-5),
        kinetics("positive", 4.0, 1.0, 3 * 0.5 / 1e-5),
        fm.Donnan("negative pores|separator"),
        fm.Donnan("separator|positive pores"),
        fm.Terminal("left@negative matrix", potential=0.0),
        fm.Terminal("right@positive matrix", current_density=-current),
    ]
    parts = {"negative": 1e-4, "separator": 2.5e-5, "positive": 1e-4}
    return fm.Model(phases, laws), bench.stack(parts, 5e-6, 1e-6)


@case("porous-cell", "interfaces")
def porous_cell(tables: Tables) -> Iterator[Check]:
    """Voltage, salt and potentials of the liquid in time, from rest to steady state.

    The local error of each step is at most 2e-6 of the largest c; some tens of them add up.
    """
    rows = list(tables.csv(CELL))
    for current in dict.fromkeys(r["I_A_m2"] for r in rows):
        mine = [r for r in rows if r["I_A_m2"] == current]
        model, where = sandwich(current)
        times = [r["t_s"] for r in mine]
        t = fm.march(model, where, until=max(times), output=times, rtol=2e-6, degree=2)
        for r, s in zip(mine, t.solutions, strict=True):
            yield from compare(f"I={current:g} t={r['t_s']:g}", r, cell_values(s), "SI", 1e-4, CELL)


def cell_values(s: Any) -> dict[str, float]:
    """The columns of file 10d."""
    ends = {
        "c_e_x0": ("negative pores", 0.0),
        "c_e_neg_sep": ("separator", 1e-4),
        "c_e_sep_pos": ("separator", 1.25e-4),
        "c_e_xL": ("positive pores", 2.25e-4),
    }
    out = {"V_cell": s.potential("right@positive matrix")}
    out |= {name: bench.at(s, phase, "Li+", x) for name, (phase, x) in ends.items()}
    for name in ("x0", "xL"):
        phase, x = ends[f"c_e_{name}"]
        V = bench.at(s, phase, "phi", x) + bench.VT * float(ufl.ln(out[f"c_e_{name}"] / 1e3))
        out["phi_e_x0(phi_s(0)=0)" if name == "x0" else "phi_e_xL"] = V
    return out
