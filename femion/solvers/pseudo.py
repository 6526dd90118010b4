"""Pseudo-transient continuation: a steady state as the end of a coarse march in time.

(sigma M + J) dx = -residual, one Newton step per step of pseudo-time, M what nodes hold per
change of their potentials. sigma falls with the residual (switched evolution relaxation, Kelley
and Keyes, SIAM J. Numer. Anal. 35 (1998) 508), and plain Newton ends it: the answer has no M.
"""

import numpy as np

from .newton import Newton, Outcome

FIRST = 100.0  # sigma at the start, over D0/L^2
MOST = 60  # steps
LEFT = 1e-6  # share of the first residual at which plain Newton takes over


def march(newton: Newton) -> Outcome:
    """March from `newton.x`; if Newton fails at the end, it is as it was."""
    system, start = newton.system, newton.x
    x, b = start.copy(), start.duplicate()
    step, first, used = start.duplicate(), 0.0, []
    for _ in range(MOST):
        system.residual(x, b)
        norm = b.norm()
        first = first or norm
        if not np.isfinite(norm) or norm <= LEFT * first:
            break
        capacity = system.capacity()
        capacity.scale(FIRST * norm / first)
        newton.linear_step(x, b, step, capacity)
        largest = system.sizes.step(x, step)[0]
        if not np.isfinite(largest):
            break
        x.axpy(-min(1.0, newton.clamp / max(largest, 1e-300)), step)
        used.append(largest)
    newton.x = x
    outcome = newton.solve()
    outcome.steps[:0] = used
    if not outcome.converged:
        newton.x = start
    return outcome
