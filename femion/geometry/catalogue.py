"""Parameter files of meshes: TOML with `builder = "packing"` and the arguments of that builder.

A table `[extruded]` or `[revolved]` holds the arguments that make a flat geometry solid, `[lined]`
those that put layers on its walls.
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from femion.errors import InputError, unknown
from femion.geometry.arrays import array
from femion.geometry.base import Geometry
from femion.geometry.box import box3d, slab
from femion.geometry.cells import hull_cell, stack
from femion.geometry.channels import channel
from femion.geometry.fibres import fibre_mat
from femion.geometry.layers import layers
from femion.geometry.lined import lined
from femion.geometry.nets import spacer_net
from femion.geometry.packed import packing
from femion.geometry.planar import planar_cell
from femion.geometry.pores import nanopore
from femion.geometry.porous_electrode import half_cell
from femion.geometry.spacers import spacer_channel
from femion.geometry.swept import extruded, revolved
from femion.geometry.voxel_mesh import voxels

BUILDERS: dict[str, Callable[..., Geometry]] = {
    f.__name__: f
    for f in (
        array,
        box3d,
        fibre_mat,
        channel,
        half_cell,
        hull_cell,
        layers,
        nanopore,
        packing,
        planar_cell,
        slab,
        spacer_channel,
        spacer_net,
        stack,
        voxels,
    )
}
SWEEPS: dict[str, Callable[..., Geometry]] = {
    "extruded": extruded,
    "revolved": revolved,
    "lined": lined,
}


def from_toml(file: str | Path, changes: Sequence[str] = ()) -> Geometry:
    """The geometry that a parameter file describes.

    Args:
        file: A TOML file: `builder` and its arguments; the path of an `image` starts at its folder.
        changes: Arguments that replace those of the file, each as "key=value" with a TOML value; a
            value that is none is taken as text.

    Raises:
        InputError: The file, the builder, an argument or its value is not possible.
    """
    path = Path(file)
    if not path.is_file():
        raise InputError(f"file '{path}' does not exist; allowed: a TOML file with a builder")
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"file '{path}' is not TOML: {error}") from error
    for change in changes:
        key, separator, value = change.partition("=")
        if not separator:
            raise InputError(f"--set {change!r} is not possible; allowed: key=value")
        given[key.strip()] = _value(value.strip())
    name = given.pop("builder", None)
    if name not in BUILDERS:
        raise unknown("builder", name, BUILDERS)
    sweeps = {key: given.pop(key) for key in SWEEPS if isinstance(given.get(key), dict)}
    geometry: Geometry = _call(path, BUILDERS[name], name, given)
    for key, arguments in sweeps.items():
        geometry = _call(path, partial(SWEEPS[key], geometry), key, arguments)
    return geometry


def _call(
    path: Path, builder: Callable[..., Geometry], name: str, given: dict[str, Any]
) -> Geometry:
    """Call a builder with the arguments of a file."""
    signature = inspect.signature(builder)
    for key in given:
        if key not in signature.parameters:
            raise unknown(f"argument of {name}", key, signature.parameters)
    try:
        signature.bind(**given)
    except TypeError as error:
        raise InputError(f"file '{path}': {error}; needed by {name!r}") from error
    if isinstance(given.get("image"), str):
        given["image"] = path.parent / given["image"]
    return builder(**{key: _tuples(value) for key, value in given.items()})


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _tuples(value: Any) -> Any:
    """Lists as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
