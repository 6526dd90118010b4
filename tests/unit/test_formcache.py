"""Forms compiled for the processors that are there; a killed compilation keeps nobody waiting."""

from multiprocessing import get_context

import pytest

from femion import formcache
from femion.formcache import FormCache


def left_by_a_kill(folder):
    folder.mkdir(exist_ok=True)
    for name in ("half.c", "whole.c", "whole.c.cached"):
        (folder / name).touch()


def compile_until_told(folder, ready, enough):
    with FormCache(folder).compiling():
        (folder / "mine.c").touch()
        ready.set()
        enough.wait()


def test_what_a_killed_compilation_left_is_removed(tmp_path):
    left_by_a_kill(tmp_path)
    with FormCache(tmp_path).compiling():
        assert {f.name for f in tmp_path.glob("*.c*")} == {"whole.c", "whole.c.cached"}


def test_files_of_those_who_compile_stay_until_they_end_or_are_killed(tmp_path):
    context = get_context("spawn")
    ready, enough = context.Event(), context.Event()
    other = context.Process(target=compile_until_told, args=(tmp_path, ready, enough))
    other.start()
    assert ready.wait(60)
    mine = FormCache(tmp_path)
    with mine.compiling():
        assert (tmp_path / "mine.c").exists()
    other.kill()
    other.join()
    with mine.compiling():
        assert not (tmp_path / "mine.c").exists()


class Ranks:
    """A communicator whose ranks have these processors."""

    rank = 0

    def __init__(self, *processors):
        self.processors = processors

    def allgather(self, mine):
        return list(self.processors)


@pytest.mark.parametrize(("ranks", "own"), [(Ranks("a", "a"), True), (Ranks("a", "b"), False)])
def test_ranks_share_forms_that_all_of_them_can_run(tmp_path, ranks, own):
    with formcache.compiling(ranks, tmp_path) as options:
        assert ("-march=native" in options["cffi_extra_compile_args"]) == own
        assert options["cache_dir"] == str(tmp_path / "a" if own else tmp_path)
