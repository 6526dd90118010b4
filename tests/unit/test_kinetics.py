"""Laws as algebra: the film solved for, smooth means, tables, osmotic pressure, bad input."""

import math

import numpy as np
import pytest
import ufl
from ufl.conditional import Condition

import femion as fm
from femion.laws.permeance import log_mean
from femion.laws.thin_membrane import bernoulli
from femion.thermo.osmotic import osmotic_pressure
from femion.transport.checks import numeric
from femion.units import R

T = 298.15
NACL = {"Na+": 1, "Cl-": 1}


def number(x):
    """Value of an expression of numbers; each shared part once (UFL's own takes all paths)."""
    known = {}

    def fold(e):
        if e not in known:
            parts = [fold(o) for o in e.ufl_operands]
            new = e._ufl_expr_reconstruct_(*parts) if parts else e
            known[e] = new if isinstance(new, Condition) else ufl.as_ufl(float(new(())))
        return known[e]

    return float(fold(ufl.as_ufl(x)))


def law(kind, **more):
    return kind("left", "Li -> Li+ + e-", 1.0, 0.0, ("Li",), fm.Potential(0.0), **more)


@pytest.mark.parametrize("alpha", [(0.5, 0.5), (0.3, 0.7), (0.1, 1.0)])
def test_the_films_share_is_solved_to_rounding_at_any_drive(alpha):
    bv, worst = law(fm.ButlerVolmer, alpha=alpha), 0.0
    for eta in (-20.0, -1e-4, 1.0, 20.0):
        for rho in (1e-9, 1e-2, 1e3):
            e = ufl.as_ufl(eta)
            drive = eta + rho * number(bv.rate(e, T))
            found = number(bv.behind_film(ufl.as_ufl(drive), ufl.as_ufl(rho)))
            # what rounding of the drive and of the exponentials does to eta
            up, down = math.exp(alpha[0] * eta), math.exp(-alpha[1] * eta)
            slope = 1 + rho * (alpha[0] * up + alpha[1] * down)
            rounding = abs(eta) + (abs(drive) + rho * (up + down)) / slope
            worst = max(worst, abs(found - eta) / rounding)
    assert worst < 1e-13


def test_the_films_share_under_tafel():
    for alpha in (0.5, -0.7):
        tafel = law(fm.Tafel, alpha=alpha)
        for eta in (-20.0, -1.0, 1.0, 20.0):
            for rho in (1e-9, 1e-2, 1.0, 1e6):
                drive = eta + rho * number(tafel.rate(ufl.as_ufl(eta), T))
                found = number(tafel.behind_film(ufl.as_ufl(drive), ufl.as_ufl(rho)))
                assert found == pytest.approx(eta, rel=1e-12, abs=1e-13 * abs(drive))


def test_no_film_and_no_exchange_current_are_limits_without_division_by_zero():
    for kind in (fm.ButlerVolmer, fm.Linear, fm.Tafel):
        found = number(law(kind).behind_film(ufl.as_ufl(3.0), ufl.as_ufl(0.0)))
        assert found == pytest.approx(3.0, rel=1e-12)


def test_exponentials_do_not_overflow():
    for kind in (fm.ButlerVolmer, fm.Tafel, fm.MarcusHushChidsey):
        for eta in (-1e5, 1e5):
            assert math.isfinite(number(law(kind).rate(ufl.as_ufl(eta), T)))


def test_marcus_keeps_detailed_balance_and_is_odd():
    mhc = law(fm.MarcusHushChidsey, reorganisation_energy=0.4)
    for eta in (1e-3, 1.0, 30.0):
        up, down = (number(mhc.rate(ufl.as_ufl(s * eta), T)) for s in (1, -1))
        assert up == pytest.approx(-down, rel=1e-14)
    assert number(mhc.rate(ufl.as_ufl(1e-6), T)) == pytest.approx(1e-6, rel=1e-5)


def test_logarithmic_mean_is_smooth_through_equality():
    for ratio in (1.0, 1 + 1e-12, 1 + 1e-4, 1.104, 1.106, 3.0, 1e6):
        exact = (ratio - 1) / math.log1p(ratio - 1) if ratio != 1 else 1.0
        found = number(log_mean(ufl.as_ufl(5.0 * ratio), ufl.as_ufl(5.0)))
        assert found == pytest.approx(5.0 * exact, rel=1e-13)


def test_bernoulli_is_smooth_through_zero_and_bounded():
    for x in (-800.0, -3.0, -0.051, -0.049, -1e-9, 0.0, 1e-9, 0.049, 0.051, 3.0, 800.0):
        exact = x / math.expm1(x) if x and x < 700 else float(x == 0)
        assert number(bernoulli(ufl.as_ufl(x))) == pytest.approx(exact, rel=1e-12, abs=1e-300)


def test_a_table_of_open_circuit_potentials_is_monotone_and_exact_at_its_points():
    c, U = [100.0, 200.0, 500.0, 900.0], [4.2, 4.0, 3.9, 3.2]
    table = fm.OpenCircuitPotential("Li", c, U)
    assert [number(table.at(ufl.as_ufl(x))) for x in c] == pytest.approx(U, rel=1e-14)
    fine = [number(table.at(ufl.as_ufl(x))) for x in np.linspace(50, 950, 200).tolist()]
    assert np.all(np.diff(fine) < 0)  # beyond the ends, too
    with pytest.raises(fm.InputError, match="two points or more, increasing"):
        fm.OpenCircuitPotential("Li", [1.0, 1.0], [1.0, 2.0])


def bath(c, activity):
    ions = (fm.Species("Na+", 1), fm.Species("Cl-", -1))
    D = dict.fromkeys(NACL, 1e-9)
    return numeric(fm.Phase("p", fm.Medium(ions, fm.Dilute(D), activity=activity)), salt(c))


def salt(c):
    return dict.fromkeys(NACL, c)


def test_osmotic_pressure_obeys_gibbs_and_duhem():
    assert number(osmotic_pressure(bath(600.0, fm.Ideal()))) == pytest.approx(2 * R * T * 600.0)
    for model in (fm.Davies(), fm.DebyeHueckel(), fm.Bikerman(5e-10)):
        c, h = 300.0, 0.1
        up, down = (bath(c + s * h, model) for s in (1, -1))
        slope = number(osmotic_pressure(up)) - number(osmotic_pressure(down))
        change = sum(c * (number(up.mu[i]) - number(down.mu[i])) for i in NACL)
        assert slope == pytest.approx(change, rel=1e-6)  # second differences: (h/c)^2


def test_debye_hueckels_limiting_law_of_the_osmotic_coefficient():
    """1 - phi = -ln(gamma)/3 where ln gamma goes with the root of c."""
    c = 1e-3
    s = bath(c, fm.Davies(slope=0.0))
    phi = number(osmotic_pressure(s)) / (2 * R * T * c)
    ln_gamma = number(s.ln_activity["Na+"]) - math.log(c / 1000.0)
    assert (1 - phi) / -ln_gamma == pytest.approx(1 / 3, rel=2e-3)


BAD = {
    "negative i0": (lambda: law(fm.Tafel, entropy_coefficient="1 V"), "not a quantity"),
    "alpha": (lambda: law(fm.ButlerVolmer, alpha=(0.5, -0.5)), "must be greater than 0"),
    "three alphas": (lambda: law(fm.ButlerVolmer, alpha=(0.5, 0.5, 0.5)), "anodic, cathodic"),
    "no branch": (lambda: law(fm.Tafel, alpha=0.0), "any other number"),
    "film": (lambda: law(fm.Linear, film_resistance=-1.0), "must not be negative"),
    "film and Marcus": (lambda: law(fm.MarcusHushChidsey, film_resistance=1.0), "no film"),
    "energy": (lambda: law(fm.MarcusHushChidsey, reorganisation_energy=9.0), "allowed: 0.01 to 2"),
    "no terminal": (lambda: fm.SternLayer("left", 0.2), "needs a terminal"),
    "capacitance": (lambda: fm.SternLayer("a|b", -0.2), "must be greater than 0"),
    "sites": (lambda: fm.SiteBinding(1e-6), "is empty"),
    "permeance": (lambda: fm.Permeance("a|b", {"Na+": 0.0}), "must be greater than 0"),
    "outer permeance": (lambda: fm.Permeance("a", {"Na+": 1.0}), "an interface"),
    "sigma": (
        lambda: fm.SpieglerKedem("a|b", NACL, 1e-11, 1e6, 1.1, P=1e-7),
        "allowed: 0 to 1",
    ),
    "B": (lambda: fm.SolutionDiffusion("a|b", NACL, 1e-11, 1e6), "must be greater than 0"),
    "salt": (lambda: fm.SolutionDiffusion("a|b", {"Na+": 0}, 1e-11, 1e6, B=1.0), "salt of"),
    "reaction": (lambda: fm.SurfaceReaction("a", "2 A -> B", 1.0), "allowed: 'A -> B'"),
    "k": (lambda: fm.SurfaceReaction("a", "A -> B", -1.0), "must not be negative"),
    "velocity": (
        lambda: fm.Phase("p", bath(1.0, fm.Ideal()).phase.medium, velocity=()),
        "one to three components",
    ),
    "hindrance": (lambda: fm.convective_hindrance(0.9), "allowed: 0 to 0.8"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_in_one_sentence(name):
    make, text = BAD[name]
    with pytest.raises(fm.InputError, match=text) as caught:
        make()
    assert "\n" not in str(caught.value)
