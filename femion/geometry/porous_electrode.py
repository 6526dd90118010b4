"""Half cell in 2D: lithium, separator, and a sintered porous electrode on a collector."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from femion.geometry.base import Geometry, Length, count, metres, number, options, scale_mesh
from femion.geometry.outline import Arc, outline, passages
from femion.geometry.packing import Packing, Recipe, pack

SLOPE = 0.3  # growth of the cell size with the distance from a particle
MESHING = {
    "Mesh.Algorithm": 6,  # frontal Delaunay
    "Mesh.MeshSizeExtendFromBoundary": 0,
    "Mesh.MeshSizeFromPoints": 0,
    "Mesh.MeshSizeFromCurvature": 0,
}


def half_cell(
    *,
    separator: Length,
    electrode: Length,
    height: Length,
    particle_radius: Length,
    radius_spread: float = 0.15,
    solid_fraction: float = 0.45,
    neck: float = 0.5,
    fillet: float = 0.25,
    gap: Length | None = None,
    seed: int = 1,
    h_surface: Length | None = None,
    h: Length | None = None,
) -> Geometry:
    """A separator beside a random electrode of disks sintered to each other and to the collector.

    The particles are a tree rooted on the collector, so that electrons reach each of them and ions
    each pore. Regions: `separator`, `pores`, `particles`. Boundaries: `lithium` at x = 0,
    `collector` and `collector_pores` at x = L, `walls` at the bottom and at the top.

    Args:
        separator: Thickness of the separator [m].
        electrode: Thickness of the electrode [m].
        height: Extent in y [m].
        particle_radius: Median radius of the particles [m].
        radius_spread: Standard deviation of the logarithm of the radius.
        solid_fraction: Area of the particles over the area of the electrode.
        neck: Half-width of a neck over the radius of the smaller particle.
        fillet: Radius of the rounding of a neck over the radius of the smaller particle.
        gap: Least distance between particles without a neck, and from the separator and the
            walls [m]; None is 0.2 particle_radius.
        seed: Seed of the random numbers; the same seed gives the same mesh.
        h_surface: Size of the cells at the surface of the particles [m]; None is
            particle_radius / 6.
        h: Size of the cells far from the particles [m]; None is particle_radius / 1.5.

    Raises:
        ValueError: A value is out of range, or the solid fraction cannot be packed.
    """
    unit = metres("particle_radius", particle_radius)
    recipe = Recipe(
        width=metres("electrode", electrode, 4 * unit) / unit,
        height=metres("height", height, 4 * unit) / unit,
        radius_spread=number("radius_spread", radius_spread, -1e-300, 0.3),
        solid_fraction=number("solid_fraction", solid_fraction, 0.0, 0.99),
        neck=number("neck", neck, 0.1, 0.8),
        fillet=number("fillet", fillet, 0.05, 0.5),
        gap=metres("gap", 0.2 * unit if gap is None else gap, 0.02 * unit, unit) / unit,
    )
    near = metres("h_surface", unit / 6 if h_surface is None else h_surface, 0.0, unit / 3)
    far = max(unit / 1.5, near) if h is None else metres("h", h, near * (1 - 1e-9))
    packing = pack(recipe, count("seed", seed, 0))
    plan = Plan(packing, recipe, metres("separator", separator) / unit, near / unit, far / unit)
    return Geometry("half_cell", 2, partial(_draw, plan, unit), _info(plan, unit))


@dataclass(frozen=True)
class Plan:
    """All that is drawn; lengths in particle radii, x = 0 at the plane separator | electrode."""

    packing: Packing
    recipe: Recipe
    separator: float
    near: float
    far: float


def _info(plan: Plan, unit: float) -> dict[str, float]:
    """Exact areas [m2], lengths [m], surface per electrode area [1/m] and counts."""
    recipe, packing = plan.recipe, plan.packing
    total = recipe.width * recipe.height
    fraction = packing.area / total
    return {
        "solid_fraction": fraction,
        "porosity": 1 - fraction,
        "surface_per_electrode_area": packing.surface / total / unit,
        "surface": packing.surface * unit,
        "particles": float(len(packing.disks)),
        "particles_on_collector": float(len(packing.roots)),
        "measure.separator": plan.separator * recipe.height * unit**2,
        "measure.particles": packing.area * unit**2,
        "measure.pores": (total - packing.area) * unit**2,
        "measure.lithium": recipe.height * unit,
        "measure.collector": packing.contact * unit,
        "measure.collector_pores": (recipe.height - packing.contact) * unit,
        "measure.walls": 2 * (plan.separator + recipe.width) * unit,
    }


class Sketch:
    """Points and curves of gmsh's built-in kernel; consecutive curves share their points."""

    def __init__(self) -> None:
        """Start with an empty drawing."""
        import gmsh

        self.geo = gmsh.model.geo
        self.centres: list[int] = []

    def point(self, x: float, y: float) -> int:
        """A new point."""
        return int(self.geo.addPoint(x, y, 0.0))

    def line(self, a: int, b: int) -> int:
        """A new straight line between two points."""
        return int(self.geo.addLine(a, b))

    def chain(self, arcs: list[Arc], first: int, last: int) -> list[int]:
        """Curves along arcs, from the point `first` to the point `last`."""
        pieces = [piece for arc in arcs for piece in arc.pieces()]
        curves, here = [], first
        for i, arc in enumerate(pieces):
            there = last if i == len(pieces) - 1 else self.point(*arc.point(arc.stop))
            self.centres.append(self.point(arc.x, arc.y))
            curves.append(int(self.geo.addCircleArc(here, self.centres[-1], there)))
            here = there
        return curves

    def surface(self, loop: list[int]) -> int:
        """A plane surface inside a closed loop of curves."""
        return int(self.geo.addPlaneSurface([self.geo.addCurveLoop(loop)]))


def _draw(plan: Plan, unit: float) -> None:
    """Draw, mesh and convert to metres with x = 0 at the lithium."""
    import gmsh

    sketch = Sketch()
    surfaces, curves, skin = _half_cell(sketch, plan)
    gmsh.model.geo.synchronize()
    gmsh.model.removeEntities([(0, tag) for tag in sketch.centres])
    for dim, groups in ((2, surfaces), (1, curves)):
        for name, tags in groups.items():
            gmsh.model.addPhysicalGroup(dim, tags, name=name)
    _sizes(plan, skin)
    with options(MESHING):
        gmsh.model.mesh.generate(2)
    scale_mesh(unit)


def _half_cell(
    sketch: Sketch, plan: Plan
) -> tuple[dict[str, list[int]], dict[str, list[int]], list[int]]:
    """Surfaces and curves by name, and the curves of the surface of the particles."""
    x, top = plan.separator, plan.recipe.height
    ends = (0.0, x, x + plan.recipe.width)
    low, high = ([sketch.point(a, b) for a in ends] for b in (0.0, top))
    walls = [sketch.line(p[i], p[i + 1]) for p in (low, high) for i in (0, 1)]
    lithium, plane = sketch.line(high[0], low[0]), sketch.line(low[1], high[1])
    contacts, open_wall, skin, solids, rim = [], [], [], [], []
    here = low[2]
    for root in plan.packing.roots:
        disk = plan.packing.disks[root]
        reach = disk.r * math.sin(disk.links[0].half)
        below, above = (sketch.point(ends[2], disk.y + s * reach) for s in (-1, 1))
        moved = [Arc(a.x + x, a.y, a.r, a.start, a.stop) for a in outline(plan.packing, root)]
        chain = sketch.chain(moved, above, below)
        open_wall.append(sketch.line(here, below))
        contacts.append(sketch.line(below, above))
        solids.append(sketch.surface([*chain, contacts[-1]]))
        rim += [open_wall[-1], *(-c for c in reversed(chain))]
        skin += chain
        here = above
    open_wall.append(sketch.line(here, high[2]))
    pores = sketch.surface([walls[1], *rim, open_wall[-1], -walls[3], -plane])
    separator = sketch.surface([walls[0], plane, -walls[2], lithium])
    regions = {"separator": [separator], "pores": [pores], "particles": solids}
    curves = {"lithium": [lithium], "collector": contacts}
    return regions, curves | {"collector_pores": open_wall, "walls": walls}, skin


def _sizes(plan: Plan, skin: list[int]) -> None:
    """Small cells at the surface of the particles, smaller where two surfaces are close."""
    import gmsh

    field = gmsh.model.mesh.field
    distance, fine = field.add("Distance"), field.add("Threshold")
    field.setNumbers(distance, "CurvesList", skin)
    field.setNumber(distance, "Sampling", 20)
    values = {
        "InField": distance,
        "SizeMin": plan.near,
        "SizeMax": plan.far,
        "DistMin": 0.0,
        "DistMax": max((plan.far - plan.near) / SLOPE, 1e-6),
    }
    for key, value in values.items():
        field.setNumber(fine, key, value)
    least = field.add("Min")
    field.setNumbers(least, "FieldsList", [fine, *_narrow(plan)])
    field.setAsBackgroundMesh(least)


def _narrow(plan: Plan) -> list[int]:
    """Fields that put two cells across every passage between particles that is narrow."""
    import gmsh

    field, fields = gmsh.model.mesh.field, []
    for x, y, width in passages(plan.packing, 2 * plan.near):
        ball = field.add("Ball")
        values = {
            "XCenter": x + plan.separator,
            "YCenter": y,
            "Radius": 0.5 * math.sqrt(width),
            "Thickness": (plan.far - width / 2) / SLOPE,
            "VIn": width / 2,
            "VOut": plan.far,
        }
        for key, value in values.items():
            field.setNumber(ball, key, value)
        fields.append(ball)
    return fields
