"""Newton, linear solvers and continuation. Nothing here knows any physics."""

from .linear import Direct, FieldSplit, Linear, choose
from .newton import Newton, Outcome

__all__ = ["Direct", "FieldSplit", "Linear", "Newton", "Outcome", "choose"]
