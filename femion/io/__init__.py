"""Writing results."""

from .fields import save

__all__ = ["save"]
