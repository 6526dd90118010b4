"""Group thermodynamics: a sphere that fills through its surface and stresses itself (11d)."""

from collections.abc import Callable, Iterator
from itertools import groupby
from math import pi
from typing import Any

import femion as fm

from ..geometry.base import Geometry, options, scale_mesh
from ..trajectory import Trajectory
from ..units import R
from . import bench
from .check import Check, compare
from .external import SPHERE, A, alone
from .registry import case
from .tables import Row, Tables

RADIUS, D, C0 = 1e-6, 1e-14, 1e4  #: C0 is q R/D, to which the table's c is scaled
FILL = C0 * D / RADIUS  #: q [mol/(m2 s)]
START = 0.2
RT = R * bench.T


def fills(phase: fm.Phase, laws: list[Any], where: Any, rows: list[Row], **how: Any) -> Trajectory:
    """March through the times of some rows."""
    times = [r["Dt/R^2"] * RADIUS**2 / D for r in rows]
    model = fm.Model([phase], [fm.Flux("surface", {"A": FILL}), *laws])
    return fm.march(model, where, until=times[-1], output=times, **how)


def by_theta(tables: Tables) -> Iterator[tuple[float, list[Row]]]:
    """Rows in order of time, per theta."""
    rows = sorted(tables.csv(SPHERE), key=lambda r: (r["theta*(qR/D)"], r["Dt/R^2"]))
    for theta, group in groupby(rows, key=lambda r: r["theta*(qR/D)"]):
        yield theta, list(group)


@case("self-stressed-sphere", "thermodynamics")
def radial(tables: Tables) -> Iterator[Check]:
    """The sphere on a slab, everything weighted by r^2; stress as ln gamma = theta c."""
    for theta, rows in by_theta(tables):
        activity = fm.FreeEnergy(attraction(theta))
        transport = fm.UserTransport(lambda s: [[weight(s.x) * D * s.c["A"] / (R * s.T)]])
        medium = fm.Medium([A], transport, activity)
        phase = fm.Phase("slab", medium, initial={"A": START * C0}, porosity=weight)
        where = fm.geometry.slab(RADIUS, 24, region="slab", ends=("centre", "surface"))
        t = fills(phase, [], where, rows, rtol=3e-7, degree=2)
        for row, s in zip(rows, t.solutions, strict=True):
            c = [bench.at(s, "slab", "A", x) / C0 for x in (0.0, RADIUS)]
            values = {"c_centre": c[0], "c_surface": c[1]}
            label = f"theta={theta:g} t={row['Dt/R^2']:g}"
            yield from compare(label, row, values, "qR/D", 1e-5, SPHERE, 1.0)


def attraction(theta: float) -> Callable[[Any, Any], Any]:
    """Excess free energy whose ln gamma is theta c."""
    return lambda c, T: R * T * theta / C0 * c["A"] ** 2 / 2


def weight(x: Any) -> Any:
    """(r/R)^2, by which a shell is smaller than the surface."""
    return (x[0] / RADIUS) ** 2


# -- the same with displacements, in three dimensions ------------------------------------------
@case("self-stressed-sphere-3d", "thermodynamics")
def octant(tables: Tables) -> Iterator[Check]:
    """An octant of an elastic sphere, stress both ways: theta = 2 E V^2/(9 (1 - nu) R T)."""
    theta, rows = min(by_theta(tables), key=lambda pair: abs(pair[0] - 1.0))
    nu, volume = 0.3, 3.5e-6
    E = theta / C0 * 9 * (1 - nu) * RT / (2 * volume**2)
    host = fm.Elastic(E, nu, {"A": volume})
    phase = fm.Phase("ball", alone(D), initial={"A": START * C0}, energies=[host])
    planes = [fm.Displacement(k, **{k: 0.0}) for k in "xyz"]
    t = fills(phase, planes, eighth(RADIUS, SIZE), rows, rtol=1e-3, degree=1)
    tolerance = (SIZE / RADIUS) ** 2  # of linear elements in a faceted ball
    for row, s in zip(rows, t.solutions, strict=True):
        values = {
            "c_centre": s.extremes("A", "ball")[0] / C0,
            "c_surface": s.mean(lambda q: q.c["A"], "surface") / C0,
        }
        label = f"theta={theta:g} t={row['Dt/R^2']:g}"
        yield from compare(label, row, values, "qR/D", tolerance, SPHERE, 1.0)
        u = s.mean(outwards, "surface")
        free = volume * s.mean(lambda q: q.c["A"], "ball") / 3 * RADIUS
        yield Check(f"{label} u at the surface", u / RADIUS, free, "m", tolerance, "u = V <c> R/3")


def outwards(q: Any) -> Any:
    """Inner product of u and x [m2]."""
    return sum(q.extra[f"u_{k}"] * q.x[n] for n, k in enumerate("xyz"))


SIZE = 0.15 * RADIUS  #: of a tetrahedron


def eighth(radius: float, h: float) -> Geometry:
    """An octant of a ball: planes of symmetry "x", "y", "z" and the "surface"."""

    def draw() -> None:
        import gmsh

        model = gmsh.model
        with options({"Mesh.MeshSizeMax": h / radius}):
            ball = model.occ.addSphere(0, 0, 0, 1.0, angle1=0.0, angle2=pi / 2, angle3=pi / 2)
            model.occ.synchronize()
            model.addPhysicalGroup(3, [ball], name="ball")
            for _, face in model.getEntities(2):
                centre = model.occ.getCenterOfMass(2, face)
                flat = [k for k, v in zip("xyz", centre, strict=True) if abs(v) < 1e-6]
                model.addPhysicalGroup(2, [face], name=flat[0] if flat else "surface")
            model.mesh.generate(3)
        scale_mesh(radius)

    return Geometry("octant", 3, draw)
