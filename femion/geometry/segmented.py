"""A segmented image: read, checked, cropped, coarsened, and freed of pieces that hang loose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femion.errors import InputError, unknown
from femion.geometry.base import count

Phases = npt.NDArray[np.uint8]
KINDS = (".npy", ".tif", ".tiff", ".png")


def read(image: Any) -> npt.NDArray[Any]:
    """Labels of the voxels, array[x, y] or array[x, y, z], of an array or a file."""
    if isinstance(image, str | Path):
        found = _file(Path(image))
    else:
        found = np.asarray(image)
    if found.dtype.kind not in "biu":
        raise InputError(
            f"image has values of type {found.dtype}; allowed: whole numbers, one for each phase "
            "(a segmented image, not grey values)"
        )
    if found.ndim not in (2, 3) or not found.size:
        raise InputError(
            f"image has the shape {found.shape}; allowed: voxels in two or three dimensions"
        )
    return found.astype(np.uint8) if found.dtype.kind == "b" else found


def _file(path: Path) -> npt.NDArray[Any]:
    if path.suffix.lower() not in KINDS:
        raise InputError(f"image '{path}' is of an unknown kind; allowed: {', '.join(KINDS)}")
    if not path.is_file():
        raise InputError(f"image '{path}' does not exist; allowed: an existing file")
    try:
        if path.suffix.lower() == ".npy":
            return np.asarray(np.load(path, allow_pickle=False))
        return _pages(path)
    except InputError:
        raise
    except Exception as error:  # Pillow raises what its decoders raise
        reason = " ".join(str(error).split())
        raise InputError(f"image '{path}' cannot be read: {reason}") from error


def _pages(path: Path) -> npt.NDArray[Any]:
    """Columns, rows and pages of an image file are x, y and z."""
    from PIL import Image

    with Image.open(path) as file:
        n = getattr(file, "n_frames", 1)
        pages = []
        for page in range(n):
            file.seek(page)
            pages.append(np.array(file))
    if any(page.ndim != 2 or page.shape != pages[0].shape for page in pages):
        raise InputError(
            f"image '{path}' has colours, or pages of different sizes; allowed: one number per "
            "voxel and pages of one size"
        )
    return np.stack(pages).T if n > 1 else pages[0].T


def cropped(image: npt.NDArray[Any], crop: Sequence[Sequence[int]] | None) -> npt.NDArray[Any]:
    """The voxels from the first up to the second number along each axis."""
    if crop is None:
        return image
    wrong = InputError(
        f"crop = {crop!r} is not possible; allowed: for each axis of the image {image.shape} the "
        "first voxel and the one after the last"
    )
    if len(crop) != image.ndim or any(len(span) != 2 for span in crop):
        raise wrong
    for (a, b), n in zip(crop, image.shape, strict=True):
        if not (isinstance(a, int) and isinstance(b, int) and 0 <= a < b <= n):
            raise wrong
    return image[tuple(slice(a, b) for a, b in crop)]


def named(
    image: npt.NDArray[Any], labels: Mapping[int, str] | Mapping[str, str]
) -> tuple[Phases, tuple[str, ...]]:
    """Numbers of phases instead of labels, and the names of the phases."""
    names: dict[int, str] = {}
    for key, name in labels.items():
        text = str(key).strip()
        if isinstance(key, bool) or not text.lstrip("-").isdigit() or not isinstance(name, str):
            raise InputError(
                f"labels[{key!r}] = {name!r} is not possible; allowed: a whole number and a name"
            )
        names[int(text)] = name
    there = [int(v) for v in np.unique(image)]
    for value in there:
        if value not in names:
            raise InputError(
                f'label {value} of the image has no name; allowed: labels = {{{value}: "..."}}'
            )
    for value in names:
        if value not in there:
            known = ", ".join(map(str, there))
            raise InputError(f"label {value} is not in the image; allowed: {known}")
    phases = tuple(dict.fromkeys(names.values()))
    if len(phases) > 250:
        raise InputError(f"labels name {len(phases)} phases; allowed: at most 250")
    table = np.array([phases.index(names[value]) for value in there], dtype=np.uint8)
    return table[np.searchsorted(there, image)], phases


def coarsened(phases: Phases, factor: int) -> Phases:
    """Blocks of factor^dim voxels as one, of the phase that most have (the first of equals)."""
    if count("coarsen", factor) == 1:
        return phases
    if any(n % factor for n in phases.shape):
        raise InputError(
            f"coarsen = {factor} does not divide the image of {phases.shape} voxels; allowed: a "
            "divisor, or a crop to multiples of it"
        )
    blocks = phases.reshape([k for n in phases.shape for k in (n // factor, factor)])
    inner = tuple(range(1, 2 * phases.ndim, 2))
    votes = [(blocks == k).sum(axis=inner) for k in range(int(phases.max()) + 1)]
    return np.argmax(votes, axis=0).astype(np.uint8)


def pieces(mask: npt.NDArray[np.bool_], periodic: str) -> tuple[npt.NDArray[np.int32], int]:
    """Number of the connected piece of each voxel (0: none) and how many there are."""
    from scipy.ndimage import label
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    found, n = label(mask)
    pairs = [
        np.stack([found.take(0, axis).ravel(), found.take(-1, axis).ravel()])
        for axis in range(mask.ndim)
        if "xyz"[axis] in periodic
    ]
    if not pairs:
        return found, int(n)
    a, b = np.concatenate(pairs, axis=1)
    a, b = a[(a > 0) & (b > 0)], b[(a > 0) & (b > 0)]
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(n + 1, n + 1))
    joined, group = connected_components(graph, directed=False)
    return group[found].astype(np.int32), int(joined) - 1  # 0 is joined to nothing


def islands(phases: Phases, k: int, periodic: str) -> npt.NDArray[np.int32]:
    """Pieces of phase k that touch no outer face, numbered from 1; 0 elsewhere."""
    found, n = pieces(phases == k, periodic)
    inside = np.ones(n + 1, dtype=bool)
    for axis in range(phases.ndim):
        for end in (0, -1):
            inside[found.take(end, axis)] = False
    inside[0] = False
    number = np.where(inside, np.cumsum(inside), 0)
    return number[found].astype(np.int32)


def filled(phases: Phases, loose: npt.NDArray[np.int32]) -> Phases:
    """Each numbered piece becomes the phase that has most of the voxels around it."""
    from scipy.ndimage import binary_dilation, find_objects

    result = phases.copy()
    for piece, box in enumerate(find_objects(loose), 1):
        around = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in box)
        mine = loose[around] == piece
        ring = binary_dilation(mine) & ~mine
        result[around][mine] = np.bincount(phases[around][ring]).argmax()
    return result


def largest(phases: Phases, k: int, periodic: str) -> Phases:
    """Only the largest piece of phase k stays; the others become what surrounds them."""
    found, n = pieces(phases == k, periodic)
    sizes = np.bincount(found.ravel(), minlength=n + 1)
    sizes[0] = 0
    lesser = np.where((found > 0) & (found != sizes.argmax()), found, 0)
    _, loose = np.unique(lesser, return_inverse=True)
    return filled(phases, loose.reshape(phases.shape).astype(np.int32))


def number_of(names: Sequence[str], wanted: Sequence[str], field: str) -> list[int]:
    """Numbers of named phases."""
    if isinstance(wanted, str):
        raise InputError(f"{field} = {wanted!r} is not possible; allowed: a list of names")
    for name in wanted:
        if name not in names:
            raise unknown(f"phase of {field}", name, names)
    return [names.index(name) for name in wanted]
