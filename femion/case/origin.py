"""Where a run comes from: file, commit, versions, machine."""

import platform
import subprocess
from pathlib import Path
from typing import Any

from mpi4py import MPI

from .. import _dolfinx as dx
from .document import Case


def origin(case: Case, comm: Any) -> dict[str, Any]:
    """Where the run comes from: file, git hash of its folder, versions, machine."""
    folder = case.source.folder(())
    return {
        "case": case.source.name,
        "git": _git(folder) if comm.rank == 0 else None,
        "versions": versions(),
        "machine": platform.node(),
    }


def versions() -> dict[str, str]:
    """Of femion and what it stands on."""
    from petsc4py import PETSc

    from .. import __version__

    return {
        "femion": __version__,
        "python": platform.python_version(),
        "dolfinx": dx.jit_version(),
        "petsc": ".".join(map(str, PETSc.Sys.getVersion())),
        "mpi": MPI.Get_library_version().split("\n")[0].strip("\0 "),
    }


def _git(folder: Path) -> str | None:
    """Hash of the commit that a folder is at, with "+" if there are changes."""
    try:
        words = ["git", "-C", str(folder)]
        found = subprocess.run([*words, "rev-parse", "HEAD"], capture_output=True, text=True)
        if found.returncode:
            return None
        changed = subprocess.run([*words, "diff", "--quiet", "HEAD"], capture_output=True)
        return found.stdout.strip() + ("+" if changed.returncode else "")
    except OSError:
        return None
