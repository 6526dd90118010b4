"""Tests run alike in serial and under `mpiexec -n N python -m mpi4py -m pytest`."""

import pytest
from mpi4py import MPI

import femion  # noqa: F401  (before mpi4py: orders the wheel of DOLFINx)


@pytest.fixture
def comm():
    return MPI.COMM_WORLD


@pytest.fixture
def shared_path(tmp_path):
    """One temporary folder for all ranks."""
    return MPI.COMM_WORLD.bcast(tmp_path)
