"""Effective conduction through a porous layer, by solving the conduction problem itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..laws import Terminal
from ..model import Conductor, Model, Phase
from ..problem import Problem
from ..solution import solve


@dataclass(frozen=True)
class Tortuosity:
    """`factor` tau = porosity x MacMullin number; `macmullin` N_M = sigma/sigma_eff [-]."""

    factor: float
    macmullin: float
    porosity: float


@dataclass(frozen=True)
class Layer:
    """A porous layer: thickness [m], porosity [-], open length in series with it [m]."""

    thickness: float
    porosity: float
    in_series: float = 0.0


def tortuosity(
    domain: Any, regions: Sequence[str], ends: tuple[str, str], layer: Layer
) -> Tortuosity:
    """Through-plane tortuosity factor of the pores of a layer.

    `regions` conduct: the pores, and any open layer in series with them; all other regions
    insulate. `ends` are the boundaries between which the current flows; the first is planar, its
    area is the cross-section. N_M = (R sigma A - in_series)/thickness, tau = porosity N_M
    (Landesfeind et al., J. Electrochem. Soc. 163, A1373 (2016)).
    """
    pores = Phase("pores", Conductor(1.0), regions=tuple(regions))
    inert = [name for name in domain.regions if name not in regions]
    laws = [Terminal(ends[0], potential=1.0), Terminal(ends[1], potential=0.0)]
    state = solve(Problem(Model([pores], laws, inert=inert), domain))
    length = state.site(ends[0]).area / state.current(ends[0])  # of an open column as resistive
    macmullin = (length - layer.in_series) / layer.thickness
    return Tortuosity(layer.porosity * macmullin, macmullin, layer.porosity)
