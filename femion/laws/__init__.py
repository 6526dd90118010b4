"""Laws at interfaces and boundaries, each one small file."""

from .base import Equal, Pin, Transfer, reaction
from .control import Current, CurrentDensity, OpenCircuit, Potential
from .equilibrium import Bath, Donnan, DonnanReservoir, Reservoir, ReversibleElectrode, Terminal
from .kinetics import ButlerVolmer, Nernst
from .wall import Flux, Impermeable

__all__ = [
    "Bath",
    "ButlerVolmer",
    "Current",
    "CurrentDensity",
    "Donnan",
    "DonnanReservoir",
    "Equal",
    "Flux",
    "Impermeable",
    "Nernst",
    "OpenCircuit",
    "Pin",
    "Potential",
    "Reservoir",
    "ReversibleElectrode",
    "Terminal",
    "Transfer",
    "reaction",
]
