"""Concentration polarisation: metrics, membranes beside flows, several ions, ranks."""

from functools import cache

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.metrics import along, boundary_layer_or_membrane, polarisation
from femion.units import R

H, D = 1e-3, {"Na+": 1.334e-9, "K+": 1.957e-9, "Cl-": 2.032e-9}
SALT, FEED = {"Na+": 1, "Cl-": 1}, {"Na+": 99.0, "K+": 1.0, "Cl-": 100.0}
IONS = [fm.Species(i, -1 if i == "Cl-" else 1) for i in D]


@cache
def channel():
    """NaCl with a trace of KCl between a membrane and a wall, Re 50."""
    u = 0.025
    membrane = fm.SolutionDiffusion("bottom", SALT, "1e-11 m/(s*Pa)", "20 bar", B="2e-7 m/s")
    flow = fm.NavierStokes(1e-3, density=1e3)
    water = fm.Medium(IONS, coupled())
    laws = [
        fm.Velocity("inlet", x=lambda x: 6 * u * x[1] * (H - x[1]) / H**2, y=0.0),
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
    return fm.Problem(model, fm.mesh(shape))


@cache
def solved():
    return fm.solve(channel())


def coupled():
    friction = {f"{i},solvent": d for i, d in D.items()}
    return fm.StefanMaxwell(friction | {"Na+,Cl-": 1.5e-10, "K+,Cl-": 1.8e-10})


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


def test_what_limits_a_tight_and_an_open_membrane():
    problem = channel()
    flux = {"flux": lambda s: fm.metrics.solvent_flux(s, "bottom")}
    path = "laws.bottom.permeability"
    found = {}
    for L in (1e-12, 1e-11):
        problem[path] = L
        found[L] = boundary_layer_or_membrane(
            problem, ["phases.channel.flow.viscosity"], [path], flux
        )["flux"]
        assert problem[path] == L
    assert found[1e-12][0] == "membrane"
    assert 0 <= found[1e-12][1] < 0.5


def test_ranks_agree():
    """Against the numbers of one process, whose last digits are those of Newton's tolerance."""
    s = solved()
    p = polarisation(s, "bottom", "Na+")
    values = [p.mean, p.largest, p.mean_coefficient, fm.metrics.pressure_drop(s, "inlet", "outlet")]
    every = MPI.COMM_WORLD.allgather(values)
    assert all(v == every[0] for v in every)
