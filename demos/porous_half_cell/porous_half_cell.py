"""Porous half-cell: lithium | separator | sintered random particles on a collector, discharged.

LiPF6 as a concentrated solution, electrons in the particles, Butler-Volmer on every particle
surface and on the lithium foil. Run it with `mpiexec -n 2 femion run porous_half_cell.py`.
"""

from pathlib import Path

import femion as fm

OUT = Path(__file__).parent / "out"

# --- the physics ----------------------------------------------------------------------------
Li, PF6 = fm.Species("Li+", +1), fm.Species("PF6-", -1)
electrolyte = fm.Medium([Li, PF6], fm.ConcentratedBinary(
    conductivity=lambda c, T: 0.0911 + 1.9101e-3 * c - 1.052e-6 * c**2 + 1.554e-10 * c**3,
    transference_number=0.363, diffusivity=3.2e-10))
oxide = fm.Conductor("10 S/m")
salt = {"Li+": "1 M", "PF6-": "1 M"}


def exchange(metal, solution):
    return 2.0 * (solution.c["Li+"] / 1000) ** 0.5  # [A/m2]


reaction = {"reaction": "Li -> Li+ + e-", "stored": ("Li",), "exchange_current_density": exchange}
cell = fm.geometry.half_cell(separator=20e-6, electrode=100e-6, height=80e-6,
                             particle_radius=5e-6, solid_fraction=0.5, seed=5)
model = fm.Model(
    phases=[fm.Phase("electrolyte", electrolyte, regions=["separator", "pores"], initial=salt),
            fm.Phase("particles", oxide)],
    laws=[fm.ButlerVolmer("lithium", **reaction, equilibrium_potential=fm.Nernst(0.0, {"Li+": 1}),
                          terminal=fm.Potential("0 V")),
          fm.ButlerVolmer("particles|electrolyte", **reaction,
                          equilibrium_potential=fm.Nernst(3.9, {"Li+": 1})),
          fm.Terminal("collector", current=-50 * 80e-6)])  # 50 A/m2 of electrode drawn

# --- solve ----------------------------------------------------------------------------------
mesh = fm.mesh(cell)
s = fm.solve(model, mesh)

# --- what came out ---------------------------------------------------------------------------
spread = fm.metrics.surface_spread(s, "particles|electrolyte")
layer = fm.upscaling.Layer(100e-6, porosity=cell.info["porosity"], in_series=20e-6)
open_space = {"separator": 1.0, "pores": 1.0, "particles": 0.0}
pores = fm.upscaling.through_plane(mesh, open_space, layer=layer, degree=1)
fm.echo(s.summary())
fm.echo(f"\ncell voltage {fm.metrics.cell_voltage(s, 'collector', 'lithium'):.4f} V")
fm.echo(f"reaction current {spread.mean:.3f} A/m2 on average over the particle surface, "
        f"standard deviation {100 * spread.relative:.0f} % of it")
fm.echo(f"electrolyte: tortuosity factor {pores.tortuosity[0, 0]:.2f} at porosity "
        f"{pores.porosity:.3f} (MacMullin number {pores.formation_factor:.2f}; "
        f"Bruggeman: {pores.porosity**-1.5:.2f})")
fm.plot.fields(s, "phi", OUT / "potential.png")
fm.plot.scene(s, "Li+", OUT / "salt.png")
fm.plot.surface(s, "particles|electrolyte", OUT / "reaction.png")
