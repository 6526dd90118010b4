"""The start of the spinodal decomposition, for the script and for the case file."""

import numpy as np

L, C_MAX = 1e-6, 2e4  # edge [m], sites [mol/m3]


def start(x):
    """40 % filled, and waves of every direction a hundred times smaller, the same on any mesh."""
    waves = [(m, n, np.sin(7.3 * m + 13.7 * n**2)) for m in range(9) for n in range(9) if m + n]
    X, Y = np.pi * x[0] / L, np.pi * x[1] / L
    return C_MAX * (0.4 + 4e-4 * sum(a * np.cos(m * X) * np.cos(n * Y) for m, n, a in waves))
