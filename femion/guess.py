"""Where Newton starts: given compositions, or those in equilibrium with the neighbours."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dolfinx as dx
from .errors import InputError
from .fields import variable
from .heating import moves, ties
from .laws.base import Pin
from .pins import bath
from .placement import THERMAL_VOLTAGE, Site, number
from .thermo import C_REF, T_REF, from_composition
from .transport.checks import numeric
from .units import as_number, is_function, valued

Composition = dict[str, float]


def donnan(c: Composition, phase: Any) -> tuple[Composition, float]:
    """Composition of a fixed-charge phase beside an ideal solution `c`, and the jump of phi_hat.

    c_i = c_i^bath exp(-(mu0_i + W_i)/RT - z_i psi)/gamma_i with sum z_i c_i + X = 0 (X: the
    phase's own); gamma_i is that at the bath's composition.
    """
    from scipy.optimize import brentq

    z = {s.name: s.z for s in phase.medium.species}
    there = from_composition(phase, {i: c[i] for i in z})
    tau = T_REF / dx.value(there.T)
    free = {i: C_REF * (c[i] / C_REF) ** 2 * np.exp(-tau * dx.value(there.w[i])) for i in z}
    X = 0.0 if is_function(phase.fixed_charge) else float(phase.fixed_charge)

    def charge(psi: float) -> float:
        return float(sum(z[i] * free[i] * np.exp(-tau * z[i] * psi) for i in z) + X)

    psi = brentq(charge, -80.0, 80.0, xtol=1e-14) if charge(-80.0) * charge(80.0) < 0 else 0.0
    return {i: float(free[i] * np.exp(-tau * z[i] * psi)) for i in z}, psi


def compositions(problem: Any) -> dict[str, Composition]:
    """A representative composition of each phase [mol/m3]: given, pinned, or Donnan's.

    While the baths are alike or fixed charges weaker they come before what was given.
    """
    given = {b.name: c for b in problem.phases if (c := _given(b))}
    known = {b.name: c for b in problem.phases if (c := _pins(problem, b))}
    alike = problem.contrast < 1.0 or problem.fixed.share < 1.0
    known = given | known if alike else known | given
    while len(known) < len(problem.phases):
        new = {b.name: donnan(c, b.phase)[0] for b, c in _beside(problem, known)}
        if not new:
            lost = next(b for b in problem.phases if b.name not in known)
            raise InputError(
                f"phase {lost.name!r} has no initial concentrations and no neighbour in "
                "equilibrium to take them from; give initial concentrations of "
                f"{', '.join(lost.species)}"
            )
        known |= new
    return known


def _given(block: Any) -> Composition:
    """What the phase states itself; nothing if that is not complete."""
    if not block.closure.own_row:
        return dict.fromkeys(block.species, C_REF)
    if not all(i in block.phase.initial for i in block.species):
        return {}
    c = {i: _typical(block, block.phase.initial[i]) for i in block.species}
    _neutral(block, c)
    return c


def _typical(block: Any, value: Any) -> float:
    """A number, or the mean over the nodes of a function of position. Collective."""
    if not is_function(value):
        return float(value)
    c = number(value, block.node_x)
    total, count = block.mesh.comm.allreduce(np.array([c.sum(), float(len(c))]))
    return float(total / count)


def _pins(problem: Any, block: Any) -> Composition:
    """In equilibrium with the first bath at a boundary that has all species; or nothing."""
    for site in problem.sites:
        for pin in site.constraints:
            if isinstance(pin, Pin) and site.blocks[0] is block:
                c = mean_bath(problem, site, pin)
                if set(c) == set(block.species):
                    return c if pin.phi else donnan(c, block.phase)[0]
    return {}


def common_bath(problem: Any) -> Composition:
    """Of each species, the concentration in the first bath that has it [mol/m3]."""
    common: Composition = {}
    for site in problem.sites:
        for pin in site.constraints:
            if isinstance(pin, Pin):
                common = mean_bath(problem, site, pin) | common
    return common


def mean_bath(problem: Any, site: Site, pin: Pin) -> Composition:
    """Mean concentrations of a Pin over its nodes [mol/m3]. Collective."""
    values, count = bath(problem, site, pin), len(site.nodes[0])
    sums = [float(np.broadcast_to(c, count).sum()) for c in values.values()]
    total = np.array([*sums, float(count)])
    sums = problem.domain.comm.allreduce(total)
    return {i: float(s / sums[-1]) for i, s in zip(values, sums, strict=False)}


def _beside(problem: Any, known: dict[str, Composition]) -> Iterator[tuple[Any, Composition]]:
    """Phases of unknown composition, with that of a neighbour they share all species with."""
    for site in problem.sites:
        if not ties(site):
            continue
        for a, b in (site.blocks, site.blocks[::-1]):
            if a.name in known and b.name not in known and set(b.species) <= set(a.species):
                yield b, known[a.name]


def _neutral(block: Any, c: Composition) -> None:
    X = block.phase.fixed_charge
    if block.closure.continuous or is_function(X):
        return
    net = sum(block.state.charges[i] * v for i, v in c.items()) + float(X)
    if abs(net) > 1e-6 * max(c.values()):
        raise InputError(
            f"initial composition of phase {block.name!r} carries a net charge of {net:+.6g} mol/m3"
        )


def potentials(problem: Any, c: dict[str, Composition]) -> dict[str, float]:
    """A representative phi [V] of each block, spread from the terminals through the laws."""
    known: dict[str, float] = {}
    for block in problem.phases:
        if "phi" in block.phase.initial:
            known[block.name] = float(block.phase.initial["phi"])
    for site in problem.sites:
        for pin in site.constraints:
            held = pin.control.held() if isinstance(pin, Pin) and pin.control else None
            if held is not None and site.blocks[0].name not in known:
                x = site.blocks[0].node_x[site.nodes[0]][:1]
                V = float(number(held, x)[0]) * problem.drive if len(x) else -np.inf
                known[site.blocks[0].name] = problem.domain.comm.allreduce(V, op=_max())
                outside = mean_bath(problem, site, pin)
                if not pin.phi and set(outside) == set(site.blocks[0].species):  # a Donnan jump
                    phase = site.blocks[0].phase
                    step = donnan(outside, phase)[1] * THERMAL_VOLTAGE
                    known[site.blocks[0].name] += step
    for site in problem.sites:
        metal = site.blocks[1]
        if metal and not site.interface and (V := site.law.terminal.held()) is not None:
            known[metal.name] = float(V) * problem.drive
    for _ in problem.blocks:
        for site in problem.sites:
            _spread(problem, site, known, c)
    return known


def _max() -> Any:
    from mpi4py import MPI

    return MPI.MAX


def _spread(problem: Any, site: Site, known: dict[str, float], c: dict[str, Composition]) -> None:
    a, b = site.blocks
    if b is None or not (ties(site) or moves(site)):
        return
    step = _jump(problem, site, c)
    if a.name in known and b.name not in known:
        known[b.name] = known[a.name] + step
    elif b.name in known and a.name not in known:
        known[a.name] = known[b.name] - step


def _jump(problem: Any, site: Site, c: dict[str, Composition]) -> float:
    """Expected phi_b - phi_a [V]: Donnan's, or the equilibrium potential of a reaction."""
    a, b = site.blocks
    assert b is not None
    if ties(site):
        shared = [i for i in a.species if i in b.species and a.state.charges[i]]
        best = max(shared, key=lambda i: min(c[a.name][i], c[b.name][i]), default=None)
        if best is None:
            return 0.0
        jump = np.log(c[a.name][best] / c[b.name][best]) / a.state.charges[best]
        return THERMAL_VOLTAGE * float(jump)
    law = problem.stated.laws[problem.sites.index(site)]
    U = getattr(law, "equilibrium_potential", 0.0)
    plain = {p.name: p for p in problem.stated.phases}
    sides = [numeric(plain.get(s.name, s.phase), c.get(s.name, {})) for s in (a, b)]
    metal_first = "e-" in a.state.charges
    value = as_number(valued(U, *(sides if metal_first else sides[::-1])))
    return -value if metal_first else value


def initial_values(problem: Any) -> npt.NDArray[np.float64]:
    """Values of all local unknowns for `Numbering.initial`."""
    values = np.zeros(problem.numbering.start[-1])
    alike = problem.contrast < 1.0 or problem.fixed.share < 1.0
    composition = compositions(problem) if alike else problem.composition
    phi = potentials(problem, composition)
    for name, block in problem.blocks.items():
        part = values[problem.span[name]].reshape(-1, block.bs)
        if not block.species:
            continue  # a scalar that keeps an amount
        phi_hat = phi.get(name, 0.0) / THERMAL_VOLTAGE
        part[:, block.component["phi"]] = phi_hat
        for extra, value in block.phase.start(problem.domain.mesh.geometry.dim).items():
            part[:, block.component[extra]] = value
        if not block.closure.own_row:
            continue
        z, c = block.state.charges, composition[name]
        for i, w in block.potentials(c).items():
            part[:, block.component[i]] = (w + z[i] * phi_hat) / block.scale[i]
        for i, x in block.variables(c).items() if block.implicit else ():
            if i in block.implicit:
                part[:, block.component[variable(i)]] = x
    return values
