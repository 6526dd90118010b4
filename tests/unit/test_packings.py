"""Binder films, fibre mats, planar cells, seams and a sample of random cases of all builders."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

import femion as fm
from femion.domain import mesh
from femion.errors import InputError
from femion.geometry.beds import Particles
from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.crowd import Room
from femion.geometry.fibres import Fibre, solid_fraction
from femion.geometry.seams import clear_of_cuts

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
UM = 1e-6


def built(geometry):
    domain = mesh(geometry)
    return domain, fm.geometry.report(domain)


def test_sixty_percent_between_walls_is_packed_and_sixty_eight_is_refused():
    bed = Particles(1.0, 0.6).packed((10.0, 10.0, 10.0), "yz", seed=2)
    x, r = (np.array([getattr(b, name) for b in bed.bodies]) for name in ("centre", "axes"))
    i, j = np.triu_indices(len(x), 1)
    apart = np.linalg.norm(bed.room.nearest(x[i] - x[j]), axis=1) - r[i, 0] - r[j, 0]
    assert apart.min() > 0.85 * bed.room.gap
    assert min(x[:, 0].min(), 10 - x[:, 0].max()) > r[0, 0] + 0.85 * bed.room.gap
    assert (4 / 3 * math.pi * r[:, 0] ** 3).sum() == pytest.approx(600, rel=1e-12)
    with pytest.raises(InputError, match=r"solid fraction 0\.68 cannot be packed.*about 0\.[456]"):
        Particles(1.0, 0.68).packed((6.0, 6.0, 6.0), "yz")


@pytest.mark.parametrize("more", [{}, {"neck": 0.3, "solid_fraction": 0.4}])
def test_a_binder_film_has_its_exact_area(more):
    shape = {"size": (36 * UM, 24 * UM), "radius": 4 * UM, "solid_fraction": 0.45}
    geometry = fm.geometry.packing(**shape | more, binder=0.4 * UM)
    domain, found = built(geometry)
    assert set(found.regions) == {"pores", "particles", "binder"}
    for measure in found.regions.values():
        assert abs(measure.error) < 0.01  # chords: h^2/(12 r^2) of a disk, h = r/4 at most
    if not more:  # rings of all the particles
        r = geometry.info["surface_of_particles"] / (2 * math.pi)
        ring = 2 * math.pi * r * 0.4 * UM
        n = geometry.info["particles"]
        assert geometry.info["measure.binder"] == pytest.approx(
            ring + n * math.pi * (0.4 * UM) ** 2, rel=1e-9
        )
    assert ("right_binder" in domain.boundaries) == bool(more)


def test_the_solid_of_crossed_fibres_is_steinmetz():
    """Two equal cylinders whose axes cross at right angles share 16 r^3/3."""
    box = np.array([6.0, 8.0, 8.0])
    crossed = [Fibre(3.0, math.pi / 4 + k * math.pi / 2, 0.0) for k in (0, 1)]
    one = solid_fraction(crossed[:1], box, 1.0) * 384  # a cylinder into two opposite edges
    both = solid_fraction(crossed, box, 1.0) * 384
    assert 2 * one - both == pytest.approx(16 / 3, rel=2e-3)


def test_fibres_keep_their_layers_and_the_porosity():
    shape = {"across": (12 * UM, 10 * UM), "diameter": 2 * UM, "h_surface": UM, "h": 1.5 * UM}
    geometry = fm.geometry.fibre_mat(8.5 * UM, porosity=0.75, fused=True, **shape)
    domain, found = built(geometry)
    assert geometry.info["diameter"] == pytest.approx(2 * UM, rel=0.061)
    assert set(domain.boundaries) == {"left", "right", "sides", "sides_fibres"}
    total = sum(m.meshed for m in found.regions.values())
    assert total == pytest.approx(8.5 * 120 * UM**3, rel=1e-9)
    # polygons of n = 2 pi r/h corners in a circle lose 1 - n sin(2 pi/n)/(2 pi) = 16 % at h = r
    assert -0.16 < found.regions["fibres"].error < 0
    with pytest.raises(InputError, match=r"porosity 0\.1 cannot be reached"):
        fm.geometry.fibre_mat(8.5 * UM, porosity=0.1, **shape)


def test_the_section_of_a_mat_has_upright_ellipses_and_exact_area():
    geometry = fm.geometry.fibre_mat(20 * UM, (30 * UM,), 3 * UM, 0.55)
    _, found = built(geometry)
    for measure in found.regions.values():
        assert abs(measure.error) < 0.02
    assert geometry.info["measure.fibres"] == pytest.approx(0.45 * 600 * UM**2, rel=1e-12)


def test_a_full_cell_joins_each_electrode_with_its_collector():
    electrode = {"thickness": 22 * UM, "radius": 4 * UM, "solid_fraction": 0.4, "neck": 0.3}
    parts = {"copper": 4 * UM, "anode": electrode, "gap": 6 * UM, "cathode": electrode}
    geometry = fm.geometry.planar_cell(parts | {"aluminium": 4 * UM}, (24 * UM,), periodic="y")
    domain, found = built(geometry)
    assert set(found.regions) >= {"copper", "anode_pores", "anode_particles", "cathode_particles"}
    for measure in found.regions.values():
        assert abs(measure.error) < 0.01
    name = {tag: region for region, tag in domain.regions.items()}
    sides = domain.interior_sides()[0]
    touching = {
        frozenset((name[domain.cell_tag[a]], name[domain.cell_tag[b]])) for a, _, b, _ in sides
    }
    touching = set().union(*domain.comm.allgather(touching))
    assert {"copper", "anode_particles"} in touching and {"gap", "anode_pores"} in touching
    assert {"aluminium", "cathode_particles"} in touching
    assert {"gap", "anode_particles"} not in touching
    for name in ("anode", "cathode"):
        particles = geometry.info[f"{name}.particles"]
        assert geometry.info[f"{name}.particles_joined_with_end"] == particles


def test_layers_of_solid_fraction_are_a_gradient_in_three_dimensions():
    bed = Particles(1.0, (0.1, 0.5)).packed((20.0, 8.0, 8.0), "yz", seed=3)
    x, r = np.array([b.centre[0] for b in bed.bodies]), np.array([b.axes[0] for b in bed.bodies])
    halves = [(4 / 3 * math.pi * r[side] ** 3).sum() / 640 for side in (x < 9.9, x > 9.9)]
    assert halves == pytest.approx([0.1, 0.5], rel=1e-9)


def test_seams_keep_off_necks_and_faces():
    room = Room(np.array([4.0, 4.0, 4.0]), (False, True, True), 0.02)
    ball = Ellipsoid(np.array([2.0, 0.5, 2.0]), np.ones(3))
    (turned, _) = clear_of_cuts([ball, Rod(ball.centre, np.array([2.0, 0.5, 4.0]), 0.3)], room)
    pole, half = turned.rotation[:, 2], math.asin(0.3)
    for axis, angle in ((2, half), (1, math.pi - math.acos(0.5))):
        for sign in (1, -1):
            assert abs(math.acos(sign * pole[axis]) - angle) > 0.1
    assert np.linalg.det(turned.rotation) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"a": "1 um"}, "without a packed part"),
        ({"a": {"thickness": 1.0, "radius": 0.1}}, "has no solid_fraction"),
        ({"a": {"thicknes": 1.0}}, "thicknes"),
        ({}, "parts"),
    ],
)
def test_what_a_planar_cell_refuses(parts, message):
    with pytest.raises(InputError, match=message):
        fm.geometry.planar_cell(parts, (1.0,))


@pytest.mark.parametrize(
    "more",
    [{"aspect": (1.5, 1.2, 1.0)}, {"neck": 0.35}, {"binder": 0.2, "solid_fraction": 0.12}],
    ids=["", "neck", "film"],
)
def test_opposite_faces_of_a_packing_of_three_dimensions_are_equal(more):
    shape = {"size": (4.2, 4.4, 4.6), "radius": 1.0, "solid_fraction": 0.2, "seed": 2}
    geometry = fm.geometry.packing(**shape | more, h_surface=0.5, periodic="yz")
    with fm.geometry.mesh_model(geometry) as model:
        tags, x, _ = model.mesh.getNodes()
        place = np.zeros((tags.max() + 1, 3))
        place[tags] = x.reshape(-1, 3)
        corners = place[model.mesh.getElementsByType(4)[1].reshape(-1, 4)]
        faces = corners[:, [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]].mean(axis=2).reshape(-1, 3)
    volumes = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])) / 6
    assert volumes.sum() == pytest.approx(math.prod(shape["size"]), rel=1e-9)
    for k in (1, 2):
        end = shape["size"][k]
        low, high = (faces[np.abs(faces[:, k] - at) < 1e-9] for at in (0.0, end))
        assert len(low) == len(high) > 20
        apart = np.abs((low + end * np.eye(3)[k])[:, None] - high).max(axis=2)
        assert apart.min(axis=1).max() < 1e-9


@pytest.mark.parametrize("k", [0, 3, 5, 6, 7, 9, 19, 22, 25, 33, 89, 144])
def test_random_cases_are_built_or_refused_in_one_sentence(k):
    import geometry_seeds

    assert geometry_seeds.outcome(k)[0] in ("built", "refused")
