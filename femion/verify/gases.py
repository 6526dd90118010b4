"""Group transport: two bulbs of gas joined by a capillary (Duncan and Toor), file 08.

Of three gases at constant pressure and without net flow, sum_i N_i = 0, two are enough, driven by
mu_i - mu_3 = RT ln(x_i/x_3): the statistics of Bikerman with c_T for the number of places. L is
then that of the molar frame, symmetric as always.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import femion as fm

from ..units import N_A, R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

COLUMNS, PARAMETERS = "08_duncan_toor.csv", "08_maxwell_stefan.toml"
HOUR = 3600.0
GASES = (fm.Species("H2", 0), fm.Species("N2", 0))
TRACE = 1e-5  #: stands for a mole fraction of 0
FAST = 1e6  #: how much faster a bulb is than the capillary: it is well mixed
EMPTY = 1e-5  #: volume of the capillary that counts: it is quasi-steady


def total(p: Row) -> float:
    """Concentration of the ideal gas [mol/m3]."""
    return float(p["P"] / (R * p["T"]))


def gas(p: Row, factor: float) -> fm.Medium:
    """Stefan-Maxwell friction in the molar frame: L = Q L_3 Q^T, Q = I - x 1^T."""
    c_T = total(p)
    D = {"H2,N2": p["D12_H2N2"], "H2,solvent": p["D13_H2CO2"], "N2,solvent": p["D23_N2CO2"]}
    friction = fm.StefanMaxwell(D, solvent=lambda s: c_T - s.c["H2"] - s.c["N2"])

    def onsager(s: Any) -> Any:
        L = friction.onsager(s)
        x = [s.c[g.name] / c_T for g in GASES]
        n = range(len(x))
        Q = [[float(i == j) - x[i] for j in n] for i in n]
        QL = [[sum(Q[i][k] * L[k][j] for k in n) for j in n] for i in n]
        M = [[factor * sum(QL[i][k] * Q[j][k] for k in n) for j in n] for i in n]
        return [[M[min(i, j)][max(i, j)] for j in n] for i in n]

    places = fm.Bikerman((c_T * N_A) ** (-1 / 3))
    return fm.Medium(GASES, fm.UserTransport(onsager), places, temperature=p["T"])


def apparatus(p: Row) -> tuple[fm.Model, Any]:
    """Bulb, capillary, bulb; a bulb's volume is a weight of what a short piece stores."""
    area, piece = np.pi / 4 * p["d"] ** 2, p["L"] / 10
    x1, x2 = (np.maximum(p[f"x_bulb{k}"], TRACE) for k in (1, 2))
    ends = [total(p) * x / sum(x) for x in (x1, x2)]
    pieces = {
        "bulb1": (p["V1"] / (area * piece), FAST),
        "tube": (EMPTY, 1.0),
        "bulb2": (p["V2"] / (area * piece), FAST),
    }
    phases = []
    for name, (volume, factor) in pieces.items():
        start = {g.name: ramp(ends[0][k], ends[1][k], piece, p["L"]) for k, g in enumerate(GASES)}
        medium, weight = gas(p, factor), constant(volume)
        phases.append(fm.Phase(name, medium, initial=start, porosity=weight))
    laws = [fm.Donnan("bulb1|tube"), fm.Donnan("tube|bulb2")]
    lengths = {"bulb1": piece, "tube": p["L"], "bulb2": piece}
    # traces make the potential steep at the ends
    where = bench.stack(lengths, p["L"] / 10, {"tube": 1e-4 * p["L"]}, 2.0)
    return fm.Model(phases, laws), where


def ramp(left: float, right: float, start: float, length: float) -> Callable[[Any], Any]:
    """One value before, another after a linear change between: a start without jumps."""
    return lambda x: left + (right - left) * np.clip((x[0] - start) / length, 0.0, 1.0)


def constant(value: float) -> Callable[[Any], Any]:
    """A weight everywhere the same."""
    return lambda x: value + 0 * x[0]


@case("duncan-toor", "transport")
def duncan_toor(tables: Tables) -> Iterator[Check]:
    """Composition of both bulbs over days, N2 going against its gradient; the first fluxes."""
    p = tables.toml(PARAMETERS)["duncan_toor"]
    rows = sorted(tables.csv(COLUMNS), key=lambda r: r["t_h"])
    times, early = [r["t_h"] * HOUR for r in rows], 0.1

    def fraction(species: str, bulb: str) -> Callable[[Any], float]:
        return lambda s: s.mean(lambda q: q.c[species], bulb) / total(p)

    bulbs = {f"x_{g.name}_{b}": fraction(g.name, b) for g in GASES for b in ("bulb1", "bulb2")}
    until = max(times[-1], 12 * HOUR)
    model, where = apparatus(p)
    watch = {k: f for k, f in bulbs.items() if "N2" in k}
    how: Any = dict(first=1e-5, rtol=3e-6, degree=2, watch=watch)
    t = fm.march(model, where, until=until, output=[early, *times], **how)
    found = dict(zip(sorted({early, *times}), t.solutions, strict=True))
    N = [bench.flux(found[early], g.name, "bulb1|tube") for g in GASES]
    for k, value in enumerate([*N, -sum(N)]):
        name = f"first flux of {p['species'][k]}"
        yield Check(name, value, p["N_initial_quasisteady"][k], "mol/(m2 s)", 1e-4, PARAMETERS)
    for row in rows:
        values = {k: f(found[row["t_h"] * HOUR]) for k, f in bulbs.items()}
        for b in ("bulb1", "bulb2"):
            values[f"x_CO2_{b}"] = 1 - values[f"x_H2_{b}"] - values[f"x_N2_{b}"]
        yield from compare(f"t={row['t_h']:g} h", row, values, "-", 1e-4, COLUMNS, 1.0)
    yield from reversal(p, t.history)


def reversal(p: Row, history: Any) -> Iterator[Check]:
    """Extremes of N2, where its flux turns."""
    for bulb, sign, at in (("bulb1", -1, 0), ("bulb2", 1, 2)):
        reference = p[f"N2_{bulb}_extreme"][at : at + 2]
        x, t = history[f"x_N2_{bulb}"], history["time"] / HOUR
        k = int(np.argmax(sign * x))
        a, b, c = np.polyfit(t[k - 1 : k + 2] - t[k], x[k - 1 : k + 2], 2)
        most = c - b**2 / (4 * a)
        yield Check(f"{bulb} extreme of N2", most, reference[0], "-", 1e-4, PARAMETERS)
        # the table's times are those of a grid of 0.025 h
        when = t[k] - b / (2 * a)
        yield Check(f"{bulb} time of it", when, reference[1], "h", 0.025, PARAMETERS, "absolute")
