"""Effective conductivity or diffusivity of a geometry: by a periodic cell, or from face to face."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..domain import mesh
from ..errors import InputError, unknown
from .cell import Cell
from .surfaces import areas, volumes

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Conduction:
    """How a geometry conducts.

    Attributes:
        axes: Directions of the rows of the tensors, as "xy".
        tensor: Effective conductivity or diffusivity, in the unit of what was given.
        bulk: That of the reference region (the first one given).
        porosity: Share of the reference region in the whole cell [-].
        specific_area: Area of each interface "a|b", and of each boundary of holes, over the
            volume of the cell [1/m].
        imbalance: Flows through the faces against the dissipation inside, relative [-]: the error
            of the linear solver.
    """

    axes: str
    tensor: Floats
    bulk: float
    porosity: float
    specific_area: Mapping[str, float]
    imbalance: float = 0.0

    @property
    def relative(self) -> Floats:
        """Tensor over the reference region's own value [-]."""
        return self.tensor / self.bulk

    @property
    def macmullin(self) -> Floats:
        """N_M = bulk tensor^-1 [-]; infinite along what does not conduct."""
        values, vectors = np.linalg.eigh(self.relative)
        inverse = np.where(values > BLOCKED, 1 / np.maximum(values, BLOCKED), np.inf)
        if np.isinf(inverse).all():
            return np.diag(inverse)
        return np.asarray((vectors * inverse) @ vectors.T)

    @property
    def tortuosity(self) -> Floats:
        """Tensor of tortuosity factors, porosity times N_M [-]: D_eff = porosity D tau^-1."""
        return self.porosity * self.macmullin

    @property
    def formation_factor(self) -> float:
        """Bulk over the mean of the directions, d bulk/tr(tensor) [-]."""
        mean = float(np.trace(self.relative)) / len(self.axes)
        return 1 / mean if mean > BLOCKED else float("inf")


BLOCKED = 1e-12  # relative conductivity of what does not conduct, to rounding


@dataclass(frozen=True)
class Layer:
    """A porous layer: thickness [m], porosity [-], open length in series with it [m]."""

    thickness: float
    porosity: float
    in_series: float = 0.0


def effective(geometry: Any, conductivities: Mapping[str, Any], degree: int = 2) -> Conduction:
    """k_eff with <k grad u> = k_eff <grad u>, u periodic but for its mean gradient.

    Args:
        geometry: Geometry, Domain or mesh file of a periodic cell: nodes on opposite faces match.
        conductivities: Of each region, in one unit of your choice: a number from 0 (insulator) to
            math.inf (perfect conductor), or a symmetric d x d matrix. The first region is the
            reference of porosity, tortuosity and MacMullin number, with all of its value.
        degree: Of the elements, 1 or 2.

    Raises:
        InputError: A region is not known or missing, the mesh is not periodic, or a perfect
            conductor percolates.
    """
    cell = _cell(geometry, conductivities, degree)
    tensor, off = cell.means(cell.periodic())
    return _conduction(cell, conductivities, "xyz"[: cell.dim], tensor, off)


def through_plane(
    geometry: Any,
    conductivities: Mapping[str, Any],
    axes: str = "x",
    *,
    layer: Layer | None = None,
    degree: int = 2,
) -> Conduction:
    """k_eff of a box between two opposite faces at given potentials, the others insulated.

    The mesh need not be periodic. Exact for mirror-symmetric cells; else a wall effect remains,
    and only the diagonal in the box's own directions is found (off the diagonal there are zeros).

    Args:
        geometry: Geometry, Domain or mesh file of a box.
        conductivities: As for `effective`.
        axes: Directions to solve for, as "x" or "xyz".
        layer: What part of the box it is about, with open space in series along the first axis
            that conducts as the reference region does: N_M = (L/k - in_series)/thickness
            (Landesfeind et al., J. Electrochem. Soc. 163, A1373 (2016)).
        degree: Of the elements, 1 or 2.

    Raises:
        InputError: A region is not known or missing, or an axis is not one of the mesh.
    """
    cell = _cell(geometry, conductivities, degree)
    known = "xyz"[: cell.dim]
    if not axes or any(a not in known for a in axes) or len(set(axes)) < len(axes):
        raise InputError(f"axes = {axes!r}; allowed: letters of {known!r}, each once")
    means = [cell.means([cell.through(known.index(a))]) for a in axes]
    tensor = np.diag([float(m[0, 0]) for m, _ in means])
    out = _conduction(cell, conductivities, axes, tensor, max(off for _, off in means))
    if layer is None:
        return out
    if len(axes) > 1:
        raise InputError(f"axes = {axes!r} with a layer; allowed: the one that crosses it")
    length = float(cell.box.size[known.index(axes)])
    macmullin = (length / float(out.relative[0, 0]) - layer.in_series) / layer.thickness
    share = length / layer.thickness
    return replace(
        out,
        tensor=np.array([[out.bulk / macmullin]]),
        porosity=layer.porosity,
        specific_area={name: share * a for name, a in out.specific_area.items()},
    )


def _cell(geometry: Any, conductivities: Mapping[str, Any], degree: int) -> Cell:
    domain = mesh(geometry)
    for name in conductivities:
        if name not in domain.regions:
            raise unknown("region", name, domain.regions)
    for name in domain.regions:
        if name not in conductivities:
            raise InputError(f"region {name!r} has no conductivity; allowed: 0 for an insulator")
    tensors = {n: _tensor(n, k, domain.tdim) for n, k in conductivities.items()}
    first = next(iter(tensors))
    if not 0 < np.trace(tensors[first][0, :, 0]) < np.inf:
        raise InputError(
            f"the first region, {first!r}, is the reference; allowed: a conductivity above 0 and "
            "below inf"
        )
    return Cell(domain, tensors, degree)


def _tensor(name: str, value: Any, dim: int) -> Floats:
    """Shape (1, d, 1, d); inf on the diagonal of a perfect conductor."""
    k = np.asarray(value, dtype=float)
    if k.shape == ():
        if not k >= 0:
            raise InputError(f"conductivity of region {name!r} = {value!r}; allowed: from 0")
        k = np.diag(np.full(dim, float(k)))
    if k.shape != (dim, dim):
        raise InputError(
            f"conductivity of region {name!r} has shape {k.shape}; allowed: a number or {dim} x "
            f"{dim} numbers"
        )
    if np.isfinite(k).all() and (not np.allclose(k, k.T) or np.linalg.eigvalsh(k)[0] < 0):
        raise InputError(f"conductivity of region {name!r} is not symmetric and positive")
    return k.reshape(1, dim, 1, dim)


def _conduction(
    cell: Cell, conductivities: Mapping[str, Any], axes: str, tensor: Floats, imbalance: float
) -> Conduction:
    cell.close()
    domain = cell.domain
    first = next(iter(conductivities.values()))
    matrix = np.asarray(first, dtype=float)
    bulk = float(np.trace(matrix) / len(matrix) if matrix.ndim else matrix)
    sizes, whole = volumes(domain), cell.box.volume
    same = [n for n, k in conductivities.items() if np.array_equal(k, first)]
    porosity = sum(sizes[n] for n in same) / whole
    specific = {name: a / whole for name, a in areas(domain, cell.box).items()}
    return Conduction(axes, tensor, bulk, porosity, specific, imbalance)
