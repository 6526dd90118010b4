"""Group geometry: packings, spacers and cells against exact measures."""

import math
from collections.abc import Iterator
from typing import Any

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
