"""Electrodialysis channels: membranes as boundaries, where the power goes, limiting currents."""

from functools import cache

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.metrics import electric_power, loss_split
from femion.units import F, R

H, L, D = 1e-3, 4e-3, {"Na+": 1.334e-9, "Cl-": 2.032e-9}
VT, FEED, SPEED = R * 298.15 / F, {"Na+": 100.0, "Cl-": 100.0}, 0.02
BATH, RA = {"Na+": 500.0, "Cl-": 500.0}, 2e-4


@cache
def channel(alone=False):
    """A channel between imperfect membranes before a bath of five times its concentration."""
    ions = [fm.Species("Na+", 1), fm.Species("Cl-", -1)]
    water = fm.Medium(ions, fm.Dilute(D))
    cem = fm.ExchangeMembrane("bottom", {"Na+": 0.95, "Cl-": 0.05}, RA, BATH, fm.Potential(0.0))
    aem = fm.ExchangeMembrane("top", {"Cl-": 0.95, "Na+": 0.05}, RA, BATH, fm.Potential(0.5))
    laws = [fm.Inflow("inlet", SPEED), fm.Bath("inlet", FEED), fm.Open("outlet")]
    laws += [fm.Outflow("outlet"), fm.NoSlip("bottom"), fm.NoSlip("top"), cem, aem]
    flow = fm.NavierStokes(0.89e-3, density=997.0)
    model = fm.Model([fm.Phase("channel", water, flow=flow, initial=FEED)], laws)
    shape = fm.geometry.channel(
        length=L, height=H, h=H / 5, first_cell=8e-6, growth=1.7, h_along=H / 4, h_inlet=H / 20
    )
    return fm.Problem(model, fm.mesh(shape, MPI.COMM_SELF if alone else MPI.COMM_WORLD))


@cache
def solved(alone=False):
    return fm.solve(channel(alone))


def test_parts_sum_to_the_electric_power_and_mean_what_they_say():
    s = solved()
    current, parts = s.current("top"), loss_split(s)
    assert electric_power(s) == pytest.approx(0.5 * current, rel=1e-12)
    assert sum(parts.values()) == pytest.approx(0.5 * current, rel=1e-9)
    # what runs through both walls loses i^2 R_A there, at least that of an even current
    for w in ("bottom", "top"):
        assert RA * current**2 / L < parts[f"at {w}"] < 1.2 * RA * current**2 / L
    # the bulk is thinned by 5 %, its current runs nearly straight across
    kappa = F**2 / (R * 298.15) * sum(D.values()) * 100.0
    assert 1.0 < parts["bulk of channel"] / (current**2 / L * H / kappa) < 1.1
    assert parts["boundary layers of channel"] > 0
    # the reversible work: both membranes' potentials between 100 or less and 500 mol/m3
    emf = 2 * (2 * 0.95 - 1) * VT * np.log(5)
    assert 1.0 < parts["free energy of streams"] / (current * emf) < 1.5


def test_nothing_is_lost_but_to_the_streams_when_the_current_is_small():
    problem = channel()
    emf = 2 * (2 * 0.95 - 1) * VT * np.log(5)
    problem["laws.top#7.terminal.value"] = emf + 1e-5
    s = fm.solve(problem)
    problem["laws.top#7.terminal.value"] = 0.5
    parts, power = loss_split(s), electric_power(s)
    assert parts["free energy of streams"] == pytest.approx(power, rel=1e-3)
    assert sum(parts.values()) == pytest.approx(power, rel=1e-9)


def test_books_close_and_current_efficiency_is_that_of_the_membranes():
    s = solved()
    assert max(s.audit.imbalance.values()) < 1e-12
    assert s.audit.charge_imbalance < 1e-10
    assert s.audit.energy_imbalance < 1e-12
    assert s.current("inlet") == pytest.approx(0.0, abs=1e-9 * s.current("top"))
    removed = s.flow("Na+", "inlet") + s.flow("Na+", "outlet")
    assert removed * F / s.current("top") == pytest.approx(0.9, rel=1e-9)
    assert fm.metrics.transport_number(s, "Na+", "bottom") == pytest.approx(0.95, rel=1e-9)
    assert fm.metrics.polarisation(s, "bottom", "Na+", pieces=12).mean < 1


def test_ranks_agree_with_one_process():
    every, alone = solved(), solved(alone=True)
    values = [[s.current("top"), *loss_split(s, 12).values()] for s in (every, alone)]
    np.testing.assert_allclose(*values, rtol=1e-9)


def test_sweep_ends_at_the_limiting_current():
    """Leveque's: F D_s/(1 - t+) c0 1.849 (D_h Re Sc/L)^(1/3)/D_h at an ideal membrane."""
    problem = channel()
    for w, own, other in (("bottom#6", "Na+", "Cl-"), ("top#7", "Cl-", "Na+")):
        problem[f"laws.{w}.numbers.{own}"], problem[f"laws.{w}.numbers.{other}"] = 1.0, 0.0
    problem["laws.top#7.terminal.value"] = 2 * VT * np.log(5)  # open circuit
    sweep = fm.metrics.current_sweep(problem, "top", first=0.1, flat=0.08)
    salt, cation = 2 / (1 / D["Na+"] + 1 / D["Cl-"]), D["Na+"] / sum(D.values())
    Sh = 1.849 * (2 * H / L * SPEED * 2 * H / salt) ** (1 / 3)
    limit = F * salt / (1 - cation) * 100.0 * Sh / (2 * H)
    # 5 %: a plateau of 8 % slope, Leveque's own 1.5 %, 8 um cells in a layer of 50 um
    assert sweep.limit / L == pytest.approx(limit, rel=0.05)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"numbers": {"Na+": 0.9}}, "their sum 1"),
        ({"numbers": {"Na+": 1.2, "Cl-": -0.2}}, "none negative"),
        ({"resistance": "0 ohm*m^2"}, "resistance"),
        ({"terminal": None}, "terminal"),
    ],
)
def test_a_wrong_membrane_is_refused(change, text):
    good = {"numbers": {"Na+": 1.0}, "resistance": RA, "terminal": fm.Current(0.0)}
    good["concentrations"] = BATH
    with pytest.raises(fm.InputError, match=text):
        fm.ExchangeMembrane("top", **(good | change))


def test_numerical_mixing_tells_how_much_too_high_a_limiting_current_is():
    """Coarse cells let too much salt through the layers at membranes; the audit says so."""

    def dry(fine, degree):
        water = fm.Medium([fm.Species("Na+", 1), fm.Species("Cl-", -1)], fm.Dilute(D))
        passing = {"bottom": {"Na+": 1.0, "Cl-": 0.0}, "top": {"Na+": 0.0, "Cl-": 1.0}}
        laws = [
            fm.ExchangeMembrane(w, t, RA, FEED, fm.Potential(1.0 if w == "top" else 0.0))
            for w, t in passing.items()
        ]
        laws += [fm.Inflow("inlet", SPEED), fm.Bath("inlet", FEED), fm.Open("outlet")]
        laws += [fm.Outflow("outlet"), fm.NoSlip("bottom"), fm.NoSlip("top")]
        flow = fm.NavierStokes(0.89e-3, density=997.0)
        cells = {"h": H / 4, "first_cell": 15e-6 / fine, "growth": 2 ** (1 / fine)}
        cells |= {"h_along": H / 3 / fine, "h_inlet": H / 20 / fine}
        model = fm.Model([fm.Phase("channel", water, flow=flow, initial=FEED)], laws)
        shape = fm.geometry.channel(length=L, height=H, **cells)
        s = fm.solve(model, shape, degree=degree)
        return s.current("top"), max(s.audit.numerical_mixing["channel"].values())

    (coarse, much), (fine, little) = dry(1, 1), dry(2, 2)
    assert little < 0.02 < 0.05 < much
    assert 0.3 * much < coarse / fine - 1 < 1.5 * much
    assert "numerical mixing in channel: Na+" in solved().summary()
