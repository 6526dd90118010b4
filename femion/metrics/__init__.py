"""Numbers people ask a solution for, by subject."""

from .energy import free_energy
from .flux import current_density, surface_spread
from .junction import goldman, henderson
from .partition import donnan_potential, partition_coefficients, permselectivity
from .permeation import filtration, solvent_flux
from .polarisation import limiting_current
from .potential import cell_voltage, voltage_split
from .selectivity import coion_leakage, transport_number

__all__ = [
    "cell_voltage",
    "coion_leakage",
    "current_density",
    "donnan_potential",
    "filtration",
    "free_energy",
    "goldman",
    "henderson",
    "limiting_current",
    "partition_coefficients",
    "permselectivity",
    "solvent_flux",
    "surface_spread",
    "transport_number",
    "voltage_split",
]
