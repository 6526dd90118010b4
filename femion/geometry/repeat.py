"""Equal meshes on opposite faces of a periodic box: made on one face and copied to the other.

Curves are copied before faces are meshed, faces before volumes are; so all that meets in an edge of
the box fits. A curve has the opposite one whose centre and length agree, a face the one that is
bounded by the opposite curves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from femion.errors import InputError
from femion.geometry.grid import Floats

ALIKE = 1e-2  # difference of centre and length of opposite curves, in particles
UNLIKE = (
    "the opposite faces of the periodic box do not match; allowed: another seed, size or spacing"
)


class Repeat:
    """The faces at the low and at the high end of one axis of the box.

    Attributes:
        shift: From the low to the high face.
        low: Entities of the low face (curves in two dimensions).
        high: Those of the high face.
    """

    def __init__(self, dim: int, low: Sequence[int], high: Sequence[int], shift: Floats) -> None:
        """Find which entity is opposite of which."""
        self.dim, self.shift = dim, shift
        self.curves, self.faces = {}, {}
        if dim == 2:
            self.curves = _alike(low, high, shift)
            return
        bounds, opposite = ({t: _curves(t) for t in tags} for tags in (low, high))
        self.curves = _alike(_union(bounds), _union(opposite), shift)
        found = {curves: tag for tag, curves in opposite.items()}
        for tag, curves in bounds.items():
            image = frozenset(self.curves[c] for c in curves)
            if image not in found:
                raise InputError(UNLIKE)
            self.faces[tag] = found.pop(image)
        if found:
            raise InputError(UNLIKE)

    def copy_curves(self) -> None:
        """Replace the meshes of the high curves by those of the low ones."""
        nodes = self._corners()
        for low, high in self.curves.items():
            _copy(1, low, high, self.shift, nodes)

    def copy_faces(self) -> None:
        """Replace the meshes of the high faces by those of the low ones."""
        nodes = self._corners()
        for low, high in self.curves.items():  # copies keep the order of the nodes
            nodes |= dict(zip(_nodes(low), _nodes(high), strict=True))
        for low, high in self.faces.items():
            _copy(2, low, high, self.shift, nodes)

    def _corners(self) -> dict[int, int]:
        """Node of each end of a high curve by that of the low one."""
        low, high = (_ends(tags) for tags in (self.curves, self.curves.values()))
        nodes = {}
        for node, x in low.items():
            apart = {other: float(np.abs(x + self.shift - y).max()) for other, y in high.items()}
            nodes[node] = min(apart, key=lambda other: apart[other])
        if len(low) != len(high) or len(set(nodes.values())) < len(nodes):
            raise InputError(UNLIKE)
        return nodes


def _curves(face: int) -> frozenset[int]:
    """The curves around a face."""
    import gmsh

    return frozenset(map(int, gmsh.model.getAdjacencies(2, face)[1]))


def _union(bounds: dict[int, frozenset[int]]) -> list[int]:
    return sorted(frozenset[int]().union(*bounds.values()))


def _alike(low: Sequence[int], high: Sequence[int], shift: Floats) -> dict[int, int]:
    """The high curve that lies opposite of each low one."""
    import gmsh

    occ = gmsh.model.occ
    if len(low) != len(high) or not low:
        raise InputError(UNLIKE)
    x, y = (
        np.array([[*occ.getCenterOfMass(1, tag), occ.getMass(1, tag)] for tag in tags])
        for tags in (low, high)
    )
    apart = np.linalg.norm(x[:, None] + [*shift, 0.0] - y, axis=2)
    found = apart.argmin(axis=1)
    if apart.min(axis=1).max(initial=0.0) > ALIKE or len(set(found)) < len(x):
        raise InputError(UNLIKE)
    return {tag: high[i] for tag, i in zip(low, found, strict=True)}


def _ends(curves: Iterable[int]) -> dict[int, Floats]:
    """Nodes at the ends of curves."""
    import gmsh

    points = {int(p) for c in curves for p in gmsh.model.getAdjacencies(1, c)[1]}
    found = (gmsh.model.mesh.getNodes(0, p)[:2] for p in sorted(points))
    return {int(tags[0]): x for tags, x in found}


def _nodes(curve: int) -> list[int]:
    """Nodes inside of a curve."""
    import gmsh

    return [int(n) for n in gmsh.model.mesh.getNodes(1, curve)[0]]


def _copy(dim: int, low: int, high: int, shift: Floats, nodes: dict[int, int]) -> None:
    """Mesh an entity as the one opposite of it; `nodes` of its boundary are known."""
    import gmsh

    mesh = gmsh.model.mesh
    tags, x, _ = mesh.getNodes(dim, low)
    _, _, cells = mesh.getElements(dim, low)
    kinds = mesh.getElementTypes(dim, low)
    first = int(mesh.getMaxNodeTag()) + 1
    new = np.arange(first, first + len(tags))
    nodes = nodes | dict(zip(map(int, tags), map(int, new), strict=True))
    x = (np.reshape(x, (-1, 3)) + shift).ravel()
    mesh.clear([(dim, high)])
    if len(tags):
        places = gmsh.model.getParametrization(dim, high, x) if dim == 1 else []
        mesh.addNodes(dim, high, new, x, places)
    mesh.addElementsByType(high, kinds[0], [], [nodes[int(n)] for n in cells[0]])
