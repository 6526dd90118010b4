"""Exit codes and sentences of the command line, as a shell sees them."""

import json

import pytest
from cases import femion_command
from mpi4py import MPI

SCRIPT = """
import sys
import femion as fm
M, A = fm.Species("M+", 1), fm.Species("A-", -1)
water = fm.Medium([M, A], fm.Dilute({"M+": 1.3e-9, "A-": 2e-9}))
cell = fm.geometry.slab(1e-4, 20)
i = float(sys.argv[1]) * 4 * fm.units.F * 1.3e-9 * 10 / 1e-4
model = fm.Model([fm.Phase("electrolyte", water, initial={"M+": 10.0, "A-": 10.0})],
    [fm.ReversibleElectrode(sys.argv[2], "M+", potential=0),
     fm.ReversibleElectrode("right", "M+", current_density=-i)])
print(fm.solve(model, cell).summary())
"""
pytestmark = pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="starts processes of its own")


@pytest.fixture
def script(tmp_path):
    (tmp_path / "cell.py").write_text(SCRIPT)
    return tmp_path


def test_a_good_run(script):
    done = femion_command("run", "cell.py", "0.5", "left", cwd=script)
    assert done.returncode == 0, done.stderr
    assert "energy imbalance" in done.stdout
    assert sorted(p.name for p in script.iterdir()) == ["cell.py"]


@pytest.mark.parametrize("ranks", [1, 2])
def test_bad_input_is_one_sentence_and_exit_2(script, ranks):
    done = femion_command("run", "cell.py", "0.5", "leftt", cwd=script, ranks=ranks)
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith("femion:")]
    assert lines == [
        "femion: boundary 'leftt' not found; known: left, right, sides. Did you mean 'left'?"
    ]
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in script.iterdir()) == ["cell.py"]


@pytest.mark.parametrize("ranks", [1, 2])
def test_no_steady_state_is_exit_3_and_keeps_the_last_state(script, ranks):
    done = femion_command("run", "cell.py", "1.2", "left", cwd=script, ranks=ranks)
    assert done.returncode == 3
    assert done.stderr.count("no steady state: M+ depleted at") == 1
    assert "Traceback" not in done.stderr
    kept = json.loads((script / "femion_last_good_state" / "state.json").read_text())
    assert 0.8 < kept["share_of_drive"] < 0.85
    assert (script / "femion_last_good_state" / "electrolyte.bp").exists()
    before = (script / "femion_last_good_state" / "state.json").stat().st_mtime_ns
    again = femion_command("run", "cell.py", "1.2", "left", cwd=script, ranks=ranks)
    assert "kept in femion_last_good_state_2/" in again.stderr
    after = (script / "femion_last_good_state" / "state.json").stat().st_mtime_ns
    assert before == after


def test_unknown_words(tmp_path):
    assert femion_command("frobnicate", cwd=tmp_path).returncode == 2
    done = femion_command("run", "nowhere.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "does not exist" in done.stderr


def test_help_is_quick_and_complete(tmp_path):
    done = femion_command("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "verify" in done.stdout
