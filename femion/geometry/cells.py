"""Layers with ready names: planar cells and membrane stacks; and the Hull cell, slits and pores."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from femion.errors import InputError
from femion.geometry.base import (
    Geometry,
    Length,
    count,
    distinct,
    metres,
    names,
    options,
    scale_mesh,
)
from femion.geometry.layers import layers
from femion.geometry.packed import FLOOR
from femion.geometry.scene import MESHING


def stack(
    pairs: int,
    *,
    channel: Length,
    cem: Length,
    aem: Length,
    bipolar: bool = False,
    end_channel: Length | None = None,
    height: Length,
    h: Length,
    first_cell: Length | Mapping[str, Length] | None = None,
    growth: float = 1.3,
    cells_y: int | None = None,
    depth: Length | None = None,
    ends: tuple[str, str] = ("anode", "cathode"),
    side: str = "sides",
) -> Geometry:
    """A stack of any number of membrane pairs between two electrode channels, along x.

    Each pair is `cem_k`, `dilute_k`, `aem_k`, `concentrate_k`; the last concentrate is missing, and
    the electrode channels are `anolyte` and `catholyte`. With `bipolar` each unit is a bipolar
    membrane of the touching layers `bpm_aem_k`, `bpm_cem_k`, then `acid_k`, `aem_k`, `salt_k`,
    `cem_k`, `base_k` (the last base is the catholyte).

    Args:
        pairs: Number of pairs (with `bipolar`: of units).
        channel: Thickness of a channel [m].
        cem: Thickness of a cation-exchange membrane or layer [m].
        aem: Thickness of an anion-exchange membrane or layer [m].
        bipolar: Whether units with bipolar membranes are made.
        end_channel: Thickness of the two electrode channels [m]; None is that of a channel.
        height: Extent in y [m].
        h: Largest cell [m].
        first_cell: Size of the cells at every interface [m], one or by name of a layer.
        growth: Largest ratio of neighbouring cells.
        cells_y: Number of cells in y.
        depth: Extent in z [m]; makes the mesh three-dimensional.
        ends: Boundaries at x = 0 and x = L.
        side: Boundary of all other faces.

    Raises:
        ValueError: A length is not positive.
    """
    outer = channel if end_channel is None else end_channel
    one = {"cem": cem, "dilute": channel, "aem": aem, "concentrate": channel}
    if bipolar:
        one = {"bpm_aem": aem, "bpm_cem": cem, "acid": channel, "aem": aem, "salt": channel}
        one |= {"cem": cem, "base": channel}
    parts: dict[str, Length] = {"anolyte": outer}
    for k in range(1, count("pairs", pairs) + 1):
        parts |= {f"{name}_{k}": thickness for name, thickness in one.items()}
    parts.popitem()
    parts["catholyte"] = outer
    return layers(
        parts,
        height=height,
        h=h,
        first_cell=first_cell,
        growth=growth,
        cells_y=cells_y,
        depth=depth,
        ends=ends,
        side=side,
    )


def hull_cell(
    *,
    anode: Length = "63.5 mm",
    near: Length = "47.6 mm",
    far: Length = "127 mm",
    h: Length = "4 mm",
    h_electrode: Length | None = None,
    region: str = "electrolyte",
    walls: str = "walls",
) -> Geometry:
    """A Hull cell in 2D: the cathode is inclined, from `near` to `far` away from the anode.

    The defaults are the 267 mL cell of R. O. Hull (US patent 2149344): a cathode of 101.7 mm.

    Args:
        anode: Length of the anode, along y at x = 0 [m].
        near: Length of the short wall [m].
        far: Length of the long wall [m].
        h: Size of the cells [m].
        h_electrode: Size of the cells at the electrodes [m]; None is h/4.
        region: Name of the region.
        walls: Boundary of the two insulating walls; the others are `anode` and `cathode`.

    Raises:
        ValueError: A length is not positive.
    """
    height, short, long = metres("anode", anode), metres("near", near), metres("far", far)
    size = metres("h", h)
    fine = size / 4 if h_electrode is None else metres("h_electrode", h_electrode, 0.0, size)
    distinct([region], [walls, "anode", "cathode"])
    points = ((0.0, 0.0), (long, 0.0), (short, height), (0.0, height))
    sides = {0: walls, 1: "cathode", 2: walls, 3: "anode"}
    info = {
        f"measure.{region}": height * (short + long) / 2,
        "measure.anode": height,
        "measure.cathode": ((long - short) ** 2 + height**2) ** 0.5,
        f"measure.{walls}": short + long,
    }
    draw = partial(_polygon, points, sides, region, (size, fine), (1, 3), height)
    return Geometry("hull_cell", 2, draw, info, FLOOR[2])


def nanopore(
    *,
    length: Length,
    radius: Length | tuple[Length, Length],
    reservoir: Length,
    h: Length,
    first_cell: Length | None = None,
    regions: tuple[str, str, str] = ("left_bath", "pore", "right_bath"),
    ends: tuple[str, str] = ("left", "right"),
    wall: str = "pore_wall",
    side: str = "sides",
) -> Geometry:
    """A slit of half-width `radius` between two reservoirs, the half above the middle plane (2D).

    Args:
        length: Length of the pore along x [m].
        radius: Half-width of the slit [m], or two of them: at the left and right mouth (conical).
        reservoir: Length and height of the two square reservoirs [m].
        h: Size of the cells far from the pore [m].
        first_cell: Size of the cells at the wall of the pore [m]; None is radius/8.
        regions: Names of the left reservoir, of the pore and of the right reservoir.
        ends: Boundaries at x = 0 and x = L.
        wall: Boundary of the wall of the pore.
        side: Boundary of the membrane's faces, of the outer sides and of the middle plane.

    Raises:
        ValueError: A length is not positive, or the reservoirs are narrower than the pore.
    """
    both = radius if isinstance(radius, tuple) else (radius, radius)
    a, b = (metres("radius", r) for r in names_or_lengths(both))
    wide = metres("reservoir", reservoir, 1.5 * max(a, b))
    middle, size = metres("length", length), metres("h", h)
    fine = min(a, b) / 8 if first_cell is None else metres("first_cell", first_cell, 0.0, size)
    distinct(names("regions", regions, 3), (*names("ends", ends, 2), wall, side))
    x = (0.0, wide, wide + middle, 2 * wide + middle)
    info = {
        f"measure.{regions[0]}": wide**2,
        f"measure.{regions[1]}": middle * (a + b) / 2,
        f"measure.{regions[2]}": wide**2,
        f"measure.{ends[0]}": wide,
        f"measure.{wall}": (middle**2 + (b - a) ** 2) ** 0.5,
    }
    draw = partial(_pore, x, (a, b), regions, (*ends, wall, side), (size, fine))
    return Geometry("nanopore", 2, draw, info, FLOOR[2])


def names_or_lengths(both: tuple[Length, ...]) -> tuple[Length, Length]:
    """Exactly two lengths."""
    if len(both) != 2:
        raise InputError(f"radius = {both!r} is not possible; allowed: one length or two")
    return both[0], both[1]


def _polygon(
    points: tuple[tuple[float, float], ...],
    sides: Mapping[int, str],
    region: str,
    sizes: tuple[float, float],
    fine: tuple[int, ...],
    unit: float,
) -> None:
    """One polygon with named sides, drawn in `unit`; cells are small at the sides `fine`."""
    import gmsh

    geo = gmsh.model.geo
    corners = [geo.addPoint(x / unit, y / unit, 0.0) for x, y in points]
    n = len(corners)
    lines = [geo.addLine(corners[i], corners[(i + 1) % n]) for i in range(n)]
    face = geo.addPlaneSurface([geo.addCurveLoop(lines)])
    geo.synchronize()
    gmsh.model.addPhysicalGroup(2, [face], name=region)
    for name in dict.fromkeys(sides.values()):
        group = [lines[i] for i in range(n) if sides[i] == name]
        gmsh.model.addPhysicalGroup(1, group, name=name)
    _graded([lines[i] for i in fine], sizes[1] / unit, sizes[0] / unit)
    scale_mesh(unit)


def _graded(curves: list[int], fine: float, coarse: float) -> None:
    """Mesh in 2D with small cells at some curves."""
    import gmsh

    field = gmsh.model.mesh.field
    distance, size = field.add("Distance"), field.add("MathEval")
    field.setNumbers(distance, "CurvesList", curves)
    field.setNumber(distance, "Sampling", 200)
    field.setString(size, "F", f"min({coarse!r}, {fine!r} + 0.3*F{distance})")
    field.setAsBackgroundMesh(size)
    with options(MESHING):
        gmsh.model.mesh.generate(2)


def _pore(
    x: tuple[float, ...],
    radii: tuple[float, float],
    regions: tuple[str, ...],
    outer: tuple[str, ...],
    sizes: tuple[float, float],
) -> None:
    """Reservoir, pore, reservoir, above y = 0."""
    import gmsh

    geo, unit, wide = gmsh.model.geo, max(radii), x[1]
    low = [geo.addPoint(v / unit, 0.0, 0.0) for v in x]
    mouth = [geo.addPoint(v / unit, r / unit, 0.0) for v, r in zip(x[1:3], radii, strict=True)]
    top = [geo.addPoint(v / unit, wide / unit, 0.0) for v in x]
    bottom = [geo.addLine(low[i], low[i + 1]) for i in range(3)]
    planes = [geo.addLine(low[1 + i], mouth[i]) for i in (0, 1)]
    faces = [geo.addLine(mouth[i], top[1 + i]) for i in (0, 1)]
    lid = [geo.addLine(top[1], top[0]), geo.addLine(top[3], top[2])]
    ends = [geo.addLine(top[0], low[0]), geo.addLine(low[3], top[3])]
    wall = geo.addLine(mouth[1], mouth[0])
    loops = [
        [bottom[0], planes[0], faces[0], lid[0], ends[0]],
        [bottom[1], planes[1], wall, -planes[0]],
        [bottom[2], ends[1], lid[1], -faces[1], -planes[1]],
    ]
    surfaces = [geo.addPlaneSurface([geo.addCurveLoop(loop)]) for loop in loops]
    geo.synchronize()
    for name, surface in zip(regions, surfaces, strict=True):
        gmsh.model.addPhysicalGroup(2, [surface], name=name)
    groups = ([ends[0]], [ends[1]], [wall], [*bottom, *faces, *lid])
    for name, curves in zip(outer, groups, strict=True):
        gmsh.model.addPhysicalGroup(1, curves, name=name)
    _graded([wall], sizes[1] / unit, sizes[0] / unit)
    scale_mesh(unit)
