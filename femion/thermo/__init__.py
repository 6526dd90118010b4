"""Chemical potentials: the state of a phase, activity models and external energies."""

from .activity import C_REF, Activity, Ideal
from .state import T_REF, State, from_composition, from_potentials, implicit

__all__ = [
    "C_REF",
    "T_REF",
    "Activity",
    "Ideal",
    "State",
    "from_composition",
    "from_potentials",
    "implicit",
]
