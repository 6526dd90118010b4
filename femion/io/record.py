"""Folders on disk that are complete once they have their name, each with a record in JSON."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import _dolfinx as dx
from ..errors import InputError

FORMAT = 1
HIDDEN = ".writing-"  #: start of the name of what is not complete


def prepare(comm: Any, folder: Path) -> None:
    """Make a folder that can be written. Collective. Raises InputError if there is none."""

    def attempt() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"{HIDDEN}probe"
        _flush(probe, "probe")
        probe.unlink()

    if failure := _on_first(comm, attempt):
        raise InputError(f"folder of Checkpoints = {str(folder)!r} cannot be written: {failure}")


def complete(comm: Any, folder: Path) -> list[str]:
    """Names of the checkpoints of a run, oldest first. Collective."""
    names = sorted(p.name for p in folder.glob("step-*")) if comm.rank == 0 else []
    return list(comm.bcast(names))


def write(comm: Any, folder: Path, meta: dict[str, Any], fill: Callable[[Path], None]) -> None:
    """Make a folder of a record and what `fill` writes. Collective. Raises OSError everywhere."""
    hidden = folder.with_name(f"{HIDDEN}{folder.name}")

    def begin() -> None:
        shutil.rmtree(hidden, ignore_errors=True)
        hidden.mkdir()

    def finish() -> None:
        _flush(hidden / "state.json", _sealed(meta))
        _sync(hidden)
        if folder.exists():  # of a run that came further and was resumed from before
            shutil.rmtree(folder)
        hidden.rename(folder)
        _sync(folder.parent)

    try:
        if failure := _on_first(comm, begin):
            raise OSError(failure)
        fill(hidden)
        if failure := _on_first(comm, finish):
            raise OSError(failure)
    except OSError:
        if comm.rank == 0:
            shutil.rmtree(hidden, ignore_errors=True)
        raise


def read(comm: Any, folder: Path) -> dict[str, Any]:
    """The record of a folder. Collective. Raises InputError if it is damaged."""
    found: dict[str, Any] = {}

    def attempt() -> None:
        whole = json.loads((folder / "state.json").read_text())
        if whole["format"] != FORMAT:
            raise ValueError(f"its format is {whole['format']}; allowed: {FORMAT}")
        if whole["sha256"] != _hash(whole["state"]):
            raise ValueError("its content has changed")
        found.update(whole["state"])

    if failure := _on_first(comm, attempt):
        raise broken(folder, f"state.json: {failure}")
    return dict(comm.bcast(found))


def tidy(comm: Any, folder: Path, keep: int) -> None:
    """Remove all checkpoints but the newest, and what was left unfinished. Collective."""
    if comm.rank == 0:
        old = sorted(folder.glob("step-*"))[:-keep]
        for path in [*old, *folder.glob(f"{HIDDEN}*")]:
            shutil.rmtree(path, ignore_errors=True)
    comm.barrier()


def broken(folder: Path, why: str) -> InputError:
    """The refusal of a damaged checkpoint."""
    return InputError(
        f"checkpoint '{folder}' is damaged: {why}; allowed: a complete one (remove it to go on "
        "from the one before, if there is)"
    )


def _sealed(meta: dict[str, Any]) -> str:
    from .. import __version__

    head = {"format": FORMAT, "femion": __version__, "with": dx.jit_version()}
    return json.dumps(head | {"sha256": _hash(meta), "state": meta}, indent=1) + "\n"


def _hash(meta: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(meta).encode()).hexdigest()


def _flush(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Make names in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _on_first(comm: Any, action: Callable[[], None]) -> str:
    """Run on rank 0; every rank gets the sentence of what went wrong, or ""."""
    failure = ""
    if comm.rank == 0:
        try:
            action()
        except OSError as error:
            failure = error.strerror or str(error)
        except (ValueError, KeyError, TypeError) as error:
            failure = str(error) or type(error).__name__
    return str(comm.bcast(failure))
