"""Electro-osmosis and streaming current in a slit (12a), electroconvection's onset (12b)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from petsc4py import PETSc

import femion as fm

from ..domain import Domain, mesh
from ..problem import Problem
from ..solvers import Newton
from ..solvers.steady import steady
from ..transport.streamline import Galerkin
from ..units import EPS0, F, R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Tables

SLIT, GROWTH = "12a_slit_electrokinetics.csv", "12b_ec_growth_eps1e-2.csv"
MU, WATER = 0.89e-3, 78.36
EPS = WATER * EPS0


# -- the slit -----------------------------------------------------------------------------------
class Slit:
    """Half a slit between two baths: x from the axis to the wall, y along it.

    Fields along the slit are uniform, so that a short piece is as good as a long one: the ends
    show the charge of the field that goes on beyond them.
    """

    def __init__(self, h: float, debye: float) -> None:
        self.h, self.L, self.thin = h, h, h / debye
        sides = {"half": ("in", "out")}
        first = min(debye / 40, h / 20)
        shape = dict(height=h, h=h / 12, first_cell=first, growth=1.25, cells_y=2)
        ends = dict(ends=("axis", "wall"), side_names=sides)
        where = fm.geometry.layers({"half": h}, **shape, **ends)  # type: ignore[arg-type]
        flow = fm.Stokes(MU, forces=[fm.Coulomb()])
        phase = fm.Phase("half", bench.nacl(), flow=flow, stabilisation=Galerkin())
        self.zeta = self.volts = 0.0
        wall = fm.Reservoir("wall", {}, potential=self.at_wall, blocked=("Na+", "Cl-"))
        laws = [
            wall,
            fm.NoSlip("wall"),
            fm.Velocity("axis", x=0.0),
            fm.DonnanReservoir("in", bench.salt(1.0), potential=0.0),
            fm.DonnanReservoir("out", bench.salt(1.0), potential=0.0),
            fm.SurfaceCharge("in", 0.0),
            fm.SurfaceCharge("out", 0.0),
            fm.Open("in", 0.0),
            fm.Open("out", 0.0),
        ]
        model = fm.Model([phase], laws, closure=fm.Poisson(WATER))
        self.problem = Problem(model, mesh(where), degree=2)

    def at_wall(self, x: Any) -> Any:
        """Potential of the wall [V]."""
        return self.zeta + self.volts * (1 - x[1] / self.L)

    def drive(self, volts: float, pressure: float) -> tuple[float, float, Any]:
        """(Q, I) per unit width of the whole slit [m2/s, A/m] under drops along it."""
        self.volts, names = volts, list(self.problem.parameters)
        sigma = EPS * volts / self.L
        for path, value in {
            "laws.in.control": volts,
            "laws.in.density": sigma,
            "laws.out.density": -sigma,
            "laws.in.pressure": pressure,
        }.items():
            _, end, key = path.split(".")
            found = [n for n in names if n.startswith(f"laws.{end}#") and f".{key}" in n]
            self.problem[found[0]] = value
        s = fm.solve(self.problem)
        Q = s.mean(lambda q: q.velocity[1], "in") * 2 * self.h
        return Q, 2 * s.current("in"), s


@case("slit-electrokinetics", "flow")
def slit(tables: Tables) -> Iterator[Check]:
    """All four coefficients of (Q, I) = K (-dp/dx, E) with finite double layers; K12 = K21.

    Fields are uniform along the slit, so that the response is linear. Quadratic elements, 40 to a
    Debye length at the wall; the centre's potential is known to 1e-6 of that of the wall.
    """
    debye = float(np.sqrt(EPS * R * bench.T / (2 * F**2)))
    rows = tables.csv(SLIT)
    for h in sorted({r["h_m(half height)"] for r in rows}):
        cell = Slit(h, debye)
        for row in (r for r in rows if r["h_m(half height)"] == h):
            yield from _row(cell, row)


def _row(cell: Slit, row: dict[str, Any]) -> Iterator[Check]:
    cell.zeta = row["zeta_V"]
    small = 1e-5 * max(1.0, cell.thin**2 / 100)  # [V]; in a thin double layer rounding is larger
    pressure = 12 * EPS * small / cell.h**2  # [Pa]: moves about as much
    Q, J, s = cell.drive(small, 0.0)
    centre = s.mean(lambda q: q.phi, "axis") - small / 2
    E, G = small / cell.L, pressure / cell.L
    K12, K22 = Q / E, J / E
    Q, J, _ = cell.drive(0.0, pressure)
    values = {
        "K11_m5/(Pa.s).../m=(2h^3/3mu)": Q / G,
        "K12(Q per E)": K12,
        "K21(I per -dp/dx)": J / G,
        "K22(S, per width)": K22,
    }
    label = f"zeta={row['zeta_V']:g} h/lD={row['h/lD']:g}"
    yield from compare(label, row, values, "SI", 1e-5, SLIT)
    yield from compare(label, row, {"psi_centre_V": centre}, "V", 1e-6, SLIT, abs(cell.zeta))
    yield Check(f"{label}, K21/K12", J / G / K12, 1.0, "-", 1e-8, "Onsager")


# -- electroconvection --------------------------------------------------------------------------
def membrane(eps: float, kappa: float, c: float, V: float, k: float) -> tuple[Problem, float]:
    """(problem, L^2/D) of half a wave of a diffusion layer on a cation-selective surface.

    x from the membrane to the bath, y along the wave; all in units of the file.
    """
    D = 1e-9
    L = float(np.sqrt(EPS * R * bench.T / (2 * F**2))) / eps
    medium = fm.Medium(bench.nacl().species, fm.Dilute({"Na+": D, "Cl-": D}))
    flow = fm.Stokes(EPS * bench.VT**2 / (kappa * D), forces=[fm.Coulomb()])
    phase = fm.Phase(
        "layer", medium, flow=flow, stabilisation=Galerkin(), initial=bench.salt(1.0) | {"phi": 0.0}
    )
    laws = [
        fm.Reservoir("membrane", {"Na+": c}, potential=0.0, blocked=("Cl-",)),
        fm.Reservoir("bath", bench.salt(1.0), potential=V * bench.VT),
        *(fm.NoSlip(w) for w in ("membrane", "bath")),
        fm.Velocity("sides", y=0.0),
    ]
    shape = dict(height=np.pi / k * L, h=L / 25, first_cell=eps * L / 10, growth=1.25, cells_y=4)
    where = fm.geometry.layers({"layer": L}, ends=("membrane", "bath"), **shape)  # type: ignore[arg-type]
    model = fm.Model([phase], laws, closure=fm.Poisson(WATER))
    return Problem(model, mesh(where), degree=2, transient=True), L**2 / D


def modes(problem: Problem, domain: Domain, q: float) -> Any:
    """Matrix whose columns are waves cos qy (v_y: sin qy) along each line of nodes."""
    rows, columns, entries, count = [], [], [], 0
    numbering, comm = problem.numbering, domain.comm
    for name, block in problem.blocks.items():
        x, y = block.node_x[:, 0], block.node_x[:, 1]
        lines = np.unique(np.concatenate(comm.allgather(np.round(x / domain.size, 9))))
        line = np.searchsorted(lines, np.round(x / domain.size, 9))
        for field, k in block.component.items():
            dofs = np.arange(len(x)) * block.bs + k + problem.span[name].start
            wave = np.sin(q * y) if field == "v_y" else np.cos(q * y)
            mine = numbering.mine[dofs] & (numbering.column[dofs] >= 0)
            rows.append(numbering.column[dofs][mine])
            columns.append(line[mine] + count)
            entries.append(wave[mine])
            if field == "P":  # zero at one node: the wave there stands on the constant it lacks
                held = problem.level[0][0] - problem.span[name].start
                here = [(int(line[d]), float(wave[d])) for d in held]
                (at, value), *_ = [p for found in comm.allgather(here) for p in found]
                rows.append(rows[-1])
                columns.append(np.full(mine.sum(), at + count))
                entries.append(np.full(mine.sum(), -value))
            count += len(lines)
    B = PETSc.Mat().create(comm)
    B.setSizes(((numbering.size[0], None), (None, count)))
    B.setType(PETSc.Mat.Type.AIJ)
    B.setUp()
    B.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
    for r, c, v in zip(*(np.concatenate(p) for p in (rows, columns, entries)), strict=True):
        B.setValue(int(r), int(c), float(v), PETSc.InsertMode.ADD)
    B.assemble()
    return B


def growth(problem: Problem, time: float, q: float) -> float:
    """Largest growth rate of waves on the steady state, times `time`.

    The problem's own Jacobian J + s M (M: what is stored), on the waves alone: J x = -s M x.
    """
    clock, newton = problem.clock, Newton(problem)
    assert clock is not None
    clock.fresh.value = 0.0
    path = steady(newton)
    if not path.converged:
        raise RuntimeError(f"no steady state: {path.attempts[-1][1].reason}")
    B, found = modes(problem, problem.domain, q), []
    for fresh in (0.0, 1 / time):
        clock.fresh.value = fresh
        problem.jacobian(newton.x, newton.A)
        found.append(_dense(newton.A.ptap(B), problem.domain.comm))
    J, M = found[0], found[1] - found[0]
    keep = np.abs(J).sum(axis=0) > 0
    J, M = J[np.ix_(keep, keep)], M[np.ix_(keep, keep)]
    inverse = np.linalg.eigvals(np.linalg.solve(J, M))
    slow = inverse[np.abs(inverse) > 1e-6 * np.abs(inverse).max()]
    return float((-1 / slow).real.max())


def _dense(A: Any, comm: Any) -> Any:
    n, (a, b) = A.getSize(), A.getOwnershipRange()
    out = np.zeros(n)
    index, columns, values = A.getValuesCSR()
    for k in range(b - a):
        out[a + k, columns[index[k] : index[k + 1]]] = values[index[k] : index[k + 1]]
    return comm.allreduce(out)


@case("electroconvection", "flow")
def electroconvection(tables: Tables) -> Iterator[Check]:
    """Growth rates of waves on an overlimiting diffusion layer, with Poisson and Stokes.

    Quadratic elements, ten to eps at the membrane and four to half a wave.
    """
    rows = tables.csv(GROWTH)
    for row in rows[:: -(-len(rows) // 6)]:
        given = [row[i] for i in ("epsilon", "kappa", "c_mem", "V", "k")]
        problem, time = membrane(*given)
        q = row["k"] / (problem.domain.info or {})["length"]
        rate = {"growth_rate": growth(problem, time, q)}
        fast = max(abs(row["growth_rate"]), *(r["growth_rate"] / 10 for r in rows))
        yield from compare(f"V={row['V']:g} k={row['k']:g}", row, rate, "D/L2", 1e-2, GROWTH, fast)
