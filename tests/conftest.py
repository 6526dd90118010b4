"""Tests run alike in serial and under `mpiexec -n N python -m mpi4py -m pytest`."""

import gc

import pytest
from mpi4py import MPI
from petsc4py import PETSc

import femion  # noqa: F401  (before mpi4py: orders the wheel of DOLFINx)

#: Files that three ranks run whole.
PARALLEL = ("test_parallel", "test_laws", "test_external", "test_reactions", "test_verify")

#: Files of tests/system that look at one process.
ALONE = ("test_bad_cases", "test_docs")


def pytest_collection_modifyitems(config, items):
    """One process runs everything; two leave out what is about one; three run what is about ranks.

    Three ranks are slow on two cores.
    """
    size = MPI.COMM_WORLD.size
    if size > 1 and not config.getoption("keyword"):
        kept = [i for i in items if "rank" in i.name or (_pair if size == 2 else _triple)(i.path)]
        config.hook.pytest_deselected(items=[i for i in items if i not in kept])
        items[:] = kept


def _pair(path):
    return path.parent.name != "unit" and path.stem not in ALONE


def _triple(path):
    return path.stem in PARALLEL


@pytest.fixture(autouse=True, scope="module")
def tidy():
    """Frees what a file leaves: in parallel PETSc's objects and their communicators stay else."""
    yield
    gc.collect()
    PETSc.garbage_cleanup(MPI.COMM_WORLD)


@pytest.fixture
def comm():
    return MPI.COMM_WORLD


@pytest.fixture
def shared_path(tmp_path):
    """One temporary folder for all ranks."""
    return MPI.COMM_WORLD.bcast(tmp_path)
