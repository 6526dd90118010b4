"""Laws together: several at one place, conservation across them, states that stay their own."""

from dataclasses import dataclass

import numpy as np
import pytest
from cases import Cl, Na, membrane_model, stack, um

import femion as fm
from femion.units import F, R

D = {"Na+": 1.334e-9, "Cl-": 2.032e-9}
WATER = fm.Medium([Na, Cl], fm.Dilute(D))
SALT = {"Na+": 100.0, "Cl-": 100.0}


@dataclass(frozen=True)
class Leak:
    """A finite permeance for one ion, N = P (mu~_a - mu~_b)/RT  [mol/m2/s]."""

    where: str
    species: str
    P: float

    def transfers(self, a, b):
        rate = self.P * (a.mu[self.species] - b.mu[self.species]) / (R * a.T)
        yield fm.Transfer(rate, {self.species: -1}, {self.species: +1})


def two_layers(laws):
    ends = [
        fm.Reservoir("left", SALT, potential=0),
        fm.Reservoir("right", {"Na+": 20.0, "Cl-": 20.0}, potential=0.02),
    ]
    phases = [fm.Phase("a", WATER), fm.Phase("b", WATER, fixed_charge=-50.0)]
    ends[1] = fm.DonnanReservoir("right", {"Na+": 20.0, "Cl-": 20.0}, potential=0.02)
    geometry = fm.geometry.layers({"a": 50 * um, "b": 50 * um}, height=10 * um, h=2 * um)
    return fm.solve(fm.Model(phases, [*ends, *laws]), geometry, degree=2)


def test_equilibrium_for_one_ion_and_a_rate_for_another_on_one_interface():
    s = two_layers([fm.Donnan("a|b", blocked=["Cl-"]), Leak("a|b", "Cl-", 1e-4)])
    for i in D:
        through = [s.flow(i, "left"), s.flow(i, "a|b"), -s.flow(i, "right")]
        assert np.allclose(through, through[0], rtol=1e-9, atol=0)
    jump = [
        s.mean(lambda q, i=i: q.mu[i], "a|b", "a") - s.mean(lambda q, i=i: q.mu[i], "a|b", "b")
        for i in D
    ]
    assert abs(jump[0]) < 1e-9 * R * 298.15  # equal by construction
    rate = 1e-4 * jump[1] / (R * 298.15)
    assert s.flow("Cl-", "b|a") == pytest.approx(-rate * s.site("a|b").area, rel=1e-9)
    assert s.audit.energy_imbalance < 1e-9
    assert s.audit.interfaces["a|b"] > 0


def test_a_fast_rate_tends_to_the_equilibrium_law():
    exact = two_layers([fm.Donnan("a|b")]).current("left")
    gaps = []
    for P in (3.0, 30.0):  # a thousand times D c/L = 3e-3 and more
        s = two_layers([Leak("a|b", i, P) for i in D])
        gaps.append(abs(s.current("left") / exact - 1))
    assert gaps[1] == pytest.approx(gaps[0] / 10, rel=0.01)  # first order in 1/P


def electrode(*laws, initial=10.0):
    M, A = fm.Species("M+", 1), fm.Species("A-", -1)
    medium = fm.Medium([M, A], fm.Dilute({"M+": 1e-9, "A-": 2e-9}))
    phase = fm.Phase("electrolyte", medium, initial={"M+": initial, "A-": initial})
    model = fm.Model([phase], [*laws, fm.ReversibleElectrode("right", "M+", potential=0)])
    return fm.solve(model, fm.geometry.slab(20 * um, 10), degree=2)


def reaction(i0, terminal=None):
    return fm.ButlerVolmer(
        "left", "M -> M+ + e-", i0, fm.Nernst(0.0, {"M+": 1}), stored=("M",), terminal=terminal
    )


def test_two_reactions_share_one_electrode():
    one = electrode(reaction(3.0, fm.Potential(0.05)))
    two = electrode(reaction(1.0, fm.Potential(0.05)), reaction(2.0, fm.Potential(0.05)))
    assert two.current("left") == pytest.approx(one.current("left"), rel=1e-9)
    assert two.audit.charge_imbalance < 1e-9
    with pytest.raises(fm.InputError, match="share one electrode and need the same terminal"):
        electrode(reaction(1.0, fm.Potential(0.05)), reaction(2.0, fm.Potential(0.06)))


def test_imposed_current_at_an_unmeshed_electrode_is_exact():
    s = electrode(reaction(3.0, fm.CurrentDensity("5 A/m^2")))
    assert s.current("left") == pytest.approx(5.0 * s.site("left").area, rel=1e-12)
    assert s.current("right") == pytest.approx(-s.current("left"), rel=1e-9)
    back = electrode(reaction(3.0, fm.Potential(s.potential("left"))))
    assert back.current("left") == pytest.approx(s.current("left"), rel=1e-9)


def test_open_circuit_electrode_is_at_rest():
    s = electrode(reaction(3.0, fm.OpenCircuit()), initial=1000.0)
    assert abs(s.potential("left")) < 1e-12  # both electrodes see the same ion
    assert abs(s.current("left")) < 1e-12 * 3.0
    scale = F * 1e-9 * 1000.0 / (20 * um)
    assert abs(s.flow("M+", "left")) * F < 1e-12 * scale


def test_the_amount_of_a_closed_ion_is_that_of_the_start():
    s = electrode(reaction(3.0, fm.Potential(0.05)))
    assert s.mean(lambda q: q.c["A-"], "electrolyte") == pytest.approx(10.0, rel=1e-9)


def test_a_solution_keeps_its_state_when_its_problem_is_solved_again():
    problem = fm.Problem(membrane_model(current=0.01), fm.mesh(stack()))
    first = fm.solve(problem)
    before = first.potential("right"), first.extremes("Cl-", "channel")
    problem["laws.right.control.value"] = 0.004
    second = fm.solve(problem)
    mean = second.mean(lambda q: q.c["Cl-"], "channel")
    assert (first.potential("right"), first.extremes("Cl-", "channel")) == before
    assert first.current("right") == pytest.approx(0.01, rel=1e-10)
    assert second.current("right") == pytest.approx(0.004, rel=1e-10)
    assert second.mean(lambda q: q.c["Cl-"], "channel") == pytest.approx(mean, rel=1e-13)
    assert problem["laws.right.control.value"] == 0.004


def test_an_impermeable_wall_changes_nothing_and_checks_its_name():
    plain = membrane_model()
    domain = fm.mesh(stack())
    walled = fm.Model(plain.phases, [*plain.laws, fm.Impermeable("walls")])
    a, b = (fm.solve(fm.Problem(m, domain)) for m in (plain, walled))
    # two solves: a parallel LU does not add in the same order twice
    assert b.potential("right") == pytest.approx(a.potential("right"), rel=1e-9)
    assert b.current("walls") == 0.0
    with pytest.raises(fm.InputError, match=r"'wals' not found.*Did you mean 'walls'"):
        fm.Problem(fm.Model(plain.phases, [*plain.laws, fm.Impermeable("wals")]), domain)


@dataclass(frozen=True)
class Contact:
    """An ohmic contact of two conductors [S/m2]."""

    where: str
    conductance: float

    def transfers(self, a, b):
        yield fm.Transfer(self.conductance * (b.phi - a.phi) / F, {"e-": -1}, {"e-": +1})


@pytest.mark.parametrize("joint", [fm.Donnan("a|b"), Contact("a|b", 1e5)], ids=["perfect", "ohmic"])
def test_two_conductors_in_contact_are_resistors_in_series(joint):
    phases = [fm.Phase("a", fm.Conductor(10.0)), fm.Phase("b", fm.Conductor(40.0))]
    ends = [fm.Terminal("left", potential=0.1), fm.Terminal("right", potential=0.0)]
    L = 10 * um
    s = fm.solve(
        fm.Model(phases, [*ends, joint]), fm.geometry.layers({"a": L, "b": L}, height=L, h=L / 4)
    )
    resistance = L / 10.0 + L / 40.0 + (1e-5 if isinstance(joint, Contact) else 0.0)
    assert s.current("left") == pytest.approx(0.1 / resistance * L, rel=1e-9)
    assert s.current("a|b") == pytest.approx(s.current("left"), rel=1e-9)
    assert s.audit.energy_imbalance < 1e-9


def test_neutral_species_alone_just_diffuse():
    W = fm.Species("W", 0)
    medium = fm.Medium([W], fm.Dilute({"W": 2e-9}))
    ends = [
        fm.Reservoir("left", {"W": 30.0}, potential=0),
        fm.Reservoir("right", {"W": 10.0}, potential=0),
    ]
    model = fm.Model([fm.Phase("electrolyte", medium)], ends)
    s = fm.solve(model, fm.geometry.slab(20 * um, 20), degree=2)
    area = s.site("left").area
    assert s.flow("W", "left") / area == pytest.approx(2e-9 * 20.0 / (20 * um), rel=1e-6)
    assert s.flow("W", "right") == pytest.approx(-s.flow("W", "left"), rel=1e-9)
