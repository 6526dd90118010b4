"""What is drawn, brought to rank 0: each rank sends the cells and nodes it owns."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from ..domain import collectively
from ..errors import FemionError, InputError, unknown

Array = npt.NDArray[Any]

#: (cell, nodes per cell) -> VTK cell type and our local node at each place of VTK's order.
VTK: Mapping[tuple[str, int], tuple[int, list[int]]] = {
    ("triangle", 3): (5, [0, 1, 2]),
    ("triangle", 6): (22, [0, 1, 2, 5, 3, 4]),
    ("quadrilateral", 4): (9, [0, 1, 3, 2]),
    ("tetrahedron", 4): (10, [0, 1, 2, 3]),
    ("tetrahedron", 10): (24, [0, 1, 2, 3, 9, 6, 8, 7, 5, 4]),
}

#: VTK cell type -> the linear triangles or tetrahedra it is drawn with.
SPLIT: Mapping[int, list[list[int]]] = {
    5: [[0, 1, 2]],
    9: [[0, 1, 2], [0, 2, 3]],
    22: [[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]],
    10: [[0, 1, 2, 3]],
    24: [
        *([0, 4, 6, 7], [4, 1, 5, 8], [6, 5, 2, 9], [7, 8, 9, 3]),
        *([4, 9, 5, 6], [4, 9, 6, 7], [4, 9, 7, 8], [4, 9, 8, 5]),
    ],
}


@dataclass(frozen=True)
class Piece:
    """One phase or region on rank 0: nodes [m], cells in VTK's order, nodal values in SI."""

    name: str
    points: Array
    cells: Array
    kind: int  #: VTK cell type
    values: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def simplices(self) -> Array:
        """Linear triangles or tetrahedra, shape (n, dim + 1)."""
        return self.cells[:, SPLIT[self.kind]].reshape(-1, len(SPLIT[self.kind][0]))

    @cached_property
    def rim(self) -> Array:
        """Facets of one simplex only: interfaces and outer boundary, shape (n, dim)."""
        width = self.simplices.shape[1]
        drop = [[k for k in range(width) if k != j] for j in range(width)]
        facets = self.simplices[:, drop].reshape(-1, width - 1)
        ordered = np.sort(facets, axis=1).astype(np.int64)
        key = ordered[:, 0]
        for column in ordered[:, 1:].T:
            key = np.unique(key, return_inverse=True)[1] * len(self.points) + column
        _, first, count = np.unique(key, return_index=True, return_counts=True)
        rim: Array = facets[first[count == 1]]
        return rim

    def grid(self, cells: Array | None = None, kind: int | None = None) -> Any:
        """As a pyvista.UnstructuredGrid with point data; other cells may be given."""
        import pyvista

        cells = self.cells if cells is None else cells
        types = np.full(len(cells), kind or self.kind, dtype=np.uint8)
        head = np.full((len(cells), 1), cells.shape[1])
        out = pyvista.UnstructuredGrid(np.hstack([head, cells]).ravel(), types, self.points)
        for name, values in self.values.items():
            out.point_data[name] = values
        return out


def pieces(
    solution: Any, names: Sequence[str], phases: Sequence[str] | None = None
) -> dict[str, Piece]:
    """{phase: Piece} of the phases that have one of the fields; {} beside rank 0. Collective.

    Raises InputError for an unknown phase, or a field that none of the phases has.
    """
    out = {}
    for block in chosen(solution, names, phases):
        here = [n for n in names if n in block.shown]
        imap = block.V.dofmap.index_map
        with solution.active():
            columns = [v[: imap.size_local, None] for v in block.nodal(here).values()]
        nodes = rows(solution.comm, np.hstack([block.node_x[: imap.size_local], *columns]))
        kind, cells = _cells(block, solution.comm)
        if solution.comm.rank == 0:
            values = {n: nodes[:, 3 + k].copy() for k, n in enumerate(here)}
            out[block.name] = Piece(block.name, nodes[:, :3].copy(), cells, kind, values)
    return out


def grids(solution: Any, field: str, phases: Sequence[str] | None = None) -> dict[str, Any]:
    """{phase: pyvista.UnstructuredGrid} with a field, mol/m3 or V; {} beside rank 0. Collective.

    Points are in metres. Quadratic elements give quadratic cells.
    """
    return {n: p.grid() for n, p in pieces(solution, [field], phases).items()}


def chosen(solution: Any, names: Sequence[str], phases: Sequence[str] | None) -> list[Any]:
    """Blocks of some phases (default: all) that have one of the fields."""
    blocks = {b.name: b for b in solution.problem.phases}
    picked = list(blocks) if phases is None else [phases] if isinstance(phases, str) else phases
    for name in picked:
        if name not in blocks:
            raise unknown("phase", name, blocks)
    known = {n for p in picked for n in blocks[p].shown}
    for name in names:
        if name not in known:
            raise unknown("field", name, known)
    return [blocks[p] for p in picked if set(names) & set(blocks[p].shown)]


def sheets(solution: Any, names: Sequence[str], phases: Sequence[str] | None) -> list[list[str]]:
    """The same phases in groups that no two phases on the same cells are in. Collective.

    Where there are such phases, those of a group have species in common.
    """
    blocks = chosen(solution, names, phases)
    if not any(_overlap(a, b) for a, b in list(combinations(blocks, 2))):
        return [[block.name for block in blocks]]
    out: list[list[Any]] = []
    for block in blocks:
        for sheet in out:
            alike = set(block.species) & set(sheet[0].species)
            if alike and not any(_overlap(block, other) for other in sheet):
                sheet.append(block)
                break
        else:
            out.append([block])
    return [[block.name for block in sheet] for sheet in out]


def _overlap(a: Any, b: Any) -> bool:
    """Whether two phases have cells in common. Collective."""
    shared = np.intersect1d(a.parent_cells[a.own_cells], b.parent_cells[b.own_cells])
    return bool(a.mesh.comm.allreduce(len(shared)))


def rows(comm: Any, array: Array) -> Array:
    """Rows of all ranks in the order of the ranks on rank 0, no rows elsewhere. Collective."""
    array = np.ascontiguousarray(array)
    counts = comm.gather(array.size)
    if comm.rank:
        comm.Gatherv(array, None)
        return array[:0]
    out = np.empty((sum(counts) // max(1, _width(array)), *array.shape[1:]), dtype=array.dtype)
    comm.Gatherv(array, (out, counts))
    return out


def on_root(comm: Any, action: Callable[[], Any]) -> Any:
    """Result of `action` on rank 0, told to every rank; its failure is everybody's. Collective.

    The other ranks sleep meanwhile, so that drawing has the processor to itself.
    """
    outcome = _attempt(action) if comm.rank == 0 else None
    request = comm.Ibarrier()
    while not request.Test():
        time.sleep(0.002)
    return comm.bcast(collectively(comm, outcome))  # type: ignore[arg-type]


def _attempt(action: Callable[[], Any]) -> Callable[[], Any]:
    """What an action gave, or raises it if it was a failure that users can understand."""
    error: Exception
    try:
        result = action()
    except (FemionError, ValueError) as failure:
        error = failure
    except OSError as failure:
        error = InputError(f"cannot be written: {failure}")
    except ImportError as failure:
        error = FemionError(f"drawing needs a package that is missing: {failure}")
    else:
        return lambda: result

    def fail() -> Any:
        raise error

    return fail


def _cells(block: Any, comm: Any) -> tuple[int, Array]:
    """VTK type and cells of a phase in global node numbers, shape (n, nodes per cell)."""
    V = block.V
    nodes = V.dofmap.list[: block.mesh.topology.index_map(block.mesh.topology.dim).size_local]
    kind, order = vtk_order(block.mesh.topology.cell_name(), nodes.shape[1])
    everywhere = V.dofmap.index_map.local_to_global(nodes[:, order].ravel().astype(np.int32))
    return kind, rows(comm, everywhere.reshape(-1, len(order)))


def vtk_order(cell: str, nodes: int) -> tuple[int, list[int]]:
    """VTK type of a cell with so many nodes, and the order of the nodes."""
    if (cell, nodes) not in VTK:
        known = [f"{c} with {n} nodes" for c, n in VTK]
        raise unknown("cell that can be drawn:", f"{cell} with {nodes} nodes", known)
    return VTK[cell, nodes]


def _width(array: Array) -> int:
    return int(np.prod(array.shape[1:]))
