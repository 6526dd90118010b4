"""What a person reads on the screen."""

from .echo import echo
from .numbers import numbers
from .summary import summary

__all__ = ["echo", "numbers", "summary"]
