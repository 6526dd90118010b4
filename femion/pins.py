"""What a Pin fixes at the nodes of its boundary: voltages of species, their variables, phi."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .errors import InputError
from .fields import Fields, variable
from .heating import temperature
from .laws.base import Pin
from .model import Phase
from .placement import Site, number
from .thermo import C_REF, T_REF, from_composition
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
    for i, c in given.items():
        if problem.domain.comm.allreduce(int(not np.all(np.asarray(c) > 0.0))):
            raise InputError(
                f"concentration of {i!r} at {site.where!r} must be greater than 0 everywhere"
            )
    if share == 1.0:
        return given
    return {i: c**share * problem.common[i] ** (1 - share) for i, c in given.items()}


def pinned(problem: Any, site: Site, pin: Pin) -> Iterator[tuple[str, Ints, Any]]:
    """(field, dofs, offset from the outside potential) of what a Pin fixes; phi comes last."""
    a, nodes = site.blocks[0], site.nodes[0]
    c = bath(problem, site, pin)
    if pin.phi:
        T = temperature(problem, site) if a.phase.heat and c else None
        w = _inside(a, nodes, c, lambda of: of.potentials, T)
    else:
        same = pin.medium is None and all(np.all(v == C_REF) for v in c.values())
        w = bath_potentials(pin.medium, c, T_REF if same else temperature(problem, site))
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


def _inside(a: Fields, nodes: Ints, c: dict[str, Any], of: Any, T: Any = None) -> dict[str, Any]:
    """Potentials or variables of a phase at given concentrations and T, at some of its nodes."""
    if not c:
        return {}
    rest = {i: min(float(np.min(v)) for v in c.values()) for i in a.species if i not in c}
    everywhere = {i: spread(a, nodes, v) for i, v in c.items()} | rest
    found = of(a)({i: everywhere[i] for i in a.species}, spread(a, nodes, T, T_REF))
    return {i: found[i][nodes] for i in c}


def spread(a: Fields, nodes: Ints, values: Any, rest: float = C_REF) -> Any:
    """Values at nodes as values at all nodes (`rest` elsewhere); a number stays one."""
    if np.ndim(values) == 0:
        return values
    out = np.full(len(a.node_x), rest)
    out[nodes] = values
    return out


def bath_potentials(medium: Any, c: dict[str, Any], T: Any) -> dict[str, Any]:
    """w_i at phi = 0 of an unmeshed bath at T [K]: ideal, or a Medium at uniform composition."""
    if medium is None:
        return {i: T / T_REF * np.log(v / C_REF) for i, v in c.items()}
    phase, plain = Phase("bath", medium), {s.name: float(c[s.name]) for s in medium.species}
    values, where = np.unique(T, return_inverse=True)
    found = [from_composition(phase, plain, T=float(t)).w for t in values]
    return {i: np.array([dx.value(w[i]) for w in found])[where].reshape(np.shape(T)) for i in c}


def held_variables(problem: Any, site: Site, pin: Pin) -> Iterator[tuple[Ints, Any]]:
    """(dofs, value) of the statistics' variables that a Pin fixes."""
    a, nodes = site.blocks[0], site.nodes[0]
    if pin.phi and any(i in a.implicit for i in pin.concentrations or {}):
        T = temperature(problem, site) if a.phase.heat else None
        c = bath(problem, site, pin)
        for i, x in _inside(a, nodes, c, lambda of: of.variables, T).items():
            if i in a.implicit:
                yield a.dofs(nodes, variable(i)), x
