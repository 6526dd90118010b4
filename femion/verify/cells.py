"""Group geometry: packings, arrays, spacers and cells against exact measures and multipoles."""

import math
from collections.abc import Iterator
from typing import Any

import femion as fm

from ..domain import mesh
from ..laws import Terminal
from ..model import Conductor, Model, Phase
from ..problem import Problem
from ..solution import solve
from .check import Check, compare
from .registry import case
from .tables import Tables

EXACT = 1e-12
CYLINDERS = "09b_cylinder_arrays.csv"
MOST = {"square": 0.75, "hexagonal": 0.85, "sc": 0.4, "bcc": 0.4, "fcc": 0.4}
SPHERES = "09a_sphere_arrays.csv"
FILE_2D = "Perrins et al. 1979 multipoles (reference file 09b)"
FILE_3D = "McPhedran-McKenzie multipoles (reference file 09a)"
SIZES = {2: (0.06, 0.03), 3: (0.3, 0.2)}  # cells over the lattice constant; over r
BOUND = 5e-3  # what users of effective properties need; P2 leaves the chords' h^2, extrapolated


def conductivity(lattice: str, fraction: float, h: float) -> float:
    """keff/k for insulating bodies: mirror planes insulate, unit potential over the cell."""
    where = mesh(fm.geometry.array(lattice, fraction, constant=1.0, h=h, periodic=False))
    matrix = Phase("matrix", Conductor(1.0), regions=("pores",))
    laws = [Terminal("x0", potential=1.0), Terminal("x1", potential=0.0)]
    state = solve(Problem(Model([matrix], laws, inert=("particles",)), where, degree=2))
    return float(state.current("x0")) / (3**0.5 if lattice == "hexagonal" else 1.0)


def extrapolated(lattice: str, fraction: float, dim: int) -> float:
    """keff/k from two sizes h of P2 elements: what is left is the chords' h^2."""
    spheres = {"sc": 1, "bcc": 2, "fcc": 4}.get(lattice, 1)
    r = (0.75 * fraction / math.pi / spheres) ** (1 / 3) if dim == 3 else 1.0
    (a, b), (x, y) = SIZES[dim], (conductivity(lattice, fraction, h * r) for h in SIZES[dim])
    return y + (y - x) / ((a / b) ** 2 - 1)


def _arrays(tables: Tables, file: str, column: str, dim: int, source: str) -> Iterator[Check]:
    """Rows of insulating bodies whose neighbours stay apart by 5 % of their distance."""
    for row in tables.csv(file):
        lattice = str(row["lattice"]).lower()
        if row[column] == 0.0 and lattice in MOST and row["f"] <= MOST[lattice]:
            found = extrapolated(lattice, row["f"], dim)
            label = f"{row['lattice']}, f={row['f']:g}"
            yield from compare(label, row, {"keff/k_matrix": found}, "1", BOUND, source)


@case("cylinder-arrays", "geometry")
def cylinders(tables: Tables) -> Iterator[Check]:
    """Insulating cylinders on square and hexagonal lattices."""
    yield from _arrays(tables, CYLINDERS, "k_cyl/k_matrix", 2, FILE_2D)


@case("sphere-arrays", "geometry")
def spheres(tables: Tables) -> Iterator[Check]:
    """Insulating spheres on the three cubic lattices; sizes for seconds."""
    yield from _arrays(tables, SPHERES, "k_sphere/k_matrix", 3, FILE_3D)


@case("measures-of-packings", "geometry")
def packings(tables: Tables) -> Iterator[Check]:
    """What is meshed against the exact measures; chords of length h cut (h/r)^2/6 of a disk."""
    um = 1e-6
    shape: dict[str, Any] = dict(size=(40 * um, 30 * um), radius=4 * um, solid_fraction=0.6)
    for label, more in (("walls", {}), ("periodic", {"periodic": "xy"}), ("necks", {"neck": 0.3})):
        geometry = fm.geometry.packing(**shape, **more)
        found = fm.geometry.report(mesh(geometry))
        smallest = 0.25 / 0.8  # cells over the radius, and the scaling of the radii
        for name, measure in found.regions.items():
            exact = geometry.info[f"measure.{name}"]
            yield Check(
                f"{label}, {name}", measure.meshed, exact, "m2", smallest**2 / 6 * 1.5, "recipe"
            )
        total = sum(m.meshed for m in found.regions.values())
        yield Check(f"{label}, all", total, 1200 * um**2, "m2", EXACT, "rectangle")


@case("measures-of-cells", "geometry")
def cells(tables: Tables) -> Iterator[Check]:
    """Straight sides have exact measures: Hull cell, conical slit, and a stack of membranes."""
    for geometry in (
        fm.geometry.hull_cell(),
        fm.geometry.nanopore(length=1e-7, radius=(5e-9, 2e-8), reservoir=1e-7, h=1e-8),
        fm.geometry.stack(3, channel=4e-4, cem=1e-4, aem=2e-4, height=1e-3, h=1e-4),
    ):
        found = fm.geometry.report(mesh(geometry))
        for name, measure in (found.regions | found.boundaries).items():
            if measure.exact is not None:
                label = f"{geometry.name}, {name}"
                unit = f"m{geometry.dim}" if name in found.regions else "m"
                yield Check(label, measure.meshed, measure.exact, unit, EXACT, "polygon")
    cathode = fm.geometry.hull_cell().info["measure.cathode"]
    yield Check("Hull cathode", cathode, 0.1017, "m", 1e-3, "267 mL cell: 4.00 in or 101.7 mm")


@case("spacer-volume", "geometry")
def spacers(tables: Tables) -> Iterator[Check]:
    """A channel with filaments sunk into its walls has the open area of circular segments.

    Chords are the first cell, 0.2 radii, within 25 %; they cut (h/r)^2/6 of a disk.
    """
    for kind in ("cavity", "zigzag", "submerged"):
        shape: dict[str, Any] = dict(height=1e-3, diameter=5e-4, spacing=2e-3, filaments=2)
        geometry = fm.geometry.spacer_channel(kind, **shape)
        found = fm.geometry.report(mesh(geometry)).regions["channel"]
        chords = ((1.25 * 0.2) ** 2 / 6) * math.pi * 0.25**2 / (2 - math.pi * 0.25**2)
        exact = geometry.info["measure.channel"]
        yield Check(kind, found.meshed, exact, "m2", chords, "circles cut by lines")
