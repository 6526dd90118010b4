"""What a new user runs first: the README's script and law, and the demos."""

import re
import runpy
from pathlib import Path

import pytest
from mpi4py import MPI

import femion as fm

ROOT = Path(__file__).parents[2]
DEMOS = sorted((ROOT / "demos").glob("*/*.py"))


def snippets():
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


def test_the_smallest_script_gives_the_closed_form(capsys):
    names = {}
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


@pytest.mark.parametrize("demo", DEMOS, ids=lambda p: p.stem)
def test_demos_are_one_page_and_their_books_close(demo):
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


def test_coupling_demo_keeps_to_what_the_cross_term_must_do():
    """i = N_H F in both; N_w and the voltage by integrating the flux law across the membrane.

    phi_a - phi_c = i <L/kappa> + int drag dmu_w/F, drag = 2.5 n/22, ideal water, so the last term
    is (RT/F) (2.5/22) (n_c - n_a) with the full tensor and 0 with the diagonal.
    """
    from femion.units import F, R

    out = runpy.run_path(str(ROOT / "demos/does_coupling_matter/does_coupling_matter.py"))
    s, T, X, found = out["s"], out["T"], out["X"], out["found"]
    i = found["full tensor"][0] * 1e4
    for rows in found.values():
        assert rows[1] == pytest.approx(i / F, rel=1e-9, abs=1e-12)
    ohmic = (
        1e3 * i[-1] * out["L"] * s.mean(lambda q: 1 / (F**2 * out["onsager"](q)[0][0]), "membrane")
    )
    extra = 1e3 * R * T / F * 2.5 / 22 * (out["water"][1] - out["water"][0]) / X
    # P2 on 32 cells, h^4; the first column of currents is 0, where the extra term stands alone
    assert found["full tensor"][3, -1] == pytest.approx(ohmic + extra, rel=1e-5)
    assert found["full tensor"][3, 0] == pytest.approx(extra, rel=1e-5)
    assert found["diagonal only"][3, 0] == pytest.approx(0.0, abs=1e-9 * extra)
    assert found["full tensor"][2, -1] > 0 > found["diagonal only"][2, -1]
    # without the cross term the water does not feel the current
    assert found["diagonal only"][2] == pytest.approx(found["diagonal only"][2, 0], rel=1e-9)
