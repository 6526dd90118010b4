"""How much of what evens concentrations out is the elements' own doing."""

from typing import Any

import numpy as np
import ufl

from . import _dolfinx as dx
from .forms import added
from .storage import stored
from .transport.streamline import self_diffusivity

#: Where a concentration varies by less than the root of this over the domain nothing is mixed.
EVEN = 1e-8


def numerical_mixing(problem: Any) -> dict[str, dict[str, float]]:
    """Share of the mixing of what a solvent carries that its stabilisation does. Collective.

    By phase and species, int m_i dV/int (m_i + D_i |grad c_i|^2) dV with m_i what `Streamline` adds
    to the balance, tested with c_i itself, and D_i the self-diffusivity. It vanishes with the mesh
    as fast as errors do. The flux through a layer at a wall, such as a limiting current or a
    Sherwood number, goes with D^(2/3): where cells do not resolve the layer it is too large by
    up to about this share. Empty for phases at rest and without a stabilisation.
    """
    out = {}
    for block in problem.phases:
        terms = _terms(problem, block) if block.state.velocity is not None else {}
        if terms:
            sums = _integrals(problem, block, [e for some in terms.values() for e in some])
            rows = np.maximum(sums.reshape(-1, 3), 0.0).tolist()
            out[block.name] = {i: m / (m + d + e) for i, (m, d, e) in zip(terms, rows, strict=True)}
    return out


def _terms(problem: Any, block: Any) -> dict[str, tuple[Any, Any, Any]]:
    """Tested with the concentration: what is added, what diffusion does, and would if all but even.

    The last is a floor, below which rounding would be compared with rounding.
    """
    s, rates, found = block.state, stored(problem, block), {}
    for i, c in s.c.items():
        more = added(block, i, rates, c)
        if more is not None:
            D, slope = self_diffusivity(s, i), ufl.grad(c)
            found[i] = more, D * ufl.dot(slope, slope), EVEN * D * (c / block.size) ** 2
    return found


def _integrals(problem: Any, block: Any, terms: list[Any]) -> Any:
    """Integrals over a phase, by one form."""
    v = ufl.TestFunction(dx.constant_space(block.mesh, len(terms)))
    dV = ufl.Measure("dx", block.mesh, metadata={"quadrature_degree": problem.quadrature + 2})
    each = np.zeros(len(terms) * dx.num_cells(block.mesh))
    dx.add_vector(each, dx.compile_form(sum(e * v[k] for k, e in enumerate(terms)) * dV))
    mine = each.reshape(-1, len(terms))[: len(block.own_cells)].sum(axis=0)
    return problem.domain.comm.allreduce(mine)
