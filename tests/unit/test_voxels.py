"""Segmented images as meshes: labels, islands, smoothing, distribution over ranks."""

import math

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.cli import guarded
from femion.errors import InputError
from femion.geometry.quality import simplices
from femion.geometry.segmented import pieces
from femion.geometry.smoothing import FLOOR, signed

THREE = {0: "pores", 1: "active", 2: "binder"}
TWO = {0: "pores", 1: "solid"}


def blobs(shape, phases, width=1.5, seed=0):
    """A periodic image of rounded regions."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    fields = [gaussian_filter(rng.normal(size=shape), width, mode="wrap") for _ in range(phases)]
    return np.argmax(fields, axis=0)


def ball(n, r):
    x = np.stack(np.meshgrid(*[np.arange(n) + 0.5 - n / 2] * 3, indexing="ij"))
    return (np.linalg.norm(x - [[[[0.13]]], [[[-0.21]]], [[[0.37]]]], axis=0) < r).astype(np.uint8)


def quiet(*args, **kwargs):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fm.geometry.voxels(*args, **kwargs)


@pytest.mark.parametrize("shape", [(7, 5), (5, 4, 6)])
def test_voxels_as_they_are_have_exact_measures_of_phases_faces_and_interfaces(shape):
    image, size = np.random.default_rng(0).integers(0, 3, shape), np.array([1.0, 2.0, 3.0])
    dim = len(shape)
    geometry = quiet(image, size[:dim].tolist(), THREE)
    held = geometry.arrays()
    unit = np.prod(size[:dim])
    for k, name in THREE.items():
        volume = simplices(held.points[held.regions[name]])[0].sum()
        assert volume == pytest.approx(np.count_nonzero(image == k) * unit, rel=1e-12)
        assert geometry.info[f"measure.{name}"] == pytest.approx(volume, rel=1e-12)
        face = held.boundaries["y1" if k == 0 else f"y1_{name}"]
        assert len(face) == np.count_nonzero(image[:, -1] == k) * (dim - 1)
        assert np.all(held.points[face][..., 1] == 2.0 * shape[1])
    areas = {k: v for k, v in held.info.items() if k.startswith("area.")}
    assert len(areas) == 3
    assert all(v == pytest.approx(geometry.info[f"voxel_{k}"]) for k, v in areas.items())


def test_the_mesh_is_conforming_and_fills_the_box_also_where_voxels_are_split_finer():
    held = quiet(blobs((7, 6, 8), 3, 1.0), 1.0, THREE, smooth=10).arrays()
    cells = np.concatenate(list(held.regions.values()))
    assert signed(held.points[cells]).sum() == pytest.approx(7 * 6 * 8, rel=1e-12)
    facets = np.sort(np.concatenate([np.delete(cells, k, axis=1) for k in range(4)]), axis=1)
    once, count = np.unique(facets, axis=0, return_counts=True)
    outer = np.sort(np.concatenate(list(held.boundaries.values())), axis=1)
    assert count.max() == 2
    assert np.array_equal(once[count == 1], np.unique(outer, axis=0))


def test_a_smoothed_ball_has_the_area_and_the_volume_of_a_ball():
    image = ball(14, 5.0)
    geometry = quiet(image, 1.0, TWO, smooth=25)
    held = geometry.arrays()
    voxels = float(image.sum())
    area = 4 * math.pi * (0.75 * voxels / math.pi) ** (2 / 3)
    assert geometry.info["voxel_area.pores|solid"] / area > 1.45
    assert held.info["area.pores|solid"] == pytest.approx(area, rel=0.02)
    assert signed(held.points[held.regions["solid"]]).sum() == pytest.approx(voxels, rel=0.01)


@pytest.mark.parametrize(
    ("shape", "width", "periodic"),
    [((30, 30), 1.5, "xy"), ((9, 8, 10), 1.2, "xz"), ((8,) * 3, 0, "")],
)
def test_smoothing_keeps_quality_volumes_outer_faces_and_periods(shape, width, periodic):
    geometry = quiet(blobs(shape, 3, width), 1e-6, THREE, smooth=20, periodic=periodic)
    held = geometry.arrays()
    x = held.points * 1e6
    for name, cells in held.regions.items():
        assert signed(x[cells]).min() > 0 and simplices(x[cells])[1].min() >= 0.99 * FLOOR
        exact = geometry.info[f"measure.{name}"] * 1e6 ** len(shape)
        assert signed(x[cells]).sum() == pytest.approx(exact, rel=0.02)
    for name, facets in held.boundaries.items():
        axis, end = "xyz".index(name[0]), int(name[1])
        assert np.ptp(x[facets][..., axis]) == 0
        assert x[facets][0, 0, axis] == pytest.approx(end * shape[axis], rel=1e-12)
    for name in periodic:
        axis = "xyz".index(name)
        low, high = (
            np.concatenate([f for n, f in held.boundaries.items() if n.startswith(f"{name}{end}")])
            for end in (0, 1)
        )
        a, b = (np.delete(x[f], axis, 2).mean(axis=1) for f in (low, high))
        a, b = (p[np.lexsort(np.round(p, 6).T)] for p in (a, b))
        assert a == pytest.approx(b, abs=1e-9)


def test_pieces_join_through_periodic_faces():
    row = np.array([[1, 1, 0, 1, 0, 1]], dtype=bool)
    assert pieces(row, "")[1] == 3
    found, n = pieces(row, "y")
    assert n == 2 and found[0, 0] == found[0, 5] != found[0, 3]


def test_islands_are_named_and_can_be_filled():
    image = np.ones((9, 9), dtype=int)
    image[:, 4] = 0
    image[2, 2] = image[6:8, 6] = 0
    with pytest.warns(UserWarning, match=r"'pores' 2 pieces touch no .* \(3 voxels\)") as said:
        geometry = fm.geometry.voxels(image, 1.0, TWO)
    assert len(said) == 1 and geometry.info["islands.pores"] == 2
    assert geometry.info["measure.pores"] == 12
    for fix in ({"fill": ["pores"]}, {"keep_largest": ["pores"]}):
        geometry = fm.geometry.voxels(image, 1.0, TWO, **fix)
        assert geometry.info["measure.pores"] == 9 and "islands.pores" not in geometry.info


def test_crop_coarsen_and_names_that_repeat():
    image = np.zeros((9, 8), dtype=bool)
    image[1:5, :4] = True
    image[5, 0] = True
    geometry = fm.geometry.voxels(image, "1 um", TWO, crop=((1, 9), (0, 8)), coarsen=2)
    assert geometry.info["measure.solid"] == pytest.approx(16e-12)
    one = fm.geometry.voxels(image, 1.0, {0: "a", 1: "a"}, smooth=5).arrays()
    assert set(one.regions) == {"a"} and set(one.boundaries) == {"x0", "x1", "y0", "y1"}


def test_files_have_x_along_rows_and_z_through_pages(shared_path):
    from PIL import Image

    image = (np.arange(2 * 3 * 4).reshape(2, 3, 4) % 5 > 1).astype(np.uint8)
    if MPI.COMM_WORLD.rank == 0:
        pages = [Image.fromarray(image[:, :, z].T) for z in range(4)]
        for name, how in (("a", None), ("b", "tiff_lzw")):
            pages[0].save(
                shared_path / f"{name}.tif", save_all=True, append_images=pages[1:], compression=how
            )
        pages[0].save(shared_path / "flat.png")
        np.save(shared_path / "a.npy", image)
    MPI.COMM_WORLD.barrier()
    for name in ("a.tif", "b.tif", "a.npy"):
        found = quiet(shared_path / name, 1.0, TWO).arrays()
        expected = quiet(image, 1.0, TWO).arrays()
        assert np.array_equal(found.regions["solid"], expected.regions["solid"])
    assert quiet(shared_path / "flat.png", 1.0, TWO).info["measure.solid"] == image[:, :, 0].sum()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": np.ones((4, 4))}, "type float64; allowed: whole numbers"),
        ({"image": np.ones(4, int)}, r"shape \(4,\); allowed: voxels in two or three"),
        ({"image": np.ones((0, 4), int)}, "shape"),
        ({"image": np.full((4, 4), 7)}, "label 7 of the image has no name"),
        ({"labels": {0: "a", 1: "b", 9: "c"}}, "label 9 is not in the image; allowed: 0, 1"),
        ({"labels": {0: "a", "one": "b"}}, r"labels\['one'\] = 'b'"),
        ({"labels": {0: "x1", 1: "b"}}, "boundary 'x1' has the name of a region"),
        ({"voxel": -1e-6}, "voxel = -1e-06"),
        ({"voxel": [1.0, 1.0, 1.0]}, "allowed: one edge, or 2"),
        ({"smooth": -1}, "smooth = -1"),
        ({"periodic": "z"}, "periodic = 'z'"),
        ({"crop": ((0, 4), (2, 5))}, "crop"),
        ({"coarsen": 3}, "coarsen = 3 does not divide"),
        ({"fill": ["poers"]}, "Did you mean 'pores'"),
        ({"image": "none.tif"}, "does not exist"),
        ({"image": "image.jpg"}, "unknown kind"),
    ],
)
def test_bad_images_are_one_sentence(change, message):
    good = {"image": np.eye(4, dtype=int), "voxel": 1.0, "labels": TWO}
    with pytest.raises(InputError, match=message) as caught:
        fm.geometry.voxels(**(good | change))
    assert "\n" not in str(caught.value)


def test_damaged_files_end_the_command_with_a_sentence(shared_path, capsys):
    from PIL import Image

    from femion.cli import app

    if MPI.COMM_WORLD.rank == 0:
        rng = np.random.default_rng(0)
        page = Image.fromarray(rng.integers(0, 2, (40, 40), dtype=np.uint8))
        page.save(shared_path / "cut.tif", save_all=True, append_images=[page])
        whole = (shared_path / "cut.tif").read_bytes()
        (shared_path / "cut.tif").write_bytes(whole[: len(whole) // 2])
        (shared_path / "junk.tif").write_bytes(b"II*\0" + bytes(20))
        (shared_path / "junk.npy").write_bytes(b"nothing")
        Image.new("RGB", (4, 4)).save(shared_path / "colour.png")
        text = 'builder = "voxels"\nvoxel = 1.0\nlabels = {0 = "a", 1 = "b"}\n'
        for name in ("cut.tif", "junk.tif", "junk.npy", "colour.png"):
            (shared_path / f"{name}.toml").write_text(text + f'image = "{name}"\n')
    MPI.COMM_WORLD.barrier()
    for name in ("cut.tif", "junk.tif", "junk.npy", "colour.png"):
        path = str(shared_path / f"{name}.toml")
        assert guarded(lambda path=path: app(["mesh", path])) == 2
        said = capsys.readouterr().err
        reason = "colours" if name == "colour.png" else "cannot be read"
        assert said.count("\n") == (MPI.COMM_WORLD.rank == 0)
        assert MPI.COMM_WORLD.rank or reason in said


def test_every_number_of_ranks_gets_the_same_mesh_and_report(shared_path):
    geometry = quiet(blobs((9, 8, 7), 3, 1.2), "1 um", THREE, smooth=15)
    alone = fm.geometry.report(fm.mesh(geometry, MPI.COMM_SELF))
    shared = fm.mesh(geometry, output=shared_path / "image.msh")
    found = fm.geometry.report(shared)
    saved = fm.geometry.report(fm.mesh(shared_path / "image.msh"))
    for other in (found, saved):
        assert other.cells == alone.cells and other.histogram == alone.histogram
        for part in ("regions", "boundaries"):
            a, b = getattr(alone, part), getattr(other, part)
            assert set(a) == set(b)
            assert all(b[n].meshed == pytest.approx(a[n].meshed, rel=1e-9) for n in a)
    assert found.info["area.pores|active"] == alone.info["area.pores|active"]
    assert shared.info["fraction.pores"] == geometry.info["fraction.pores"]
