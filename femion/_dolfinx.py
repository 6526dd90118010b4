"""Every call whose spelling depends on the DOLFINx version, and nothing else.

Written for 0.11; femion's other modules import DOLFINx only for what is stable.
"""

import ctypes
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import basix
import basix.ufl
import dolfinx
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, graph, jit, la, mesh
from dolfinx.io.utils import distribute_entity_data
from mpi4py import MPI
from petsc4py import PETSc
from ufl.algorithms.analysis import extract_constants
from ufl.corealg.traversal import unique_pre_traversal

from .formcache import compiling

Ints = npt.NDArray[np.int32]

SUPPORTED = (0, 11)
version = dolfinx.__version__
if tuple(int(part) for part in version.split(".")[:2]) != SUPPORTED:
    raise ImportError(f"femion needs DOLFINx >=0.11,<0.12; found {version}")

SIMPLICES = (basix.CellType.interval, basix.CellType.triangle, basix.CellType.tetrahedron)

VERTICES = 0.05  #: share of the vertices in the rule of degree 2

#: In a folder of their own, so that only femion's processes compile there.
FORMS = jit.get_options()["cache_dir"] / "femion"


def partitioner() -> Any:
    """Cells on both sides of every facet of a rank: interfaces may be cut by the partition."""
    return mesh.create_cell_partitioner(mesh.GhostMode.shared_facet, 2)


def read_gmsh(model: Any, comm: Any, gdim: int) -> tuple[Any, Any, Any, dict[str, tuple[int, int]]]:
    """(mesh, cell tags, facet tags, {name: (dim, tag)}) of the gmsh model on rank 0."""
    from dolfinx.io import gmsh as reader

    data = reader.model_to_mesh(model, comm, 0, gdim=gdim, partitioner=partitioner())
    names = {name: (group.dim, group.tag) for name, group in data.physical_groups.items()}
    return data.mesh, data.cell_tags, data.facet_tags, names


def distribute(comm: Any, points: Any, groups: Sequence[Sequence[Any]]) -> tuple[Any, Any, Any]:
    """(mesh, cell tags, facet tags) of arrays on rank 0; tags count the groups from 1.

    `points` has shape (points, dim) and `groups` are the cells of each region and the facets of
    each boundary, as numbers of points; other ranks give arrays without rows.
    """
    dim = points.shape[1]
    kind = {2: "triangle", 3: "tetrahedron"}[dim]
    element = basix.ufl.element("P", kind, 1, shape=(dim,))
    cells = np.concatenate(groups[0])
    built = mesh.create_mesh(comm, cells, ufl.Mesh(element), points, partitioner())
    tags = []
    for k, group in enumerate(groups):
        rows = np.concatenate([np.empty((0, dim + 1 - k), np.int64), *group])
        number = np.repeat(np.arange(1, len(group) + 1, dtype=np.int32), [len(g) for g in group])
        built.topology.create_connectivity(dim - k, dim)
        here, tag = distribute_entity_data(built, dim - k, rows, number)
        found = mesh.meshtags_from_entities(built, dim - k, graph.adjacencylist(here), tag)
        tags.append(found)
    return built, tags[0], tags[1]


def give_back() -> None:
    """Return freed memory to the system: what meshing leaves behind is 0.7 kB per unknown.

    glibc keeps it in pieces that no later array fits into; other C libraries have no such call.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def submesh(parent: Any, cells: Ints) -> tuple[Any, Any, Ints]:
    """(mesh of these cells, entity map for forms, parent cell of each of its cells). Collective.

    All cells are the parent itself, without a map: its copy is 0.4 kB per unknown.
    """
    total = num_cells(parent)
    if parent.comm.allreduce(len(cells) == total, op=MPI.LAND):
        return parent, None, np.arange(total, dtype=np.int32)
    sub, cell_map, _, _ = mesh.create_submesh(parent, parent.topology.dim, cells)
    n = num_cells(sub)
    return sub, cell_map, cell_map.sub_topology_to_topology(np.arange(n, dtype=np.int32), False)


def num_cells(msh: Any) -> int:
    """Cells on this rank, ghosts included."""
    imap = msh.topology.index_map(msh.topology.dim)
    return int(imap.size_local + imap.num_ghosts)


def blocked_space(msh: Any, degree: int, components: int) -> Any:
    """Continuous Lagrange space with `components` unknowns interleaved at each node."""
    return fem.functionspace(
        msh, basix.ufl.element("P", msh.basix_cell(), degree, shape=(components,))
    )


def constant_space(msh: Any, components: int = 1) -> Any:
    """Blocked unknowns on each cell; tied together they are global scalars."""
    shape = (components,)
    return fem.functionspace(msh, basix.ufl.element("DG", msh.basix_cell(), 0, shape=shape))


def compile_form(form: Any, entity_maps: Sequence[Any] = ()) -> Any:
    """Compile a form; entity maps are needed when it joins several meshes."""
    maps = [m for m in entity_maps if m is not None]
    with compiling(form.ufl_domains()[0].ufl_cargo().comm, FORMS) as options:
        return fem.form(form, entity_maps=maps or None, jit_options=options)


def add_vector(array: npt.NDArray[np.float64], form: Any) -> None:
    """Add a linear form to a local array (ghost entries included, not communicated)."""
    fem.assemble_vector(array, form)


def add_matrix(A: Any, form: Any) -> None:
    """Add a bilinear form to a (local sub-)matrix entry by entry, through its index maps."""
    dolfinx.cpp.fem.petsc.assemble_matrix(
        A, form._cpp_object, fem.pack_constants(form), fem.pack_coefficients(form), [], True
    )


#: DOLFINx's Python interface fills matrices of square blocks up to this size.
LARGEST_BLOCK = 9


def block_matrix(form: Any) -> Any:
    """DOLFINx's own matrix for a bilinear form of one blocked space. Collective."""
    return fem.create_matrix(form)


def fill(M: Any, form: Any) -> None:
    """Replace the values of DOLFINx's own matrix (ghost rows are not communicated)."""
    M.set_value(0.0)
    constants, coefficients = fem.pack_constants(form), fem.pack_coefficients(form)
    dolfinx.cpp.fem.assemble_matrix(M._cpp_object, form._cpp_object, constants, coefficients, [])


def written(form: Any) -> npt.NDArray[np.bool_]:
    """Which pairs (test, trial) of a blocked space's components a form over cells can touch.

    Its kernels are run with NaN for every number: what they then leave zero they always do.
    """
    ufcx, ffi = form.ufcx_form, form.module.ffi
    bs = [V.dofmap.bs for V in form.function_spaces]
    sizes = [V.element.space_dimension for V in form.function_spaces]
    spaces = [c.function_space for c in form._cpp_object.coefficients]
    lengths = [sum(V.element.space_dimension for V in spaces), len(fem.pack_constants(form))]
    nan = np.full(max(*lengths, 3 * form.mesh.geometry.cmaps[0].dim), np.nan)
    A = np.zeros(sizes)
    pointer = [ffi.cast("double *", a.ctypes.data) for a in (A, nan, nan, nan)]
    for k in range(ufcx.form_integral_offsets[1]):  # integrals over cells come first
        tabulate = ufcx.form_integrals[k].tabulate_tensor_float64
        tabulate(*pointer, ffi.NULL, ffi.NULL, ffi.NULL)
    n, m = (size // b for size, b in zip(sizes, bs, strict=True))
    touched: npt.NDArray[np.bool_] = np.isnan(A.reshape(n, bs[0], m, bs[1])).any(axis=(0, 2))
    return touched


def integrate(form: Any, comm: Any) -> float:
    """A functional, summed over the ranks."""
    return float(comm.allreduce(fem.assemble_scalar(form)))


def facet_closure(V: Any) -> list[Ints]:
    """Local node numbers on each facet of a cell."""
    fdim = V.mesh.topology.dim - 1
    layout = V.dofmap.dof_layout
    count = len(basix.topology(V.mesh.basix_cell())[fdim])
    return [np.asarray(layout.entity_closure_dofs(fdim, k)) for k in range(count)]


def cell_centre(msh: Any) -> npt.NDArray[np.float64]:
    """Midpoint of the reference cell, shape (1, dim)."""
    points: npt.NDArray[np.float64] = basix.geometry(msh.basix_cell()).mean(axis=0, keepdims=True)
    return points


def volume(msh: Any, degree: int) -> Any:
    """Measure of the cells of a mesh, of a rule exact for polynomials of `degree`.

    Degree 2 on simplices has a small share of the vertices. Where a species is depleted within a
    cell, a rule without vertices sees next to nothing of what is left: the flux that neighbouring
    nodes can exchange is then bounded, and between imposed potentials the discrete equations may
    have no solution. A large share would carry more than the limiting current on a coarse mesh.
    """
    meta = {"quadrature_degree": degree}
    if degree == 2 and msh.basix_cell() in SIMPLICES:
        meta |= _with_vertices(msh.basix_cell())
    return ufl.Measure("dx", msh, metadata=meta)


@cache
def _with_vertices(cell: Any) -> dict[str, Any]:
    """Vertices and one inner point near each; the same arrays each time, so that forms compare.

    The place t of the inner points makes the mean of squares exact.
    """
    corners = basix.geometry(cell)
    n = len(corners)
    d, mean = n - 1, (2 / (n + 1) - VERTICES) / (1 - VERTICES)
    t = (1 - np.sqrt(1 - (1 + 1 / d) * (1 - mean))) / n
    inner = t * corners.sum(axis=0) + (1 - n * t) * corners
    weights = np.repeat([VERTICES / n, (1 - VERTICES) / n], n)
    return {
        "quadrature_rule": "custom",
        "quadrature_points": np.vstack([corners, inner]),
        "quadrature_weights": basix.cell.volume(cell) * weights,
    }


ADD = la.InsertMode.add


def node_vector(V: Any) -> Any:
    """One number per node of a blocked space."""
    return la.vector(V.dofmap.index_map, 1)


def expression(value: Any, points: Any, comm: Any) -> Any:
    """A UFL expression to be evaluated at reference points of each cell."""
    with compiling(comm, FORMS) as options:
        return fem.Expression(value, points, comm, jit_options=options)


def jit_version() -> str:
    """Version text for reports."""
    return f"DOLFINx {version}, PETSc {'.'.join(map(str, PETSc.Sys.getVersion()))}"


def scalar_space(msh: Any, degree: int) -> Any:
    """Continuous Lagrange space whose nodes are those of `blocked_space`."""
    return fem.functionspace(msh, ("Lagrange", degree))


def cell_vectors(msh: Any) -> Any:
    """Vectors of three components that are constant in each cell."""
    return fem.functionspace(msh, ("DG", 0, (3,)))


def interpolant(components: Sequence[Any], V: Any) -> Any:
    """A vector of UFL scalars to be interpolated into a blocked space."""
    value = ufl.as_vector([ufl.as_ufl(c) for c in components])
    return expression(value, V.element.interpolation_points, V.mesh.comm)


def varies(expression: Any) -> bool:
    """Whether an expression depends on the position or on fields."""
    variable = (ufl.classes.SpatialCoordinate, ufl.Coefficient)
    return any(isinstance(e, variable) for e in unique_pre_traversal(ufl.as_ufl(expression)))


def value(expression: Any) -> float:
    """Present value of an expression of numbers and Constants.

    They become plain numbers first: UFL's derivatives keep what they have seen (through
    functools.singledispatchmethod of Python 3.13), and with a Constant its mesh.
    """
    e = ufl.as_ufl(expression)
    numbers = {c: ufl.as_ufl(float(c)) for c in extract_constants(e)}
    return float(ufl.replace(e, numbers)(()))
