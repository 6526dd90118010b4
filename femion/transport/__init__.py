"""Transport models: each one file, each returning the Onsager tensor L of a state."""

from .concentrated import ConcentratedBinary
from .conductivity import Conductivity
from .dilute import Dilute
from .effective import Effective
from .stefan_maxwell import StefanMaxwell

__all__ = ["ConcentratedBinary", "Conductivity", "Dilute", "Effective", "StefanMaxwell"]
