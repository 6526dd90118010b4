"""Chemical potentials: the state of a phase and the activity models."""

from .activity import C_REF, Activity, Ideal
from .electrolyte import Davies, DebyeHueckel
from .excess import FreeEnergy, UserActivity
from .factor import ThermodynamicFactor, ThermodynamicFactorTable
from .lattice import Bikerman, LatticeGas
from .mixture import Margules, Pitzer
from .state import State

__all__ = [
    "C_REF",
    "Activity",
    "Bikerman",
    "Davies",
    "DebyeHueckel",
    "FreeEnergy",
    "Ideal",
    "LatticeGas",
    "Margules",
    "Pitzer",
    "State",
    "ThermodynamicFactor",
    "ThermodynamicFactorTable",
    "UserActivity",
]
