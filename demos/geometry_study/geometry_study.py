"""How tortuous, and how uniform? A porous electrode over porosity and over random packings.

Tortuosity of the pores of periodic packings and of sintered electrodes, against Bruggeman's rule
and the bound of Hashin and Shtrikman; and how unevenly the surface of the particles reacts. In two
dimensions Bruggeman's rule for spheres, porosity^-0.5, is below what any isotropic pores can have.
"""

from pathlib import Path

import numpy as np

import femion as fm

OUT, UM, SEEDS, POROSITIES = Path(__file__).parent / "out", 1e-6, (2, 3, 4), (0.5, 0.6, 0.7, 0.8)
Li, PF6 = fm.Species("Li+", +1), fm.Species("PF6-", -1)
electrolyte = fm.Medium([Li, PF6], fm.ConcentratedBinary(1.0, 0.363, 3.2e-10))  # 1 S/m
kinetics = {"reaction": "Li -> Li+ + e-", "stored": ("Li",), "exchange_current_density": 2.0}
model = fm.Model(
    [fm.Phase("electrolyte", electrolyte, regions=["separator", "pores"],
              initial={"Li+": "1 M", "PF6-": "1 M"}), fm.Phase("particles", fm.Conductor(10.0))],
    [fm.ButlerVolmer("lithium", **kinetics, equilibrium_potential=0.0, terminal=fm.Potential(0.0)),
     fm.ButlerVolmer("particles|electrolyte", **kinetics, equilibrium_potential=3.9),
     fm.Terminal("collector", current=-50 * 40 * UM)])  # 50 A/m2 of electrode drawn


# --- tortuosity of separate particles, and its bound at the porosity as meshed ------------------
def separate(porosity, seed):
    cell = fm.geometry.packing((32 * UM, 32 * UM), 4 * UM, 1 - porosity, periodic="xy", seed=seed)
    p = fm.upscaling.effective(cell, {"pores": 1, "particles": 0})
    e, most = p.porosity, fm.upscaling.hashin_shtrikman
    return e * p.formation_factor, e / most((e, 1 - e), (1, 0), 2)[1]


# --- tortuosity of a sintered electrode, and the relative spread of its reaction ----------------
def sintered(porosity, seed):
    cell = fm.mesh(fm.geometry.half_cell(separator=10 * UM, electrode=60 * UM, height=40 * UM,
                   particle_radius=4 * UM, solid_fraction=1 - porosity, seed=seed))
    p = fm.upscaling.through_plane(cell, {"separator": 1, "pores": 1, "particles": 0}, degree=1,
                                   layer=fm.upscaling.Layer(60 * UM, porosity, 10 * UM))
    s = fm.solve(model, cell)
    return p.tortuosity[0, 0], fm.metrics.surface_spread(s, "particles|electrolyte").relative, s


a = np.array([[separate(e, k) for k in SEEDS] for e in POROSITIES])
b = [[sintered(e, k) for k in SEEDS] for e in POROSITIES]
b, s, eps = np.array([[x[:2] for x in row] for row in b]), b[0][0][2], np.array(POROSITIES)
bars = {name: (eps, x.mean(axis=1), x.std(axis=1, ddof=1)) for name, x in
        {"separate": a[..., 0], "sintered": b[..., 0], "reaction": b[..., 1]}.items()}
for name, rows in bars.items():
    fm.echo(name + "".join("  {:.2f}: {:.3f} ± {:.3f}".format(*r) for r in np.transpose(rows)))
assert (a[..., 0] > 0.99 * a[..., 1]).all()  # the bound, within what P2 cells overestimate k
assert (bars["sintered"][1] > bars["separate"][1]).all()  # necks close throats
fm.plot.curves([
    fm.plot.Panel("porosity", "tortuosity factor", {k: bars[k] for k in ("separate", "sintered")} |
                  {"Bruggeman": (eps, eps**-0.5), "Hashin–Shtrikman": (eps, 2 - eps)}),
    fm.plot.Panel("porosity", "deviation of reaction / mean", {"sintered": bars["reaction"]})],
    OUT / "study.png")
fm.plot.surface(s, "particles|electrolyte", OUT / "reaction.png")
