"""Group transport: a film with supporting electrolyte (reference file 02e)."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import femion as fm

from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

FILE = "02e_supporting_electrolyte.csv"
FILM, BULK, D = 1e-4, 10.0, 1e-9  # [m], [mol/m3] of M+, [m2/s]; stated in the file's head
FIELD = 1e-6  # the reference README's tolerance of 02
SHARE = 1e-8  # of M+ left at the electrode where the limiting current is read off
FIRST = 1e-8  # first cell, as a share of the film: there c_M runs to zero, its potential as ln x


def film(r: float, **control: float) -> Any:
    """Steady state of the film; M+ reacts at the left, K+ (r times as much) and X- do not."""
    c = {"M+": BULK, "K+": r * BULK, "X-": (1 + r) * BULK}
    z = {"M+": 1, "K+": 1, "X-": -1}
    c = {i: v for i, v in c.items() if v}  # without support there is no K+ to speak of
    medium = fm.Medium([fm.Species(i, z[i]) for i in c], fm.Dilute(dict.fromkeys(c, D)))
    laws = [
        fm.ReversibleElectrode("left", "M+", **control),
        fm.Reservoir("right", c, potential=0.0),
    ]
    where = bench.stack({"film": FILM}, 0.05 * FILM, FIRST * FILM)
    model = fm.Model([fm.Phase("film", medium, initial=c)], laws)
    return fm.solve(model, where, degree=2)


def limiting_potential(r: float) -> float:
    """Electrode potential [V] that leaves SHARE of the bulk's M+ at the electrode.

    K+ and X- stand still, so they follow Boltzmann; with y = exp(F phi/RT) neutrality reads
    SHARE + r/y = (1 + r) y. The total flux is that of 2 (1 + r)(1 - y), whence the current is
    the limiting one to within SHARE of it.
    """
    y = (SHARE + np.sqrt(SHARE**2 + 4 * r * (1 + r))) / (2 * (1 + r))
    return float(bench.VT * np.log(SHARE * BULK / fm.thermo.C_REF * y))


@case("supporting-electrolyte", "transport")
def supporting_electrolyte(tables: Tables) -> Iterator[Check]:
    """Limiting current with migration, and the film at half of it.

    Without support (r = 0) the potential at the limiting current is minus infinity, as the
    table says; it is not compared.
    """
    for row in tables.csv(FILE):
        r = row["r=c_support/c_M bulk"]
        label, limit = f"r={r:g}", film(r, potential=limiting_potential(r))
        i = -bench.density(limit, "left")
        unit = fm.units.F * D * BULK / FILM
        yield from compare(label, row, {"i_lim/(F D c/delta)": i / unit}, "-", FIELD, FILE)
        yield from compare(label, row, {"i_lim_A_m2": i}, "A/m2", FIELD, FILE)
        if np.isfinite(row["phi_electrode_at_ilim_V"]):
            V = {"phi_electrode_at_ilim_V": bench.phi(limit, "left")}
            yield from compare(label, row, V, "V", FIELD, FILE)
        yield from half(label, row, film(r, current_density=-0.5 * row["i_lim_A_m2"]))


def half(label: str, row: Row, s: Any) -> Iterator[Check]:
    """The columns at half the limiting current."""
    present = {x.name: x for x in s.state("film").phase.medium.species}
    values = {f"c{i[0]}_electrode_at_0.5ilim": bench.concentration(s, i, "left") for i in present}
    yield from compare(label, row, values, "mol/m3", FIELD, FILE)
    V = {"phi_electrode_at_0.5ilim_V": bench.phi(s, "left")}
    yield from compare(label, row, V, "V", FIELD, FILE)
