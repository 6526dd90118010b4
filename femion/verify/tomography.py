"""Group geometry: meshes of digitised bodies against the bodies that were digitised."""

import math
import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

import femion as fm

from ..domain import mesh
from ..geometry import Geometry
from ..geometry.smoothing import STEP
from ..laws import Terminal
from ..model import Conductor, Model, Phase
from ..problem import Problem
from ..solution import solve
from .check import Check, compare
from .registry import case
from .tables import Tables

EXACT = 1e-10
PASSES = 25
LABELS = {0: "pores", 1: "solid"}
FILE = "09b_cylinder_arrays.csv"
SOURCE = "Perrins et al. 1979 multipoles (reference file 09b)"
SIDE, MOST = 64, 0.6  # voxels of a cell; fraction with 8 voxels between neighbours
RIPPLE = 1 / (2 * math.pi)  # voxels: what is left of steps, half of their first harmonic


def ball(r: float, dim: int) -> npt.NDArray[np.bool_]:
    """Voxels whose centre is in a ball of r voxels that is nowhere symmetric on the grid."""
    n = 2 * math.ceil(r) + 4
    axes = np.meshgrid(*[np.arange(n) + 0.5] * dim, indexing="ij")
    centre = n / 2 + np.array([0.13, -0.21, 0.37])
    return sum((x - c) ** 2 for x, c in zip(axes, centre, strict=False)) < r * r


def voxels(image: npt.NDArray[np.bool_], edge: float, passes: int) -> Geometry:
    """The image as a mesh; that a body is an island is meant here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fm.geometry.voxels(image, edge, LABELS, smooth=passes)


def wave() -> float:
    """Length of the waves that the passes halve, in edges: (1 - s^2 k^2)^n, k = 1 - cos(2 pi/l)."""
    return 2 * math.pi / math.acos(1 - math.sqrt(math.log(2) / PASSES) / STEP)


def conductivity(image: npt.NDArray[np.bool_]) -> float:
    """Conductivity of the pores along x over that of an open cell; all sides insulated."""
    geometry = voxels(image, 1 / image.shape[1], PASSES)
    pores = Phase("pores", Conductor(1.0), regions=("pores",))
    laws = [Terminal("x0", potential=1.0), Terminal("x1", potential=0.0)]
    state = solve(Problem(Model([pores], laws, inert=("solid",)), mesh(geometry), degree=2))
    return float(state.current("x0")) * image.shape[0] / image.shape[1]


@case("measures-of-voxels", "geometry")
def measures(tables: Tables) -> Iterator[Check]:
    """Balls of voxels: exact volumes as voxels; smoothed, the area of the ball of that volume.

    Steps are 4/pi (2D) and 3/2 (3D) times too large. Steps one voxel high and l long, damped to a
    half, add 1/l^2 to the area, a polyhedron of edges e <= 2^(1/2) adds e^2/(12 r^2).
    """
    for dim, r in ((2, 5.0), (2, 20.0), (3, 4.0), (3, 8.0)):
        image, label = ball(r, dim), f"{dim}D, r={r:g}"
        for passes in (0, PASSES):
            found = fm.geometry.report(mesh(voxels(image, 1.0, passes)))
            bound = 0.01 if passes else EXACT
            for name, volume in found.regions.items():
                exact = float(np.count_nonzero(image == (name == "solid")))
                text = f"{label}, {name}, {passes} passes"
                yield Check(text, volume.meshed, exact, f"m{dim}", bound, "voxels counted")
        solid = float(np.count_nonzero(image))
        radius = math.sqrt(solid / math.pi) if dim == 2 else (0.75 * solid / math.pi) ** (1 / 3)
        area = 2 * math.pi * radius if dim == 2 else 4 * math.pi * radius**2
        bound = 1 / wave() ** 2 + 1 / (6 * r * r)
        unit = f"m{dim - 1}".removesuffix("1")
        text, source = f"{label}, area", "ball of the same volume"
        yield Check(text, found.info["area.pores|solid"], area, unit, bound, source)


@case("laminate-of-voxels", "geometry")
def laminate(tables: Tables) -> Iterator[Check]:
    """Layers along the current conduct as their fraction; flat faces stay flat when smoothed."""
    rng = np.random.default_rng(1)
    for shape in ((9, 14), (4, 9, 5)):
        layers = rng.permutation(np.arange(shape[1]) % 3 == 0)
        image = np.broadcast_to(layers.reshape(-1, *[1] * (len(shape) - 2)), shape)
        open_ = 1 - float(layers.mean())
        scale = shape[2] / shape[1] if len(shape) == 3 else 1.0
        found = conductivity(image) / scale
        yield Check(f"{len(shape)}D", found, open_, "1", EXACT, "layers in parallel")


@case("discs-of-voxels", "geometry")
def discs(tables: Tables) -> Iterator[Check]:
    """A digitised square array of insulating discs, smoothed.

    A boundary displaced by at most a changes k by at most |dk/df| times its length times a
    (Hadamard's formula, whose integrand has one sign); dk/df from Rayleigh's formula (1892).
    """
    x = np.arange(SIDE) + 0.5 - SIDE / 2
    for row in tables.csv(FILE):
        f = row["f"]
        if row["lattice"] == "square" and row["k_cyl/k_matrix"] == 0.0 and f <= MOST:
            r = math.sqrt(f / math.pi)
            image = x[:, None] ** 2 + x**2 < (r * SIDE) ** 2
            k = [1 - 2 * g / (1 + g - 0.305827 * g**4) for g in (f - 1e-4, f + 1e-4)]
            off = abs(float(image.mean()) - f) + 2 * math.pi * r * RIPPLE / SIDE
            bound = abs(k[1] - k[0]) / 2e-4 * off / row["keff/k_matrix"]
            found = {"keff/k_matrix": conductivity(image)}
            yield from compare(f"f={f:g}", row, found, "1", bound, SOURCE)
