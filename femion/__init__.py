"""femion: ion transport in batteries and membranes with full Onsager coupling, on FEniCSx."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if find_spec("dolfinx_solver"):
    import dolfinx_solver  # noqa: F401  (DOLFINx's wheel orders MPI before everything else)

from . import geometry, units
from .closure import Electroneutral, ElectronicConductor, Poisson
from .errors import FemionError, InputError, NotConverged
from .laws import (
    Bath,
    Bonded,
    ButlerVolmer,
    Convection,
    Current,
    CurrentDensity,
    Displacement,
    Donnan,
    DonnanReservoir,
    Equal,
    Flux,
    HeatFlux,
    Hold,
    Impermeable,
    KedemKatchalsky,
    Linear,
    MarcusHushChidsey,
    Nernst,
    OpenCircuit,
    OpenCircuitPotential,
    Outflow,
    Permeance,
    Pin,
    Potential,
    Reservoir,
    ReversibleElectrode,
    SiteBinding,
    SolutionDiffusion,
    SpieglerKedem,
    SternLayer,
    SurfaceCharge,
    SurfaceReaction,
    Tafel,
    Temperature,
    Terminal,
    ThermalContact,
    Traction,
    Transfer,
    reaction,
)
from .model import Conductor, Medium, Model, Phase, Species, electron
from .thermo import (
    Arrhenius,
    Bikerman,
    Born,
    Centrifuge,
    Davies,
    DebyeHueckel,
    Elastic,
    External,
    FreeEnergy,
    GradientEnergy,
    Gravity,
    HeatBalance,
    Ideal,
    LatticeGas,
    Margules,
    MassAction,
    Pitzer,
    Pressure,
    Steric,
    Stress,
    ThermodynamicFactor,
    ThermodynamicFactorTable,
    UserActivity,
    carbonate,
    equilibrate,
    water_dissociation,
)
from .transport import (
    ConcentratedBinary,
    Conductivity,
    Diagonal,
    Dilute,
    Effective,
    HinderedPore,
    MixedConductor,
    RangeWarning,
    StefanMaxwell,
    Tabulated,
    UserTransport,
    centreline_hindrance,
    convective_hindrance,
    hindrance,
)

if TYPE_CHECKING:
    from . import io, library, metrics, plot, upscaling
    from .domain import Domain, mesh
    from .problem import Problem
    from .report import echo
    from .solution import Solution, solve
    from .solvers import Direct, FieldSplit

__version__ = "0.1.0"

#: What needs DOLFINx is loaded when it is first asked for: name -> module.
_LAZY = {
    "Direct": "solvers",
    "Domain": "domain",
    "FieldSplit": "solvers",
    "Problem": "problem",
    "echo": "report",
    "Solution": "solution",
    "mesh": "domain",
    "solve": "solution",
}
_PACKAGES = ("io", "library", "metrics", "plot", "upscaling")

__all__ = [
    "Arrhenius",
    "Bath",
    "Bikerman",
    "Bonded",
    "Born",
    "ButlerVolmer",
    "Centrifuge",
    "ConcentratedBinary",
    "Conductivity",
    "Conductor",
    "Convection",
    "Current",
    "CurrentDensity",
    "Davies",
    "DebyeHueckel",
    "Diagonal",
    "Dilute",
    "Direct",
    "Displacement",
    "Domain",
    "Donnan",
    "DonnanReservoir",
    "Effective",
    "Elastic",
    "Electroneutral",
    "ElectronicConductor",
    "Equal",
    "External",
    "FemionError",
    "FieldSplit",
    "Flux",
    "FreeEnergy",
    "GradientEnergy",
    "Gravity",
    "HeatBalance",
    "HeatFlux",
    "HinderedPore",
    "Hold",
    "Ideal",
    "Impermeable",
    "InputError",
    "KedemKatchalsky",
    "LatticeGas",
    "Linear",
    "MarcusHushChidsey",
    "Margules",
    "MassAction",
    "Medium",
    "MixedConductor",
    "Model",
    "Nernst",
    "NotConverged",
    "OpenCircuit",
    "OpenCircuitPotential",
    "Outflow",
    "Permeance",
    "Phase",
    "Pin",
    "Pitzer",
    "Poisson",
    "Potential",
    "Pressure",
    "Problem",
    "RangeWarning",
    "Reservoir",
    "ReversibleElectrode",
    "SiteBinding",
    "Solution",
    "SolutionDiffusion",
    "Species",
    "SpieglerKedem",
    "StefanMaxwell",
    "Steric",
    "SternLayer",
    "Stress",
    "SurfaceCharge",
    "SurfaceReaction",
    "Tabulated",
    "Tafel",
    "Temperature",
    "Terminal",
    "ThermalContact",
    "ThermodynamicFactor",
    "ThermodynamicFactorTable",
    "Traction",
    "Transfer",
    "Uncharged",
    "UserActivity",
    "UserTransport",
    "carbonate",
    "centreline_hindrance",
    "convective_hindrance",
    "echo",
    "electron",
    "equilibrate",
    "geometry",
    "hindrance",
    "io",
    "library",
    "mesh",
    "metrics",
    "plot",
    "reaction",
    "solve",
    "units",
    "upscaling",
    "water_dissociation",
]


def __getattr__(name: str) -> Any:
    """Load what needs DOLFINx."""
    if name in _PACKAGES:
        return import_module(f".{name}", __name__)
    if name in _LAZY:
        value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
        globals()[name] = value  # also undoes the module that the import left under this name
        return value
    raise AttributeError(f"module 'femion' has no attribute {name!r}")
