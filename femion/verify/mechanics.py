"""Group thermodynamics: elasticity against exact fields, and stress on what swells the host."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

import femion as fm

from .. import _dolfinx as dx
from ..solution import Solution
from ..thermo.elastic import STRAIN
from ..units import R
from . import bench
from .check import Check
from .external import alone
from .manufactured import Numeric
from .registry import case
from .tables import Tables

E, NU, VOLUME, C0, D, L = 7e10, 0.3, 3.5e-6, 1e4, 1e-14, 1e-6
BULK = 1 / (3 * (1 - 2 * NU))  #: bulk modulus over E
SHEAR = 1 / (2 * (1 + NU))  #: shear modulus over E
UNIAXIAL = BULK + 4 * SHEAR / 3  #: (lambda + 2 mu)/E
RT = R * bench.T


def host(young: float = E) -> fm.Elastic:
    """Silicon-like numbers, free of stress at C0."""
    return fm.Elastic(young, NU, {"A": VOLUME}, {"A": C0})


# -- (a) manufactured solutions ----------------------------------------------------------------
@dataclass(frozen=True)
class Goodier:
    """u = grad Phi + a field without source, c from lap Phi: forces balance whatever Phi is.

    (lambda + 2 mu) lap Phi = K sum_i V_i (c_i - c_i0); Goodier, Philos. Mag. 23 (1937) 1017.
    """

    dim: int
    young: float = E

    def _angles(self, x: Any) -> tuple[Any, Any, list[float]]:
        k = [1.9, 1.4, 1.1][: self.dim]
        return sum(ki * x[i] / L for i, ki in enumerate(k)), x[1] / L, k

    def displacement(self, m: Any, x: Any) -> list[Any]:
        """Components of u [m]."""
        a, y, k = self._angles(x)
        bend = 2e-3 * L
        u = [2e-3 * L * ki * m.cos(a) for ki in k]
        u[0] += bend * ((x[0] / L) ** 2 - UNIAXIAL / SHEAR * y**2)  # Navier's equation holds
        u[1] += bend * x[0] / L
        return u

    def concentration(self, m: Any, x: Any) -> Any:
        """C [mol/m3]."""
        a, _, k = self._angles(x)
        laplacian = -2e-3 * sum(ki**2 for ki in k) * m.sin(a)
        return C0 + UNIAXIAL / (BULK * VOLUME) * laplacian

    def hydrostatic(self, x: Any) -> Any:
        """sigma_h [Pa] as UFL."""
        u = ufl.as_vector(self.displacement(ufl, x))
        return BULK * self.young * (ufl.div(u) - VOLUME * (self.concentration(ufl, x) - C0))

    def stress(self, x: Any) -> Any:
        """Stress sigma_h I + 2 G dev eps [Pa] as UFL; in 2D its in-plane part."""
        strain = ufl.sym(ufl.grad(ufl.as_vector(self.displacement(ufl, x))))
        one, shear = ufl.Identity(self.dim), SHEAR * self.young
        return self.hydrostatic(x) * one + 2 * shear * (strain - ufl.tr(strain) / 3 * one)

    def source(self, s: Any) -> Any:
        """R = -div (D c/RT grad (RT ln c - V sigma_h)) [mol/(m3 s)]."""
        c = self.concentration(ufl, s.x)
        mu = RT * ufl.ln(c) - VOLUME * self.hydrostatic(s.x)
        return -ufl.div(D / RT * c * ufl.grad(mu))

    def laws(self, where: str) -> list[Any]:
        """The exact values held on a boundary."""

        def part(k: int) -> Any:
            return lambda x: self.displacement(Numeric, x)[k]

        held = {axis: part(k) for k, axis in enumerate("xyz"[: self.dim])}
        outside = fm.DonnanReservoir(where, {"A": self.bath}, potential=0.0)
        return [outside, fm.Displacement(where, **held)]

    def bath(self, x: Any) -> Any:
        """What is in equilibrium outside, c exp(-V sigma_h/RT) [mol/m3], at NumPy points."""
        c, (a, _, k) = self.concentration(Numeric, x), self._angles(x)
        stretch = 4e-3 * x[0] / L - 2e-3 * sum(ki**2 for ki in k) * np.sin(a)
        hydrostatic = BULK * self.young * (stretch - VOLUME * (c - C0))
        return c * np.exp(-VOLUME * hydrostatic / RT)

    def solve(self, cells: int, degree: int) -> Solution:
        """A square or cube."""
        given, energies = {"A": self.source}, [host(self.young)]
        phase = fm.Phase("box", alone(D), initial={"A": C0}, sources=given, energies=energies)
        walls: Any = dict(ends=("wall", "wall"), side="wall", cells_y=cells, height=L)
        where = (
            fm.geometry.slab(L, cells, region="box", **walls)
            if self.dim == 2
            else fm.geometry.box3d((L, L, L), cells, region="box", names=("wall",) * 6)
        )
        return fm.solve(fm.Model([phase], self.laws("wall")), where, degree=degree)

    def errors(self, s: Solution) -> dict[str, float]:
        """L2 errors of u, c and sigma."""
        block = s.problem.blocks["box"]
        q = block.state
        dV = ufl.Measure("dx", block.mesh, metadata={"quadrature_degree": s.problem.quadrature + 4})
        u = ufl.as_vector([q.extra[f"u_{k}"] for k in "xyz"[: self.dim]])
        pairs = {
            "u": (u - ufl.as_vector(self.displacement(ufl, q.x))) / L,
            "c": (q.c["A"] - self.concentration(ufl, q.x)) / C0,
            "sigma": (host(self.young).stress(q) - self.stress(q.x)) / self.young,
        }
        return {
            name: float(np.sqrt(dx.integrate(dx.compile_form(ufl.inner(d, d) * dV), s.comm)))
            for name, d in pairs.items()
        }


MESHES = {(2, 1): (12, 24), (2, 2): (6, 12), (3, 1): (4, 8), (3, 2): (2, 4)}
THEORY = "approximation theory"


@case("elastic-orders", "thermodynamics")
def elastic_orders(tables: Tables) -> Iterator[Check]:
    """Plane strain and 3D, a host too soft to act on its guests: u, c of order p + 1, sigma p."""
    for (dim, degree), cells in MESHES.items():
        for field, order in orders(Goodier(dim, 7e7), cells, degree).items():
            expected = degree + float(field != "sigma")
            name = f"{dim}D P{degree}, order of {field}"
            yield Check(name, order, expected, "-", 0.15, THEORY, "absolute")


@case("elastic-orders-coupled", "thermodynamics")
def coupled_orders(tables: Tables) -> Iterator[Check]:
    """A host whose stress outweighs mixing (K V^2 c/RT = 3): u of order p + 1, c at least p.

    Equal potentials turn an error of div u into one of c. (Where a concentration is held, not a
    potential, u loses that order, too.)
    """
    for degree, cells in {1: (12, 24), 2: (6, 12)}.items():
        found = orders(Goodier(2), cells, degree)
        for field, expected in {"u": degree + 1.0, "sigma": float(degree)}.items():
            name = f"P{degree}, order of {field}"
            yield Check(name, found[field], expected, "-", 0.15, THEORY, "absolute")
        lost = max(0.0, degree - found["c"])
        yield Check(f"P{degree}, order of c below p", lost, 0.0, "-", 0.15, THEORY, "absolute")


def orders(exact: Goodier, cells: tuple[int, int], degree: int) -> dict[str, float]:
    """Orders of the errors between two meshes."""
    coarse, fine = (exact.errors(exact.solve(n, degree)) for n in cells)
    return {k: float(np.log(e / fine[k]) / np.log(cells[1] / cells[0])) for k, e in coarse.items()}


# -- uniform states in closed form -------------------------------------------------------------
def box(laws: list[Any], c: float, dim: int = 3) -> Solution:
    """A bar on its planes of symmetry, stress-free at C0; in 2D in plane strain."""
    planes = [fm.Displacement(f"{k}0", **{k: 0.0}) for k in "xyz"[:dim]]
    phase = fm.Phase("box", alone(D), initial={"A": c}, energies=[host()])
    flat: Any = dict(ends=("x0", "x1"), side_names={"box": ("y0", "y1")})
    where = (
        fm.geometry.box3d((2 * L, L, L), (2, 1, 1), region="box")
        if dim == 3
        else fm.geometry.layers({"box": 2 * L}, height=L, h=L, **flat)
    )
    return fm.solve(fm.Model([phase], [*planes, *laws]), where)


def off(s: Solution, *stretch: float) -> float:
    """RMS distance of u from a uniform stretch along the axes, over L."""

    def square(q: Any) -> Any:
        return sum((q.extra[f"u_{'xyz'[k]}"] - e * q.x[k]) ** 2 for k, e in enumerate(stretch))

    return float(np.sqrt(s.mean(square, "box"))) / L


def stress(s: Solution, i: int, where: str = "box", of: fm.Elastic | None = None) -> float:
    """Mean normal stress along an axis [Pa]."""
    return s.mean(lambda q: (of or host()).stress(q)[i, i], where)


@case("elastic-free-swelling", "thermodynamics")
def free_swelling(tables: Tables) -> Iterator[Check]:
    """A free bar swells by V (c - c0)/3 without stress; in plane strain by 1 + nu times that."""
    c, source = 1.5 * C0, "u = V (c - c0) x/3; sigma_zz = -E V (c - c0)/3 in plane strain"
    third = VOLUME * (c - C0) / 3
    for dim, stretch, held in ((3, third, 0.0), (2, (1 + NU) * third, -third / 3)):
        s = box([], c, dim)
        yield Check(f"{dim}D u", off(s, *[stretch] * dim), 0.0, "L", 1e-12, source, "absolute")
        for i in range(dim):
            name = f"{dim}D sigma_{'xyz'[i]}{'xyz'[i]}/E"
            yield Check(name, stress(s, i) / E, 0.0, "-", 1e-12, source, "absolute")
        hydrostatic = s.mean(lambda q: host().hydrostatic(q), "box") / E
        yield Check(f"{dim}D sigma_h/E", hydrostatic, held, "-", 1e-12, source, "absolute")


@case("elastic-uptake", "thermodynamics")
def uptake(tables: Tables) -> Iterator[Check]:
    """A pulled bar in a bath takes up c0 exp(V sigma_h/RT): what stretches it swells it more."""
    pull, source = 2e8, "c = c0 exp(V sigma_h/RT), strain = sigma/E + V (c - c0)/3"
    for axis, end in (("x", "x1"), ("y", "y1")):
        bath = fm.DonnanReservoir("z1", {"A": C0}, potential=0.0)
        laws = [fm.Traction(end, **{axis: pull}), bath]
        s = box(laws, C0)
        c = C0 * float(np.exp(VOLUME * pull / 3 / RT))
        yield Check(f"{axis}: c", s.mean(lambda q: q.c["A"], "box"), c, "mol/m3", 1e-10, source)
        third = VOLUME * (c - C0) / 3
        stretch = [pull / E * (1.0 if k == axis else -NU) + third for k in "xyz"]
        yield Check(f"{axis}: u", off(s, *stretch), 0.0, "L", 1e-12, source, "absolute")
        along = stress(s, "xyz".index(axis))
        yield Check(f"{axis}: sigma", along, pull, "Pa", 1e-9, source)


@case("elastic-bonded", "thermodynamics")
def bonded(tables: Tables) -> Iterator[Check]:
    """Two bonded layers between walls, one of them swollen: one stress, two strains."""
    source = "layers in series: sigma = -K_b V (c - c0) L_b/M_b / (L_a/M_a + L_b/M_b)"
    a, b = fm.Elastic(2e11, 0.2, {}), host()
    c, lengths = 1.4 * C0, {"a": 2 * L, "b": L}
    phases = [
        fm.Phase("a", alone(D), initial={"A": 1.0}, energies=[a]),
        fm.Phase("b", alone(D), initial={"A": c}, energies=[b]),
    ]
    walls = [fm.Displacement("left", x=0.0), *(fm.Displacement(f"by {k}", y=0.0) for k in "ab")]
    sides = {k: f"by {k}" for k in "ab"}
    M = {"a": 2e11 * 0.8 / (1.2 * 0.6), "b": UNIAXIAL * E}
    give = {k: lengths[k] / M[k] for k in lengths}
    misfit = BULK * E * VOLUME * (c - C0) * give["b"]
    for name, last, force in (
        ("clamped", fm.Displacement("right", x=0.0), -misfit / sum(give.values())),
        ("pulled", fm.Traction("right", x=1e8), 1e8),
    ):
        model = fm.Model(phases, [*walls, last, fm.Bonded("a|b")])
        s = fm.solve(model, fm.geometry.layers(lengths, height=L, h=L / 2, side_names=sides))
        for k, of in (("a", a), ("b", b)):
            yield Check(f"{name} sigma_{k}", stress(s, 0, k, of), force, "Pa", 1e-9, source)
        u = s.mean(lambda q: q.extra["u_x"], "a|b", "a")
        other = s.mean(lambda q: q.extra["u_x"], "a|b", "b")
        yield Check(f"{name} u", u, force * give["a"], "m", 1e-9, source)
        yield Check(f"{name} jump of u", (u - other) / L, 0.0, "-", 1e-15, source, "absolute")


# -- one free energy behind both ways ----------------------------------------------------------
@case("elastic-maxwell", "thermodynamics")
def maxwell(tables: Tables) -> Iterator[Check]:
    """Stress d psi/d eps and W = d psi/d c, so d W/d eps = d sigma/d c: automatic derivatives."""
    source = "psi = sigma : (eps - swelling/3)/2"
    for dim in (2, 3):
        s = Goodier(dim).solve(2, 1)
        block = s.problem.blocks["box"]
        q, elastic = block.state, block.phase.energies[0]
        dV = ufl.Measure("dx", block.mesh, metadata={"quadrature_degree": 4})
        moves, fills = [f"u_{k}" for k in "xyz"[:dim]], ["x(A)"]
        stretched, filled = direction(block, moves), direction(block, fills)
        rate = ufl.grad(ufl.as_vector([elastic.unit(block.size) * v for v in stretched[0]]))
        dc = q.c["A"] * filled[0][0]
        W, sigma, psi = elastic.molar(q, "A"), elastic.stress(q), elastic.energy_density(q)

        def value(form: Any, s: Solution = s, dim: int = dim) -> float:
            return dx.integrate(dx.compile_form(form), s.comm) / (E * STRAIN * L**dim)

        def slope(f: Any, way: Any, block: Any = block, dV: Any = dV) -> Any:
            return ufl.derivative(f * dV, block.u, way[1])

        work, mixing = ufl.inner(sigma, rate), W * dc
        for name, a, b in (
            ("sigma = d psi/d eps", slope(psi, stretched), work * dV),
            ("W = d psi/d c", slope(psi, filled), mixing * dV),
            ("d W/d eps = d sigma/d c", slope(mixing, stretched), slope(work, filled)),
        ):
            yield Check(f"{dim}D {name}", value(a), value(b), "-", 1e-12, source)


def direction(block: Any, names: list[str]) -> tuple[list[Any], Any]:
    """(parts, all) of a smooth Function that is 0 but in some unknowns of a block."""
    way = fem.Function(block.V)
    x = block.node_x / L
    for n, name in enumerate(names, 1):
        values = np.sin(n * x[:, 0] + x[:, 1] * (1 + x[:, 2]))
        way.x.array[block.component[name] :: block.bs] = values
    return [way[block.component[name]] for name in names], way
