"""Is every elastic body held against moving and turning as a whole?"""

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .errors import InputError
from .laws.base import Equal, Hold

Floats = npt.NDArray[np.float64]
AXES = "xyz"

#: Smallest work of a rigid motion on what is held, over the largest, that is not rounding.
ROUNDING = 1e-10


def check_rigid(domain: Any, blocks: dict[str, Any], sites: list[Any]) -> None:
    """Raise InputError naming a body, and the motion that no Displacement stops.

    Bonded phases are one body. Where a law's force depends on the state (a spring) nothing is
    checked.
    """
    elastic = {n: b for n, b in blocks.items() if _components(b)}
    body = {n: {n} for n in elastic}
    for a, b in (s.blocks for s in sites if any(_ties(c) for c in s.constraints)):
        body[a.name] |= body[b.name]
        for name in body[a.name]:
            body[name] = body[a.name]
    for names in dict.fromkeys(frozenset(group) for group in body.values()):
        here = [s for s in sites if s.blocks[0].name in names]
        if any(i[:2] == "u_" and dx.varies(t.rate) for s in here for t in s.transfers for i in t.a):
            continue
        nothing = np.zeros((3 * domain.tdim - 3,) * 2)
        held = domain.comm.allreduce(sum((_held(domain, s) for s in here), nothing))
        strength, motions = np.linalg.eigh(held)
        if strength[0] <= ROUNDING * strength[-1]:
            which = ", ".join(sorted(repr(n) for n in names))
            raise InputError(
                f"nothing keeps phase {which} from {_named(motions[:, 0], domain.tdim)}; "
                "give a boundary a Displacement"
            )


def _components(block: Any) -> list[str]:
    return [i for i in block.state.extra if i.startswith("u_")]


def _ties(constraint: Any) -> bool:
    return isinstance(constraint, Equal) and constraint.field.startswith("u_")


def _held(domain: Any, site: Any) -> Any:
    """Sum of r r^T over what a site holds on this rank, r the displacement by unit motions."""
    x = site.blocks[0].node_x[site.nodes[0]] / domain.size
    total: Any = 0.0
    for c in site.constraints:
        if isinstance(c, Hold) and c.field.startswith("u_"):
            r = _motions(x, domain.tdim)[:, :, AXES.index(c.field[-1])]
            total = total + r @ r.T
    return total


def _motions(x: Floats, dim: int) -> Floats:
    """Displacements at points x by the rigid motions, shape (motions, points, 3)."""
    unit = np.eye(3)
    moves = [np.broadcast_to(e, x.shape) for e in unit[:dim]]
    turns = [np.cross(e, x) for e in (unit if dim == 3 else unit[2:])]
    return np.stack([*moves, *turns])


def _named(motion: Floats, dim: int) -> str:
    """In words; a turn about any point but the origin moves, too."""
    turn = np.abs(motion[dim:])
    if turn.max() > 1e-6:
        return f"turning about {AXES[int(turn.argmax())] if dim == 3 else 'z'}"
    return f"moving along {AXES[int(np.abs(motion[:dim]).argmax())]}"
