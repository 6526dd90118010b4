"""Chemical potentials: the state of a phase, activities, energies, temperature, reactions."""

from .activity import C_REF, Activity, Ideal
from .elastic import Elastic
from .electrolyte import Davies, DebyeHueckel
from .excess import FreeEnergy, UserActivity
from .external import Born, Centrifuge, Energy, External, Gravity, Pressure, Steric, Stress
from .factor import ThermodynamicFactor, ThermodynamicFactorTable
from .gradient import GradientEnergy
from .heat import Arrhenius, HeatBalance
from .lattice import Bikerman, LatticeGas
from .mixture import Margules, Pitzer
from .reactions import MassAction, carbonate, water_dissociation
from .state import T_REF, State, from_composition, from_potentials, implicit
from .stoichiometry import equilibrate

__all__ = [
    "C_REF",
    "T_REF",
    "Activity",
    "Arrhenius",
    "Bikerman",
    "Born",
    "Centrifuge",
    "Davies",
    "DebyeHueckel",
    "Elastic",
    "Energy",
    "External",
    "FreeEnergy",
    "GradientEnergy",
    "Gravity",
    "HeatBalance",
    "Ideal",
    "LatticeGas",
    "Margules",
    "MassAction",
    "Pitzer",
    "Pressure",
    "State",
    "Steric",
    "Stress",
    "ThermodynamicFactor",
    "ThermodynamicFactorTable",
    "UserActivity",
    "carbonate",
    "equilibrate",
    "from_composition",
    "from_potentials",
    "implicit",
    "water_dissociation",
]
