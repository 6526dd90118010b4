"""femion: ion transport in batteries and membranes with full Onsager coupling, on FEniCSx."""

from . import geometry, units
from .closure import Electroneutral, ElectronicConductor, Poisson
from .errors import FemionError, InputError, NotConverged
from .laws import *  # noqa: F403
from .model import Conductor, Medium, Model, Phase, Species, electron
from .thermo import Ideal
from .transport import ConcentratedBinary, Conductivity, Dilute, Effective, StefanMaxwell

__version__ = "0.1.0"

_LAZY = {
    "Domain": "domain",
    "Problem": "problem",
    "Solution": "solution",
    "domain": "domain",
    "solve": "solution",
    "Direct": "solve.linear",
    "FieldSplit": "solve.linear",
}


def __getattr__(name: str) -> object:
    """Load what needs DOLFINx only when it is first asked for."""
    from importlib import import_module

    if name in _LAZY:
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module 'femion' has no attribute {name!r}")
