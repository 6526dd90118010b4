"""What the laws of a problem hold, equate or give up, at the present parameters."""

from typing import Any

import numpy as np

from . import _dolfinx as dx
from .closure import Uncharged
from .errors import InputError
from .fields import variable
from .inlet import inflow
from .laws.base import Hold, Pin, Profile
from .numbering import Constraints
from .pins import composed, held_variables, pinned
from .placement import THERMAL_VOLTAGE, Site, equalities, number
from .units import is_function

Terminals = list[tuple[Site, Any]]


def constraints(problem: Any) -> tuple[Constraints, Terminals]:
    """All constraints of a problem, and the terminals whose potential is an unknown.

    The shared unknowns are the potentials of those terminals, in that order, and then the
    scalars that keep the amounts of closed species.
    """
    out, terminals = Constraints(), []
    members: list[Any] = []
    metals: dict[str, Any] = {}
    for site in problem.sites:
        for (a, da), (b, db) in equalities(site):
            first, second = problem.span[a.name].start, problem.span[b.name].start
            out.equal.append((da + first, db + second, 0.0))
        places = [*_pins(problem, site, out), *_metal(problem, site, metals)]
        for control, unknowns in places:
            wired = control.held() is None or control.varies or problem.programme
            if wired and is_function(control.held()):
                raise InputError(
                    f"{type(site.law).__name__}({site.where!r}): its potential is a function of "
                    "position; in a programme a terminal has one potential"
                )
            if wired:
                terminals.append((site, control))
                members.append(unknowns)
            else:
                _hold(problem, site, control.held(), unknowns, out)
    for block in problem.phases:
        if isinstance(block.closure, Uncharged):
            phi = _all(problem.span[block.name])[block.component["phi"] :: block.bs]
            out.held.append((phi, 0.0))
    out.shared = members + [
        [(_all(problem.span[name]), 0.0) for name in names] for names in problem.amounts
    ]
    return out, terminals


def _all(span: slice) -> Any:
    return np.arange(span.start, span.stop, dtype=np.int32)


def _metal(problem: Any, site: Site, seen: dict[str, Any]) -> list[tuple[Any, Any]]:
    """The one potential of an unmeshed electrode, which several laws may share."""
    metal = site.blocks[1]
    if metal is None or site.interface:
        return []
    stated = problem.stated.laws[problem.sites.index(site)].terminal
    if metal.name in seen:
        if seen[metal.name] != stated:
            raise InputError(
                f"the laws at boundary {site.where!r} share one electrode and need the same "
                f"terminal; got {seen[metal.name]} and {stated}"
            )
        return []
    seen[metal.name] = stated
    dofs = _all(problem.span[metal.name])
    return [(site.law.terminal, [(dofs, np.zeros(len(dofs)))])]


def _pins(problem: Any, site: Site, out: Constraints) -> list[tuple[Any, Any]]:
    """What Pins fix beside an outside potential: (control, [(dofs, offset)])."""
    wired = []
    a = site.blocks[0]
    start = problem.span[a.name].start
    phi = a.dofs(site.nodes[0], "phi") + start
    for pin in site.constraints:
        if isinstance(pin, Hold):
            out.held.append(_held(problem, site, pin))
        if isinstance(pin, Profile):
            out.held += inflow(problem, site, pin)
        if not isinstance(pin, Pin):
            continue
        out.held += [(dofs + start, x) for dofs, x in held_variables(problem, site, pin)]
        out.moved += _moved(site, pin, start)
        charged = []
        for name, dofs, offset in pinned(problem, site, pin):
            if name != "phi" and a.state.charges[name] == 0:
                out.held.append((dofs + start, offset))
            else:
                charged.append((dofs + start, offset))
        if pin.phi and a.closure.own_row and (pin.control is not None or charged[:-1]):
            out.no_row.append(a.dofs(site.members[0], "phi") + start)
        if pin.control is not None:
            wired.append((pin.control, charged))
        else:  # the potential follows the solution along the boundary
            out.equal += [(phi, dofs, offset) for dofs, offset in charged[:-1]]
    return wired


def _held(problem: Any, site: Site, hold: Hold) -> tuple[Any, Any]:
    """Entries of an unknown and their values; velocities are driven like potentials."""
    a = site.blocks[0]
    home, nodes = site.places(hold.field)
    if home is a:
        share, unit = 1.0, a.phase.unit(hold.field, problem.domain.size, a.mesh.geometry.dim)
    else:
        share, unit = problem.drive, dx.value(a.flow.unit(hold.field))  # type: ignore[union-attr]
    dofs = home.dofs(nodes, hold.field) + problem.span[home.name].start
    return dofs, share * number(hold.value, home.node_x[nodes]) / unit


def _moved(site: Site, pin: Pin, start: int) -> list[tuple[Any, Any]]:
    """Equations of other unknowns than their own where a Pin fixes concentrations alone.

    The definition of mu~_i then gives mu~_i, and its balance gives the current of the control.
    """
    a, nodes = site.blocks[0], site.members[0]
    moved = []
    for i in composed(a, pin):
        w, x, phi = (a.dofs(nodes, name) + start for name in (i, variable(i), "phi"))
        moved += [(x, w), (w, phi if a.state.charges[i] else None)]
    return moved


def _hold(problem: Any, site: Site, held: Any, unknowns: Any, out: Constraints) -> None:
    a = site.blocks[0]
    x = a.node_x[site.nodes[0]]
    for dofs, offset in unknowns:
        V = number(held, x) if len(dofs) == len(x) else float(held)
        out.held.append((dofs, V * problem.drive / THERMAL_VOLTAGE + offset))
