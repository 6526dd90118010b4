"""Electrodialysis channel: limiting current over flow and spacing, empty and with spacers.

Between a cation- and an anion-exchange membrane the current takes salt out of the flow. Where a
wall runs dry, more voltage brings no more current. How far do flow and filaments move that limit?
Quadratic elements: linear ones on this mesh give limits that are 10 to 20 % too high, and say so.
"""

from pathlib import Path

import numpy as np
from leveque import SUPG, leveque, panels, volts

import femion as fm

OUT, rho, mu, L = Path(__file__).parent / "out", 997.0, 0.89e-3, 6e-3

# --- the physics ----------------------------------------------------------------------------
ions, D = [fm.Species("Na+", +1), fm.Species("Cl-", -1)], {"Na+": 1.334e-9, "Cl-": 2.032e-9}
water, feed = fm.Medium(ions, fm.Dilute(D)), {"Na+": 100.0, "Cl-": 100.0}  # Sc = 550
passing = [("bottom", {"Na+": 0.98, "Cl-": 0.02}), ("top", {"Na+": 0.02, "Cl-": 0.98})]


def channel(kind, H, *walls):
    cells = {"height": H, "first_cell": 9e-6, "growth": 2.0, "h": 0.3 * H}
    n = round(L / 3 / H)  # filaments
    row = {"diameter": H / 2, "spacing": L / n, "filaments": n, "layer": H / 20}
    shape = (fm.geometry.spacer_channel(kind, **cells, **row, h_wall=H / 10) if kind != "empty"
             else fm.geometry.channel(length=L, h_along=H / 4, h_inlet=H / 20, **cells))
    laws = [fm.ExchangeMembrane(w, t, "2 ohm*cm^2", feed, fm.Potential(0.0)) for w, t in passing]
    laws += [fm.Inflow("inlet", 0.0), fm.Bath("inlet", feed), fm.Open("outlet")]
    laws += [fm.Outflow("outlet"), *map(fm.NoSlip, walls)]
    phase = fm.Phase("channel", water, flow=fm.NavierStokes(mu, density=rho), initial=feed,
                     stabilisation=SUPG)
    return fm.Problem(fm.Model([phase], laws), fm.mesh(shape), degree=2)


# --- limiting currents, and how one of each is reached -------------------------------------------
Re, limits, sweeps, losses = np.array([5, 30, 100]), {}, {}, {}
voltage, inlet = "laws.top#1.terminal.value", "laws.inlet#2.velocity"
for kind, H, *spacer in (("empty", 1e-3), ("zigzag", 1e-3, "spacer"),
                         ("empty", 7e-4), ("zigzag", 7e-4, "spacer")):
    problem, s, i = channel(kind, H, "bottom", "top", *spacer), None, []
    speed, name, problem[voltage] = Re * mu / (2 * H * rho), f"{kind}, {1e3 * H:g} mm", 1.2
    for problem[inlet] in speed:
        s = fm.solve(problem, near=s)
        i.append(s.current("top") / L)
    limits |= {name: i, f"Lévêque, {1e3 * H:g} mm": leveque(D, 0.98, 100.0, H, L, speed)}
    fm.echo(f"{name:14} Re {Re}: limiting currents {np.round(i)} A/m2")
    fm.plot.fields(s, ["Na+"], OUT / f"salt {name}.png", aspect="equal", log=False)
    if H == 1e-3:
        problem[voltage], problem[inlet] = 0.0, speed[1]
        sweeps[name] = fm.metrics.current_sweep(problem, "top", first=0.2, growth=1.3)
        for problem[voltage] in (0.3, 1.2):
            s = fm.solve(problem, near=s)
            losses[f"{kind}\n{problem[voltage]:g} V"] = volts(s)

fm.plot.curves(panels(Re ** (1 / 3), limits, sweeps, L), OUT / "ed_channel.png")
fm.plot.bars(losses, "voltage at Re 30  [mV]", OUT / "losses.png")
