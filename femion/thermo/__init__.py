"""Chemical potentials: the state of a phase, activities, external energies, temperature."""

from .activity import C_REF, Activity, Ideal
from .elastic import Elastic
from .external import Born, Centrifuge, Energy, External, Gravity, Pressure, Steric, Stress
from .gradient import GradientEnergy
from .heat import Arrhenius, HeatBalance
from .state import T_REF, State, from_composition, from_potentials, implicit

__all__ = [
    "C_REF",
    "T_REF",
    "Activity",
    "Arrhenius",
    "Born",
    "Centrifuge",
    "Elastic",
    "Energy",
    "External",
    "GradientEnergy",
    "Gravity",
    "HeatBalance",
    "Ideal",
    "Pressure",
    "State",
    "Steric",
    "Stress",
    "from_composition",
    "from_potentials",
    "implicit",
]
