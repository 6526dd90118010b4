"""Group transport: a mixed ionic-electronic conductor between two oxygen pressures."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import ufl

import femion as fm

from ..units import F, R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

FILE = "11_13_misc.toml"
DOPANT = 1000.0  # [mol/m3]; 2 c(O2-) + c(e-) = DOPANT
ELECTRONS = 1e-6  # of the dopant, at p_high
CASES = (("", 0.0, "E_OCV", "J_O2_mol_m2_s"), ("cross term", 0.3, "E_OCV_cross", "J_O2_cross"))


def composition(ratio: float, best: float) -> dict[str, float]:
    """Ions and electrons at p = ratio p_high: c(O2-)^2/c(e-)^4 is proportional to p."""
    from scipy.optimize import brentq

    def excess(log_e: float) -> float:
        e = np.exp(log_e)
        return float(np.log((DOPANT - e) / (DOPANT - best)) - 2 * (log_e - np.log(best)) - shift)

    shift = 0.5 * np.log(ratio)
    e = float(np.exp(brentq(excess, np.log(best) - 1, np.log(DOPANT) - 1e-12, xtol=1e-15)))
    return {"O2-": (DOPANT - e) / 2, "e-": e}


def electronic(p: Row) -> Callable[[Any], Any]:
    """sigma_e = sp P^1/4 + sn P^-1/4 [S/m], P^1/4 of the local equilibrium 1/2 O2 + 2 e- = O2-."""
    best = ELECTRONS * DOPANT
    scale = p["p_high_atm"] ** 0.25 * best / np.sqrt((DOPANT - best) / 2)

    def sigma(s: Any) -> Any:
        quarter = scale * ufl.sqrt(s.c["O2-"]) / s.c["e-"]
        return p["sigma_p_at_1atm"] * quarter + p["sigma_n_at_1atm"] / quarter

    return sigma


def conductor(p: Row, cross: float) -> fm.Medium:
    """Oxide ions and electrons; with a cross term sigma_ie = cross sqrt(si se)."""
    sigma, oxide = electronic(p), fm.Species("O2-", -2)
    ions = fm.Conductivity({("O2-", "O2-"): p["sigma_ion"]})
    transport: Any = fm.MixedConductor(ions, sigma)
    if cross:
        pairs = {
            ("O2-", "O2-"): p["sigma_ion"],
            ("e-", "e-"): sigma,
            ("O2-", "e-"): lambda s: cross * ufl.sqrt(p["sigma_ion"] * sigma(s)),
        }
        transport = fm.Conductivity(pairs)
    return fm.Medium((oxide, fm.electron), transport, temperature=p["T"])


def middle(p: Row) -> float:
    """Where sigma_e is least, from p_low: the share of the integral of sigma_amb dlnp there."""
    lnp = np.linspace(np.log(p["p_low_atm"]), np.log(p["p_high_atm"]), 4001)
    se = p["sigma_p_at_1atm"] * np.exp(lnp / 4) + p["sigma_n_at_1atm"] * np.exp(-lnp / 4)
    total = np.cumsum(se / (1 + se / p["sigma_ion"]))
    return float(total[np.argmin(se)] / total[-1])


@case("wagner-mixed-conductor", "transport")
def wagner(tables: Tables) -> Iterator[Check]:
    """Open-circuit voltage and oxygen permeation, without and with an ion-electron cross term.

    Cells are 2e-4 of the thickness where the electronic conductivity is least: P2 leaves 1e-7.
    """
    p = tables.toml(FILE)["wagner_MIEC"]
    best = ELECTRONS * DOPANT
    high, low = (composition(k, best) for k in (1.0, p["p_low_atm"] / p["p_high_atm"]))
    at = middle(p) * p["L"]
    for label, cross, E, J in CASES:
        where = bench.stack({"low": at, "high": p["L"] - at}, 0.02 * p["L"], 2e-4 * p["L"])
        phase = fm.Phase("slab", conductor(p, cross), fixed_charge=DOPANT, regions=("low", "high"))
        laws = [
            fm.Reservoir("left", low, current=0.0),
            fm.Reservoir("right", high, potential=0.0),
        ]
        s = fm.solve(fm.Model([phase], laws), where, degree=2)
        V = bench.voltage(s, "e-", "right") - bench.voltage(s, "e-", "left")
        yield from compare(label, p, {E: V}, "V", 1e-6, FILE)
        oxygen = bench.flux(s, "O2-", "right") / 2
        yield from compare(label, p, {J: oxygen}, "mol/(m2 s)", 1e-6, FILE)
        if not cross:
            nernst = R * p["T"] / (4 * F) * np.log(p["p_high_atm"] / p["p_low_atm"])
            yield from compare("", p, {"E_Nernst": float(nernst)}, "V", 1e-12, FILE)
            yield from compare("", p, {"t_ion_mean": V / float(nernst)}, "-", 1e-6, FILE)
