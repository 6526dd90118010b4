"""What a geometry is, how it is opened in gmsh, and how a wrong value is refused."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType

from femion.errors import InputError, unknown
from femion.geometry.simplices import Simplices
from femion.units import si

Length = float | str  # [m], or text with a unit such as "100 um"
First = Length | tuple[Length, int]  # first cell [m], or a thickness [m] and the cells over it


@dataclass(frozen=True)
class Geometry:
    """A recipe: what to draw in gmsh, in how many dimensions; drawn only by `mesh_model`.

    Attributes:
        name: Name of the gmsh model.
        dim: Topological and geometric dimension, 2 or 3.
        draw: Draws into the current gmsh model in metres, meshes it and adds the named physical
            groups: every cell in exactly one region, every exterior facet in one boundary.
        info: Exact facts in SI units, e.g. `measure.<region>` [m^dim].
        floor: Least quality (signed inverse condition number, 1 at best) of a cell that is
            accepted; 0 where cells are meant to be stretched.
        arrays: Makes the mesh as arrays, without gmsh; `draw` puts the same into gmsh.
    """

    name: str
    dim: int
    draw: Callable[[], None]
    info: Mapping[str, float] = field(default_factory=dict)
    floor: float = 0.0
    arrays: Callable[[], Simplices] | None = None

    def forced(self) -> Geometry:
        """The same recipe whose mesh is taken whatever its quality."""
        return replace(self, floor=0.0)


@contextmanager
def mesh_model(geometry: Geometry) -> Iterator[ModuleType]:
    """Draw and mesh `geometry` in gmsh, and yield the `gmsh.model` that holds the mesh in metres.

    gmsh starts without the user's configuration files and without a signal handler, so that equal
    recipes give equal meshes. If the caller runs gmsh already, only the new model is removed.
    """
    import gmsh

    running = bool(gmsh.isInitialized())
    if not running:
        gmsh.initialize([], readConfigFiles=False, interruptible=False)
        gmsh.option.setNumber("General.Terminal", 0)
    try:
        before = gmsh.model.getCurrent() if running else ""
        name = f"femion {geometry.name}"
        gmsh.model.add(name)
        try:
            geometry.draw()
            _refuse_bad(geometry)
            gmsh.model.mesh.renumberNodes()
            gmsh.model.mesh.renumberElements()
            yield gmsh.model
        finally:
            gmsh.model.setCurrent(name)
            gmsh.model.remove()
            if before:
                gmsh.model.setCurrent(before)
    finally:
        if not running:
            gmsh.finalize()


#: gmsh's numbers of the element types: straight and curved.
SIMPLICES = {2: (2, 9), 3: (4, 11)}


def worst(dim: int) -> float:
    """Least quality of a cell of the current model: signed inverse condition number, 1 at best."""
    import gmsh

    cells = [c for kind in SIMPLICES[dim] for c in gmsh.model.mesh.getElementsByType(kind)[0]]
    return min(map(float, gmsh.model.mesh.getElementQualities(cells, "minSICN")), default=1.0)


def _refuse_bad(geometry: Geometry) -> None:
    if geometry.floor and (least := worst(geometry.dim)) < geometry.floor:
        raise InputError(
            f"the mesh of {geometry.name!r} has a cell of quality {least:.2g}, below "
            f"{geometry.floor:g}; allowed: another seed, size or gap, or geometry.forced()"
        )


@contextmanager
def options(values: Mapping[str, float]) -> Iterator[None]:
    """Set numeric options of gmsh, and put the old values back."""
    import gmsh

    old = {key: gmsh.option.getNumber(key) for key in values}
    try:
        for key, value in values.items():
            gmsh.option.setNumber(key, value)
        yield
    finally:
        for key, value in old.items():
            gmsh.option.setNumber(key, value)


def scale_mesh(factor: float) -> None:
    """Multiply the coordinates of all nodes of the current mesh by `factor`."""
    import gmsh

    if factor != 1.0:
        gmsh.model.mesh.affineTransform([factor, 0, 0, 0, 0, factor, 0, 0, 0, 0, factor, 0])


def number(name: str, value: Length, low: float, high: float = math.inf, unit: str = "") -> float:
    """Return value if low < value <= high, or refuse it in one sentence; text has a unit."""
    plain = si(value, unit, name)
    real = float(plain) if isinstance(plain, numbers.Real) else math.nan
    if math.isfinite(real) and low < real <= high:
        return real
    above = f"above {low:g}" if math.isinf(high) else f"above {low:g} and at most {high:g}"
    suffix = f" [{unit}]" if unit else ""
    raise InputError(f"{name} = {value!r} is not possible; allowed: a number {above}{suffix}")


def metres(name: str, value: Length, low: float = 0.0, high: float = math.inf) -> float:
    """Return a length above `low` [m], or refuse it in one sentence."""
    return number(name, value, low, high, "m")


def first_size(value: First, growth: float, most: float = math.inf) -> float:
    """Size of the first cell [m]: as given, or t (g - 1)/(g^n - 1) for n growing cells over t."""
    if not isinstance(value, tuple):
        return metres("first_cell", value, 0.0, most)
    if len(value) != 2:
        raise InputError(f"first_cell = {value!r}; allowed: a length, or (length, number of cells)")
    over, n = metres("first_cell[0]", value[0]), count("first_cell[1]", value[1])
    share = sum(growth**k for k in range(n))
    return metres("first_cell", over / share, 0.0, most)


def resolved(value: First | None) -> dict[str, float]:
    """The fact that cells resolve a thickness, where it was given."""
    return {"resolved": metres("first_cell[0]", value[0])} if isinstance(value, tuple) else {}


def count(name: str, value: int, least: int = 1) -> int:
    """Return a whole number of at least `least`, or refuse it in one sentence."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= least:
        return int(value)
    raise InputError(f"{name} = {value!r} is not possible; allowed: a whole number from {least}")


def pair[T](what: str, given: Sequence[T]) -> tuple[T, T]:
    """Return exactly two values, or refuse them in one sentence."""
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
        raise InputError(f"{what} = {given!r} is not possible; allowed: two values")
    return given[0], given[1]


def names(what: str, given: Sequence[str], wanted: int) -> tuple[str, ...]:
    """Return exactly `wanted` names, or refuse them in one sentence."""
    if isinstance(given, str) or len(given) != wanted:
        raise InputError(f"{what} = {given!r} is not possible; allowed: {wanted} names")
    return tuple(given)


def known(what: str, keys: Iterable[str], allowed: Iterable[str]) -> None:
    """Refuse the first of `keys` that is not one of `allowed`."""
    allowed = tuple(allowed)
    for key in keys:
        if key not in allowed:
            raise unknown(what, key, allowed)


def distinct(regions: Iterable[str], boundaries: Iterable[str]) -> None:
    """Refuse empty names and a name that is used for a region and for a boundary."""
    regions, boundaries = tuple(regions), tuple(boundaries)
    for name in (*regions, *boundaries):
        if not isinstance(name, str) or not name:
            raise InputError(
                f"the name {name!r} is not possible; allowed: a text that is not empty"
            )
    for name in boundaries:
        if name in regions:
            raise InputError(f"boundary {name!r} has the name of a region; allowed: another name")
