"""A mesh whose regions and boundaries have names, distributed over the ranks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from . import _dolfinx as dx
from .errors import FemionError, InputError, unknown

Ints = npt.NDArray[np.int32]


@dataclass
class Domain:
    """A DOLFINx mesh with names instead of tags.

    `regions` and `boundaries` map names to the tags in `cells` and `facets`. Every cell must be
    in a region. Lengths are in metres.
    """

    mesh: Any
    cells: Any
    facets: Any
    regions: dict[str, int]
    boundaries: dict[str, int]
    info: dict[str, float] | None = None
    world: Any = None  #: the caller's communicator; the mesh has a duplicate of its own

    def __post_init__(self) -> None:
        topology = self.mesh.topology
        self.tdim = topology.dim
        topology.create_entities(self.tdim - 1)
        topology.create_connectivity(self.tdim - 1, self.tdim)
        topology.create_connectivity(self.tdim, self.tdim - 1)
        own = self.cell_tag[: topology.index_map(self.tdim).size_local]
        untagged = int(np.count_nonzero(~np.isin(own, list(self.regions.values()))))
        if total := self.comm.allreduce(untagged):
            raise InputError(
                f"{total} cells of the mesh are in no named region; "
                f"known regions: {', '.join(sorted(self.regions))}"
            )
        dx.give_back()

    @property
    def comm(self) -> Any:
        """The communicator of everything on this mesh; a lasting one, so PETSc can clean up."""
        return self.world or self.mesh.comm

    @cached_property
    def cell_tag(self) -> Ints:
        """Region tag of every local cell, 0 where it has none."""
        tag = np.zeros(dx.num_cells(self.mesh), dtype=np.int32)
        tag[self.cells.indices] = self.cells.values
        return tag

    @cached_property
    def size(self) -> float:
        """Longest edge of the bounding box [m]."""
        x = self.mesh.geometry.x
        ends = np.full(6, -np.inf)
        if len(x):
            ends = np.concatenate([x.max(axis=0), -x.min(axis=0)])
        self.comm.Allreduce(MPI.IN_PLACE, ends, MPI.MAX)
        return float((ends[:3] + ends[3:]).max())

    def region_cells(self, names: Sequence[str]) -> Ints:
        """Local cells (ghosts too) of some regions, sorted."""
        for name in names:
            if name not in self.regions:
                raise unknown("region", name, self.regions)
        return np.flatnonzero(np.isin(self.cell_tag, [self.regions[n] for n in names])).astype(
            np.int32
        )

    def boundary_sides(self, name: str) -> tuple[Ints, Ints]:
        """Cells and local facet numbers on a named boundary, every (facet, cell) pair."""
        if name not in self.boundaries:
            raise unknown("boundary", name, self.boundaries)
        facets = self.facets.find(self.boundaries[name])
        f2c = self.mesh.topology.connectivity(self.tdim - 1, self.tdim)
        count = np.diff(f2c.offsets)[facets]
        of = np.repeat(facets, count)
        cells = np.concatenate([f2c.links(f) for f in facets]) if len(facets) else of
        return cells.astype(np.int32), self._local_facet(cells, of)

    def interior_sides(self) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """(cell, local facet) twice for each interior facet seen here, and whether it is ours."""
        f2c = self.mesh.topology.connectivity(self.tdim - 1, self.tdim)
        facets = np.flatnonzero(np.diff(f2c.offsets) == 2).astype(np.int32)
        c = np.stack([f2c.array[f2c.offsets[facets]], f2c.array[f2c.offsets[facets] + 1]])
        border = self.cell_tag[c[0]] != self.cell_tag[c[1]]
        facets, c = facets[border], c[:, border]
        sides = [c[0], self._local_facet(c[0], facets), c[1], self._local_facet(c[1], facets)]
        owned = facets < self.mesh.topology.index_map(self.tdim - 1).size_local
        return np.stack(sides, axis=1).astype(np.int32), owned

    def _local_facet(self, cells: Ints, facets: Ints) -> Ints:
        c2f = self.mesh.topology.connectivity(self.tdim, self.tdim - 1)
        width = c2f.offsets[1] - c2f.offsets[0] if len(c2f.offsets) > 1 else 1
        table = c2f.array.reshape(-1, width)[cells]
        return np.argmax(table == np.asarray(facets)[:, None], axis=1).astype(np.int32)


def collectively(comm: Any, action: Callable[[], Any]) -> Any:
    """Run `action` on rank 0 only; if it fails, every rank raises the same sentence."""
    result, error = None, None
    if comm.rank == 0:
        try:
            result = action()
        except FemionError as failure:
            error = failure
        except ValueError as failure:
            error = InputError(str(failure))
        except Exception as failure:  # gmsh raises bare Exceptions; no rank may wait for this one
            error = FemionError(f"the mesh could not be made: {failure}")
    if (failed := comm.bcast(error)) is not None:
        raise failed
    return result


def _write(path: Path) -> None:
    import gmsh

    if path.suffix != ".msh" or not path.parent.is_dir():
        raise InputError(
            f"output '{path}' cannot be written; allowed: a .msh in an existing folder"
        )
    gmsh.write(str(path))


def _distributed(geometry: Any, comm: Any, output: str | Path | None) -> Domain:
    """The Domain of a Geometry that makes arrays; gmsh is used for `output` only."""
    from .geometry import mesh_model

    held = collectively(comm, geometry.arrays)
    if output is not None:

        def write() -> None:
            with mesh_model(replace(geometry, draw=held.draw)):
                _write(Path(output))

        collectively(comm, write)
    names = comm.bcast(held.outline() if comm.rank == 0 else None)
    held = held or names
    parts = (held.regions, held.boundaries)
    data = dx.distribute(comm, held.points, [list(part.values()) for part in parts])
    regions, boundaries = ({name: k for k, name in enumerate(part, 1)} for part in parts)
    return Domain(*data, regions, boundaries, {**geometry.info, **held.info}, comm)


def mesh(geometry: Any, comm: Any = MPI.COMM_WORLD, output: str | Path | None = None) -> Domain:
    """Mesh a Geometry on rank 0 and distribute it; names are those of its physical groups.

    A path is read as a gmsh file (.msh or .geo). The mesh is also written to `output`, a gmsh file
    (.msh). Raises InputError if it cannot be built.
    """
    from .geometry import Geometry, from_file, mesh_model

    if isinstance(geometry, Domain):
        return geometry
    if isinstance(geometry, str | Path):
        geometry = from_file(geometry)
    if not isinstance(geometry, Geometry):
        raise InputError(f"geometry = {geometry!r}; allowed: a Geometry, a Domain or a mesh file")
    if geometry.arrays is not None:
        return _distributed(geometry, comm, output)
    model = mesh_model(geometry)
    drawn = collectively(comm, model.__enter__)
    try:
        if output is not None:
            collectively(comm, partial(_write, Path(output)))
        data = dx.read_gmsh(drawn, comm, geometry.dim)
    finally:
        if comm.rank == 0:
            model.__exit__(None, None, None)
    built, cells, facets, groups = data
    named = [
        {n: t for n, (d, t) in groups.items() if d == k} for k in (geometry.dim, geometry.dim - 1)
    ]
    if cells is None or not named[0]:
        raise InputError(f"mesh of {geometry.name!r} has no named region (gmsh physical group)")
    return Domain(built, cells, facets, named[0], named[1], dict(geometry.info), comm)
