"""Chemical potentials: the state of a phase and the activity models."""

from .activity import Ideal
from .reactions import MassAction, carbonate, water_dissociation
from .state import C_REF, State
from .stoichiometry import equilibrate

__all__ = [
    "C_REF",
    "Ideal",
    "MassAction",
    "State",
    "carbonate",
    "equilibrate",
    "water_dissociation",
]
