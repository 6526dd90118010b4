"""Numbers people ask a solution for, by subject."""

from .energy import free_energy
from .flux import current_density, surface_spread
from .hydraulics import (
    LMH,
    flow_rate,
    friction_factor,
    hydraulic_diameter,
    permeate_flux,
    pressure_drop,
    recovery,
    rejection,
    specific_energy,
)
from .junction import goldman, henderson
from .local import along, slabs
from .losses import electric_power, loss_split, pressure_split
from .partition import donnan_potential, partition_coefficients, permselectivity
from .permeation import filtration, solvent_flux
from .polarisation import limiting_current
from .pores import tortuosity
from .potential import cell_voltage, voltage_split
from .selectivity import coion_leakage, transport_number
from .sensitivity import boundary_layer_or_membrane, sensitivities
from .sweep import Sweep, current_efficiency, current_sweep
from .walls import Polarisation, cup_mixed, polarisation

__all__ = [
    "LMH",
    "Polarisation",
    "Sweep",
    "along",
    "boundary_layer_or_membrane",
    "cell_voltage",
    "coion_leakage",
    "cup_mixed",
    "current_density",
    "current_efficiency",
    "current_sweep",
    "donnan_potential",
    "electric_power",
    "filtration",
    "flow_rate",
    "free_energy",
    "friction_factor",
    "goldman",
    "henderson",
    "hydraulic_diameter",
    "limiting_current",
    "loss_split",
    "partition_coefficients",
    "permeate_flux",
    "permselectivity",
    "polarisation",
    "pressure_drop",
    "pressure_split",
    "recovery",
    "rejection",
    "sensitivities",
    "slabs",
    "solvent_flux",
    "specific_energy",
    "surface_spread",
    "tortuosity",
    "transport_number",
    "voltage_split",
]
