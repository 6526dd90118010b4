"""Meshes of segmented images: voxels split into simplices, interfaces smoothed or as they are."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femion.errors import InputError
from femion.geometry import segmented
from femion.geometry.base import Geometry, Length, count, distinct, metres
from femion.geometry.picture import Picture


def voxels(
    image: str | Path | npt.ArrayLike,
    voxel: Length | Sequence[Length],
    labels: Mapping[int, str] | Mapping[str, str],
    *,
    smooth: int = 0,
    periodic: str = "",
    crop: Sequence[Sequence[int]] | None = None,
    coarsen: int = 1,
    fill: Sequence[str] = (),
    keep_largest: Sequence[str] = (),
) -> Geometry:
    """A segmented image, such as tomography, as a mesh with a region for each phase.

    Every voxel is split into 2 triangles or 6 tetrahedra (more where interfaces are smoothed). The
    outer faces are `x0`, `x1`, `y0`, ...; where a phase that is not the first in `labels` reaches
    a face, that part is `x0_<phase>`. Exact facts are counts of voxels; the mesh adds the area of
    each interface, `area.<a>|<b>`, to that of the voxels, `voxel_area.<a>|<b>`, which for a curved
    surface is far too large: 4/pi times in 2D, 3/2 times in 3D.

    Args:
        image: array[x, y] or array[x, y, z] of whole numbers, or a file: .npy, or .tif or .png
            with x along rows of pixels, y down and z through the pages.
        voxel: Edge of a voxel, or one for each axis [m].
        labels: Name of the phase of each number in the image; names may repeat.
        smooth: Passes over the interfaces, 0 for voxels as they are. About 25 take away the steps
            of voxels; each phase keeps its volume, outer faces stay flat, and lines where
            three phases meet are smoothed along themselves. A node that would spoil a cell
            (quality below 0.1) goes only part of its way.
        periodic: Axes along which the image repeats, as "yz"; opposite faces get equal meshes.
        crop: For each axis the first voxel and the one after the last.
        coarsen: Voxels along an edge of a block that becomes one voxel, by majority.
        fill: Phases whose islands (pieces that touch no outer face) become what surrounds them.
        keep_largest: Phases of which all pieces but the largest become what surrounds them.

    Raises:
        ValueError: The file, the image or a label is not possible.
    """
    found = segmented.cropped(segmented.read(image), crop)
    phases, names = segmented.named(found, labels)
    phases = segmented.coarsened(phases, coarsen)
    dim = phases.ndim
    axes = "xyz"[:dim]
    if not isinstance(periodic, str) or not set(periodic) <= set(axes):
        raise InputError(f"periodic = {periodic!r} is not possible; allowed: some of {axes!r}")
    for k in segmented.number_of(names, fill, "fill"):
        phases = segmented.filled(phases, segmented.islands(phases, k, periodic))
    for k in segmented.number_of(names, keep_largest, "keep_largest"):
        phases = segmented.largest(phases, k, periodic)
    edges = voxel if isinstance(voxel, Sequence) and not isinstance(voxel, str) else [voxel] * dim
    if len(edges) != dim:
        raise InputError(f"voxel = {voxel!r} is not possible; allowed: one edge, or {dim}")
    size = np.array([metres("voxel", e) * coarsen for e in edges])
    distinct(names, [f"{a}{i}" for a in axes for i in (0, 1)])
    picture = Picture(phases, names, size, periodic)
    recipe = partial(picture.mesh, count("smooth", smooth, 0))
    info = picture.info() | _loose(phases, names, periodic)
    return Geometry("voxels", dim, lambda: recipe().draw(), info, arrays=recipe)


def _loose(phases: segmented.Phases, names: Sequence[str], periodic: str) -> dict[str, float]:
    """Numbers of islands, each phase that has some with a warning."""
    facts = {}
    for k, name in enumerate(names):
        found = segmented.islands(phases, k, periodic)
        if n := int(found.max()):
            facts[f"islands.{name}"] = float(n)
            part = "1 piece touches" if n == 1 else f"{n} pieces touch"
            warnings.warn(
                f"in phase {name!r} {part} no outer face of the image ({np.count_nonzero(found)} "
                "voxels), where a phase that exchanges nothing has no definite potential; "
                f"fill=[{name!r}] gives such voxels to what surrounds them",
                skip_file_prefixes=(str(Path(__file__).parents[1]),),
            )
    return facts
