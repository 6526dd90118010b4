"""Case files that are right: the same objects as a script makes, and the folder of a run."""

import json
import logging
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import ufl
from bad_cases import GOOD
from cases import CLEAN
from mpi4py import MPI

import femion
import femion as fm
from femion.case import load, parse, read
from femion.case.dump import dump, resolved
from femion.case.function import Formula
from femion.case.measures import Measure
from femion.case.progress import _Bar
from femion.case.run import run
from femion.case.schema import schema
from femion.cli import app, guarded
from femion.units import F, R

ROOT = Path(femion.__file__).parents[1]
DEMOS = sorted(ROOT.glob("demos/*/case.toml"))
SERIAL = pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="about one process")

FILM = """
title = "membrane potential, as in the README"

[parameters]
dilute = "10 mM"

[geometry]
builder = "slab"
length = "100 um"
cells = 40
region = "membrane"

[species]
"Na+" = 1
"Cl-" = -1

[media.water]
transport = { type = "Dilute", D = { "Na+" = "1.334e-9 m^2/s", "Cl-" = "2.032e-9 m^2/s" } }

[media.resin]
transport = { type = "Effective", transport = "water", porosity = 0.4, tortuosity = 4 }

[phases.membrane]
medium = "resin"
fixed_charge = "-1 mol/L"

[laws.left]
type = "DonnanReservoir"
concentrations = { "Na+" = "= dilute", "Cl-" = "= dilute" }
potential = "0 V"

[laws.right]
type = "DonnanReservoir"
concentrations = { "Na+" = "= 10 * dilute", "Cl-" = "= 10 * dilute" }
current = "0 A"

[solve]
degree = 2

[output]
pictures = ["phi"]
metrics.V = "potential right"
metrics.ends = { type = "extremes", species = "Na+", phase = "membrane" }
"""

PROGRAMME = (
    FILM.replace('current = "0 A"', 'potential = "0 V"')
    .replace("degree = 2", "")
    .replace("cells = 40", "cells = 8")
    .replace('pictures = ["phi"]', "pictures = false")
    .replace('"-1 mol/L"', '"-1 mol/L"\ninitial = { "Na+" = "1.01 M", "Cl-" = "10 mM" }')
    + """
[[stages]]
name = "drive"
controls = { right = { type = "CurrentDensity", value = "-100 A/m^2" } }
duration = "10 s"
until = { quantity = "potential right", below = "-1 V" }

[[stages]]
name = "rest"
controls = { right = "OpenCircuit" }
duration = "1 s"

[time]
rtol = 1e-2
watch = { left = "current left" }
"""
)


def summary(folder):
    return json.loads((Path(folder) / "summary.json").read_text())


# -- formulas ---------------------------------------------------------------------------------
def value(text, *at, unit="", **parameters):
    """A formula as the temperature-like property of a made-up case."""
    from femion.case.parameters import Parameters

    made = Parameters(parameters).formula(text, "here")
    return fm.units.si(made, unit, "it") if not at else fm.units.si(made, unit, "it")(*at)


@pytest.mark.parametrize(
    "text, unit, expected",
    [
        ("= 2 * k**2 - 1", "", 7.0),
        ("= c0 / 3", "mol/m^3", 100 / 3),
        ("= 20 [mA/cm^2]", "A/m^2", 200.0),
        ("= R * 25 [degC] / F", "V", R * 298.15 / F),
        ("= min(1 [um], 2 [mm]) + abs(-1 [um])", "m", 2e-6),
        ("= sqrt(4 [m^2]) * exp(0) * cos(pi) * tanh(100) * erf(100)", "m", -2.0),
        ("= sqrt(c0 / 1 [mol/L])", "", 0.1**0.5),
        ("= log(c0 / 1 [mM]) + sin(0)", "", np.log(100)),
    ],
)
def test_formulas_of_numbers(text, unit, expected):
    assert value(text, unit=unit, c0="0.1 M", k=2) == pytest.approx(expected, rel=1e-14)


def test_whole_numbers_stay_whole():
    case = read(
        parse(
            FILM.replace("cells = 40", 'cells = "= 2 * n"').replace("dilute =", "n = 3\ndilute =")
        )
    )
    assert case.geometry.dim == 2
    with pytest.raises(fm.InputError, match="allowed: a whole number from 1"):
        read(parse(FILM.replace("cells = 40", 'cells = "= 7 / 2"')))


def test_formulas_of_place_time_and_state():
    x = np.array([[0.0, 1e-6], [2e-6, 2e-6], [0.0, 0.0]])
    ramp = value("= c0 * (1 + x / L) * y / 2 [um]", x, unit="mol/m^3", c0="1 mM", L="1 um")
    assert ramp == pytest.approx([1.0, 2.0])
    assert value("= 5 [mV/s] * t", 2.0, unit="V") == pytest.approx(0.01)
    kappa = value("= 2e-3 [S*m^2/mol] * c * T / 300 [K]", 500.0, 600.0, unit="S/m")
    assert kappa == pytest.approx(2.0)
    mixed = value(
        "= c['A'] * c['B'] * k", {"A": 2.0, "B": 3.0}, 300.0, unit="J/m^3", k="1 J*m^3/mol^2"
    )
    assert mixed == pytest.approx(6.0)


def test_parameters_of_formulas_of_the_state_are_parameters_of_the_problem():
    text = FILM.replace("dilute =", 'X = "1 mol/L"\ndilute =').replace(
        '"-1 mol/L"', '"= -X * (1 + 0 * x / 1 [m])"'
    )
    case = read(parse(text))
    problem = fm.Problem(case.model, fm.mesh(case.geometry))
    path = "phases.membrane.fixed_charge.values.X"
    assert problem[path] == pytest.approx(1e3)
    before = fm.solve(problem).potential("right")
    problem[path] = 1.0  # hardly any charge: the liquid junction potential, of the other sign
    after = fm.solve(problem).potential("right")
    assert before == pytest.approx(-0.0588, abs=2e-3) and after > 0
    assert isinstance(case.model.phases[0].fixed_charge, Formula)
    assert isinstance(case.model.phases[0].fixed_charge((ufl.as_ufl(0.0),)), ufl.core.expr.Expr)


# -- files --------------------------------------------------------------------------------------
def test_includes_are_overridden_and_the_resolved_case_says_the_same(shared_path):
    if MPI.COMM_WORLD.rank == 0:
        (shared_path / "sub").mkdir()
        head, media = FILM.split("[species]")
        (shared_path / "sub/salt.toml").write_text(
            f"[species]{media}[parameters]\ndilute = '1 mM'\n"
        )
        (shared_path / "case.toml").write_text('include = ["sub/salt.toml"]\n' + head)
    MPI.COMM_WORLD.barrier()
    source = load(shared_path / "case.toml", ["phases.membrane.fixed_charge=-2 mol/L"])
    assert source.place(("media", "water")).endswith("salt.toml:5")
    case = read(source)
    assert case.model.phases[0].fixed_charge == pytest.approx(-2000.0, rel=1e-12)
    again = read(parse(resolved(source)))
    assert repr(again.model) == repr(case.model)
    plain = read(parse(FILM.replace('"-1 mol/L"', '"-2 mol/L"')))
    assert repr(plain.model) == repr(case.model)


@pytest.mark.filterwarnings("ignore:in phase")  # of the slice's loose pieces
def test_files_count_from_the_folder_of_the_case():
    """A slice of the mesh catalogue, and the same when the resolved case is read elsewhere."""
    geometry = """[geometry]
builder = "voxels"
image = "electrode_slice.tif"
voxel = "0.5 um"
labels = { 0 = "membrane", 1 = "particles", 2 = "binder" }

"""
    text = 'inert = ["particles", "binder"]\n' + FILM
    text = re.sub(r"\[geometry\].*?(?=\[species\])", geometry, text, flags=re.S)
    source = parse(text, ROOT / "meshes")
    assert read(source).geometry.dim == 2
    assert str(ROOT / "meshes/electrode_slice.tif") in resolved(source)
    assert read(parse(resolved(source))).geometry.dim == 2


def test_what_is_dumped_is_read_back():
    for file in DEMOS:
        tree = tomllib.loads(file.read_text())
        assert tomllib.loads(dump(tree)) == tree
    tree = tomllib.loads(GOOD)
    assert tomllib.loads(dump(tree)) == tree


def test_the_schema_that_the_package_brings_is_up_to_date():
    file = Path(femion.__file__).parent / "case/schema.json"
    assert json.loads(file.read_text()) == schema(foreign=False), "run `make schema`"


def test_every_demo_fits_the_schema_and_a_misspelt_one_does_not():
    made = schema(foreign=False)
    variants = [ROOT / f"demos/ro_channel/{k}.toml" for k in ("empty", "submerged", "net")]
    for file in [*DEMOS, *variants]:
        assert fits(tomllib.loads(file.read_text()), made, made), file
    tree = tomllib.loads(FILM)
    assert fits(tree, made, made)
    tree["laws"]["left"]["concentratoins"] = tree["laws"]["left"].pop("concentrations")
    assert not fits(tree, made, made)


def fits(x, part, root):
    """What this schema uses of JSON Schema."""
    if "$ref" in part:
        part = root["$defs"][part["$ref"].rsplit("/", 1)[1]]
    names = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    types = part.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(x, names.get(t, (int, float))) for t in types):
        return False
    if "anyOf" in part and not any(fits(x, p, root) for p in part["anyOf"]):
        return False
    if x != part.get("const", x) or x not in part.get("enum", [x]):
        return False
    if isinstance(x, str) and not re.search(part.get("pattern", ""), x):
        return False
    if isinstance(x, list):
        return all(fits(v, part.get("items", {}), root) for v in x)
    if isinstance(x, dict):
        own, other = part.get("properties", {}), part.get("additionalProperties", {})
        if any(k not in x for k in part.get("required", [])):
            return False
        if other is False and any(k not in own for k in x):
            return False
        return all(fits(v, own.get(k, other or {}), root) for k, v in x.items())
    return True


def test_columns_of_numbers_share_a_unit():
    law = """[laws.left]
type = "ButlerVolmer"
reaction = "Na -> Na+ + e-"
stored = ["Na"]
exchange_current_density = "1 A/m^2"
equilibrium_potential.type = "OpenCircuitPotential"
equilibrium_potential.species = "Na+"
equilibrium_potential.c = { values = [0, 1, 2.5], unit = "mol/L" }
equilibrium_potential.U = { values = [100, 50, 0], unit = "mV" }
terminal = { type = "Potential", value = "0 V" }

"""
    text = re.sub(r"\[laws.left\].*?(?=\[laws.right\])", law, FILM, flags=re.S)
    U = read(parse(text)).model.laws[0].equilibrium_potential
    assert float(ufl.as_ufl(U.at(1000.0))) == pytest.approx(0.05, rel=1e-12)
    with pytest.raises(fm.InputError, match=r"equilibrium_potential\.U: .*list of numbers"):
        read(parse(text.replace("[100, 50, 0]", '["a"]')))


# -- runs ---------------------------------------------------------------------------------------
def test_a_run_leaves_a_folder_that_is_never_overwritten_unasked(shared_path):
    case, folder = read(parse(FILM)), shared_path / "out"
    run(case, folder)
    found = summary(folder)
    assert found["status"] == "done"
    assert 1000 * found["metrics"]["V"]["value"] == pytest.approx(-58.779, abs=1e-3)
    assert found["metrics"]["V"]["unit"] == "V"
    assert found["terminals"]["right"]["current"]["unit"] == "A/m"
    assert found["audit"]["energy_imbalance"] < 1e-9
    assert {"femion", "dolfinx", "petsc", "mpi"} <= found["versions"].keys()
    assert (folder / "pictures/phi.png").exists() and (folder / "fields/membrane.bp").exists()
    assert "converged" in (folder / "log.txt").read_text()
    assert set(found["files"]) == {p.name for p in folder.iterdir()}
    MPI.COMM_WORLD.barrier()
    with pytest.raises(fm.InputError, match="holds a run already; allowed: another folder"):
        run(case, folder)
    if MPI.COMM_WORLD.rank == 0:
        (folder / "notes.txt").write_text("mine")
    again = read(load(folder / "case.toml", ["output.pictures=false", "output.fields=false"]))
    run(again, folder, overwrite=True)
    new = summary(folder)
    assert new["metrics"]["V"]["value"] == pytest.approx(found["metrics"]["V"]["value"], rel=1e-9)
    assert sorted(p.name for p in folder.iterdir()) == sorted([*new["files"], "notes.txt"])
    MPI.COMM_WORLD.barrier()
    with pytest.raises(fm.InputError, match="no run of femion"):
        run(again, shared_path, overwrite=True)


def test_a_run_without_a_solution_is_marked_and_keeps_its_last_state(shared_path):
    text = FILM.replace('"DonnanReservoir"', '"ReversibleElectrode"\nspecies = "Na+"')
    text = re.sub(r"concentrations = .*", "", text).replace('current = "0 A"', 'current = "-9 A"')
    text = text.replace('"-1 mol/L"', '"0 M"\ninitial = { "Na+" = "1 mM", "Cl-" = "1 mM" }')
    case, folder = read(parse(text)), shared_path / "out"
    with pytest.raises(fm.NotConverged, match=r"depleted at.*kept in .*out/last_good_state"):
        run(case, folder)
    found = summary(folder)
    assert found["status"] == "failed" and "depleted" in found["message"]
    assert "metrics" not in found and "terminals" not in found
    assert (folder / "last_good_state/membrane.bp").exists()
    assert not (folder / "fields").exists()


def test_what_is_found_wrong_late_leaves_no_folder(shared_path):
    wrong = PROGRAMME.replace('quantity = "potential right"', 'quantity = "potential nowhere"')
    with pytest.raises(fm.InputError, match="known: current right"):
        run(read(parse(wrong)), shared_path / "out")
    assert not (shared_path / "out").exists()


def test_a_programme_and_its_series(shared_path):
    run(read(parse(PROGRAMME)), shared_path / "out")
    found = summary(shared_path / "out")
    assert [g["name"] for g in found["stages"]] == ["drive", "rest"]
    assert [g["end"] for g in found["stages"]] == [10.0, 11.0]
    head = (shared_path / "out/timeseries.csv").read_text().splitlines()[0]
    assert head.startswith("time [s],stage,") and "potential right [V]" in head
    state = json.loads((shared_path / "out/fields/state.json").read_text())
    assert state["times"] == [10.0, 11.0]


def test_a_march_writes_what_it_watches(shared_path):
    text = (
        PROGRAMME.split("[[stages]]")[0]
        + """
[time]
until = "1 s"
output = ["0.1 s", "1 s"]
rtol = 1e-2
watch = { left = "current left", flow = { type = "flow", species = "Na+", where = "left" } }
"""
    )
    ramp = 'laws.right.potential={type="Varying", control={type="Potential", value="= 1 [mV/s]*t"}}'
    run(read(parse(text, changes=[ramp])), shared_path / "out")
    head, *rows = (shared_path / "out/timeseries.csv").read_text().splitlines()
    assert head == "time [s],left [A/m],flow [mol/s/m]"
    assert float(rows[-1].split(",")[0]) == 1.0
    found = summary(shared_path / "out")
    assert found["times"] == [0.1, 1.0]
    assert found["terminals"]["right"]["potential"]["value"] == pytest.approx(1e-3, rel=1e-9)


def test_progress_follows_the_stages():
    seen = []

    class Bar:
        def add_task(self, name, total):
            seen.append(total)

        def update(self, task, completed, description):
            seen.append(completed)

    handler = _Bar(Bar(), [10.0, 2.0])
    for reached in (5.0, 10.0, 1.0, 2.0):
        record = logging.LogRecord("femion", logging.INFO, "", 0, "", (), None)
        record.reached = reached
        handler.emit(record)
    assert seen == [2.0, 0.5, 1.0, 1.5, 2.0]


# -- twins of the demos -------------------------------------------------------------------------
def test_the_coupling_case_gives_the_script_s_numbers(shared_path):
    file = ROOT / "demos/does_coupling_matter/case.toml"
    names = runpy.run_path(str(file.with_name("does_coupling_matter.py")))
    off = 'media.membrane.transport={type="Diagonal", transport="mixture"}'
    for tensor, changes in {"full tensor": [], "diagonal only": [off]}.items():
        case = read(load(file, ["output.pictures=false", "output.fields=false", *changes]))
        found = summary(run(case, shared_path / tensor))
        _, H, water, loss, _ = names["found"][tensor][:, -1]
        area = 127e-6 / 32  # height of the slab [m]
        assert 1e3 * found["metrics"]["loss"]["value"] == pytest.approx(loss, rel=1e-9)
        assert found["metrics"]["water"]["value"] / area == pytest.approx(water, rel=1e-7)
        assert found["flows"]["anode"]["H+"]["value"] / area == pytest.approx(H, rel=1e-9)


def test_a_metric_of_several_places():
    m = Measure(
        lambda s, *places, k=1: (s, places, k), {"places": ("a", "b"), "k": 2}, "", "places"
    )
    assert m("s") == ("s", ("a", "b"), 2)
    case = read(load(ROOT / "demos/ro_channel/case.toml"))
    assert case.output.metrics["permeate"].arguments == {"membranes": ("bottom", "top")}
    for wrong, said in {'"top"': "allowed: a list", '["tpo"]': "Did you mean 'top'"}.items():
        with pytest.raises(fm.InputError, match=f"permeate.membranes: .*{said}"):
            change = f"output.metrics.permeate.membranes={wrong}"
            read(load(ROOT / "demos/ro_channel/case.toml", [change]))


def test_every_demo_s_case_is_checked():
    demos = {p.parent for p in ROOT.glob("demos/*/*.py") if p.stem == p.parent.name}
    assert {p.parent for p in DEMOS} == demos
    for file in DEMOS:
        assert read(load(file), allow_code=True).model.phases


def test_the_electrode_case_has_the_script_s_functions():
    case = read(load(ROOT / "demos/porous_half_cell/case.toml"))
    kappa, c = case.model.phases[0].medium.transport.conductivity, 1100.0
    polynomial = 0.0911 + 1.9101e-3 * c - 1.052e-6 * c**2 + 1.554e-10 * c**3
    assert kappa(c, 298.15) == pytest.approx(polynomial, rel=1e-12)
    solution = SimpleNamespace(c={"Li+": 250.0}, T=300.0, x=None)
    assert case.model.laws[0].exchange_current_density(None, solution) == pytest.approx(1.0)
    assert case.model.laws[2].control.value == pytest.approx(-50 * 80e-6)


# -- the command --------------------------------------------------------------------------------
def command(*words, cwd):
    env = CLEAN | {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "femion", *words]
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)


@SERIAL
def test_the_command_runs_a_case_quietly(tmp_path):
    (tmp_path / "film.toml").write_text(FILM)
    done = command("run", "film.toml", "--set", "output.pictures=false", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "results: film_results/\n"
    assert summary(tmp_path / "film_results")["status"] == "done"


def test_words_for_scripts_and_cases_are_told_apart(shared_path, capsys):
    if MPI.COMM_WORLD.rank == 0:
        (shared_path / "x.py").write_text("")
    MPI.COMM_WORLD.barrier()
    assert guarded(lambda: app(["run", str(shared_path / "x.py"), "--overwrite"])) == 2
    assert guarded(lambda: app(["check", str(DEMOS[0]), "--no-mesh"])) == 0
    text = capsys.readouterr().out
    assert ("can be run" in text) == (MPI.COMM_WORLD.rank == 0)
    assert guarded(lambda: app(["doctor"])) == 0
