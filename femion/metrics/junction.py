"""Textbook estimates of a liquid junction's potential, to hold beside a computed one.

phi_right - phi_left at no current between two ideal solutions. Both are exact only in special
cases (one salt, or one concentration with a common ion); a junction solved with femion needs no
assumption about its profiles.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError, unknown
from ..transport.base import every
from ..units import F, R, positive, si

Composition = Mapping[str, Any]
Sides = tuple[dict[str, float], dict[str, float]]


def henderson(
    left: Composition,
    right: Composition,
    D: Mapping[str, Any],
    species: Sequence[Any],
    temperature: Any = 298.15,
) -> float:
    """RT/F (sum z D dc)/(sum z^2 D dc) ln(sum z^2 D c_left/sum z^2 D c_right), dc = right - left.

    Junction potential phi_right - phi_left [V] if every concentration were linear in between.
    `left`, `right` {ion: mol/m3}, an ion that is not named is absent; `D` {ion: m2/s} of every
    one of `species`; `temperature` [K]. Raises InputError for an unknown or negative entry and
    for a side that does not conduct. Henderson, Z. Phys. Chem. 59 (1907) 118; Bard and Faulkner,
    Electrochemical Methods, 2.3.4.
    """
    sides, diffusivity, VT = _given(left, right, D, species, temperature)
    drift, conduct = [
        [sum(s.z**n * diffusivity[s.name] * c[s.name] for s in species) for c in sides]
        for n in (1, 2)
    ]
    before, after = (_conducting(value) for value in conduct)
    change = (after - before) / before
    # ln(before/after)/(after - before), which has a limit where both sides conduct alike
    slope = -np.log1p(change) / change if change else -1.0
    return float(VT * (drift[1] - drift[0]) / before * slope)


def goldman(
    left: Composition,
    right: Composition,
    D: Mapping[str, Any],
    species: Sequence[Any],
    temperature: Any = 298.15,
) -> float:
    """RT/F ln((sum+ D c_left + sum- D c_right)/(sum+ D c_right + sum- D c_left)).

    Potential phi_right - phi_left [V] if the field were constant in between; sum+ runs over the
    cations, sum- over the anions, all with |z| = 1. Arguments and errors are those of
    `henderson`; InputError for another charge. Goldman, J. Gen. Physiol. 27 (1943) 37; Hodgkin and
    Katz, J. Physiol. 108 (1949) 37.
    """
    for s in species:
        if abs(s.z) != 1:
            raise InputError(f"goldman: species {s.name!r} has z = {s.z}; allowed: +1 and -1")
    sides, diffusivity, VT = _given(left, right, D, species, temperature)
    rightwards, leftwards = (
        sum(diffusivity[s.name] * sides[k if s.z > 0 else 1 - k][s.name] for s in species)
        for k in (0, 1)
    )
    return float(VT * np.log(_conducting(rightwards) / _conducting(leftwards)))


def _given(
    left: Composition, right: Composition, D: Mapping[str, Any], species: Sequence[Any], T: Any
) -> tuple[Sides, dict[str, float], float]:
    """Both compositions with every ion, diffusivities and RT/F, as numbers."""
    every(species, D, "diffusion coefficient")
    diffusivity = {i: positive(v, "m^2/s", f"D[{i!r}]") for i, v in D.items()}
    VT = R * positive(T, "K", "temperature of the junction") / F
    return (_side(left, "left", species), _side(right, "right", species)), diffusivity, VT


def _side(given: Composition, name: str, species: Sequence[Any]) -> dict[str, float]:
    """Concentration of every species on one side [mol/m3], 0 where none is given."""
    c = {s.name: 0.0 for s in species}
    for i, value in given.items():
        if i not in c:
            raise unknown(f"species on the {name} of the junction", i, c)
        c[i] = si(value, "mol/m^3", f"concentration of {i!r} on the {name}")
        if not c[i] >= 0:
            raise InputError(f"concentration of {i!r} on the {name} = {c[i]:g}; allowed: 0 or more")
    return c


def _conducting(value: float) -> float:
    if not value > 0:
        raise InputError("one side of the junction holds no ion that moves; give it some salt")
    return value
