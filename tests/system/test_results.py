"""What a run leaves for people: its folder read back, pictures, the page, and going on with it."""

import base64
import gzip
import io
import json
import logging
import re
import shutil
import signal
from html.parser import HTMLParser
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from mpi4py import MPI
from PIL import Image

import femion as fm
from femion.case import parse, read
from femion.case.run import run
from femion.cli import app, guarded
from femion.plot.interactive import simplified
from femion.plot.stored import stretches

WORLD = MPI.COMM_WORLD
FIELDS = ["phi", "Na+", "Cl-"]
LAYERS = """
title = "two <b>layers</b> & a march"

[parameters]
salt = "10 mM"

[geometry]
builder = "layers"
thickness = { bath = "40 um", resin = "40 um" }
height = "40 um"
h = "10 um"

[species]
"Na+" = 1
"Cl-" = -1

[media.water]
transport = { type = "Dilute", D = { "Na+" = "1.3e-9 m^2/s", "Cl-" = "2e-9 m^2/s" } }

[media.swollen]
transport = { type = "Effective", transport = "water", porosity = 0.4, tortuosity = 4 }

[phases.bath]
medium = "water"
initial = { "Na+" = "= salt", "Cl-" = "= salt" }

[phases.resin]
medium = "swollen"
fixed_charge = "-100 mM"
initial = { "Na+" = "101 mM", "Cl-" = "1 mM" }

[laws]
"bath|resin" = { type = "Donnan" }

[laws.left]
type = "Reservoir"
concentrations = { "Na+" = "= salt", "Cl-" = "= salt" }
potential = "0 V"

[laws.right]
type = "DonnanReservoir"
concentrations = { "Na+" = "= 2 * salt", "Cl-" = "= 2 * salt" }
potential = { type = "Varying", control = { type = "Potential", value = "= 10 [mV/s] * t" } }

[time]
until = "2 s"
output = ["0.5 s", "1 s", "2 s"]
rtol = 3e-3
watch = { "current right" = "current right", "potential right" = "potential right" }

[checkpoint]
every = "10 min"
steps = 4

[output]
vectors = ["current"]
metrics.V = "potential right"
metrics.ends = { type = "extremes", species = "Cl-", phase = "resin" }
"""


class Stop(logging.Handler):
    """SIGTERM after some steps."""

    def __init__(self, steps):
        super().__init__()
        self.left = steps

    def emit(self, record):
        self.left -= hasattr(record, "reached")
        if self.left == 0:
            signal.raise_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run that is done, in a folder for all ranks."""
    path = WORLD.bcast(tmp_path_factory.mktemp("results")) / "whole"
    return run(read(parse(LAYERS)), path)


@pytest.fixture(scope="module")
def found(folder):
    return fm.load(folder)


def femion(*words):
    return guarded(lambda: app([*map(str, words)]))


# -- reading ----------------------------------------------------------------------------------
def test_a_folder_gives_numbers_series_and_fields_back(found):
    assert found.metrics["V"] == pytest.approx(0.02, rel=1e-12)
    assert found.times == [0.5, 1.0, 2.0]
    assert found.units["current right"] == "A/m"
    V, t = found.series["potential right"], found.series["time"]
    assert V == pytest.approx(0.01 * t, rel=1e-9)
    salt = found.field("Cl-")["resin"]
    assert [salt.min(), salt.max()] == pytest.approx(found.metrics["ends"], rel=1e-12)
    ends = found.summary["concentrations"]["bath"]["Na+"]
    assert found.field("Na+")["bath"].max() == pytest.approx(ends["greatest"], rel=1e-12)
    assert not np.allclose(salt, found.field("Cl-", at="0.5 s")["resin"], rtol=1e-6)
    assert len(found.points("resin")) == len(salt)
    assert "(fields: phi, Na+, Cl-)" in repr(found)


def test_vectors_are_given_back_by_cell(found):
    assert found.vectors == {"bath": ["current"], "resin": ["current"]}
    for at, k in ((None, -1), ("1 s", np.searchsorted(found.series["time"], 1.0))):
        for phase, i in found.vector("current", at).items():
            assert i.shape == (len(found.pieces(["phi"])[phase].cells), 3)
            # the same in every section along x, so its mean is what leaves at the right
            mean = -found.series["current right"][k] / 4e-5
            assert i.mean(axis=0) == pytest.approx((mean, 0, 0), rel=2e-2, abs=2e-2 * abs(mean))
    with pytest.raises(fm.InputError, match=r"'Na' not found; known: current.*output\.vectors"):
        found.vector("Na")


def test_jumps_and_lines_are_those_of_the_solution(found):
    bath, resin = (found.pieces(["phi", "Cl-"])[n] for n in ("bath", "resin"))
    line = np.array([[0.0, 2e-5, 0.0], [8e-5, 2e-5, 0.0]])
    (left,), (right,) = stretches(bath, line), stretches(resin, line)
    assert (left.t[-1], right.t[0]) == pytest.approx((0.5, 0.5), abs=1e-9)
    jump = right.values["phi"][0] - left.values["phi"][-1]
    ratio = right.values["Cl-"][0] / left.values["Cl-"][-1]
    assert jump < -0.01  # Donnan: c ratio = exp(F jump / RT) for z = -1, ideal
    assert np.log(ratio) == pytest.approx(jump * fm.units.F / (fm.units.R * 298.15), rel=1e-6)
    linear = fm.plot.Piece("x", bath.points, bath.cells, bath.kind, {"f": bath.points[:, 0]})
    (along,) = stretches(linear, line)
    assert along.values["f"] == pytest.approx(8e-5 * along.t, abs=1e-15)


def test_grids_for_pyvista(found):
    grid = found.grids("phi")["resin"]
    assert (grid.n_cells, grid.n_points) == (32, 25)
    assert grid.bounds[1] == pytest.approx(8e-5)


def test_series_as_a_frame_and_fields_as_a_dataset(found):
    frame = found.frame()
    assert list(frame) == list(found.series) and frame["time"].iloc[-1] == 2.0
    assert frame["potential right"].max() == pytest.approx(found.metrics["V"], rel=1e-9)
    data = found.dataset("resin")
    assert data.sizes == {"time": 3, "node": len(found.points("resin"))}
    assert data["Cl-"].attrs == {"units": "mol/m3"} and data["phi"].attrs == {"units": "V"}
    assert data["x"].attrs == data["y"].attrs == {"units": "m"}
    last = data["Cl-"].sel(time=2.0)
    assert [last.min(), last.max()] == pytest.approx(found.metrics["ends"], rel=1e-12)
    early = data["phi"].sel(time=0.5).values
    assert early == pytest.approx(found.field("phi", at="0.5 s")["resin"], rel=1e-15)
    assert data["x"].values == pytest.approx(found.points("resin")[:, 0])


def test_what_is_not_there_is_refused_in_a_sentence(found, shared_path):
    for wrong in (lambda: found.field("Na"), lambda: found.points("baht")):
        with pytest.raises(fm.InputError, match="Did you mean"):
            wrong()
    with pytest.raises(fm.InputError, match=r"allowed: 0\.5, 1, 2 s"):
        found.field("phi", at=3)
    with pytest.raises(fm.InputError, match="is no run of femion"):
        fm.load(shared_path)
    WORLD.barrier()
    if WORLD.rank == 0:
        (shared_path / "summary.json").write_text('{"status": "failed", "message": "no"}')
    WORLD.barrier()
    with pytest.raises(fm.InputError, match=r"failed \(no\); allowed: the folder of a run"):
        fm.load(shared_path)
    assert femion("report", shared_path) == femion("plot", shared_path) == 2


def test_damaged_fields_are_refused(found, shared_path):
    copy = shared_path / "copy"
    if WORLD.rank == 0:
        shutil.copytree(found.folder, copy)
        file = copy / "fields/bath.npz"
        file.write_bytes(file.read_bytes()[:-200])
    WORLD.barrier()
    with pytest.raises(fm.InputError, match=r"bath\.npz' is damaged"):
        fm.load(copy).field("phi")


# -- pictures and the page --------------------------------------------------------------------
def test_pictures_of_what_is_stored(found, shared_path, capsys):
    out = shared_path / "Na.gif"
    assert femion("plot", found.folder, "--field", "Na+", "--movie", "-o", out) == 0
    with Image.open(out) as movie:
        assert movie.n_frames == 3
    out = shared_path / "Na.mp4"
    assert femion("plot", found.folder, "--field", "Na+", "--movie", "-o", out) == 0
    assert out.read_bytes()[4:8] == b"ftyp" and out.stat().st_size > 5000
    if WORLD.rank == 0:
        reader = imageio_ffmpeg.read_frames(str(out))
        assert next(reader)["duration"] == pytest.approx(1.2, abs=0.1)  # three frames of 0.4 s
        reader.close()
    lines = shared_path / "i.png"
    words = ("plot", found.folder, "--field", "streams current", "-o", lines)
    assert femion(*words, "--at", "1 s") == 0 and lines.stat().st_size > 10_000
    assert femion(*words, "--overwrite", "--line") == 2
    line = shared_path / "line.pdf"
    assert femion("plot", found.folder, "--field", "phi", "--line", "--at", "1 s", "-o", line) == 0
    assert line.read_bytes().startswith(b"%PDF")
    assert femion("plot", found.folder, "--field", "phi", "-o", line) == 2  # is there
    assert femion("plot", found.folder, "--field", "phi", "--clip", "x") == 2  # is flat
    assert ("Na.gif" in capsys.readouterr().out) == (WORLD.rank == 0)


class Page(HTMLParser):
    """Balance of tags, pictures, and links of a page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.images, self.links, self.words = [], [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "img", "link", "br", "input"):
            self.open.append(tag)
        values = dict(attributes)
        self.images += [values["src"]] if tag == "img" else []
        self.links += [values["href"]] if "href" in values else []
        assert tag != "script" or values.keys() <= {"type", "id"}  # none from elsewhere

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def test_the_page_is_one_file_with_everything(found):
    page = Page((found.folder / "report.html").read_text())
    assert "two <b>layers</b> & a march" in page.words  # as text
    assert "1.0" not in page.links and all(link.startswith("#") for link in page.links)
    for word in ("Where the power goes", "bath", "0.02 V", "How to reproduce", "steps = 4"):
        assert word in page.words
    assert found.summary["versions"]["dolfinx"] in page.words
    heads = [image.split(",")[0] for image in page.images]
    # 3 fields, vector, profile, series, i-V, mesh, steps
    assert heads == ["data:image/png;base64"] * 9
    for image in page.images:
        with Image.open(io.BytesIO(base64.b64decode(image.split(",")[1]))) as picture:
            assert min(picture.size) > 300


def test_the_scene_has_the_stored_numbers_with_their_jumps(found, shared_path):
    file = shared_path / "scene.html"
    assert femion("plot", found.folder, "--scene", "-o", file) == 0
    for text in (file.read_text(), (found.folder / "report.html").read_text()):
        packed = (re.search(rf'id="scene-{what}">([^<]*)<', text)[1] for what in ("data", "plotly"))
        data, library = (gzip.decompress(base64.b64decode(part)) for part in packed)
        scene = json.loads(data)
        assert scene["flat"] and scene["unit"] == "µm" and list(scene["fields"]) == FIELDS
        for part in scene["parts"]:
            values = np.frombuffer(base64.b64decode(part["values"]["phi"]), "<f8")
            assert values == pytest.approx(1e3 * found.field("phi")[part["phase"]], rel=1e-12)
            at = np.frombuffer(base64.b64decode(part["points"]), "<f4").reshape(-1, 3)
            assert at == pytest.approx(1e6 * found.points(part["phase"]), rel=1e-6)
        assert scene["fields"]["phi"][0]["unit"] == "mV"
        assert len(library) > 3e6 and Page(text).words
        assert "http" not in re.sub(r"(?s)<script.*?</script>|<pre.*?</pre>", "", text)


def test_a_scene_of_too_many_triangles_is_simplified():
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(0, 2, 101), np.linspace(0, 1, 51)))
    k = (np.arange(50)[:, None] * 101 + np.arange(100)).ravel()
    cells = np.vstack([np.c_[k, k + 1, k + 102], np.c_[k, k + 102, k + 101]])
    whole = ("a", False, np.c_[x, y, 0 * x], cells, {"f": 3 * x + y})
    _, _, points, few, values = simplified(whole, 0.2)
    assert 0.1 * len(cells) < len(few) <= 0.2 * len(cells)
    assert values["f"] == pytest.approx(3 * points[:, 0] + points[:, 1])  # linear stays linear
    sides = points[few[:, 1:], :2] - points[few[:, :1], :2]
    assert np.abs(np.linalg.det(sides)).sum() / 2 == pytest.approx(2.0, rel=0.1)


def test_the_page_can_be_written_again(found, shared_path):
    copy = shared_path / "copy"
    if WORLD.rank == 0:
        shutil.copytree(found.folder, copy)
        (copy / "report.html").unlink()
        (copy / "pictures/profile.png").unlink()
    WORLD.barrier()
    assert femion("report", copy) == 0
    assert Page((copy / "report.html").read_text()).words
    assert (copy / "pictures/profile.png").exists()
    listed = json.loads((copy / "summary.json").read_text())["files"]
    assert set(listed) == {p.name for p in copy.iterdir()}


# -- going on ---------------------------------------------------------------------------------
def test_a_stopped_run_goes_on_on_other_ranks(found, shared_path, capsys):
    cut, stop = shared_path / "cut", Stop(7)
    case = read(parse(LAYERS, changes=["output.pictures=false"]))
    logging.getLogger("femion").addHandler(stop)
    try:
        with pytest.raises(fm.Stopped, match=r"stopped by SIGTERM at t = .*; 'femion resume "):
            run(case, cut)
    finally:
        logging.getLogger("femion").removeHandler(stop)
    with pytest.raises(fm.InputError, match="was stopped"):
        fm.load(cut)
    WORLD.barrier()
    ranks = WORLD.Split(WORLD.rank)  # each alone; the first goes on
    if WORLD.rank == 0:
        run(read(fm.case.load(cut / "case.toml")), cut, comm=ranks, resume=True)
    WORLD.barrier()
    now = fm.load(cut)
    assert now.summary["ranks"] == 1 and len(now.summary["resumed"]) == 1
    for name, series in found.series.items():
        assert now.series[name] == pytest.approx(series, rel=1e-6, abs=1e-12)
    assert now.field("phi")["resin"].max() == pytest.approx(found.field("phi")["resin"].max())
    assert "t = 2 s" in (cut / "log.txt").read_text()
    assert femion("resume", cut) == 0
    assert ("is finished" in capsys.readouterr().out) == (WORLD.rank == 0)


def test_a_run_without_checkpoints_does_not_go_on(found, shared_path, capsys):
    if WORLD.rank == 0:
        text = (found.folder / "case.toml").read_text()
        (shared_path / "case.toml").write_text(text.split("[checkpoint]")[0])
        (shared_path / "summary.json").write_text('{"status": "running", "files": []}')
    WORLD.barrier()
    assert femion("resume", shared_path) == 2
    assert femion("resume", Path("nowhere")) == 2
    text = capsys.readouterr().err
    assert ("keeps no checkpoints" in text) == (WORLD.rank == 0)


@pytest.mark.parametrize(
    "table, words",
    [
        ('every = "-1 s"', "every of Checkpoints"),
        ('folder = "x"', "key of checkpoint 'folder' not found; known: every, keep, steps"),
        ("steps = 0", "steps of Checkpoints = 0"),
        ('every = "1 m"', "every"),
    ],
)
def test_wrong_checkpoints_are_refused_with_their_line(table, words):
    text = LAYERS.split("[checkpoint]")[0] + f"[checkpoint]\n{table}\n"
    line = len(text.splitlines())
    with pytest.raises(fm.InputError, match=rf"(?s)case\.toml:{line}.*{words}"):
        read(parse(text))
