"""Effective properties of a geometry, and bounds on them."""

from .bounds import hashin_shtrikman, wiener
from .conduction import Conduction, Layer, effective, through_plane
from .onsager import Coupled, onsager

__all__ = [
    "Conduction",
    "Coupled",
    "Layer",
    "effective",
    "hashin_shtrikman",
    "onsager",
    "through_plane",
    "wiener",
]
