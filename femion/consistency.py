"""Does the model fit the mesh, and has every part of it a potential to refer to?"""

from typing import Any

from . import _dolfinx as dx
from .errors import InputError, unknown
from .heating import check_ties
from .laws.base import Equal, Hold, Pin
from .rigid import check_rigid

#: First letters of displacements, velocities and the pressure, which are checked elsewhere.
MECHANICAL = {"u_", "v_", "P"}


def check(blocks: dict[str, Any], sites: list[Any], domain: Any) -> None:
    """Raise InputError where something that must be given or held is not."""
    check_potentials(blocks, sites)
    check_held(blocks, sites)
    check_rigid(domain, blocks, sites)
    check_ties(blocks, sites, domain)


def check_potentials(blocks: dict[str, Any], sites: list[Any]) -> None:
    """Raise InputError naming the phases that no law ties to a given potential.

    Charge passes where a law makes a charged species' potential equal, or where a Transfer
    carries net charge from one side to the other.
    """
    group = {name: {name} for name in blocks}
    given = set()
    for site in sites:
        a, b = site.blocks
        if any(c is not None and c.held() is not None for c in controls(site)):
            given |= {a.name, *([b.name] if b and not site.interface else [])}
        if b is not None and _passes_charge(site):
            group[a.name] |= group[b.name]
            for name in group[a.name]:
                group[name] = group[a.name]
    charged = (n for n, b in blocks.items() if any(b.state.charges.values()))
    for name in charged:
        if not group[name] & given:
            raise InputError(
                f"no electric potential is given for {', '.join(sorted(group[name]))}; "
                "give a Reservoir, Terminal or electrode there a potential"
            )


def check_held(blocks: dict[str, Any], sites: list[Any]) -> None:
    """Raise InputError where nothing holds an unknown of an energy or of a heat balance.

    Without it a temperature is known up to a constant only; displacements: rigid.py.
    """
    extra = (i for b in blocks.values() for i in b.state.extra if i[:2] not in MECHANICAL)
    for name in dict.fromkeys(extra):
        held: set[str] = set()
        joined = []
        for site in sites:
            here = {b.name for b in site.blocks if b and name in b.state.extra}
            if any(c == Equal(name) for c in site.constraints):
                joined.append(here)
            if any(isinstance(c, Hold) and c.field == name for c in site.constraints) or any(
                set(t.a) == {name} and dx.varies(t.rate) and not site.interface
                for t in site.transfers
            ):
                held |= here
        for _ in blocks:
            held = held.union(*(j for j in joined if j & held))
        for b in blocks.values():
            if name in b.state.extra and b.name not in held:
                raise InputError(
                    f"nothing holds {name} of phase {b.name!r}; give a boundary a "
                    + ("Temperature or Convection" if name == "T" else "law that holds it")
                )


def controls(site: Any) -> list[Any]:
    """Controls of the outside potentials at a site; None where the potential just follows."""
    pins = [c.control for c in site.constraints if isinstance(c, Pin)]
    return pins + ([site.law.terminal] if site.blocks[1] and not site.interface else [])


def _passes_charge(site: Any) -> bool:
    z = site.states[0].charges
    return any(
        (isinstance(c, Equal) and (c.field == "phi" or z.get(c.field))) for c in site.constraints
    ) or any(
        "phi" in {*t.a, *t.b} or sum(z.get(i, 0) * n for i, n in t.a.items())
        for t in [*site.transfers, *site.accumulates]
    )


def check_regions(model: Any, domain: Any) -> None:
    """Raise InputError unless every region of the mesh has a use in the model."""
    used = {r for p in model.phases for r in p.regions}
    for r in model.inert:
        if r not in domain.regions or r in used:
            raise InputError(
                f"inert region {r!r} must be a region of the mesh that belongs to no phase; "
                f"the mesh has: {', '.join(sorted(domain.regions))}"
            )
    for p in model.phases:
        for r in p.regions:
            if r not in domain.regions:
                raise unknown(f"region of phase {p.name!r}:", r, domain.regions)
    if idle := sorted(set(domain.regions) - used - set(model.inert)):
        raise InputError(
            f"region {idle[0]!r} of the mesh belongs to no phase and is not inert; "
            f"phases fill: {', '.join(sorted(used))}"
        )
