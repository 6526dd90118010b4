"""Reverse-osmosis channel: empty, and with cavity, submerged and zigzag spacers, over Re.

Both walls are membranes, J_v = A (dP - dPi(c_w)): what they let through concentrates the salt
that they hold back, which raises the osmotic pressure. Which spacer is worth its pressure drop?
"""

from pathlib import Path

import femion as fm

OUT = Path(__file__).parent / "out"

# --- the physics ----------------------------------------------------------------------------
H, rho, mu = 1e-3, 1e3, 1e-3
ions, D = [fm.Species("Na+", +1), fm.Species("Cl-", -1)], {"Na+": 1.334e-9, "Cl-": 2.032e-9}
water, D_salt = fm.Medium(ions, fm.Dilute(D)), 2 / (1 / D["Na+"] + 1 / D["Cl-"])  # Sc = 620
feed, walls = {"Na+": "600 mM", "Cl-": "600 mM"}, ["bottom", "top"]
cells = {"height": H, "first_cell": 12e-6, "growth": 1.8, "h": 0.26 * H}
row = {"diameter": H / 2, "spacing": 4 * H, "filaments": 2, "layer": 5e-5, "h_wall": 1.2e-4}


def channel(kind, mesh, Re):
    u, skin = Re * mu / (2 * H * rho), [] if kind == "empty" else [fm.NoSlip("spacer")]
    laws = [fm.Velocity("inlet", x=lambda x: 6 * u * x[1] * (H - x[1]) / H**2, y=0.0),
            fm.Reservoir("inlet", feed, potential=0.0), fm.Open("outlet"), fm.Outflow("outlet")]
    laws += [fm.SolutionDiffusion(w, {"Na+": 1, "Cl-": 1}, "3e-12 m/(s*Pa)", "55 bar", B="2e-8 m/s")
             for w in walls]
    flow = fm.NavierStokes(mu, density=rho)
    return u, fm.Model([fm.Phase("channel", water, flow=flow, initial=feed)], laws + skin)


# --- four channels, three flows --------------------------------------------------------------
Re, found = [30, 100, 200], {}
fm.echo("channel      Re   Sh  c_w/c_b mean, max  friction  flux [L/m2/h]  pump [Pa]")
for kind in ("empty", "cavity", "submerged", "zigzag"):
    mesh = fm.mesh(fm.geometry.channel(length=8 * H, h_along=2e-4, h_inlet=5e-5, **cells)
                   if kind == "empty" else fm.geometry.spacer_channel(kind, **cells, **row))
    for r in Re:
        u, model = channel(kind, mesh, r)
        s = fm.solve(model, mesh, degree=2)
        both = [fm.metrics.polarisation(s, w, "Na+", pieces=24) for w in walls]
        Sh = sum(p.sherwood(2 * H, D_salt)[1] for p in both) / 2
        drop = fm.metrics.pressure_drop(s, "inlet", "outlet")
        values = (Sh, sum(p.mean for p in both) / 2, max(p.largest for p in both),
                  fm.metrics.friction_factor(drop, 8 * H, 2 * H, rho, u),
                  fm.metrics.permeate_flux(s, *walls)[1], drop)
        found[kind] = [*found.get(kind, []), values]
        fm.echo(f"{kind:10} {r:4d} {Sh:5.1f} {values[1]:7.3f} {values[2]:9.3f} {values[3]:9.3f} "
                f"{values[4]:12.2f} {drop:12.2f}")
    fm.plot.fields(s, ["Na+"], OUT / f"salt {kind}.png", aspect="equal")

# --- a figure ----------------------------------------------------------------------------------
names = ("Sherwood number", "mean polarisation  c_w/c_b", "largest polarisation  c_w/c_b",
         "friction factor (Darcy)")
fm.plot.curves([fm.plot.Panel("Reynolds number", name, {
    kind: (Re, [v[k] for v in rows]) for kind, rows in found.items()})
    for k, name in enumerate(names)], OUT / "ro_channel.png")
