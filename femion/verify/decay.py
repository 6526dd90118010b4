"""Group solvers: observed orders in time and space of a decaying wave of salt, in closed form."""

import math
from collections.abc import Iterator

import numpy as np
import ufl

import femion as fm

from ..solution import Solution
from ..units import F
from . import bench
from .check import Check
from .registry import case
from .tables import Tables

L, C0, WAVE = 1e-4, 100.0, 0.5
D_SALT = 2 / sum(1 / D for D in bench.NACL.values())  #: of a dilute 1:1 salt [m2/s]
RATE = D_SALT * (math.pi / L) ** 2  #: of the decay [1/s]
END = 0.5 / RATE
SOURCE = "c = c0 (1 + a cos(pi x/L) exp(-pi^2 D t/L^2))"


def wave(cells: int, degree: int, dt: float) -> Solution:
    """The closed cell at END, in equal steps."""
    start = {i: lambda x: C0 * (1 + WAVE * np.cos(np.pi * x[0] / L)) for i in bench.NACL}
    phase = fm.Phase("slab", bench.nacl(), initial=start)
    laws = [fm.ReversibleElectrode("left", "Na+", potential=0.0)]  # nothing can leave on the right
    where = fm.geometry.slab(L, cells, region="slab")
    fixed = dict(first=dt, longest=dt, rtol=math.inf)
    return fm.march(fm.Model([phase], laws), where, until=END, degree=degree, **fixed).last  # type: ignore[arg-type]


def distance(s: Solution) -> float:
    """L2 norm of c - exact, over that of c0."""

    def square(state: object) -> object:
        x = s.state("slab").x[0]
        exact = C0 * (1 + WAVE * math.exp(-RATE * END) * ufl.cos(math.pi * x / L))
        return ((s.state("slab").c["Cl-"] - exact) / C0) ** 2

    return math.sqrt(s.mean(square, "slab"))


@case("orders-in-time", "solvers")
def in_time(tables: Tables) -> Iterator[Check]:
    """BDF2 after two Euler steps: order 2 in equal steps; P2 in space is exact beside it."""
    errors = [distance(wave(24, 2, END / n)) for n in (20, 40, 80)]
    for k in (1, 2):
        order = math.log2(errors[k - 1] / errors[k])
        yield Check(f"order of c, {20 * 2**k} steps", order, 2.0, "-", 0.15, SOURCE, "absolute")


@case("orders-in-space", "solvers")
def in_space(tables: Tables) -> Iterator[Check]:
    """The same wave in steps that are exact beside the mesh: order 2 with P1, 3 with P2."""
    for degree, cells in {1: (6, 12), 2: (3, 6)}.items():
        errors = [distance(wave(n, degree, END / 400)) for n in cells]
        order = math.log2(errors[0] / errors[1])
        yield Check(f"order of c, P{degree}", order, degree + 1.0, "-", 0.15, SOURCE, "absolute")


@case("open-circuit-voltage-in-time", "solvers")
def voltage(tables: Tables) -> Iterator[Check]:
    """The junction potential of the wave, (D+ - D-)/(D+ + D-) RT/F ln c, at every moment."""
    s = wave(24, 2, END / 80)
    ends = [bench.at(s, "slab", "Cl-", x) for x in (0.0, L)]
    D = bench.NACL
    t = (D["Na+"] - D["Cl-"]) / (D["Na+"] + D["Cl-"])
    exact = -t * bench.VT * math.log(ends[0] / ends[1])
    computed = bench.at(s, "slab", "phi", 0.0) - bench.at(s, "slab", "phi", L)
    yield Check("phi(0) - phi(L)", computed, exact, "V", 1e-5, SOURCE)
    yield Check(
        "charge density",
        F * s.mean(lambda q: q.charge, "slab"),
        0.0,
        "C/m3",
        1e-6,
        SOURCE,
        "absolute",
    )
