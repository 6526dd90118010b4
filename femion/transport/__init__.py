"""Transport models: each one file, each returning the Onsager tensor L of a state."""

from . import convert, frames
from .activated import Activated
from .concentrated import ConcentratedBinary
from .conductivity import Conductivity
from .diagonal import Diagonal
from .dilute import Dilute
from .effective import Effective
from .function import UserTransport
from .hindered import HinderedPore, centreline_hindrance, convective_hindrance, hindrance
from .mixed import MixedConductor
from .report import report
from .stefan_maxwell import StefanMaxwell
from .tabulated import Tabulated
from .validity import RangeWarning

__all__ = [
    "Activated",
    "ConcentratedBinary",
    "Conductivity",
    "Diagonal",
    "Dilute",
    "Effective",
    "HinderedPore",
    "MixedConductor",
    "RangeWarning",
    "StefanMaxwell",
    "Tabulated",
    "UserTransport",
    "centreline_hindrance",
    "convective_hindrance",
    "convert",
    "frames",
    "hindrance",
    "report",
]
