"""The same bodies drawn several times, with seams at other places, until the mesh is good.

Where seams lie changes neither bodies nor facts, but decides whether gmsh can mesh what is cut.
"""

from __future__ import annotations

from collections.abc import Callable

from femion.errors import InputError
from femion.geometry.base import worst
from femion.geometry.scene import Scene

ATTEMPTS = 3


def draw_first(scene: Callable[[int], Scene], unit: float, floor: float) -> None:
    """Draw scene(0), scene(1), ... until the least quality of a cell is above `floor`.

    Raises:
        InputError: Not even the last one could be meshed.
    """
    import gmsh

    for attempt in range(ATTEMPTS):
        last = attempt == ATTEMPTS - 1
        drawn = scene(attempt)
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
