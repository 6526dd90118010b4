"""Group geometry: the measures of named regions and boundaries against exact ones."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

import femion as fm

from .. import _dolfinx as dx
from ..domain import Domain, mesh
from . import bench
from .check import Check
from .registry import case
from .tables import Tables

EXACT = 1e-12  # straight sides: only sums of rounded cell sizes


def measure(where: Domain, name: str) -> float:
    """Area or volume of a region, or length or area of a boundary, by assembly."""
    kind, tags, known = "dx", where.cells, where.regions
    if name in where.boundaries:
        kind, tags, known = "ds", where.facets, where.boundaries
    d = ufl.Measure(kind, where.mesh, subdomain_data=tags)
    one = fem.Constant(where.mesh, 1.0)
    return dx.integrate(dx.compile_form(one * d(known[name])), where.comm)


@case("measures-of-layers", "geometry")
def layers(tables: Tables) -> Iterator[Check]:
    """Graded layers in 2D and 3D have exactly the sizes that were asked for."""
    um = bench.UM
    parts = {"bath": 50 * um, "cem": 20 * um, "channel": 30 * um}
    for depth in (None, 10 * um):
        shape: dict[str, Any] = dict(height=15 * um, h=5 * um, first_cell=um, depth=depth)
        geometry = fm.geometry.layers(parts, **shape)
        where, section = mesh(geometry), 15 * um * (depth or 1.0)
        unit, source = ("m3", "box") if depth else ("m2", "rectangle")
        for name, thickness in parts.items():
            label, exact = f"{name}, {geometry.dim}D", thickness * section
            yield Check(label, measure(where, name), exact, unit, EXACT, source)
            told = geometry.info[f"measure.{name}"]
            yield Check(f"{label}, info", told, exact, unit, EXACT, source)
        face = measure(where, "left")
        yield Check(f"left, {geometry.dim}D", face, section, "m2" if depth else "m", EXACT, source)


@case("measures-of-half-cell", "geometry")
def half_cell(tables: Tables) -> Iterator[Check]:
    """The random porous electrode: what its recipe says against what is meshed.

    A circle of radius r meshed with chords of length h has (h/r)^2/6 less area; chords here are
    at most h_surface, a quarter of the median radius, so 1.1e-2 with the smallest particles.
    """
    um = bench.UM
    ratio, spread = 0.25, 0.1
    geometry = fm.geometry.half_cell(
        separator=15 * um,
        electrode=50 * um,
        height=45 * um,
        particle_radius=5 * um,
        radius_spread=spread,
        h_surface=ratio * 5 * um,
    )
    where, info = mesh(geometry), geometry.info
    smallest = math.exp(-3 * spread)
    chords = (ratio / smallest) ** 2 / 6
    for name in ("separator", "particles", "pores"):
        straight = name == "separator"
        bound = EXACT if straight else chords
        source = "recipe" if straight else "recipe; chords cut (h/r)^2/6 of a disk"
        known = info[f"measure.{name}"]
        yield Check(name, measure(where, name), known, "m2", bound, source)
    for name in ("lithium", "walls"):
        known = info[f"measure.{name}"]
        yield Check(name, measure(where, name), known, "m", EXACT, "recipe")
    whole = sum(measure(where, name) for name in ("separator", "particles", "pores"))
    yield Check("all regions", whole, 65 * um * 45 * um, "m2", EXACT, "rectangle")
    ends = sum(measure(where, name) for name in ("collector", "collector_pores"))
    yield Check("collector and pores beside it", ends, 45 * um, "m", EXACT, "rectangle")


@case("first-cell", "geometry")
def first_cell(tables: Tables) -> Iterator[Check]:
    """The cells at an interface have the size that was asked for (they must resolve it)."""
    um = bench.UM
    for first in (0.01 * um, 0.3 * um):
        where = bench.stack({"a": 20 * um, "b": 10 * um}, 2 * um, {"b": first})
        x = where.mesh.geometry.x[:, 0] - 20 * um
        near = float(x[x > 0.5 * first].min(initial=np.inf))
        found = float(where.comm.allreduce(near, op=_least()))
        yield Check(f"first_cell={first:g}", found, first, "m", 1e-9, "recipe")


def _least() -> Any:
    from mpi4py import MPI

    return MPI.MIN
