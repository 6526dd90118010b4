"""`femion mesh`: every file of the catalogue builds, and what is wrong is one sentence, exit 2."""

from pathlib import Path

import pytest
from cases import femion_command
from mpi4py import MPI

from femion.cli import app, guarded

MESHES = Path(__file__).parents[2] / "meshes"
#: Coarser than the files, for speed; others are small already.
COARSE = {
    "channel": ['h="0.5 mm"', 'h_along="2 mm"', 'h_inlet="1 mm"', 'first_cell="0.1 mm"'],
    "diamond_net": ['h="0.4 mm"', 'first_cell="0.15 mm"'],
    "electrode_2d": ['h_surface="1.5 um"', 'size=["30 um", "20 um"]'],
    "electrode_3d": ['h_surface="3 um"', "solid_fraction=0.2", 'size=["22 um", "21 um", "21 um"]'],
    "ellipsoids": ['h_surface="4 um"', 'size=["21 um", "21 um", "21 um"]', "solid_fraction=0.2"],
    "fcc": ["h=0.15"],
    "graded_electrode": ['size=["60 um", "20 um"]'],
    "ladder_net": ['h="0.4 mm"', 'first_cell="0.15 mm"'],
    "nanofilter": ["filaments=1", 'first_cell="20 um"'],
    "round_nanopore": ['h="30 nm"', "around=3"],
    "spacer_layers": ["filaments=2", 'h_wall="0.1 mm"'],
    "submerged_3d": ["filaments=1", 'h="0.3 mm"'],
    "woven_net": ['h="0.4 mm"', 'first_cell="0.2 mm"'],
    "woven_ladder_net": ['h="0.4 mm"', 'first_cell="0.2 mm"'],
}
#: A corner that cells of this size cannot follow.
FLAT = 'builder = "hull_cell"\nnear = "0.1 mm"\nh = "60 mm"\n'


def run(capsys, *words):
    """Exit code, report and complaint of `femion mesh` in this process, as rank 0 prints them."""
    code = guarded(lambda: app(["mesh", *map(str, words)]))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def small(shared_path):
    """A parameter file whose mesh takes no time."""
    file = shared_path / "slab.toml"
    if MPI.COMM_WORLD.rank == 0:
        file.write_text('builder = "slab"\nlength = "1 mm"\ncells = 4\n')
    MPI.COMM_WORLD.barrier()
    return file


@pytest.mark.parametrize("file", sorted(MESHES.glob("*.toml")), ids=lambda f: f.stem)
def test_every_file_of_the_catalogue_builds(file, capsys):
    changes = [word for change in COARSE.get(file.stem, []) for word in ("--set", change)]
    code, out, err = run(capsys, file, *changes)
    assert code == 0, err
    if MPI.COMM_WORLD.rank == 0:
        assert "quality  least" in out and "region" in out and "m high" in out


def test_output_is_written_and_not_replaced_unless_told(small, shared_path, capsys):
    output, picture = shared_path / "slab.msh", shared_path / "slab.png"
    words = (small, "-o", output, "--picture", picture)
    assert run(capsys, *words)[0] == 0
    MPI.COMM_WORLD.barrier()
    before = output.stat().st_mtime_ns
    assert picture.stat().st_size > 1000
    code, _, err = run(capsys, *words)
    assert code == 2 and output.stat().st_mtime_ns == before
    if MPI.COMM_WORLD.rank == 0:
        assert "exists; allowed: --overwrite" in err and err.count("\n") == 1
    assert run(capsys, *words, "--overwrite", "--set", "cells=8")[0] == 0
    code, out, _ = run(capsys, output)
    assert code == 0
    if MPI.COMM_WORLD.rank == 0:
        assert out.startswith("16 triangles")


def test_what_is_wrong_is_one_sentence(small, shared_path, capsys):
    bad, broken = shared_path / "bad.toml", shared_path / "broken.msh"
    if MPI.COMM_WORLD.rank == 0:
        bad.write_text("builder = \n")
        head = '$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$PhysicalNames\n1\n2 1 "a"\n'
        broken.write_text(head + "$EndPhysicalNames\n$Nodes\n1 4 1\n")
    MPI.COMM_WORLD.barrier()
    for words, message in (
        ([small, "--set", "celsl=3"], "Did you mean 'cells'?"),
        ([small, "--set", 'builder="slob"'], "Did you mean 'slab'?"),
        ([small, "--set", "cells"], "key=value"),
        ([small, "--set", "cells=0"], "cells = 0"),
        ([small, "-o", shared_path / "none" / "a.msh"], "existing folder"),
        ([bad], "is not TOML"),
        ([broken], "broken.msh"),
        ([shared_path / "none.toml"], "does not exist"),
        ([broken, "--set", "h=1"], "with a .toml file"),
    ):
        code, out, err = run(capsys, *words)
        assert code == 2 and not out, words
        if MPI.COMM_WORLD.rank == 0:
            assert message in err and err.count("\n") == 1 and err.startswith("femion: ")


def test_a_mesh_of_bad_quality_is_refused_unless_forced(shared_path, capsys):
    file = shared_path / "flat.toml"
    if MPI.COMM_WORLD.rank == 0:
        file.write_text(FLAT)
    MPI.COMM_WORLD.barrier()
    code, _, err = run(capsys, file)
    assert code == 2
    if MPI.COMM_WORLD.rank == 0:
        assert "has a cell of quality" in err
    assert run(capsys, file, "--force")[0] == 0


@pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="starts processes of its own")
def test_two_ranks_build_one_mesh_and_refuse_as_one(small, tmp_path):
    done = femion_command("mesh", str(small), "-o", "x.msh", cwd=tmp_path, ranks=2)
    assert done.returncode == 0 and done.stdout.startswith("8 triangles"), done.stderr
    again = femion_command("mesh", str(small), "-o", "x.msh", cwd=tmp_path, ranks=2)
    assert again.returncode == 2 and "Traceback" not in again.stderr
    assert again.stderr.count("femion: ") == 1
