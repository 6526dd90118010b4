"""Elastic phases: what is refused, and what can be read."""

import numpy as np
import pytest

import femion as fm
from femion.verify.mechanics import C0, L, alone, box, host

RT = 8.31446261815324 * 298.15
ION = fm.Species("A", 0)


def plate(laws, **phase):
    medium = fm.Medium([ION], fm.Dilute({"A": 1e-14}))
    stated = {"energies": [host()]} | phase
    phases = [fm.Phase(n, medium, initial={"A": C0}, **stated) for n in ("a", "b")]
    sides = {"a": ("below", "above"), "b": ("low", "high")}
    where = fm.geometry.layers({"a": L, "b": L}, height=L, h=L / 2, side_names=sides)
    return fm.Problem(fm.Model(phases, laws), fm.mesh(where))


BONDED = fm.Bonded("a|b")
REFUSED = {
    "nothing held": ([BONDED], "keeps phase 'a', 'b' from "),
    "only x": ([BONDED, fm.Displacement("left", x=0.0)], "from moving along y; give a boundary"),
    "turning": (
        [BONDED, fm.Displacement("below", x=0.0), fm.Displacement("right", y=0.0)],
        "keeps phase 'a', 'b' from turning about z",
    ),
    "second body": ([fm.Displacement("left", x=0.0, y=0.0)], "keeps phase 'b' from "),
    "force along z in 2D": (
        [BONDED, fm.Displacement("left", x=0.0, y=0.0), fm.Traction("right", z=1.0)],
        "gives z; the mesh has only x, y",
    ),
    "z in 2D": ([BONDED, fm.Displacement("left", z=0.0)], "gives z; the mesh has only x, y"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_rigid_motion_is_refused(name):
    laws, message = REFUSED[name]
    with pytest.raises(fm.InputError, match=message):
        plate(laws)


@pytest.mark.parametrize(
    "laws",
    [
        [BONDED, fm.Displacement("left", x=0.0, y=0.0)],
        [BONDED, fm.Displacement("left", x=0.0), fm.Displacement("low", y=0.0)],
    ],
)
def test_held_bodies_are_accepted(laws):
    assert {"u_x", "u_y"} <= set(plate(laws).blocks["a"].component)


def test_not_elastic():
    with pytest.raises(fm.InputError, match=r"Traction.*'a' is not elastic; give it energies"):
        plate([fm.Traction("left", x=1.0)], energies=[])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fm.Elastic(0.0, 0.3, {}), "young_modulus of Elastic"),
        (lambda: fm.Elastic(1e9, 0.5, {}), "poisson_ratio of Elastic = 0.5; allowed: above -1"),
        (lambda: fm.Elastic("1 m", 0.3, {}), "young_modulus"),
        (lambda: fm.Traction("x1", x="1 m"), "x of Traction"),
        (lambda: fm.Traction("x1"), "gives no component; allowed: at least one of x, y, z"),
        (lambda: fm.GradientEnergy({"A": -1.0}), r"kappa\['A'\] of GradientEnergy"),
    ],
)
def test_numbers(make, message):
    with pytest.raises(fm.InputError, match=message):
        make()


STRANGERS = [fm.Elastic(1e9, 0.3, {"B": 1e-6}), fm.GradientEnergy({"B": 1.0})]


@pytest.mark.parametrize("energy", STRANGERS)
def test_species(energy):
    with pytest.raises(fm.InputError, match="'B' not found; known: A"):
        fm.Phase("box", alone(1e-14), energies=[energy])


def test_pictures_of_the_displacement(shared_path):
    s = box([], 1.5 * C0, 2)
    assert fm.plot.fields(s, ["A", "u_x"], shared_path / "u.png").exists()
    table = shared_path / "u.csv"
    found = fm.plot.profile(s, ["A", "u_x"], shared_path / "line.png", csv=table)
    stretch = 1.3 * 3.5e-6 * 0.5 * C0 / 3
    assert np.allclose(found.data["u_x"], stretch * found.data["x"], atol=1e-12 * L)
    assert "u_x [m]" in table.read_text().splitlines()[0]


def test_bending_by_a_traction_that_varies():
    """Pure bending in plane strain, sigma_xx = s (2y/L - 1): P2 has the exact solution."""
    top = 1e7
    phase = fm.Phase("box", alone(1e-14), initial={"A": C0}, energies=[fm.Elastic(7e10, 0.3, {})])
    where = fm.geometry.slab(2 * L, 4, height=L, cells_y=2, region="box")
    flexible, narrow = (1 - 0.3**2) / 7e10 * top, 0.3 * 1.3 / 7e10 * top
    laws = [
        fm.Traction("right", x=lambda x: top * (2 * x[1] / L - 1)),
        fm.Displacement("left", x=0.0, y=lambda x: -narrow * (x[1] ** 2 / L - x[1])),
    ]
    s = fm.solve(fm.Model([phase], laws), where, degree=2)
    exact = -flexible * (2 * L) ** 2 / L + narrow * L / 6
    assert s.mean(lambda q: q.extra["u_y"], "right") == pytest.approx(exact, rel=1e-9)


def test_stress_is_read_by_the_energy_itself():
    s = box([fm.Traction("x1", x=1e8)], C0)
    assert s.mean(lambda q: host().stress(q)[0, 0], "x1") == pytest.approx(1e8, rel=1e-9)
    assert s.mean(lambda q: host().hydrostatic(q), "box") == pytest.approx(1e8 / 3, rel=1e-9)


def test_two_domains_coexist_on_any_number_of_ranks():
    """A closed box within the spinodal: G falls, matter stays, both binodals are found."""
    width, c_max = L / 30, 2e4
    sites = fm.LatticeGas({"A": c_max}, {"A": 3 * RT})
    medium = fm.Medium([ION], fm.Dilute({"A": 1e-14}), sites)
    start = {"A": lambda x: c_max * (0.5 - 0.3 * np.tanh((x[0] - 0.4 * L) / (2 * width)))}
    edge = fm.GradientEnergy({"A": RT * width**2 / c_max})
    phase = fm.Phase("box", medium, initial=start, energies=[edge])
    where = fm.geometry.slab(L, 60, height=L / 4, cells_y=4, region="box")
    watch = {"G": fm.metrics.free_energy}
    t = fm.march(fm.Model([phase], []), where, until=1e2, rtol=1e-3, watch=watch)
    assert np.diff(t.history["G"]).max() <= 1e-9 * np.ptp(t.history["G"])
    assert t.imbalance["A"] < 1e-9
    low, high = (c / c_max for c in t.last.extremes("A", "box"))
    # P1 with two cells per sqrt(kappa): second order
    assert low == pytest.approx(0.0707202, rel=(0.5) ** 2 / 12)
    assert high == pytest.approx(0.9292798, rel=(0.5) ** 2 / 12)
