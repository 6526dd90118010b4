"""Formulas, equations, balances and mass action: pure data, no mesh."""

from math import exp, log

import numpy as np
import pytest

import femion as fm
from femion.thermo.formula import elements, equation
from femion.thermo.stoichiometry import common, independent, null_space
from femion.transport.checks import as_number, numeric
from femion.units import R

CHARGES = {"Na+": 1, "Cl-": -1, "H+": 1, "OH-": -1, "CO2": 0, "HCO3-": -1, "CO3--": -2}


def medium(*names, **more):
    species = [fm.Species(i, CHARGES.get(i, 0)) for i in names]
    return fm.Medium(species, fm.Dilute(dict.fromkeys(names, 1e-9)), **more)


def phase(names, *reactions, **more):
    return fm.Phase("p", medium(*names, **more), reactions=reactions)


@pytest.mark.parametrize(
    ("text", "z", "atoms"),
    [
        ("H2O", 0, {"H": 2, "O": 1}),
        ("Na+", 1, {"Na": 1}),
        ("Ca2+", 2, {"Ca": 1}),
        ("Hg2++", 2, {"Hg": 2}),
        ("Fe+3", 3, {"Fe": 1}),
        ("SO42-", -2, {"S": 1, "O": 4}),
        ("SO4-2", -2, {"S": 1, "O": 4}),
        ("SO4^2-", -2, {"S": 1, "O": 4}),
        ("CO3--", -2, {"C": 1, "O": 3}),
        ("NO3-", -1, {"N": 1, "O": 3}),
        ("CO2(aq)", 0, {"C": 1, "O": 2}),
        ("Al(OH)3", 0, {"Al": 1, "O": 3, "H": 3}),
        ("Al2(SO4)3", 0, {"Al": 2, "S": 3, "O": 12}),
        ("Na", 1, {"Na": 1}),
        ("e-", -1, {}),
        ("A", 0, None),
        ("M+", 1, None),
        ("Na+", 2, None),
        ("Al(OH", 0, None),
        ("H)2", 0, None),
    ],
)
def test_formulas_are_read_as_written(text, z, atoms):
    assert elements(text, z) == atoms


def test_equations_have_two_sides():
    assert equation("2 A + B <-> C") == ({"A": 2, "B": 1}, {"C": 1})
    assert equation("A + A -> A + B") == ({"A": 2}, {"A": 1, "B": 1})
    for bad in (
        "A = B",
        "A -> ",
        "A -> B -> C",
        "0 A -> B",
        "-1 A -> B",
        "1 2 A -> B",
        "A+ B -> C",
    ):
        with pytest.raises(fm.InputError, match="not of the form"):
            equation(bad)


WATER = ("H2O",)
WATER_EQUATION = "H2O -> H+ + OH-"
BAD = [
    (lambda: fm.MassAction("A -> B", 1.0), "exactly one of forward and backward"),
    (lambda: fm.MassAction("A -> B", 1.0, forward=1, backward=1), "exactly one of"),
    (lambda: fm.MassAction("A -> B", 0.0, forward=1), "equilibrium_constant.* greater than 0"),
    (lambda: fm.MassAction("A -> B", 1.0, forward=-1), "forward rate constant.* greater than 0"),
    (lambda: fm.MassAction("A -> B", 1.0, forward="1 m/s"), "not a quantity in"),
    (lambda: fm.MassAction("A -> A", 1.0, forward=1), "changes no species"),
    (lambda: fm.MassAction("H2O -> H+ + OH-", 1.0, forward=1, solvent="H20"), "Did you mean 'H2O'"),
    (
        lambda: phase(("H+", "OH-"), fm.MassAction("H2O -> H+ + OH-", 1e-14, backward=1)),
        r"not in solvent\) 'H2O' not found",
    ),
    (
        lambda: phase(("H+", "OH-", "H2O"), fm.water_dissociation()),
        "'H2O' is followed and cannot be in solvent",
    ),
    (
        lambda: phase(("H+",), fm.MassAction("H2O -> H+", 1.0, forward=1, solvent=WATER)),
        "does not conserve charge: 0 on the left, 1 on the right",
    ),
    (
        lambda: phase(("CO2", "HCO3-", "H+"), fm.MassAction("CO2 -> HCO3- + H+", 1e-6, forward=1)),
        "'CO2 -> HCO3- \\+ H\\+' does not conserve H: 0 on the left, 2 on the right",
    ),
    (
        lambda: phase(("H+", "OH-", "CO2", "HCO3-", "CO3--"), WATER, fm.carbonate()),
        "reactions of Phase 'p' = .*allowed: MassAction",
    ),
    (lambda: fm.Species("acetate", -1, formula="CH3COO"), None),
    (lambda: fm.Species("acetate", -1, formula="CH3COO-"), None),
    (lambda: fm.Species("acetate", -1, formula="CH3COO+"), "formula of Species 'acetate'"),
    (lambda: fm.Species("acetate", -1, formula="Ac-x"), "formula of Species 'acetate'"),
    (lambda: fm.equilibrate({"Na+": -1.0}, [fm.water_dissociation()]), "must be greater than 0"),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_what_cannot_react_is_refused_when_stated(make, message):
    if message is None:
        assert make().elements == {"C": 2, "H": 3, "O": 2}
        return
    with pytest.raises(fm.InputError, match=message):
        make()


def test_elements_are_checked_only_where_all_formulas_are_known():
    lost = fm.MassAction("CO2 -> A", 1.0, forward=1.0)
    phase(("CO2", "A"), lost)
    species = [fm.Species("CO2", 0), fm.Species("A", 0, formula="CO")]
    with pytest.raises(fm.InputError, match="does not conserve O: 2 on the left, 1 on the right"):
        lost.check(species)


def test_rate_constants_take_units_of_their_order():
    water = fm.MassAction("H2O -> H+ + OH-", 1e-14, backward="1.4e11 L/mol/s", solvent=WATER)
    assert water.backward == pytest.approx(1.4e8, rel=1e-14)
    born = fm.MassAction("H2O -> H+ + OH-", 1e-14, forward="1.4 mmol/L/s", solvent=WATER)
    assert born.forward == pytest.approx(1.4, rel=1e-14)
    three = fm.MassAction("2 A + B -> C", 1.0, forward="1 L^2/mol^2/min")
    assert three.forward == pytest.approx(1e-6 / 60, rel=1e-14)


def rate(r, c, phi=0.0, **more):
    return as_number(r.rate(numeric(phase(tuple(c), r, **more), c, phi)))


def test_mass_action_is_what_it_says():
    c = {"H+": 3e-4, "OH-": 2e-4}
    known = 1.4e8 * (1e-14 * 1e6 - 3e-4 * 2e-4)
    water = fm.water_dissociation()
    assert rate(water, c) == pytest.approx(known, rel=1e-12)
    assert rate(water, c, phi=0.7) == pytest.approx(known, rel=1e-12)
    other = fm.MassAction("H2O -> H+ + OH-", 1e-14, forward=1.4, solvent=WATER)
    assert rate(other, c) == pytest.approx(known, rel=1e-12)
    warm = fm.MassAction(
        WATER_EQUATION, 1e-14, backward=lambda s: 1.4e8 * s.T / 298.15, solvent=WATER
    )
    assert rate(warm, c) == pytest.approx(known, rel=1e-12)
    twice = fm.MassAction("2 A -> B", 4.0, forward=0.5)  # K_c = 4e-3 m3/mol
    c = {"A": 7.0, "B": 3.0}
    assert rate(twice, c) == pytest.approx(0.5 * (49.0 - 3.0 / 4e-3), rel=1e-12)
    catalysed = fm.MassAction("A + B -> 2 B", 2.0, backward=0.5)
    assert rate(catalysed, c) == pytest.approx(0.5 * (2.0 * 21.0 - 9.0), rel=1e-12)


def test_rate_and_affinity_have_one_sign_and_vanish_together():
    r = fm.MassAction("2 A -> B", 4.0, forward=0.5)
    for B in (0.1, 0.195, 0.197, 5.0):
        s = numeric(phase(("A", "B"), r), {"A": 7.0, "B": B})
        v, A = as_number(r.rate(s)), as_number(r.affinity(s))
        assert v * A > 0
        assert v == pytest.approx(0.5 * 49.0 * (1 - exp(-A / (R * 298.15))), rel=1e-12)
    rest = {"A": 7.0, "B": 4e-3 * 49.0}
    assert abs(rate(r, rest)) < 1e-13 * 0.5 * 49.0


def test_partition_and_reaction_have_one_equilibrium():
    mu0 = {"H+": 3000.0, "OH-": -500.0}
    bath = {"H+": 1e-5, "OH-": 1e-3}
    inside = {i: c * exp(-mu0[i] / (R * 298.15)) for i, c in bath.items()}
    off = rate(fm.water_dissociation(), inside, standard_potential=mu0)
    assert abs(off) < 1e-12 * 1.4e8 * inside["H+"] * inside["OH-"]
    c = fm.equilibrate({}, [fm.water_dissociation()], medium("H+", "OH-", standard_potential=mu0))
    assert log(c["H+"] * c["OH-"] / 1e-8) == pytest.approx(-2500.0 / (R * 298.15), rel=1e-12)


def test_null_space_is_exact():
    rows = [[0, 1, 1, 0, 0, 0], [0, 1, 0, -1, 1, 0], [0, 1, 0, 0, -1, 1]]
    basis = null_space(rows, 6)
    assert len(basis) == 3 and basis[0] == [1, 0, 0, 0, 0, 0]
    assert not np.any(np.array(rows) @ np.array(basis).T)
    assert null_space([], 2) == [[1, 0], [0, 1]]
    assert null_space([[2, -4]], 2) == [[2, 1]]
    assert independent([[1, 0], [2, 0], [0, 1]], [[1, 1]]) == [0]
    shared = common([[1, 0, 0], [0, 1, 0]], [[0, 2, 0], [0, 1, 1]])
    assert len(shared) == 1 and shared[0][1] and shared[0][::2] == [0, 0]


REACTIONS = [fm.water_dissociation(), *fm.carbonate()]


@pytest.mark.parametrize(
    "start",
    [
        {"Na+": 10.0, "HCO3-": 10.0, "CO2": 1.0},
        {"Na+": 10.0, "OH-": 10.0, "CO2": 1.0},
        {"Cl-": 100.0, "H+": 100.0},
        {"Na+": 1e-5, "OH-": 1e-5},
        {"H+": 100.0, "OH-": 100.0, "Na+": 5.0, "Cl-": 5.0},
    ],
)
def test_a_batch_keeps_charge_and_elements_and_comes_to_rest(start):
    c = fm.equilibrate(start, REACTIONS if "CO2" in start else REACTIONS[:1])
    size = max(start.values())
    assert abs(sum(CHARGES[i] * v for i, v in c.items())) < 1e-12 * size
    carbon = [sum(x.get(i, 0.0) for i in ("CO2", "HCO3-", "CO3--")) for x in (start, c)]
    assert carbon[1] == pytest.approx(carbon[0], rel=1e-12)
    assert c["H+"] * c["OH-"] == pytest.approx(1e-8, rel=1e-12)
    if "CO2" in start:
        assert c["HCO3-"] * c["H+"] / c["CO2"] == pytest.approx(10**-3.35, rel=1e-12)
        assert c["CO3--"] * c["H+"] / c["HCO3-"] == pytest.approx(10**-7.33, rel=1e-12)


def test_a_batch_that_cannot_be_is_refused():
    with pytest.raises(fm.InputError, match="no equilibrium has the totals of C 1"):
        fm.equilibrate({"C": 1.0}, [fm.MassAction("A -> B", 1.0, forward=1.0)])


def test_an_incomplete_start_is_completed_and_a_complete_one_is_not_touched():
    names = ("Na+", "Cl-", "H+", "OH-")
    salt = {"Na+": 10.0, "Cl-": 10.0}
    p = fm.Phase("p", medium(*names), initial=salt, reactions=REACTIONS[:1])
    assert p.initial["H+"] == pytest.approx(1e-4, rel=1e-12)
    full = salt | {"H+": 1e-3, "OH-": 1e-3, "phi": 0.1}
    assert fm.Phase("p", medium(*names), initial=full, reactions=REACTIONS[:1]).initial == full
    assert not fm.Phase("p", medium(*names), reactions=REACTIONS[:1]).initial
