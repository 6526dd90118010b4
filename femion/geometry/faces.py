"""Bodies apart from each other in slabs: only faces of slabs are cut, each by one body at a time.

OpenCASCADE may search without an end for the solids that ellipsoids cut out of a box, so volumes
are put together here: a body convex and alone cuts a plane in one piece, and a slab in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from femion.geometry.bodies import Body
from femion.geometry.grid import Floats

Solids = Sequence[tuple[str, tuple[Body, ...]]]  # region and bodies, the inner ones first
Family = list[tuple[str, Body]]  # region and body of a particle and of the film around it
NARROW = 0.01  # by which the bounds of a piece may be too wide
NEAR = 1e-3  # distance up to which a point lies on a surface
GRID = np.stack(np.meshgrid(*[np.linspace(0.02, 0.98, 13)] * 2), axis=-1).reshape(-1, 2)


@dataclass
class Slab:
    """A region between two planes, and the pieces of its faces."""

    name: str
    low: Floats
    high: Floats
    faces: list[int]
    holes: list[int] = field(default_factory=list)


def slabs_of(names: Sequence[str], boxes: Sequence[tuple[Floats, Floats]]) -> list[Slab]:
    """Draw the faces of slabs side by side."""
    import gmsh

    occ = gmsh.model.occ
    drawn = [(3, int(occ.addBox(*low, *(high - low)))) for low, high in boxes]
    if len(drawn) > 1:
        drawn = [part[0] for part in occ.fragment(drawn[:1], drawn[1:])[1]]
    faces = [[int(t) for t in occ.getSurfaceLoops(tag)[1][0]] for _, tag in drawn]
    occ.remove(drawn)
    return [Slab(n, *box, part) for n, box, part in zip(names, boxes, faces, strict=True)]


def families_of(solids: Solids) -> list[Family]:
    """Bodies with the same centre."""
    found: dict[tuple[float, ...], Family] = {}
    for name, bodies in solids:
        for body in bodies:
            middle = np.round(np.mean(body.bounds(), axis=0), 6)
            found.setdefault(tuple(map(float, middle + 0.0)), []).append((name, body))
    return list(found.values())


def fill(slabs: Sequence[Slab], solids: Solids) -> dict[int, str]:
    """Cut the faces of the slabs by all bodies; region of each volume."""
    import gmsh

    occ, families = gmsh.model.occ, families_of(solids)
    patches: dict[int, list[int]] = {}
    for family in families:
        room = None  # a particle is cut only by what its film has cut out
        for _, body in reversed(family):
            patches[id(body)] = _cut(slabs, body, room)
            room = body.bounds()
    occ.synchronize()
    regions: dict[int, str] = {}
    for family in families:
        low, high = family[0][1].bounds()
        slab = next(s for s in slabs if low[0] < s.high[0] and high[0] > s.low[0])
        inner: list[int] = []
        for name, body in family:
            outer = [tag for tag in patches[id(body)] if _inside(tag, slab)]
            occ.remove([(2, t) for t in patches[id(body)] if t not in outer], recursive=True)
            flat = [tag for tag in slab.faces if _within(tag, body)]
            slab.faces = [tag for tag in slab.faces if tag not in flat]
            if name and outer:
                regions[_volume(outer + inner + flat)] = name
            elif flat:
                occ.remove([(2, tag) for tag in flat], recursive=True)
            inner = outer
        slab.holes += inner
    for slab in slabs:
        regions[_volume(slab.faces + slab.holes)] = slab.name
    occ.synchronize()
    return regions


def _volume(faces: Sequence[int]) -> int:
    import gmsh

    occ = gmsh.model.occ
    return int(occ.addVolume([occ.addSurfaceLoop(faces)]))


def _cut(slabs: Sequence[Slab], body: Body, room: tuple[Floats, Floats] | None) -> list[int]:
    """Pieces of the surface of a body; the faces of slabs that it crosses become their pieces."""
    import gmsh

    occ = gmsh.model.occ
    solid = body.add(3)
    surface = [(2, int(tag)) for tag in occ.getSurfaceLoops(solid)[1][0]]
    occ.remove([(3, solid)])
    low, high = body.bounds()
    crossed = []
    for tag in sorted({tag for slab in slabs for tag in slab.faces}):
        bounds = np.reshape(occ.getBoundingBox(2, tag), (2, 3))
        if np.any(bounds[0] > high) or np.any(bounds[1] < low):
            continue
        if not room or np.all((bounds[0] > room[0] - NARROW) & (bounds[1] < room[1] + NARROW)):
            crossed.append(tag)
    if not crossed:
        return [tag for _, tag in surface]
    _, made = occ.fragment([(2, tag) for tag in crossed], surface)
    new = {old: [tag for _, tag in part] for old, part in zip(crossed, made, strict=False)}
    for slab in slabs:
        slab.faces = [tag for old in slab.faces for tag in new.get(old, [old])]
    return [tag for part in made[len(crossed) :] for _, tag in part]


def _inside(face: int, slab: Slab) -> bool:
    """Whether a piece of the surface of a body lies in the slab."""
    import gmsh

    low, high = map(np.array, gmsh.model.getParametrizationBounds(2, face))
    uv = low + GRID * (high - low)
    on = [p for p in uv if gmsh.model.isInside(2, face, list(p), parametric=True)]
    x = np.reshape(gmsh.model.getValue(2, face, np.ravel(on)), (-1, 3))
    return bool(np.all((x > slab.low - NEAR) & (x < slab.high + NEAR)))


def _within(face: int, body: Body) -> bool:
    """Whether the boundary of a plane piece, and so the piece, lies in a convex body."""
    import gmsh

    points = []
    for curve in gmsh.model.getAdjacencies(2, face)[1]:
        low, high = (float(t[0]) for t in gmsh.model.getParametrizationBounds(1, curve))
        points.append(gmsh.model.getValue(1, curve, np.linspace(low, high, 5)))
    return bool(np.all(body.distance(np.reshape(np.concatenate(points), (-1, 3))) < NEAR))
