"""Time integration: books, free energy, one answer on any number of ranks, and refusals."""

import math

import numpy as np
import pytest
from cases import BATH, Cl, K, Na, electrode, electrode_model, membrane_model, stack
from mpi4py import MPI

import femion as fm
from femion.metrics import free_energy
from femion.solvers import bdf

um = 1e-6
D = {"Na+": 1.334e-9, "K+": 1.957e-9, "Cl-": 2.032e-9}
WATER = fm.Medium([Na, K, Cl], fm.Dilute(D))
SALT = fm.Medium([Na, Cl], fm.Dilute({i: D[i] for i in ("Na+", "Cl-")}))


def slab(cells=16, length=100 * um):
    return fm.geometry.slab(length, cells, region="slab", height=length / 4)


def plating(current=0.0, initial=100.0, **changes):
    """NaCl between an electrode that passes a current and one that is at 0 V."""
    phase = fm.Phase("slab", SALT, initial={"Na+": initial, "Cl-": initial}, **changes)
    laws = [
        fm.ReversibleElectrode("left", "Na+", current_density=current),
        fm.ReversibleElectrode("right", "Na+", potential=0.0),
    ]
    return fm.Model([phase], laws)


def closed(closure, length):
    """Three ions unevenly in a cell that nothing can leave."""

    def uneven(base, change):
        return lambda x: base * (1 + change * np.cos(np.pi * x[0] / length))

    initial = {"Na+": uneven(50.0, 0.8), "K+": uneven(50.0, -0.5), "Cl-": uneven(100.0, 0.15)}
    law = fm.Reservoir("left", {}, potential=0.0, blocked=tuple(initial))
    if not closure.continuous:
        law = fm.ReversibleElectrode("left", "Na+", potential=0.0)
    return fm.Model([fm.Phase("slab", WATER, initial=initial)], [law], closure=closure)


def amount(solution, species, phase="slab"):
    return solution.mean(lambda s: s.c[species], phase)


# -- what the integrator promises ---------------------------------------------------------------
@pytest.mark.parametrize("w", [None, 0.5, 2.0])
def test_factors_differentiate_what_they_should(w):
    dt = 0.3
    fresh, past = bdf.factors(dt, dt / w if w else None)
    t = [1.0, 1.0 - dt, 1.0 - dt - (dt / w if w else dt)]
    for p in (1, 2) if w else (1,):
        v = [x**p for x in t]
        assert fresh * (v[0] - v[1]) + past * (v[1] - v[2]) == pytest.approx(p * t[0] ** (p - 1))


def test_local_error_of_a_cubic_is_found_exactly():
    """BDF2 of y' = f(t): both errors are multiples of y''' alone."""
    times, t = [0.1, 0.3, 0.6], 1.1
    y = [x**3 for x in times]
    fresh, past = bdf.factors(t - times[2], times[2] - times[1])
    corrected = y[2] + (3 * t**2 - past * (y[2] - y[1])) / fresh
    predicted = bdf.extrapolate(t, times, y)
    share = bdf.error_share(t, times)
    assert share * (corrected - predicted) == pytest.approx(corrected - t**3)


def test_outputs_are_hit_and_steps_grow_slowly():
    wanted = ["0.5 s", 0.02, 1, 0]
    t = fm.march(plating(5.0), slab(), until=1.0, output=wanted, watch={"V": _volts})
    assert t.times == pytest.approx([0.0, 0.02, 0.5, 1.0], rel=1e-12)
    assert [s.time for s in t.solutions] == t.times
    dt = np.array([s.dt for s in t.steps])
    assert np.all(dt[1:] <= 2.0 * dt[:-1] * (1 + 1e-12))
    assert dt.sum() == pytest.approx(1.0)
    assert len(t.history["V"]) == len(t.history["time"]) == len(t.steps) + 1
    assert t.history["V"][-1] == t.last.potential("left")


def _volts(s):
    return s.potential("left")


def test_potential_is_right_from_the_start():
    """At 0+ a uniform solution is a resistor: V = i L/kappa."""
    i, L = 5.0, 100 * um
    t = fm.march(plating(i), slab(32), until=1.0, output=[0], degree=2)
    kappa = 100.0 * fm.units.F**2 * (D["Na+"] + D["Cl-"]) / (fm.units.R * 298.15)
    assert t.solutions[0].potential("left") == pytest.approx(i * L / kappa, rel=1e-3)


def test_error_control_controls():
    """A hundredth of the tolerance, about a twentieth of the error (100^(2/3) = 22)."""
    times = dict(until=1.0, watch={"V": _volts})
    V = [fm.march(plating(5.0), slab(), rtol=r, **times).last.potential("left") for r in RTOL]
    assert abs(V[1] - V[2]) < 0.2 * abs(V[0] - V[2])


RTOL = (1e-2, 1e-4, 1e-5)


def test_long_march_ends_where_solve_does():
    t = fm.march(membrane_model(0.002), stack(), until="1 h", rtol=1e-2)
    steady = fm.solve(membrane_model(0.002), stack())
    assert t.last.potential("right") == pytest.approx(steady.potential("right"), rel=1e-6)


def test_steady_solution_stays():
    steady = fm.solve(membrane_model(0.002), stack())
    t = fm.march(
        membrane_model(0.002),
        initial=steady,
        until=100.0,
        rtol=1e-2,
        first=0.1,
        watch={"V": _right},
    )
    assert t.history["V"] == pytest.approx(steady.potential("right"), rel=1e-9)
    assert all(s.rejected == 0 for s in t.steps)


def _right(s):
    return s.potential("right")


# -- books --------------------------------------------------------------------------------------
def test_books_close_with_reactions_membranes_and_storage():
    runs = [
        fm.march(membrane_model(0.002), stack(), until=1.0, output=[0, 0.1, 1], rtol=1e-2),
        fm.march(
            electrode_model(-40 * 30e-6),
            initial=fm.solve(electrode_model(), electrode()),
            until=1.0,
            output=[0.01, 1],
            rtol=1e-2,
        ),
    ]
    for t in runs:
        # rounding of what is stored, eps c L, over the shortest step, beside a flux: 4e-8
        assert max(t.imbalance.values()) < 2e-7
        for s in t.solutions:
            assert max(s.audit.imbalance.values()) < 1e-8
            assert s.audit.charge_imbalance < 1e-8
            assert s.audit.energy_imbalance < 1e-7
            assert "storage in" in s.summary()


def test_amount_grows_by_what_flows_in_times_porosity():
    """Constant current between reversible electrodes: cations in equals cations out."""
    L, inward = 100 * um, 1e-4
    laws = [
        fm.Flux("left", {"Na+": inward, "Cl-": inward}),
        fm.ReversibleElectrode("right", "Na+", potential=0.0),
    ]
    phase = fm.Phase("slab", SALT, initial={"Na+": 100.0, "Cl-": 100.0}, porosity=0.4)
    t = fm.march(fm.Model([phase], laws), slab(), until=20.0, output=[0, 5, 20])
    gained = [amount(s, "Cl-") - 100.0 for s in t.solutions[1:]]
    assert gained == pytest.approx([inward * s / (0.4 * L) for s in (5, 20)], rel=1e-9)


@pytest.mark.parametrize(
    ("closure", "degree"),
    [(fm.Electroneutral(), 1), (fm.Electroneutral(), 2), (fm.Poisson(), 1)],
    ids=["neutral P1", "neutral P2", "Poisson P1"],
)
def test_closed_cell_keeps_its_matter_and_loses_free_energy(closure, degree):
    L = 100 * um if not closure.continuous else 20e-9
    seconds = L**2 / 1e-9
    t = fm.march(
        closed(closure, L),
        slab(16, L),
        until=2 * seconds,
        output=[0, 0.1 * seconds, 2 * seconds],
        watch={"G": free_energy},
        rtol=1e-3,
        degree=degree,
    )
    G = t.history["G"]
    drop = G[0] - G[-1]
    assert drop > 1e-3 * abs(G[-1])
    assert np.diff(G).max() <= 1e-13 * np.abs(G).max()  # rounding of the integral
    for i in D:
        first, *others = (amount(s, i) for s in t.solutions[1:])
        assert others == pytest.approx([first] * len(others), rel=1e-11)
        assert amount(t.solutions[0], i) == pytest.approx(first, rel=1e-6)
        low, high = t.last.extremes(i, "slab")
        assert high - low < 0.01 * high


def test_initial_profile_of_a_steady_problem_is_its_amount():
    """A closed species keeps the amount of its profile, 100 mol/m3 on average."""
    L = 100 * um
    model = plating(1.0, lambda x: 50.0 + 100.0 * x[0] / L)
    s = fm.solve(model, slab())
    assert amount(s, "Cl-") == pytest.approx(100.0, rel=1e-10)


# -- ranks --------------------------------------------------------------------------------------
@pytest.mark.parametrize("degree", [1, 2])
def test_same_answer_on_every_number_of_ranks(degree):
    def run(comm):
        watch = {"V": _right}
        t = fm.march(
            membrane_model(0.002),
            stack(),
            until=1.0,
            rtol=1e-2,
            first=1e-3,  # shorter steps carry rounding times L^2/(D dt) in the potential
            watch=watch,
            degree=degree,
            comm=comm,
        )
        assert amount(t.last, "K+", "membrane") > 0
        return np.concatenate([t.history["V"], t.history["time"][1:]])

    np.testing.assert_allclose(run(MPI.COMM_WORLD), run(MPI.COMM_SELF), rtol=1e-9)


# -- ends ---------------------------------------------------------------------------------------
def test_stop_is_located():
    """The anode's concentration passes 120 mol/m3 at the same time whatever the steps are."""
    times = []
    for rtol in (1e-3, 1e-4):
        t = fm.march(
            plating(150.0),
            slab(),
            until=100.0,
            rtol=rtol,
            stop=lambda s: 120.0 - s.mean(lambda q: q.c["Cl-"], "left"),
        )
        assert t.stopped and t.times == [t.last.time]
        assert t.last.mean(lambda q: q.c["Cl-"], "left") == pytest.approx(120.0, rel=1e-6)
        times.append(t.last.time)
    assert times[0] == pytest.approx(times[1], rel=1e-2)
    with pytest.raises(fm.InputError, match="holds at the start"):
        fm.march(plating(150.0), slab(), until=1.0, stop=lambda s: -1.0)


def test_depletion_ends_with_the_last_good_state():
    """Ten times the limiting current, far beyond Sand's time."""
    limit = 4 * fm.units.F * D["Na+"] * 100.0 / (100 * um)
    with pytest.raises(fm.NotConverged, match=r"no solution beyond t = .* depleted at") as caught:
        fm.march(plating(10 * limit), slab(), until=10.0, rtol=1e-2)
    state = caught.value.state
    assert isinstance(state, fm.Solution)
    assert 0 < state.time < 1.0
    # where next to nothing is left, the residual is rounding of what is left elsewhere
    assert state.current("left") == pytest.approx(10 * limit * 25 * um, rel=1e-5)


REFUSED = {
    "until": dict(until=0.0),
    "a time in s": dict(until=math.inf),
    "output has t = 2 s": dict(output=[2.0]),
    "a time in output": dict(output=["2 m"]),
    "rtol": dict(rtol=0.0),
    "first": dict(first=-1.0),
    "longest": dict(longest="0 s"),
    "degree": dict(degree=3),
}


@pytest.mark.parametrize("said", REFUSED)
def test_bad_times_are_refused(said):
    with pytest.raises(fm.InputError, match=said):
        fm.march(plating(), slab(), **({"until": 1.0} | REFUSED[said]))


def test_models_that_cannot_march_are_refused():
    domain = fm.mesh(slab())
    with pytest.raises(fm.InputError, match="transient=True"):
        fm.march(fm.Problem(plating(), domain), until=1.0)
    with pytest.raises(fm.InputError, match="steady Problem"):
        fm.solve(fm.Problem(plating(), domain, transient=True))
    with pytest.raises(fm.InputError, match="no 'slab' with these species"):
        wrong = fm.Model(
            [fm.Phase("slab", WATER, initial={"Na+": 1.0, "K+": 1.0, "Cl-": 2.0})],
            [fm.Reservoir("left", BATH, potential=0.0)],
        )
        fm.march(wrong, domain, initial=fm.solve(plating(), domain), until=1.0)
    laws = [
        fm.Reservoir("left", {"Na+": 1.0, "Cl-": 1.0}, current=0.0),
        fm.Reservoir("right", {"Na+": 1.0, "Cl-": 1.0}, potential=0.0),
    ]
    poisson = fm.Model([fm.Phase("slab", SALT)], laws, closure=fm.Poisson())
    with pytest.raises(fm.InputError, match="displacement"):
        fm.march(poisson, domain, until=1.0)


@pytest.mark.parametrize(
    ("initial", "said"),
    [
        ({"Na+": lambda x: x[0] - 50 * um, "Cl-": lambda x: x[0] - 50 * um}, "greater than 0"),
        ({"Na+": lambda x: 1 + x[0] / um, "Cl-": lambda x: 101 - x[0] / um}, "net charge"),
        ({"Na+": 100.0}, "lacks Cl-"),
    ],
)
def test_initial_concentrations_that_cannot_be_are_refused(initial, said):
    laws = [fm.Reservoir("left", {"Na+": 1.0, "Cl-": 1.0}, potential=0.0)]
    with pytest.raises(fm.InputError, match=said):
        fm.march(fm.Model([fm.Phase("slab", SALT, initial=initial)], laws), slab(), until=1.0)


@pytest.mark.parametrize("porosity", [0.0, 1.5, "1 m"])
def test_porosity_is_a_share(porosity):
    with pytest.raises(fm.InputError, match="porosity"):
        fm.Phase("slab", SALT, porosity=porosity)
