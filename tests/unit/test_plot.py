"""Pictures: the numbers in them are those of the solution, on any number of ranks."""

import base64
import csv
import gzip
import json
import re
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion import plot
from femion.errors import InputError
from femion.plot.stored import profile
from femion.plot.streams import gathered
from femion.plot.style import clusters, length_unit, symbol
from femion.solution import nodal

COMM = MPI.COMM_WORLD
um = 1e-6


@pytest.fixture
def folder(tmp_path):
    """One folder for all ranks (pytest gives each its own)."""
    return Path(COMM.bcast(str(tmp_path)))


@pytest.fixture(scope="module")
def membrane():
    """Bath | cation exchange membrane | bath at an imposed current, P2."""
    geometry = fm.geometry.layers(
        dict.fromkeys(("feed", "membrane", "permeate"), 100 * um),
        height=20 * um,
        h=10 * um,
        first_cell=2 * um,
        cells_y=2,
    )
    ions = fm.Species("Na+", 1), fm.Species("Cl-", -1)
    water = fm.Medium(ions, fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
    resin = fm.Medium(ions, fm.Effective(water.transport, 0.1))
    salt = {"Na+": 100.0, "Cl-": 100.0}
    phases = [
        fm.Phase("feed", water),
        fm.Phase("membrane", resin, fixed_charge=-1000.0),
        fm.Phase("permeate", water),
    ]
    laws = [
        fm.Reservoir("left", salt, potential=0.0),
        fm.Reservoir("right", salt, current_density=-100.0),
        fm.Donnan("feed|membrane"),
        fm.Donnan("membrane|permeate"),
    ]
    return fm.solve(fm.Model(phases, laws), geometry, degree=2)


def electrode_on(geometry, sizes):
    """Electrolyte beside a conductor with Butler-Volmer between them, 20 A/m2."""
    salt = {"Li+": 1000.0, "PF6-": 1000.0}
    ions = fm.Species("Li+", 1), fm.Species("PF6-", -1)
    electrolyte = fm.Medium(ions, fm.Dilute({"Li+": 2e-10, "PF6-": 3e-10}))
    lithium = {"reaction": "Li -> Li+ + e-", "stored": ("Li",)}

    def i0(metal, e):
        return (5 + 2e5 * e.x[1]) * (e.c["Li+"] / 1000.0) ** 0.5

    laws = [
        fm.ButlerVolmer(
            sizes[0],
            exchange_current_density=5.0,
            equilibrium_potential=fm.Nernst(0.0, {"Li+": 1}),
            terminal=fm.Potential(0.0),
            **lithium,
        ),
        fm.ButlerVolmer(
            "metal|electrolyte",
            exchange_current_density=i0,
            equilibrium_potential=fm.Nernst(3.9, {"Li+": 1}),
            **lithium,
        ),
        fm.Terminal(sizes[1], current_density=-20.0),
    ]
    phases = [
        fm.Phase("electrolyte", electrolyte, initial=salt),
        fm.Phase("metal", fm.Conductor(10.0)),
    ]
    return fm.solve(fm.Model(phases, laws), geometry)


@pytest.fixture(scope="module")
def electrode():
    """In 2D."""
    geometry = fm.geometry.layers(
        {"electrolyte": 50 * um, "metal": 50 * um}, height=40 * um, h=10 * um
    )
    return electrode_on(geometry, ("left", "right"))


@pytest.fixture(scope="module")
def box():
    """In 3D."""
    geometry = fm.geometry.layers(
        {"electrolyte": 30 * um, "metal": 30 * um}, height=20 * um, depth=20 * um, h=10 * um
    )
    return electrode_on(geometry, ("left", "right"))


def drawn(file):
    """The picture exists and is not blank; the same verdict on all ranks."""
    verdict = None
    if COMM.rank == 0:
        from matplotlib.image import imread

        pixels = imread(file)[..., :3]
        verdict = pixels.std() > 0.05 and min(pixels.shape[:2]) > 100
    return COMM.bcast(verdict)


def test_profile_shows_both_sides_of_a_jump(membrane):
    data = plot.profile(membrane, ["Na+", "Cl-", "phi"]).data
    for x, interface in ((100 * um, "feed|membrane"), (200 * um, "membrane|permeate")):
        here = np.flatnonzero(np.abs(data["x"] - x) < 1e-9 * um)
        assert len(here) == 2
        assert list(data["phase"][here]) == interface.split("|")
        for k, phase in zip(here, interface.split("|"), strict=True):
            trace = membrane.mean(lambda s: s.c["Na+"], interface, phase)
            assert data["Na+"][k] == pytest.approx(trace, rel=1e-6)
            trace = membrane.mean(lambda s: s.phi, interface, phase)
            assert data["phi"][k] == pytest.approx(trace, abs=1e-8)
    assert np.all(np.diff(data["s"]) >= 0)
    assert data["Na+"][0] == pytest.approx(100.0) and data["s"][-1] == pytest.approx(300 * um)


def test_profile_agrees_with_the_nodes_whatever_the_ranks(membrane):
    data = plot.profile(membrane, "Cl-", points=61).data
    digest = COMM.allgather(float(data["Cl-"].sum()))
    assert len(set(digest)) == 1
    block = membrane.problem.blocks["membrane"]
    values, x = nodal(membrane.problem, "membrane", "Cl-"), block.node_x
    inside = data["phase"] == "membrane"
    middle = np.flatnonzero(np.abs(x[:, 1] - 10 * um) < 1e-9 * um)
    checked = 0
    for node in middle:
        same = np.abs(data["x"][inside] - x[node, 0]) < 1e-9 * um
        for c in data["Cl-"][inside][same]:
            assert c == pytest.approx(values[node], rel=1e-9)
            checked += 1
    assert COMM.allreduce(checked) > 5


def test_profile_across_and_table(membrane, folder):
    at = 250 * um
    line = {"start": (at, 0.0), "end": (at, 20 * um)}
    made = plot.profile(
        membrane, ["Na+", "phi"], folder / "a" / "p.png", csv=folder / "b" / "p.csv", **line
    )
    assert set(made.data["phase"]) == {"permeate"}
    assert np.ptp(made.data["Na+"]) < 1e-6 * made.data["Na+"][0]
    assert drawn(made.file)
    if COMM.rank == 0:
        with (folder / "b" / "p.csv").open(encoding="utf-8") as stream:
            table = list(csv.reader(stream))
        assert table[0] == ["s [m]", "x [m]", "y [m]", "z [m]", "phase", "Na+ [mol/m3]", "phi [V]"]
        assert len(table) == len(made.data["s"]) + 1
        assert float(table[1][5]) == pytest.approx(made.data["Na+"][0], rel=1e-10)


def test_line_outside_is_refused(membrane):
    with pytest.raises(InputError, match="meets none of the phases"):
        plot.profile(membrane, "Na+", start=(0, 1.0), end=(1.0, 1.0))
    with pytest.raises(InputError, match="no length"):
        plot.profile(membrane, "Na+", start=(0, 0), end=(0, 0))


@pytest.mark.parametrize("case", ["membrane", "box"])
def test_grids_have_every_cell_once(case, request):
    solution = request.getfixturevalue(case)
    found = plot.grids(solution, "phi")
    domain = solution.problem.domain
    assert bool(found) == (COMM.rank == 0)
    for name in [b.name for b in solution.problem.phases]:
        block = solution.problem.blocks[name]
        cells = block.mesh.topology.index_map(domain.tdim).size_global
        one = 0 * solution.state(name).phi + 1
        import ufl

        size = solution.integral(one, ufl.dx(block.mesh))
        low = COMM.allreduce(nodal(solution.problem, name, "phi").min(initial=9e9), op=MPI.MIN)
        if COMM.rank == 0:
            grid = found[name]
            assert grid.n_cells == cells
            sizes = grid.compute_cell_sizes()
            measure = sizes["Area"] if domain.tdim == 2 else sizes["Volume"]
            assert np.sum(measure) == pytest.approx(size, rel=1e-5)
            assert grid["phi"].min() == pytest.approx(low, abs=1e-14)


def test_split_of_quadratic_cells_fills_them(membrane):
    for piece in plot.pieces(membrane, ["Na+"]).values():
        a, b, c = np.moveaxis(piece.points[piece.simplices][..., :2], 1, 0)
        twice = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        assert np.abs(twice).sum() / 2 == pytest.approx(100 * um * 20 * um)
        edges = np.linalg.norm(np.diff(piece.points[piece.rim], axis=1), axis=-1)
        assert edges.sum() == pytest.approx(240 * um)


@pytest.mark.parametrize("case", ["electrode", "box"])
def test_surface_current_integrates_to_the_current(case, request, folder):
    solution = request.getfixturevalue(case)
    for where in ("metal|electrolyte", "left"):
        made = plot.surface(solution, where, folder / f"{case}.png")
        total = float((made.data["area"] * made.data["current_density"]).sum())
        current, area = solution.current(where), solution.site(where).area
        if COMM.rank == 0:
            assert total == pytest.approx(current, rel=1e-9)
            assert made.data["area"].sum() == pytest.approx(area)
        assert drawn(made.file)


def test_surface_needs_a_rate(membrane, electrode):
    with pytest.raises(InputError, match="no law with a finite rate"):
        plot.surface(membrane, "feed|membrane")
    with pytest.raises(InputError, match=r"Did you mean 'metal\|electrolyte'"):
        plot.surface(electrode, "metal|electrolyt")


def test_pictures_of_the_membrane(membrane, folder):
    assert drawn(plot.fields(membrane, ["Na+", "phi"], folder / "new" / "f.png"))
    assert drawn(plot.fields(membrane, "Na+", folder / "p.png", per_phase=True, aspect="equal"))
    assert drawn(plot.scene(membrane, "Na+", folder / "s.png", log=False))
    assert drawn(plot.profile(membrane, ["Na+", "Cl-", "phi"], folder / "l.png").file)
    assert drawn(plot.mesh(membrane, folder / "m.png"))


def test_pictures_in_3d(box, folder):
    assert drawn(plot.fields(box, ["Li+", "phi"], folder / "f.png", clip="z"))
    assert drawn(plot.scene(box, "phi", folder / "s.png", clip={"electrolyte": "-y"}))
    assert drawn(plot.mesh(box.problem.domain, folder / "m.png", clip="x"))


def test_streams_follow_the_current(membrane, box, folder):
    found = gathered(membrane, "current")
    assert [s.piece.name for s in found] == ["feed", "membrane", "permeate"] * (COMM.rank == 0)
    for s in found:  # 100 A/m2 along x, the same in all phases
        assert s.cells == pytest.approx(np.tile((100.0, 0, 0), (len(s.piece.simplices), 1)), abs=1)
        assert s.nodes == pytest.approx(np.tile((100.0, 0, 0), (len(s.piece.points), 1)), abs=1)
    for file in (
        plot.streams(membrane, "current", folder / "i.png"),
        plot.streams(box, "current", folder / "box.png", phases=["electrolyte"]),
        plot.arrows(membrane, "Na+", folder / "a.png"),
        plot.arrows(box, "Li+", folder / "arrows.png"),
    ):
        assert drawn(file)
    with pytest.raises(InputError, match="vector 'velocity' not found; known: Cl-, Na"):
        plot.streams(membrane, "velocity", folder / "v.png")


class Hollow:
    """Stored fields of two strips with nothing between them."""

    state: ClassVar = {"charges": {}}

    def pieces(self, names, at=None):
        corners = np.array([(0, 0, 0), (1, 0, 0), (1, 0.3, 0), (0, 0.3, 0)], dtype=float)
        points = np.concatenate([corners, corners + np.array([0, 0.7, 0])])
        cells = np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7)])
        return {"strips": plot.Piece("strips", points, cells, 5, {"phi": points[:, 0]})}


def test_a_profile_goes_beside_a_hollow_middle(folder):
    if COMM.rank == 0:
        assert drawn(profile(Hollow(), ["phi"], folder / "beside.png"))


def test_a_scene_shows_solids_whole_and_cut_open(box, folder):
    text = Path(plot.scene3d(box, folder / "box.html", ["phi"])).read_text()
    packed = re.search('id="scene-data">([^<]*)<', text)[1]
    scene = json.loads(gzip.decompress(base64.b64decode(packed)))
    parts = {(p["phase"], p["cut"]): p for p in scene["parts"]}
    assert parts.keys() == {(n, cut) for n in ("electrolyte", "metal") for cut in (False, True)}
    middle = sum(scene["ranges"]["y"]) / 2
    for (phase, cut), part in parts.items():
        at = np.frombuffer(base64.b64decode(part["points"]), "<f4").reshape(-1, 3)
        assert at[:, 1].min() == pytest.approx(middle if cut else scene["ranges"]["y"][0], abs=0.01)
        phi = np.frombuffer(base64.b64decode(part["values"]["phi"]), "<f8")
        (bar,) = (b for b in scene["fields"]["phi"] if phase in b["phases"])
        assert len(phi) == len(at)
        assert bar["low"] - 1e-9 <= phi.min() and phi.max() <= bar["high"] + 1e-9


def test_unknown_names_are_refused(membrane, electrode, box, folder):
    with pytest.raises(InputError, match="field 'Na' not found; known: Cl-, Na\\+, phi"):
        plot.fields(membrane, ["Na"], folder / "x.png")
    with pytest.raises(InputError, match="field 'e-' not found"):
        plot.grids(electrode, "e-")
    with pytest.raises(InputError, match=r"phase 'feet' not found.*Did you mean 'feed'"):
        plot.scene(membrane, "Na+", folder / "x.png", phases=["feet"])
    with pytest.raises(InputError, match="clip 'w' not found"):
        plot.scene(box, "phi", folder / "x.png", clip="w")
    with pytest.raises(InputError, match="cuts 3D domains"):
        plot.scene(membrane, "phi", folder / "x.png", clip="x")
    with pytest.raises(InputError, match=r"cannot be written.*nowhere"):
        plot.mesh(membrane, "/proc/nowhere/x.png")
    assert not (folder / "x.png").exists()


@pytest.mark.parametrize(
    ("name", "z", "text"),
    [
        ("Na+", 1, "Na⁺"),
        ("Ca2+", 2, "Ca²⁺"),
        ("PF6-", -1, "PF₆⁻"),
        ("SO42-", -2, "SO₄²⁻"),
        ("SO4--", -2, "SO₄²⁻"),
        ("H2O", 0, "H₂O"),
        ("e-", -1, "e⁻"),
        ("X", -1, "X"),
    ],
)
def test_symbols(name, z, text):
    assert symbol(name, z) == text


def test_units_and_groups():
    assert length_unit(300e-6) == (1e6, "µm") and length_unit(5e-3) == (1e3, "mm")
    assert length_unit(1e-7) == (1e9, "nm") and length_unit(3.0) == (1.0, "m")
    apart = {"metal": (3.78, 3.79), "liquid": (-0.1, -0.09)}
    assert clusters(apart) == [("liquid",), ("metal",)]
    donnan = {"a": (0.0, 1e-3), "b": (0.2, 0.201)}
    assert clusters(donnan) == [("a", "b")]


def test_curves_are_drawn_side_by_side_and_bands_stay_inside(folder):
    x = [0.0, 1.0, 2.0]
    panels = [
        plot.Panel("x  [m]", "y  [V]", {"one": (x, [1.0, -1.0, 3.0]), "two": (x, x)}),
        plot.Panel("x  [m]", "z  [A]", {"two": (x, x)}, {"above": (1.0, np.inf)}),
    ]
    picture = plot.curves(panels, folder / "new" / "curves.png")
    assert picture.file == folder / "new" / "curves.png"
    if COMM.rank == 0:
        from matplotlib.image import imread

        height, width = imread(picture.file).shape[:2]
        assert width > 1.5 * height  # two panels beside each other
