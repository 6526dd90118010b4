"""Electrodialysis: bath | CEM | diluate | AEM | bath, three ions at half the limiting current.

Stefan-Maxwell friction between all ions and water, Donnan equilibrium at the four membrane
faces, electroneutral everywhere. Run it with `mpiexec -n 2 femion run electrodialysis.py`.
"""

from pathlib import Path

import femion as fm

OUT = Path(__file__).parent / "out"

# --- the physics ----------------------------------------------------------------------------
ions = [fm.Species("Na+", +1), fm.Species("K+", +1), fm.Species("Cl-", -1)]
friction = {"Na+,solvent": 1.334e-9, "K+,solvent": 1.957e-9, "Cl-,solvent": 2.032e-9,
            "Na+,Cl-": 1.5e-10, "K+,Cl-": 1.8e-10}  # [m2/s]
water = fm.Medium(ions, fm.StefanMaxwell(friction))
resin = fm.Medium(ions, fm.Effective(water.transport, porosity=0.4, tortuosity=4))
bath = {"Na+": "60 mM", "K+": "40 mM", "Cl-": "100 mM"}
feed = {"Na+": "30 mM", "K+": "20 mM", "Cl-": "50 mM"}

cell = fm.geometry.layers(
    {"cathode bath": 150e-6, "CEM": 100e-6, "diluate": 300e-6, "AEM": 100e-6, "anode bath": 150e-6},
    height=600e-6, h=15e-6, first_cell=3e-6, side="walls", side_names={"diluate": "feed"})
model = fm.Model(
    phases=[fm.Phase("cathode bath", water), fm.Phase("CEM", resin, fixed_charge="-1 mol/L"),
            fm.Phase("diluate", water), fm.Phase("AEM", resin, fixed_charge="+1 mol/L"),
            fm.Phase("anode bath", water)],
    laws=[fm.Reservoir("left", bath, potential="0 V"), fm.Reservoir("right", bath, current=0.0),
          fm.Bath("feed", feed), fm.Donnan("cathode bath|CEM"), fm.Donnan("CEM|diluate"),
          fm.Donnan("diluate|AEM"), fm.Donnan("AEM|anode bath")])

# --- half of the limiting current ------------------------------------------------------------
problem = fm.Problem(model, fm.mesh(cell))
limit, _ = fm.metrics.limiting_current(problem, "right", "diluate", "Cl-", trial=0.02)
problem["laws.right.control.value"] = limit / 2
s = fm.solve(problem)

# --- what came out ---------------------------------------------------------------------------
path = ["left", "cathode bath|CEM", "CEM|diluate", "diluate|AEM", "AEM|anode bath", "right"]
fm.echo(s.summary())
fm.echo(f"\ncell voltage {s.potential('right'):.4f} V at 50 % of the limiting {limit:.4f} A/m:",
        fm.metrics.voltage_split(s, path), "V")
for membrane, face, sign in (("CEM", path[2], -1), ("AEM", path[3], +1)):
    t = {f"t({i.name})": fm.metrics.transport_number(s, i.name, face) for i in ions}
    leak = fm.metrics.coion_leakage(s, face, sign)
    fm.echo(f"{membrane}: co-ions carry {100 * leak:.2f} % of the current; transport numbers", t)
fm.plot.fields(s, ["Na+", "K+", "Cl-", "phi"], OUT / "fields.png")
fm.plot.profile(s, ["Na+", "K+", "Cl-", "phi"], OUT / "profile.png", csv=OUT / "profile.csv")
