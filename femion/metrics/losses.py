"""Where the power of a cell goes: bulk, boundary layers, membranes, interfaces."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import ufl

from .. import _dolfinx as dx
from ..errors import InputError
from ..laws.base import Pin
from ..thermo import from_composition
from ..thermo.osmotic import osmotic_pressure
from ..transport.base import conduction
from ..units import F
from .local import along, slabs
from .walls import Pieces, cup_mixed, even

STREAMS = "free energy of streams"


def electric_power(solution: Any) -> float:
    """Sum over all terminals of V I [W], in 2D [W/m]: what is put in electrically."""
    places = {
        s.where
        for s in solution.problem.sites
        if not s.interface
        and (s.blocks[1] is not None or any(c.control for c in s.constraints if isinstance(c, Pin)))
    }
    return sum(solution.potential(w) * solution.current(w) for w in sorted(places))


def loss_split(solution: Any, pieces: Pieces = 60) -> dict[str, float]:
    """Electric power by where it goes [W]: V I = sum of the parts; over I they are voltages.

    Of a phase that flows "bulk of", int |i|^2/kappa(c_b) dV, is what the same current would lose
    in each slab's cup-mixed solution (at the medium's temperature), and "boundary layers of" the
    rest of its dissipation -sum_i N_i . grad mu~_i: the resistance of depleted layers, less that
    of enriched ones, and diffusion. Other phases (membranes, electrodes) and "at" interfaces with
    rates are whole; an equilibrium such as Donnan's dissipates nothing. "free energy of streams"
    is what solutions take along and baths take up, the reversible work (negative where streams
    mix and give power). The sum closes as `Audit.energy_imbalance` does. `pieces`: as in
    `polarisation`. Physics of the identity: de Groot and Mazur, Non-Equilibrium Thermodynamics,
    ch. III; bulk and layers as in Strathmann, Desalination 264, 268 (2010).
    """
    audit, parts = solution.audit, {}
    for block in solution.problem.phases:
        total = audit.dissipation.get(block.name, 0.0)
        if block.state.velocity is None or not any(block.state.charges.values()):
            parts[block.name] = total
            continue
        bulk = _bulk(solution, block, pieces)
        parts[f"bulk of {block.name}"] = bulk
        parts[f"boundary layers of {block.name}"] = total - bulk
    parts |= {f"reactions in {k}": v for k, v in audit.reactions.items()}
    parts |= {f"at {k}": v for k, v in audit.interfaces.items() if v}
    viscous = sum(v for k, v in audit.dissipation.items() if k.startswith("flow of "))
    elsewhere = audit.power_in - electric_power(solution)
    parts[STREAMS] = viscous + sum(audit.stored.values()) - elsewhere
    return parts


def _bulk(solution: Any, block: Any, pieces: Pieces) -> float:
    """Int |i|^2/kappa(c_b) dV over a flowing phase [W]."""
    z = block.state.charges
    edges = even(solution, block.name, pieces) if isinstance(pieces, int) else pieces

    def square(s: Any) -> Any:
        i = sum(F * z[k] * N for k, N in conduction(s).items() if z[k])
        return ufl.inner(i, i)

    found = slabs(solution, block.name, edges, {"square": square})
    mixed = {k: cup_mixed(solution, block.name, k, edges) for k in z}
    some = found["square"] > 0
    c = {k: np.interp(found["x"][some], *at) for k, at in mixed.items()}
    with solution.active():
        kappa = [
            _conductivity(block, {k: float(v[n]) for k, v in c.items()}) for n in range(sum(some))
        ]
    return float(np.sum(found["square"][some] / np.array(kappa)))


def _conductivity(block: Any, c: Mapping[str, float]) -> float:
    """F^2 sum_ij z_i z_j L_ij of a phase's medium at a composition [S/m]."""
    rows = block.phase.medium.transport.onsager(from_composition(block.phase, c))
    z = list(block.state.charges.values())
    kappa = sum(F**2 * z[i] * z[j] * L for i, row in enumerate(rows) for j, L in enumerate(row))
    return dx.value(ufl.tr(kappa) / len(block.state.x) if _tensor(kappa) else kappa)


def _tensor(value: Any) -> bool:
    return bool(getattr(value, "ufl_shape", ()))


def pressure_split(solution: Any, where: str, pieces: Pieces = 60) -> dict[str, float]:
    """Transmembrane pressure by what it is spent on, means weighted with the flux [Pa].

    At a wall J_v = L_p (dP - sigma dPi): "membrane" J_v/L_p, "boundary layer" sigma (Pi_w -
    Pi_b), "osmotic" sigma (Pi_b - Pi_p), the reversible work at the cup-mixed composition b of
    the same x. Times the permeate's rate they are powers [W]. Raises InputError where no membrane
    law lets the solvent of a flow through.
    """
    site, laws = solution.site(where), (s.law for s in solution.sites(where))
    law = next((found for found in laws if hasattr(found, "permeability")), None)
    if law is None or "P" not in site.states[0].extra:
        raise InputError(f"pressure_split at {where!r}: no membrane that a flow goes through")

    def flux(s: Any) -> Any:
        return ufl.dot(s.velocity, s.n)

    wanted = {
        "J": flux,
        "spent": lambda s: flux(s) * (law.resistance(s, flux(s)) + law.pressure),
        "membrane": lambda s: flux(s) ** 2 / law.permeability,
        "wall": lambda s: law.reflection * flux(s) * osmotic_pressure(s),
        "share": lambda s: law.reflection * flux(s),
    }
    local = along(solution, where, wanted)
    x, bulk = _osmotic_bulk(solution, site.blocks[0], pieces)
    rate = float(local["area"] @ local["J"])
    sums = {k: float(local["area"] @ local[k]) / rate for k in ("spent", "membrane", "wall")}
    mixed = float(local["area"] @ (local["share"] * np.interp(local["x"], x, bulk))) / rate
    layer = sums["wall"] - mixed
    osmotic = sums["spent"] - sums["membrane"] - layer
    return {"membrane": sums["membrane"], "boundary layer": layer, "osmotic": osmotic}


def _osmotic_bulk(solution: Any, block: Any, pieces: Pieces) -> tuple[Any, Any]:
    """(x [m], osmotic pressure of the cup-mixed solution [Pa])."""
    mixed = {k: cup_mixed(solution, block.name, k, pieces) for k in block.state.charges}
    x = next(iter(mixed.values()))[0]
    with solution.active():
        values = [
            dx.value(
                osmotic_pressure(
                    from_composition(block.phase, {k: float(c[n]) for k, (_, c) in mixed.items()})
                )
            )
            for n in range(len(x))
        ]
    return x, np.array(values)
