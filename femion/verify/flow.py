"""Flow: Poiseuille, Brinkman, Kovasznay and Berman (file 07c)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import ufl
from mpi4py import MPI
from scipy.integrate import solve_bvp

import femion as fm

from ..transport.streamline import Galerkin
from .check import Check, compare
from .registry import case
from .tables import Tables

BERMAN = "07c_berman.csv"
DYE = fm.Species("dye", 0)
MU, RHO, NU = 1e-3, 1000.0, 1e-6  #: of water [Pa s, kg/m3, m2/s]
MM = 1e-3


def fluid(name: str, flow: Any, D: float = 1e-9) -> fm.Phase:
    """A flow with a solute that is the same everywhere."""
    medium = fm.Medium((DYE,), fm.Dilute({"dye": D}))
    return fm.Phase(name, medium, flow=flow, initial={"dye": 1.0}, stabilisation=Galerkin())


def dyed(where: str) -> fm.Bath:
    """A boundary with the solute's only concentration."""
    return fm.Bath(where, {"dye": 1.0})


def moving(s: Any, phase: str, where: Any, k: int | None = None) -> float:
    """Mean velocity component k [m/s] (or pressure [Pa]) at the nodes that `where(x)` selects."""
    home = s.problem.blocks[phase].flow
    block, name = (home.pressure, "P") if k is None else (home.velocity, f"v_{'xyz'[k]}")
    with s.active():
        values = block.u.x.array[block.component[name] :: block.bs]
        picked = values[where(block.node_x.T)]
    total = s.comm.allreduce(np.array([picked.sum(), float(len(picked))]), op=MPI.SUM)
    return float(total[0] / total[1]) * float(home.unit(name)(()))


def near(x: float, y: float | None = None, tol: float = 1e-9) -> Any:
    """Nodes at x, or at (x, y) [m]."""
    return lambda p: (abs(p[0] - x) < tol) & (y is None or abs(p[1] - y) < tol)


@case("poiseuille", "flow")
def poiseuille(tables: Tables) -> Iterator[Check]:
    """Developed inflow keeps its profile: dP/L = 12 mu U/H^2, and a square duct's 28.4541 mu U/a^2.

    In 2D the elements hold the exact solution. The duct: -lap u = 1 has the mean value 0.0351443
    in a unit square (series); quadratic elements on 6 x 6 squares are within 1e-3 of that.
    """
    H, L, U = MM, 2 * MM, 0.01
    walls = [fm.NoSlip("sides"), fm.Open("right"), fm.Outflow("right"), dyed("left")]
    model = fm.Model([fluid("duct", fm.NavierStokes(MU, RHO))], [fm.Inflow("left", U), *walls])
    shape = fm.geometry.slab(L, 6, height=H, cells_y=3, region="duct")
    s = fm.solve(model, shape)
    drop = s.mean(lambda q: q.extra["P"], "left")
    yield Check("plates, pressure drop", drop, 12 * MU * U * L / H**2, "Pa", 1e-10, "closed form")
    heat = s.audit.dissipation["flow of duct"]
    yield Check("plates, viscous heat", heat, drop * U * H, "W/m", 1e-10, "closed form")
    yield Check(
        "plates, energy imbalance", s.audit.energy_imbalance, 0.0, "-", 1e-10, "audit", "absolute"
    )
    names = ("left", "right", "wall", "wall", "wall", "wall")
    walls[0] = fm.NoSlip("wall")
    rate = fm.Inflow("left", rate=U * H * H)
    model = fm.Model([fluid("duct", fm.Stokes(MU))], [rate, *walls])
    s = fm.solve(model, fm.geometry.box3d((MM, H, H), (2, 6, 6), region="duct", names=names))
    odd = np.arange(1, 400, 2)
    mean = 1 / 12 - 16 / np.pi**5 * float(np.sum(np.tanh(odd * np.pi / 2) / odd**5))
    drop = s.mean(lambda q: q.extra["P"], "left") - s.mean(lambda q: q.extra["P"], "right")
    yield Check("square duct, dP", drop, MU * U * MM / H**2 / mean, "Pa", 2e-3, "series")


@case("brinkman-beside-channel", "flow")
def brinkman(tables: Tables) -> Iterator[Check]:
    """A channel on a porous layer under one pressure gradient: a cosh joined to a parabola.

    The tolerance of each value is what it changes by when cells are halved: more than the error
    that is left, of whatever order from the first on (Richardson). It must itself be small.
    """
    h, G, k = MM, 1.0, (0.1 * MM) ** 2
    b = np.sqrt(k)
    # u = G/(2 mu) x (q - x) in the channel; in the layer, y from its far wall,
    # u = G k/mu (1 - cosh(y/b)) + A sinh(y/b); velocity and shear agree at x = y = h
    C, S = np.cosh(h / b), np.sinh(h / b)
    a = np.array([[h * G / (2 * MU), -S], [G / (2 * MU), C / b]])
    r = np.array([G * h**2 / (2 * MU) + G * k / MU * (1 - C), G * h / MU + G * k / MU * S / b])
    q, A = np.linalg.solve(a, r)
    due = {
        "velocity at the interface": G / (2 * MU) * h * (q - h),
        "velocity in mid-channel": G / (2 * MU) * h / 2 * (q - h / 2),
        "mean velocity in the layer": G * k / MU * (1 - b / h * S) + A * b / h * (C - 1),
    }
    coarse, fine = (_beside(h, G, k, cells) for cells in (6, 12))
    for (label, exact), rough, value in zip(due.items(), coarse, fine, strict=True):
        change = abs(rough / value - 1)
        yield Check(label, value, exact, "m/s", change, "closed form")
        yield Check(f"{label}, change", change, 0.0, "-", 2e-3, "Richardson", "absolute")


def _beside(h: float, G: float, k: float, cells: int) -> tuple[float, float, float]:
    """Velocities at the interface, in mid-channel, and their mean in the layer."""
    walls = [fm.NoSlip("left"), fm.NoSlip("right"), fm.Joined("free|porous")]
    ends: list[Any] = [
        law
        for phase in ("free", "porous")
        for law in (fm.Open(f"in {phase}", G * h), fm.Open(f"out {phase}"))
    ]
    ends += [dyed(law.where) for law in ends]
    phases = [fluid("free", fm.Stokes(MU)), fluid("porous", fm.Stokes(MU, permeability=k))]
    names = {p: (f"in {p}", f"out {p}") for p in ("free", "porous")}
    graded = dict(first_cell=h / cells / 12, growth=1.2 ** (12 / cells), cells_y=2)
    widths = {"free": h, "porous": h}
    shape = fm.geometry.layers(widths, height=h, h=h / cells, side_names=names, **graded)  # type: ignore[arg-type]
    s = fm.solve(fm.Model(phases, walls + ends), shape)
    edge, middle = (moving(s, "free", near(x, h / 2), 1) for x in (h, h / 2))
    return edge, middle, s.mean(lambda state: state.velocity[1], "porous")


@case("kovasznay", "flow")
def kovasznay(tables: Tables) -> Iterator[Check]:
    """The flow behind a grid at Re 40: orders 3 of the velocity and 2 of the pressure in L2."""
    Re, L = 40.0, MM
    U, lam = Re * NU / L, Re / 2 - np.sqrt(Re**2 / 4 + 4 * np.pi**2)

    def exact(m: Any, x: Any) -> tuple[Any, Any, Any]:
        X, Y = x[0] / L - 0.5, x[1] / L - 0.5
        e, turn = m.exp(lam * X), 2 * np.pi * Y
        u, v = 1 - e * m.cos(turn), lam / (2 * np.pi) * e * m.sin(turn)
        return U * u, U * v, -RHO * U**2 * e**2 / 2

    held = fm.Velocity("all", x=lambda x: exact(np, x)[0], y=lambda x: exact(np, x)[1])
    model = fm.Model([fluid("box", fm.NavierStokes(MU, RHO))], [held, dyed("all")])
    found = []
    for n in (8, 16):
        names = dict(ends=("all", "all"), side="all", region="box")
        shape = fm.geometry.slab(1.5 * L, 3 * n // 2, height=L, cells_y=n, **names)  # type: ignore[arg-type]
        s = fm.solve(model, shape)
        state = s.state("box")
        dV = ufl.Measure("dx", s.problem.blocks["box"].mesh, metadata={"quadrature_degree": 8})
        u, v, P = exact(ufl, state.x)
        off = s.mean(lambda q, P=P: q.extra["P"] - P, "box")
        gap = (state.velocity[0] - u) ** 2 + (state.velocity[1] - v) ** 2
        miss = (state.extra["P"] - P - off) ** 2
        found.append([float(np.sqrt(s.integral(e, dV))) for e in (gap, miss)])
    order = np.log2(np.array(found[0]) / found[1])
    for k, (name, known) in enumerate({"velocity": 3.0, "pressure": 2.0}.items()):
        source = "approximation theory"
        yield Check(f"order of {name}", order[k], known, "-", 0.25, source, "absolute")


def similarity(Re: float) -> Any:
    """F with F' and F'': Berman's profile by collocation, followed from Re = 0."""
    y = np.linspace(0.0, 1.0, 41)
    guess = np.array([(3 * y - y**3) / 2, (3 - 3 * y**2) / 2, -3 * y, np.full(41, -3.0)])
    for share in np.linspace(0.0, 1.0, 2 + int(abs(Re) / 2)):

        def slope(y: Any, f: Any, R: float = share * Re) -> Any:
            return np.array([f[1], f[2], f[3], -R * (f[1] * f[2] - f[0] * f[3])])

        def ends(a: Any, b: Any) -> Any:
            return np.array([a[0], a[2], b[0] - 1, b[1]])

        found = solve_bvp(slope, ends, y, guess, tol=1e-9, max_nodes=20000)
        guess = found.sol(y)
    return found.sol


@case("berman", "flow")
def berman(tables: Tables) -> Iterator[Check]:
    """A channel with sucking or blowing walls: velocities, wall shear and pressure gradient.

    Berman's profile (computed here, by another method than the file's) enters and leaves; in the
    middle the flow must still have it. On 16 cells graded to the wall errors are of order 1e-4.
    """
    h, L, n = MM, 2 * MM, 16
    for row in tables.csv(BERMAN):
        Re = row["Re_w=v_w h/nu (suction>0)"]
        v = Re * NU / h
        u0, f = 4 * abs(v) or NU / h, similarity(Re)

        def axial(x: Any, f: Any = f, u0: float = u0, v: float = v) -> Any:
            return (u0 - v * x[1] / h) * f(x[0] / h)[1]

        def across(x: Any, f: Any = f, v: float = v) -> Any:
            return v * f(x[0] / h)[0]

        ends = [fm.Velocity(w, x=across, y=axial) for w in ("in", "out")]
        laws = [fm.Velocity("wall", x=v, y=0.0), fm.Velocity("axis", x=0.0), *ends]
        model = fm.Model(
            [fluid("half", fm.NavierStokes(MU, RHO))], [*laws, *(dyed(k.where) for k in laws)]
        )
        s = fm.solve(model, half_slit(h, L, n))
        U, mid, x = u0 - v * L / (2 * h), L / 2, np.unique(half_nodes(s))
        u = [moving(s, "half", near(k, mid), 1) / U for k in x]
        shear = np.polyder(np.poly1d(np.polyfit(x[-5:] / h - 1, u[-5:], 4)))(0.0)
        P = [moving(s, "half", near(0.0, mid + d)) for d in (-L / n, L / n)]
        k = int(np.argmin(abs(x - h / 2)))
        label = f"Re_w={Re:g}"
        values = {"f'(0)": u[0], "f'(0.5)": u[k]}
        yield from compare(label, row, values, "-", 1e-4, BERMAN)
        yield from compare(label, row, {"f''(1)": shear}, "-", 1e-3, BERMAN)
        K = {"K=f'''+Re(f'^2-f f'')": (P[1] - P[0]) * n / (2 * L) * h**2 / (MU * U)}
        yield from compare(label, row, K, "-", 1e-4, BERMAN, scale=3 + abs(2.5 * Re))


def half_slit(h: float, L: float, n: int) -> Any:
    """Half of a slit: x from the axis to the wall, y along the flow."""
    sides = {"half": ("in", "out")}
    widths = dict(height=L, h=h / n, cells_y=n, ends=("axis", "wall"), side_names=sides)
    return fm.geometry.layers({"half": h}, **widths)  # type: ignore[arg-type]


def half_nodes(s: Any) -> Any:
    """Places across a half slit [m], of all ranks, to rounding."""
    mine = s.problem.blocks["half"].flow.velocity.node_x[:, 0]
    return np.round(np.concatenate(s.comm.allgather(mine)), 12)
