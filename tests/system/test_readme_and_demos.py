"""What a new user runs first: the README's script and law, and the demos."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.units import F, R

ROOT = Path(__file__).parents[2]
DEMOS = sorted(p for p in (ROOT / "demos").glob("*/*.py") if p.stem == p.parent.name)


def snippets():
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


def test_the_smallest_script_gives_the_closed_form(capsys):
    names = {}
    assert len(snippets()) == 3  # each has a test below
    exec(compile(snippets()[0], "README.md", "exec"), names)
    stated = re.search(r"closed form: (\S+) mV", snippets()[0])[1]
    # a P2 mesh of 40 cells: the fluxes converge with h^4, the text has three decimals
    assert 1000 * names["s"].potential("right") == pytest.approx(float(stated), abs=1e-3)
    assert ("membrane potential" in capsys.readouterr().out) == (MPI.COMM_WORLD.rank == 0)


def test_the_law_of_your_own_works():
    names = {"fm": fm}
    exec(compile(snippets()[1], "README.md", "exec"), names)
    Na, Cl = fm.Species("Na+", 1), fm.Species("Cl-", -1)
    water = fm.Medium([Na, Cl], fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
    D_salt = 2 * 1.334e-9 * 2.032e-9 / (1.334e-9 + 2.032e-9)
    B, L = 1e-6, 1e-4
    ends = [
        fm.Reservoir("left", {"Na+": 100.0, "Cl-": 100.0}, potential=0),
        fm.Reservoir("right", {"Na+": 20.0, "Cl-": 20.0}, potential=0),
    ]
    model = fm.Model(
        [fm.Phase("a", water), fm.Phase("b", water)], [*ends, names["Permeation"]("a|b", B)]
    )
    s = fm.solve(model, fm.geometry.layers({"a": L, "b": L}, height=L, h=L / 10), degree=2)
    exact = 80.0 / (2 * L / D_salt + 1 / B)  # two films and the membrane in series
    assert s.flow("Na+", "a|b") / L == pytest.approx(exact, rel=1e-6)
    assert s.flow("Cl-", "right") == pytest.approx(-s.flow("Cl-", "left"), rel=1e-9)


def test_the_programme_runs():
    names = {"fm": fm}
    exec(compile(snippets()[2], "README.md", "exec"), names)
    Li = fm.Species("Li+", 1)
    salt = fm.Medium([Li], fm.Conductivity({("Li+", "Li+"): 1.0}))
    start = {"Li+": 1e3}
    cell = fm.Phase("cell", salt, fixed_charge=-1e3, initial=start, regions=("slab",))
    ends = [
        fm.ReversibleElectrode("left", "Li+", potential=0.0),
        fm.ReversibleElectrode("right", "Li+", current=0.0),
    ]
    stages = [
        fm.Stage(g.name, dict(zip(["right"], g.controls.values(), strict=True)), g.duration)
        for g in names["stages"]
    ]
    c = fm.cycle(fm.Model([cell], ends), fm.geometry.slab(1e-4, 4, region="slab"), stages)
    density = c.trajectories[1].last.current("right") / c.last.site("right").area
    assert density == pytest.approx(4.2 / 1e-4, rel=1e-9)  # Ohm's law: 1 S/m over 100 um
    assert c.last.potential("right") == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("demo", DEMOS, ids=lambda p: p.stem)
def test_demos_are_one_page_and_their_books_close(demo, monkeypatch):
    monkeypatch.syspath_prepend(demo.parent)  # as for a script
    text = re.sub(r'\A""".*?"""', "", demo.read_text(), flags=re.S)
    lines = [x for x in text.splitlines() if x.strip() and not x.strip().startswith("#")]
    assert len(lines) <= 40
    s = runpy.run_path(str(demo))["s"]
    assert max(s.audit.imbalance.values()) < 1e-9
    assert s.audit.energy_imbalance < 1e-9
    if MPI.COMM_WORLD.rank == 0:
        assert len(list((demo.parent / "out").glob("*.png"))) >= 2


def test_electrodialysis_parts_sum_to_the_voltage():
    out = runpy.run_path(str(ROOT / "demos/electrodialysis/electrodialysis.py"))
    s = out["s"]
    split = fm.metrics.voltage_split(s, out["path"])
    assert sum(split.values()) == pytest.approx(s.potential("right"), rel=1e-9)
    assert s.current("right") == pytest.approx(out["limit"] / 2, rel=1e-10)
    for face in out["path"][1:-1]:
        t = [fm.metrics.transport_number(s, i.name, face) for i in out["ions"]]
        assert sum(t) == pytest.approx(1.0, rel=1e-12)


def test_coupling_demo_gives_what_integrating_the_flux_law_gives():
    """phi_a - phi_c = i int dx/kappa + int drag dmu_w/F, N_w = drag i/F - D dc/dx.

    With drag = 2.5 n/22 and ideal water the second term is (RT/F) (2.5/22) (n_c - n_a); with the
    diagonal it is absent, and the water does not feel the current.
    """
    out = runpy.run_path(str(ROOT / "demos/does_coupling_matter/does_coupling_matter.py"))
    T, X, full, alone = out["T"], out["X"], *out["found"].values()
    i = 1e4 * full[0]
    for rows in (full, alone):
        assert rows[1] == pytest.approx(i / F, rel=1e-9, abs=1e-12)
    extra = 1e3 * R * T / F * 2.5 / 22 * (out["water"][1] - out["water"][0]) / X  # [mV]
    # P2 on 32 cells, h^4; the integral below is the trapezoidal rule on 400 points, h^2 = 6e-6
    for (name, profile), more in zip(out["profiles"].items(), (extra, 0.0), strict=True):
        kappa = (0.5139 * profile["H2O"] / X - 0.326) * np.exp(1268 * (1 / 303 - 1 / T))
        ohmic = 1e3 * i[-1] * np.trapezoid(1 / kappa, profile["s"])
        lost = out["found"][name][3]
        assert lost[-1] == pytest.approx(ohmic + more, rel=1e-5)
        assert lost[0] == pytest.approx(more, rel=1e-5, abs=1e-9)
    assert full[2, -1] > 0 > alone[2, -1]
    assert alone[2] == pytest.approx(alone[2, 0], rel=1e-9)


def test_limiting_currents_are_the_closed_forms(monkeypatch):
    folder = ROOT / "demos/limiting_currents"
    monkeypatch.syspath_prepend(folder)
    out = runpy.run_path(str(folder / "limiting_currents.py"))
    for limit, lost, exact, computed, sand in out["found"].values():
        assert limit > 0
        # quadratic elements: h^4 of a logarithm whose scale is 2 % of 60 cells
        assert lost == pytest.approx(exact, rel=1e-3)
        assert computed == pytest.approx(sand, rel=1e-3)  # the march's own tolerance is 1e-4
