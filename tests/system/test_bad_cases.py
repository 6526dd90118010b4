"""Hundreds of case files that cannot be right: a sentence with file and line, and nothing else."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bad_cases import GOOD, mutated
from cases import CLEAN
from mpi4py import MPI

import femion
import femion as fm
from femion.case import load, parse, read
from femion.case.run import check

LINE = re.compile(r"^[^\n]*case\.toml(:\d+)?: [^\n]+$")


def refused(text, **how):
    """The sentences that a text is refused with; the mesh is built only for what needs it."""
    with pytest.raises(fm.InputError) as error:
        check(read(parse(text, **how)))
    for line in str(error.value).split("\n"):
        assert LINE.match(line), line
        assert len(line) < 1500
    return str(error.value)


def test_the_good_case_is_good():
    assert check(read(parse(GOOD))) > 0


def test_mutations_of_a_good_case_are_refused():
    count = 0
    for what, text in mutated():
        try:
            refused(text)
        except BaseException:
            print(what)
            raise
        count += 1
    assert count >= 300


def formula(text):
    return GOOD.replace('share = "= k / 4"', f"share = {json.dumps(text)}")


FORMULAS = {
    "= __import__('os').system('ls')": "is not allowed",
    "= ().__class__.__bases__": "is not allowed",
    "= k.real": "is not allowed",
    "= [k for k in (1, 2)]": "is not allowed",
    "= (lambda: 1)()": "is not allowed",
    "= open('/etc/passwd')": "function 'open' not found",
    "= eval('1')": "function 'eval' not found",
    "= exp(k, 1)": "exp takes 1",
    "= min(k)": "min takes 2",
    "= k if k else 1": "is not allowed",
    "= k == 2": "is not allowed",
    "= 'text'": "is not allowed",
    "= True": "is not allowed",
    "= 1j": "is not allowed",
    "= f'{k}'": "is not allowed",
    "= k := 3": "no formula",
    "= k; 1": "no formula",
    "=": "no formula",
    "= (": "no formula",
    "= 2 ^ 3": r"a power is \*\*",
    "= 9**9**9**9": "exponent",
    "= 2**65": "exponent",
    "= (9**64)**64**1": "has no value|not finite",
    "= 10.0**64 * 10.0**64 * 10.0**64 * 10.0**64 * 10.0**64": "not finite",
    "= 1 / 0": "has no value: .*division",
    "= log(-1)": "has no value",
    "= (-8)**0.5": "root of a negative",
    "= " + "(" * 150 + "1" + ")" * 150 + "+ k" * 100: "characters; allowed: 500",
    "= " + "-" * 200 + "k": "no formula|too long",
    "= " + "+".join("k" * 160): "too long",
    "= unknown": "name in a formula 'unknown' not found",
    "= kk": "Did you mean 'k'",
    "= c0 + k": "adds",
    "= exp(c0)": "allowed: no unit",
    "= max(c0, k)": "different units",
    "= 2 [parsecs_of_salt]": "is no quantity",
    "= 2 [9**9**9**9]": "is no quantity",
    "= c['Na+'": "no formula",
    "= c[0]": "allowed: c",
    "= d['Na+']": "allowed: c",
    "= share": "circle",
    "= k\u0000": "no formula",
}


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_that_are_none(text):
    assert re.search(FORMULAS[text], refused(formula(text)))


#: what is replaced in the good case, by what, and what is said
CONTROL = """
potential.type = "Varying"
potential.control = { type = "Potential", value = "= 1 [mV/s] * t" }
potential.corners = ["1 s"]"""
EDITS = {
    "unknown table": ("[output]", "[outputs]", "table 'outputs' not found.*Did you mean 'output'"),
    "no TOML": ("[solve]", "[solve", r"case\.toml:\d+: not TOML"),
    "twice": ("[solve]\n", "[solve]\ndegree = 1\n", r"case\.toml:\d+: not TOML"),
    "two parameters": ("k = 2", 'k = "= q"\nq = "= k"', "circle"),
    "parameter name": ("k = 2", "T = 2", "the name 'T' is not possible"),
    "parameter list": ("k = 2", "k = [2]", "allowed: a number, a quantity, a formula"),
    "quantity": ("0.1 mol/L", "0.1 mool/L", "is not a quantity"),
    "empty quantity": ('"10 um"', '""', "is not a quantity"),
    "tower": ('"10 um"', '"9**9**9**9 m"', "is not a quantity"),
    "code in a quantity": ('"10 um"', "\"__import__('os') m\"", "is not a quantity"),
    "long quantity": ('"10 um"', '"' + "1+" * 200 + '1 m"', "longer than"),
    "negative": ('"20 um"', '"-20 um"', "allowed: a number above 0"),
    "zero degrees": ('"25 degC"', '"-300 degC"', "must be greater than 0"),
    "hot in Watt": ('"25 degC"', '"25 W"', "is not a quantity in K"),
    "no builder": ('builder = "layers"', 'file = "nowhere.msh"', "of geometry|key of geometry"),
    "both": ('builder = "layers"', 'builder = "layers"\nfile = "x.msh"', "exactly one"),
    "builder": ('"layers"', '"layer"', "Did you mean 'layers'"),
    "charge": ('"Na+" = 1', '"Na+" = 1.5', "allowed: a whole number"),
    "formula": ('formula = "Cl-"', 'formula = "Xx-"', "allowed: a chemical formula"),
    "species key": ("formula =", "formla =", "Did you mean 'formula'"),
    "electron": ('"Na+" = 1', '"phi" = 1', "allowed: any text but"),
    "no medium": ('medium = "resin"', 'medium = "rasin"', "Did you mean 'resin'"),
    "medium of itself": ('transport = "water"', 'transport = "resin"', "made of itself"),
    "kind": ('type = "DebyeHueckel", ion_size = "0.4 nm"', 'type = "Donnan"', "not found"),
    "porosity": ("porosity = 0.9", "porosity = 1.9", "at most 1"),
    "porosity 2": ("porosity = 0.4", "porosity = 1.4", "must not exceed 1"),
    "source": ("porosity = 0.9", 'sources = { "Na+" = 3 }', "allowed: a formula"),
    "source unit": ("porosity = 0.9", 'sources = { "Na+" = "= c[\'Na+\']" }', "is in"),
    "velocity": ("porosity = 0.9", "velocity = [1, 2]", "needs a unit"),
    "formula of what is not there": (
        'initial = { "Na+" = "= c0"',
        'initial = { "Na+" = "= phi * 1 [mol/m^3/V]"',
        "'phi', which is not known there",
    ),
    "species in a formula": ("c['Na+'] / c0", "c['Na'] / c0", "Did you mean 'Na"),
    "unit of a formula": ("1 [A/m^2] * sqrt", "1 [A/m^3] * sqrt", "is in .*allowed: A/m"),
    "net charge": ('"Cl-" = "= c0" }\npotential', '"Cl-" = "2 M" }\npotential', "net charge"),
    "negative c": ('"Cl-" = "= c0" }\npotential', '"Cl-" = "-2 M" }\npotential', "greater than 0"),
    "place": ("reaction =", 'where = "rigth"\nreaction =', "Did you mean 'right'"),
    "phase of a law": ('"bath|film"]\ntype', '"bath|flim"]\ntype', "Did you mean 'film'"),
    "apart": ('"bath|film"]\ntype = "Donnan"', '"bath"]\ntype = "Donnan"', "."),
    "blocked": ("blocked = []", 'blocked = ["K+"]', "known: Cl-, Na"),
    "two controls": ("\npotential", '\ncurrent = "0 A"\npotential', "exactly one"),
    "no control": (CONTROL, "", "exactly one"),
    "code": ('type = "DonnanReservoir"', 'type = "laws.py:Mine"', "only with --allow-code"),
    "code 2": ('"= i0"', '"kinetics.py:i0"', "only with --allow-code"),
    "code 3": ('"= i0"', '"/etc/passwd.py:i0"', "only with --allow-code"),
    "laws": ("[laws.left]", "[[laws]]", "key of DonnanReservoir"),
    "reaction": ("Na -> Na+ + e-", "Na = Na+ + e-", "not of the form"),
    "alpha": ("alpha = [0.5, 0.5]", "alpha = [0.5]", r"allowed: \(anodic, cathodic\)"),
    "alpha 2": ("alpha = [0.5, 0.5]", 'alpha = "both"', "allowed: a list"),
    "terminal": ('terminal = { type = "Potential", value = "0 V" }', "", "needs a terminal"),
    "terminal 2": ('{ type = "Potential", value = "0 V" }', '"0 V"', "controls entry '0 V'"),
    "degree": ("degree = 1", "degree = 3", "1 or 2"),
    "linear": ('"FieldSplit"', '"FieldSplits"', "Did you mean 'FieldSplit'"),
    "amg": ("rtol = 1e-6 }", 'amg = "amg" }', "known: gamg, hypre"),
    "options": ("options = {", "options = [1] #", "allowed: a table"),
    "late output": ('"10 s"]', '"11 s"]', "allowed: from 0 to until"),
    "until": ('until = "10 s"\n', "", "until of time missing"),
    "watch": ('"potential left"', '"potental left"', "Did you mean 'potential'"),
    "watch 2": ('"potential left"', '"potential lefft"', "Did you mean 'left'"),
    "flow": ('species = "Na+", where', 'species = "K+", where', "species 'K"),
    "flow 2": ('type = "flow", species = "Na+", ', 'type = "flow", ', "species of flow missing"),
    "pictures": ('pictures = ["phi"]', 'pictures = ["fi"]', "picture 'fi' not found"),
    "streams": ('pictures = ["phi"]', 'pictures = ["streams Na"]', "Did you mean 'streams Na"),
    "title": ('title = "a film', "title = 3 # ", "allowed: text"),
    "closure": ("[solve]", '[closure]\ntype = "Poison"\n[solve]', "Did you mean 'Poisson'"),
    "inert": ("[solve]", "[solve]\n[inert]", "allowed: a list"),
    "limiting": ("[solve]", '[limiting]\nterminal = "x"\n[solve]', "missing"),
    "stages": ("[time]", '[[stages]]\nname = "a"\n[time]', "controls, duration of Stage missing"),
    "electrolyte": ("[media.resin]", '[media.x]\nelectrolyte = "NaCI"\n[media.resin]', "NaCl"),
    "includes": (
        'title = "a film',
        'include = ["gone.toml"] #',
        "include: file 'gone.toml' does not exist",
    ),
    "include": ('title = "a film', "include = 3 #", "allowed: a list of file names"),
    "deep": ("k = 2", "k = " + "{ a = " * 30 + "1" + " }" * 30, "levels"),
}


WHOLE = {
    "": "geometry needs exactly one",
    "media = 3": "media = 3; allowed: a table",
    "laws = 3": "laws = 3; allowed",
    "laws = [3]": "3; allowed: a table with a type",
    "geometry = 'x'": "allowed: a table",
    "species = []": "allowed: a table",
    "time = 3": "allowed: a table",
    "stages = 3": r"allowed: \[\[stages\]\]",
    "stages = [3]": "3; allowed: a table",
    "output = 1": "allowed: a table",
    "solve = 1": "allowed: a table",
    "phases = { a = 1 }": "a = 1; allowed: a table",
    "parameters = 1": "allowed: a table",
    "title = 1979-05-27": "allowed: text",
    "a = 1\n\x00": "not TOML",
    "[a": "not TOML",
    "x = " + "[" * 5000: "not TOML",
}


@pytest.mark.parametrize("text", WHOLE, ids=lambda t: t[:20])
def test_files_that_are_no_case(text):
    assert re.search(WHOLE[text], refused(text))


@pytest.mark.parametrize("name", EDITS)
def test_what_people_get_wrong(name):
    old, new, said = EDITS[name]
    assert old in GOOD
    assert re.search(said, refused(GOOD.replace(old, new, 1)))


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_file():
    text = GOOD.replace("\nh =", "\nhh =").replace("degree = 1", "degre = 1")
    text = text.replace('"Donnan"', '"Donan"').replace('"0.4 nm"', "4")
    lines = refused(text).split("\n")
    assert len(lines) == 4
    assert [int(line.split(":")[1]) for line in lines] == sorted(
        n for n, line in enumerate(text.split("\n"), 1) if re.search("hh =|degre|Donan|= 4,", line)
    )


@pytest.mark.parametrize(
    "change, said",
    [
        ("laws.right.where=rigth", "Did you mean 'right'"),
        ("laws.left", "allowed: key=value"),
        ("=3", "allowed: key=value"),
        ("title.deeper=3", "there is no"),
        ("geometry.h=10", "needs a unit"),
        ("geometri.h=10 um", "Did you mean 'geometry'"),
    ],
)
def test_changes_that_are_refused(change, said):
    with pytest.raises(fm.InputError, match=said):
        check(read(parse(GOOD, changes=[change])))


def test_includes_that_go_in_a_circle(shared_path):
    if MPI.COMM_WORLD.rank == 0:
        for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
            (shared_path / f"{name}.toml").write_text(f'include = ["{other}.toml"]\n')
    MPI.COMM_WORLD.barrier()
    with pytest.raises(fm.InputError, match="goes in a circle"):
        load(shared_path / "a.toml")


def test_python_files_that_fail_are_blamed(shared_path):
    if MPI.COMM_WORLD.rank == 0:
        (shared_path / "bad.py").write_text("import nowhere_to_be_found\n")
        (shared_path / "good.py").write_text("def i0(metal, solution):\n    return 1.0\n")
    MPI.COMM_WORLD.barrier()

    def said(text):
        with pytest.raises(fm.InputError) as error:
            read(parse(GOOD.replace('"= i0"', text), shared_path), allow_code=True)
        return str(error.value)

    assert "fails: ModuleNotFoundError" in said('"bad.py:i0"')
    assert "Did you mean 'i0'" in said('"good.py:i00"')
    assert "does not exist" in said('"gone.py:i0"')
    case = read(parse(GOOD.replace('"= i0"', '"good.py:i0"'), shared_path), allow_code=True)
    assert case.model.laws[2].exchange_current_density(None, None) == 1.0


@pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="starts processes of its own")
@pytest.mark.parametrize("words", [["run"], ["check", "--no-mesh"]])
def test_the_command_ends_with_2_and_leaves_nothing(tmp_path, words):
    (tmp_path / "case.toml").write_text(GOOD.replace('"10 um"', '"10 kg"').replace("h =", "hh ="))
    env = CLEAN | {"PYTHONPATH": str(Path(femion.__file__).parents[1])}
    command = [sys.executable, "-m", "femion", words[0], "case.toml", *words[1:]]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("femion: case.toml:14: geometry.hh: argument") == 0
    assert "femion: case.toml:" in done.stderr and "Did you mean 'h'" in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["case.toml"]
