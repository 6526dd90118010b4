"""Chemical potentials: the state of a phase and the activity models."""

from .activity import Ideal
from .state import C_REF, State

__all__ = ["C_REF", "Ideal", "State"]
