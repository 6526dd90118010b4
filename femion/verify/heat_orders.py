"""Observed orders of convergence with the temperature an unknown."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import ufl

import femion as fm

from ..solution import Solution
from ..thermo import State
from ..thermo.heat import heat_flux, transport_heat
from .check import Check
from .interfaces import FRICTION, IONS
from .manufactured import Exact
from .orders import L, Z, check_orders, waves
from .registry import case
from .tables import Tables

Q_STAR = {"Na+": 3000.0, "K+": -2000.0, "Cl-": 1000.0}


def warm_waves(m: Any, x: Any, y: Any) -> dict[str, Any]:
    """Three ions, phi and ln(T/T_ref): 290 to 365 K."""
    return waves(m, x, y) | {"T": 0.1 + 0.1 * m.sin(1.7 * x - 1.1 * y)}


def warm_box(exact: Exact, cells: int, degree: int) -> Solution:
    """A square with exact values on its boundary and exact sources inside."""
    D = {pair: fm.Arrhenius(v, 15e3) for pair, v in FRICTION.items()}
    medium = fm.Medium(IONS, fm.StefanMaxwell(D), heat_of_transport=Q_STAR)

    def source(s: State) -> Any:
        there = exact.at(s)
        return ufl.div(heat_flux(there)) - transport_heat(there)

    phase = fm.Phase(
        "box",
        medium,
        fixed_charge=exact.fixed_charge,
        initial={"Na+": 50.0, "K+": 50.0, "Cl-": 100.0},
        sources={i: exact.source(i) for i in Z},
        heat=fm.HeatBalance(fm.Arrhenius(1e-5, 4e3), source=source),
    )
    walls = ("wall", "wall")
    square = fm.geometry.slab(
        L, cells, height=L, cells_y=cells, region="box", ends=walls, side="wall"
    )
    laws = [exact.boundary("wall"), fm.Temperature("wall", exact.temperature)]
    return fm.solve(fm.Model([phase], laws), square, degree=degree)


@case("orders-heat", "solvers")
def heat_orders(tables: Tables) -> Iterator[Check]:
    """Heat, current and three ions with friction, Arrhenius, Soret and Dufour in 2D."""
    exact = Exact(warm_waves, L, Z, {})
    yield from check_orders(partial(warm_box, exact), {"box": exact}, "Heat")
