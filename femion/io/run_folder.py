"""The folder of a run: its summary, fields, series, log. Never takes another run's place unasked.

`summary.json` says in `status` whether the run is "running", "failed" or "done", and in `files`
what the run wrote; only what an earlier run lists there is replaced. Files appear whole or not at
all. Methods are collective; rank 0 writes.
"""

import csv
import json
import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from .fields import save

SUMMARY = "summary.json"
LOG = "log.txt"


class RunFolder:
    """A new folder for the results of one run, or with `resume` that of a run that goes on."""

    def __init__(
        self, path: str | Path, comm: Any, overwrite: bool = False, resume: bool = False
    ) -> None:
        """Raises InputError for a folder that is there, unless it is a run's and may go."""
        self.path, self.comm, self.resumed = Path(path), comm, resume
        self.summary: dict[str, Any] = {"status": "running"}
        self.files: list[str] = []
        self.handler: logging.Handler | None = None
        if resume:
            found = comm.bcast(summary_of(self.path) if comm.rank == 0 else None)
            self.summary = {**found, "status": "running"}
            self.files = [name for name in found.get("files", []) if name != SUMMARY]
            return
        self._on_root(lambda: self._claim(overwrite))

    def _on_root(self, action: Callable[[], Any]) -> None:
        """Do something on rank 0; if it cannot be written every rank raises the same."""
        problem = ""
        if self.comm.rank == 0:
            try:
                action()
            except InputError as error:
                problem = str(error)
            except OSError as error:
                problem = f"folder '{self.path}' cannot be written: {error}"
        if problem := self.comm.bcast(problem):
            raise InputError(problem)

    def _claim(self, overwrite: bool) -> None:
        if self.path.exists():
            old = summary_of(self.path)
            if not self.path.is_dir() or (old is None and any(self.path.iterdir())):
                raise InputError(f"'{self.path}' is there and no run of femion; allowed: another")
            if old is not None and not overwrite:
                raise InputError(
                    f"folder '{self.path}' holds a run already; allowed: another folder (-o), or "
                    "--overwrite"
                )
            for name in (old or {}).get("files", []):
                _remove(self.path, name)
        self.path.mkdir(parents=True, exist_ok=True)

    # -- writing ------------------------------------------------------------------------------
    def text(self, name: str, content: str) -> None:
        """A text file."""
        self._on_root(lambda: self._put(name, content))
        self._note(name)

    def table(self, name: str, columns: Mapping[str, Any]) -> None:
        """A CSV table, a column per name."""
        lines = [list(columns), *zip(*columns.values(), strict=True)]

        def write() -> None:
            with _fresh(self.path / name).open("w", newline="", encoding="utf-8") as stream:
                out = csv.writer(stream)
                out.writerow(lines[0])
                out.writerows([f"{float(v):.12g}" for v in row] for row in lines[1:])
            os.replace(_fresh(self.path / name), self.path / name)

        self._on_root(write)
        self._note(name)

    def fields(
        self,
        name: str,
        solutions: Any,
        times: Sequence[float] = (),
        vectors: Sequence[str] = (),
    ) -> None:
        """Fields of one Solution, or of several at times [s], in a folder of their own."""
        save(solutions, self.path / name, times, vectors)
        self._note(name)

    def file(self, name: str) -> Path:
        """Where something else may be written that is part of the run."""
        self._note(name)
        return self.path / name

    def update(self, **values: Any) -> None:
        """Put values into the summary."""
        self.summary |= values
        content = {**self.summary, "files": [*self.files, SUMMARY]}
        plain = json.dumps(content, indent=2, ensure_ascii=False, default=_plain)
        self._on_root(lambda: self._put(SUMMARY, plain + "\n"))

    def log(self, logger: logging.Logger) -> None:
        """Write what a logger says, a line each with its time, to the log."""
        self._note(LOG)
        self.update()
        if self.comm.rank == 0:
            mode = "a" if self.resumed else "w"
            self.handler = logging.FileHandler(self.path / LOG, mode=mode, encoding="utf-8")
            self.handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            logger.addHandler(self.handler)

    def close(self, logger: logging.Logger) -> None:
        """The end of the log."""
        if self.handler is not None:
            logger.removeHandler(self.handler)
            self.handler.close()

    def discard(self) -> None:
        """As if there had been no run."""

        def remove() -> None:
            for name in [*self.files, SUMMARY]:
                _remove(self.path, name)
            if not any(self.path.iterdir()):
                self.path.rmdir()

        self._on_root(remove)

    def _note(self, name: str) -> None:
        if name not in self.files:
            self.files.append(name)

    def _put(self, name: str, content: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _fresh(path).write_text(content, encoding="utf-8")
        os.replace(_fresh(path), path)


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def summary_of(folder: Path) -> dict[str, Any] | None:
    """The summary of a run, or None where there is no run."""
    try:
        found = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "status" in found else None


def note(folder: Path, *names: str) -> None:
    """List files in the summary of a run that is done, so that they go when the run goes."""
    found = summary_of(folder) or {}
    found["files"] = list(dict.fromkeys([*names, *found.get("files", [])]))
    _fresh(folder / SUMMARY).write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    os.replace(_fresh(folder / SUMMARY), folder / SUMMARY)


def _remove(folder: Path, name: str) -> None:
    """Remove what a run listed; nothing outside its folder."""
    path = folder / name
    if folder.resolve() not in path.resolve().parents:
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays, dataclasses and paths as JSON has them."""
    if hasattr(value, "__dataclass_fields__"):
        return {k: getattr(value, k) for k in value.__dataclass_fields__}
    return value.tolist() if hasattr(value, "tolist") else str(value)
