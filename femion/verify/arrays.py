"""Group upscaling: ordered arrays of cylinders and spheres against multipoles (files 09a, 09b)."""

import math
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

import femion as fm

from ..domain import Domain, mesh
from ..errors import InputError
from ..upscaling import effective, through_plane
from .check import Check
from .registry import case
from .tables import Row, Tables

CYLINDERS, SPHERES = "09b_cylinder_arrays.csv", "09a_sphere_arrays.csv"
SOURCES = {
    CYLINDERS: "Perrins et al. 1979 multipoles (reference file 09b)",
    SPHERES: "McPhedran-McKenzie multipoles (reference file 09a)",
}
PLACES = {"sc": 1, "bcc": 2, "fcc": 4}  # spheres in a cell
BOUND = 5e-3  # what users of effective properties need; curved P2 cells leave at most 3e-3
#: Of cells, in lattice constants (2D) and radii (3D); smaller ones where curved cells fold.
SIZES = (0.1, 0.08, 0.06), (0.25, 0.21, 0.18)
#: Spheres that touch are joined by such a neck (over r): what it adds falls with a power above 2.
TOUCHING: dict[str, float] = {"neck": 0.05, "close": 1e-3}


def array(lattice: str, fraction: float, mirror: bool) -> Domain:
    """A cell with curved elements, of the first size at which all are good."""
    r = (0.75 * fraction / math.pi / PLACES.get(lattice, 1)) ** (1 / 3)
    sizes = [s * r for s in SIZES[1]] if lattice in PLACES else list(SIZES[0])
    for h in sizes:
        shape: dict[str, Any] = {"h": h, "curved": True, "mirror": mirror} | TOUCHING
        try:
            return mesh(fm.geometry.array(lattice, fraction, constant=1.0, **shape))
        except InputError as refusal:
            last = refusal
    raise last


def groups(tables: Tables, file: str, quick: bool) -> Iterator[tuple[str, float, list[Row]]]:
    """Rows that share a geometry: of every third geometry, or of the others."""
    rows = sorted(tables.csv(file), key=lambda r: (str(r["lattice"]), -r["f"]))
    shared = groupby(rows, lambda r: (str(r["lattice"]).lower(), float(r["f"])))
    for n, ((lattice, f), some) in enumerate(shared):
        if (n % 3 == 0) == quick:
            yield lattice, f, list(some)


def _cylinders(tables: Tables, quick: bool) -> Iterator[Check]:
    """Periodic cells: insulating, conducting and perfectly conducting cylinders; isotropy."""
    for lattice, f, rows in groups(tables, CYLINDERS, quick):
        where = array(lattice, f, mirror=False)
        for row in rows:
            k, exact, label = row["k_cyl/k_matrix"], row["keff/k_matrix"], f"{lattice}, f={f:g}"
            found = effective(where, {"pores": 1.0, "particles": k})
            mean = float(np.trace(found.tensor)) / 2
            yield Check(f"{label}, k={k:g}", mean, exact, "1", BOUND, SOURCES[CYLINDERS])
            off = float(np.abs(found.tensor - mean * np.eye(2)).max())
            yield Check(f"{label}, k={k:g}, anisotropy", off, 0, "1", BOUND * mean, "", "absolute")


def _spheres(tables: Tables, quick: bool) -> Iterator[Check]:
    """From mirror plane to mirror plane of an eighth of the cell."""
    for lattice, f, rows in groups(tables, SPHERES, quick):
        where = array(lattice, f, mirror=True)
        for row in rows:
            k, exact = row["k_sphere/k_matrix"], row["keff/k_matrix"]
            found = through_plane(where, {"pores": 1.0, "particles": k}).tensor[0, 0]
            label = f"{lattice}, f={f:g}, k={k:g}"
            yield Check(label, float(found), exact, "1", BOUND, SOURCES[SPHERES])


@case("cylinder-arrays", "upscaling")
def cylinders(tables: Tables) -> Iterator[Check]:
    """Cylinders of every conductivity on square and hexagonal lattices."""
    yield from _cylinders(tables, quick=True)


@case("cylinder-arrays-more", "upscaling", slow=True)
def more_cylinders(tables: Tables) -> Iterator[Check]:
    """All other solid fractions of the table."""
    yield from _cylinders(tables, quick=False)


@case("sphere-arrays", "upscaling")
def spheres(tables: Tables) -> Iterator[Check]:
    """Spheres of every conductivity on the three cubic lattices."""
    yield from _spheres(tables, quick=True)


@case("sphere-arrays-more", "upscaling", slow=True)
def more_spheres(tables: Tables) -> Iterator[Check]:
    """All other solid fractions of the table."""
    yield from _spheres(tables, quick=False)


@case("periodic-spheres", "upscaling")
def periodic_spheres(tables: Tables) -> Iterator[Check]:
    """The whole periodic cell gives the same as its eighth, and the same along all axes."""
    lattice, f, rows = list(groups(tables, SPHERES, quick=True))[-1]
    where = array(lattice, f, mirror=False)
    for row in rows:
        k, exact = row["k_sphere/k_matrix"], row["keff/k_matrix"]
        found = effective(where, {"pores": 1.0, "particles": k})
        for axis, value in zip("xyz", np.diag(found.tensor), strict=True):
            label = f"{lattice}, f={f:g}, k={k:g}, along {axis}"
            yield Check(label, float(value), exact, "1", BOUND, SOURCES[SPHERES])
        yield Check(f"k={k:g}, books", found.imbalance, 0, "1", 1e-8, "", "absolute")
