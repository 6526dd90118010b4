"""Group flow: one pressure field drives the solvent through membranes that are phases (06)."""

from collections.abc import Iterator
from typing import Any

import femion as fm

from ..metrics import flow_rate
from ..problem import Problem
from ..units import R
from . import bench
from .check import Check, compare
from .nanofiltration import ABSOLUTE, COEFFICIENTS, PERMEATE, REJECTION, bulk, ions_of, media
from .registry import case
from .tables import Row, Tables

VISCOSITY, PERMEANCE = 1e-3, 1e-11  #: [Pa s], [m/(s Pa)] of the membrane


def flowing(flow_through: float, name: str, medium: Any, **more: Any) -> fm.Phase:
    """A phase with a flow; porous where it has a thickness to have the permeance over."""
    if not flow_through:
        return fm.Phase(name, medium, flow=fm.Stokes(VISCOSITY), **more)
    k = PERMEANCE * VISCOSITY * flow_through
    flow = fm.Stokes(VISCOSITY, permeability=k, forces=[fm.Coulomb()])
    return fm.Phase(name, medium, flow=flow, **more)


def nanofilter(row: Row, data: dict[str, Row]) -> tuple[Problem, dict[str, float]]:
    """Bath | film | membrane | permeate with the flux given at the bath."""
    ions, film, L = ions_of(row, data), row["film_thickness_m"], data["common"]["dx_over_Ak"]
    water, pore, energies = media(ions, data)
    X, c = float(row["case"].split("X=")[1]), bulk(row, ions)
    phases = [
        flowing(0.0, "film", water),
        flowing(L, "membrane", pore, fixed_charge=X, energies=energies),
        flowing(0.0, "permeate", water),
    ]
    laws: list[Any] = [fm.Reservoir("left", c, potential=0.0)]
    for face in ("film|membrane", "membrane|permeate"):
        laws += [fm.Donnan(face), fm.SolventEquilibrium(face)]
    laws += [fm.Velocity("left", x=row["Jv_m_s"]), fm.Open("right"), fm.Outflow("right")]
    laws += [fm.Velocity(f"{n} sides", y=0.0) for n in ("film", "membrane", "permeate")]
    sides = {"film": film, "membrane": L, "permeate": PERMEATE}
    where = fm.geometry.layers(
        sides,
        height=L,
        h=max(film, L) / 20,
        first_cell={n: d * (1e-4 if n == "membrane" else 2.5e-3) for n, d in sides.items()},
        growth=1.5,
        cells_y=1,
        side_names={n: f"{n} sides" for n in sides},
    )
    return Problem(fm.Model(phases, laws), fm.mesh(where), degree=2), c


@case("nanofiltration-with-flow", "flow")
def nanofiltration(tables: Tables) -> Iterator[Check]:
    """Donnan, steric and dielectric exclusion where the flow itself carries the ions.

    Three fluxes through the first membrane, the slowest through the others.
    """
    data, ready = tables.toml(COEFFICIENTS), {}
    rows = [r for r in tables.csv(REJECTION) if r["film_thickness_m"]]
    cases: dict[str, list[Row]] = {}
    for row in rows:
        cases.setdefault(row["case"], []).append(row)
    first, *others = cases.values()
    for row in first[:3] + [some[0] for some in others]:
        key = row["case"], row["film_thickness_m"]
        if key not in ready:
            ready[key] = nanofilter(row, data)
        problem, c = ready[key]
        problem[parameter(problem, "x")] = row["Jv_m_s"]
        s = fm.solve(problem)
        out = -flow_rate(s, "left")
        found = {f"R_ion{k}": 1 + s.flow(i, "right") / (out * c[i]) for k, i in enumerate(c, 1)}
        label = f"{row['case']} J={row['Jv_m_s']:g}"
        yield from compare(label, row, found, "-", ABSOLUTE, REJECTION, 1.0)


def parameter(problem: Problem, name: str) -> str:
    """Path of a parameter of the laws at the left."""
    return next(
        p for p in problem.parameters if p.startswith("laws.left") and p.endswith(f".{name}")
    )


@case("osmosis", "flow")
def osmosis(tables: Tables) -> Iterator[Check]:
    """Water follows the osmotic pressure through a membrane that excludes the salt by charge.

    No current crosses: the counterions that the water would take along are held back by the
    streaming potential, and their friction RT X L/D adds to that of the water.
    """
    water, L, X = bench.nacl(), 1e-6, -5000.0
    phases = [
        flowing(0.0, "a", water),
        flowing(L, "membrane", water, fixed_charge=X),
        flowing(0.0, "b", water),
    ]
    laws: list[Any] = [fm.Donnan(f) for f in ("a|membrane", "membrane|b")]
    laws += [fm.SolventEquilibrium(f) for f in ("a|membrane", "membrane|b")]
    laws += [fm.Open("left", 0.0), fm.Open("right", 0.0)]
    names = ("a", "membrane", "b")
    laws += [fm.Velocity(f"{n} sides", y=0.0) for n in names]
    laws += [fm.Reservoir("left", bench.salt(20.0), potential=0.0)]
    laws += [fm.Reservoir("right", bench.salt(2.0), current=0.0)]
    shape = fm.geometry.layers(
        dict(zip(names, (L / 100, L, L / 100), strict=True)),
        height=L,
        h=L / 10,
        first_cell=L / 200,
        cells_y=1,
        side_names={n: f"{n} sides" for n in names},
    )
    problem = Problem(fm.Model(phases, laws), fm.mesh(shape), degree=2)
    for pressure in (0.0, 5e5):
        problem[parameter(problem, "pressure")] = pressure
        s = fm.solve(problem)
        J = flow_rate(s, "right") / bench.height(s)
        drag = R * bench.T * abs(X) * L / bench.NACL["Na+"]  # of counterions held back [Pa s/m]
        due = (pressure - 2 * R * bench.T * 18.0) / (1 / PERMEANCE + drag)
        source = "van 't Hoff and the electroviscous drag; salt is excluded but for c/X = 0.4 %"
        yield Check(f"solvent flux at {pressure:g} Pa", J, due, "m/s", 0.01, source)
