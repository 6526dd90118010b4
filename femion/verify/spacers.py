"""Group flow: channels with spacers against NGSolve (07f): pressures, drag, cup-mixed outlet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ufl

import femion as fm

from ..metrics import along, flow_rate, pressure_drop
from ..problem import Problem
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

TABLE = "07f_spacer_ngsolve.csv"
#: Height [m], salt diffusivity [m2/s] and density [kg/m3]; the table is free of dimensions.
H, D, RHO = 1e-3, 1e-9, 1e3
#: Concentration at the inlet and at the walls [mol/m3]; the table's 0 and 1.
LOW, HIGH = 100.0, 200.0
WALLS = ("bottom", "top")


@dataclass(frozen=True)
class Row2D:
    """Filaments of a geometry of the table, in units of the height."""

    diameter: float
    heights: tuple[float, ...]

    def mesh(self, fine: float) -> Any:
        """Channel of length 8; filaments in a row at x = 2, 4, ..."""
        layers: dict[str, Any] = {"first_cell": 0.025 * H / fine, "growth": 1.5}
        layers["h"] = 0.125 * H / fine
        if not self.heights:
            more: dict[str, Any] = {"h_along": 0.2 * H / fine, "h_inlet": 0.02 * H / fine}
            return fm.mesh(fm.geometry.channel(length=8 * H, height=H, **layers, **more))
        n = len(self.heights)
        gap = min(min(y, 1 - y) for y in self.heights) - self.diameter / 2  # to the nearer wall
        return fm.mesh(
            fm.geometry.spacer_channel(
                "submerged",
                height=H,
                diameter=self.diameter * H,
                spacing=2 * H,
                filaments=n,
                heights=tuple(y * H for y in self.heights),
                before=H,
                behind=(7 - 2 * n) * H,
                layer=min(0.07, 0.35 * gap) * H,
                h_wall=0.04 * H / fine,
                **layers,
            )
        )


SHAPES = {
    "empty": Row2D(0.0, ()),
    "submerged": Row2D(0.5, (0.5,)),
    "submerged_pair_staggered": Row2D(0.4, (0.3, 0.7)),
}


def channel(shape: Row2D, Re: float, Pe: float, fine: float = 1.0, degree: int = 1) -> Problem:
    """Laminar flow between walls of another concentration than the inlet's."""
    speed = Pe * D / H
    salt = fm.Medium((bench.SODIUM, bench.CHLORIDE), fm.Dilute({"Na+": D, "Cl-": D}))
    flow = fm.NavierStokes(RHO * speed * H / Re, density=RHO)

    def parabola(x: Any) -> Any:
        return 6 * speed * x[1] * (H - x[1]) / H**2

    laws: list[Any] = [fm.Velocity("inlet", x=parabola, y=0.0), fm.Open("outlet", 0.0)]
    laws += [fm.NoSlip(w) for w in WALLS] + ([fm.NoSlip("spacer")] if shape.heights else [])
    laws += [fm.Reservoir(w, bench.salt(HIGH), potential=0.0) for w in WALLS]
    laws += [fm.Bath("inlet", bench.salt(LOW)), fm.Outflow("outlet")]
    phase = fm.Phase("channel", salt, flow=flow, initial=bench.salt(LOW))
    return Problem(fm.Model([phase], laws), shape.mesh(fine), degree)


def outlet(s: Any) -> float:
    """Cup-mixed concentration that leaves, 0 at the inlet and 1 at the walls."""
    return (-s.flow("Na+", "outlet") / flow_rate(s, "outlet") - LOW) / (HIGH - LOW)


def drag(s: Any, count: int, Re: float) -> dict[str, float]:
    """Force on each filament in units of rho u^2 H, pressure and friction."""
    speed = flow_rate(s, "outlet") / H
    mu, out = RHO * speed * H / Re, {}
    tractions = {
        f"F{k}": lambda q, i=i: q.extra["P"] * q.n[i] - mu * ufl.dot(ufl.grad(q.velocity[i]), q.n)
        for i, k in enumerate("xy")
    }
    local = along(s, "spacer", tractions)
    for j in range(count):
        near = abs(local["x"] - 2 * (j + 1) * H) < H
        for k in "xy":
            force = (local["area"] * local[f"F{k}"])[near].sum()
            out[f"F{k}_cyl{j}"] = float(force / (RHO * speed**2 * H))
    return out


def _checks(tables: Tables, only: Any) -> Iterator[Check]:
    for row in tables.csv(TABLE):
        if row["geometry"] in only:
            yield from _row(row, only[row["geometry"]])


def _row(row: Row, shape: Row2D) -> Iterator[Check]:
    Re, Pe = row["Re=ubar H/nu"], row["Pe=ubar H/D"]
    s = fm.solve(channel(shape, Re, Pe, degree=2))
    label = f"{row['geometry']} Re={Re:g} Pe={Pe:g}"
    speed = flow_rate(s, "outlet") / H
    drop = pressure_drop(s, "inlet", "outlet") / (RHO * speed**2)
    values = {"mean_p_in_minus_mean_p_out(rho ubar^2)": drop, "outlet_cupmix_c": outlet(s)}
    yield from compare(label, row, values, "-", 5e-3, TABLE)
    if shape.heights:
        forces = drag(s, len(shape.heights), Re)
        scale = abs(row["Fx_cyl0"])
        yield from compare(label, row, forces, "-", 1e-2, TABLE, scale)
    lost = max(s.audit.imbalance.values())
    yield Check(f"{label} imbalance", lost, 0.0, "-", 1e-9, "conservation", "absolute")


@case("steep-inlet", "flow")
def steep(tables: Tables) -> Iterator[Check]:
    """Sc 600, walls of twice the inlet's concentration: the jump at its corners makes no wiggle.

    The concentration solves a maximum principle: what is outside both is the scheme's.
    """
    s = fm.solve(channel(SHAPES["empty"], 50.0, 50.0 * 600.0))
    least, most = s.extremes("Na+", "channel")
    source = "maximum principle"
    yield Check("least concentration", min(least / LOW, 1.0), 1.0, "-", 0.01, source)
    yield Check("largest concentration", max(most / HIGH, 1.0), 1.0, "-", 0.01, source)
    lost = max(s.audit.imbalance.values())
    yield Check("imbalance", lost, 0.0, "-", 1e-9, "conservation", "absolute")


@case("spacer-empty", "flow", slow=True)
def empty(tables: Tables) -> Iterator[Check]:
    """Between the plates of the table's empty channel: pressure, cup-mixed outlet."""
    yield from _checks(tables, {"empty": SHAPES["empty"]})


@case("spacer-submerged", "flow", slow=True)
def submerged(tables: Tables) -> Iterator[Check]:
    """One or two filaments in the channel: pressure, drag, cup-mixed outlet."""
    yield from _checks(tables, {k: v for k, v in SHAPES.items() if v.heights})
