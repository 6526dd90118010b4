"""Newton, linear solvers, continuation and time steps. Nothing here knows any physics."""

from . import bdf
from .definite import Definite
from .linear import Direct, FieldSplit, Linear, choose
from .newton import Newton, Outcome

__all__ = ["Definite", "Direct", "FieldSplit", "Linear", "Newton", "Outcome", "bdf", "choose"]
