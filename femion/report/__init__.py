"""What a person reads on the screen."""

from .echo import echo
from .summary import summary

__all__ = ["echo", "summary"]
