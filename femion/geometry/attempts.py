"""The same bodies drawn several times, with seams at other places, until the mesh is good.

Where seams lie changes neither bodies nor facts, but decides whether gmsh can mesh what is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from femion.errors import InputError
from femion.geometry.base import worst
from femion.geometry.bodies import Body
from femion.geometry.scene import Scene

ATTEMPTS = 3


Group = tuple[str, tuple[Body, ...]]  # region and its bodies
Placing = Callable[[int], tuple[Sequence[Group], tuple[Body, ...]]]


def draw_first(scene: Scene, place: Placing, unit: float, floor: float) -> None:
    """Draw `scene` with the bodies of place(0), place(1), ... until no cell is worse than `floor`.

    Raises:
        InputError: Not even the last one could be meshed.
    """
    import gmsh

    for attempt in range(ATTEMPTS):
        last = attempt == ATTEMPTS - 1
        (solid, *more), around = place(attempt)
        given = replace(scene, solid=solid[0], bodies=solid[1], more=tuple(more), around=around)
        drawn = replace(given, improved=last)  # other seams take less time
        try:
            drawn.draw(unit)
            if last or worst(drawn.dim) >= floor:
                return
        except InputError:
            if last:
                raise
        name = gmsh.model.getCurrent()
        gmsh.model.remove()
        gmsh.model.add(name)
