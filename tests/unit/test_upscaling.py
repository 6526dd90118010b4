"""Effective properties: the same on any number of ranks, refusals in one sentence, bounds."""

import math

import numpy as np
import pytest
from cases import electrode, electrode_model
from mpi4py import MPI

import femion as fm
from femion.errors import InputError
from femion.upscaling import effective, hashin_shtrikman, onsager, through_plane, wiener

OPEN = {"pores": 1.0, "particles": 0.0}
UM = 1e-6


@pytest.fixture(scope="module")
def square():
    """A periodic cell on all ranks, and on each alone."""
    cell = fm.geometry.array("square", 0.5, constant=10 * UM, h=0.15)
    return fm.mesh(cell), fm.mesh(cell, MPI.COMM_SELF)


def salt(name, L):
    ions = fm.Species("Na+", 1), fm.Species("Cl-", -1)
    medium = fm.Medium(ions, fm.UserTransport(lambda s: L))
    return fm.Phase(name, medium, initial={"Na+": 100.0, "Cl-": 100.0})


@pytest.mark.parametrize("inside", [0.0, 10.0, math.inf, [[2.0, 1.0], [1.0, 3.0]]])
def test_same_tensor_on_every_number_of_ranks(square, inside):
    together, alone = (effective(d, {"pores": 1.0, "particles": inside}) for d in square)
    np.testing.assert_allclose(together.tensor, alone.tensor, rtol=1e-9, atol=1e-9)
    assert together.porosity == pytest.approx(alone.porosity, rel=1e-12)
    assert together.specific_area == pytest.approx(alone.specific_area, rel=1e-12)
    assert together.imbalance < 1e-9


def test_same_onsager_tensor_in_space_on_every_number_of_ranks():
    cell = fm.geometry.array("sc", 0.3, constant=10 * UM, h=0.25)
    phases = [salt("pores", [[2.0, 0.5], [0.5, 3.0]]), salt("particles", [[1.0, 0], [0, 0.1]])]
    together, alone = (
        onsager(fm.mesh(cell, comm), phases, degree=1) for comm in (MPI.COMM_WORLD, MPI.COMM_SELF)
    )
    np.testing.assert_allclose(together.tensor, alone.tensor, rtol=1e-9, atol=1e-9)
    L = together.tensor.transpose(0, 2, 1, 3).reshape(6, 6)
    np.testing.assert_allclose(L, L.T, atol=1e-9)
    assert np.linalg.eigvalsh(L)[0] > 0


def test_multigrid_gives_what_lu_gives_on_any_ranks(square, monkeypatch):
    exact = effective(square[0], {"pores": 1.0, "particles": 0.01})
    monkeypatch.setattr("femion.solvers.definite.DIRECT_BELOW", {2: 0, 3: 0})
    found = effective(square[0], {"pores": 1.0, "particles": 0.01})
    np.testing.assert_allclose(found.tensor, exact.tensor, rtol=1e-9, atol=1e-9)


def test_numbers_of_a_cell_belong_together(square):
    found = effective(square[0], OPEN)
    np.testing.assert_allclose(found.macmullin @ found.relative, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(found.tortuosity, found.porosity * found.macmullin)
    assert found.formation_factor == pytest.approx(found.macmullin[0, 0], rel=1e-6)
    # a circle of 64 chords or more; mirror planes make faces at a potential no different
    assert found.specific_area["pores|particles"] == pytest.approx(
        2 * math.sqrt(0.5 * math.pi) / (10 * UM), rel=0.02
    )
    face = through_plane(square[0], OPEN, "yx")
    assert np.diag(face.tensor) == pytest.approx(np.diag(found.tensor)[::-1], rel=1e-3)


def test_closed_pores_do_not_conduct(square):
    found = effective(square[0], {"particles": 2.0, "pores": 0.0})
    assert np.abs(found.tensor).max() < 1e-12
    assert np.isinf(found.formation_factor) and np.isinf(np.diag(found.tortuosity)).all()


def test_holes_are_insulators_with_a_surface(square):
    cell = fm.geometry.array("square", 0.5, constant=10 * UM, h=0.15, regions=("pores", ""))
    holes, filled = effective(cell, {"pores": 1.0}), effective(square[0], OPEN)
    np.testing.assert_allclose(holes.tensor, filled.tensor, rtol=1e-2, atol=1e-3)
    (area,) = holes.specific_area.values()
    assert area == pytest.approx(filled.specific_area["pores|particles"], rel=1e-2)


def test_a_layer_in_series_is_taken_off():
    cell = fm.geometry.layers({"open": 2.0, "layer": 3.0}, height=1.0, h=0.5)
    layer = fm.upscaling.Layer(3.0, porosity=0.5, in_series=2.0)
    found = through_plane(cell, {"open": 1.0, "layer": 0.25}, layer=layer, degree=1)
    assert found.macmullin[0, 0] == pytest.approx(4.0, rel=1e-10)
    assert found.tortuosity[0, 0] == pytest.approx(2.0, rel=1e-10)


def test_bounds_are_closed_forms():
    assert hashin_shtrikman((0.6, 0.4), (1.0, 0.0), 3)[1] == pytest.approx(0.5)  # Maxwell
    assert hashin_shtrikman((0.6, 0.4), (1.0, math.inf), 3) == (pytest.approx(3.0), math.inf)
    assert hashin_shtrikman((0.5, 0.5), (1.0, 0.0), 2) == (0.0, pytest.approx(1 / 3))
    assert wiener((0.5, 0.5), (1.0, 3.0)) == (pytest.approx(1.5), pytest.approx(2.0))
    assert hashin_shtrikman((0.0, 1.0), (5.0, 2.0)) == (pytest.approx(2.0), pytest.approx(2.0))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pores": 1.0}, "region 'particles' has no conductivity"),
        ({"pores": 1.0, "particle": 0.0}, "Did you mean 'particles'"),
        ({"pores": 1.0, "particles": -1.0}, "conductivity of region 'particles' = -1"),
        ({"pores": 1.0, "particles": [[1.0, 2.0], [0.0, 1.0]]}, "not symmetric"),
        ({"particles": 0.0, "pores": 1.0}, "is the reference"),
        ({"particles": 1.0, "pores": math.inf}, "a perfect conductor reaches through"),
    ],
)
def test_bad_conductivities_are_one_sentence(square, given, message):
    with pytest.raises(InputError, match=message):
        effective(square[0], given)


def test_other_bad_input_is_one_sentence(square):
    with pytest.raises(InputError, match="a perfect conductor reaches through"):
        through_plane(square[0], {"particles": 1.0, "pores": math.inf})
    with pytest.raises(InputError, match="faces across x differ"):
        effective(fm.geometry.packing((30 * UM, 30 * UM), 5 * UM, 0.3), OPEN)
    with pytest.raises(InputError, match="axes = 'z'"):
        through_plane(square[0], OPEN, "z")
    other = fm.Phase(
        "particles", salt("x", [[1.0, 0], [0, 1.0]]).medium, initial={"Na+": 1.0, "Cl-": 9.0}
    )
    with pytest.raises(InputError, match="not in equilibrium"):
        onsager(square[0], [salt("pores", [[1.0, 0], [0, 1.0]]), other])
    with pytest.raises(InputError, match="is singular"):
        onsager(square[0], [salt("pores", [[1.0, 1.0], [1.0, 1.0]])])


def test_tortuosity_of_an_electrode_is_that_of_its_own_layer():
    cell = fm.mesh(electrode())
    s = fm.solve(electrode_model(), cell)
    open_cell = through_plane(cell, {"separator": 1, "pores": 1, "particles": 0}, degree=1)
    assert fm.metrics.tortuosity(s, "electrolyte") == pytest.approx(open_cell.tortuosity[0, 0])
    porosity = (50 * open_cell.porosity - 10) / 40  # 10 um of separator before 40 um
    layer = fm.upscaling.Layer(40 * UM, porosity, 10 * UM)
    expected = through_plane(
        cell, {"separator": 1, "pores": 1, "particles": 0}, layer=layer, degree=1
    )
    found = fm.metrics.tortuosity(s, "electrolyte", ["pores", "particles"])
    assert found == pytest.approx(expected.tortuosity[0, 0], rel=1e-9)
    with pytest.raises(InputError, match="Did you mean 'electrolyte'"):
        fm.metrics.tortuosity(s, "electrolite")
