"""Non-ideal mixtures: uphill diffusion, orders of convergence, multigrid beside LU."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import ufl

import femion as fm

from ..domain import mesh
from ..thermo import C_REF, State
from ..thermo.excess import Point
from ..transport.base import fluxes
from ..units import F, R
from . import bench
from .check import Check
from .manufactured import Exact
from .orders import check_both_closures
from .registry import case
from .tables import Tables

RT = R * bench.T

# -- uphill diffusion --------------------------------------------------------------------------
TOTAL, REPEL, ATTRACT = 1000.0, 5e3, -2e3  # c_total [mol/m3], Omega_AB and Omega_A,solvent [J/mol]
D = {"A": 1e-9, "B": 2e-9}
LEFT, RIGHT = {"A": 200.0, "B": 300.0}, {"A": 220.0, "B": 60.0}
THICK = 1e-4


def shooting() -> dict[str, float]:
    """N_A, N_B [mol/(m2 s)] of D_i c_i d(ln c_i + ln gamma_i)/dx = -N_i, by collocation.

    ln gamma_A = [O_AB y_B + O_As (1 - 2 y_A - y_B)]/RT, ln gamma_B = [O_AB y_A - O_As y_A]/RT.
    """
    from scipy.integrate import solve_bvp

    ab, a0 = REPEL / RT, ATTRACT / RT
    ends = [np.array([c["A"], c["B"]]) / TOTAL for c in (LEFT, RIGHT)]

    def slopes(x: Any, y: Any, N: Any) -> Any:
        a, b = y
        m = np.array([[1 - 2 * a0 * a, (ab - a0) * a], [(ab - a0) * b, np.ones_like(b)]])
        rate = -np.array([N[0] / D["A"], N[1] / D["B"]]) * 1e-9
        return np.linalg.solve(np.moveaxis(m, -1, 0), rate[None, :, None])[..., 0].T

    def meet(left: Any, right: Any, N: Any) -> Any:
        return np.concatenate([left - ends[0], right - ends[1]])

    x = np.linspace(0, 1, 101)
    line = ends[0][:, None] + (ends[1] - ends[0])[:, None] * x
    found = solve_bvp(slopes, meet, x, line, p=[0.0, 0.2], tol=1e-11, max_nodes=20000)
    if not found.success:
        raise RuntimeError(f"solve_bvp: {found.message}")
    scale = 1e-9 * TOTAL / THICK
    return {i: scale * float(v) for i, v in zip("AB", found.p, strict=True)}


@case("uphill-diffusion", "thermodynamics")
def uphill(tables: Tables) -> Iterator[Check]:
    """A flows towards its higher concentration, driven off by B, and still dissipates.

    A ternary regular solution (A, B, solvent) between two baths.
    """
    species = tuple(fm.Species(i, 0) for i in D)
    mixture = fm.Margules({"A,B": REPEL, "A,solvent": ATTRACT}, TOTAL)
    medium = fm.Medium(species, fm.Dilute(D), mixture)
    laws = [fm.Bath("left", LEFT), fm.Bath("right", RIGHT)]
    where = bench.stack({"slab": THICK}, THICK / 40)
    s = fm.solve(fm.Model([fm.Phase("slab", medium)], laws), where, degree=2)
    for i, N in shooting().items():
        yield Check(f"N {i}", bench.flux(s, i, "left"), N, "mol/(m2 s)", 1e-6, "scipy solve_bvp")
    gain = bench.flux(s, "A", "left") * (RIGHT["A"] - LEFT["A"])
    yield Check("A goes uphill", float(gain > 0), 1.0, "-", 0.0, "its flux times its gradient")

    def heat(q: State) -> Any:
        return -sum(ufl.dot(N, ufl.grad(q.mu[i])) for i, N in fluxes(q).items())

    lost = s.mean(lambda q: ufl.max_value(-heat(q), 0.0), "slab") / s.mean(heat, "slab")
    yield Check("share of -N.grad mu below 0", lost, 0.0, "-", 0.0, "second law", "absolute")


# -- manufactured solutions --------------------------------------------------------------------
Z = {"Na+": 1, "Cl-": -1}
SIZE, EPS = 2e-8, 78.36  # a box of a few Debye lengths [m], permittivity [-]


@dataclass(frozen=True)
class RealExact(Exact):
    """Exact ln(c_i/c_ref) and phi_hat of a phase; w_i with the activity of its medium."""

    def at(self, s: State) -> State:
        """The exact state where `s` is."""
        values = self.fields(ufl, s.x[0] / self.L, s.x[1] / self.L)
        phi_hat = values.pop("phi")
        c = {i: C_REF * ufl.exp(v) for i, v in values.items()}
        excess = s.phase.medium.activity.excess(Point(c, s.T, s.charges))
        w = {i: v + excess[i] + s.charges[i] * phi_hat for i, v in values.items()}
        return replace(s, w=w, phi_hat=phi_hat, c=c, variable=values)

    def _c(self, m: Any, v: Mapping[str, Any], i: str) -> Any:
        return C_REF * m.exp(v[i])


def waves(m: Any, x: Any, y: Any) -> dict[str, Any]:
    """Smooth ln(c_i/c_ref) and phi_hat; concentrations between 50 and 300 mol/m3."""
    return {
        "Na+": -2.0 + 0.5 * m.sin(2.1 * x + 0.7 * y),
        "Cl-": -1.8 + 0.4 * m.cos(1.3 * x - 1.9 * y),
        "phi": 0.5 * m.cos(1.5 * x + 1.2 * y),
    }


def coupled() -> fm.Conductivity:
    """A full tensor: L+- a third of the geometric mean of the diagonal."""
    scale = F**2 / RT * 1e-9
    return fm.Conductivity(
        {
            ("Na+", "Na+"): lambda s: 1.3 * scale * s.c["Na+"],
            ("Cl-", "Cl-"): lambda s: 2.0 * scale * s.c["Cl-"],
            ("Na+", "Cl-"): lambda s: -0.5 * scale * ufl.sqrt(s.c["Na+"] * s.c["Cl-"]),
        }
    )


@case("orders-non-ideal", "solvers")
def orders(tables: Tables) -> Iterator[Check]:
    """Two ions with Davies' activity and a full L(c) in 2D, both closures."""
    medium = fm.Medium((bench.SODIUM, bench.CHLORIDE), coupled(), fm.Davies())
    start = {"Na+": 130.0, "Cl-": 160.0}
    yield from check_both_closures(RealExact(waves, SIZE, Z, {}), medium, start, EPS)


# -- linear solvers ----------------------------------------------------------------------------
@case("linear-solvers-agree-non-ideal", "solvers")
def linear_solvers(tables: Tables) -> Iterator[Check]:
    """MUMPS and multigrid by fields on a cell of Davies solutions and a Margules membrane.

    Newton stops when its last step is below 1e-8 RT/F and converges quadratically there, so the
    two may differ by the accuracy of the linear solves only.
    """
    um, salt = bench.UM, bench.salt(100.0)
    ions = (bench.SODIUM, bench.CHLORIDE)
    water = fm.Medium(ions, fm.Dilute(bench.NACL), fm.Davies())
    inside = fm.Margules({"Na+,Cl-": -3e3, "Na+,solvent": 2e3}, 1e4)
    resin = fm.Medium(ions, fm.Effective(water.transport, 0.4, 4.0), inside)
    model = fm.Model(
        [fm.Phase("film", water), fm.Phase("membrane", resin, fixed_charge=-1000.0)],
        [
            fm.Reservoir("left", salt, potential=0.0),
            fm.Donnan("film|membrane"),
            fm.DonnanReservoir("right", salt, current_density=-50.0, bath=water),
        ],
    )
    parts = {"film": 50 * um, "membrane": 50 * um}
    shape = mesh(fm.geometry.layers(parts, height=25 * um, h=5 * um, first_cell=um, cells_y=5))
    direct, split = (fm.solve(model, shape, linear=k) for k in (fm.Direct(), fm.FieldSplit()))
    V = [s.potential("right") for s in (split, direct)]
    yield Check("voltage", V[0], V[1], "V", 1e-8, "Direct")
    N = [s.flow("Cl-", "film|membrane") for s in (split, direct)]
    yield Check("co-ion leakage", N[0], N[1], "mol/(m s)", 1e-8, "Direct")
    taken = split.path.attempts[-1][1].linear_iterations
    most = "no more than 60"
    yield Check("iterations per Newton step", max(taken), 0.0, "-", 60.0, most, "absolute")
