"""Spinodal decomposition: a host whose guests attract each other separates into two phases.

A regular solution on sites (chi = 3, beyond its spinodal) with gradient energy, Cahn and Hilliard,
J. Chem. Phys. 28 (1958) 258. Nothing enters or leaves; the free energy can only fall.
"""

from pathlib import Path

import numpy as np
from waves import C_MAX, L, start

import femion as fm
from femion.units import R

D, RT = 1e-14, R * 298.15  # [m2/s], [J/mol]
OUT, WIDTH = Path(__file__).parent / "out", L / 30  # sqrt(kappa), a quarter of an interface [m]


def onsager(s):
    theta = s.c["Li"] / C_MAX  # a jump needs a guest and an empty site
    return [[D * C_MAX * theta * (1 - theta) / (R * s.T)]]


sites = fm.LatticeGas({"Li": C_MAX}, {"Li": 3 * RT})
medium = fm.Medium([fm.Species("Li", 0)], fm.UserTransport(onsager), sites)
edges = fm.GradientEnergy({"Li": RT * WIDTH**2 / C_MAX})
model = fm.Model([fm.Phase("host", medium, initial={"Li": start}, energies=[edges])], [])
square = fm.geometry.slab(L, 44, height=L, cells_y=44, region="host")

t = fm.march(model, square, until="20 s", output=["3 s", "5 s", "20 s"], rtol=1e-3,
             watch={"G": fm.metrics.free_energy})
for at, s in zip(t.times, t.solutions, strict=True):
    x = np.array(s.extremes("Li", "host")) / C_MAX
    fm.echo(f"t = {at:2.0f} s: filling {x[0]:.3f} to {x[1]:.3f} (coexistence: 0.071 and 0.929)")
    fm.plot.fields(s, "Li", OUT / f"{at:.0f} s.png", log=False)
time, G = t.history["time"], t.history["G"]
assert np.diff(G).max() < 1e-6 * np.ptp(G)  # the second law, step by step
fall = {"G": (time[1:], (G[1:] - G[-1]) / (RT * C_MAX * L**2))}
fm.plot.curves([fm.plot.Panel("time  [s]", "free energy above the last  [RT per site]", fall)],
               OUT / "free energy.png")
