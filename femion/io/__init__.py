"""Writing results and reading them again, and checkpoints to go on from."""

from .checkpoint import Checkpoints
from .fields import save
from .results import Results, load
from .run_folder import RunFolder

__all__ = ["Checkpoints", "Results", "RunFolder", "load", "save"]
