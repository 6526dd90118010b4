"""A user's own gmsh mesh (.msh) or script (.geo) with named physical groups."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np

from femion.errors import InputError
from femion.geometry.base import Geometry, mesh_model, number, scale_mesh

SUFFIXES = (".msh", ".geo", ".geo_unrolled")


def from_file(path: str | Path, *, scale: float = 1.0) -> Geometry:
    """The mesh of a .msh or .geo file; its physical names become regions and boundaries.

    Args:
        path: File that gmsh reads.
        scale: Length of the file's unit [m]: 1e-6 for a file drawn in micrometres.

    Raises:
        ValueError: The file is missing, or has no named region. When the mesh is made: a cell is
            in no region or in several or is no simplex, a physical group has no name or is of
            entities that are not there, or a 2D mesh does not lie at one z.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"file '{path}' is of an unknown kind; allowed: {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise InputError(f"file '{path}' does not exist; allowed: an existing .msh or .geo file")
    number("scale", scale, 0.0, unit="m")
    groups = _names_in_msh(path) if path.suffix == ".msh" else _names_in_script(path)
    _refuse_unnamed(path, groups)
    dim = max((d for d, _ in groups), default=0)
    if dim < 2:
        raise InputError(
            f"file '{path}' has no named region; allowed: physical groups with names of all "
            "surfaces (2D) or of all volumes (3D)"
        )
    return Geometry(path.stem, dim, partial(_draw, path, dim, scale))


def _names_in_msh(path: Path) -> list[tuple[int, str]]:
    """(dimension, name) of the groups in the head of a mesh file; nothing else is read."""
    groups: list[tuple[int, str]] = []
    with path.open("rb") as file:
        if not file.readline().startswith(b"$MeshFormat"):
            raise InputError(f"file '{path}' is not a gmsh mesh; allowed: formats 2 and 4")
        inside = False
        for line in file:
            if line.startswith((b"$EndPhysicalNames", b"$Nodes", b"$Entities")):
                break
            entry = re.match(rb'\s*(\d+)\s+\d+\s+"(.*)"', line) if inside else None
            if entry:
                groups.append((int(entry[1]), entry[2].decode(errors="replace")))
            inside = inside or line.startswith(b"$PhysicalNames")
    return groups


def _names_in_script(path: Path) -> list[tuple[int, str]]:
    """(dimension, name) of the groups that a script makes; it is drawn but not meshed."""
    if not path.read_bytes().endswith(b"\n"):
        raise InputError(
            f"file '{path}' does not end with a line break, and gmsh may drop its last line "
            "without a word; allowed: a script that ends with an empty line"
        )
    with mesh_model(Geometry("names", 3, partial(_merge, path))) as model:
        _refuse_lower(path, model.getDimension(), model.getPhysicalGroups())
        return [(d, model.getPhysicalName(d, tag)) for d, tag in model.getPhysicalGroups()]


def _refuse_unnamed(path: Path, groups: list[tuple[int, str]]) -> None:
    if any(not name for _, name in groups):
        raise InputError(
            f"file '{path}' has a physical group without a name; allowed: "
            'names for all, as in Physical Surface("electrolyte").'
        )
    names = [name for _, name in groups]
    for name in names:
        if "|" in name:
            raise InputError(
                f"file '{path}' has the physical name {name!r}; allowed: names without '|', which "
                "joins the names of two regions to that of their interface"
            )
        if names.count(name) > 1:
            raise InputError(
                f"file '{path}' uses the physical name {name!r} twice; allowed: different names"
            )


def _refuse_lower(path: Path, top: int, groups: list[tuple[int, int]]) -> None:
    if groups and max(d for d, _ in groups) < top:
        raise InputError(
            f"file '{path}' has dimension {top} but no physical group of it; allowed: "
            f"every cell in one named physical group of dimension {top}"
        )


def _merge(path: Path) -> None:
    import gmsh

    gmsh.logger.start()
    try:
        gmsh.merge(str(path))
    except Exception as error:  # gmsh raises bare Exception
        reason = " ".join(str(error).split())
        raise InputError(f"file '{path}' cannot be read by gmsh: {reason}") from error
    finally:
        said = gmsh.logger.get()
        gmsh.logger.stop()
    for line in said:
        if line.startswith("Warning: Skipping unknown"):
            raise InputError(f"file '{path}' cannot be meant so: gmsh says {line[9:]!r}")


def _draw(path: Path, dim: int, scale: float) -> None:
    """Read the file, mesh it where it has no cells, check its regions and convert to metres."""
    import gmsh

    _merge(path)
    groups = gmsh.model.getPhysicalGroups()
    _refuse_lower(path, gmsh.model.getDimension(), groups)
    _refuse_unnamed(path, [(d, gmsh.model.getPhysicalName(d, tag)) for d, tag in groups])
    if not len(gmsh.model.mesh.getElements(dim)[0]):
        gmsh.model.mesh.generate(dim)
    _refuse_mesh(path, dim)
    regions = [
        _cells(dim, entity)
        for d, tag in groups
        if d == dim
        for entity in gmsh.model.getEntitiesForPhysicalGroup(d, tag)
    ]
    marked = np.sort(np.concatenate([*regions, np.empty(0, np.uint64)]))
    if not np.array_equal(marked, np.sort(_cells(dim, -1))):
        raise InputError(
            f"file '{path}' has cells in no region or in several; allowed: "
            f"every cell in exactly one physical group of dimension {dim}"
        )
    scale_mesh(scale)


def _refuse_mesh(path: Path, dim: int) -> None:
    """Refuse cells that are no simplices, and flat meshes that are not flat."""
    import gmsh

    for kind in gmsh.model.mesh.getElements(dim)[0]:
        name = gmsh.model.mesh.getElementProperties(kind)[0]
        if not name.startswith(("Triangle", "Tetrahedron")):
            raise InputError(
                f"file '{path}' has cells of the kind {name!r}; allowed: triangles or tetrahedra"
            )
    x = np.reshape(gmsh.model.mesh.getNodes()[1], (-1, 3))
    if dim == 2 and len(x) and np.ptp(x[:, 2]) > 1e-9 * np.ptp(x[:, :2]):
        raise InputError(
            f"file '{path}' is a surface whose z goes from {x[:, 2].min():g} to "
            f"{x[:, 2].max():g}; allowed: a 2D mesh at one z, or volumes"
        )


def _cells(dim: int, entity: int) -> np.ndarray:
    import gmsh

    tags = gmsh.model.mesh.getElements(dim, entity)[1]
    return np.concatenate([*tags, np.empty(0, np.uint64)])
