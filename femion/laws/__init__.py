"""Laws at interfaces and boundaries, each one small file."""

from .base import Equal, Hold, Pin, Transfer, reaction
from .control import (
    Control,
    Current,
    CurrentDensity,
    OpenCircuit,
    Potential,
    Power,
    Resistor,
    Sweep,
    Varying,
)
from .equilibrium import Bath, Donnan, DonnanReservoir, Reservoir, ReversibleElectrode, Terminal
from .kinetics import ButlerVolmer, Nernst
from .mechanical import Bonded, Displacement, Traction
from .thermal import Convection, HeatFlux, Temperature, ThermalContact
from .volumetric import Volumetric
from .wall import Flux, Impermeable

__all__ = [
    "Bath",
    "Bonded",
    "ButlerVolmer",
    "Control",
    "Convection",
    "Current",
    "CurrentDensity",
    "Displacement",
    "Donnan",
    "DonnanReservoir",
    "Equal",
    "Flux",
    "HeatFlux",
    "Hold",
    "Impermeable",
    "Nernst",
    "OpenCircuit",
    "Pin",
    "Potential",
    "Power",
    "Reservoir",
    "Resistor",
    "ReversibleElectrode",
    "Sweep",
    "Temperature",
    "Terminal",
    "ThermalContact",
    "Traction",
    "Transfer",
    "Varying",
    "Volumetric",
    "reaction",
]
