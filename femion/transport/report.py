"""Everything a medium's Onsager tensor says at one composition, in every common description."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..errors import InputError, unknown
from ..units import R, as_number, positive, valued
from .checks import evaluate, numeric
from .convert import (
    Array,
    Newman,
    conductivity_matrix,
    friction,
    ionic_conductivity,
    newman,
    stoichiometry,
    transference_numbers,
)
from .stefan_maxwell import SOLVENT
from .validity import nested, warn_outside


def report(phase_or_medium: Any, c: Any, solvent: float | None = None) -> dict[str, Any]:
    """L of a Phase or Medium at concentrations c {species: mol/m3}, said in every way.

    Of a binary salt c may be one number, the concentration of the salt. Keys:
    `species` names; `c` {i: mol/m3}; `temperature` [K]; `L` [mol2/(J m s)] and
    `conductivity_matrix` [S/m], shape (n, n); `conductivity` kappa [S/m]; `transference_numbers`
    {i: t_i}; `diffusivities` {i: D_i = RT L_ii/c_i [m2/s]}; `equivalent_conductivity`
    Lambda = kappa/sum_(z>0) z_i c_i [S m2/mol]; `newman` of a binary salt (a Newman, else None);
    `friction` {(i, j): Stefan-Maxwell D_ij [m2/s], "solvent" among them} where the solvent's
    concentration [mol/m3] is given or known to the model (else empty). The mean over the
    directions where L depends on them; fluxes are relative to the solvent.
    Warns outside the range of the model's data; InputError for a wrong composition.
    """
    medium = getattr(phase_or_medium, "medium", phase_or_medium)
    names, z = [s.name for s in medium.species], np.array([s.z for s in medium.species])
    conc, T = _composition(medium, c), float(medium.temperature)
    where = f"in report({getattr(phase_or_medium, 'name', 'medium')!r})"
    warn_outside(medium.transport, conc, where)
    phase = SimpleNamespace(medium=medium, name="medium", fixed_charge=0.0, energies=())
    L = evaluate(phase, conc)
    kappa = ionic_conductivity(L, z)
    t = transference_numbers(L, z) if kappa > 0 else np.zeros(len(z))
    values = np.array([conc[i] for i in names])
    positive_charge = float(np.maximum(z, 0) @ values)
    return {
        "species": names,
        "c": conc,
        "temperature": T,
        "L": L,
        "conductivity_matrix": conductivity_matrix(L, z),
        "conductivity": kappa,
        "transference_numbers": dict(zip(names, t.tolist(), strict=True)),
        "diffusivities": dict(zip(names, (R * T * np.diag(L) / values).tolist(), strict=True)),
        "equivalent_conductivity": kappa / positive_charge if positive_charge else 0.0,
        "newman": _newman(L, z, conc, names, T),
        "friction": _friction(phase, L, conc, solvent),
    }


def _composition(medium: Any, c: Any) -> dict[str, float]:
    """Concentrations in the order of the species."""
    names = [s.name for s in medium.species]
    if not isinstance(c, Mapping):
        ions = sorted(medium.species, key=lambda s: -s.z)
        nu = dict(zip([s.name for s in ions], stoichiometry([s.z for s in ions]), strict=True))
        c = {i: nu[i] * positive(c, "mol/m^3", "c of report") for i in names}
    for i in c:
        if i not in names:
            raise unknown("species in c of report", i, names)
    for i in names:
        if i not in c:
            raise InputError(f"c of report lacks species {i!r}; given for: {', '.join(c)}")
    return {i: positive(c[i], "mol/m^3", f"c[{i!r}] of report") for i in names}


def _newman(L: Array, z: Any, c: Mapping[str, float], names: list[str], T: float) -> Newman | None:
    """Newman's numbers of a neutral binary salt."""
    if len(z) != 2 or not z.min() < 0 < z.max():
        return None
    order = np.argsort(-z)
    charges = z[order]
    salt = c[names[order[0]]] / stoichiometry(charges)[0]
    return newman(L[np.ix_(order, order)], charges, salt, T)


def _friction(
    phase: Any, L: Array, c: Mapping[str, float], solvent: float | None
) -> dict[tuple[str, str], float]:
    """Stefan-Maxwell coefficients, each pair once; empty if the solvent is not known."""
    medium = phase.medium
    known = [solvent, *(getattr(part, "solvent", None) for part in nested(medium.transport))]
    found = next((k for k in known if k is not None), None)
    if found is None:
        return {}
    c0 = as_number(valued(found, numeric(phase, c)))
    try:
        D = friction(L, list(c.values()), c0, float(medium.temperature))
    except InputError:  # a singular tensor: something moves only together with something else
        return {}
    every = [*c, SOLVENT]
    return {
        (every[i], every[j]): float(D[i, j])
        for i in range(len(every))
        for j in range(i + 1, len(every))
    }
