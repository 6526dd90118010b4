"""Group transport: boundary layers, limiting currents and space charge in one phase."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import ufl

import femion as fm

from ..domain import Domain
from ..transport.checks import evaluate
from ..units import EPS0, F, R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

PNP = "01b_onsager_PNP.csv"
SLAB = "02a_dilute_slab.csv"
DOUBLE_LAYER = "04a_gouy_chapman_bikerman.csv"
WATER = 78.36  # relative permittivity in all reference files
C0, D_PLUS = 10.0, 1e-9  # scales that take the dimensionless file 01b to SI


def debye(c: float) -> float:
    """Debye length of a 1:1 salt [m]."""
    return float(np.sqrt(WATER * EPS0 * R * bench.T / (2 * F**2 * c)))


# -- 01b: Poisson-Nernst-Planck with a full Onsager matrix ------------------------------------
def coupled(row: Row) -> fm.Medium:
    """L++ = D c+/RT, L-- = d D c-/RT, L+- = theta D sqrt(d c+ c-)/RT, as conductivities."""
    d, theta, scale = row["d=D-/D+"], row["theta"], D_PLUS * F / bench.VT
    sigma = {
        ("A", "A"): lambda s: scale * s.c["A"],
        ("C", "C"): lambda s: scale * d * s.c["C"],
        ("A", "C"): lambda s: -scale * theta * ufl.sqrt(d * s.c["A"] * s.c["C"]),
    }
    return fm.Medium((fm.Species("A", 1), fm.Species("C", -1)), fm.Conductivity(sigma))


def pnp_cell(row: Row, where: Domain, degree: int = 2) -> Any:
    """The anion is blocked at both walls, the cation held; V between them."""
    wall, initial = {"A": C0 * row["c+_wall"]}, {"A": C0, "C": C0}
    laws = [
        fm.Reservoir("left", wall, potential=row["V"] * bench.VT, blocked=("C",)),
        fm.Reservoir("right", wall, potential=0.0, blocked=("C",)),
    ]
    regions = tuple(where.regions)
    phase = fm.Phase("slab", coupled(row), initial=initial, regions=regions)
    return fm.solve(fm.Model([phase], laws, closure=fm.Poisson(WATER)), where, degree=degree)


def pnp_values(s: Any, L: float) -> dict[str, float]:
    """The columns of file 01b."""

    def value(field: str, x: float) -> float:
        return bench.at(s, "slab", field, x * L) / (bench.VT if field == "phi" else C0)

    out = {"J=N+ L/(D+ c0)": bench.flux(s, "A", "left") * L / (D_PLUS * C0)}
    out |= {"c-_x0": value("C", 0.0), "c-_x1": value("C", 1.0)}
    for x in (0.1, 0.5, 0.9):
        out |= {f"c+_{x}": value("A", x), f"c-_{x}": value("C", x), f"phi_{x}": value("phi", x)}
    return out


def pnp_stack(row: Row) -> tuple[Domain, float]:
    """A slab with nodes at 0.1, 0.5 and 0.9 L, its walls resolved to an eighth Debye length."""
    eps = row["epsilon=lD/L"]
    L = debye(C0) / eps
    parts = {"a": 0.1 * L, "b": 0.4 * L, "c": 0.4 * L, "d": 0.1 * L}
    h = min(0.01, eps) * L
    return bench.stack(parts, h, {"a": eps * L / 16, "d": eps * L / 16}), L


@case("onsager-poisson-nernst-planck", "transport")
def onsager_pnp(tables: Tables) -> Iterator[Check]:
    """Full Onsager matrix and space charge: flux and profiles of every row."""
    for row in tables.csv(PNP):
        where, L = pnp_stack(row)
        names = {"eps": "epsilon=lD/L", "d": "d=D-/D+", "theta": "theta", "V": "V"}
        label = " ".join(f"{k}={row[column]:g}" for k, column in names.items())
        values = pnp_values(pnp_cell(row, where), L)
        yield from compare(label, row, values, "-", 1e-4, PNP)


@case("onsager-poisson-nernst-planck-order", "transport")
def onsager_pnp_order(tables: Tables) -> Iterator[Check]:
    """The error of the flux falls as h^2 with P1 on equal cells of the row with largest V."""
    row = max(tables.csv(PNP), key=lambda r: abs(r["V"]))
    eps = row["epsilon=lD/L"]
    L, errors = debye(C0) / eps, []
    for cells in (4, 8):
        where = bench.stack({"slab": L}, eps * L / cells)
        J = bench.flux(pnp_cell(row, where, degree=1), "A", "left") * L / (D_PLUS * C0)
        errors.append(abs(J - row["J=N+ L/(D+ c0)"]))
    order = float(np.log2(errors[0] / errors[1]))
    yield Check("order of J, P1", order, 2.0, "-", 0.1, PNP, "absolute")


# -- 02a: limiting current of a binary electrolyte --------------------------------------------
@case("binary-limiting-current", "transport")
def limiting_current(tables: Tables) -> Iterator[Check]:
    """Profiles between reversible electrodes, 10 % to 99 % of the limiting current."""
    p = tables.toml("02_binary.toml")["a_dilute_1_1"]
    for row in tables.csv(SLAB):
        c0, label = p["c_avg"], f"i/ilim={row['f=i/ilim']:g}"
        laws = [
            fm.ReversibleElectrode("left", "Na+", current_density=row["i_A_m2"]),
            fm.ReversibleElectrode("right", "Na+", potential=0.0),
        ]
        s = binary_slab(laws, c0, p["L"])
        c = [bench.concentration(s, "Cl-", end) for end in ("left", "right")]
        yield from compare(label, row, {"c_left": c[0], "c_right": c[1]}, "mol/m3", 1e-6, SLAB)
        dphi = bench.phi(s, "left") - bench.phi(s, "right")
        values = {"phi_l_minus_phi_r_V": dphi, "V_cell_fast_kinetics_V": s.potential("left")}
        yield from compare(label, row, values, "V", 1e-6, SLAB)
        limit = row["i_A_m2"] * 2 * c0 / (c[0] - c[1])
        yield from compare(label, p, {"i_lim": limit}, "A/m2", 1e-6, "02_binary.toml")


@case("binary-butler-volmer", "transport")
def binary_butler_volmer(tables: Tables) -> Iterator[Check]:
    """The same slab with metal deposition kinetics, i0 = 5 sqrt(c/c0) A/m2."""
    p = tables.toml("02_binary.toml")["a_dilute_1_1"]
    c0, a = p["c_avg"], bench.VT

    def electrode(where: str, terminal: Any) -> fm.ButlerVolmer:
        return fm.ButlerVolmer(
            where,
            "Na -> Na+ + e-",
            lambda metal, e: 5.0 * ufl.sqrt(e.c["Na+"] / c0),
            lambda metal, e: a * ufl.ln(e.c["Na+"] / c0),
            stored=("Na",),
            terminal=terminal,
        )

    for row in tables.csv(SLAB):
        laws = [
            electrode("left", fm.CurrentDensity(row["i_A_m2"])),
            electrode("right", fm.Potential(0.0)),
        ]
        s = binary_slab(laws, c0, p["L"])
        eta = [
            s.potential(end) - s.mean(lambda q: q.phi + a * ufl.ln(q.c["Na+"] / c0), end)
            for end in ("left", "right")
        ]
        values = {
            "eta_left_V": eta[0],
            "abs_eta_right_V": abs(eta[1]),
            "V_cell_BV_V": s.potential("left"),
        }
        label = f"i/ilim={row['f=i/ilim']:g}"
        yield from compare(label, row, values, "V", 1e-6, SLAB)


def binary_slab(laws: list[Any], c: float, L: float) -> Any:
    """Electroneutral NaCl of mean concentration c between two electrodes."""
    where = bench.stack({"slab": L}, 0.04 * L, 2e-4 * L)
    phase = fm.Phase("slab", bench.nacl(), initial=bench.salt(c))
    return fm.solve(fm.Model([phase], laws), where, degree=2)


@case("binary-coefficients", "transport")
def binary_coefficients(tables: Tables) -> Iterator[Check]:
    """kappa, t+ and D of the salt, read back from the Onsager matrix of a dilute binary."""
    p, source = tables.toml("02_binary.toml")["a_dilute_1_1"], "02_binary.toml"
    ions = fm.Medium((bench.SODIUM, bench.CHLORIDE), fm.Dilute({"Na+": p["Dp"], "Cl-": p["Dm"]}))
    L = evaluate(fm.Phase("p", ions), bench.salt(p["c_avg"]))
    sigma = F**2 * np.outer((1, -1), (1, -1)) * L
    kappa = float(sigma.sum())
    D = 2 * R * bench.T / p["c_avg"] * F**2 * np.linalg.det(L) / kappa
    yield from compare("", p, {"kappa0": kappa}, "S/m", 1e-12, source)
    yield from compare("", p, {"t_plus": float(sigma[0].sum()) / kappa}, "-", 1e-12, source)
    yield from compare("", p, {"D_salt": float(D)}, "m2/s", 1e-12, source)


# -- 04a: the diffuse double layer ------------------------------------------------------------
def double_layer(
    c0: float, psi: float, more: float = 0.0, activity: Any = None
) -> tuple[Any, float]:
    """A blocking wall at psi + more before 24 Debye lengths of solution, and lambda_D [m].

    The mesh is that for psi, so that a difference over `more` sees one mesh. Cutting there
    changes the answer by exp(-24) = 4e-11. The cells at the wall are 1/20 of the layer's own
    scale 2 lambda_D/sinh, and nodes lie at one and three Debye lengths.
    """
    lD = debye(c0)
    wall = 0.05 * lD / np.cosh(0.5 * psi / bench.VT)
    where = bench.stack({"a": lD, "b": 2 * lD, "c": 21 * lD}, lD / 10, {"a": wall})
    salt = bench.salt(c0)
    laws = [
        fm.Reservoir("left", {}, potential=psi + more, blocked=("Na+", "Cl-")),
        fm.Reservoir("right", salt, potential=0.0),
    ]
    water = replace(bench.nacl(), activity=activity or fm.Ideal())
    phase = fm.Phase("slab", water, regions=("a", "b", "c"), initial=salt)
    return fm.solve(fm.Model([phase], laws, closure=fm.Poisson(WATER)), where, degree=2), lD


def stored_charge(s: Any, length: float) -> float:
    """Charge on the wall [C/m2]: minus that of the solution before it."""
    return -F * length * s.mean(lambda q: q.charge, "slab")


@case("gouy-chapman", "transport")
def gouy_chapman(tables: Tables) -> Iterator[Check]:
    """The Gouy-Chapman columns: charge, capacitance, potentials, excesses.

    The Bikerman columns are for `bikerman-double-layer`. The capacitance is a central difference
    over 0.2 mV, good to (F dV/2RT)^2/6 = 6e-7 of its value.
    """
    for row in tables.csv(DOUBLE_LAYER):
        c0, psi, dV = row["c0_mol_m3"], row["psi0_V"], 1e-4
        s, lD = double_layer(c0, psi)
        length, label = 24 * lD, f"c0={c0:g} psi0={psi:g}"
        yield from compare(label, row, {"lambda_D_m": lD}, "m", 1e-10, DOUBLE_LAYER)
        sigma = stored_charge(s, length)
        yield from compare(label, row, {"sigma_GC_C_m2": sigma}, "C/m2", 1e-5, DOUBLE_LAYER)
        ends = [stored_charge(double_layer(c0, psi, k * dV)[0], length) for k in (1, -1)]
        capacitance = {"C_diff_GC_F_m2": (ends[0] - ends[1]) / (2 * dV)}
        yield from compare(label, row, capacitance, "F/m2", 1e-5, DOUBLE_LAYER)
        values = {f"psi_at_{n}lD_V": bench.at(s, "slab", "phi", n * lD) for n in (1, 3)}
        yield from compare(label, row, values, "V", 1e-5, DOUBLE_LAYER)
        counter, co = ("Cl-", "Na+") if psi > 0 else ("Na+", "Cl-")
        values = {
            f"excess_{what}_mol_m2": length * (bench.concentration(s, i, "slab") - c0)
            for what, i in (("counterion", counter), ("coion", co))
        }
        yield from compare(label, row, values, "mol/m2", 1e-5, DOUBLE_LAYER)
