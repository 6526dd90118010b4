"""Does coupling matter? A fuel-cell membrane whose protons drag water uphill.

Nafion 115 at 80 degC between a dry anode (40 % relative humidity) and a moist cathode (75 %): one
model, once with the full Onsager tensor, once with its diagonal. Activities are ideal; between
these humidities that overstates the difference of the water's potential by 10 %.
"""

from pathlib import Path

import numpy as np
import ufl

import femion as fm
from femion.units import F, R

# Water content, conductivity, drag: Springer et al., J. Electrochem. Soc. 138 (1991) 2334.
# Diffusivity (3 to 17 waters per sulfonate): Motupally et al., ibid. 147 (2000) 3171.
X, T, L = 1800.0, 353.15, 127e-6  # sulfonates [mol/m3], [K], thickness [m]
water = [X * (0.043 + 17.81 * a - 39.85 * a**2 + 36 * a**3) for a in (0.40, 0.75)]  # [mol/m3]


def onsager(s):
    n = s.c["H2O"] / X  # waters per sulfonate; each proton drags 2.5 n/22 of them along
    kappa = (0.5139 * ufl.max_value(n, 1) - 0.326) * np.exp(1268 * (1 / 303 - 1 / T))  # [S/m]
    D = 4.17e-8 * n * (1 + 161 * ufl.exp(-n)) * np.exp(-2436 / T)  # [m2/s]
    H, drag = kappa / F**2, 2.5 * n / 22
    return [[H, drag * H], [drag * H, D * s.c["H2O"] / (R * T) + drag**2 * H]]


def membrane(transport):
    mixture = fm.Medium([fm.Species("H+", 1), fm.Species("H2O", 0)], transport, temperature=T)
    laws = [fm.Reservoir("anode", {"H+": X, "H2O": water[0]}, current_density=0.0),
            fm.Reservoir("cathode", {"H+": X, "H2O": water[1]}, potential="0 V")]
    cell = fm.mesh(fm.geometry.slab(L, 32, region="membrane", ends=("anode", "cathode")))
    return fm.Problem(fm.Model([fm.Phase("membrane", mixture, fixed_charge=-X)], laws), cell, 2)


# --- one case, two tensors, up to 0.8 A/cm2 --------------------------------------------------
OUT, full, found, profiles = Path(__file__).parent / "out", fm.UserTransport(onsager), {}, {}
fm.echo("at 0.8 A/cm2     H+ [mol/m2/s]  H2O [mol/m2/s]  loss [mV]  water uphill")
for name, tensor in {"full tensor": full, "diagonal only": fm.Diagonal(full)}.items():
    problem, rows = membrane(tensor), []
    for i in np.linspace(0, 8000, 9):
        problem["laws.anode.control.value"] = i
        s = fm.solve(problem)
        N = [s.flow(k, "anode") / s.site("anode").area for k in ("H+", "H2O")]
        mu = [s.mean(lambda q: q.mu["H2O"], end) for end in ("anode", "cathode")]
        rows.append([i / 1e4, *N, 1e3 * s.potential("anode"), N[1] * (mu[1] - mu[0]) > 0])
    found[name] = np.array(rows).T
    profiles[name] = fm.plot.profile(s, "H2O", OUT / f"profile {name}.png").data
    fm.echo("{:13} {:16.5f} {:15.5f} {:10.1f}  {}".format(name, *rows[-1][1:]))

# --- only a cross term can drive a species uphill; here it turns the water's flow around --------
assert found["full tensor"][4, -1] and not found["diagonal only"][4].any()
fm.plot.curves([
    fm.plot.Panel("distance from the anode  [µm]", "water content  [H₂O per SO₃⁻]",
                  {k: (1e6 * p["s"], p["H2O"] / X) for k, p in profiles.items()}),
    fm.plot.Panel("current density  [A/cm²]", "water to the cathode  [mmol/(m² s)]",
                  {k: (r[0], 1e3 * r[2]) for k, r in found.items()}, {"uphill": (0, np.inf)}),
    fm.plot.Panel("current density  [A/cm²]", "voltage lost in the membrane  [mV]",
                  {k: (r[0], r[3]) for k, r in found.items()})], OUT / "coupling.png")
