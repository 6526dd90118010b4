"""Units, species, transport models and laws: pure data, no mesh."""

import numpy as np
import pytest

import femion as fm
from femion.transport.checks import evaluate, probe
from femion.units import F, R, si

Na, Cl = fm.Species("Na+", 1), fm.Species("Cl-", -1)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("100 mM", "mol/m^3", 100.0),
        ("25 degC", "K", 298.15),
        ("-59 mV", "V", -0.059),
        (3, "m", 3.0),
    ],
)
def test_quantities_become_si(text, unit, value):
    assert si(text, unit, "x") == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("text", ["100 kg", "apples", "", "1 mol/"])
def test_wrong_quantities_name_field_value_and_unit(text):
    with pytest.raises(fm.InputError, match=r"D of X = .*mol/m\^3"):
        si(text, "mol/m^3", "D of X")


def phase(transport, species=(Na, Cl), **more):
    return fm.Phase("p", fm.Medium(species, transport, **more))


def test_dilute_is_nernst_einstein():
    L = evaluate(phase(fm.Dilute({"Na+": 1e-9, "Cl-": 2e-9})), {"Na+": 10.0, "Cl-": 20.0})
    assert np.allclose(L, np.diag([1e-8, 4e-8]) / (R * 298.15), rtol=1e-14)


def test_stefan_maxwell_without_ion_friction_is_nearly_dilute():
    D = {"Na+,solvent": 1e-9, "Cl-,solvent": 2e-9}
    c = {"Na+": 1e-6, "Cl-": 1e-6}
    L = evaluate(phase(fm.StefanMaxwell(D)), c)
    dilute = evaluate(phase(fm.Dilute({"Na+": 1e-9, "Cl-": 2e-9})), c)
    assert np.allclose(L, dilute, rtol=1e-9, atol=0)


def test_conductivity_takes_a_pair_in_any_order():
    sigma = {("Na+", "Na+"): 0.6, ("Cl-", "Cl-"): 0.9, "Cl-,Na+": -0.15}
    L = evaluate(phase(fm.Conductivity(sigma)), {"Na+": 1.0, "Cl-": 1.0})
    assert np.allclose(L * F**2, [[0.6, 0.15], [0.15, 0.9]], rtol=1e-14)


BAD_MEDIA = [
    (lambda: phase(fm.Dilute({"Na+": 1e-9})), "diffusion coefficient of species 'Cl-' is missing"),
    (lambda: phase(fm.Dilute({"Na+": 1e-9, "Cl-": 1e-9, "Br-": 1})), "'Br-' not found; known: Cl-"),
    (lambda: fm.Dilute({"Na+": -1e-9}), r"D\['Na\+'\] of Dilute = -1e-09"),
    (lambda: fm.Dilute({"Na+": "1 kg"}), "is not a quantity in m"),
    (lambda: fm.Species("Na+", 1.5), "allowed: a whole number"),
    (lambda: fm.Medium([Na, Na], fm.Dilute({"Na+": 1})), "a name occurs twice"),
    (lambda: phase(fm.StefanMaxwell({"Na+,solvent": 1e-9})), "'Cl-' with the solvent is missing"),
    (lambda: phase(fm.ConcentratedBinary(1, 0.4, 1e-10), (Na,)), "one cation and one anion"),
    (lambda: fm.Effective(fm.Dilute({}), porosity=1.2), "must not exceed 1"),
    (
        lambda: phase(
            fm.Conductivity({"Na+,Na+": 1, "Cl-,Cl-": 1, "Na+,Cl-": 0.1, "Cl-,Na+": 0.2})
        ),
        "an Onsager tensor is symmetric",
    ),
    (
        lambda: fm.Phase("p", phase(fm.Dilute({"Na+": 1, "Cl-": 1})).medium, initial={"Na": 1}),
        "Did you mean 'Na",
    ),
    (lambda: fm.Reservoir("in", {"Na+": 1}), "exactly one of potential"),
    (lambda: fm.Reservoir("in", {"Na+": 1}, potential=0, current=1), "got 2"),
    (lambda: fm.Reservoir("in", {"Na+": "-3 mM"}, potential=0), "must be greater than 0"),
    (
        lambda: phase(fm.Dilute({"Na+": 1, "Cl-": 1}), activity=object()),
        "allowed: an activity model",
    ),
    (lambda: fm.ButlerVolmer("in", "Li -> Li+ + e-", 1.0, 0.0), "needs a terminal"),
]


@pytest.mark.parametrize(("make", "message"), BAD_MEDIA)
def test_bad_descriptions_are_refused_when_stated(make, message):
    with pytest.raises(fm.InputError, match=message):
        make()


class Skew:
    """A user's model with L_12 != L_21."""

    def check(self, species):
        pass

    def onsager(self, s):
        return [[1.0, 0.2], [0.1, 1.0]]


class TooCoupled(Skew):
    def onsager(self, s):
        return [[1.0, 2.0], [2.0, 1.0]]


class TooSmall(Skew):
    def onsager(self, s):
        return [[1.0]]


@pytest.mark.parametrize(
    ("transport", "message"),
    [
        (Skew(), r"not symmetric: L\[.*0\.[12]"),
        (TooCoupled(), r"negative eigenvalue: L\[.*\] = 2"),
        (TooSmall(), r"shape \(1, 1\); allowed: \(2, 2\)"),
    ],
)
def test_inadmissible_tensors_name_the_pair(transport, message):
    with pytest.raises(fm.InputError, match=message):
        probe(phase(transport), {"Na+": 1.0, "Cl-": 1.0})


def test_reactions_are_read_and_placed():
    class Side:
        def __init__(self, **charges):
            self.charges = charges

    metal, solution = Side(**{"e-": -1}), Side(**{"Cu++": 2, "Cl-": -1})
    assert fm.reaction("Cu -> Cu++ + 2 e-", metal, solution, stored=("Cu",)) == [
        {"e-": 2},
        {"Cu++": 1},
    ]
    with pytest.raises(fm.InputError, match="'Cu' is on no side"):
        fm.reaction("Cu -> Cu++ + 2 e-", metal, solution)
    with pytest.raises(fm.InputError, match="not of the form"):
        fm.reaction("Cu = Cu++", metal, solution)


@pytest.mark.parametrize("X", [-3.0, 0.0, 2.0])
def test_the_neutral_potential_is_donnans(X):
    from femion.extend import neutral_phi

    z = np.array([1, 2, -1])
    w = np.log(np.array([[0.05, 0.01, 0.07], [1e-6, 1e-9, 1e3]]))
    phi = neutral_phi(w, z, X, np.zeros(2))
    c = np.exp(w - z * phi[:, None])
    assert np.all(np.abs(c @ z + X) <= 1e-12 * np.max(np.abs(c * z), axis=1))


def test_charge_of_one_sign_leaves_the_potential_alone():
    from femion.extend import neutral_phi

    assert neutral_phi(np.zeros((3, 1)), np.array([1]), 0.0, np.full(3, 7.0)).tolist() == [7.0] * 3
