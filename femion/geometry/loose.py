"""Bodies that touch nothing lie in a volume as holes of it: no surface has to be cut by another.

OpenCASCADE may search without an end for intersections of ellipsoids that are merely close.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from femion.geometry.bodies import Body
from femion.geometry.grid import Floats

Solids = tuple[tuple[str, tuple[Body, ...]], ...]  # region and bodies, the inner ones first
Family = list[tuple[str, Body]]  # region and body of a particle and of the films around it


def sorted_out(
    solids: Solids, boxes: Sequence[tuple[Floats, Floats]]
) -> tuple[Solids, list[Family]]:
    """The bodies that reach out of the boxes, and the families that lie in one of each.

    Bodies of one solid do not touch; those with the same centre are a family.
    """
    if not boxes:
        return solids, []
    families: list[Family] = []
    middles = np.empty((0, 3))
    for name, bodies in solids:
        for body in bodies:
            middle = np.mean(body.bounds(), axis=0)
            same = np.flatnonzero(np.abs(middles - middle).max(axis=1, initial=0.0) < 1e-9)
            if len(same):
                families[same[0]].append((name, body))
            else:
                families.append([(name, body)])
                middles = np.vstack([middles, middle])
    inside = [family for family in families if box_of(family, boxes) is not None]
    loose = {id(body) for family in inside for _, body in family}
    rest = tuple((name, tuple(b for b in some if id(b) not in loose)) for name, some in solids)
    return rest, inside


def box_of(family: Family, boxes: Sequence[tuple[Floats, Floats]]) -> int | None:
    """Number of the box in which a family lies."""
    low, high = family[-1][1].bounds()
    for i, (start, end) in enumerate(boxes):
        if np.all(low > start) and np.all(high < end):
            return i
    return None


def put(families: Sequence[Family], volume: int, regions: dict[int, str]) -> None:
    """Draw families inside of a volume, which is drawn anew; `regions` are brought up to date."""
    import gmsh

    occ = gmsh.model.occ
    loops = list(occ.getSurfaceLoops(volume)[0])
    for family in families:
        inner: list[int] = []
        for name, body in family:
            tag = body.add(3)
            outer = list(occ.getSurfaceLoops(tag)[0])
            if inner or not name:
                occ.remove([(3, tag)])
            if name:
                regions[occ.addVolume(outer + inner) if inner else tag] = name
            inner = outer
        loops += inner
    occ.remove([(3, volume)])
    regions[occ.addVolume(loops)] = regions.pop(volume)
