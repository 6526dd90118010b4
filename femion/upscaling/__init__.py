"""Effective properties of a geometry."""

from .through_plane import Layer, tortuosity

__all__ = ["Layer", "tortuosity"]
