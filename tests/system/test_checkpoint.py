"""Checkpoints: a run goes on to the same answer on any number of ranks, or is refused by name."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cases import CLEAN, halves, redox
from mpi4py import MPI

import femion as fm

WORLD, UNDEFINED = MPI.COMM_WORLD, MPI.UNDEFINED
KEPT = [0.0, 4e-3, 0.1]
alone = pytest.mark.skipif(WORLD.size > 1, reason="starts processes of its own")


class Cut(Exception):
    """What ends a run between two steps."""


@cache
def first(ranks):
    """A communicator of the first ranks; COMM_NULL on the others."""
    return WORLD if ranks == WORLD.size else WORLD.Split(0 if WORLD.rank < ranks else UNDEFINED)


def on(ranks, action):
    """action(comm) on the first `ranks` ranks; everyone gets the answer."""
    comm = first(ranks)
    answer = action(comm) if comm != MPI.COMM_NULL else None
    done = WORLD.Ibarrier()
    while not done.Test():  # without taking the others' time
        time.sleep(0.01)
    return WORLD.bcast(answer)


@cache
def problem(ranks, degree, role):
    """One per role: what a run leaves in its Problem must not help the one that goes on."""
    domain = fm.mesh(halves(), first(ranks))
    return fm.Problem(model(), domain, degree, transient=True)


def potential(after=None):
    """A watched potential; the run is cut at the step `after`."""
    calls = []

    def left(s):
        calls.append(s)
        if len(calls) == after:
            raise Cut
        return s.potential("left")

    return {"V": left}


def model(density=20.0):
    """Two phases with a Donnan tie, a current and a store of charge at an unmeshed metal."""
    drive = fm.CurrentDensity(density)
    m = redox(drive)
    return fm.Model(m.phases, [*m.laws, fm.DoubleLayer("left", 0.2, "Cl-", terminal=drive)])


def march(comm, watch, checkpoint=None, degree=1, m=None, geometry=None, **options):
    times = {"until": 0.1, "output": KEPT, "rtol": 0.1, "first": 1e-3} | options
    if m or geometry:
        m, geometry = m or model(), geometry or halves()
    else:
        m = problem(comm.size, degree, checkpoint.resume if checkpoint else "whole")
    return fm.march(m, geometry, **times, watch=watch, checkpoint=checkpoint, comm=comm)


def cut(comm, folder, after, **options):
    """A run that ends at a step, with a checkpoint of every second one."""
    with pytest.raises(Cut):
        march(comm, potential(after), fm.Checkpoints(folder, steps=2), **options)


def numbers(t):
    """What a run leaves behind."""
    end = [t.last.current("right"), t.last.mean(lambda s: s.c["Fe3+"], "b")]
    kept = [s.potential("left") for s in t.solutions] + [s.current("left") for s in t.solutions]
    worst = max(max(s.audit.imbalance.values()) for s in t.solutions[1:])
    values = [*end, *kept, *t.history["time"], *t.history["V"], *t.integral("V")]
    return np.array(values), worst


@pytest.mark.parametrize("degree", [1, 2])
def test_goes_on_to_the_same_answer_on_other_ranks(shared_path, degree):
    folder, copy = shared_path / "run", shared_path / "copy"
    on(min(2, WORLD.size), lambda c: cut(c, folder, 8, degree=degree))
    on(1, lambda c: shutil.copytree(folder, copy))
    whole, _ = on(1, lambda c: numbers(march(c, potential(), degree=degree)))
    for ranks, place in {1: folder, WORLD.size: copy}.items():
        plan = fm.Checkpoints(place, resume=True)
        again, worst = on(ranks, lambda c, p=plan: numbers(march(c, potential(), p, degree=degree)))
        np.testing.assert_allclose(again, whole, rtol=1e-9, atol=1e-12)
        assert worst < 1e-8


def stages():
    rise = fm.Until("potential left", above="60 mV")
    return [
        fm.Stage("charge", {"left": fm.CurrentDensity(20.0)}, "100 s", rise),
        fm.Stage("skipped", {"left": fm.CurrentDensity(20.0)}, "100 s", rise),
        fm.Stage("hold", {"left": fm.Potential("60 mV")}, "5 s"),
        fm.Stage("rest", {"left": fm.OpenCircuit()}, "1 s"),
    ]


def test_programme_goes_on_in_the_middle_of_a_stage_on_other_ranks(shared_path):
    def run(watch, plan=None, comm=WORLD):
        return fm.cycle(
            redox(), halves(), stages(), rtol=0.1, watch=watch, checkpoint=plan, comm=comm
        )

    whole = run(potential())
    first = len(whole.trajectories[0].history["time"]) + 1  # and the skipped one's
    with pytest.raises(Cut):
        run(potential(first + 8), fm.Checkpoints(shared_path, steps=1))
    plan = fm.Checkpoints(shared_path, resume=True)

    def go_on(comm):
        again = run(potential(), plan, comm)
        return again.history, again.summary()

    table = on(1, go_on)
    for name, series in whole.history.items():  # [V]: Newton's last step is up to 1e-8 RT/F
        np.testing.assert_allclose(table[0][name], series, rtol=1e-9, atol=4 * 1e-8 * 0.0257)
    assert table[1].splitlines()[2] == whole.summary().splitlines()[2]
    other = [fm.Stage("charge", {"left": fm.CurrentDensity(21.0)}, "100 s"), *stages()[1:]]
    with pytest.raises(fm.InputError, match=r"stages.0\S* is 20 there and 21 here"):
        fm.cycle(redox(), halves(), other, watch=potential(), checkpoint=plan)


def test_sigterm_on_one_rank_ends_all_after_the_step(shared_path):
    def asked(s):
        count.append(s)
        if len(count) == 6 and WORLD.rank == WORLD.size - 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return s.potential("left")

    count, before = [], signal.getsignal(signal.SIGTERM)
    with pytest.raises(fm.Stopped, match=r"SIGTERM at t = .* resume=True") as stopped:
        march(WORLD, {"V": asked}, fm.Checkpoints(shared_path))
    assert stopped.value.exit_code == 143
    assert len(count) == 6
    assert signal.getsignal(signal.SIGTERM) is before
    again = march(WORLD, potential(), fm.Checkpoints(shared_path, resume=True))
    whole = march(WORLD, potential())
    np.testing.assert_allclose(numbers(again)[0], numbers(whole)[0], rtol=1e-9, atol=1e-12)
    assert len(again.history["V"]) == len(whole.history["V"])


# -- what is refused ----------------------------------------------------------------------------
@pytest.fixture
def saved(shared_path):
    """A run that was cut after its sixth step."""
    cut(WORLD, shared_path / "run", 8)
    WORLD.barrier()
    return shared_path / "run"


def refused(folder, text, **options):
    changed = options.pop("changed", ())
    plan = fm.Checkpoints(folder, resume=options.pop("resume", True), changed=changed)
    with pytest.raises(fm.InputError, match=text):
        march(WORLD, options.pop("watch", potential()), plan, **options)


def test_another_model_mesh_or_run_is_refused_by_name(saved):
    path = "laws.left#0.terminal.value"
    refused(saved, f"another model: {path} is 20 there and 21 here", m=model(21.0))
    refused(saved, "another model: degree is 1 there and 2 here", degree=2)
    finer = fm.geometry.layers({"a": 2e-5, "b": 2e-5}, height=1e-5, h=4e-6)
    refused(saved, "another mesh: 'a' has [0-9]+ nodes there and [0-9]+ here", geometry=finer)
    longer = fm.geometry.layers({"a": 2e-5, "b": 1.9999e-5}, height=1e-5, h=5e-6)
    refused(saved, "another mesh: nodes of 'b' are elsewhere", geometry=longer)
    refused(saved, "holds checkpoints of another run; allowed: resume=True", resume=False)
    refused(saved, "watch has W; allowed: what the checkpoint has, V", watch={"W": len})
    refused(saved, "output has t = 1e-12 s, whose state is not", output=[1e-12])
    plan = fm.Checkpoints(saved, resume=True, changed=["laws.left"])
    assert march(WORLD, potential(), plan, m=model(21.0)).steps


def test_damage_is_recognised_and_the_one_before_is_good(saved):
    newest = sorted(saved.glob("step-*"))[-1]
    pristine = saved.parent / "pristine"
    damages = {
        "numbers in state.npy have changed": lambda d: flip(d / "state.npy", 2000),
        "state.npy: it has 1000 instead of": lambda d: os.truncate(d / "state.npy", 1000),
        "state.json: its content has changed": lambda d: flip(d / "state.json", 500),
        "state.json: .*": lambda d: os.truncate(d / "state.json", 300),
    }
    WORLD.barrier()
    for text, damage in damages.items():
        if WORLD.rank == 0:
            shutil.rmtree(pristine, ignore_errors=True)
            shutil.copytree(newest, pristine)
            damage(newest)
        WORLD.barrier()
        refused(saved, f"{newest.name}' is damaged: {text}")
        if WORLD.rank == 0:
            shutil.rmtree(newest)
            pristine.rename(newest)
        WORLD.barrier()
    if WORLD.rank == 0:
        shutil.rmtree(newest)
    WORLD.barrier()
    assert march(WORLD, potential(), fm.Checkpoints(saved, resume=True)).steps


def flip(file, place):
    """Change one digit or bit."""
    data = bytearray(file.read_bytes())
    while not chr(data[place]).isdigit() and file.suffix == ".json":
        place += 1
    data[place] ^= 1
    file.write_bytes(data)


def test_folder_that_cannot_be_written_is_refused_before_anything(shared_path):
    (shared_path / "file").write_text("")
    WORLD.barrier()
    for folder in ("file", "file/below"):
        with pytest.raises(fm.InputError, match=r"folder of Checkpoints = .* cannot be written"):
            march(WORLD, {"V": pytest.fail}, fm.Checkpoints(shared_path / folder))
    for wrong in ({"every": 0}, {"steps": 0}, {"keep": 0}, {"changed": "laws"}):
        with pytest.raises(fm.InputError, match=f"{next(iter(wrong))} of Checkpoints"):
            fm.Checkpoints("x", **wrong)


@pytest.mark.parametrize("limit", [1000, 6000], ids=["array", "record"])
def test_failed_write_is_a_sentence_and_leaves_the_one_before(shared_path, limit):
    whole = march(WORLD, potential(), until=0.02, output=())
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(s):
        if (s.time or 0.0) > 2.5e-3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, usual[1]))
        return s.potential("left")

    try:
        with pytest.raises(fm.FemionError, match=r"could not be written .*step-\d+' there is int"):
            march(WORLD, {"V": full}, fm.Checkpoints(shared_path, steps=1), until=0.02, output=())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        WORLD.barrier()
    assert not list(shared_path.glob(".writing*"))
    plan = fm.Checkpoints(shared_path, resume=True)
    again = march(WORLD, potential(), plan, until=0.02, output=())
    assert again.last.potential("left") == pytest.approx(whole.last.potential("left"), rel=1e-9)


# -- steady states ------------------------------------------------------------------------------
def limited(share):
    """A salt between electrodes, at a share of the current that depletes it."""
    M, A = fm.Species("M+", 1), fm.Species("A-", -1)
    water = fm.Medium([M, A], fm.Dilute({"M+": 1.3e-9, "A-": 2e-9}))
    current = share * 4 * fm.units.F * 1.3e-9 * 10 / 1e-4
    laws = [
        fm.ReversibleElectrode("left", "M+", potential=0),
        fm.ReversibleElectrode("right", "M+", current_density=-current),
    ]
    return fm.Model([fm.Phase("salt", water, initial={"M+": 10.0, "A-": 10.0})], laws)


def test_search_that_fails_keeps_its_last_state(shared_path):
    cell = fm.geometry.slab(1e-4, 20, region="salt")
    with pytest.raises(fm.NotConverged, match="no steady state") as failed:
        fm.solve(limited(1.2), cell, checkpoint=fm.Checkpoints(shared_path))
    with pytest.raises(fm.NotConverged) as again:
        fm.solve(limited(1.2), cell, checkpoint=fm.Checkpoints(shared_path, resume=True))
    assert again.value.state.share == pytest.approx(failed.value.state.share, abs=2e-3)
    plan = fm.Checkpoints(shared_path, resume=True, changed=["laws.right.control"])
    s = fm.solve(limited(0.8), cell, checkpoint=plan)
    plain = fm.solve(limited(0.8), cell)
    assert s.potential("right") == pytest.approx(plain.potential("right"), rel=1e-9)
    warm = fm.solve(limited(0.8), cell, checkpoint=fm.Checkpoints(shared_path, resume=True))
    assert warm.path.attempts[-1][1].iterations <= 1


# -- death at any moment ------------------------------------------------------------------------
SCRIPT = """
import sys
from test_checkpoint import WORLD, fm, march, potential
march(WORLD, potential(), fm.Checkpoints("run", steps=1, resume=True))
"""


@alone
def test_kill_loses_no_more_than_the_interval(tmp_path):
    tests = Path(__file__).parent
    paths = [str(tests), str(tests.parent), str(Path(fm.__file__).parents[1])]
    env = CLEAN | {"PYTHONPATH": os.pathsep.join(paths)}
    (tmp_path / "go.py").write_text(SCRIPT)
    command = [sys.executable, "go.py"]
    reached = -1
    for wait in (0.0, 0.07):
        child = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL)
        while newest(tmp_path) < reached + 2 and child.poll() is None:
            time.sleep(0.003)
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert newest(tmp_path) >= reached + 2
        reached = newest(tmp_path)
    done = march(WORLD, potential(), fm.Checkpoints(tmp_path / "run", resume=True))
    whole = march(WORLD, potential())
    np.testing.assert_allclose(numbers(done)[0], numbers(whole)[0], rtol=1e-9, atol=1e-12)
    assert [s.dt for s in done.steps] == pytest.approx([s.dt for s in whole.steps])


def newest(folder):
    """Steps in the newest checkpoint that has its name."""
    names = sorted(p.name for p in (folder / "run").glob("step-*"))
    return int(names[-1].split("-")[1]) if names else -1
