"""Group transport: liquid junctions between two solutions (reference files 03)."""

from collections.abc import Iterator, Mapping
from typing import Any

from mpi4py import MPI

import femion as fm

from .check import Check, compare
from .registry import case
from .tables import Row, Tables

FILE, DIFFUSIVITIES = "03_ljp.csv", "03_ljp.toml"
TRACE = 1e-8  # what stands for an absent ion, as a share of the salt on its side
FIRST = 1e-8  # end cells, as a share of the slab: a missing ion's potential runs to -inf as ln x
#: [mV]. TRACE and FIRST cost about their share of RT/F. What counts is the ratio 1.3 of
#: neighbouring cells: against the roots of Planck's implicit equation it costs 2e-6 mV where both
#: sides have one concentration, 1e-4 at 100:1, 4e-4 at 4000:1. The README's tolerance is 0.02 mV.
SLAB = 1e-3
ALGEBRA = 1e-10


def solution(text: str) -> dict[str, float]:
    """Ions [mol/m3] of "HCl 0.1", a chloride and its concentration in mol/L."""
    name, c = text.split()
    if not name.endswith("Cl"):
        raise ValueError(f"{text!r} is not a chloride and its concentration, as in 'KCl 0.1'")
    return {name.removesuffix("Cl"): 1000 * float(c), "Cl": 1000 * float(c)}


def sides(row: Row) -> tuple[str, dict[str, float], dict[str, float]]:
    """Label and both solutions of a row, whose first column is "left|right"."""
    label = str(next(iter(row.values())))
    left, right = label.split("|")
    return label, solution(left), solution(right)


@case("liquid-junction", "transport")
def junctions(tables: Tables) -> Iterator[Check]:
    """Planck's junction solved; Henderson's and Goldman's estimates of it (columns 2 to 4)."""
    p = tables.toml(DIFFUSIVITIES)
    for row in tables.csv(FILE):
        label, left, right = sides(row)
        names = sorted({*left, *right})
        ions = [fm.Species(i, -1 if i == "Cl" else 1) for i in names]
        D, T = {i: p["D"][i] for i in names}, p["const"]["T"]
        V = {
            "Henderson_mV": fm.metrics.henderson(left, right, D, ions, T),
            "Goldman_const_field_mV": fm.metrics.goldman(left, right, D, ions, T),
        }
        mV = {k: 1e3 * v for k, v in V.items()}
        yield from compare(label, row, mV, "mV", ALGEBRA, FILE)
        medium = fm.Medium(ions, fm.Dilute(D), temperature=T)
        mV = {"Planck_steady_slab_mV": 1e3 * planck(medium, left, right)}
        yield from compare(label, row, mV, "mV", SLAB, FILE, scale=1.0)


def planck(medium: fm.Medium, left: Mapping[str, float], right: Mapping[str, float]) -> float:
    """phi_right - phi_left [V] of a slab between two fixed solutions without current.

    A trace stands for an ion that is absent, and the mesh follows its potential to the ends.
    Each rank solves for itself: hundreds of Newton steps of 3000 unknowns are not worth sharing.
    """
    ends = with_traces(left, right), with_traces(right, left)
    laws: list[Any] = [
        fm.Reservoir("left", ends[0], potential=0.0),
        fm.Reservoir("right", ends[1], current=0.0),
    ]
    layer = fm.geometry.layers(
        {"slab": 1e-4}, height=5e-6, h=5e-6, first_cell=1e-4 * FIRST, growth=1.3, cells_y=1
    )
    where = fm.mesh(layer, MPI.COMM_SELF)
    s = fm.solve(fm.Model([fm.Phase("slab", medium)], laws), where, degree=2)
    return s.potential("right")


def with_traces(here: Mapping[str, float], there: Mapping[str, float]) -> dict[str, float]:
    """A chloride solution with a trace of the other side's cations, neutral."""
    c = {i: TRACE * here["Cl"] for i in there} | dict(here)
    return c | {"Cl": sum(v for i, v in c.items() if i != "Cl")}
