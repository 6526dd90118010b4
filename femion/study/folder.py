"""The folder of a study: a folder per run, what became of each, and who works on it.

OUT/study.toml, study.json   the study, and the hash of what it asks
OUT/0001/ ...                folders of runs, the first row's first
OUT/outcomes/0001.json       status, reason and time of each run that has ended
OUT/table.csv, table.parquet, pictures/, log.txt
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..io.run_folder import summary_of
from .job import Outcome
from .plan import Plan

MARK = "study.json"


class StudyFolder:
    """A new folder for a study, or that of the same study, which goes on."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def known(self, plan: Plan) -> bool:
        """Whether the study has begun here; refuses a folder that belongs to anything else."""
        try:
            mark = json.loads((self.path / MARK).read_text(encoding="utf-8"))
            if mark["hash"] == plan.hash:
                return True
            raise InputError(
                f"folder '{self.path}' holds another study, or {mark['study']!r} with "
                f"{mark['cases']} cases before it or its case was changed; allowed: another (-o)"
            )
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"'{self.path / MARK}' is damaged; allowed: another folder") from None
        if self.path.exists() and not (self.path.is_dir() and not any(self.path.iterdir())):
            raise InputError(f"'{self.path}' is there and no study of femion; allowed: another")
        return False

    @contextmanager
    def at_work(self, plan: Plan) -> Iterator[None]:
        """Begin or go on; nobody else may meanwhile."""
        known = self.known(plan)
        try:
            (self.path / "outcomes").mkdir(parents=True, exist_ok=True)
            with (self.path / ".lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise InputError(
                        f"another sweep is at work in '{self.path}'; allowed: to wait for its end"
                    ) from None
                shutil.copyfile(plan.file, self.path / "study.toml")
                if not known:
                    mark = {"study": plan.file.name, "cases": len(plan.rows), "hash": plan.hash}
                    write(self.path / MARK, lambda file: file.write_text(json.dumps(mark) + "\n"))
                yield
        except OSError as error:
            raise InputError(f"folder '{self.path}' cannot be written: {error}") from None

    def run(self, number: int) -> Path:
        """Folder of a row's run, from the first on: 1, 2, ..."""
        return self.path / f"{number:04d}"

    def record(self, outcome: Outcome) -> None:
        """Keep what became of a row."""
        text = json.dumps(asdict(outcome), ensure_ascii=False) + "\n"
        file = self.path / "outcomes" / f"{outcome.number:04d}.json"
        write(file, lambda part: part.write_text(text, encoding="utf-8"))

    def outcome(self, number: int) -> tuple[Outcome | None, dict[str, Any]]:
        """(what became of a row, its summary if it is done). Done is what its summary says."""
        try:
            text = (self.path / "outcomes" / f"{number:04d}.json").read_text(encoding="utf-8")
            found: Outcome | None = Outcome(**json.loads(text))
        except (OSError, ValueError, TypeError):
            found = None
        summary = summary_of(self.run(number)) or {}
        if summary.get("status") == "done":
            seconds, tries = float(summary.get("seconds", 0)), 1
            if found and found.seconds and found.status == "done":  # with its start
                seconds, tries = found.seconds, found.attempts
            return Outcome(number, "done", "", seconds, tries), summary
        return (None if found is None or found.status == "done" else found), {}


def write(file: Path, make: Callable[[Path], object]) -> None:
    """A file that appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    make(part)
    os.replace(part, file)
