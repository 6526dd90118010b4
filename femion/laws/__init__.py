"""Laws at interfaces and boundaries, each one small file."""

from .base import Equal, Hold, Pin, Transfer, reaction
from .control import Current, CurrentDensity, OpenCircuit, Potential
from .double_layer import SiteBinding, SternLayer, SurfaceCharge
from .equilibrium import Bath, Donnan, DonnanReservoir, Reservoir, ReversibleElectrode, Terminal
from .kinetics import ButlerVolmer, Linear, MarcusHushChidsey, Tafel
from .mechanical import Bonded, Displacement, Traction
from .open_circuit import Nernst, OpenCircuitPotential
from .permeance import Permeance
from .thermal import Convection, HeatFlux, Temperature, ThermalContact
from .thin_membrane import KedemKatchalsky, SolutionDiffusion, SpieglerKedem
from .wall import Flux, Impermeable, Outflow, SurfaceReaction

__all__ = [
    "Bath",
    "Bonded",
    "ButlerVolmer",
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
    "KedemKatchalsky",
    "Linear",
    "MarcusHushChidsey",
    "Nernst",
    "OpenCircuit",
    "OpenCircuitPotential",
    "Outflow",
    "Permeance",
    "Pin",
    "Potential",
    "Reservoir",
    "ReversibleElectrode",
    "SiteBinding",
    "SolutionDiffusion",
    "SpieglerKedem",
    "SternLayer",
    "SurfaceCharge",
    "SurfaceReaction",
    "Tafel",
    "Temperature",
    "Terminal",
    "ThermalContact",
    "Traction",
    "Transfer",
    "reaction",
]
