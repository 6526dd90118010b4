"""Group flow: limiting currents of electrodialysis channels against Graetz' series (07d).

Where ideal membranes draw the salt at both walls down to nothing, its transport is that between
walls of constant concentration: the current is F Q (c0 - c_mixed) where half of it migrates, and
F Q (c0 - c_mixed)/(1 - t+) at a cation-exchange membrane before whose layer there is no other.
"""

from collections.abc import Iterator
from typing import Any

import femion as fm

from ..problem import Problem
from ..units import F
from . import bench
from .check import Check
from .polarisation import C0, GRAETZ, HALF, D
from .registry import case
from .tables import Row, Tables

LENGTH = "X=xD/(ubar h^2)"
#: Of the channel [m]: what diffuses in along it from the inlet is 0.3 % of what is drawn.
LONG = 300 * HALF
RESISTANCE = 1e-6  #: of the membranes [ohm m2], nothing beside the channel's
BEYOND = 0.4  #: voltage beyond the ohmic one that makes the walls' concentration small [V]
#: The walls are left up to 1 % of c0 on average (near the inlet), mesh and inlet add 0.3 % each.
TOLERANCE = 1e-2


def channel(X: float, Sherwood: float, cation: float) -> Problem:
    """A channel of length LONG = X ubar h^2/D between ideal membranes of no resistance.

    `cation` is its share of D+ + D-, that is t+; the salt's diffusivity is D. The voltage is
    VT Sh/2 over a bulk of c0, twice that to reach the part at the inlet, and more.
    """
    first = HALF * 0.02 * min(X, 0.1) ** (1 / 3)
    shape = fm.geometry.channel(
        length=LONG,
        height=2 * HALF,
        h=HALF / 3,
        first_cell=first,
        growth=1.6,
        h_along=LONG / 20,
        h_inlet=LONG / 300,
    )
    ions = {"Na+": D / 2 / (1 - cation), "Cl-": D / 2 / cation}
    salt, feed = fm.Medium((bench.SODIUM, bench.CHLORIDE), fm.Dilute(ions)), bench.salt(C0)
    V = BEYOND + bench.VT * Sherwood
    walls = [
        fm.ExchangeMembrane("bottom", {"Na+": 1}, RESISTANCE, feed, fm.Potential(0.0)),
        fm.ExchangeMembrane("top", {"Cl-": 1}, RESISTANCE, feed, fm.Potential(V)),
    ]
    ends = [fm.Inflow("inlet", speed(X)), fm.Bath("inlet", feed), fm.Open("outlet")]
    laws = [*ends, fm.Outflow("outlet"), fm.NoSlip("bottom"), fm.NoSlip("top"), *walls]
    phase = fm.Phase("channel", salt, flow=fm.Stokes(2e-3), initial=feed)
    return Problem(fm.Model([phase], laws), fm.mesh(shape), quadrature=4)


def speed(X: float) -> float:
    """Mean velocity [m/s]."""
    return LONG * D / HALF**2 / X


@case("electrodialysis-limit", "flow")
def limit(tables: Tables) -> Iterator[Check]:
    """Limiting current of a channel, of equal ions and of a salt; salt removed per charge."""
    rows = [r for r in tables.csv(GRAETZ) if 0.003 < r[LENGTH] < 0.6]
    both = [r for r in rows if r["case"].startswith("both")]
    # layers that do not touch: each wall is as if it were alone
    one = [r for r in rows if r["case"].startswith("one") and r[LENGTH] < 0.02]
    for row in (*both[:1], *both[-1:]) if len(both) > 1 else both:
        yield from _checks("equal ions", row, 0.5, 2)
    for row in one[:1]:
        yield from _checks("t+ = 0.4", row, 0.4, 1)


def _checks(label: str, row: Row, cation: float, walls: int) -> Iterator[Check]:
    s: Any = fm.solve(channel(row[LENGTH], row["Sh_mean(Dh)_logmean"], cation))
    label, charge = f"{label} X={row[LENGTH]:g}", s.current("top") / F
    drawn = walls * (1 - cation) * charge / (2 * HALF * speed(row[LENGTH]) * C0)
    source = f"{GRAETZ}, 1 - bulk_theta"
    yield Check(f"{label} drawn by diffusion", drawn, 1 - row["bulk_theta"], "-", TOLERANCE, source)
    for ion in ("Na+", "Cl-"):
        removed = (s.flow(ion, "inlet") + s.flow(ion, "outlet")) / charge
        yield Check(f"{label} {ion} removed per charge", removed, 1.0, "-", 1e-9, "balance")
