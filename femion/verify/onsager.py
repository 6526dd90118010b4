"""Group onsager: the tensor itself, and what a conductivity matrix does in a slab."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

import femion as fm

from ..transport.checks import evaluate
from ..units import F, R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

FILE = "01_onsager.toml"
CELL = "01_onsager_case3_cell.csv"
LENGTH = 1e-4  # of a slab whose thickness does not matter [m]
ALGEBRA = 1e-8  # the reference README's tolerance of 01; rounding is 1e-15
Matrix = npt.NDArray[np.float64]


def sections(tables: Tables, start: str, *keys: str) -> Iterator[tuple[str, Row]]:
    """Sections of the file whose name begins with `start`; each must have the keys."""
    found = {n: s for n, s in tables.toml(FILE).items() if n.startswith(start)}
    if not found:
        raise ValueError(f"{tables.path(FILE)} has no section [{start}...]")
    for name, section in found.items():
        if missing := [k for k in keys if k not in section]:
            raise ValueError(f"section [{name}] of {tables.path(FILE)} lacks {missing[0]!r}")
        yield name, section


def binary(tables: Tables) -> Matrix:
    """The 2 x 2 conductivity matrix of the file [S/m]."""
    m = tables.toml(FILE)["matrix"]
    return np.array([[m["sigma_pp"], m["sigma_pm"]], [m["sigma_pm"], m["sigma_mm"]]])


def medium(sigma: Matrix, z: list[int], c0: float | None = None) -> fm.Medium:
    """Ions "A", "B", ... with a constant matrix, or one proportional to c_A/c0."""
    ions = tuple(fm.Species("ABCDEFGH"[k], int(zk)) for k, zk in enumerate(z))

    def entry(value: float) -> Any:
        return value if c0 is None else lambda s: value * s.c["A"] / c0

    pairs = {
        (a.name, b.name): entry(float(sigma[i, j]))
        for i, a in enumerate(ions)
        for j, b in enumerate(ions)
        if i <= j
    }
    return fm.Medium(ions, fm.Conductivity(pairs))


def slab(
    m: fm.Medium, laws: list[Any], c: dict[str, float], first: float = 0.04, L: float = LENGTH
) -> Any:
    """Steady state of one electroneutral layer of thickness L, its first cell `first` times L."""
    where = bench.stack({"slab": L}, 0.04 * L, first * L)
    return fm.solve(fm.Model([fm.Phase("slab", m, initial=c)], laws), where, degree=2)


def charge_form(L: Matrix, z: list[int]) -> Matrix:
    """sigma_ij = z_i z_j F^2 L_ij [S/m]."""
    return np.outer(z, z) * F**2 * L


@case("sigma-matrix", "onsager")
def sigma_matrix(tables: Tables) -> Iterator[Check]:
    """L from sigma and back; eigenvalues, determinant, conductivity, transport numbers."""
    for name, m in sections(tables, "matrix", "sigma_pp", "sigma_mm", "sigma_pm"):
        pm = m["sigma_pm"]
        given = medium(np.array([[m["sigma_pp"], pm], [pm, m["sigma_mm"]]]), [1, -1])
        L = evaluate(fm.Phase("p", given), {"A": 1.0, "B": 1.0})
        S = charge_form(L, [1, -1])
        eig, kappa = np.linalg.eigvalsh(S), S.sum()
        source = f"{FILE} [{name}]"
        yield from compare(
            "",
            m,
            {"L_pp": L[0, 0], "L_mm": L[1, 1], "L_pm": L[0, 1]},
            "mol2/(J m s)",
            ALGEBRA,
            source,
        )
        values = {"kappa": kappa, "eig_min": eig[0], "eig_max": eig[1], "det": np.linalg.det(S)}
        yield from compare("", m, values, "S/m", ALGEBRA, source)
        t = S.sum(axis=1) / kappa
        yield from compare("", m, {"t_plus": t[0], "t_minus": t[1]}, "-", ALGEBRA, source)


@case("sigma-matrix-three-ions", "onsager")
def three_ions(tables: Tables) -> Iterator[Check]:
    """Three ions: L and its eigenvalues, and the voltages that block two of them."""
    for name, m in sections(tables, "three_ion", "S_row1", "z", "blocked_J"):
        z, source = m["z"], f"{FILE} [{name}]"
        n = range(1, len(z) + 1)
        ions = medium(np.array([m[f"S_row{i}"] for i in n]), z)
        c = _neutral(z)
        L = evaluate(fm.Phase("p", ions), c)
        S = charge_form(L, z)
        for i in n:
            row = numbered(m[f"L_row{i}"])
            yield from compare(f"L_{i}", row, numbered(L[i - 1]), "mol2/(J m s)", ALGEBRA, source)
        yield Check("kappa", S.sum(), m["kappa"], "S/m", ALGEBRA, source)
        for what, unit, values in (
            ("t", "-", S.sum(axis=1) / S.sum()),
            ("eig", "S/m", np.linalg.eigvalsh(S)),
            ("minus_dV", "V/m", _blocked(ions, c, m["blocked_J"])),
        ):
            yield from compare(what, numbered(m[what]), numbered(values), unit, ALGEBRA, source)


def numbered(values: Iterable[float]) -> dict[str, float]:
    """Entries of a list as the columns "1", "2", ... of a table."""
    return {str(k): float(v) for k, v in enumerate(values, 1)}


def _neutral(z: list[int]) -> dict[str, float]:
    """A neutral composition of 1000 mol/m3 of each ion of the commoner sign."""
    plus, minus = (sum(abs(k) for k in z if k * s > 0) for s in (1, -1))
    return {"ABCDEFGH"[i]: 1000.0 * (1.0 if k > 0 else plus / minus) for i, k in enumerate(z)}


def _blocked(ions: fm.Medium, c: dict[str, float], J: float) -> list[float]:
    """-grad V_i [V/m] when only ion A carries J [A/m2] between electrodes of A."""
    ends = [
        fm.ReversibleElectrode("left", "A", current_density=J),
        fm.ReversibleElectrode("right", "A", potential=0.0),
    ]
    s = slab(ions, ends, c)
    return [(bench.voltage(s, i, "left") - bench.voltage(s, i, "right")) / LENGTH for i in c]


@case("sigma-field-driven", "onsager")
def field_driven(tables: Tables) -> Iterator[Check]:
    """Case 1: a field over a uniform solution moves each ion by its own and the cross term."""
    salt = {"A": 1000.0, "B": 1000.0}
    for name, m in sections(tables, "case1", "E_V_per_m", "J_plus", "J_minus"):
        source, E = f"{FILE} [{name}]", m["E_V_per_m"]
        ends = [
            fm.Reservoir("left", salt, potential=E * LENGTH),
            fm.Reservoir("right", salt, potential=0.0),
        ]
        s = slab(medium(binary(tables), [1, -1]), ends, salt)
        N = bench.flux(s, "A", "left"), bench.flux(s, "B", "left")
        J = F * N[0], -F * N[1]
        values = {"J_plus": J[0], "J_minus": J[1], "J_total": bench.density(s, "left")}
        yield from compare("", m, values, "A/m2", ALGEBRA, source)
        yield from compare("", m, {"N_plus": N[0], "N_minus": N[1]}, "mol/(m2 s)", ALGEBRA, source)
        yield from compare("", m, {"ratio_tp_tm": J[0] / J[1]}, "-", ALGEBRA, source)


@case("sigma-open-circuit", "onsager")
def open_circuit(tables: Tables) -> Iterator[Check]:
    """Case 2: opposite ion currents, no net current: dV+/dV- = -t-/t+."""
    salt = {"A": 1000.0, "B": 1000.0}
    for name, m in sections(tables, "case2_ocp", "J_plus", "minus_dVp_dx"):
        source, N = f"{FILE} [{name}]", m["J_plus"] / F
        ends = [
            fm.Flux("left", {"A": N, "B": N}),
            fm.Reservoir("right", salt, potential=0.0),
        ]
        s = slab(medium(binary(tables), [1, -1]), ends, salt)
        slope = [
            (bench.voltage(s, i, "left") - bench.voltage(s, i, "right")) / LENGTH for i in "AB"
        ]
        values = {"minus_dVp_dx": slope[0], "minus_dVm_dx": slope[1]}
        yield from compare("", m, values, "V/m", ALGEBRA, source)
        ratio = slope[0] / slope[1]
        values = {"ratio_dVp_dVm": ratio, "minus_tm_over_tp": ratio}
        yield from compare("", m, values, "-", ALGEBRA, source)


@case("sigma-single-ion", "onsager")
def single_ion(tables: Tables) -> Iterator[Check]:
    """Case 3: only the cation moves; -grad V+ = sigma-- J/det sigma."""
    for name, m in sections(tables, "case3_single", "J_plus", "minus_dVp_dx"):
        J, source = m["J_plus"], f"{FILE} [{name}]"
        sigma = binary(tables)
        plus, minus = _blocked(medium(sigma, [1, -1]), {"A": 1000.0, "B": 1000.0}, J)
        values = {"minus_dVp_dx": plus, "minus_dVm_dx": minus, "diff": plus - minus}
        yield from compare("", m, values, "V/m", ALGEBRA, source)
        alone = J / plus
        yield from compare("", m, {"effective_single_ion_cond": alone}, "S/m", ALGEBRA, source)
        kappa = float(sigma.sum())
        yield from compare("", m, {"ratio_to_kappa": alone / kappa}, "-", ALGEBRA, source)


@case("junction-cross-term", "onsager")
def junction(tables: Tables) -> Iterator[Check]:
    """A junction with sigma(c) = c/c0 S at no current: potentials and the salt flux."""
    for name, m in sections(tables, "case2_junction", "c_left", "c_right", "c0"):
        source = f"{FILE} [{name}]"
        c = {end: {"A": m[f"c_{end}"], "B": m[f"c_{end}"]} for end in ("left", "right")}
        ions = medium(binary(tables), [1, -1], m["c0"])
        ends = [
            fm.Reservoir("left", c["left"], potential=0.0),
            fm.Reservoir("right", c["right"], current=0.0),
        ]
        s = slab(ions, ends, c["left"], 2e-3, m["L"])
        dV = [bench.voltage(s, i, "right") - bench.voltage(s, i, "left") for i in "AB"]
        values = {"deltaVp": dV[0], "deltaVm": dV[1], "delta_phi": s.potential("right")}
        yield from compare("", m, values, "V", ALGEBRA, source)
        yield from compare("", m, {"ratio": dV[0] / dV[1]}, "-", ALGEBRA, source)
        N = bench.flux(s, "A", "left")
        yield from compare("", m, {"N_salt": N}, "mol/(m2 s)", 1e-6, source)
        yield from compare(
            "", m, {"D_salt": _salt_diffusivity(ions, m["c0"])}, "m2/s", ALGEBRA, source
        )


def _salt_diffusivity(ions: fm.Medium, c: float) -> float:
    """D of a 1:1 ideal salt from L: S = F^2 det L/kappa, D = 2 R T S/c [m2/s]."""
    L = evaluate(fm.Phase("p", ions), {"A": c, "B": c})
    S = F**2 * np.linalg.det(L) / charge_form(L, [1, -1]).sum()
    return float(2 * R * bench.T * S / c)


@case("plating-cell-cross-term", "onsager")
def plating_cell(tables: Tables) -> Iterator[Check]:
    """Anion blocked, cation electrodes: profile and voltages up to 99 % of the limit."""
    for name, m in sections(tables, "case3_cell", "c_avg", "J_lim"):
        c0 = m["c_avg"]
        ions = medium(binary(tables), [1, -1], c0)
        for row in tables.csv(CELL):
            J, label = row["J_A_m2"], f"J/Jlim={row['J_over_Jlim']:g}"
            ends = [
                fm.ReversibleElectrode("left", "A", current_density=J),
                fm.ReversibleElectrode("right", "A", potential=0.0),
            ]
            s = slab(ions, ends, {"A": c0, "B": c0}, 2e-4, m["L"])
            c = [bench.concentration(s, "A", end) for end in ("left", "right")]
            values = {"c_left_mol_m3": c[0], "c_right_mol_m3": c[1]}
            yield from compare(label, row, values, "mol/m3", 1e-6, CELL)
            drop = [bench.voltage(s, i, "left") - bench.voltage(s, i, "right") for i in "AB"]
            values = {
                "Vp_left_minus_right_V": drop[0],
                "Vm_left_minus_right_V": drop[1],
                "phi_left_minus_right_V": bench.phi(s, "left") - bench.phi(s, "right"),
            }
            yield from compare(label, row, values, "V", 1e-6, CELL)
            limit = J * 2 * c0 / (c[0] - c[1])
            yield from compare(label, m, {"J_lim": limit}, "A/m2", 1e-6, f"{FILE} [{name}]")
