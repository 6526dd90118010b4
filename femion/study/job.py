"""One case of a study: a run in a process of its own, and what became of it."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..io.run_folder import summary_of

ATTEMPTS = 2  #: of a run that something from outside ended
STATUS = {0: "done", 2: "failed", 3: "no solution"}  #: by the exit code
#: Environment for a run: it must not take an MPI rank of whoever starts it for its own.
MPI_NAMES = ("PMI", "PMIX", "MPI_", "MPICH_RANK", "HYDI", "HYDRA", "OMPI_")
#: A process that ends when the one that started it is gone, so that no run is left behind.
GUARD = """
import ctypes, os, sys
try:
    ctypes.CDLL(None).prctl(1, 9)
except (OSError, AttributeError):
    pass
if os.getppid() != int(sys.argv[1]):
    os._exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Job:
    """A row of a study: a folder for its run, and the words of `femion run`."""

    number: int
    folder: str
    case: str
    changes: Sequence[str]
    command: Sequence[str]  #: femion, by default that of this Python
    ranks: int = 1
    allow_code: bool = False
    digest: str = ""  #: of the case file when the sweep began

    def words(self) -> list[str]:
        """What is started: the run, or going on with it if checkpoints are there."""
        launch = [_mpiexec(), "-n", str(self.ranks)] if self.ranks > 1 else []
        code = ["--allow-code"] if self.allow_code else []
        found = summary_of(Path(self.folder))
        if found and found["status"] != "failed" and "checkpoints" in found.get("files", []):
            return [*launch, *self.command, "resume", self.folder, *code]
        if found is None:  # a run that was ended before it had said anything
            shutil.rmtree(self.folder, ignore_errors=True)
        changes = [word for change in self.changes for word in ("--set", change)]
        place = ["-o", self.folder, "--overwrite"]
        return [*launch, *self.command, "run", self.case, *changes, *place, *code]


@dataclass(frozen=True)
class Outcome:
    """What became of a row."""

    number: int
    status: str
    reason: str = ""
    seconds: float = 0.0
    attempts: int = 1


@dataclass
class Watch:
    """Processes that are at work here, so that they can be stopped."""

    stopped: bool = False
    alive: set[subprocess.Popen[str]] = field(default_factory=set)

    def stop(self) -> None:
        """SIGTERM to all of them: those that keep checkpoints write one."""
        self.stopped = True
        for process in list(self.alive):
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except OSError:
                pass  # it has ended


def digest(file: str | Path) -> str:
    """Hash of a file; "" where there is none."""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""


def attempt(job: Job, watch: Watch | None = None) -> Outcome:
    """Run a row, once more if something from outside ended it; done is what its summary says."""
    if (summary_of(Path(job.folder)) or {}).get("status") == "done":  # a lost worker's
        return Outcome(job.number, "done")
    if job.digest and digest(job.case) != job.digest:
        return Outcome(job.number, "failed", f"'{job.case}' has changed since the sweep began")
    watch, started = watch or Watch(), time.monotonic()
    status, reason, tries = "stopped", "", 0
    while tries < ATTEMPTS and not watch.stopped:
        tries += 1
        code, said = _process(job.words(), watch)
        status, reason = _judged(job, code, said)
        if code in (0, 1, 2, 3):
            break
    if watch.stopped and status != "done":
        status = "stopped"
    return Outcome(job.number, status, reason, round(time.monotonic() - started, 3), tries)


def _judged(job: Job, code: int, said: str) -> tuple[str, str]:
    """(status, reason) from the exit code, what was said, and the summary."""
    if code == 0:
        found = summary_of(Path(job.folder)) or {}
        if found.get("status") == "done":
            return "done", ""
        return "failed", "the run ended without a summary"
    if code in STATUS:
        return STATUS[code], said or f"exit code {code}"
    try:
        name = signal.Signals(-code if code < 0 else code - 128 if code > 128 else code).name
    except ValueError:
        name = ""
    ended = f"ended by {name}" if name and code != 1 else f"exit code {code}"
    return "failed", f"{ended}: {said}" if said else ended


def _process(words: Sequence[str], watch: Watch) -> tuple[int, str]:
    """Exit code of a command, and its last words."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(MPI_NAMES)}
    env.setdefault("OMP_NUM_THREADS", "1")
    guarded = [sys.executable, "-ISc", GUARD, str(os.getpid()), *words]
    process = subprocess.Popen(
        guarded,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    watch.alive.add(process)
    try:
        if watch.stopped:  # while it was started
            watch.stop()
        _, said = process.communicate()
    finally:
        watch.alive.discard(process)
    return process.returncode, _sentence(said)


def _sentence(said: str) -> str:
    """What femion said, without warnings; else the last line of whoever spoke."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    own = [line.removeprefix("femion: ") for line in lines if line.startswith("femion: ")]
    own = [line for line in own if not line.startswith("warning: ")]
    return "; ".join(own) if own else (lines[-1][:500] if lines else "")


def _mpiexec() -> str:
    return shutil.which("mpiexec") or str(Path(sys.executable).parent / "mpiexec")
