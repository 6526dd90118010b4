"""Which nodes of a box are images of each other, whichever ranks hold them."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from ..errors import InputError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CLOSE = 1e-6  # what counts as the same place, over the size of the box


class Box(NamedTuple):
    """The bounding box of a mesh: lower corner and extents [m]."""

    low: Floats
    size: Floats

    @property
    def volume(self) -> float:
        """Of the whole cell, holes included [m^dim]."""
        return float(np.prod(self.size))

    def ends(self, x: Floats) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Whether points (n, dim) are on the lower and on the upper face of each axis."""
        near = CLOSE * self.size.max()
        return np.abs(x - self.low) < near, np.abs(x - self.low - self.size) < near


class Images(NamedTuple):
    """Local nodes on upper faces, the global node each repeats, and by how many cells."""

    nodes: Ints
    master: Ints
    cells: Floats


def box(domain: Any) -> Box:
    """The bounding box of a domain. Collective."""
    x = domain.mesh.geometry.x[:, : domain.tdim]
    low, high = np.full(domain.tdim, np.inf), np.full(domain.tdim, -np.inf)
    if len(x):
        low, high = x.min(axis=0), x.max(axis=0)
    domain.comm.Allreduce(MPI.IN_PLACE, low, MPI.MIN)
    domain.comm.Allreduce(MPI.IN_PLACE, high, MPI.MAX)
    return Box(low, high - low)


def images(V: Any, where: Box, comm: Any) -> Images:
    """Images among the nodes of a space on a box. Collective.

    Raises InputError where a node of one face has no partner on the opposite one.
    """
    from scipy.spatial import cKDTree

    imap, dim = V.dofmap.index_map, len(where.size)
    own = imap.size_local
    x = V.tabulate_dof_coordinates()[:, :dim]
    number = imap.local_to_global(np.arange(own + imap.num_ghosts, dtype=np.int32))
    low, high = where.ends(x)
    mine = np.flatnonzero((low | high)[:own].any(axis=1))
    parts = comm.allgather((number[mine], x[mine]))
    every, points = (np.concatenate([p[k] for p in parts]) for k in (0, 1))
    bottom, top = where.ends(points)
    for k in range(dim):
        if bottom[:, k].sum() != top[:, k].sum():
            raise _unmatched(k, points[np.argmax(top[:, k])])
    first = ~top.any(axis=1)
    upper = np.flatnonzero(high.any(axis=1))
    if not first.any():
        raise _unmatched(0, points[0])
    wrapped = x[upper] - high[upper] * where.size
    apart, found = cKDTree(points[first]).query(wrapped)
    lost = np.flatnonzero(apart > 2 * CLOSE * where.size.max())
    place = [x[upper[i]] for i in lost[:1]], [int(np.argmax(high[upper[i]])) for i in lost[:1]]
    for points_, axes in comm.allgather(place):
        for point, axis in zip(points_, axes, strict=True):
            raise _unmatched(axis, point)
    return Images(upper, every[first][found], high[upper].astype(float))


def _unmatched(axis: int, x: Floats) -> InputError:
    place = ", ".join(f"{v:.4g}" for v in x)
    return InputError(
        f"the meshes of the two faces across {'xyz'[axis]} differ near ({place}) m; allowed: a "
        "periodic mesh such as packing(..., periodic=...), or upscaling.through_plane"
    )
