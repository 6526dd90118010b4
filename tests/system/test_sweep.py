"""Studies: every case a row, whatever happens to it, to a worker, or to the sweep."""

import csv
import json
import os
import re
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from bad_cases import STUDIES, STUDY
from cases import CLEAN, ROOT
from mpi4py import MPI

import femion as fm
from femion.case import load, parse
from femion.cli import app, guarded
from femion.study import read, sweep
from femion.study.job import Job
from femion.study.plan import planned, validate
from femion.study.table import Column

pytestmark = pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="starts processes of its own")

FILM = """
[parameters]
salt = "10 mM"
[geometry]
builder = "slab"
length = "100 um"
cells = 10
[species]
"Na+" = 1
"Cl-" = -1
[media.water]
transport = { type = "Dilute", D = { "Na+" = "1.3e-9 m^2/s", "Cl-" = "2e-9 m^2/s" } }
[phases.electrolyte]
medium = "water"
initial = { "Na+" = "= salt", "Cl-" = "= salt" }
[laws.left]
type = "ReversibleElectrode"
species = "Na+"
potential = "0 V"
[laws.right]
type = "ReversibleElectrode"
species = "Na+"
current = "0 A"
[output]
metrics.V = "potential right"
"""
#: Stands for femion: writes a summary, and does what the file `order` beside it says, once.
FAKE = """#!/bin/sh
file="$2"
while [ "$1" != "-o" ]; do shift; done
here=$(dirname "$0"); case=$(basename "$2")
echo "$case" >> "$here/calls"
echo "$file" >> "$here/files"
order="$here/order-$case"
if [ -f "$order" ]; then . "$order"; fi
mkdir -p "$2"
echo '{"status": "running"}' > "$2/summary.json"
echo '{"status": "done", "seconds": 1, "metrics": {"V": {"value": 0.'"$case"', "unit": "V"}}}' \\
  > "$2/.part" && mv "$2/.part" "$2/summary.json"
"""
QUIET = "[set]\noutput.pictures = false\noutput.report = false\noutput.fields = false\n"


@pytest.fixture
def here(tmp_path):
    (tmp_path / "film.toml").write_text(FILM)
    fake = tmp_path / "femion"
    fake.write_text(FAKE)
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def study(here, text):
    (here / "study.toml").write_text(f'case = "film.toml"\nworkers = 2\n{text}')
    return read(load(here / "study.toml"))


def rows(folder):
    with (folder / "table.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def calls(here):
    return (here / "calls").read_text().split()


def order(here, case, words):
    """Something that happens to a case the first time it runs."""
    (here / f"order-{case}").write_text(f'rm "$order"; mkdir -p "$2"\n{words}\n')


HUNDRED = """
[grid]
geometry.cells = [5, 6, 7, 8, 9]
[seeds]
solve.quadrature = { first = 2, count = 20 }
"""


# -- what must not be lost ----------------------------------------------------------------------
def test_a_hundred_cases_with_a_killed_run_and_failures(here):
    order(here, "0007", "kill -9 $$")
    order(here, "0050", "echo 'femion: warning: x' >&2; echo 'femion: no good' >&2; exit 2")
    order(here, "0051", "echo 'femion: depleted' >&2; exit 3")
    s, out = study(here, HUNDRED), here / "out"
    sweep(s, out, command=[str(here / "femion")])
    found = rows(out)
    assert [r["case"] for r in found] == [f"{k:04d}" for k in range(1, 101)]
    assert found[0].keys() >= {"geometry.cells", "solve.quadrature", "V [V]", "folder"}
    bad = {r["case"]: (r["status"], r["reason"]) for r in found if r["status"] != "done"}
    assert bad == {"0050": ("failed", "no good"), "0051": ("no solution", "depleted")}
    assert sorted(calls(here)) == sorted([*(r["case"] for r in found), "0007"])
    assert float(found[6]["V [V]"]) == 0.0007 and found[49]["V [V]"] == ""
    sweep(s, out, command=[str(here / "femion")])  # nothing is left to do
    assert len(calls(here)) == 101
    sweep(s, out, command=[str(here / "femion")], retry=True)
    assert sorted(calls(here)[101:]) == ["0050", "0051"]
    assert {r["status"] for r in rows(out)} == {"done"}
    assert len((out / "log.txt").read_text().splitlines()) == 102


def test_a_killed_sweep_leaves_no_process_and_goes_on(here):
    study(here, HUNDRED)
    order(here, "0030", 'echo $$ > "$here/pid"; sleep 60')
    script = (
        "import sys; from femion.case import load; from femion.study import read, sweep;"
        "sweep(read(load('study.toml')), 'out', command=[sys.argv[1]])"
    )
    words = [sys.executable, "-c", script, str(here / "femion")]
    one = subprocess.Popen(words, cwd=here, env=CLEAN | {"PYTHONPATH": str(ROOT)})
    wait(lambda: (here / "pid").exists() and len(calls(here)) > 40)
    with pytest.raises(fm.InputError, match="another sweep is at work"):
        sweep(study(here, HUNDRED), here / "out", command=[str(here / "femion")])
    one.kill()
    one.wait()
    wait(lambda: not alive(int((here / "pid").read_text())))
    done = {p.parent.name for p in (here / "out").glob("*/summary.json")
            if json.loads(p.read_text())["status"] == "done"}  # fmt: skip
    before = calls(here)
    sweep(study(here, HUNDRED), here / "out", command=[str(here / "femion")])
    assert len(done) >= 38 and "0030" not in done
    assert {r["status"] for r in rows(here / "out")} == {"done"}
    assert not set(calls(here)[len(before) :]) & done  # what was done was not done again
    assert set(calls(here)) == {f"{k:04d}" for k in range(1, 101)}


def test_a_stopped_sweep_goes_on_and_says_so(here):
    order(here, "0004", "sleep 60")  # both workers are busy when this process is told to end
    busy = 'while [ -f "$here/order-0004" ]; do sleep 0.02; done; kill -TERM $PPID; sleep 60'
    order(here, "0003", busy)
    s, out = study(here, "[grid]\ngeometry.cells = [5, 6, 7, 8, 9]\n"), here / "out"
    with pytest.raises(fm.Stopped, match="the same command goes on"):
        sweep(s, out, command=[str(here / "femion")])
    ended = [r["status"] for r in rows(out)]
    assert ended[2:] == ["not run"] * 3 and "done" in ended
    sweep(s, out, command=[str(here / "femion")])
    assert {r["status"] for r in rows(out)} == {"done"}


def test_a_case_that_is_edited_meanwhile_is_not_mixed_in(here):
    order(here, "0001", f'echo "# new" >> "{here}/film.toml"')
    s = study(here, "[grid]\ngeometry.cells = [5, 6, 7]\n")
    sweep(replace(s, workers=1), here / "out", command=[str(here / "femion")])
    found = [
        (r["status"], "has changed since the sweep began" in r["reason"])
        for r in rows(here / "out")
    ]
    assert found == [("done", False), ("failed", True), ("failed", True)]


def test_through_dask_with_a_killed_worker(here):
    order(here, "0004", "kill -9 $PPID; sleep 60")  # the worker's own process
    s = study(here, '[grid]\ngeometry.cells = [5, 6, 7, 8, 9, 10]\n[cluster]\ntype = "local"\n')
    sweep(s, here / "out", command=[str(here / "femion")])
    assert {r["status"] for r in rows(here / "out")} == {"done"}
    assert sorted(calls(here)) == sorted([*(f"{k:04d}" for k in range(1, 7)), "0004"])
    with pytest.raises(fm.InputError, match="no scheduler of Dask at 'nowhere'"):
        sweep(s, here / "none", scheduler="nowhere")
    assert not (here / "none").exists()


def slurm(*words):
    """What a command of SLURM says; "" where there is none, or nothing answers."""
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


@pytest.mark.skipif(not slurm("sinfo", "-h"), reason="no SLURM answers here")
def test_through_slurm_with_a_cancelled_job(here, monkeypatch):
    monkeypatch.chdir(here)  # where SLURM leaves what jobs say
    mine = "femion-" + here.name
    order(here, "0002", f"scancel -n {mine}; sleep 60")  # the worker's own job
    text = "[grid]\ngeometry.cells = [5, 6, 7]\n[cluster]\ntype = 'slurm'\nmemory = '1GB'\n"
    s = study(here, text + f"interface = 'lo'\ndirectives = ['-J {mine}']\n")
    sweep(s, here / "out", command=[str(here / "femion")])
    assert {r["status"] for r in rows(here / "out")} == {"done"}
    assert sorted(calls(here)) == ["0001", "0002", "0002", "0003"]
    wait(lambda: not slurm("squeue", "-h", "-n", mine))


def wait(ready, longest=30.0):
    end = time.monotonic() + longest
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


def alive(pid):
    """Whether a process is there, and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# -- real runs ------------------------------------------------------------------------------------
def test_real_cases_with_one_that_has_no_solution(here, capsys):
    text = QUIET + '[list]\nlaws.right.current = ["0.2 mA", "-90 mA"]\n'
    text += "geometry.cells = [10, 12]\n"
    study(here, text)
    out = here / "out"
    assert guarded(lambda: app(["sweep", str(here / "study.toml"), "-o", str(out)])) == 0
    assert "2 cases: 1 done, 1 no solution" in capsys.readouterr().out
    found = rows(out)
    assert [float(r["laws.right.current [mA]"]) for r in found] == [0.2, -90]
    assert "no steady state" in found[1]["reason"] and found[1]["V [V]"] == ""
    assert float(found[0]["V [V]"]) == pytest.approx(fm.load(out / "0001").metrics["V"], rel=1e-11)
    assert (out / "pictures/V.png").exists()
    import pandas

    table = pandas.read_parquet(out / "table.parquet")
    assert table["V [V]"].dtype == float and list(table["status"])[1] == "no solution"
    before = sorted(p.name for p in here.iterdir())
    study(here, text.replace("-90 mA", "-80 mA"))  # is now another one
    assert guarded(lambda: app(["sweep", str(here / "study.toml"), "-o", str(out)])) == 2
    assert "holds another study" in capsys.readouterr().err
    assert guarded(lambda: app(["sweep", str(here / "study.toml"), "--dry-run"])) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert sorted(p.name for p in here.iterdir()) == before


# -- rows -----------------------------------------------------------------------------------------
def test_grids_lists_draws_and_seeds_are_multiplied(here):
    text = """
[grid]
laws.right.current = ["0 A", "1 mA"]
[list]
"parameters.salt" = ["1 mM", "2 mM"]
geometry.length = ["50 um", "0.1 mm"]
[random]
count = 5
seed = 3
ranges.laws.left.potential = { from = "1 mV", to = "1 V", log = true }
ranges.solve.options.snes_max_it = { from = 20, to = 30 }
[seeds]
geometry.cells = { first = 8, count = 3 }
"""
    made = planned(study(here, text))
    assert len(made.rows) == 2 * 2 * 5 * 3
    assert made.rows == planned(study(here, text)).rows  # the same draws again
    validate(made, mesh=False)
    V = Column("V", [r["laws.left.potential"] for r in made.rows])
    assert V.head == "V [mV]" and len(set(V.values)) == 5
    assert min(V.values) >= 1 and max(V.values) <= 1000
    drawn = {r["solve.options.snes_max_it"] for r in made.rows}
    assert drawn <= set(range(20, 31)) and len(drawn) > 1
    length = Column("L", [r["geometry.length"] for r in made.rows])
    assert (length.head, set(length.values)) == ("L [um]", {50.0, 100.0})
    assert Column("x", ["a", {"type": "b"}]).values == ["a", '{ type = "b" }']


def test_several_case_files_are_an_axis(here):
    (here / "thick.toml").write_text('include = "film.toml"\ngeometry.length = "0.2 mm"\n')
    text = 'case = ["film.toml", "thick.toml"]\n[grid]\ngeometry.cells = [5, 6]\n'
    (here / "study.toml").write_text(text)
    s = read(load(here / "study.toml"))
    made = planned(s)
    validate(made, mesh=False)
    assert [r["case file"] for r in made.rows] == ["film", "film", "thick", "thick"]
    sweep(s, here / "out", command=[str(here / "femion")])
    found = rows(here / "out")
    assert [(r["case file"], r["geometry.cells"]) for r in found[1:3]] == [
        ("film", "6"),
        ("thick", "5"),
    ]
    jobs = [line.split("/")[-1] for line in (here / "files").read_text().splitlines()]
    assert sorted(jobs) == ["film.toml"] * 2 + ["thick.toml"] * 2
    (here / "thick.toml").write_text('include = "film.toml"\ngeometry.length = "0.3 mm"\n')
    with pytest.raises(fm.InputError, match="holds another study"):
        sweep(s, here / "out", command=[str(here / "femion")])


def test_a_value_is_checked_in_every_case_file(here):
    (here / "thick.toml").write_text('include = "film.toml"\ngeometry.builder = "film3"\n')
    text = "[grid]\ngeometry.cells = [5]\n"
    for files, said in {
        '["film.toml", "thick.toml"]': "Did you mean|known",
        '["film.toml", "film.toml"]': "'film.toml' is there twice; allowed: once",
        "[]": "allowed: the name of a case file, or a list of them",
        "3": "3; allowed: the name of a case file, or a list of them",
        '["film.toml", "flim.toml"]': "flim.toml' does not exist",
    }.items():
        with pytest.raises(fm.InputError, match=said):
            validate(planned(read(parse(f"case = {files}\n{text}", here))), mesh=False)


def test_a_line_of_the_study_is_blamed(here):
    validate(planned(read(parse(STUDY, here))), mesh=False)
    for name, (old, new, said) in STUDIES.items():
        assert STUDY.count(old) == 1, name
        with pytest.raises(fm.InputError, match=said) as error:
            validate(planned(read(parse(STUDY.replace(old, new), here))), mesh=False)
        assert "case.toml" in str(error.value) and "\n" not in str(error.value), name


@pytest.mark.parametrize("name", ["law", "no TOML", "unit", "too many", "shell"])
def test_the_command_ends_with_2_and_leaves_nothing(here, name, capsys):
    old, new, said = STUDIES[name]
    (here / "study.toml").write_text(STUDY.replace(old, new))
    before = sorted(p.name for p in here.iterdir())
    assert guarded(lambda: app(["sweep", str(here / "study.toml"), "-o", str(here / "out")])) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("femion: ") and re.search(said, line)
    assert sorted(p.name for p in here.iterdir()) == before


def test_a_run_with_checkpoints_goes_on_and_one_without_begins_again(here):
    job = Job(1, str(here / "0001"), "film.toml", ['a="1 V"'], ["femion"], 2, True)
    assert job.words()[1:] == [
        *("-n", "2", "femion", "run", "film.toml", "--set", 'a="1 V"'),
        *("-o", str(here / "0001"), "--overwrite", "--allow-code"),
    ]
    (here / "0001").mkdir()
    for status, files, word in (
        ("running", ["checkpoints"], "resume"),
        ("stopped", ["checkpoints"], "resume"),
        ("failed", ["checkpoints"], "run"),
        ("running", [], "run"),
    ):
        text = json.dumps({"status": status, "files": files})
        (here / "0001/summary.json").write_text(text)
        assert job.words()[4] == word
    (here / "0001/summary.json").unlink()  # killed before it said anything: no run's folder
    assert job.words()[4] == "run" and not (here / "0001").exists()


def test_a_folder_of_others_is_left_alone(here):
    (here / "out").mkdir()
    (here / "out/mine.txt").write_text("mine")
    s = study(here, "[grid]\ngeometry.cells = [5]\n")
    with pytest.raises(fm.InputError, match="is there and no study"):
        sweep(s, here / "out")
    assert os.listdir(here / "out") == ["mine.txt"]


def test_slurm_gets_the_keys_of_the_study(here):
    text = '[grid]\ngeometry.cells = [5]\n[cluster]\ntype = "slurm"\njobs = 3\nqueue = "long"\n'
    text += 'account = "me"\nwalltime = "02:00:00"\ndirectives = ["--exclusive"]\n'
    cluster = study(here, text).cluster
    with cluster.slurm(ranks=4) as made:
        script = made.job_script()
    for word in ("-p long", "-A me", "-t 02:00:00", "--cpus-per-task=4", "--exclusive"):
        assert word in script
    assert "--nthreads 1 " in script
    s = study(here, text + 'prologue = ["module load mpich"]\n')
    with pytest.raises(fm.InputError, match="allowed: with --allow-code"):
        sweep(s, here / "out")
