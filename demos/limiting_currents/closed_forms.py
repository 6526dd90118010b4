"""Closed forms of a binary 1:1 salt whose conductivity is in proportion to its concentration.

`p` has D [m2/s] of the salt, t, the conductivity kappa [S/m] at c0 [mol/m3] and the thickness
L [m]; `both` is 1 where the other side is an electrode that gives what this one takes, 0 where it
is a stirred stream. Newman and Thomas-Alyea, Electrochemical Systems, ch. 11 and 17.
"""

import numpy as np

from femion.units import F, R


def limiting_current(p, both):
    """(1 + both) F D c0/(L (1 - t+))  [A/m2]."""
    return (1 + both) * F * p["D"] * p["c0"] / (p["L"] * (1 - p["t"]))


def voltage(p, both, share):
    """Ohmic and concentration voltage [V], both in proportion to ln(c_left/c_right)."""
    ohmic = p["c0"] * F * p["D"] / (p["kappa"] * (1 - p["t"]))
    unit = ohmic + 2 * R * 298.15 / F * (1 - p["t"])
    return unit * np.log((1 + both * share) / (1 - share))


def sands_time(p, i):
    """Pi D (F c0/(2 i (1 - t+)))^2  [s] until a current of i [A/m2] has used up the salt."""
    return np.pi * p["D"] * (F * p["c0"] / (2 * i * (1 - p["t"]))) ** 2


def strokes(lines):
    """Lines [(x, y), ...] as one: NaN lifts the pen."""
    return [np.concatenate([[*v, np.nan] for v in axis]) for axis in zip(*lines, strict=True)]
