"""Rows of numbers that ranks share, as one NumPy file (.npy) that all of them write at once."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from .order import mix, total

Floats = npt.NDArray[np.float64]


def write(comm: Any, file: Path, rows: list[Floats], first: int, size: int) -> None:
    """Write rows of `size` numbers, of which this rank has those from `first` on. Collective.

    Raises OSError on every rank if it fails on one.
    """
    out, failure = None, ""
    head = _head(len(rows), size)
    try:
        out = MPI.File.Open(comm, str(file), MPI.MODE_CREATE | MPI.MODE_WRONLY)
        if comm.rank == 0:
            out.Write_at(0, head)
        for k, row in enumerate(rows):  # each rank for itself: none waits for one that fails
            out.Write_at(len(head) + 8 * (k * size + first), np.ascontiguousarray(row, "<f8"))
    except MPI.Exception as error:
        failure = _text(error)
    failure = _first(comm, failure)
    if out is not None:
        failure = failure or _first(comm, _failure(out.Sync))
        failure = failure or _first(comm, _failure(out.Close))
    expected = len(head) + 8 * len(rows) * size
    if comm.rank == 0 and not failure and file.stat().st_size != expected:
        failure = f"{file.stat().st_size} instead of {expected} bytes were written"
    if failure := comm.bcast(failure):
        raise OSError(failure)


def read(comm: Any, file: Path, rows: int, first: int, last: int, size: int) -> list[Floats]:
    """This rank's part [first, last) of every row. Collective. Raises OSError as `write` does."""
    head, failure, out = _head(rows, size), "", []
    if comm.rank == 0:
        try:
            expected, found = len(head) + 8 * rows * size, file.stat().st_size
            if found != expected:
                failure = f"it has {found} instead of {expected} bytes"
        except OSError as error:
            failure = error.strerror or str(error)
    if failure := comm.bcast(failure):
        raise OSError(failure)
    source = None
    try:
        source = MPI.File.Open(comm, str(file), MPI.MODE_RDONLY)
        for k in range(rows):
            row = np.empty(last - first, dtype="<f8")
            source.Read_at(len(head) + 8 * (k * size + first), row)
            out.append(row.astype(np.float64))
    except MPI.Exception as error:
        failure = _text(error)
    failure = _first(comm, failure)
    if source is not None:
        source.Close()
    if failure:
        raise OSError(failure)
    return out


def checksum(comm: Any, rows: list[Floats], first: int, size: int) -> str:
    """A hash of all numbers and their places, the same on any number of ranks. Collective."""
    words = np.zeros(0, dtype=np.uint64)
    for k, row in enumerate(rows):
        place = np.arange(k * size + first, k * size + first + len(row))
        words = np.append(words, mix(row.astype("<f8").view("<u8") ^ mix(place)))
    return total(comm, words)


def _head(rows: int, size: int) -> bytes:
    """The first bytes of the file."""
    stream = io.BytesIO()
    shape = {"descr": "<f8", "fortran_order": False, "shape": (rows, size)}
    np.lib.format.write_array_header_1_0(stream, shape)
    return stream.getvalue()


def _failure(action: Any) -> str:
    try:
        action()
    except MPI.Exception as error:
        return _text(error)
    return ""


def _text(error: Any) -> str:
    """What the system said, without MPI's way to it."""
    last = str(error.error_string).strip().splitlines()[-1]
    return last.split("..: ")[-1].removeprefix("Other I/O error ")


def _first(comm: Any, failure: str) -> str:
    """The first failure of any rank."""
    return next((f for f in comm.allgather(failure) if f), "")
