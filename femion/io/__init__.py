"""Writing results, and checkpoints to go on from."""

from .checkpoint import Checkpoints
from .fields import save
from .run_folder import RunFolder

__all__ = ["Checkpoints", "RunFolder", "save"]
