"""Heat balances solved: MPI, books, given temperatures, parameters, bad input, pictures."""

import numpy as np
import pytest
from cases import Cl, Na, um
from mpi4py import MPI

import femion as fm

D = {"Na+": fm.Arrhenius(1.334e-9, "18 kJ/mol"), "Cl-": fm.Arrhenius("2.032e-9 m^2/s", 17e3)}
WATER = fm.Medium([Na, Cl], fm.Dilute(D), heat_of_transport={"Na+": 3460.0, "Cl-": 530.0})
RESIN = fm.Medium([Na, Cl], fm.Effective(WATER.transport, porosity=0.4, tortuosity=4))
HEAT = fm.HeatBalance(fm.Arrhenius(0.6, 1e3))
SALT = {"Na+": 100.0, "Cl-": 100.0}
LEFT = fm.Reservoir("left", SALT, potential=0.0)
RIGHT = fm.Reservoir("right", SALT, current_density=100.0)


def phase(name="slab", medium=WATER, **more):
    return fm.Phase(name, medium, **({"heat": HEAT} | more))


def slab(*laws, cells=8, phases=None, comm=MPI.COMM_WORLD):
    model = fm.Model(phases or [phase()], laws)
    return fm.Problem(model, fm.mesh(fm.geometry.slab(100 * um, cells, region="slab"), comm))


def walls(cold=290.0, hot=320.0):
    return fm.Temperature("left", cold), fm.Temperature("right", hot)


def faces(*more):
    phases = [phase("a"), phase("m", RESIN, fixed_charge=-1000.0), phase("b")]
    laws = [LEFT, RIGHT, fm.Donnan("a|m"), fm.Donnan("m|b"), fm.ThermalContact("a|m"), *more]
    thickness = {"a": 50 * um, "m": 50 * um, "b": 50 * um}
    return fm.Model(phases, laws), fm.geometry.layers(thickness, height=40 * um, h=12 * um)


def numbers(s):
    heat = s.audit.heat
    T = s.mean(lambda q: q.T, "m")
    parts = [v for p in heat.produced.values() for v in p.values() if v]
    return np.array(
        [
            T,
            s.potential("right"),
            heat.total,
            *heat.leaving.values(),
            *heat.interfaces.values(),
            *heat.entropy.values(),
            *parts,
        ]
    )


def test_same_answer_on_every_number_of_ranks():
    model, cell = faces(*walls(), fm.ThermalContact("m|b"))
    alone = fm.solve(model, cell, comm=MPI.COMM_SELF)
    together = fm.solve(model, cell)
    np.testing.assert_allclose(numbers(together), numbers(alone), rtol=1e-9)
    a = together.audit
    assert a.heat.imbalance < 1e-9 and a.energy_imbalance < 1e-9
    assert max(a.imbalance.values()) < 1e-9
    assert all(v > 0 for v in a.heat.entropy.values())
    assert "heat imbalance" in together.summary()


def test_cooling_and_heating_by_the_surroundings():
    conductor = phase(medium=fm.Conductor("1e3 S/m"))
    rest = fm.Terminal("left", potential=0.0)
    laws = rest, fm.Convection("left", 50.0, 300.0), fm.HeatFlux("right", 1e3)
    s = fm.solve(slab(*laws, phases=[conductor]))
    flow = 1e3 * s.site("right").area
    assert s.heat_flow("right") == pytest.approx(flow, rel=1e-9)
    assert s.heat_flow("left") == pytest.approx(-flow, rel=1e-9)
    assert s.mean(lambda q: q.T, "left") == pytest.approx(320.0, rel=1e-9)
    assert s.audit.heat.imbalance < 1e-9


def membrane_potential(T, activity, transport):
    medium = fm.Medium([Na, Cl], transport, activity, temperature=T)
    left = fm.DonnanReservoir("left", {"Na+": 10.0, "Cl-": 10.0}, potential=0.0)
    right = fm.DonnanReservoir("right", SALT, current=0.0)
    cell = phase(medium=medium, fixed_charge=-200.0, heat=None)
    return fm.solve(slab(left, right, phases=[cell])).potential("right")


@pytest.mark.parametrize("activity", [fm.Ideal(), fm.Davies()])
def test_a_given_field_that_is_constant_equals_the_number(activity):
    number = membrane_potential(320.0, activity, WATER.transport)
    for field in (lambda x: 320.0, lambda x: 320.0 + 0.0 * x[0]):
        given = membrane_potential(field, activity, WATER.transport)
        assert given == pytest.approx(number, rel=1e-9)


def test_an_ideal_membrane_potential_is_proportional_to_temperature():
    D = fm.Dilute({"Na+": 1e-9, "Cl-": 2e-9})
    cold, hot = (membrane_potential(T, fm.Ideal(), D) for T in (280.0, 320.0))
    assert hot == pytest.approx(cold * 320.0 / 280.0, rel=1e-9)


def test_a_uniform_unknown_temperature_equals_the_given_one():
    warm = slab(LEFT, fm.Reservoir("right", SALT, potential=1e-6), *walls(315.0, 315.0))
    medium = fm.Medium([Na, Cl], WATER.transport, temperature=315.0)
    given = slab(
        LEFT,
        fm.Reservoir("right", SALT, potential=1e-6),
        phases=[phase(medium=medium, heat=None)],
    )
    a, b = (fm.solve(p).current("right") for p in (warm, given))
    assert a == pytest.approx(b, rel=1e-8)  # Joule's heat raises T by 1e-12 K


def test_parameters_of_an_arrhenius_are_changed_without_compiling():
    p = slab(LEFT, fm.Reservoir("right", SALT, potential=1e-6), *walls(315.0, 315.0))
    before, compiled = fm.solve(p).current("right"), p.timings["form compilation"]
    for i in SALT:
        p[f"phases.slab.medium.transport.D.{i}.activation_energy"] = 0.0
    after = fm.solve(p).current("right")
    assert p.timings["form compilation"] == compiled
    assert before > 1.3 * after


def test_bath_potentials_know_the_temperature():
    """A neutral species in equilibrium with a bath has the bath's concentration at any T."""
    A = fm.Species("A", 0)
    for T in (280.0, lambda x: 280.0 + 1e5 * x[0]):
        medium = fm.Medium([A], fm.Dilute({"A": 1e-9}), temperature=T)
        bath = fm.DonnanReservoir("left", {"A": 5.0}, potential=0.0)
        s = fm.solve(slab(bath, phases=[phase(medium=medium, heat=None)]))
        assert s.extremes("A", "slab") == pytest.approx((5.0, 5.0), rel=1e-8)


def test_a_warm_conductor_cools_exponentially():
    cooling = 2 * 20.0 / (2e6 * 100 * um)  # two sides, h over what a volume stores [1/s]
    medium, heat = fm.Conductor("1e3 S/m", 310.0), fm.HeatBalance(10.0, 2e6)
    sides = [fm.Convection(w, 20.0, 300.0) for w in ("left", "right")]
    model = fm.Model(
        [phase(medium=medium, heat=heat)], [fm.Terminal("left", potential=0.0), *sides]
    )
    cell = fm.geometry.slab(100 * um, 4, region="slab")
    s = fm.march(model, cell, until=1 / cooling, rtol=1e-5).last
    rise = s.mean(lambda q: q.T, "slab") - 300.0
    assert rise == pytest.approx(10.0 * np.exp(-1.0), abs=0.02)  # 7 times what a step may be off
    books = s.audit.heat
    assert books.produced["slab"]["storage"] == pytest.approx(sum(books.leaving.values()), rel=1e-9)


def test_a_march_starts_at_the_given_concentrations_beside_held_temperatures():
    cell = phase(initial=SALT)
    laws = [fm.ReversibleElectrode("left", "Na+", potential=0.0), *walls(290.0, 330.0)]
    model = fm.Model([cell], laws)
    t = fm.march(model, fm.geometry.slab(100 * um, 8, region="slab"), until=1e-3, output=[0.0])
    assert t.solutions[0].extremes("Cl-", "slab") == pytest.approx((100.0, 100.0), rel=1e-3)


BAD = {
    "no hold": (
        lambda: slab(LEFT, RIGHT),
        "nothing holds T of phase 'slab'; give a boundary a Temperature or Convection",
    ),
    "only together": (
        lambda: fm.Problem(
            faces(fm.ThermalContact("m|b"))[0], fm.mesh(faces(fm.ThermalContact("m|b"))[1])
        ),
        "nothing holds T of phase",
    ),
    "negative": (lambda: fm.Temperature("left", "-3 K"), "must be greater than 0"),
    "no heat": (
        lambda: slab(LEFT, RIGHT, *walls(), phases=[phase(heat=None)]),
        r"Temperature\('left'\): phase 'slab' has no heat balance",
    ),
    "species": (
        lambda: fm.Medium([Na, Cl], WATER.transport, heat_of_transport={"K+": 1.0}),
        r"'K\+' not found",
    ),
    "free bath": (
        lambda: slab(LEFT, RIGHT, walls()[0]),
        r"Reservoir\('right'\) gives a composition .* add a Temperature\('right', \.\.\.\)",
    ),
    "no contact": (
        lambda: fm.Problem(faces(*walls())[0], fm.mesh(faces()[1])),
        r"Donnan\('m\|b'\) is an equilibrium .* add ThermalContact\('m\|b'\)",
    ),
    "two temperatures": (
        lambda: fm.Problem(
            fm.Model(
                [
                    phase("a", heat=None),
                    phase("m", fm.Medium([Na, Cl], RESIN.transport, temperature=320.0), heat=None),
                ],
                [fm.Reservoir("left", SALT, potential=0.0), fm.Donnan("a|m")],
            ),
            fm.mesh(fm.geometry.layers({"a": 50 * um, "m": 50 * um}, height=40 * um, h=20 * um)),
        ),
        "those of 'a' and 'm' differ by 21.9 K",
    ),
    "conductivity": (lambda: fm.HeatBalance(0.0), "conductivity of HeatBalance = 0 .* greater"),
    "Arrhenius": (lambda: fm.Dilute({"Na+": fm.Arrhenius("1 s", 1.0)}), "not a quantity in m"),
    "Arrhenius value": (lambda: fm.HeatBalance(fm.Arrhenius(-1.0, 1.0)), "must be greater than 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    make, message = BAD[name]
    with pytest.raises(fm.InputError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_pictures_and_files_have_the_temperature(shared_path):
    s = fm.solve(slab(LEFT, RIGHT, *walls()))
    fm.plot.fields(s, ["T", "Na+"], shared_path / "T.png")
    picture = fm.plot.profile(
        s, ["Na+", "phi", "T"], shared_path / "p.png", csv=shared_path / "p.csv"
    )
    T = picture.data["T"]
    assert T[0] == pytest.approx(290.0) and T[-1] == pytest.approx(320.0)
    assert "T [K]" in (shared_path / "p.csv").read_text().splitlines()[0]
    fm.io.save(s, shared_path / "fields")
    assert (shared_path / "fields" / "slab.bp").exists()
