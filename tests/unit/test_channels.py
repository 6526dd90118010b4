"""Nets, boundary layers, empty channels, round pores, and what is extruded, revolved, repeated."""

import math

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.domain import mesh
from femion.errors import InputError
from femion.geometry.bodies import Wave
from femion.geometry.quality import simplices
from femion.geometry.swept import read

NET = {"diameter": 0.5e-3, "spacing": 2e-3, "first_cell": 0.25e-3, "h": 0.4e-3}
FLAT = {"height": 1e-3, "diameter": 0.5e-3, "spacing": 2e-3, "filaments": 2, "layer": 0.1e-3}


def built(geometry):
    """Its Domain and report; every exterior facet has a name, so neighbours fit."""
    from dolfinx.mesh import exterior_facet_indices

    domain = mesh(geometry)
    topology = domain.mesh.topology
    named = domain.facets.indices < topology.index_map(domain.tdim - 1).size_local
    assert np.array_equal(
        np.sort(exterior_facet_indices(topology)), np.sort(domain.facets.indices[named])
    )
    return domain, fm.geometry.report(domain)


def opposite(found, axis, ends):
    """Largest distance of the nodes of one end from those of the other, over the length."""
    low, high = (found.points[np.unique(found.boundaries[name])] for name in ends)
    period = np.ptp(found.points[:, axis])
    assert len(low) == len(high)
    apart = np.linalg.norm(
        low[:, None] + np.eye(found.points.shape[1])[axis] * period - high, axis=2
    )
    return max(apart.min(axis=0).max(), apart.min(axis=1).max()) / period


@pytest.mark.parametrize("kind", ["ladder", "woven"])
def test_nets_repeat_and_stand_in_a_row(kind):
    one = read(fm.geometry.spacer_net(kind, **NET))
    for axis, ends in ((0, ("inlet", "outlet")), (1, ("front", "back"))):
        assert opposite(one, axis, ends) < 1e-9
    shape = {"ends": ("in", "out"), "sides": ("left", "right")}
    _, row = built(fm.geometry.spacer_net(kind, **NET, cells=(2, 3), **shape))
    assert row.cells == 6 * len(one.regions["channel"])
    channel = simplices(one.points[one.regions["channel"]])[0].sum()
    assert row.regions["channel"].meshed == pytest.approx(6 * channel, rel=1e-9)
    for name, old, times in (("in", "inlet", 3), ("left", "front", 2), ("top", "top", 6)):
        x = one.points[one.boundaries[old]]
        areas = np.linalg.norm(np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0]), axis=1) / 2
        assert row.boundaries[name].meshed == pytest.approx(times * areas.sum(), rel=1e-9)


def test_a_wave_knows_its_surface_and_volume():
    import gmsh

    crest, along = np.array([1.0, 2.0, 0.5]), np.array([0.6, 0.8, 0.0])
    wave = Wave(crest, along, half=4.0, low=0.92, r=0.5, bend=1.0, reach=(-2, 1))
    straight = (wave.half - 2 * math.sin(wave.slope)) / math.cos(wave.slope)
    axis = 4 * 2 * wave.slope + 3 * straight  # of four arcs and three lines
    with fm.geometry.mesh_model(fm.geometry.Geometry("wave", 3, lambda: None)):
        tag = wave.add(3)
        gmsh.model.occ.synchronize()
        assert gmsh.model.occ.getMass(3, tag) == pytest.approx(math.pi / 4 * axis, rel=1e-9)
        assert not [e for e in gmsh.model.getEntities() if e[0] == 3 and e[1] != tag]
        gmsh.option.setNumber("Mesh.MeshSizeMax", 0.3)
        gmsh.model.mesh.generate(2)
        x = np.reshape(gmsh.model.mesh.getNodes()[1], (-1, 3))
    s = (x - crest) @ along
    side = np.abs(s + 2) < 5.9  # not on the two caps
    assert side.sum() > 300
    assert np.abs(wave.distance(x[side])).max() < 1e-9


@pytest.mark.parametrize("kind", ["cavity", "zigzag", "submerged"])
def test_layers_have_the_first_cell_and_few_cells(kind):
    geometry = fm.geometry.spacer_channel(kind, **FLAT, first_cell=5e-6, periodic=True)
    _, found = built(geometry)
    assert found.cells < 8000  # with equal sides: (L/5e-6)/2 along each wall alone
    for name in ("bottom", "top", "spacer"):
        low, high = found.heights[name]
        # oblique where a filament enters a wall, at acos(0.84) = 33 degrees
        assert 5e-6 * math.sin(math.acos(0.84)) < low and high < 7e-6
    assert found.least >= geometry.floor > 0
    assert opposite(read(geometry), 0, ("inlet", "outlet")) < 1e-9


def test_the_first_cell_follows_from_a_length_and_a_number():
    shape = FLAT | {"filaments": 1, "growth": 1.5}
    geometry = fm.geometry.spacer_channel("submerged", **shape, first_cell=("40 um", 4))
    _, found = built(geometry)
    first = 40e-6 / (1 + 1.5 + 1.5**2 + 1.5**3)
    assert found.heights["top"] == pytest.approx((first, first), rel=1e-6)
    assert geometry.info["resolved"] == pytest.approx(40e-6)
    assert any("4e-05 m" in line for line in found.lines())


def test_filaments_stand_where_they_are_put():
    shape = {"height": 1.0, "diameter": 0.4, "spacing": 2.0, "filaments": 2, "layer": 0.03}
    geometry = fm.geometry.spacer_channel(
        "submerged", **shape, heights=(0.3, 0.7), before=1.0, behind=3.0
    )
    found = read(geometry)
    x = found.points[np.unique(found.boundaries["spacer"])]
    for centre in ((2.0, 0.3), (4.0, 0.7)):  # as in the spacer channel of reference 07f
        near = np.linalg.norm(x - centre, axis=1)
        assert (np.abs(near - 0.2) < 1e-9).sum() == len(x) / 2
    assert found.points[:, 0].max() == pytest.approx(8.0)


def test_empty_channels_are_exact_and_thin_at_the_walls():
    shape = {"length": 1e-2, "height": 1e-3, "first_cell": 5e-6, "h": 2e-4, "h_along": 1e-3}
    for width, unit in ((None, 1.0), (2e-3, 2e-3)):
        geometry = fm.geometry.channel(**shape, width=width, h_inlet=1e-4)
        _, found = built(geometry)
        assert found.regions["channel"].error == pytest.approx(0, abs=1e-12)
        assert found.boundaries["top"].meshed == pytest.approx(1e-2 * unit, rel=1e-9)
        assert found.heights["bottom"] == pytest.approx((5e-6, 5e-6), rel=1e-6)
        assert found.heights["inlet"] == pytest.approx((1e-4, 1e-4), rel=1e-6)


@pytest.mark.parametrize("angle", [45.0, 360.0])
def test_round_pores_have_exact_volumes(angle):
    shape = {"length": 5e-8, "radius": (5e-9, 1e-8), "reservoir": 4e-8, "h": 1e-8}
    domain, found = built(fm.geometry.nanopore(**shape, around=5, angle=angle))
    for measure in found.regions.values():
        assert measure.error == pytest.approx(0, abs=1e-12)
    assert {"pore_wall", "left_face", "right_face"} < set(domain.boundaries)
    assert ("symmetry" in domain.boundaries) == (angle < 360)
    over = math.radians(angle) / 5
    chord = math.sqrt(over / math.sin(over)) * math.sin(over / 2) / (over / 2)
    assert found.boundaries["pore_wall"].error == pytest.approx(chord - 1, rel=0.1)


def test_extruded_measures_are_exact_and_only_flat_things_are_swept():
    flat = fm.geometry.hull_cell(h="20 mm")
    _, found = built(fm.geometry.extruded(flat, "50 mm", 3, ends=("floor", "floor")))
    exact = flat.info["measure.electrolyte"]
    assert found.regions["electrolyte"].meshed == pytest.approx(0.05 * exact, rel=1e-12)
    assert found.boundaries["cathode"].error == pytest.approx(0, abs=1e-12)
    assert found.boundaries["floor"].meshed == pytest.approx(2 * exact, rel=1e-12)
    with pytest.raises(InputError, match="allowed: a geometry in 2D"):
        fm.geometry.extruded(fm.geometry.extruded(flat, 1.0, 1), 1.0, 1)


def test_parameter_files_sweep(shared_path):
    file = shared_path / "pipe.toml"
    if MPI.COMM_WORLD.rank == 0:
        file.write_text('builder = "slab"\nlength = 1.0\ncells = 2\n[revolved]\ncells = 4\n')
    MPI.COMM_WORLD.barrier()
    _, found = built(fm.geometry.from_toml(file))
    assert found.regions["electrolyte"].meshed == pytest.approx(math.pi / 4 * 0.25, rel=1e-12)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: fm.geometry.spacer_net("woven", diameter=1.0, spacing=1.5), "spacing = 1.5"),
        (lambda: fm.geometry.spacer_net("ladder", **NET, cells=(0, 1)), r"cells\[0\] = 0"),
        (lambda: fm.geometry.spacer_net("ladder", **NET, cells=(1, 1, 1)), "two values"),
        (lambda: fm.geometry.spacer_net("woven_ladder", **NET, angle=60.0), "angle = 60"),
        (lambda: fm.geometry.spacer_channel("cavity", **FLAT | {"layer": 0.3e-3}), "layer = "),
        (lambda: fm.geometry.spacer_channel("zigzag", **FLAT, heights=(0.4e-3,)), "heights"),
        (lambda: fm.geometry.spacer_channel("zigzag", **FLAT, first_cell=(1, 2, 3)), "first_cell"),
        (lambda: fm.geometry.channel(length=1, height=1, first_cell=0.5), "first_cell = 0.5"),
        (lambda: fm.geometry.revolved(fm.geometry.hull_cell(), 4, angle=400), "angle = 400"),
    ],
)
def test_bad_input_is_one_sentence(build, message):
    with pytest.raises(InputError, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)
