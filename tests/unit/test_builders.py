"""Packings, arrays, spacers, stacks, parameter files and the mesh report."""

import math

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.domain import mesh
from femion.errors import InputError
from femion.geometry.bodies import Ellipsoid
from femion.geometry.contact import contact
from femion.geometry.crowd import Room, crowd
from femion.geometry.necks import necks
from femion.geometry.quality import simplices

UM = 1e-6
FLAT = {"size": (40 * UM, 30 * UM), "radius": 4 * UM}


def built(geometry):
    domain = mesh(geometry)
    return domain, fm.geometry.report(domain)


def test_contact_of_spheres_is_their_distance_over_the_sum_of_radii():
    r, a, b = np.array([[3.0, 1.0, -2.0]]), 1.2, 0.7
    found = contact(r, a**2 * np.eye(3)[None], b**2 * np.eye(3)[None], True)
    assert found.s[0] == pytest.approx(np.linalg.norm(r) / (a + b), rel=1e-12)
    unit = r[0] / np.linalg.norm(r) / (a + b)
    assert found.gradient[0] == pytest.approx(unit, rel=1e-12)


def test_contact_of_ellipsoids_along_an_axis_adds_semi_axes():
    A, B = (np.diag(np.square(axes))[None] for axes in ([2.0, 1, 1], [0.5, 3, 1]))
    assert contact(np.array([[5.0, 0, 0]]), A, B, False).s[0] == pytest.approx(2.0, rel=1e-9)
    assert contact(np.array([[0, 8.0, 0]]), A, B, False).s[0] == pytest.approx(2.0, rel=1e-9)


@pytest.mark.parametrize("dim", [2, 3])
def test_random_packing_of_sixty_percent_keeps_its_gap(dim):
    size, gap = np.array([7.0, 7.0, 7.0 * (dim == 3)]), 0.02
    volume = math.pi if dim == 2 else 4 * math.pi / 3
    n = round(0.6 * 7.0**dim / volume)
    periodic = (True, True, dim == 3)
    room = Room(size, periodic, gap)
    _, bodies = crowd([room], np.ones((n, 3)), [(-math.inf, math.inf)] * n, seed=2)
    x = np.array([b.centre for b in bodies])
    i, j = np.triu_indices(n, 1)
    assert np.linalg.norm(room.nearest(x[i] - x[j]), axis=1).min() >= 2 + 0.85 * gap
    _, again = crowd([room], np.ones((n, 3)), [(-math.inf, math.inf)] * n, seed=2)
    assert all(np.array_equal(a.centre, b.centre) for a, b in zip(bodies, again, strict=True))


def test_what_cannot_be_packed_is_one_sentence():
    with pytest.raises(InputError, match=r"solid fraction 0\.9 cannot be packed") as caught:
        fm.geometry.packing(**FLAT, solid_fraction=0.9)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("more", [{}, {"periodic": "xy"}, {"neck": 0.3, "separator": "10 um"}])
def test_flat_packing_has_its_solid_fraction(more):
    geometry = fm.geometry.packing(**FLAT, solid_fraction=0.55, seed=3, **more)
    domain, found = built(geometry)
    assert set(found.regions) == {"pores", "particles"} | ({"separator"} & set(domain.regions))
    assert ("separator" in domain.regions) == ("separator" in more)
    for measure in found.regions.values():
        assert abs(measure.error) < 0.02
    assert found.least > 0.1 and sum(found.histogram) == found.cells
    if "neck" in more:
        assert geometry.info["particles_joined_with_end"] == geometry.info["particles"]
        assert "right_particles" in domain.boundaries
    else:
        assert geometry.info["solid_fraction"] == pytest.approx(0.55, rel=1e-12)


def test_layers_of_solid_fraction_are_a_gradient():
    geometry = fm.geometry.packing(
        (80 * UM, 40 * UM), 3 * UM, [0.2, 0.6], seed=1, regions=("pores", "")
    )
    domain, found = built(geometry)
    assert set(found.regions) == {"pores"} and "sides_skin" in domain.boundaries
    assert found.boundaries["sides_skin"].meshed == pytest.approx(
        geometry.info["surface"], rel=0.02
    )
    own = domain.mesh.topology.index_map(2).size_local
    corners = domain.mesh.geometry.x[domain.mesh.geometry.dofmaps[0][:own]][..., :2]
    left = corners[:, :, 0].mean(axis=1) < 40 * UM
    area = domain.comm.allreduce(float(simplices(corners)[0][left].sum()))
    assert 1 - area / (1600 * UM**2) == pytest.approx(0.2, abs=0.04)  # a radius over the plane


def test_sizes_may_be_a_list_or_a_function():
    for radius in ([3 * UM, "5 um"], lambda rng: rng.uniform(3, 5) * UM):
        geometry = fm.geometry.packing(FLAT["size"], radius, 0.4)
        assert geometry.info["solid_fraction"] == pytest.approx(0.4, rel=1e-12)


def test_ellipsoids_and_sintered_spheres_in_three_dimensions():
    box = (25 * UM,) * 3
    shape = {"solid_fraction": 0.3, "h_surface": 3 * UM, "h": 6 * UM, "periodic": "yz"}
    for more in ({"aspect": (1.5, 1, 1)}, {"neck": 0.35}):
        geometry = fm.geometry.packing(box, 6 * UM, **shape, **more)
        _, found = built(geometry)
        total = sum(m.meshed for m in found.regions.values())
        assert total == pytest.approx((25 * UM) ** 3, rel=1e-9)
        assert -0.15 < found.regions["particles"].error < 0  # polyhedra inscribed at h = r/2
        assert found.least > 0.02


def test_necks_have_exact_measures():
    spheres = [Ellipsoid(np.array([x, 2.0, 2.0]), np.ones(3)) for x in (1.0, 3.2)]
    room = Room(np.array([6.0, 4.0, 4.0]), (False, False, False), 0.1)
    (neck,) = necks(spheres, room, 0.4, 0.5, wall=False)
    x = np.linspace(0, 4.2, 400_001)
    radius = [np.sqrt(np.maximum(1 - (x - s.centre[0]) ** 2, 0)) for s in spheres]
    rod = np.where((x > 1.0) & (x < 3.2), 0.4, 0.0)
    body = np.trapezoid(math.pi * np.maximum.reduce([*radius, rod]) ** 2, x)
    assert neck.adds(spheres, 3)[0] == pytest.approx(body - 8 * math.pi / 3, rel=1e-4)


@pytest.mark.parametrize(
    ("lattice", "fraction"), [("square", 0.78), ("hexagonal", 0.93), ("sc", 0.3), ("sc", 0.5235)]
)
def test_arrays_have_the_solid_fraction_also_touching_and_overlapping(lattice, fraction):
    geometry = fm.geometry.array(lattice, fraction, constant=1.0, h=0.1)
    _, found = built(geometry)
    error = found.regions["particles"].error
    assert -0.04 < error < 0 and found.regions["pores"].error > 0
    total = sum(m.meshed for m in found.regions.values())
    assert total == pytest.approx(3**0.5 if lattice == "hexagonal" else 1.0, rel=1e-9)


def test_a_periodic_cell_has_equal_meshes_on_opposite_faces():
    geometry = fm.geometry.array("sc", 0.3, constant=1.0, h=0.15)
    with fm.geometry.mesh_model(geometry) as model:
        x = np.reshape(model.mesh.getNodes()[1], (-1, 3))
    for axis in range(3):
        low, high = (
            np.sort(np.round(np.delete(x[np.abs(x[:, axis] - end) < 1e-9], axis, 1), 9), axis=0)
            for end in (0.0, 1.0)
        )
        assert len(low) and np.allclose(low, high, atol=1e-8)


def test_nets_are_named_and_open():
    shape = {"diameter": 0.5e-3, "spacing": 2e-3, "first_cell": 0.12e-3, "h": 0.3e-3}
    for kind in ("ladder", "diamond"):
        geometry = fm.geometry.spacer_net(kind, **shape)
        domain, found = built(geometry)
        names = {"inlet", "outlet", "bottom", "top", "front", "back", "spacer"}
        assert set(domain.boundaries) == names
        # two filaments of a cell: 2 pi d^2/4 s of s^2 H, H = 1.76 d (crossings, sinking small)
        open_ = found.regions["channel"].meshed / geometry.info["box"]
        assert open_ == pytest.approx(1 - math.pi / 2 * 0.25 / 1.76, abs=0.03)


def test_first_cell_and_growth_of_a_spacer_channel():
    shape = {"height": 1e-3, "diameter": 0.4e-3, "spacing": 2e-3, "filaments": 1}
    coarse, fine = (
        built(fm.geometry.spacer_channel("submerged", **shape, first_cell=first))[1]
        for first in (4e-5, 1e-5)
    )
    assert fine.cells > 3 * coarse.cells
    assert fine.smallest == pytest.approx(1e-5, rel=0.6)


def test_stack_of_bipolar_membranes():
    shape = {"channel": 4e-4, "cem": 1e-4, "aem": 2e-4, "height": 1e-3, "h": 1e-4}
    regions = built(fm.geometry.stack(2, **shape, bipolar=True))[0].regions
    assert len(regions) == 15
    assert {"anolyte", "bpm_aem_1", "bpm_cem_2", "acid_2", "base_1", "catholyte"} <= set(regions)


def test_a_mesh_below_its_floor_is_refused_unless_forced():
    from dataclasses import replace

    strict = replace(fm.geometry.hull_cell(), floor=0.99)
    with pytest.raises(InputError, match="has a cell of quality"):
        mesh(strict)
    assert built(strict.forced())[1].cells > 100


def test_report_measures_quality_as_gmsh_does():
    import gmsh

    for geometry in (fm.geometry.hull_cell(), fm.geometry.array("sc", 0.2, h=0.2)):
        with fm.geometry.mesh_model(geometry):
            kind = {2: 2, 3: 4}[geometry.dim]
            tags, nodes = gmsh.model.mesh.getElementsByType(kind)
            every, points, _ = gmsh.model.mesh.getNodes()
            x = np.zeros((int(every.max()) + 1, 3))
            x[every] = np.reshape(points, (-1, 3))
            theirs = gmsh.model.mesh.getElementQualities(tags, "minSICN")
        ours = simplices(x[nodes.reshape(-1, geometry.dim + 1)][..., : geometry.dim])[1]
        assert ours == pytest.approx(np.array(theirs), abs=1e-9)


def test_parameter_files_of_the_catalogue_are_complete():
    from pathlib import Path

    files = sorted((Path(__file__).parents[2] / "meshes").glob("*.toml"))
    assert len(files) > 5
    for file in files:
        assert fm.geometry.from_toml(file).dim in (2, 3)


def test_parameter_files_can_be_changed_and_are_checked(shared_path):
    file = shared_path / "cell.toml"
    if MPI.COMM_WORLD.rank == 0:
        file.write_text('builder = "slab"\nlength = "1 mm"\ncells = 4\n')
    MPI.COMM_WORLD.barrier()
    assert fm.geometry.from_toml(file, ["cells=10", "region=gel"]).info["cells_x"] == 10
    for change, message in (
        ("celsl=3", "celsl"),
        ("builder=slob", "slob"),
        ("cells", "key=value"),
        ("length=-1", "length"),
    ):
        with pytest.raises(InputError, match=message):
            fm.geometry.from_toml(file, [change])
    with pytest.raises(InputError, match="does not exist"):
        fm.geometry.from_toml(shared_path / "none.toml")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: fm.geometry.packing((1.0,), 0.1, 0.3), "size"),
        (lambda: fm.geometry.packing((1.0, 1.0), 0.1, 0.3, periodic="z"), "periodic"),
        (lambda: fm.geometry.packing((1.0, 1.0), 0.1, 0.3, aspect=(9, 1)), "aspect"),
        (lambda: fm.geometry.packing((1.0, 1.0), 0.1, 0.3, aspect=(2, 1), neck=0.2), "neck"),
        (lambda: fm.geometry.array("cubic", 0.3), "lattice"),
        (lambda: fm.geometry.array("sc", 0.99), "solid_fraction = 0.99"),
        (lambda: fm.geometry.spacer_net("weaved", diameter=1.0, spacing=4.0), "kind"),
        (
            lambda: fm.geometry.spacer_channel(
                "zigzag", height=1, diameter=0.5, spacing=2, filaments=3, periodic=True
            ),
            "filaments = 3",
        ),
        (lambda: fm.geometry.nanopore(length=1, radius=(1, 2, 3), reservoir=9, h=1), "radius"),
    ],
)
def test_bad_input_is_one_sentence(build, message):
    with pytest.raises(InputError, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fraction", [0.56, 0.9])
def test_arrays_of_overlapping_spheres(fraction):
    """An eighth is reflected, as gmsh hangs on the whole cell; faces repeat exactly."""
    geometry = fm.geometry.array("sc", fraction, constant=1.0, h=0.2)
    built = fm.mesh(geometry)
    report = fm.geometry.report(built)
    assert report.regions["particles"].error == pytest.approx(0, abs=0.05)
    assert all(
        report.boundaries[f"{a}{i}"].meshed == pytest.approx(1) for a in "xyz" for i in (0, 1)
    )
    x = built.mesh.geometry.x
    low, high = (np.sort_complex(x[abs(x[:, 0] - end) < 1e-9] @ [0, 1, 1j]) for end in (0.0, 1.0))
    assert len(low) > 20 and np.abs(low - high).max() < 1e-12
