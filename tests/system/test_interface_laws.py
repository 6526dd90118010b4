"""Every law of rates: tight to rounding, the same on all ranks; surfaces, films, outflow."""

import math

import numpy as np
import pytest
import ufl
from cases import Cl, Na, um
from mpi4py import MPI

import femion as fm
from femion.metrics import filtration, permselectivity, solvent_flux, transport_number
from femion.units import EPS0, F, R

T = 298.15
WATER = fm.Medium([Na, Cl], fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
NACL = {"Na+": 1, "Cl-": 1}
EDGE = "a|b"


def salt(c):
    return {"Na+": c, "Cl-": c}


def two_phases(*laws, potential=0.0, comm=MPI.COMM_WORLD, degree=2, h=10 * um, **more):
    ends = [
        fm.Reservoir("left", salt(100.0), potential=potential),
        fm.Reservoir("right", salt(20.0), potential=0.0),
    ]
    phases = [fm.Phase("a", WATER, **more), fm.Phase("b", WATER, **more)]
    cell = fm.geometry.layers({"a": 40 * um, "b": 40 * um}, height=20 * um, h=h)
    return fm.solve(fm.Model(phases, [*ends, *laws]), cell, degree=degree, comm=comm)


LAWS = {
    "permeance": fm.Permeance(EDGE, {"Na+": 1e-5, "Cl-": 2e-6}),
    "solution-diffusion": fm.SolutionDiffusion(EDGE, NACL, 1e-11, 1e6, B=1e-5),
    "Spiegler-Kedem": fm.SpieglerKedem(EDGE, NACL, 1e-11, 1e6, 0.8, P=1e-5),
    "Kedem-Katchalsky": fm.KedemKatchalsky(EDGE, NACL, 1e-11, 1e6, 0.8, omega=1e-9),
}


@pytest.mark.parametrize("name", LAWS)
def test_what_leaves_one_side_enters_the_other_on_any_number_of_ranks(name):
    law = LAWS[name]
    s = two_phases(law, potential=0.01)
    site = s.site(EDGE)
    for i in NACL:
        out, into = s.books.entering(site, i, 0), s.books.entering(site, i, 1)
        assert out == pytest.approx(-into, rel=1e-12)
        assert s.flow(i, "left") == pytest.approx(into, rel=1e-9)
    alone = two_phases(law, potential=0.01, comm=MPI.COMM_SELF)
    assert s.flow("Na+", EDGE) == pytest.approx(alone.flow("Na+", EDGE), rel=1e-9)
    assert s.audit.energy_imbalance < 1e-9


PLATING = ("metal|water", "Na -> Na+ + e-", 10.0)
NERNST = fm.Nernst(0.0, {"Na+": 1})
KINETICS = {
    "Butler-Volmer": fm.ButlerVolmer(*PLATING, NERNST, ("Na",), alpha=(0.3, 0.7)),
    "Butler-Volmer, film": fm.ButlerVolmer(*PLATING, NERNST, ("Na",), film_resistance=1e-3),
    "linear": fm.Linear(*PLATING, NERNST, ("Na",)),
    "Tafel": fm.Tafel(*PLATING, NERNST, ("Na",), alpha=0.5),
    "Marcus-Hush-Chidsey": fm.MarcusHushChidsey(
        *PLATING, NERNST, ("Na",), reorganisation_energy=0.5
    ),
}


def plating(law, *, comm=MPI.COMM_WORLD, degree=2, h=10.0):
    """A metal that dissolves into a salt: the current and what the books say of it."""
    salt_phase = fm.Phase("water", WATER, initial=salt(100.0))
    phases = [fm.Phase("metal", fm.Conductor(1.0)), salt_phase]
    laws = [
        law,
        fm.Terminal("left", potential="20 mV"),
        fm.Reservoir("right", salt(100.0), potential=0.06),
    ]
    cell = fm.geometry.layers({"metal": 40 * um, "water": 40 * um}, height=20 * um, h=h * um)
    return fm.solve(fm.Model(phases, laws), cell, degree=degree, comm=comm)


@pytest.mark.parametrize("name", KINETICS)
def test_charge_transfer_is_tight_and_the_same_on_any_number_of_ranks(name):
    s = plating(KINETICS[name])
    site = s.site("metal|water")
    ions, electrons = s.books.entering(site, "Na+", 1), s.books.entering(site, "e-", 0)
    assert ions == pytest.approx(electrons, rel=1e-12)  # one of each per event
    assert s.current("left") == pytest.approx(F * ions, rel=1e-9)
    alone = plating(KINETICS[name], comm=MPI.COMM_SELF)
    assert s.current("left") == pytest.approx(alone.current("left"), rel=1e-9)
    assert s.audit.energy_imbalance < 1e-9


@pytest.mark.parametrize("name", [*LAWS, *KINETICS])
def test_order_of_convergence_with_a_jump(name):
    """P1: second order at least (the permeance flux superconverges)."""
    if name in LAWS:
        flows = [
            two_phases(LAWS[name], potential=0.05, degree=1, h=h * um).flow("Cl-", EDGE)
            for h in (10, 5, 2.5)
        ]
    else:
        # the current itself is exact on any mesh where the salt's voltages are straight lines
        flows = [
            plating(KINETICS[name], degree=1, h=h).mean(lambda q: q.c["Na+"], "water")
            for h in (10, 5, 2.5)
        ]
    assert math.log2((flows[0] - flows[1]) / (flows[1] - flows[2])) > 1.9


def test_grahame_and_regulated_charge():
    c, eps = 10.0, 78.36 * EPS0
    debye = math.sqrt(eps * R * T / (2 * F**2 * c))

    def wall(density):
        phase = fm.Phase("a", WATER, initial=salt(c))
        laws = [
            fm.SurfaceCharge("left", density),
            fm.Reservoir("right", salt(c), potential=0.0),
        ]
        cell = fm.geometry.layers(
            {"a": 15 * debye}, height=debye, h=debye / 2, first_cell=debye / 100, cells_y=1
        )
        return fm.solve(fm.Model([phase], laws, closure=fm.Poisson()), cell, degree=2)

    def grahame(s):
        zeta = s.mean(lambda q: q.phi, "left") * F / (R * T)
        return math.sqrt(8 * eps * R * T * c) * math.sinh(zeta / 2)

    assert grahame(wall(-0.02)) == pytest.approx(-0.02, rel=1e-4)
    K, sites = 50.0, 1e-6
    s = wall(fm.SiteBinding(sites, {"Na+": K}))
    bound = s.mean(lambda q: q.c["Na+"], "left") / K
    assert grahame(s) == pytest.approx(-F * sites / (1 + bound), rel=1e-4)
    with pytest.raises(fm.InputError, match="needs a Poisson closure"):
        two_phases(fm.SurfaceCharge(EDGE, 0.1), fm.Donnan(EDGE))


def test_intercalation_beside_plating_on_one_meshed_surface():
    """Two reactions add up, and each is at its own equilibrium potential."""
    Li = fm.Species("Li+", 1)
    glass = fm.Medium([Li], fm.Conductivity({("Li+", "Li+"): 1.0}))
    U = fm.OpenCircuitPotential("Li+", [500.0, 1000.0, 2000.0], [0.12, 0.1, 0.05])
    plated = fm.Nernst(0.0, {"Li+": 1})
    laws = [
        fm.ButlerVolmer("host|glass", "LiC6 -> Li+ + e-", 5.0, U, ("LiC6",)),
        fm.Tafel("host|glass", "Li -> Li+ + e-", 1.0, plated, ("Li",), alpha=-0.5),
        fm.Terminal("left", potential=-0.05),
        fm.ReversibleElectrode("right", "Li+", potential=0.0),
    ]
    phases = [
        fm.Phase("host", fm.Conductor(1e4)),
        fm.Phase("glass", glass, fixed_charge=-1000.0, initial={"Li+": 1000.0}),
    ]
    cell = fm.geometry.layers({"host": 10 * um, "glass": 10 * um}, height=5 * um, h=2.5 * um)
    s = fm.solve(fm.Model(phases, laws), cell, degree=2)
    eta = s.mean(lambda q: q.phi, "host|glass", "host") - s.mean(
        lambda q: q.mu["Li+"] / F, "host|glass", "glass"
    )
    x, area = F / (R * T), s.site("host|glass").area
    first, second = (s.books.by_rates(k, "Li+", 1) * F / area for k in s.sites("host|glass"))
    assert first == pytest.approx(10.0 * math.sinh(0.5 * x * (eta - 0.1)), rel=1e-9)
    assert second == pytest.approx(-math.exp(-0.5 * x * eta), rel=1e-9)
    assert s.flow("Li+", "right") * F == pytest.approx(-(first + second) * area, rel=1e-9)


def test_a_filtration_finds_its_own_flux_and_the_permeate_flows_off():
    law = fm.SolutionDiffusion(EDGE, NACL, 2.8e-12, 5.5e6, B=2.8e-8)
    phases = [fm.Phase(n, WATER, velocity=1e-6, initial=salt(10.0)) for n in "ab"]
    laws = [
        fm.Reservoir("left", salt(600.0), potential=0.0),
        law,
        fm.Outflow("right"),
        fm.ReversibleElectrode("right", "Cl-", potential=0.0),
    ]
    cell = fm.geometry.layers({"a": 20 * um, "b": 20 * um}, height=10 * um, h=5 * um)
    problem = fm.Problem(fm.Model(phases, laws), fm.mesh(cell), degree=2)
    s = filtration(problem, EDGE)
    J, area = solvent_flux(s, EDGE), s.site(EDGE).area
    assert problem["phases.a.velocity"] == pytest.approx(J, rel=1e-9)
    cp = s.mean(lambda q: q.c["Na+"], "right")
    assert s.flow("Na+", EDGE) == pytest.approx(J * cp * area, rel=1e-9)
    assert max(s.audit.imbalance.values()) < 1e-9


def test_partition_and_permselectivity_of_a_membrane():
    def stack(current):
        phases = [fm.Phase("a", WATER), fm.Phase("b", WATER, fixed_charge=-1000.0)]
        laws = [
            fm.Reservoir("left", salt(100.0), potential=0.0),
            fm.Donnan(EDGE),
            fm.DonnanReservoir("right", salt(100.0), current_density=-current),
        ]
        cell = fm.geometry.layers({"a": 5 * um, "b": 5 * um}, height=5 * um, h=2.5 * um)
        return fm.solve(fm.Model(phases, laws), cell, degree=2)

    s = stack(0.0)
    ratio = 500 / 100 + math.sqrt((500 / 100) ** 2 + 1)  # closed form, 1:1
    for where in (EDGE, "right"):
        assert s.donnan_potential(where) == pytest.approx(-R * T / F * math.log(ratio), rel=1e-9)
        partition = s.partition_coefficients(where)
        assert partition == pytest.approx({"Na+": ratio, "Cl-": 1 / ratio}, rel=1e-9)
    driven = stack(1.0)
    free = 1.334 / (1.334 + 2.032)
    found = permselectivity(driven, "Na+", EDGE)
    assert found == pytest.approx((transport_number(driven, "Na+", EDGE) - free) / (1 - free))


def test_a_first_order_reaction_on_a_wall_is_in_series_with_diffusion():
    A, B, D, k, L, c = fm.Species("A", 0), fm.Species("B", 0), 1e-9, 1e-4, 20 * um, 5.0
    medium = fm.Medium([A, B], fm.Dilute({"A": D, "B": 2 * D}))
    laws = [fm.Bath("left", {"A": c, "B": 0.1}), fm.SurfaceReaction("right", "A -> B", k)]
    s = fm.solve(
        fm.Model([fm.Phase("electrolyte", medium)], laws), fm.geometry.slab(L, 20), degree=2
    )
    N = s.flow("A", "left") / s.site("left").area
    assert N == pytest.approx(c / (L / D + 1 / k), rel=1e-6)
    assert s.flow("B", "left") == pytest.approx(-s.flow("A", "left"), rel=1e-9)


def sheared(beyond=None, initial=None):
    """What passes an outlet that half of the solvent comes back through."""
    H, U, feed = 100 * um, 1e-4, salt(100.0)
    shape = fm.geometry.slab(2 * H, 20, height=H, cells_y=10)
    shear = lambda x: (U * (1 - 2 * x[1] / H), 0.0)  # noqa: E731
    phase = fm.Phase("electrolyte", WATER, velocity=shear, initial=initial or feed)
    laws = [fm.Reservoir("left", feed, potential=0.0), fm.Outflow("right", beyond)]
    s = fm.solve(fm.Model([phase], laws), shape)
    return s, U * H / 4  # inwards and outwards alike


def test_what_comes_back_through_an_outlet_is_what_lies_beyond():
    s, half = sheared()
    assert s.mean(lambda q: q.c["Na+"], "right") == pytest.approx(100.0, rel=1e-9)
    assert s.flow("Na+", "right") == pytest.approx(0.0, abs=1e-9 * half * 100)
    s, half = sheared(salt(300.0))
    back = lambda q: ufl.min_value(q.velocity[0], 0.0) * (300.0 - q.c["Na+"])  # noqa: E731
    through = lambda q: q.velocity[0] * q.c["Na+"]  # noqa: E731
    area = s.site("right").area
    asked = area * (s.mean(through, "right") + s.mean(back, "right"))
    assert -s.flow("Na+", "right") == pytest.approx(asked, rel=1e-9)
    assert 100.0 < s.mean(lambda q: q.c["Na+"], "right") < 300.0
    assert max(s.audit.imbalance.values()) < 1e-9
    s, half = sheared(initial=dict.fromkeys(("Na+", "Cl-"), lambda x: 100.0 + 0 * x[0]))
    assert s.mean(lambda q: q.c["Na+"], "right") == pytest.approx(100.0, rel=1e-9)
    for wrong, said in {
        "lacks Cl-": {"Na+": 1.0},
        "carries charge": {"Na+": 1.0, "Cl-": 2.0},
        "Did you mean": {"Na": 1.0, "Cl-": 1.0},
        "must be greater": {"Na+": -1.0, "Cl-": 1.0},
    }.items():
        with pytest.raises(fm.InputError, match=wrong):
            sheared(said)


def test_a_law_that_does_not_fit_says_so():
    wrong = {
        "is not|not found": fm.Permeance(EDGE, {"K+": 1.0}),
        "carries charge": fm.SolutionDiffusion(EDGE, {"Na+": 1}, 1e-11, 1e6, B=1.0),
        "has no velocity": fm.Outflow("right"),
        "exactly one side": fm.SternLayer(EDGE, 0.2),
    }
    for text, law in wrong.items():
        with pytest.raises(fm.InputError, match=text):
            two_phases(law)
    assert np.isfinite(two_phases(fm.Donnan(EDGE)).current("left"))
