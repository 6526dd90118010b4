"""Group onsager: one tensor in every description, frame and pore; a tube of gases with it."""

from collections.abc import Iterator

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import root

import femion as fm

from ..transport import convert, frames
from ..transport.checks import evaluate
from ..transport.convert import Array
from ..transport.hindered import centreline_hindrance
from ..units import F, R
from . import bench
from .check import Check, compare
from .onsager import ALGEBRA, numbered
from .registry import case
from .tables import Row, Tables

FRICTION = "08_maxwell_stefan.toml"
BINARY = "02_binary.toml"
PORE = "06_dspmde_coeffs.toml"
NEWMAN = "02c_newman_onsager.csv"


def gas(tables: Tables) -> tuple[Row, Array, fm.Medium]:
    """Mole fractions, D_ij [m2/s] and the medium of H2 and N2 in CO2 as the solvent."""
    m, d = (tables.toml(FRICTION)[name] for name in ("onsager_H2_N2_CO2", "duncan_toor"))
    D = np.full((3, 3), np.inf)
    for i, j, name in ((0, 1, "D12_H2N2"), (0, 2, "D13_H2CO2"), (1, 2, "D23_N2CO2")):
        D[i, j] = D[j, i] = d[name]
    rub = {"H2,N2": D[0, 1], "H2,solvent": D[0, 2], "N2,solvent": D[1, 2]}
    species = fm.Species("H2", 0), fm.Species("N2", 0)
    model = fm.StefanMaxwell(rub, solvent=m["x"][2] * m["c_total"])
    return m, D, fm.Medium(species, model, temperature=m["T"])


@case("stefan-maxwell-frames", "onsager")
def stefan_maxwell_frames(tables: Tables) -> Iterator[Check]:
    """A ternary gas: L in the frame of CO2 and in the molar frame, Fick's matrix, and D_ij back."""
    m, D, medium = gas(tables)
    x, total, T = np.array(m["x"]), m["c_total"], m["T"]
    c = x * total
    model = evaluate(fm.Phase("gas", medium), {"H2": c[0], "N2": c[1]})
    algebra = convert.onsager_from_friction(D, c[:2], c[2], T)
    for what, L in (("model", model), ("convert", algebra)):
        for i in (0, 1):
            row = numbered(m[f"L_species3frame_row{i + 1}"])
            label = f"{what} L_{i + 1}"
            yield from compare(label, row, numbered(L[i]), m["units"], ALGEBRA, FRICTION)
    molar = frames.to_frame(algebra, c, frames.molar_frame(c))
    for i in range(3):
        row = numbered(m[f"L_molar_row{i + 1}"])
        yield from compare(
            f"molar L_{i + 1}", row, numbered(molar[i]), m["units"], ALGEBRA, FRICTION
        )
    row, fick = numbered(m["Fick_D_molar_frame_11_12_21_22"]), fick_matrix(algebra, c, T)
    yield from compare("Fick D", row, numbered(fick.ravel()), "m2/s", ALGEBRA, FRICTION)
    back = convert.friction(frames.to_solvent(molar, c), c[:2], c[2], T)
    for name, i, j in (("H2,N2", 0, 1), ("H2,CO2", 0, 2), ("N2,CO2", 1, 2)):
        yield Check(f"D {name} from molar L", back[i, j], D[i, j], "m2/s", 1e-12, FRICTION)


@case("duncan-toor-fluxes", "onsager")
def duncan_toor(tables: Tables) -> Iterator[Check]:
    """Fluxes between two bulbs as they are opened: N2 moves without a gradient of its own.

    dx/dz = -D^-1 N/c_T with Fick's matrix from L in the molar frame, N found by shooting. A
    species that is absent is taken as 1e-10 of the gas; the integrator is good to 1e-9.
    """
    d = tables.toml(FRICTION)["duncan_toor"]
    _, D, _ = gas(tables)
    total, unit = d["P"] / (R * d["T"]), D[0, 2] / d["L"]

    def slope(z: float, x: Array, N: Array) -> Array:
        c = total * np.maximum([*x, 1 - x.sum()], 1e-10)
        L = convert.onsager_from_friction(D, c[:2], c[2], d["T"])
        return -np.linalg.solve(fick_matrix(L, c, d["T"]), N) * unit * d["L"]

    def miss(N: Array) -> Array:
        way = solve_ivp(slope, (0, 1), d["x_bulb1"][:2], args=(N,), rtol=1e-10, atol=1e-12)
        return np.asarray(way.y[:, -1] - d["x_bulb2"][:2])

    N = root(miss, [-0.5, 0.2], tol=1e-12).x * unit * total
    row = numbered(d["N_initial_quasisteady"])
    yield from compare("N", row, numbered([*N, -N.sum()]), "mol/(m2 s)", 1e-7, FRICTION)


def fick_matrix(L: Array, c: Array, T: float) -> Array:
    """D of N_i = -c_T sum_j D_ij grad x_j [m2/s] in the molar frame of an ideal gas, last one out.

    There grad mu_j = RT grad x_j/x_j and the last mole fraction is 1 minus the others.
    """
    molar = frames.to_frame(L, c, frames.molar_frame(c))
    return np.asarray(R * T * (molar[:-1, :-1] / c[:-1] - molar[:-1, -1:] / c[-1]))


@case("stefan-tube", "transport")
def stefan_tube(tables: Tables) -> Iterator[Check]:
    """Acetone and methanol evaporate through stagnant air, which is the solvent: c_0 varies.

    Without ions the potential is 0; a large permittivity only gives its equation a size.
    A vapour that is swept away is taken as 1e-8 of the gas, which changes the fluxes by as much.
    """
    p = tables.toml(FRICTION)["stefan_tube"]
    names, total = p["species"][:2], p["c_total"]
    keys = {"a,b": "D12", "a,solvent": "D13", "b,solvent": "D23"}
    rub = {pair: p[key] for pair, key in keys.items()}
    ends = [
        {i: total * max(x, 1e-8) for i, x in zip("ab", p[end], strict=True)} for end in ("x0", "xL")
    ]
    model = fm.StefanMaxwell(rub, solvent=lambda s: total - s.c["a"] - s.c["b"])
    species = fm.Species("a", 0), fm.Species("b", 0)
    medium = fm.Medium(species, model, temperature=p["T"])
    laws = [fm.Reservoir("left", ends[0], potential=0.0)]
    laws += [fm.Reservoir("right", ends[1], potential=0.0)]
    parts = {f"slab {k}": 0.2 * p["L"] for k in range(5)}
    where = bench.stack(parts, 0.01 * p["L"], {"slab 4": 1e-8 * p["L"]})
    phase = fm.Phase("tube", medium, regions=tuple(parts))
    s = fm.solve(fm.Model([phase], laws, closure=fm.Poisson(1e15)), where, degree=2)
    fluxes = {f"N{k}": bench.flux(s, i, "left") for k, i in enumerate("ab", 1)}
    yield from compare(" and ".join(names), p, fluxes, "mol/(m2 s)", 1e-6, FRICTION)
    for k, xi in enumerate(p["xi"][:-1]):
        for what, i in (("x1", "a"), ("x2", "b")):
            x = bench.at(s, "tube", i, xi * p["L"]) / total
            yield Check(f"{what} at {xi:g}", x, p[what][k], "-", 1e-6, FRICTION)


@case("binary-salt-coefficients", "onsager")
def salt_coefficients(tables: Tables) -> Iterator[Check]:
    """D, t+ and limiting current of a 1:1 and a 2:2 salt from the ions' own D, through L."""
    sections = tables.toml(BINARY)
    for name, z, c in (("a_dilute_1_1", (1, -1), "c_avg"), ("b_sand", (2, -2), "c0")):
        p, source = sections[name], f"{BINARY} [{name}]"
        L = np.diag([p["Dp"], p["Dm"]]) * p[c] / (R * p["T"])
        k = convert.newman(L, z, p[c], p["T"])
        values = {"t_plus": k.transference_number}
        yield from compare("", p, {"D_salt": k.thermodynamic_diffusivity}, "m2/s", 1e-12, source)
        yield from compare("", p, values, "-", 1e-12, source)
        sides = 2 * z[0] * F * k.thermodynamic_diffusivity / (p["L"] * (1 - k.transference_number))
        yield from compare("", p, {"i_lim": sides * p[c]}, "A/m2", 1e-12, source)
    p = sections["nyman_1M"]
    L = convert.onsager_from_newman(p["kappa"], p["t_plus"], p["D"], 1.0, (1, -1), 1000.0, bench.T)
    k = convert.newman(L, (1, -1), 1000.0, bench.T)
    for key, value in zip(("kappa", "t_plus", "D"), k[:3], strict=True):
        yield Check(f"{key} of LiPF6", value, p[key], "SI", 1e-12, f"{BINARY} [nyman_1M]")


@case("conversion-round-trips", "onsager")
def round_trips(tables: Tables) -> Iterator[Check]:
    """L -> sigma, D_ij, (kappa, t+, D/chi) -> L for the measured lithium electrolytes.

    Each rounding is amplified by the condition number of the scaled tensor (below 10 here).
    """
    source = "identity, tensors of " + NEWMAN
    for row in tables.csv(NEWMAN):
        c, z, T = row["c_mol_m3"], (1, -1), bench.T
        L = np.array([[row["L_pp"], row["L_pm"]], [row["L_pm"], row["L_mm"]]])
        salt = np.array([c, c])
        k, chi = convert.newman(L, z, c, T), row["chi=1+dlnf/dlnc"]
        numbers = k.conductivity, k.transference_number, chi * k.thermodynamic_diffusivity, chi
        mass = frames.mass_frame([c, c, 11000.0], [0.00694, 0.14496, 0.0945])
        full = frames.to_frame(L, [c, c, 11000.0], mass)
        sigma, D = convert.conductivity_matrix(L, z), convert.friction(L, salt, 11000.0, T)
        for what, again in (
            ("sigma", convert.onsager_from_conductivity(sigma, z)),
            ("friction", convert.onsager_from_friction(D, salt, 11000.0, T)),
            ("newman", convert.onsager_from_newman(*numbers, z, c, T)),
            ("mass frame", frames.to_solvent(full, [c, c, 11000.0])),
        ):
            d = np.sqrt(np.diag(L))
            error = float((np.abs(again - L) / np.outer(d, d)).max())
            label = f"{row['set']} c={c:g} by {what}"
            yield Check(label, error, 0.0, "-", 1e-12, source, "absolute")


@case("hindered-pore", "onsager")
def hindered_pore(tables: Tables) -> Iterator[Check]:
    """Diffusive hindrance of four ions in a nanofiltration pore, and L of the pore."""
    p = tables.toml(PORE)
    ions = {name: s for name, s in p.items() if "Kd" in s}
    K = {name: centreline_hindrance(s["r_stokes"] / p["common"]["rp"]) for name, s in ions.items()}
    species = tuple(fm.Species(name, int(s["z"])) for name, s in ions.items())
    free = fm.Dilute({name: s["D_bulk"] for name, s in ions.items()})
    c = dict.fromkeys(ions, 100.0)
    L = evaluate(fm.Phase("pore", fm.Medium(species, fm.HinderedPore(free, K))), c)
    for k, (name, s) in enumerate(ions.items()):
        yield Check(f"Kd {name}", K[name], s["Kd"], "-", 1e-12, PORE)
        D = R * bench.T * L[k, k] / c[name]
        yield Check(f"D {name} in the pore", D, s["Kd"] * s["D_bulk"], "m2/s", 1e-12, PORE)
