"""Group onsager: what the cross terms do to a species that nothing else moves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import ufl

import femion as fm

from ..transport.base import fluxes
from ..transport.checks import evaluate
from . import bench
from .check import Check
from .onsager import medium, slab
from .registry import case
from .tables import Tables

#: Both identities hold for the discrete fields, not only in the limit: with L = l f(c) the row of
#: B is a multiple of the row of A. What remains is rounding and the solver's tolerance.
EXACT = 1e-12
C = 1000.0  # [mol/m3]
CROSS = 0.7, -0.4  # L_AB/sqrt(L_AA L_BB), both signs


def molecules(q: float, f: Any) -> fm.Medium:
    """Neutral A and B with L = [[4, 2q], [2q, 1]] f(state) 1e-10 mol2/(J m s)."""

    def onsager(s: Any) -> list[list[Any]]:
        return [[1e-10 * x * f(s) for x in row] for row in ((4.0, 2 * q), (2 * q, 1.0))]

    return fm.Medium([fm.Species(i, 0) for i in "AB"], fm.UserTransport(onsager))


LAWS_OF_L = {"constant L": lambda s: 1.0, "L ~ c_A": lambda s: s.c["A"] / C}


@case("dragged-without-a-force", "onsager")
def dragged(tables: Tables) -> Iterator[Check]:
    """A river of A drags B along although grad mu_B = 0: N_B/N_A = L_BA/L_AA."""
    source = "N = -L grad mu~ with grad mu~_B = 0"
    for name, f in LAWS_OF_L.items():
        for q in CROSS:
            m = molecules(q, f)
            ends = [
                fm.Reservoir("left", {"A": 2 * C, "B": C}, potential=0.0),
                fm.Reservoir("right", {"A": C, "B": C}, potential=0.0),
            ]
            s = slab(m, ends, {"A": C, "B": C})
            yield from ratio(f"{name} q={q:g}", s, m, source)
    ions = medium(np.array([[1.0, -0.3], [-0.3, 0.5]]), [1, -1], C)
    # neutrality ties c_B to c_A, and the potential evens it out: mu~_B = RT ln c - F phi
    dilute = {i: C / 3 for i in "AB"}
    ends = [
        fm.Reservoir("left", dict.fromkeys("AB", C), potential=0.0),
        fm.Reservoir("right", dilute, potential=-bench.VT * float(np.log(3))),
    ]
    yield from ratio("ions", slab(ions, ends, dict.fromkeys("AB", C)), ions, source)


def ratio(label: str, s: Any, m: fm.Medium, source: str) -> Iterator[Check]:
    """N_B/N_A at both ends beside L_BA/L_AA, and that mu_B is flat everywhere between them."""
    L = evaluate(fm.Phase("p", m), {"A": C, "B": C})
    for end in ("left", "right"):
        N = [bench.flux(s, i, end) for i in "AB"]
        yield Check(f"{label} N_B/N_A {end}", N[1] / N[0], L[1, 0] / L[0, 0], "-", EXACT, source)
    A, B = (rms(s, lambda q, i=i: ufl.grad(q.mu[i])) for i in "AB")
    yield Check(f"{label} rms grad mu_B/grad mu_A", B / A, 0.0, "-", EXACT, source, "absolute")


@case("force-without-a-flux", "onsager")
def held_back(tables: Tables) -> Iterator[Check]:
    """B cannot leave, so it piles up until its own force balances the drag of A.

    With N_B = 0: grad mu_B/grad mu_A = -L_BA/L_BB and N_A = -(det L/L_BB) grad mu_A.
    """
    source = "N = -L grad mu~ with N_B = 0"
    for name, f in LAWS_OF_L.items():
        for q in CROSS:
            m = molecules(q, f)
            ends = [
                fm.Reservoir(end, {"A": c}, potential=0.0, blocked=("B",))
                for end, c in (("left", 2 * C), ("right", C))
            ]
            s = slab(m, ends, {"A": C, "B": C})
            L = evaluate(fm.Phase("p", m), {"A": C, "B": C})
            rise = [potential(s, i, "right") - potential(s, i, "left") for i in "AB"]
            label = f"{name} q={q:g}"
            exact = -L[1, 0] / L[1, 1]
            yield Check(f"{label} dmu_B/dmu_A", rise[1] / rise[0], exact, "-", EXACT, source)
            A, B = (rms(s, lambda q, i=i: fluxes(q)[i]) for i in "AB")
            yield Check(f"{label} rms N_B/N_A", B / A, 0.0, "-", EXACT, source, "absolute")
            force = -s.mean(lambda q, f=f: f(q) * ufl.grad(q.mu["A"])[0], "slab")
            exact = float(np.linalg.det(L) / L[1, 1]) * force
            yield Check(
                f"{label} N_A", bench.flux(s, "A", "left"), exact, "mol/(m2 s)", EXACT, source
            )


def potential(s: Any, species: str, where: str) -> float:
    """Mean electrochemical potential at a boundary [J/mol]."""
    return s.mean(lambda q: q.mu[species], where)


def rms(s: Any, vector: Any) -> float:
    """Root mean square over the slab of a vector, a function of the state."""
    return float(s.mean(lambda q: ufl.inner(vector(q), vector(q)), "slab") ** 0.5)
