"""Layers with ready names: planar cells and membrane stacks; and the Hull cell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from femion.geometry.base import (
    Geometry,
    Length,
    count,
    distinct,
    metres,
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
