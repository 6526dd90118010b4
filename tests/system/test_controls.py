"""Controls and programmes: relations at terminals, floating metal, limits, tables, refusals."""

import csv
import math

import numpy as np
import pytest
from cases import HALF, halves, redox
from mpi4py import MPI

import femion as fm
from femion.units import F, R

um = 1e-6
VT = R * 298.15 / F
LITHIUM = fm.Species("Li+", 1)
GLASS = fm.Medium((LITHIUM,), fm.Conductivity({("Li+", "Li+"): 0.1}))
KINETICS = {"reaction": "Li -> Li+ + e-", "exchange_current_density": 20.0, "stored": ("Li",)}


def glass(name):
    return fm.Phase(name, GLASS, fixed_charge=-1000.0, initial={"Li+": 1000.0})


def battery(control, **options):
    """Two reactions 3 V apart on either side of 100 um of glass, 50 um high."""
    laws = [
        fm.ButlerVolmer(
            "left", equilibrium_potential=0.0, terminal=fm.Potential("0 V"), **KINETICS
        ),
        fm.ButlerVolmer("right", equilibrium_potential="3 V", terminal=control, **KINETICS),
    ]
    cell = fm.geometry.slab(100 * um, 4, region="glass", height=50 * um)
    return fm.solve(fm.Model([glass("glass")], laws), cell, **options)


def voltage(current):
    """Of the battery, at a current [A/m] that enters on its right."""
    i = current / (50 * um)
    return 3.0 + i * 1e-3 + 4 * VT * math.asinh(i / 40.0)


# -- steady states ------------------------------------------------------------------------------
RELATIONS = {
    "resistor": (fm.Resistor("100 ohm"), lambda i, V: -V / 100.0),
    "charger": (fm.Resistor(1.0, "5 V"), lambda i, V: 5.0 - V),
    "short circuit": (fm.Resistor("1 uohm"), lambda i, V: -V / 1e-6),
    "load": (fm.Power("-20 mW"), lambda i, V: -0.02 / V),
    "put in": (fm.Power(0.1), lambda i, V: 0.1 / V),
    "rest": (fm.OpenCircuit(), lambda i, V: 0.0),
    "varying": (fm.Varying(lambda t: fm.Current(1e-3 * (1 + t))), lambda i, V: 1e-3),
}


@pytest.mark.parametrize("linear", [None, fm.FieldSplit()], ids=["direct", "split"])
@pytest.mark.parametrize("name", RELATIONS)
def test_relation_and_cell_hold_at_once(name, linear):
    control, relation = RELATIONS[name]
    s = battery(control, linear=linear)
    current, V = s.current("right"), s.potential("right")
    scale = 50 * um * 20.0  # the exchange current
    assert V == pytest.approx(voltage(current), abs=1e-9)
    # the relation's own conditioning: V is known to 1e-9 V
    slope = abs(relation(current, V + 1e-9) - relation(current, V))
    assert current == pytest.approx(relation(current, V), abs=1e-9 * scale + slope)
    assert s.audit.charge_imbalance < 1e-9
    assert name == "rest" or s.audit.energy_imbalance < 1e-9  # at rest there is nothing to balance


def test_power_that_the_cell_cannot_give():
    with pytest.raises(fm.NotConverged, match="Power at 'right' may be too much") as failed:
        battery(fm.Power("-1 W"))
    s = failed.value.state
    best = max(-i * voltage(i) for i in np.linspace(-0.15, 0.0, 100_001))
    assert s.share == pytest.approx(best, abs=2e-3)  # continuation's own accuracy
    assert s.current("right") * s.potential("right") == pytest.approx(-s.share, rel=1e-9)


def chain(*laws):
    """Glass, metal, glass, with electrodes of lithium outside; the metal has no wire of its own."""
    parts = {"first": 40 * um, "metal": 20 * um, "second": 40 * um}
    shape = fm.geometry.layers(
        parts, height=20 * um, h=5 * um, side_names={"metal": ("probe", "bottom")}
    )
    phases = [glass("first"), fm.Phase("metal", fm.Conductor("10 S/m")), glass("second")]
    model = fm.Model(
        phases,
        [
            fm.ReversibleElectrode("left", "Li+", potential="0 V"),
            fm.ReversibleElectrode("right", "Li+", current_density=50.0),
            fm.ButlerVolmer("first|metal", equilibrium_potential=0.0, **KINETICS),
            fm.ButlerVolmer("metal|second", equilibrium_potential=0.0, **KINETICS),
            *laws,
        ],
    )
    return fm.solve(model, shape)


def test_metal_floats():
    i = 50.0
    s = chain()
    eta = 2 * VT * math.asinh(i / 40.0)
    V = i * (80 * um / 0.1 + 20 * um / 10.0) + 2 * eta
    assert s.potential("right") - s.potential("left") == pytest.approx(V, rel=1e-9)
    probed = chain(fm.Terminal("probe", current=0.0))
    ends = [probed.mean(lambda q: q.phi, w, "metal") for w in ("first|metal", "metal|second")]
    assert min(ends) < probed.potential("probe") < max(ends)
    total = probed.current("right")
    assert abs(probed.current("probe")) < 1e-10 * total
    assert probed.current("left") == pytest.approx(-total, rel=1e-10)


def test_currents_of_several_terminals_add_up():
    laws = [fm.Terminal("probe", current=fm.Resistor("0.1 ohm", "0.2 V"))]
    s = chain(*laws)
    currents = [s.current(w) for w in ("left", "right", "probe")]
    assert abs(sum(currents)) < 1e-10 * max(map(abs, currents))
    assert currents[2] == pytest.approx((0.2 - s.potential("probe")) / 0.1, rel=1e-9)


# -- programmes ---------------------------------------------------------------------------------
def charge(density=20.0, **limit):
    until = fm.Until("potential left", **(limit or {"above": "100 mV"}))
    return fm.Stage("charge", {"left": fm.CurrentDensity(density)}, "100 s", until)


HOLD = fm.Stage(
    "hold", {"left": fm.Potential("0.1 V")}, "100 s", fm.Until("current left", below="10 uA")
)
REST = fm.Stage("rest", {"left": fm.OpenCircuit()}, "20 s")
DISCHARGE = fm.Stage(
    "discharge",
    {"left": fm.CurrentDensity(-20.0)},
    "100 s",
    [fm.Until(lambda s: s.potential("left"), below=-0.1)],
)


def run(*stages, **options):
    return fm.cycle(redox(), halves(), stages, **({"rtol": 1e-3} | options))


def iron(s, phase="a"):
    """Charge that Fe3+ in a half stands for, over that of the start [C/m]."""
    return F * HALF * HALF / 2 * (s.mean(lambda q: q.c["Fe3+"], phase) - 100.0)


def test_charge_and_hold_do_not_overshoot_and_charge_is_stored():
    c = run(charge(), HOLD, REST, DISCHARGE)
    h = c.history
    assert h["potential left"].max() <= 0.1 * (1 + 1e-9)
    assert h["potential left"].min() >= -0.1 * (1 + 1e-9)
    assert [leg.reached.split(" ")[0] for leg in c.legs] == ["potential", "current", "", "<lambda>"]
    for k, t in enumerate(c.trajectories):
        passed = h["charge left"][np.flatnonzero(h["stage"] == k)[-1]]
        for phase, sign in (("a", 1), ("b", -1)):
            assert sign * iron(t.last, phase) == pytest.approx(passed, rel=1e-9)
    assert c.trajectories[1].last.current("left") == pytest.approx(1e-5, rel=1e-6)
    assert abs(c.trajectories[2].last.current("left")) < 1e-12
    text = c.summary()
    for word in ("charge", "potential left [V]", "until potential left above 0.1"):
        assert word in text


def test_history_runs_through_all_stages():
    c = run(*2 * [charge(), REST])
    h = c.history
    assert list(dict.fromkeys(h["stage"])) == [0.0, 1.0, 2.0, 3.0]
    assert np.all(np.diff(h["time"]) >= 0)
    assert h["time"][-1] == pytest.approx(c.legs[-1].end, rel=1e-12)
    for k in (1, 2, 3):  # two rows at the time of the switch: before and after
        first = np.flatnonzero(h["stage"] == k)[0]
        assert h["time"][first] == pytest.approx(h["time"][first - 1], rel=1e-12)
        assert h["charge left"][first] == h["charge left"][first - 1]
        assert h["current left"][first] != h["current left"][first - 1]


def test_one_answer_on_any_number_of_ranks():
    stages = [charge(), HOLD]
    ours = run(*stages)
    alone = run(*stages, comm=MPI.COMM_SELF)
    assert [leg.end for leg in ours.legs] == pytest.approx([a.end for a in alone.legs], rel=1e-7)
    assert ours.last.potential("left") == pytest.approx(alone.last.potential("left"), rel=1e-9)
    assert iron(ours.last) == pytest.approx(iron(alone.last), rel=1e-7)


def test_stage_whose_limit_holds_is_skipped(caplog):
    c = run(charge(), charge(above=0.05), REST)
    assert [leg.trajectory is None for leg in c.legs] == [False, True, False]
    assert c.legs[1].begin == c.legs[1].end == c.legs[0].end
    if MPI.COMM_WORLD.rank == 0:
        assert "stage 'charge' is skipped: potential left above 0.05 holds at once" in caplog.text
    assert "skipped" in c.summary()
    assert set(c.history["stage"]) == {0.0, 2.0}
    with pytest.raises(fm.InputError, match="every Stage holds at the start"):
        run(charge(above=-1.0))


def test_pulse_keeps_what_is_not_named():
    pulse = fm.Stage("pulse", {"left": fm.CurrentDensity(50.0)}, "0.1 s")
    same = fm.Stage("same", {}, "0.1 s")
    c = run(pulse, same, rtol=1e-2)
    assert c.history["current left"] == pytest.approx(50.0 * HALF / 2, rel=1e-9)
    assert iron(c.last) == pytest.approx(50.0 * HALF / 2 * 0.2, rel=1e-9)


def test_failure_names_the_stage_and_keeps_the_last_state():
    with pytest.raises(fm.NotConverged, match=r"stage 'charge', which began at t = 0.1 s") as e:
        run(
            fm.Stage("wait", {}, "0.1 s"),
            fm.Stage("charge", {"left": fm.CurrentDensity("400 A/m^2")}, "1 h"),
            rtol=1e-2,
        )
    s = e.value.state
    assert 0 < s.time < HALF * 100 * F / 400.0  # when there is no Fe2+ at all
    assert s.extremes("Fe2+", "a")[0] >= 0  # exp of what has no bottom may be rounded to zero
    assert s.current("left") == pytest.approx(400 * HALF / 2, rel=1e-9)


def test_sweep_reaches_its_vertices():
    sweep = fm.Sweep(["0 V", "20 mV", "-10 mV"], "0.1 V/s")
    c = fm.cycle(redox(), halves(), [fm.Stage("sweep", {"left": sweep}, "0.6 s")], rtol=1e-2)
    V, t = c.history["potential left"], c.history["time"]
    assert (V.max(), V.min()) == pytest.approx((0.02, -0.01), abs=1e-12)
    assert t[V.argmax()] == pytest.approx(0.2, rel=1e-9)
    assert V == pytest.approx(np.interp(t, [0, 0.2, 0.5, 0.6], [0, 0.02, -0.01, -0.01]), abs=1e-9)


def test_control_that_varies_in_a_plain_march():
    wave = fm.Varying(lambda t: fm.CurrentDensity(10.0 * math.cos(50.0 * t)), corners=["0.02 s"])
    watch = {"i": lambda s: s.current("left") / (HALF / 2), "V": lambda s: s.potential("left")}
    t = fm.march(redox(wave), halves(), until=0.05, watch=watch, rtol=1e-2)
    times = t.history["time"]
    assert t.history["i"][1:] == pytest.approx(10.0 * np.cos(50.0 * times[1:]), abs=1e-9)
    assert np.isclose(times, 0.02, rtol=1e-12).any()
    held = fm.march(redox(fm.Sweep([0.0, 0.1], 1.0)), halves(), until=0.05, watch=watch, rtol=1e-2)
    assert held.history["V"][1:] == pytest.approx(held.history["time"][1:], abs=1e-9)


def test_table_and_picture(shared_path):
    c = run(charge(), REST, watch={"Fe3+ [mol/m3]": lambda s: s.mean(lambda q: q.c["Fe3+"], "a")})
    file = c.save(shared_path / "new" / "history.csv")
    picture = fm.plot.series(c, shared_path / "history.png")
    MPI.COMM_WORLD.barrier()
    if MPI.COMM_WORLD.rank == 0:
        with file.open(newline="") as stream:
            head, *rows = csv.reader(stream)
        assert head[:2] == ["time [s]", "stage"]
        assert {"potential left [V]", "current left [A/m]", "charge left [C/m]"} < set(head)
        assert "Fe3+ [mol/m3]" in head
        assert len(rows) == len(c.history["time"])
        assert rows[-1][1] == "rest"
        assert picture.file.stat().st_size > 10_000
    with pytest.raises(fm.InputError, match="series 'V' not found"):
        fm.plot.series(c, shared_path / "no.png", ["V"])
    with pytest.raises(fm.InputError, match="cannot be written"):
        c.save(file / "below.csv")


# -- refusals -----------------------------------------------------------------------------------
REFUSED = {
    "resistance of Resistor = -1": lambda: fm.Resistor("-1 ohm"),
    "source of Resistor = '1 A'": lambda: fm.Resistor(1.0, "1 A"),
    "value of Power = '1 V'": lambda: fm.Power("1 V"),
    "value of Potential = '1 A'": lambda: fm.Potential("1 A"),
    "vertices of Sweep": lambda: fm.Sweep([0.0], 1.0),
    "rate of Sweep = 0": lambda: fm.Sweep([0.0, 1.0], 0.0),
    "control of Varying = 3": lambda: fm.Varying(3.0),
    "allowed: a function of time that returns": lambda: fm.Varying(lambda t: 2 * t),
    "exactly one of above and below": lambda: fm.Until("potential left"),
    "above of Until.*'4 A' is not a quantity in V": lambda: fm.Until("potential left", above="4 A"),
    "duration of Stage 'a' = -1": lambda: fm.Stage("a", {}, -1.0),
    "Stage 'a' = 0.3; allowed: Potential": lambda: fm.Stage("a", {"left": 0.3}, 1.0),
    "is a function of position": lambda: fm.Stage("a", {"left": fm.Potential(lambda x: x[0])}, 1.0),
    "stages of cycle is empty": lambda: run(),
    "boundary with a terminal 'lft' not found.*'left'": lambda: run(
        fm.Stage("a", {"lft": fm.OpenCircuit()}, 1.0)
    ),
    "quantity in until of Stage 'charge' 'potential right' not found": lambda: run(
        fm.Stage("charge", {"left": fm.OpenCircuit()}, 1.0, fm.Until("potential right", above=1))
    ),
    "programme=True": lambda: fm.cycle(
        fm.Problem(redox(), fm.mesh(halves()), transient=True), stages=[REST]
    ),
    "no electric potential is given": lambda: fm.solve(
        fm.Model(
            [fm.Phase("slab", fm.Conductor(1.0))],
            [fm.Terminal("left", current=fm.Resistor(1.0)), fm.Terminal("right", current=0.0)],
        ),
        fm.geometry.slab(1.0, 2, region="slab"),
    ),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_right_is_refused(said):
    with pytest.raises(fm.InputError, match=said) as error:
        REFUSED[said]()
    assert "\n" not in str(error.value)
