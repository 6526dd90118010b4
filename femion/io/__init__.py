"""Writing results."""

from .fields import save
from .run_folder import RunFolder

__all__ = ["RunFolder", "save"]
