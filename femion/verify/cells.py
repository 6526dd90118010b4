"""Group geometry: packings, spacers and cells against exact measures."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import femion as fm

from ..domain import mesh
from .check import Check
from .registry import case
from .tables import Tables

EXACT = 1e-12


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


@case("measures-of-channels", "geometry")
def channels(tables: Tables) -> Iterator[Check]:
    """Empty channels and round pores are exact, also as polygons; layers lose chords only.

    A quarter of a filament has at least 6 chords, of 15 degrees; the arc above a wall is longer by
    0.46 rad a half. They cut (h/r)^2/6 of a disk. A woven net is compared with the part of points
    outside of its filaments; its chords are the first cell, 0.4 radii, within 25 %.
    """
    pore: dict[str, Any] = dict(length=5e-8, radius=(5e-9, 1e-8), reservoir=4e-8, h=1e-8)
    size: dict[str, Any] = dict(length=1e-2, height=1e-3, first_cell=5e-6, h=2e-4)
    for geometry in (
        fm.geometry.nanopore(**pore, around=5),
        fm.geometry.nanopore(**pore, around=8, angle=360.0),
        fm.geometry.channel(**size, width=2e-3),
    ):
        for name, found in fm.geometry.report(mesh(geometry)).regions.items():
            label, exact = f"{geometry.name}, {name}", geometry.info[f"measure.{name}"]
            yield Check(label, found.meshed, exact, "m3", EXACT, "cylinders, frustum, box")
    shape: dict[str, Any] = dict(height=1e-3, diameter=5e-4, spacing=2e-3, filaments=2)
    disk = math.pi * 0.25**2
    for kind in ("cavity", "zigzag", "submerged"):
        geometry = fm.geometry.spacer_channel(kind, **shape, layer=1e-4, first_cell=5e-6)
        area = fm.geometry.report(mesh(geometry)).regions["channel"].meshed
        bound = ((math.pi / 2 + 0.46) / 6) ** 2 / 6 * disk / (2 - disk)
        exact = geometry.info["measure.channel"]
        yield Check(f"{kind} with layers", area, exact, "m2", bound, "circles cut by lines")
    net = fm.geometry.spacer_net("woven", diameter=1.0, spacing=4.0, first_cell=0.2, h=0.4)
    open_ = fm.geometry.report(mesh(net)).regions["channel"].meshed / net.info["box"]
    exact = woven_part(4.0)
    bound = (1.25 * 0.4) ** 2 / 6 * (1 - exact) / exact
    yield Check("woven net, open part", open_, exact, "1", bound, "distance from the filaments")


def woven_part(spacing: float, n: int = 72) -> float:
    """Part of the unit cell of a woven net at 45 degrees outside of its filaments, by points.

    Axes: z = +-Z(t) over the diagonals, Z even, of arcs of radius 1 and lines, between +-0.46.
    """
    slope, half = 0.0, spacing
    while 2 * (1 - math.cos(slope)) + (half - 2 * math.sin(slope)) * math.tan(slope) < 0.92:
        slope += 1e-5
    s = np.linspace(0, half / 2, 200)
    arc = s < math.sin(slope)
    bend = 0.46 - 1 + np.sqrt(np.maximum(1 - s * s, 0))
    z = np.where(arc, bend, (half / 2 - s) * math.tan(slope))
    s, z = np.concatenate([s, half - s[::-1]]), np.concatenate([z, -z[::-1]])
    side = spacing * math.sqrt(2)
    grid = [(np.arange(m) + 0.5) / m for m in (n, n, n // 2)]
    x, y, up = (g.ravel() for g in np.meshgrid(*grid, indexing="ij"))
    x, y, up = x * side, y * side, (up - 0.5) * 1.76
    return float(np.mean(~(_inside(x, y, up, s, z) | _inside(x, -y, -up, s, z))))


def _inside(x: Any, y: Any, up: Any, s: Any, z: Any) -> Any:
    """Whether points are in a filament along the diagonal; those aside are a diagonal away."""
    half = s[-1]
    along, aside = (x + y) / math.sqrt(2), (x - y) / math.sqrt(2)
    lane = np.rint(aside / half)  # neighbours are shifted by half a period
    t = along + lane * half
    t = np.abs(t - 2 * half * np.rint(t / (2 * half)))
    apart = np.full(len(t), np.inf)
    for a, b in zip(s, z, strict=True):
        np.minimum(apart, (t - a) ** 2 + (up - b) ** 2, out=apart)
    return apart + (aside - lane * half) ** 2 < 0.25
