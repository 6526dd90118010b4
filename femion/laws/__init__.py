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
from .double_layer import DoubleLayer, SiteBinding, SternLayer, SurfaceCharge
from .equilibrium import Bath, Donnan, DonnanReservoir, Reservoir, ReversibleElectrode, Terminal
from .exchange_membrane import ExchangeMembrane
from .flow import ElectroOsmoticSlip, Inflow, Joined, NoSlip, Open, Slip, Velocity
from .kinetics import ButlerVolmer, Linear, MarcusHushChidsey, Tafel
from .mechanical import Bonded, Displacement, Traction
from .open_circuit import Nernst, OpenCircuitPotential
from .permeance import Permeance
from .solvent import SolventEquilibrium
from .thermal import Convection, HeatFlux, Temperature, ThermalContact
from .thin_membrane import KedemKatchalsky, SolutionDiffusion, SpieglerKedem
from .volumetric import Volumetric
from .wall import Flux, Impermeable, Outflow, SurfaceReaction

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
    "DoubleLayer",
    "ElectroOsmoticSlip",
    "Equal",
    "ExchangeMembrane",
    "Flux",
    "HeatFlux",
    "Hold",
    "Impermeable",
    "Inflow",
    "Joined",
    "KedemKatchalsky",
    "Linear",
    "MarcusHushChidsey",
    "Nernst",
    "NoSlip",
    "Open",
    "OpenCircuit",
    "OpenCircuitPotential",
    "Outflow",
    "Permeance",
    "Pin",
    "Potential",
    "Power",
    "Reservoir",
    "Resistor",
    "ReversibleElectrode",
    "SiteBinding",
    "Slip",
    "SolutionDiffusion",
    "SolventEquilibrium",
    "SpieglerKedem",
    "SternLayer",
    "SurfaceCharge",
    "SurfaceReaction",
    "Sweep",
    "Tafel",
    "Temperature",
    "Terminal",
    "ThermalContact",
    "Traction",
    "Transfer",
    "Varying",
    "Velocity",
    "Volumetric",
    "reaction",
]
