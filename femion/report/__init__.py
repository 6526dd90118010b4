"""What a person reads on the screen."""

from .summary import summary

__all__ = ["summary"]
