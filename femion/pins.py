"""What a Pin fixes at the nodes of its boundary: voltages of species, their variables, phi."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .fields import Fields, variable
from .laws.base import Pin
from .model import Phase
from .placement import Site, number
from .thermo import C_REF, from_composition
from .units import is_function

Ints = npt.NDArray[np.int32]


def bath(problem: Any, site: Site, pin: Pin) -> dict[str, Any]:
    """Concentrations of a Pin [mol/m3] at the problem's present contrast.

    Numbers, or values at the site's nodes where a function of position was given.
    """
    x, share = site.blocks[0].node_x[site.nodes[0]], problem.contrast
    given = {
        i: number(c, x) if is_function(c) else float(c)
        for i, c in (pin.concentrations or {}).items()
    }
    if share == 1.0:
        return given
    return {i: c**share * problem.common[i] ** (1 - share) for i, c in given.items()}


def pinned(problem: Any, site: Site, pin: Pin) -> Iterator[tuple[str, Ints, Any]]:
    """(field, dofs, offset from the outside potential) of what a Pin fixes; phi comes last."""
    a, nodes = site.blocks[0], site.nodes[0]
    c = bath(problem, site, pin)
    w = (
        _inside(a, nodes, c, lambda of: of.potentials)
        if pin.phi
        else bath_potentials(pin.medium, c)
    )
    for i in w:
        if i not in composed(a, pin):
            yield i, a.dofs(nodes, i), w[i] / a.scale[i]
    if pin.phi:
        yield "phi", a.dofs(nodes, "phi"), np.zeros(len(nodes))


def composed(a: Fields, pin: Pin) -> list[str]:
    """Species whose concentration a Pin fixes without fixing their potential.

    It does not follow from the concentrations given: it has a part that is not local (a stress),
    or depends on species that are not given.
    """
    c = pin.concentrations or {}
    if not pin.phi:
        return []
    coupled = {i for e in a.phase.energies for i in e.coupled(a.phase)}
    partial = set(c) < set(a.species)
    return [i for i in a.implicit if i in c and (partial or i in coupled)]


def _inside(a: Fields, nodes: Ints, c: dict[str, Any], of: Any) -> dict[str, Any]:
    """Potentials or variables of a phase at given concentrations, at some of its nodes."""
    if not c:
        return {}
    rest = {i: min(float(np.min(v)) for v in c.values()) for i in a.species if i not in c}
    everywhere = {i: spread(a, nodes, v) for i, v in c.items()} | rest
    found = of(a)({i: everywhere[i] for i in a.species})
    return {i: found[i][nodes] for i in c}


def spread(a: Fields, nodes: Ints, values: Any) -> Any:
    """Values at nodes as values at all nodes (C_REF elsewhere); a number stays one."""
    if np.ndim(values) == 0:
        return values
    out = np.full(len(a.node_x), C_REF)
    out[nodes] = values
    return out


def bath_potentials(medium: Any, c: dict[str, Any]) -> dict[str, Any]:
    """w_i at phi = 0 of an unmeshed bath: ideal, or a Medium at uniform composition."""
    if medium is None:
        return {i: np.log(v / C_REF) for i, v in c.items()}
    phase = Phase("bath", medium)
    found = from_composition(phase, {s.name: float(c[s.name]) for s in medium.species}).w
    return {i: dx.value(found[i]) for i in c}


def held_variables(problem: Any, site: Site, pin: Pin) -> Iterator[tuple[Ints, Any]]:
    """(dofs, value) of the statistics' variables that a Pin fixes."""
    a, nodes = site.blocks[0], site.nodes[0]
    if pin.phi and any(i in a.implicit for i in pin.concentrations or {}):
        for i, x in _inside(a, nodes, bath(problem, site, pin), lambda of: of.variables).items():
            if i in a.implicit:
                yield a.dofs(nodes, variable(i)), x
