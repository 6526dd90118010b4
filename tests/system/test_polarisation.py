"""Concentration polarisation: metrics, membranes beside flows, several ions, ranks."""

from functools import cache

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.metrics import along, boundary_layer_or_membrane, polarisation
from femion.solvers.linear import TOGETHER
from femion.units import F, R

H, D = 1e-3, {"Na+": 1.334e-9, "K+": 1.957e-9, "Cl-": 2.032e-9}
SALT, FEED = {"Na+": 1, "Cl-": 1}, {"Na+": 99.0, "K+": 1.0, "Cl-": 100.0}
IONS = [fm.Species(i, -1 if i == "Cl-" else 1) for i in D]


@cache
def channel(alone=False):
    """NaCl with a trace of KCl between a membrane and a wall, driven by 1.5 Pa: Re about 40."""
    membrane = fm.SolutionDiffusion("bottom", SALT, "1e-11 m/(s*Pa)", "20 bar", B="2e-7 m/s")
    flow = fm.NavierStokes(1e-3, density=1e3)
    water = fm.Medium(IONS, coupled())
    laws = [
        fm.Open("inlet", 1.5),
        fm.Velocity("inlet", y=0.0),
        fm.Open("outlet"),
        fm.Reservoir("inlet", FEED, potential=0.0),
        fm.Outflow("outlet"),
        fm.NoSlip("top"),
        membrane,
    ]
    shape = fm.geometry.channel(
        length=5 * H, height=H, h=H / 8, first_cell=1e-5, growth=1.5, h_along=H / 5, h_inlet=H / 40
    )
    model = fm.Model([fm.Phase("channel", water, flow=flow, initial=FEED)], laws)
    return fm.Problem(model, fm.mesh(shape, MPI.COMM_SELF if alone else MPI.COMM_WORLD))


@cache
def solved(alone=False):
    return fm.solve(channel(alone))


def coupled():
    friction = {f"{i},solvent": d for i, d in D.items()}
    return fm.StefanMaxwell(friction | {"Na+,Cl-": 1.5e-10, "K+,Cl-": 1.8e-10})


@pytest.mark.parametrize("limit", [300_000, 0], ids=["together", "apart"])
def test_iterations_stand_a_membrane_beside_a_stream(limit, monkeypatch):
    """The membrane's rows are 1e10 times as large as those of viscosity."""
    monkeypatch.setitem(TOGETHER, 2, limit)
    s, whole = fm.solve(channel(), linear=fm.FieldSplit()), solved()
    assert len(s.path.attempts) == 1 and max(s.path.settling) < 60
    for wall in ("bottom", "top"):
        c = [t.mean(lambda q: q.c["Na+"], wall) for t in (s, whole)]
        assert c[0] == pytest.approx(c[1], rel=1e-7)
    J = [t.mean(lambda q: q.velocity[1], "bottom") for t in (s, whole)]
    assert J[0] == pytest.approx(J[1], rel=1e-7)


def test_three_ions_with_the_full_tensor_are_conserved_and_do_not_wiggle():
    s = solved()
    assert max(s.audit.imbalance.values()) < 1e-12
    for i, c in FEED.items():
        # the inlet's composition is the least there is: walls only hold back
        assert s.extremes(i, "channel")[0] > 0.99 * c
    assert s.flow("K+", "bottom") == 0.0  # the membrane lets the formula unit through, no other
    K, Na = (polarisation(s, "bottom", i) for i in ("K+", "Na+"))
    # d ln c/dx = J/D - d psi/dx: the salt's diffusion potential (Na+ is slow) holds K+ back more
    assert 1.1 < K.mean < Na.mean
    assert s.flow("Na+", "bottom") == pytest.approx(s.flow("Cl-", "bottom"), rel=1e-10)


def test_local_values_sum_to_the_whole():
    s = solved()
    local = along(s, "bottom", {"J": lambda q: q.velocity[1], "c": lambda q: q.c["Na+"]})
    assert np.all(np.diff(local["x"]) > 0)
    assert local["area"].sum() == pytest.approx(5 * H, rel=1e-12)
    mean = local["area"] @ local["c"] / local["area"].sum()
    assert mean == pytest.approx(s.mean(lambda q: q.c["Na+"], "bottom"), rel=1e-12)
    J = fm.metrics.permeate_flux(s, "bottom")
    assert -(local["area"] @ local["J"]) == pytest.approx(J[0] * 5 * H, rel=1e-12)
    assert J[1] == 3.6e6 * J[0]
    balance = sum(fm.metrics.flow_rate(s, w) for w in ("inlet", "outlet", "bottom"))
    assert abs(balance) < 1e-9 * fm.metrics.flow_rate(s, "outlet")


def test_flux_is_what_the_membrane_says_of_the_wall():
    s = solved()
    p, B = polarisation(s, "bottom", "Na+"), 2e-7
    cl = polarisation(s, "bottom", "Cl-")
    k = polarisation(s, "bottom", "K+")
    J, passing = p.solvent, B / (p.solvent + B)
    # ideal solutions: the osmotic pressure of all ions less that of the permeate; P is < 2 Pa
    # the permeate takes the share of every ion that the salt's mean concentration has
    pi = R * 298.15 * (p.wall + cl.wall + k.wall) * (1 - passing)
    # facet means of products differ from products of means by h^2
    inside = p.x > H / 2  # at the inlet the velocity is given, that across it is 0
    np.testing.assert_allclose(J[inside], 1e-11 * (20e5 - pi[inside]), rtol=2e-3)
    r = fm.metrics.rejection(s, "Na+", "inlet", "bottom")
    assert 1 - r.permeate / 99.0 == pytest.approx(r.observed, rel=1e-6)
    assert 0 < r.observed < r.intrinsic < 1
    assert p.film(1e-9)[1] == pytest.approx(1e-9 / p.mean_coefficient)


def test_ranks_agree_with_one_process():
    every, alone = solved(), solved(alone=True)
    values = []
    for s in (every, alone):
        p = polarisation(s, "bottom", "Na+")
        drop = fm.metrics.pressure_drop(s, "inlet", "outlet")
        values.append([p.mean, p.largest, p.mean_coefficient, drop, *p.wall])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-9)


def test_what_limits_a_tight_and_an_open_membrane():
    problem = channel()
    flux = {"flux": lambda s: fm.metrics.solvent_flux(s, "bottom")}
    flow = [p for p in problem.parameters if p.startswith("laws.inlet") and "pressure" in p]
    path, share = "laws.bottom.permeability", []
    for L in (1e-12, 1e-11):
        problem[path] = L
        found = boundary_layer_or_membrane(problem, flow, [path], flux)["flux"]
        assert problem[path] == L
        share.append(found[1])
    assert found[0] == ("boundary layer" if share[1] > 0.5 else "membrane")
    # polarisation grows with the flux: the open membrane has more to gain from cross-flow
    assert 0 < 2 * share[0] < share[1] < 1


def test_sweep_to_the_limiting_current():
    """V = 4 VT artanh(i/i_lim), i_lim = 4 F D+ c/L, of a salt between electrodes of its cation."""
    L, c, VT = 1e-4, 10.0, R * 298.15 / F
    ions = [fm.Species("Na+", 1), fm.Species("Cl-", -1)]
    salt = fm.Medium(ions, fm.Dilute({"Na+": D["Na+"], "Cl-": D["Cl-"]}))
    ends = [fm.ReversibleElectrode(w, "Na+", potential=0.0) for w in ("left", "right")]
    phase = fm.Phase("film", salt, initial={"Na+": c, "Cl-": c})
    shape = fm.geometry.slab(L, 40, region="film")
    problem = fm.Problem(fm.Model([phase], ends), fm.mesh(shape), 2)
    sweep = fm.metrics.current_sweep(problem, "left")
    area = fm.solve(problem).site("left").area
    limit = 4 * F * D["Na+"] * c / L
    # P2 on 40 cells of a logarithm: h^4 near the depleted end
    np.testing.assert_allclose(
        sweep.current / area, limit * np.tanh(sweep.voltage / (4 * VT)), rtol=1e-3
    )
    assert sweep.limit / area == pytest.approx(limit, rel=2e-3)
    inverse, resistance = sweep.cowan_brown
    assert len(inverse) == len(sweep.current) - 1
    assert np.all(np.diff(resistance) > 0)
    s = fm.solve(problem)
    assert fm.metrics.current_efficiency(s, "Na+", "right", "left") == pytest.approx(1.0)
    with pytest.raises(fm.InputError, match="has no control"):
        fm.metrics.current_sweep(problem, "film")


def test_numbers_of_a_channel():
    s = solved()
    d_h = fm.metrics.hydraulic_diameter(s, "channel", ["bottom", "top"])
    assert d_h == pytest.approx(2 * H, rel=1e-12)
    permeate = fm.metrics.permeate_flux(s, "bottom")[0] * 5 * H
    fed = -fm.metrics.flow_rate(s, "inlet")
    assert fm.metrics.recovery(s, "inlet", "bottom") == pytest.approx(permeate / fed)
    # an ideal pump: dP/recovery; 3.6 MPa is 1 kWh/m3
    assert fm.metrics.specific_energy(3.6e6 * fed, permeate) == pytest.approx(fed / permeate)
    drop = 12e-3 * 0.02 * 5 * H / H**2  # Poiseuille between plates, Re = 40
    assert fm.metrics.friction_factor(drop, 5 * H, d_h, 1e3, 0.02) == pytest.approx(96 / 40)


def test_pressure_is_spent_on_membrane_layer_and_osmosis():
    s = solved()
    split = fm.metrics.pressure_split(s, "bottom", pieces=24)
    # the flow's own pressure of at most 1.5 Pa adds to the law's; corners hold the velocity
    assert sum(split.values()) == pytest.approx(20e5, rel=2e-2)
    J = fm.metrics.permeate_flux(s, "bottom")[0]
    assert 1.0 <= split["membrane"] * 1e-11 / J < 1.1  # mean of J^2 over the square of the mean
    p = [polarisation(s, "bottom", i, pieces=24) for i in FEED]
    gap = sum(q.area @ (q.solvent * (q.wall - q.bulk)) for q in p)
    layer = R * 298.15 * gap / (p[0].area @ p[0].solvent)
    assert split["boundary layer"] == pytest.approx(layer, rel=1e-2)
    assert split["osmotic"] > 0
    with pytest.raises(fm.InputError, match="no membrane"):
        fm.metrics.pressure_split(s, "top")


def nanofilter(comm):
    """A charged membrane that is a phase, below a filament, and the permeate behind it."""
    row = {"height": H, "diameter": H / 2, "spacing": 3 * H, "filaments": 1}
    shape = fm.geometry.lined(
        fm.geometry.spacer_channel("cavity", **row, h=H / 4, first_cell=H / 16),
        {"bottom": {"membrane": "1 um", "permeate": "20 um"}},
        cells={"membrane": 6, "permeate": 2},
        side_names={"membrane": "membrane sides", "permeate": "permeate sides"},
    )
    ions = IONS[::2]
    water = fm.Medium(ions, fm.Dilute({i.name: D[i.name] for i in ions}))
    porous = fm.Stokes(1e-3, permeability=1e-20, forces=[fm.Coulomb()])  # 1e-11 m/(s Pa)
    phases = [
        fm.Phase("channel", water, flow=fm.NavierStokes(1e-3, density=1e3)),
        fm.Phase("membrane", water, fixed_charge=-200.0, flow=porous),
        fm.Phase("permeate", water, flow=fm.Stokes(1e-3)),
    ]
    laws = [fm.Inflow("inlet", 0.05), fm.Open("outlet", "10 bar"), fm.Outflow("outlet")]
    laws += [fm.Reservoir("inlet", {"Na+": 20.0, "Cl-": 20.0}, potential=0.0)]
    laws += [fm.Open("bottom"), fm.Outflow("bottom")]
    laws += [fm.NoSlip(w) for w in ("top", "spacer", "covered")]
    laws += [fm.Slip(w) for w in ("membrane sides", "permeate sides")]
    for face in ("channel|membrane", "membrane|permeate"):
        laws += [fm.Donnan(face), fm.SolventEquilibrium(face)]
    return fm.solve(fm.Model(phases, laws), fm.mesh(shape, comm))


def test_ranks_agree_on_a_membrane_that_is_a_phase_beside_a_spacer():
    every, alone = nanofilter(MPI.COMM_WORLD), nanofilter(MPI.COMM_SELF)
    values = []
    for s in (every, alone):
        J = fm.metrics.permeate_flux(s, "channel|membrane")[0]
        assert fm.metrics.flow_rate(s, "membrane|permeate") == pytest.approx(
            fm.metrics.flow_rate(s, "bottom"), rel=1e-9
        )
        R = fm.metrics.rejection(s, "Cl-", "inlet", "channel|membrane")
        values.append([J, R.observed, R.intrinsic])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-9)
    # 1e-11 m/(s Pa) of 10 bar; what is drawn in from behind the filament comes on top
    assert 0.99e-5 < values[1][0] < 1.05e-5 and 0 < values[1][1] < values[1][2] < 1
