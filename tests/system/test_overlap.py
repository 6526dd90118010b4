"""Two phases on the same cells: books, text and pictures, alike on any number of ranks."""

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.units import F

L, H = 1e-4, 2e-5
LITHIUM = fm.Species("Li+", 1)


def electrode(voltage=0.0, area="1e6 1/m", comm=MPI.COMM_WORLD, **options):
    """A porous electrode of half the cell, and free liquid beside it; current enters the liquid."""
    liquid = fm.Medium((LITHIUM,), fm.Conductivity({("Li+", "Li+"): 0.5}))
    law = fm.ButlerVolmer("matrix|pores", "Li -> Li+ + e-", 2.0, voltage, stored=("Li",))
    start = {"fixed_charge": -1e3, "initial": {"Li+": 1e3}}
    phases = [
        fm.Phase("pores", liquid, regions=("free", "solid"), **start),
        fm.Phase("matrix", fm.Conductor(5.0), regions=("solid",)),
    ]
    laws = [
        fm.Volumetric(law, area),
        fm.ReversibleElectrode("left", "Li+", current_density=30.0),
        fm.Terminal("right@matrix", potential=0.0),
    ]
    shape = fm.geometry.layers({"free": L / 2, "solid": L / 2}, height=H, h=H / 2)
    return fm.solve(fm.Model(phases, laws), shape, comm=comm, degree=2, **options)


def test_what_leaves_one_phase_enters_the_other():
    s = electrode()
    through = s.current("left")
    assert s.current("pores|matrix") == pytest.approx(through, rel=1e-9)
    assert s.current("matrix|pores") == pytest.approx(-through, rel=1e-9)
    assert s.flow("Li+", "pores|matrix") == pytest.approx(through / F, rel=1e-9)
    assert s.current("right@matrix") == pytest.approx(-through, rel=1e-9)
    eta = s.mean(lambda q: q.phi, "matrix") - s.mean(lambda q: q.phi, "matrix|pores", "pores")
    loss = s.audit.interfaces["matrix|pores"]
    assert 0 < loss < through * abs(eta) * 1.5
    assert s.audit.energy_imbalance < 1e-9
    text = s.summary()
    for word in ("dissipated at matrix|pores", "right@matrix", "dissipated in pores"):
        assert word in text


def test_one_answer_on_any_number_of_ranks():
    ours, alone = electrode(), electrode(comm=MPI.COMM_SELF)
    assert ours.potential("left") == pytest.approx(alone.potential("left"), rel=1e-9)
    losses = [s.audit.interfaces["matrix|pores"] for s in (ours, alone)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-9)
    split = electrode(linear=fm.FieldSplit())
    assert split.potential("left") == pytest.approx(alone.potential("left"), rel=1e-7)


@pytest.mark.parametrize("voltage", [0.0, 4.2, -3.0])
def test_first_guess_knows_the_electrode_potential(voltage):
    """Only the difference to U counts, and Newton has no further to go."""
    s = electrode(voltage)
    assert len(s.path.attempts) == 1
    assert s.potential("left") + voltage == pytest.approx(electrode().potential("left"), rel=1e-9)


def test_area_may_depend_on_position():
    same = electrode(area=lambda x: 1e6 + 0 * x[0])
    assert same.potential("left") == pytest.approx(electrode().potential("left"), rel=1e-9)
    graded = electrode(area=lambda x: 4e6 * (x[0] - L / 2) / L)
    assert graded.audit.energy_imbalance < 1e-9
    assert graded.current("pores|matrix") == pytest.approx(graded.current("left"), rel=1e-9)


def test_pictures_show_both_phases(shared_path):
    s = electrode()
    picture = fm.plot.profile(s, ["phi"], shared_path / "profile.png", points=11)
    inside = picture.data["x"] > 0.6 * L
    for phase in ("matrix", "pores"):
        assert np.isfinite(picture.data["phi"][inside & (picture.data["phase"] == phase)]).all()
    fm.plot.fields(s, ["phi", "Li+"], shared_path / "fields.png")
    with pytest.raises(fm.InputError, match="pores, matrix share cells; name what to draw"):
        fm.plot.scene(s, "phi", shared_path / "scene.png")
    fm.plot.scene(s, "phi", shared_path / "scene.png", phases=["matrix"])
    if MPI.COMM_WORLD.rank == 0:
        for name in ("profile", "fields", "scene"):
            assert (shared_path / f"{name}.png").stat().st_size > 5000
