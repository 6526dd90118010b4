"""Tests run alike in serial and under `mpiexec -n N python -m mpi4py -m pytest`."""

import pytest
from mpi4py import MPI

import femion  # noqa: F401  (before mpi4py: orders the wheel of DOLFINx)

#: Files that three ranks run whole.
PARALLEL = ("test_parallel", "test_laws", "test_external", "test_reactions", "test_verify")


def pytest_collection_modifyitems(config, items):
    """Three ranks, slow on two cores, run what is about ranks; one and two run everything."""
    if MPI.COMM_WORLD.size > 2 and not config.getoption("keyword"):
        kept = [i for i in items if "rank" in i.name or i.path.stem in PARALLEL]
        config.hook.pytest_deselected(items=[i for i in items if i not in kept])
        items[:] = kept


@pytest.fixture
def comm():
    return MPI.COMM_WORLD


@pytest.fixture
def shared_path(tmp_path):
    """One temporary folder for all ranks."""
    return MPI.COMM_WORLD.bcast(tmp_path)
