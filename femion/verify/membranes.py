"""Group interfaces: charged membranes against solutions, films included (reference files 05)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import femion as fm

from ..transport.checks import evaluate
from ..units import F, R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

FILE, ONE_ONE, TMS = "05_donnan.toml", "05a_donnan_1_1.csv", "05b_TMS_membrane_potential.csv"
STACK, SHARP = "05c_ED_three_layer.csv", "05d_PNP_three_layer.csv"
FIELD = 1e-6  # the reference README's tolerance of 05


# -- Donnan equilibrium ------------------------------------------------------------------------
def equilibrium(ions: Mapping[fm.Species, float], X: float, mu0: dict[str, float]) -> Any:
    """A bath beside a membrane of fixed charge X that nothing else touches."""
    transport = fm.Dilute({i.name: 1e-9 for i in ions})
    bath = fm.Medium(tuple(ions), transport)
    resin = fm.Medium(tuple(ions), transport, standard_potential=mu0)
    phases = [fm.Phase("bath", bath), fm.Phase("membrane", resin, fixed_charge=X)]
    c = {i.name: value for i, value in ions.items()}
    laws = [fm.Reservoir("left", c, potential=0.0), fm.Donnan("bath|membrane")]
    where = bench.stack({"bath": 1e-5, "membrane": 1e-5}, 5e-6)
    return fm.solve(fm.Model(phases, laws), where, degree=2)


def jump(s: Any, where: str) -> float:
    """Potential of the second side of an interface over that of the first [V]."""
    a, b = where.split("|")
    return bench.phi(s, where, b) - bench.phi(s, where, a)


@case("donnan-1-1", "interfaces")
def donnan_1_1(tables: Tables) -> Iterator[Check]:
    """Donnan potential and partition of a 1:1 salt, both signs of fixed charge."""
    for row in tables.csv(ONE_ONE):
        X, c = row["X_fixed_mol_m3(signed)"], row["c_salt_mol_m3"]
        s = equilibrium({bench.SODIUM: c, bench.CHLORIDE: c}, X, {})
        label = f"X={X:g} c={c:g}"
        mV = {"phi_m_minus_phi_s_mV": 1e3 * jump(s, "bath|membrane")}
        yield from compare(label, row, mV, "mV", FIELD, ONE_ONE)
        cm = [bench.concentration(s, i, "membrane") for i in ("Na+", "Cl-")]
        values = {"c+_m": cm[0], "c-_m": cm[1]}
        yield from compare(label, row, values, "mol/m3", FIELD, ONE_ONE)
        coion = min(cm) / c
        yield from compare(label, row, {"coion_partition": coion}, "-", FIELD, ONE_ONE)


@case("donnan-multi-ion", "interfaces")
def donnan_multi_ion(tables: Tables) -> Iterator[Check]:
    """Mixtures with divalent ions, and with steric or dielectric partition (Gamma)."""
    for name, m in tables.toml(FILE).items():
        if not all(k in m for k in ("c", "z", "X", "phi_D", "c_mem")):
            continue
        gamma = m.get("Gamma", [1.0] * len(m["c"]))
        ions = [fm.Species(f"ion {k}", int(z)) for k, z in enumerate(m["z"], 1)]
        mu0 = {
            i.name: float(-R * bench.T * np.log(g))
            for i, g in zip(ions, gamma, strict=True)
            if g != 1.0
        }
        s = equilibrium(dict(zip(ions, map(float, m["c"]), strict=True)), m["X"], mu0)
        source = f"{FILE} [{name}]"
        yield from compare(name, m, {"phi_D": jump(s, "bath|membrane")}, "V", FIELD, source)
        table = {f"c_mem {i.name}": c for i, c in zip(ions, m["c_mem"], strict=True)}
        values = {f"c_mem {i.name}": bench.concentration(s, i.name, "membrane") for i in ions}
        yield from compare(name, table, values, "mol/m3", FIELD, source)
        if "equiv_frac_Ca" in m:
            share = (
                2
                * next(c for z, c in zip(m["z"], values.values(), strict=True) if z == 2)
                / -m["X"]
            )
            yield from compare(name, m, {"equiv_frac_Ca": share}, "-", FIELD, source)


# -- Teorell-Meyer-Sievers ---------------------------------------------------------------------
@case("membrane-potential-tms", "interfaces")
def membrane_potential(tables: Tables) -> Iterator[Check]:
    """Zero-current potential of a charged membrane between two baths, without films."""
    L = 1e-4
    where = bench.stack({"membrane": L}, 0.004 * L, 2e-5 * L, growth=1.06)
    for row in tables.csv(TMS):
        X, c1, c2 = row["X_mol_m3"], row["c1"], row["c2"]
        phase = fm.Phase("membrane", bench.nacl(), fixed_charge=X)
        laws = [
            fm.DonnanReservoir("left", bench.salt(c1), potential=0.0),
            fm.DonnanReservoir("right", bench.salt(c2), current=0.0),
        ]
        s = fm.solve(fm.Model([phase], laws), where, degree=2)
        E, ideal = 1e3 * s.potential("right"), -1e3 * bench.VT * float(np.log(c2 / c1))
        label = f"X={X:g} {c1:g}|{c2:g}"
        values = {"E=phi2-phi1_mV(closed)": E, "numeric_mV": E}
        yield from compare(label, row, values, "mV", FIELD, TMS)
        yield from compare(
            label,
            row,
            {"apparent_permselectivity_E/E_ideal": E / ideal if ideal else float("nan")},
            "-",
            FIELD,
            TMS,
        )


# -- film | membrane | film --------------------------------------------------------------------
@dataclass(frozen=True)
class Membrane:
    """Film | cation-exchange membrane | film with baths outside, as files 05c and 05d have it."""

    film: float
    thickness: float
    X: float
    slowness: float
    h: float
    first: float

    def solve(self, baths: tuple[float, float], i: float, closure: Any) -> Any:
        """Steady state at current density i [A/m2], positive from left to right."""
        half = 0.5 * self.thickness
        parts = {"left film": self.film, "m1": half, "m2": half, "right film": self.film}
        where = bench.stack(parts, self.h, self.first)
        water, resin = bench.nacl(), bench.nacl(self.slowness)
        phases = [
            fm.Phase("left film", water),
            fm.Phase("membrane", resin, fixed_charge=self.X, regions=("m1", "m2")),
            fm.Phase("right film", water),
        ]
        laws = [
            fm.Reservoir("left", bench.salt(baths[0]), potential=0.0),
            fm.Donnan("left film|membrane"),
            fm.Donnan("membrane|right film"),
            fm.Reservoir("right", bench.salt(baths[1]), current_density=-i),
        ]
        return fm.solve(fm.Model(phases, laws, closure=closure), where, degree=2)


LEFT, RIGHT = "left film|membrane", "membrane|right film"


def film_stack(p: Row) -> Membrane:
    """The stack of section [ed_three_layer]."""
    return Membrane(
        p["delta"], p["d_mem"], p["X"], p["Dmem_factor"], p["delta"] / 40, p["delta"] / 5e3
    )


@case("electrodialysis-three-layer", "interfaces")
def three_layer(tables: Tables) -> Iterator[Check]:
    """Film | membrane | film, electroneutral, up to above the ideal limiting current."""
    p = tables.toml(FILE)["ed_three_layer"]
    for row in tables.csv(STACK):
        i, label = row["i_A_m2"], f"i/ilim={row['i/ilim']:g}"
        s = film_stack(p).solve((p["cb"], p["cb"]), i, fm.Electroneutral())
        N = {"N_coion_mol_m2_s": bench.flux(s, "Cl-", LEFT)}
        yield from compare(label, row, N, "mol/(m2 s)", FIELD, STACK)
        share = {"t_counterion": F * bench.flux(s, "Na+", LEFT) / i}
        yield from compare(label, row, share, "-", FIELD, STACK)
        values = {
            "c_film_left_iface": bench.concentration(s, "Na+", LEFT, "left film"),
            "c_film_right_iface": bench.concentration(s, "Na+", RIGHT, "right film"),
            "c-_mem_left": bench.concentration(s, "Cl-", LEFT, "membrane"),
            "c-_mem_right": bench.concentration(s, "Cl-", RIGHT, "membrane"),
        }
        yield from compare(label, row, values, "mol/m3", FIELD, STACK)
        inside = bench.phi(s, RIGHT, "membrane") - bench.phi(s, LEFT, "membrane")
        values = {
            "Donnan_left_V": jump(s, LEFT),
            "dphi_membrane_V": inside,
            "Donnan_right_V": -jump(s, RIGHT),
            "phi_right_bulk_minus_left_V": s.potential("right"),
        }
        yield from compare(label, row, values, "V", FIELD, STACK)


@case("dialysis-three-layer", "interfaces")
def dialysis(tables: Tables) -> Iterator[Check]:
    """The same stack between different baths without current, and its ideal limiting current."""
    sections = tables.toml(FILE)
    p = sections["ed_three_layer"]
    source = f"{FILE} [ed_three_layer]"
    L = evaluate(fm.Phase("p", bench.nacl()), bench.salt(p["cb"]))
    t = float((L[0, 0] - L[0, 1]) / (L[0, 0] - 2 * L[0, 1] + L[1, 1]))
    D = float(2 * R * bench.T / p["cb"] * np.linalg.det(L) / (L.sum() - 4 * L[0, 1]))
    yield from compare("", p, {"t_plus": t}, "-", 1e-12, source)
    yield from compare("", p, {"D_salt": D}, "m2/s", 1e-12, source)
    limit = F * D * p["cb"] / (p["delta"] * (1 - t))
    yield from compare("", p, {"i_lim_ideal": limit}, "A/m2", 1e-12, source)
    for name, m in sections.items():
        if not name.startswith("dialysis_"):
            continue
        baths = tuple(float(x) for x in name.split("_")[1:])
        s = film_stack(p).solve((baths[0], baths[1]), m["i"], fm.Electroneutral())
        source = f"{FILE} [{name}]"
        N = {"N_salt": bench.flux(s, "Cl-", LEFT)}
        yield from compare(name, m, N, "mol/(m2 s)", FIELD, source)
        values = {
            "c1": bench.concentration(s, "Na+", LEFT, "left film"),
            "c2": bench.concentration(s, "Na+", RIGHT, "right film"),
        }
        yield from compare(name, m, values, "mol/m3", FIELD, source)
        yield from compare(
            name, m, {"E_right_minus_left": s.potential("right")}, "V", FIELD, source
        )


# -- the same with space charge ----------------------------------------------------------------
NANO = Membrane(film=2e-7, thickness=2e-7, X=-100.0, slowness=0.2, h=4e-9, first=2e-10)


@case("membrane-space-charge", "interfaces")
def space_charge(tables: Tables) -> Iterator[Check]:
    """Layers of 200 nm with the Poisson closure, sharp fixed charge (file 05d).

    The tolerance is the README's 1e-3 for concentrations and fluxes, whose error is that of
    the layers' resolution; potentials are compared to 1e-3 RT/F.
    """
    for row, label in _rows(tables):
        s = NANO.solve((row["cb_left"], row["cb_right"]), row["i_A_m2"], fm.Poisson(78.36))
        flux = {"N_coion_mol_m2_s": bench.flux(s, "Cl-", LEFT)}
        yield from compare(label, row, flux, "mol/(m2 s)", 1e-3, SHARP, _flux_scale(row))
        middle = NANO.film + 0.5 * NANO.thickness
        values = {
            "c-_mem_mid": bench.at(s, "membrane", "Cl-", middle),
            "c+_mem_mid": bench.at(s, "membrane", "Na+", middle),
            "c+_left_iface": bench.concentration(s, "Na+", LEFT, "left film"),
            "c-_left_iface": bench.concentration(s, "Cl-", LEFT, "left film"),
        }
        yield from compare(label, row, values, "mol/m3", 1e-3, SHARP)
        values = {
            "phi_right_V": s.potential("right"),
            "phi_mem_mid_V": bench.at(s, "membrane", "phi", middle),
            "phi_left_iface_V": bench.phi(s, LEFT, "left film"),
        }
        yield from compare(label, row, values, "V", 1e-3, SHARP, bench.VT)


@case("membrane-closure-switch", "interfaces")
def closure_switch(tables: Tables) -> Iterator[Check]:
    """The same model with the closure switched to electroneutral (file 05d, last columns)."""
    for row, label in _rows(tables):
        s = NANO.solve((row["cb_left"], row["cb_right"]), row["i_A_m2"], fm.Electroneutral())
        flux = {"electroneutral_Donnan_N_coion": bench.flux(s, "Cl-", LEFT)}
        yield from compare(label, row, flux, "mol/(m2 s)", FIELD, SHARP, _flux_scale(row))
        V = {"electroneutral_Donnan_V": s.potential("right")}
        yield from compare(label, row, V, "V", FIELD, SHARP, bench.VT)


def _rows(tables: Tables) -> Iterator[tuple[Row, str]]:
    for row in tables.csv(SHARP):
        baths = f"{row['cb_left']:g}|{row['cb_right']:g}"
        yield row, f"{row['case']} {baths} i/ilim={row['i/ilim']:g}"


def _flux_scale(row: Row) -> float:
    """The table's flux, or where there is none what diffuses if the membrane were open."""
    return abs(row["N_coion_mol_m2_s"]) if row["i_A_m2"] else 1.6e-9 * row["cb_left"] / NANO.film
