"""Group flow: concentration polarisation in channels between plates (07a, 07d, 07e)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import femion as fm

from ..laws.thin_membrane import ThinMembrane
from ..metrics import polarisation, solvent_flux
from ..problem import Problem
from ..units import R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables
from .thin_membranes import FILM, NACL, film_constants

GRAETZ, CHANNEL = "07d_graetz_plates.csv", "07e_channel_cp.csv"
#: Half the height [m], salt diffusivity [m2/s], mean speed times h/D: none diffuses along.
HALF, D, PECLET = 1e-3, 1e-9, 6000.0
SPEED = PECLET * D / HALF
C0 = 100.0  #: concentration at the inlet [mol/m3]
WALLS = ("bottom", "top")


@dataclass(frozen=True)
class Rejecting(ThinMembrane):
    """J_v = L_p (dP - sigma dPi), N_s = (1 - R) c_a J_v: a constant rejection R."""

    rejection: float = 1.0

    def salt_flux(self, ca: Any, cb: Any, J: Any, a: Any, b: Any) -> Any:
        """(1 - R) c_a J_v."""
        return (1 - self.rejection) * J * ca

    def passing(self, J: Any) -> Any:
        """1 - R."""
        return 1 - self.rejection


@dataclass(frozen=True)
class Plates:
    """A channel of length X ubar h^2/D between plates, with thin cells at the walls."""

    X: float
    fine: float = 2.0
    first: float = 1e-4  #: least X of interest

    @property
    def unit(self) -> float:
        """What X = 1 is along the channel [m]."""
        return PECLET * HALF

    def problem(self, walls: list[Any], degree: int = 1, viscosity: float = 2e-3) -> Problem:
        """Developed flow at the inlet; its pressure is nothing beside the membranes'."""
        L, n = self.X * self.unit, self.fine
        geometry = fm.geometry.channel(
            length=L,
            height=2 * HALF,
            h=HALF / (3 * n),
            first_cell=HALF * min(0.025, 0.25 * self.first ** (1 / 3)) / n,
            growth=1 + 0.6 / n,
            h_along=L / (20 * n),
            h_inlet=min(L / (20 * n), 0.15 * self.first * self.unit / n),
        )

        def parabola(x: Any) -> Any:
            return 1.5 * SPEED * (1 - (x[1] / HALF - 1) ** 2)

        salt = fm.Medium((bench.SODIUM, bench.CHLORIDE), fm.Dilute({"Na+": D, "Cl-": D}))
        phase = fm.Phase("channel", salt, flow=fm.Stokes(viscosity), initial=bench.salt(C0))
        ends = [
            fm.Velocity("inlet", x=parabola, y=0.0),
            fm.Reservoir("inlet", bench.salt(C0), potential=0.0),
            fm.Open("outlet"),
            fm.Outflow("outlet"),
        ]
        return Problem(fm.Model([phase], ends + walls), fm.mesh(geometry), degree)


def columns(s: Any) -> np.ndarray:
    """Edges of the columns of cells [m]."""
    x = s.problem.blocks["channel"].mesh.geometry.x[:, 0]
    every = np.concatenate(s.comm.allgather(x))
    return np.unique(np.round(every / every.max(), 12)) * every.max()


# -- Graetz and Leveque -----------------------------------------------------------------------
@case("graetz", "flow")
def graetz(tables: Tables) -> Iterator[Check]:
    """Walls of another concentration in developed flow: bulk, local and mean Sherwood number."""
    rows = tables.csv(GRAETZ)
    for name in dict.fromkeys(r["case"] for r in rows):
        some = [r for r in rows if r["case"] == name]
        X = [r["X=xD/(ubar h^2)"] for r in some]
        held = WALLS if name.startswith("both") else WALLS[:1]
        walls = [fm.NoSlip(w) for w in WALLS] + [fm.Bath(w, bench.salt(C0 / 2)) for w in held]
        s = fm.solve(Plates(1.05 * max(X), 2.0, min(X)).problem(walls, 2))
        p = polarisation(s, "bottom", "Na+", pieces=columns(s))
        Sh, theta = p.sherwood(4 * HALF, D)[0], 2 * p.bulk / C0 - 1
        unit = p.x / (PECLET * HALF)
        for row, at in zip(some, X, strict=True):
            bulk = math.exp(np.interp(at, unit, np.log(theta)))
            mean = -math.log(bulk) / (2 * len(held) * row["x*=x/(Dh Re Sc)"])
            values = {
                "bulk_theta": bulk,
                "Sh_local(Dh)": float(np.interp(at, unit, Sh)),
                "Sh_mean(Dh)_logmean": mean,
            }
            yield from compare(f"{name} X={at:g}", row, values, "-", 1e-2, GRAETZ)


# -- reverse osmosis --------------------------------------------------------------------------
@dataclass(frozen=True)
class Osmosis:
    """Membranes of permeability P0 and constant rejection on both walls; b = pi(c0)/dP."""

    P0: float
    b: float
    R: float
    plates: Plates
    degree: int = 1

    def solve(self) -> Any:
        """Step by step in the permeability where all at once takes more than is fed."""
        pressure = 2 * R * bench.T * C0 / (self.b or 0.3)
        L = self.P0 * D / HALF / pressure
        sigma = 1.0 if self.b else 0.0
        walls = [Rejecting(w, NACL, L, pressure, sigma, self.R) for w in WALLS]
        problem, s = self.plates.problem(walls, self.degree), None
        taken = self.P0 * (1 - self.b * self.R) * self.plates.X
        for share in (1.0,) if taken < 0.9 else (0.3, 0.6, 1.0):
            for w in WALLS:
                problem[f"laws.{w}.permeability"] = share * L
            s = fm.solve(problem, near=s)
        return s

    def at(self, s: Any, X: float) -> dict[str, float]:
        """Columns of the table at a place."""
        p = polarisation(s, "bottom", "Na+", pieces=columns(s))
        unit = p.x / self.plates.unit
        values = {
            "Pe_w=v_w h/D": p.solvent * HALF / D,
            "c_wall/c0": p.wall / C0,
            "c_bulk/c0": p.bulk / C0,
            "Sh_Dh=4h*grad/(cw-cb)/..": p.sherwood(4 * HALF, D)[0],
        }
        return {k: float(np.interp(X, unit, v)) for k, v in values.items()}


@case("reverse-osmosis-channel", "flow", slow=True)
def channel(tables: Tables) -> Iterator[Check]:
    """Membranes on both walls: wall and bulk concentration and flux, osmotic pressure fed back."""
    rows = tables.csv(CHANNEL)
    for key in dict.fromkeys((r["P0"], r["b"], r["R"]) for r in rows):
        some = [r for r in rows if (r["P0"], r["b"], r["R"]) == key]
        last = max(some, key=lambda r: r["X=xD/(ubar0 h^2)"])
        X = [r["X=xD/(ubar0 h^2)"] for r in some]
        left = last["U/ubar0"] / last["Pe_w=v_w h/D"]  # how much farther there is any flow
        plates = Plates(max(X) + min(0.05 * max(X), 0.2 * left), 2.0, min(X))
        module = Osmosis(*key, plates)
        s = module.solve()
        for row, x in zip(some, X, strict=True):
            yield from _channel_row(module, s, row, x)


def _channel_row(module: Osmosis, s: Any, row: Row, x: float) -> Iterator[Check]:
    found, label = module.at(s, x), f"P0={row['P0']:g} b={row['b']:g} X={x:g}"
    coefficient = {"Sh_Dh=4h*grad/(cw-cb)/..": found.pop("Sh_Dh=4h*grad/(cw-cb)/..")}
    yield from compare(label, row, found, "-", 5e-3, CHANNEL)
    yield from compare(label, row, coefficient, "-", 2e-2, CHANNEL)


@case("wall-concentration-order", "flow")
def order(tables: Tables) -> Iterator[Check]:
    """The stabilised wall concentration converges with the square of the size of the cells.

    Against the table at its row of P0 = 3, R = 1 nearest to X = 0.03; salt is conserved, and
    nothing falls below what is fed.
    """
    rows = [r for r in tables.csv(CHANNEL) if r["b"] == 0.0 and r["P0"] * 0.05 < 0.6]
    row = min(rows, key=lambda r: abs(math.log(r["X=xD/(ubar0 h^2)"] / 0.03)))
    X, errors = row["X=xD/(ubar0 h^2)"], []
    for fine in (1.0, 2.0, 4.0):
        module = Osmosis(row["P0"], 0.0, row["R"], Plates(1.25 * X, fine, 0.1 * X))
        s = module.solve()
        errors.append(module.at(s, X)["c_wall/c0"] / row["c_wall/c0"] - 1)
    for k, e in enumerate(errors):
        yield Check(f"error at size 1/{2**k}", abs(e), 0.0, "-", 0.02 / 4**k, CHANNEL, "absolute")
    lost = max(s.audit.imbalance.values())
    yield Check("imbalance of the salt", lost, 0.0, "-", 1e-10, "conservation", "absolute")
    least = s.extremes("Na+", "channel")[0] / C0
    yield Check("least concentration", min(least, 1.0), 1.0, "-", 0.01, "maximum principle")


# -- film theory ------------------------------------------------------------------------------
@case("film-theory", "flow")
def film(tables: Tables) -> Iterator[Check]:
    """Solution-diffusion behind a film, the flux found by one pressure field: exp(J_v/k)."""
    p = film_constants(tables)
    L, problem = 1.6e-9 / p["k"], None
    for row in tables.csv(FILM):
        if problem is None:
            salt = fm.Medium(
                (bench.SODIUM, bench.CHLORIDE), fm.Dilute({"Na+": 1.6e-9, "Cl-": 1.6e-9})
            )
            phase = fm.Phase("film", salt, flow=fm.Stokes(1e-3), initial=bench.salt(p["cb"]))
            laws = [
                fm.Reservoir("left", bench.salt(p["cb"]), potential=0.0),
                fm.Open("left"),
                fm.Velocity("walls", y=0.0),
                fm.SolutionDiffusion("right", NACL, p["A"], row["dP_Pa"], B=p["B"]),
            ]
            box = fm.geometry.layers({"film": L}, height=L / 20, h=L / 20, cells_y=1, side="walls")
            problem = Problem(fm.Model([phase], laws), fm.mesh(box), degree=2)
        problem["laws.right.pressure"] = row["dP_Pa"]
        s = fm.solve(problem)
        J, cm = solvent_flux(s, "right"), bench.concentration(s, "Na+", "right")
        cp = -s.flow("Na+", "right") / s.site("right").area / J
        label = f"dP={row['dP_Pa']:g}"
        yield from compare(label, row, {"Jv_m_s": J}, "m/s", 1e-5, FILM)
        yield from compare(label, row, {"cm": cm, "cp": cp}, "mol/m3", 1e-5, FILM)
        modulus = {"exp(Jv/k)": (cm - cp) / (p["cb"] - cp)}
        yield from compare(label, row, modulus, "-", 1e-5, FILM)
