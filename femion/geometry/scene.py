"""Bodies in a box of slabs: cut, joined, named, sized and meshed, in two and three dimensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from femion.errors import InputError
from femion.geometry.base import options, scale_mesh, worst
from femion.geometry.bodies import Body
from femion.geometry.faces import fill, slabs_of
from femion.geometry.grid import Floats
from femion.geometry.repeat import Repeat
from femion.geometry.sizing import Sizes, field

Naming = Callable[[str, int, str], str]  # (axis "x", side 0 or 1, region) -> name of a boundary
MESHING = {
    "Mesh.Algorithm": 6,
    "Mesh.Algorithm3D": 1,
    "Mesh.MeshSizeExtendFromBoundary": 0,
    "Mesh.MeshSizeFromPoints": 0,
    "Mesh.MeshSizeFromCurvature": 0,
    "Mesh.Optimize": 1,
    "Mesh.RandomSeed": 1,
}


ALGORITHMS = (1, 10, 4)  # gmsh: Delaunay, HXT, frontal
FLAT = ("Plane", "Line")  # what the faces of the box are
NARROW = 0.01  # distance from the box of the bounds of such a face, widened by what cut it
FAIR = 0.05  # least quality that is not improved further


def plain(axis: str, side: int, region: str) -> str:
    """x0, x1, y0, ... whatever the region."""
    return f"{axis}{side}"


@dataclass(frozen=True)
class Scene:
    """What is drawn; lengths in a unit of about one particle.

    Attributes:
        slabs: Name and thickness of the pieces of the box along x.
        across: Extents in y, or in y and z.
        bodies: Solids that reach into the box (periodic images are bodies too).
        around: Bodies outside of the box that are close enough to matter for the sizes.
        solid: Region of the bodies; "" cuts them out.
        more: Region and bodies of further solids; where solids overlap, the first one counts.
        skin: Boundary of the bodies where they are cut out.
        sizes: Size of the cells.
        planes: Planes that bodies keep away from, as (axis, place).
        periodic: Axes, as in "yz", whose two faces get equal meshes.
        naming: Names of the faces of the box.
        joined: Whether bodies overlap and are joined first.
        apart: Whether bodies of a solid do not touch.
        improved: Whether bad cells are improved, which takes longer than to mesh.
        curved: Whether cells follow round bodies to second order.
    """

    slabs: tuple[tuple[str, float], ...]
    across: tuple[float, ...]
    sizes: Sizes
    bodies: tuple[Body, ...] = ()
    solid: str = ""
    more: tuple[tuple[str, tuple[Body, ...]], ...] = ()
    skin: str = "skin"
    around: tuple[Body, ...] = ()
    planes: tuple[tuple[int, float], ...] = ()
    periodic: str = ""
    naming: Naming = plain
    joined: bool = False
    apart: bool = False
    improved: bool = True
    curved: bool = False

    @property
    def dim(self) -> int:
        """2 or 3."""
        return 1 + len(self.across)

    @property
    def size(self) -> Floats:
        """Extents of the box, 0 in z in two dimensions."""
        total = sum(width for _, width in self.slabs)
        return np.array([total, *self.across, 0.0][:3])

    def draw(self, unit: float) -> None:
        """Draw and mesh in the current gmsh model, and convert to metres."""
        regions = self._pieces()
        facets = self._exterior(regions)
        self._mesh(regions, facets)
        scale_mesh(unit)

    def _pieces(self) -> dict[int, str]:
        """Draw slabs and bodies, cut them by each other; region of each piece in the box."""
        import gmsh

        if self.apart and self.dim == 3:
            return fill(slabs_of([name for name, _ in self.slabs], self._boxes), self._solids)
        occ, dim, x = gmsh.model.occ, self.dim, 0.0
        slabs = []
        for _, width in self.slabs:
            add = occ.addRectangle if dim == 2 else occ.addBox
            slabs.append((dim, int(add(x, 0.0, 0.0, width, *self.across))))
            x += width
        solids = [self._solid(bodies) for _, bodies in self._solids]
        tools = [tool for some in solids for tool in some]
        pieces, made = occ.fragment(slabs, tools)
        names = [name for name, _ in self.slabs]
        names += [self._solids[i][0] for i, some in enumerate(solids) for _ in some]
        order = [*range(len(slabs)), *range(len(names) - 1, len(slabs) - 1, -1)]
        inside = {tag for part in made[: len(slabs)] for _, tag in part}
        regions = {tag: names[i] for i in order for _, tag in made[i] if tag in inside}
        unwanted = [(d, t) for d, t in pieces if d == dim and not regions.get(t)]
        occ.remove(list(dict.fromkeys(unwanted)), recursive=True)
        occ.synchronize()
        return {tag: name for tag, name in regions.items() if name}

    @property
    def _boxes(self) -> list[tuple[Floats, Floats]]:
        """Lowest and highest coordinates of the slabs."""
        ends = np.cumsum([0.0, *(width for _, width in self.slabs)])
        return [(np.array([a, 0.0, 0.0]), np.array([b, *self.size[1:]])) for a, b in pairwise(ends)]

    @property
    def _solids(self) -> tuple[tuple[str, tuple[Body, ...]], ...]:
        return ((self.solid, self.bodies), *self.more)

    def _solid(self, bodies: tuple[Body, ...]) -> list[tuple[int, int]]:
        """Draw the bodies of one solid."""
        import gmsh

        tools = [(self.dim, body.add(self.dim)) for body in bodies]
        if self.joined and len(tools) > 1:
            tools = gmsh.model.occ.fuse(tools[:1], tools[1:])[0]
        return tools

    def _exterior(self, regions: dict[int, str]) -> dict[int, tuple[str, int, str]]:
        """(axis, side, region) of each exterior face; the axis is "" on a body."""
        import gmsh

        model, found = gmsh.model, {}
        for _, tag in model.getEntities(self.dim - 1):
            up, _ = model.getAdjacencies(self.dim - 1, tag)
            if len(up) == 1:
                found[tag] = (*self._plane(tag), regions[int(up[0])])
        return found

    def _plane(self, tag: int) -> tuple[str, int]:
        import gmsh

        if gmsh.model.getType(self.dim - 1, tag) not in FLAT:
            return "", 0
        bounds = np.reshape(gmsh.model.getBoundingBox(self.dim - 1, tag), (2, 3))
        for axis, side in product(range(self.dim), (0, 1)):
            if np.all(np.abs(bounds[:, axis] - side * self.size[axis]) < NARROW):
                return "xyz"[axis], side
        return "", 0

    def _repeats(self, facets: dict[int, tuple[str, int, str]]) -> list[Repeat]:
        """The pairs of faces that get equal meshes."""
        pairs = []
        for axis in self.periodic:
            low, high = (
                [tag for tag, (a, s, _) in facets.items() if (a, s) == (axis, i)] for i in (0, 1)
            )
            k = "xyz".index(axis)
            pairs.append(Repeat(self.dim, low, high, self.size[k] * np.eye(3)[k]))
        return pairs

    def _mesh(self, regions: dict[int, str], facets: dict[int, tuple[str, int, str]]) -> None:
        import gmsh

        repeats = self._repeats(facets)
        groups: dict[tuple[int, str], list[int]] = {}
        for tag, name in regions.items():
            groups.setdefault((self.dim, name), []).append(tag)
        for tag, (axis, side, region) in facets.items():
            name = self.naming(axis, side, region) if axis else self.skin
            groups.setdefault((self.dim - 1, name), []).append(tag)
        for (dim, name), tags in groups.items():
            gmsh.model.addPhysicalGroup(dim, tags, name=name)
        bodies = (*(body for _, some in self._solids for body in some), *self.around)
        with options(MESHING), TemporaryDirectory() as folder:
            file = Path(folder) / "sizes"
            mesh_by(field(self.sizes, self.size, bodies, self.planes, file), self.dim, repeats)
            if self.improved:
                improve(self.dim)
        if self.curved:
            gmsh.model.mesh.setOrder(2)


def mesh_by(sizes: int, dim: int, repeats: Sequence[Repeat] = ()) -> None:
    """Mesh the current model with cells of the sizes that a field of gmsh gives."""
    import gmsh

    mesh = gmsh.model.mesh
    mesh.field.setAsBackgroundMesh(sizes)
    try:
        mesh.generate(1)
        for repeat in repeats:
            repeat.copy_curves()
        mesh.generate(2)
    except Exception as error:  # gmsh raises bare Exceptions
        raise InputError(
            f"gmsh cannot mesh the faces of this geometry ({str(error).splitlines()[0]}); allowed: "
            "another seed, gap or size of cells"
        ) from error
    for repeat in repeats:
        repeat.copy_faces()
    if dim == 3:
        _fill()


def improve(dim: int) -> None:
    """Improve the cells in three dimensions where one is bad."""
    import gmsh

    for method in ("Netgen", "Relocate3D") if dim == 3 else ():
        if worst(dim) < FAIR:
            gmsh.model.mesh.optimize(method)


def _fill() -> None:
    """Fill all volumes; gmsh leaves those empty at which its algorithm fails, so try others."""
    import gmsh

    volumes = gmsh.model.getEntities(3)
    for algorithm in ALGORITHMS:
        gmsh.option.setNumber("Mesh.Algorithm3D", algorithm)
        with suppress(Exception):  # gmsh raises bare Exceptions; what counts are the cells
            gmsh.model.mesh.generate(3)
        if all(len(gmsh.model.mesh.getElements(3, tag)[0]) for _, tag in volumes):
            return
        gmsh.model.mesh.clear(volumes)
    raise InputError(
        "gmsh cannot fill a volume of this geometry; allowed: another seed, gap or size of cells"
    )
