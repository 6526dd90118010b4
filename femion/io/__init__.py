"""Writing results, and checkpoints to go on from."""

from .checkpoint import Checkpoints
from .fields import save

__all__ = ["Checkpoints", "save"]
