"""Non-ideal cells solved: blocked species, baths of their own, ranges, bad input, any ranks."""

import warnings

import numpy as np
import pytest
from cases import Cl, K, Na, um
from mpi4py import MPI

import femion as fm
from femion.library import electrolyte
from femion.transport import validity
from femion.units import F, R, as_number
from femion.verify.activities import chemical

RT = R * 298.15
D = {"Na+": 1.334e-9, "Cl-": 2.032e-9}
SALT = {"Na+": 50.0, "Cl-": 50.0}
CHARGES = {"Na+": 1, "Cl-": -1}


def water(activity):
    return fm.Medium([Na, Cl], fm.Dilute(D), activity)


def slab(medium, laws, cells=8, degree=2, closure=None, **phase):
    phases = [fm.Phase("slab", medium, **phase)]
    model = fm.Model(phases, laws, closure=closure or fm.Electroneutral())
    return fm.solve(model, fm.geometry.slab(100 * um, cells, region="slab"), degree=degree)


# -- boundaries of non-ideal phases ----------------------------------------------------------------
@pytest.mark.parametrize("closure", [fm.Electroneutral(), fm.Poisson()])
def test_blocked_ion_beside_a_non_ideal_reservoir(closure):
    """Only Na+ crosses: Cl- is at equilibrium, mu~ constant, and its amount is conserved."""
    davies = fm.Davies()
    laws = [
        fm.Reservoir("left", {"Na+": 50.0}, potential=0.0, blocked=["Cl-"]),
        fm.Reservoir("right", {"Na+": 20.0}, current=0.0, blocked=["Cl-"]),
    ]
    s = slab(water(davies), laws, initial=SALT, closure=closure)
    least, most = (s.mean(lambda q: q.w["Cl-"], end) for end in ("left", "right"))
    assert least == pytest.approx(most, abs=1e-9)  # no flux, no gradient
    assert s.mean(lambda q: q.c["Cl-"], "slab") == pytest.approx(50.0, rel=1e-9)
    assert s.mean(lambda q: q.c["Na+"], "left") == pytest.approx(50.0, rel=1e-9)


@pytest.mark.parametrize("bath", [fm.Davies(), fm.Margules({"Na+,Cl-": -3e3}, 5000.0), None])
def test_bath_of_a_donnan_reservoir_has_its_own_activity(bath):
    """mu of the salt in an ideal resin is that of the bath, and so is each ion's mu~."""
    laws = [
        fm.DonnanReservoir("left", SALT, potential="10 mV", bath=bath and water(bath)),
    ]
    s = slab(water(fm.Ideal()), laws, cells=2, degree=1, fixed_charge=-200.0)
    mu = chemical(bath or fm.Ideal(), SALT, CHARGES)
    for i, z in CHARGES.items():
        found = s.mean(lambda q, i=i: q.mu[i], "slab")
        assert found == pytest.approx(RT * mu[i] + z * F * 0.01, rel=1e-11)
    root = np.exp(0.5 * sum(mu.values())) * 1000.0  # c+ c- = root^2 in the ideal resin
    co_ion = -100.0 + np.sqrt(100.0**2 + root**2)
    assert s.mean(lambda q: q.c["Cl-"], "slab") == pytest.approx(co_ion, rel=1e-10)


def test_one_activity_on_both_sides_of_a_donnan_reservoir_is_no_jump():
    medium = water(fm.Davies())
    law = fm.DonnanReservoir("left", SALT, potential=0.0, bath=medium)
    s = slab(medium, [law], cells=2, degree=1)
    assert s.extremes("Na+", "slab") == pytest.approx((50.0, 50.0), rel=1e-11)
    assert abs(s.mean(lambda q: q.phi, "slab")) < 1e-13


# -- a cell with everything in it ------------------------------------------------------------------
def membrane_cell(comm=MPI.COMM_WORLD, current=20.0):
    """Davies baths of three ions, a Margules membrane, an imposed current density [A/m2]."""
    ions, free = [Na, K, Cl], fm.Dilute(D | {"K+": 1.957e-9})
    bath = fm.Medium(ions, free, fm.Davies())
    mixture = fm.Margules({"Na+,K+": 2e3, "K+,Cl-": -3e3}, 5000.0)
    resin = fm.Medium(ions, fm.Effective(free, 0.4, 4.0), mixture)
    phases = [
        fm.Phase("a", bath),
        fm.Phase("membrane", resin, fixed_charge=-500.0),
        fm.Phase("b", bath),
    ]
    feed = {"Na+": 60.0, "K+": 40.0, "Cl-": 100.0}
    thin = {i: c / 2 for i, c in feed.items()}
    laws = [
        fm.Reservoir("left", feed, potential=0.0),
        fm.Donnan("a|membrane"),
        fm.Donnan("membrane|b"),
        fm.Reservoir("right", thin, current_density=current),
    ]
    layers = dict.fromkeys(("a", "membrane", "b"), 20 * um)
    shape = fm.geometry.layers(layers, height=10 * um, h=5 * um, cells_y=2)
    return fm.solve(fm.Model(phases, laws), shape, comm=comm)


def numbers(s):
    """Voltage [V], dissipation [W/m] and fluxes [mol/(m s)]."""
    flows = [s.flow(i, "a|membrane") for i in ("Na+", "K+", "Cl-")]
    return [s.potential("right"), s.audit.total_dissipation, *flows]


def test_same_answer_on_any_number_of_ranks_and_the_books_close():
    s = membrane_cell()
    assert numbers(s) == pytest.approx(numbers(membrane_cell(MPI.COMM_SELF)), rel=1e-9, abs=0)
    a = s.audit
    assert a.total_dissipation > 0 and a.energy_imbalance < 1e-9
    assert max(a.imbalance.values()) < 1e-9 and a.charge_imbalance < 1e-9


# -- ranges ----------------------------------------------------------------------------------------
def test_a_solution_beyond_the_range_warns_once_on_one_rank():
    """0.95 mol/L of NaCl is inside the range to 1 mol/L; the current makes 1.05 at one end."""
    validity._said.clear()
    e = electrolyte("NaCl")
    laws = [
        fm.ReversibleElectrode("left", "Na+", current_density=500.0),
        fm.ReversibleElectrode("right", "Na+", potential=0.0),
    ]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        slab(e.medium(), laws, initial={"Na+": 950.0, "Cl-": 950.0})
        slab(e.medium(), laws, initial={"Na+": 950.0, "Cl-": 950.0})
    texts = sorted(str(w.message) for w in said if issubclass(w.category, fm.RangeWarning))
    if MPI.COMM_WORLD.rank:
        assert texts == []
        return
    assert len(texts) == 2
    assert texts[0].startswith("LibraryData of phase 'slab': Cl- = 1")
    assert texts[0].endswith("is outside its range 0 to 1000 mol/m3")
    assert texts[1].startswith("LibraryData of phase 'slab': Na+ = 1")


def test_inside_the_range_nothing_is_said():
    validity._said.clear()
    e = electrolyte("LiPF6_EC_EMC_3_7")
    laws = [
        fm.ReversibleElectrode("left", "Li+", current_density=50.0),
        fm.ReversibleElectrode("right", "Li+", potential=0.0),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error", fm.RangeWarning)
        s = slab(e.medium(), laws, initial={"Li+": 1000.0, "PF6-": 1000.0})
    c, chi = 1000.0, as_number(e.activity.factor(1000.0, 298.15))
    assert chi == pytest.approx(2.18176, rel=1e-5)
    ends = [s.mean(lambda q: q.c["Li+"], x) for x in ("left", "right")]
    assert ends[0] > c > ends[1]


# -- what is refused -------------------------------------------------------------------------------
BAD = [
    (lambda: electrolyte("NaCl").medium(activity=fm.Davies()), "but .* in activity Davies"),
    (
        lambda: fm.Medium([Na, Cl], fm.ConcentratedBinary(1.0, 0.4, 1e-9, 1.2)),
        r"thermodynamic_factor of ConcentratedBinary = 1\.2 at 20 mol/m3 but 1 in activity Ideal",
    ),
    (
        lambda: slab(
            water(fm.UserActivity(lambda s: {"Na+": 1e-3 * s.c["Cl-"], "Cl-": 0.0 * s.c["Na+"]})),
            [fm.Reservoir("left", SALT, potential=0.0)],
        ),
        "derives from no free energy",
    ),
    (
        lambda: slab(
            water(fm.LatticeGas({"Na+": 40.0})), [fm.Reservoir("left", SALT, potential=0.0)]
        ),
        r"concentration of 'Na\+' in LatticeGas = 50 mol/m3; allowed: between 0 and 40",
    ),
    (lambda: water(fm.Pitzer({}, {})), "beta0 of Pitzer: Cl-, Na\\+ is missing"),
    (
        lambda: fm.Medium([Na, K, Cl], fm.Dilute(D | {"K+": 1e-9}), fm.ThermodynamicFactor(0.9)),
        "one cation and one anion",
    ),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_what_cannot_be_right_is_refused_in_one_sentence(make, message):
    with pytest.raises(fm.InputError, match=message) as refused:
        make()
    assert "\n" not in str(refused.value)
