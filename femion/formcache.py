"""The folder of compiled forms: shared by all runs of a user, and whole after a kill.

FFCx marks a form as taken by creating its C file, and others wait until it is built. A compilation
that is killed leaves such a mark, for which later runs would wait in vain. Whoever compiles here
holds a lock that ends with the process; a run that finds no such lock removes what was left.
"""

import fcntl
import hashlib
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

#: Waiting ranks give a slow C compiler this long [s]. Sums may be reordered, which lets it use
#: vectors (2.2 -> 1.6 us per tetrahedron of a Jacobian); NaN and infinity keep their meaning.
JIT = {
    "timeout": 600,
    "cffi_extra_compile_args": [
        "-O3",
        "-g0",
        "-fno-math-errno",
        "-fno-trapping-math",
        "-fno-signed-zeros",
        "-fassociative-math",
        "-freciprocal-math",
    ],
}


class FormCache:
    """Compiled forms in `folder`, used by femion alone."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.clean = False

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """Hold the lock of those who compile; the first time, remove what killed ones left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "compiling.lock", "a") as lock:
            if not self.clean and _alone(lock.fileno()):
                self._remove_unfinished()
                self.clean = True
            fcntl.flock(lock, fcntl.LOCK_SH)
            try:
                yield
            except KeyboardInterrupt:
                self.clean = False  # FFCx tidies up after errors, not after an interrupt
                raise

    def _remove_unfinished(self) -> None:
        names = {entry.name for entry in os.scandir(self.folder)}
        for name in names:
            if name.endswith(".c") and name + ".cached" not in names:
                (self.folder / name).unlink(missing_ok=True)


@cache
def _compiled_for(folder: Path, processor: str) -> tuple[FormCache, dict[str, Any]]:
    """Where forms are kept, and how they are compiled: for one processor or, "", for any.

    With all of its instructions a Jacobian takes 0.6 of the time.
    """
    kept = FormCache(folder / processor)
    native = ["-march=native"] if processor else []
    arguments = [*JIT["cffi_extra_compile_args"], *native]  # type: ignore[misc]
    return kept, JIT | {"cache_dir": str(kept.folder), "cffi_extra_compile_args": arguments}


@contextmanager
def compiling(comm: Any, folder: Path) -> Iterator[dict[str, Any]]:
    """Options for the compiler, which rank 0 runs and the others wait for. Collective.

    The others load what it has made, so they must have its instructions.
    """
    found = set(comm.allgather(processor()))
    kept, options = _compiled_for(folder, found.pop() if len(found) == 1 else "")
    with kept.compiling() if comm.rank == 0 else nullcontext():
        yield options


@cache
def processor() -> str:
    """A short name of this machine's instructions; empty if they are not known."""
    if platform.machine() not in ("x86_64", "aarch64"):
        return ""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    found = {line for line in lines if line.lower().startswith(("flags", "features"))}
    return hashlib.sha256("".join(sorted(found)).encode()).hexdigest()[:12] if found else ""


def _alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
