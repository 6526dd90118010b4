"""Geometry builders: exact measures, names everywhere, seeds, quality, and refusals."""

import math
import subprocess
import sys
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from cases import CLEAN

from femion.geometry import Geometry, box3d, from_file, half_cell, layers, mesh_model, slab

UM = 1e-6
SIMPLEX = {1: 1, 2: 2, 3: 4}
STACK = {"bath_left": 50 * UM, "cem": 20 * UM, "bath_right": 30 * UM}
CELL = {
    "separator": 15 * UM,
    "electrode": 50 * UM,
    "height": 45 * UM,
    "particle_radius": 5 * UM,
    "h_surface": 1.2 * UM,
}


class Drawn(NamedTuple):
    x: np.ndarray
    cells: dict[str, np.ndarray]
    facets: dict[str, np.ndarray]
    quality: float

    def measure(self, name: str) -> float:
        simplices = self.cells[name] if name in self.cells else self.facets[name]
        corners = self.x[simplices]
        sides = corners[:, 1:] - corners[:, :1]
        gram = np.linalg.det(sides @ sides.transpose(0, 2, 1))
        return float(np.sqrt(gram).sum()) / math.factorial(simplices.shape[1] - 1)


def drawn(geometry: Geometry) -> Drawn:
    """Draw a geometry and check what must hold for all of them."""
    with mesh_model(geometry) as model:
        tags, points, _ = model.mesh.getNodes()
        x = np.zeros((len(tags), 3))
        x[np.asarray(tags, dtype=int) - 1] = np.reshape(points, (-1, 3))
        groups: list[dict[str, np.ndarray]] = []
        for dim in (geometry.dim, geometry.dim - 1):
            named = {}
            for _, group in model.getPhysicalGroups(dim):
                parts = [
                    model.mesh.getElementsByType(SIMPLEX[dim], int(entity))[1]
                    for entity in model.getEntitiesForPhysicalGroup(dim, group)
                ]
                nodes = np.concatenate(parts).astype(int).reshape(-1, dim + 1) - 1
                named[model.getPhysicalName(dim, group)] = nodes
            groups.append(named)
        cells = model.mesh.getElementsByType(SIMPLEX[geometry.dim])[0]
        quality = float(np.min(model.mesh.getElementQualities(cells, "minSICN")))
    result = Drawn(x, *groups, quality)
    all_cells = np.concatenate(list(result.cells.values()))
    assert len(all_cells) == len(cells) == len(np.unique(np.sort(all_cells), axis=0))
    assert np.array_equal(np.unique(all_cells), np.arange(len(x)))  # no orphan nodes
    assert exterior(all_cells) == rows(np.concatenate(list(result.facets.values())))
    return result


def rows(simplices: np.ndarray) -> Counter:
    return Counter(map(tuple, np.sort(simplices).tolist()))


def exterior(cells: np.ndarray) -> Counter:
    """Facets of exactly one cell."""
    facets = Counter()
    for i in range(cells.shape[1]):
        facets += rows(np.delete(cells, i, axis=1))
    assert max(facets.values()) <= 2
    return Counter({facet: n for facet, n in facets.items() if n == 1})


def components(cells: np.ndarray) -> list[np.ndarray]:
    """Sets of nodes of the pieces that are connected by facets."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = {}
    links = []
    for number, cell in enumerate(np.sort(cells).tolist()):
        for i in range(len(cell)):
            facet = tuple(cell[:i] + cell[i + 1 :])
            if facet in edges:
                links.append((edges[facet], number))
            edges[facet] = number
    i, j = np.array(links).T
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(cells),) * 2)
    _, label = connected_components(graph, directed=False)
    return [np.unique(cells[label == k]) for k in range(label.max() + 1)]


def test_importing_the_builders_does_not_import_gmsh():
    code = "import sys, femion.geometry; sys.exit('gmsh' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, env=CLEAN).returncode == 0


def test_layers_have_exact_measures_and_names():
    geometry = layers(STACK, height=40 * UM, h=5 * UM, first_cell=0.1 * UM, ends=("feed", "out"))
    mesh = drawn(geometry)
    for name, thickness in STACK.items():
        assert mesh.measure(name) == pytest.approx(thickness * 40 * UM, rel=1e-12)
        assert geometry.info[f"measure.{name}"] == pytest.approx(mesh.measure(name), rel=1e-12)
    assert set(mesh.facets) == {"feed", "out", "sides"}
    assert mesh.measure("feed") == pytest.approx(40 * UM, rel=1e-12)
    assert np.all(mesh.x[mesh.facets["out"]][..., 0] == pytest.approx(100 * UM, rel=1e-14))
    assert mesh.measure("sides") == pytest.approx(200 * UM, rel=1e-12)


def test_layers_honour_first_cells_and_growth():
    first = {"bath_left": 1e-9, "cem": 5e-9}
    x = np.unique(drawn(layers(STACK, height=UM, h=5 * UM, first_cell=first, cells_y=1)).x[:, 0])
    for name, (start, stop) in {"bath_left": (0, 50), "cem": (50, 70)}.items():
        inside = x[(x > (start - 1e-9) * UM) & (x < (stop + 1e-9) * UM)]
        sizes = np.diff(inside)
        assert sizes[[0, -1]] == pytest.approx([first[name]] * 2, rel=1e-6)
        assert sizes.max() <= 5 * UM * (1 + 1e-9)
        ratio = sizes[1:] / sizes[:-1]
        assert np.maximum(ratio, 1 / ratio).max() < 1.3 * (1 + 1e-6)
        assert sizes == pytest.approx(sizes[::-1], rel=1e-6)
    assert np.diff(x[x > (70 - 1e-3) * UM]) == pytest.approx([5 * UM] * 6, rel=1e-9)


def test_layers_without_graded_ends_start_with_large_cells():
    kwargs = {"height": UM, "h": 5 * UM, "first_cell": 0.01 * UM, "cells_y": 1}
    x = np.unique(drawn(layers(STACK, graded_ends=False, **kwargs)).x[:, 0])
    assert x[1] == pytest.approx(5 * UM, rel=0.05)
    near = np.diff(x[np.abs(x - 50 * UM) < 0.03 * UM])
    assert near.min() == pytest.approx(0.01 * UM, rel=1e-6)


def test_layers_name_the_sides_of_a_layer():
    sides = {"cem": "inlet", "bath_right": ("floor", "roof")}
    mesh = drawn(layers(STACK, height=10 * UM, h=2 * UM, side="walls", side_names=sides))
    lengths = {name: mesh.measure(name) for name in mesh.facets}
    expected = {"left": 10, "right": 10, "walls": 100, "inlet": 40, "floor": 30, "roof": 30}
    assert lengths == pytest.approx({name: um * UM for name, um in expected.items()}, rel=1e-12)
    assert np.all(mesh.x[mesh.facets["floor"]][..., 1] == 0.0)


def test_layers_extrude_to_three_dimensions():
    geometry = layers(STACK, height="10 um", depth="20 um", h="5 um", side_names={"cem": "inlet"})
    mesh = drawn(geometry)
    assert geometry.dim == 3
    assert mesh.measure("cem") == pytest.approx(20 * 10 * 20 * UM**3, rel=1e-12)
    assert mesh.measure("inlet") == pytest.approx(2 * 20 * 20 * UM**2, rel=1e-12)
    assert mesh.measure("left") == pytest.approx(10 * 20 * UM**2, rel=1e-12)


def test_slab_has_the_cells_asked_for():
    x = np.unique(drawn(slab(1e-3, 10)).x[:, 0])
    assert np.diff(x) == pytest.approx([1e-4] * 10, rel=1e-9)
    sizes = np.diff(np.unique(drawn(slab(1e-3, 20, first_cell=1e-6)).x[:, 0]))
    assert len(sizes) == 20
    assert sizes[[0, -1]] == pytest.approx([1e-6] * 2, rel=1e-9)
    sizes = np.diff(np.unique(drawn(slab(1e-3, 9, grading=1.5, cells_y=2)).x[:, 0]))
    assert sizes[1] / sizes[0] == pytest.approx(1.5, rel=1e-9)
    assert sizes.sum() == pytest.approx(1e-3, rel=1e-12)


def test_box3d_names_its_six_faces():
    mesh = drawn(box3d((1e-3, 2e-3, 3e-3), (2, 3, 4)))
    assert mesh.measure("electrolyte") == pytest.approx(6e-9, rel=1e-12)
    for name, area in {"x0": 6e-6, "x1": 6e-6, "y0": 3e-6, "y1": 3e-6, "z0": 2e-6}.items():
        assert mesh.measure(name) == pytest.approx(area, rel=1e-12)
    axis, side = 2, 3e-3
    assert mesh.x[mesh.facets["z1"]][..., axis] == pytest.approx(side)
    assert mesh.quality > 0.2
    merged = drawn(box3d((1.0, 1.0, 1.0), 2, names=("in", "out", *["walls"] * 4)))
    assert merged.measure("walls") == pytest.approx(4.0)


@pytest.mark.parametrize("seed", range(1, 13))
def test_half_cell_is_one_pore_space_and_particles_on_the_collector(seed):
    geometry = half_cell(**CELL, solid_fraction=0.48, seed=seed)
    mesh, info = drawn(geometry), geometry.info
    assert mesh.quality > 0.3
    assert 0.48 - 0.01 <= info["solid_fraction"] <= 0.49
    assert info["porosity"] == pytest.approx(1 - info["solid_fraction"])
    for name in (*mesh.cells, *mesh.facets):
        assert mesh.measure(name) == pytest.approx(info[f"measure.{name}"], rel=0.01)
    assert mesh.measure("collector") == pytest.approx(info["measure.collector"], rel=1e-9)
    assert len(components(mesh.cells["pores"])) == 1
    collector = mesh.facets["collector"]
    pieces = components(mesh.cells["particles"])
    assert len(pieces) == info["particles_on_collector"] >= 1
    assert all(np.isin(collector, piece).any() for piece in pieces)
    surface = exterior(mesh.cells["particles"]) - rows(collector)
    corners = mesh.x[np.array(list(surface))]
    length = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1).sum()
    assert length == pytest.approx(info["surface"], rel=0.01)
    per_area = info["surface"] / (CELL["electrode"] * CELL["height"])
    assert info["surface_per_electrode_area"] == pytest.approx(per_area)


def test_half_cell_keeps_the_gap_from_the_walls_and_the_separator():
    mesh = drawn(half_cell(**CELL, gap=1.5 * UM))
    solid = mesh.x[np.unique(mesh.cells["particles"])]
    assert solid[:, 1].min() >= 1.499 * UM
    assert solid[:, 1].max() <= (45 - 1.499) * UM
    assert solid[:, 0].min() >= (15 + 1.499) * UM
    assert solid[:, 0].max() == pytest.approx(65 * UM, rel=1e-12)


def test_half_cell_depends_on_the_seed_and_on_nothing_else():
    first, again, other = (drawn(half_cell(**CELL, seed=s)) for s in (7, 7, 8))
    assert first.x.tobytes() == again.x.tobytes()
    for name, cells in first.cells.items():
        assert cells.tobytes() == again.cells[name].tobytes()
    assert first.x.shape != other.x.shape or not np.allclose(first.x, other.x)


def test_half_cell_meshes_extreme_necks_and_sizes():
    for neck, fillet, spread in ((0.15, 0.1, 0.3), (0.8, 0.5, 0.0)):
        kwargs = {"neck": neck, "fillet": fillet, "radius_spread": spread}
        mesh = drawn(half_cell(**CELL, solid_fraction=0.4, gap=0.3 * UM, seed=3, **kwargs))
        assert mesh.quality > 0.15


def test_half_cell_refuses_a_solid_fraction_that_cannot_be_packed():
    with pytest.raises(ValueError, match=r"solid fraction 0.8 cannot be packed: reached 0\.\d+"):
        half_cell(**CELL, solid_fraction=0.8)


def test_mesh_model_leaves_a_running_gmsh_as_it_was():
    import gmsh

    gmsh.initialize([], readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("mine")
        size = gmsh.option.getNumber("Mesh.MeshSizeFromPoints")
        drawn(half_cell(**CELL))
        assert gmsh.model.getCurrent() == "mine"
        assert "femion half_cell" not in gmsh.model.list()
        assert gmsh.option.getNumber("Mesh.MeshSizeFromPoints") == size
    finally:
        gmsh.finalize()


def test_mesh_model_closes_gmsh_after_a_failure():
    import gmsh

    def fail():
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"), mesh_model(Geometry("bad", 2, fail)):
        pass
    assert not gmsh.isInitialized()


GEO = """
Point(1) = {0, 0, 0, 0.5}; Point(2) = {2, 0, 0, 0.5}; Point(3) = {2, 1, 0, 0.5};
Point(4) = {0, 1, 0, 0.5}; Line(1) = {1, 2}; Line(2) = {2, 3}; Line(3) = {3, 4};
Line(4) = {4, 1}; Curve Loop(1) = {1, 2, 3, 4}; Plane Surface(1) = {1};
"""
NAMED = 'Physical Surface("water") = {1}; Physical Curve("in") = {4};'
WALLS = 'Physical Curve("walls") = {1, 2, 3};'


def test_from_file_reads_scripts_and_meshes(tmp_path):
    script = tmp_path / "cell.geo"
    script.write_text(GEO + NAMED + WALLS + "\n")
    geometry = from_file(script, scale=1e-3)
    mesh = drawn(geometry)
    assert geometry.dim == 2
    assert mesh.measure("water") == pytest.approx(2e-6, rel=1e-12)
    assert mesh.measure("in") == pytest.approx(1e-3, rel=1e-12)
    import gmsh

    saved = tmp_path / "cell.msh"
    for version, binary in ((2.2, 0), (4.1, 0), (4.1, 1)):
        with mesh_model(geometry):
            gmsh.option.setNumber("Mesh.MshFileVersion", version)
            gmsh.option.setNumber("Mesh.Binary", binary)
            gmsh.write(str(saved))
        again = drawn(from_file(saved))
        assert again.measure("water") == pytest.approx(2e-6, rel=1e-12)
        assert set(again.facets) == {"in", "walls"}


def test_a_drawn_geometry_can_be_saved_and_read(tmp_path):
    import gmsh

    saved = tmp_path / "stack.msh"
    with mesh_model(layers(STACK, height=10 * UM, h=5 * UM)):
        gmsh.write(str(saved))
    mesh = drawn(from_file(saved))
    assert mesh.measure("cem") == pytest.approx(200 * UM**2, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GEO, "has no named region"),
        (GEO + WALLS, "no physical group of it"),
        (GEO + "Physical Surface(7) = {1};", "without a name"),
        (GEO + NAMED + 'Physical Curve("water") = {1};', "'water' twice"),
        (GEO + 'Physical Surface("a|b") = {1};', "without '|'"),
        (GEO + NAMED + 'Physical Curve("out") = {9};', "Skipping unknown curve 9"),
        ("Point(1) = {0, 0, ;", "cannot be read by gmsh"),
    ],
)
def test_from_file_refuses_scripts_without_regions(tmp_path, text, message):
    script = tmp_path / "bad.geo"
    script.write_text(text + "\n")
    with pytest.raises(ValueError, match=message) as caught:
        from_file(script)
    assert str(script) in str(caught.value)


def test_from_file_refuses_cells_in_no_region(tmp_path):
    script = tmp_path / "two.geo"
    more = "Point(5) = {3, 0, 0, 0.5}; Line(5) = {2, 5}; Line(6) = {5, 3};"
    more += "Curve Loop(2) = {5, 6, -2}; Plane Surface(2) = {2};"
    script.write_text(GEO + more + NAMED + "\n")
    with pytest.raises(ValueError, match="in no region or in several"):
        drawn(from_file(script))


def test_from_file_refuses_quadrilaterals_and_tilted_surfaces(tmp_path):
    script = tmp_path / "kind.geo"
    script.write_text(GEO + NAMED + "Recombine Surface{1};\n")
    with pytest.raises(ValueError, match="'Quadrilateral 4'; allowed: triangles"):
        drawn(from_file(script))
    tilted = GEO.replace("2, 1, 0,", "2, 1, 1,").replace("0, 1, 0,", "0, 1, 1,")
    script.write_text(tilted + NAMED + "\n")
    with pytest.raises(ValueError, match="z goes from 0 to 1"):
        drawn(from_file(script))


def test_from_file_refuses_what_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"none\.msh' does not exist"):
        from_file(tmp_path / "none.msh")
    with pytest.raises(ValueError, match=r"unknown kind; allowed: \.msh"):
        from_file(tmp_path / "cell.stl")
    (tmp_path / "open.geo").write_text(GEO + NAMED)
    with pytest.raises(ValueError, match="does not end with a line break"):
        from_file(tmp_path / "open.geo")
    (tmp_path / "text.msh").write_text("hello")
    with pytest.raises(ValueError, match="is not a gmsh mesh"):
        from_file(tmp_path / "text.msh")


GOOD = {"height": 10 * UM, "h": 2 * UM}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: layers({}, **GOOD), "thickness = {} is not possible"),
        (lambda: layers({"a": -1e-6}, **GOOD), r"thickness\['a'\] = -1e-06 .* above 0 \[m\]"),
        (lambda: layers({"a": "2 V"}, **GOOD), r"thickness\['a'\]"),
        (lambda: layers(STACK, height=0.0, h=UM), "height = 0.0"),
        (lambda: layers(STACK, height=UM, h=math.nan), "h = nan"),
        (lambda: layers(STACK, growth=0.9, **GOOD), "growth = 0.9 .* above 1 and at most 10"),
        (lambda: layers(STACK, first_cell=1.0, **GOOD), "first_cell = 1.0 .* at most 2e-06"),
        (lambda: layers(STACK, first_cell={"cam": UM}, **GOOD), "'cam' not found.*'cem'"),
        (lambda: layers(STACK, side_names={"x": "in"}, **GOOD), "'x' not found; known: bath"),
        (lambda: layers(STACK, side_names={"cem": ("a",)}, **GOOD), "allowed: 2 names"),
        (lambda: layers(STACK, ends="left", **GOOD), "ends = 'left' .* 2 names"),
        (lambda: layers(STACK, side="cem", **GOOD), "boundary 'cem' has the name of a region"),
        (lambda: layers(STACK, cells_y=0, **GOOD), "cells_y = 0 .* whole number from 1"),
        (lambda: layers(STACK, cells_z=2, **GOOD), "cells_z = 2 needs a depth"),
        (lambda: slab(-1.0, 3), "length = -1.0"),
        (lambda: slab(1.0, 2.5), "cells = 2.5"),
        (lambda: slab(1.0, 4, first_cell=0.3), "first_cell = 0.3"),
        (lambda: slab(1.0, 4, first_cell=0.1, grading=1.2), "one of the two"),
        (lambda: box3d((1.0, 1.0), 3), "size = .* 3 values"),
        (lambda: box3d((1.0, 1.0, 0.0), 3), r"size\[2\] = 0.0"),
        (lambda: box3d((1.0, 1.0, 1.0), 3, names=("a", "b")), "allowed: 6 names"),
        (lambda: half_cell(**CELL | {"separator": 0.0}), "separator = 0.0"),
        (lambda: half_cell(**CELL | {"electrode": 1e-6}), "electrode = 1e-06 .* above 2e-05"),
        (lambda: half_cell(**CELL, solid_fraction=1.2), "solid_fraction = 1.2"),
        (lambda: half_cell(**CELL, neck=0.0), "neck = 0.0"),
        (lambda: half_cell(**CELL, gap=-1e-6), "gap = -1e-06"),
        (lambda: half_cell(**CELL, h=1e-8), "h = 1e-08"),
        (lambda: half_cell(**CELL, seed=-1), "seed = -1"),
    ],
)
def test_bad_input_is_one_sentence(build, message):
    with pytest.raises(ValueError, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)
