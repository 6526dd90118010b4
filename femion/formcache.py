"""The folder of compiled forms: shared by all runs of a user, and whole after a kill.

FFCx marks a form as taken by creating its C file, and others wait until it is built. A compilation
that is killed leaves such a mark, for which later runs would wait in vain. Whoever compiles here
holds a lock that ends with the process; a run that finds no such lock removes what was left.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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


def _alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
