"""One limit, two fields: fast charge of a lithium-ion cell, and electrodialysis.

An ion that carries t+ of the current but all of it through an interface drags its salt along,
F N+ = i, and the salt runs out there: c falls by i (1 - t+)/(F D) per metre. In a cell the other
electrode gives back what one takes, i_lim = 2 F D c0/(L (1 - t+)); before a membrane a stirred
stream feeds a film, i_lim = F D c0/(L (1 - t+)). Above it there is only Sand's time.
"""

from pathlib import Path

import numpy as np
from closed_forms import limiting_current, sands_time, strokes, voltage

import femion as fm

OUT = Path(__file__).parent / "out"

# --- two salts: D [m2/s], t+, conductivity [S/m] at c0 [mol/m3], thickness [m] ------------------
cases = {"electrodialysis, CEM": {"ions": ("Na+", "Cl-"), "D": 1.61e-9, "t": 0.396, "kappa": 0.25,
                                  "c0": 20.0, "L": 50e-6},
         "Li-ion cell, fast charge": {"ions": ("Li+", "PF6-"), "D": 1e-10, "t": 0.3, "kappa": 0.3,
                                      "c0": 1e3, "L": 100e-6}}


def layer(ions, D, t, kappa, c0, L):
    salt, c = fm.ConcentratedBinary(lambda c, T: kappa * c / c0, t, D), dict.fromkeys(ions, c0)
    medium = fm.Medium([fm.Species(ions[0], 1), fm.Species(ions[1], -1)], salt)
    source = (fm.ReversibleElectrode("left", "Li+", potential=0.0) if "Li+" in ions
              else fm.Reservoir("left", c, potential=0.0))
    sink = fm.ReversibleElectrode("right", ions[0], current_density=0.0)
    return fm.Model([fm.Phase("salt", medium, initial=c)], [source, sink])


# --- up to the limit, and three times beyond it --------------------------------------------------
shares, found, exact, lines, curves = np.array([0, 0.3, 0.6, 0.8, 0.9, 0.98]), {}, ([], []), {}, {}
for name, p in cases.items():
    mesh, ion = fm.mesh(fm.geometry.slab(p["L"], 60, region="salt")), p["ions"][0]
    problem, marching = (fm.Problem(layer(**p), mesh, 2, transient=k) for k in (False, True))
    limit, drawn, V = limiting_current(p, both := ion == "Li+"), [], []
    for share in shares:
        problem["laws.right.control.value"] = -share * limit
        s = fm.solve(problem)
        V.append(-1e3 * s.potential("right"))
        if share in (0.3, 0.8, 0.98):
            line = fm.plot.profile(s, ion, OUT / f"{ion} at {share:g}.png").data
            drawn.append((line["s"] / p["L"], line[ion] / p["c0"]))
            exact[0].append(([0, 1], [1 + both * share, 1 - share]))
    exact[1].append((1e3 * voltage(p, both, shares), shares))
    lines[name], curves[name] = strokes(drawn), (np.array(V) - V[0], shares)
    marching["laws.right.control.value"] = -3 * limit
    tau = sands_time(p, 3 * limit)  # c/c0 = 1 - sqrt(t/tau)
    c = fm.march(marching, until=0.9 * tau).last.mean(lambda q, i=ion: q.c[i], "right") / p["c0"]
    found[name] = [limit, V[-1] - V[0], exact[1][-1][0][-1], 0.9 * tau / (1 - c) ** 2, tau]
    # the limit; voltage lost at 98 % of it and Sand's time at 300 %, each with its closed form
    fm.echo("{}: {:.0f} A/m2, {:.2f} ({:.2f}) mV, {:.4g} ({:.4g}) s".format(name, *found[name]))

lines["closed form"], curves["closed form"] = map(strokes, exact)
fm.plot.curves([fm.plot.Panel("distance over thickness", "c/c₀", lines),
                fm.plot.Panel("voltage lost  [mV]", "current over the limiting one", curves)],
               OUT / "limiting_currents.png")
