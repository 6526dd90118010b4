"""Plug-ins of other packages: found by entry points, listed by the command line, blamed by name."""

import re
import sys
from pathlib import Path

import pytest
from mpi4py import MPI

import femion as fm
from femion.case import parse, read
from femion.cli import app, guarded

DEMO = Path(__file__).parents[2] / "demos/own_law"
METADATA = "Metadata-Version: 2.1\nName: somebody-else\nVersion: 1.0\n"
ENTRIES = """
[femion.laws]
Carrier = langmuir:Carrier
Lost = a_module_that_is_not_there:Law
Number = math:pi
[femion.geometry]
tube = somebodys_shapes:tube
[femion.transport]
Dilute = somebodys_shapes:Dilute
"""
SHAPES = '''
def tube(length) -> "Geometry":
    """A tube."""

class Dilute:
    """Their own dilute solution."""
    def check(self, species): ...
    def onsager(self, s): ...
'''


@pytest.fixture
def somebody(shared_path, monkeypatch):
    """A package that is installed as far as Python can tell, with a law and three flaws."""
    info = shared_path / "somebody_else-1.0.dist-info"
    if MPI.COMM_WORLD.rank == 0:
        info.mkdir()
        (info / "METADATA").write_text(METADATA)
        (info / "entry_points.txt").write_text(ENTRIES)
        (shared_path / "somebodys_shapes.py").write_text(SHAPES)
    MPI.COMM_WORLD.barrier()
    monkeypatch.syspath_prepend(str(DEMO))
    monkeypatch.syspath_prepend(str(shared_path))
    yield
    for name in ("somebodys_shapes", "langmuir"):
        sys.modules.pop(name, None)


def test_a_law_of_another_package_is_found_and_works(somebody):
    Carrier = fm.plugins.find("laws", "Carrier")
    water = fm.Medium(
        [fm.Species("K+", 1), fm.Species("Cl-", -1)], fm.Dilute({"K+": 2e-9, "Cl-": 2e-9})
    )
    laws = [
        Carrier("a|b", "K+", "Cl-", 1e-4, "50 mM"),
        fm.Reservoir("left", {"K+": 100.0, "Cl-": 100.0}, potential=0.0),
        fm.Reservoir("right", {"K+": 1.0, "Cl-": 1.0}, potential=0.0),
    ]
    model = fm.Model([fm.Phase("a", water), fm.Phase("b", water)], laws)
    s = fm.solve(model, fm.geometry.layers({"a": 1e-5, "b": 1e-5}, height=1e-5, h=5e-6))
    assert s.flow("K+", "a|b") > 0
    assert s.audit.energy_imbalance < 1e-9


def test_a_case_file_takes_it_by_its_name(somebody):
    text = (DEMO / "case.toml").read_text().replace("langmuir.py:Carrier", "Carrier")
    text = re.sub("transport = .*", 'electrolyte = "KCl"', text)  # their Dilute is not ours
    carrier = read(parse(text)).model.laws[0]
    assert isinstance(carrier, fm.plugins.find("laws", "Carrier"))
    assert (carrier.where, carrier.K) == ("feed|strip", pytest.approx(50.0))
    with pytest.raises(fm.InputError, match=r"case.toml:\d+: laws.feed\|strip.*'Lost'.*be loaded"):
        read(parse(text.replace('"Carrier"', '"Lost"')))


def test_the_list_marks_plugins_and_says_what_is_wrong_with_broken_ones(somebody, capsys):
    assert guarded(lambda: app(["laws"], standalone_mode=True)) == 0
    text = capsys.readouterr().out
    if MPI.COMM_WORLD.rank:
        assert text == ""
        return
    lines = {line.split()[0]: line for line in text.splitlines() if line.startswith("  ")}
    assert lines["Carrier"].endswith("[plug-in of somebody-else]")
    assert "Facilitated transport" in lines["Carrier"]
    assert lines["tube"].endswith("A tube.  [plug-in of somebody-else]")
    assert "cannot be loaded: ModuleNotFoundError" in lines["Lost"]
    assert "is not a class with transfers(a, b) or constraints(a, b)" in lines["Number"]
    for own in ("ButlerVolmer", "Donnan", "StefanMaxwell", "Pitzer", "half_cell"):
        assert "plug-in" not in lines[own]


def test_broken_and_ambiguous_names_are_refused(somebody):
    with pytest.raises(fm.FemionError, match=r"'Lost' of somebody-else .* cannot be loaded"):
        fm.plugins.find("laws", "Lost")
    with pytest.raises(fm.InputError, match="several packages: femion, somebody-else"):
        fm.plugins.find("transport", "Dilute")
    with pytest.raises(fm.InputError, match=r"'Carier' not found.*Did you mean 'Carrier'"):
        fm.plugins.find("laws", "Carier")
    with pytest.raises(fm.InputError, match="kind of plug-in 'law' not found"):
        fm.plugins.installed("law")


def test_without_plugins_everything_is_femions_own():
    for kind in fm.plugins.KINDS:
        own = [e for e in fm.plugins.installed(kind) if e.package == "femion"]
        assert own and all(e.summary != "?" for e in own)
    assert fm.plugins.find("laws", "Donnan") is fm.Donnan


def test_the_demo_is_a_law_of_at_most_25_lines():
    assert len((DEMO / "langmuir.py").read_text().splitlines()) <= 25
