"""A saturable carrier in a supported liquid membrane: a law of one's own, in langmuir.py.

Nothing in femion knows this law. It has 25 lines, says what crosses per event and how often, and
gets conservation, the Jacobian, the energy audit and parallel runs from femion.
"""

from pathlib import Path

import numpy as np
from langmuir import Carrier

import femion as fm

out = Path(__file__).parent / "out"
K, Cl = fm.Species("K+", +1), fm.Species("Cl-", -1)
water = fm.Medium([K, Cl], fm.Dilute({"K+": 1.957e-9, "Cl-": 2.032e-9}))  # [m2/s]
film = fm.geometry.layers({"feed": "50 um", "strip": "50 um"}, height="20 um", h="5 um")


def cell(c):
    """Feed of concentration c [mol/m3] against water that is nearly pure."""
    carrier = Carrier("feed|strip", "K+", "Cl-", N_max="2e-4 mol/m^2/s", K="50 mM")
    laws = [
        carrier,
        fm.Reservoir("left", {"K+": c, "Cl-": c}, potential=0.0),
        fm.Reservoir("right", {"K+": 0.1, "Cl-": 0.1}, potential=0.0),
    ]
    return fm.solve(fm.Model([fm.Phase("feed", water), fm.Phase("strip", water)], laws), film)


# -- the flux saturates; without films it would be N_max c/(K + c) --------------------------------
feeds = np.geomspace(5.0, 1000.0, 15)
states = [cell(float(c)) for c in feeds]
s = states[-1]
flux = [q.flow("K+", "feed|strip") / q.site("feed|strip").area for q in states]
alone = 2e-4 * feeds / (50.0 + feeds)
fm.echo(s.summary())

N = "N  [mol/(m² s)]"
lines = {"with films": (feeds, flux), "carrier alone": (feeds, alone)}
fm.plot.curves([fm.plot.Panel("feed  [mol/m³]", N, lines)], out / "saturation.png")
fm.plot.profile(s, ["K+", "phi"], out / "profile.png")
