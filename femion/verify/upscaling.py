"""Group upscaling: laminates, Hashin-Shtrikman bounds, coupled tensors, isotropy of packings."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

import femion as fm

from ..domain import Domain, mesh
from ..upscaling import effective, hashin_shtrikman, onsager, through_plane, wiener
from .check import Check
from .registry import case
from .tables import Tables

Floats = npt.NDArray[np.float64]
EXACT = 1e-10  # linear solves
SEEDS = range(2, 10)
T_999 = 5.408  # Student's t, 7 degrees of freedom, exceeded by chance once in a thousand (2 sides)
RATIOS = (0.0, 0.1, 10.0, math.inf)
FREE = np.array([[2.0, 0.5], [0.5, 3.0]])  # mol2/(J m s), of two ions in the pores
GEL = np.array([[1.0, -0.3], [-0.3, 0.2]])  # and in the particles


def packing(seed: int) -> Domain:
    """Disks, half of the area, in a periodic square of eight radii."""
    shape: dict[str, Any] = {"periodic": "xy", "seed": seed, "h_surface": 0.4}
    return mesh(fm.geometry.packing((8.0, 8.0), 1.0, 0.5, **shape))


def medium(name: str, L: Floats) -> fm.Phase:
    """Two ions with a constant Onsager tensor."""
    ions = (fm.Species("Na+", 1), fm.Species("Cl-", -1))
    transport = fm.UserTransport(lambda s: L.tolist())
    return fm.Phase(name, fm.Medium(ions, transport), initial={"Na+": 100.0, "Cl-": 100.0})


@case("laminate", "upscaling")
def laminate(tables: Tables) -> Iterator[Check]:
    """Layers in series and side by side: the means of the resistances and of the conductances."""
    shape: dict[str, Any] = {"height": 0.5, "h": 0.1}
    for depth in (None, 0.5):
        where = mesh(fm.geometry.layers({"a": 0.3, "b": 0.7}, depth=depth, **shape))
        given = {"a": 1.0, "b": 5.0}
        found = effective(where, given, degree=1)
        face = through_plane(where, given, found.axes, degree=1)
        low, high = wiener((0.3, 0.7), (1.0, 5.0))
        for k, axis in enumerate(found.axes):
            mean = high if k else low
            label = f"{len(found.axes)}D, along {axis}"
            yield Check(label, found.tensor[k, k], mean, "1", EXACT, "Wiener")
            yield Check(f"{label}, faces", face.tensor[k, k], mean, "1", EXACT, "Wiener")
        yield Check("porosity", found.porosity, 0.3, "1", EXACT, "recipe")
    where = mesh(fm.geometry.layers({"a": 0.3, "b": 0.7}, **shape))
    L = onsager(where, [medium("a", FREE), medium("b", GEL)], degree=1).tensor
    series = np.linalg.inv(0.3 * np.linalg.inv(FREE) + 0.7 * np.linalg.inv(GEL))
    for axis, k, exact in (("x", 0, series), ("y", 1, 0.3 * FREE + 0.7 * GEL)):
        for i, j in np.ndindex(2, 2):
            label = f"L[{i},{j}] along {axis}"
            yield Check(label, L[i, j, k, k], float(exact[i, j]), "mol2/(J m s)", EXACT, "laminate")


@case("effective-onsager", "upscaling")
def coupled(tables: Tables) -> Iterator[Check]:
    """L times the scalar factor where one region conducts; reciprocity and second law of two."""
    where = packing(seed=2)
    scalar = effective(where, {"pores": 1.0, "particles": 0.0})
    factor, f = scalar.tensor, scalar.porosity
    one = onsager(where, [medium("pores", FREE)])
    expected = np.einsum("ij,kl->ijkl", FREE, factor)
    off = float(np.abs(one.tensor - expected).max() / expected.max())
    yield Check("one region: L times the scalar factor", off, 0, "1", EXACT, "", "absolute")
    two = onsager(where, [medium("pores", FREE), medium("particles", GEL)])
    L = two.tensor.transpose(0, 2, 1, 3).reshape(4, 4)
    off = float(np.abs(L - L.T).max() / np.abs(L).max())
    yield Check("two regions: L - L^T", off, 0, "1", EXACT, "Onsager", "absolute")
    yield Check(
        "two regions: flows against dissipation", two.imbalance, 0, "1", EXACT, "", "absolute"
    )
    # Wiener's bounds hold for tensors: the mean of L above, of its inverse below
    high = np.kron(f * FREE + (1 - f) * GEL, np.eye(2))
    low = np.linalg.inv(np.kron(f * np.linalg.inv(FREE) + (1 - f) * np.linalg.inv(GEL), np.eye(2)))
    for label, gap in (("below the mean of L", high - L), ("above that of L^-1", L - low)):
        least = float(np.linalg.eigvalsh(gap)[0])
        yield Check(
            f"two regions: {label}", min(least, 0.0), 0, "mol2/(J m s)", EXACT, "Wiener", "absolute"
        )


@case("bounds", "upscaling")
def bounds(tables: Tables) -> Iterator[Check]:
    """The mean over the directions of a random packing is within Hashin and Shtrikman's bounds."""
    for seed in (2, 3):
        where = packing(seed)
        for k in RATIOS:
            found = effective(where, {"pores": 1.0, "particles": k}, degree=2)
            mean = float(np.trace(found.tensor)) / 2
            f = found.porosity
            low, high = hashin_shtrikman((f, 1 - f), (1.0, k), 2)
            excess = max(0.0, low - mean, mean - high)
            label = f"seed {seed}, k={k:g}: outside of {low:.4g} .. {high:.4g}"
            yield Check(label, excess, 0, "1", EXACT, "Hashin-Shtrikman", "absolute")


@case("isotropy", "upscaling")
def isotropy(tables: Tables) -> Iterator[Check]:
    """Over seeds k_xx = k_yy and k_xy = 0 within the standard error of their mean (Student's t)."""
    found = [effective(packing(s), {"pores": 1.0, "particles": 0.0}, 1) for s in SEEDS]
    k = np.array([c.tensor for c in found])
    for label, x in (("k_xx - k_yy", k[:, 0, 0] - k[:, 1, 1]), ("k_xy", k[:, 0, 1])):
        error = float(x.std(ddof=1)) / math.sqrt(len(SEEDS))
        source = f"{len(SEEDS)} seeds, standard error {error:.2g}, mean {k[:, 0, 0].mean():.3f}"
        yield Check(label, float(x.mean()), 0, "1", T_999 * error, source, "absolute")
