"""Reference tables: the files beside this module, or a folder of other rows of the same files."""

import csv
import tomllib
from pathlib import Path
from typing import Any

from ..errors import InputError

BUILT_IN = Path(__file__).parent / "data"

Row = dict[str, Any]


class Tables:
    """Reads reference files; those in `folder` take the place of the built-in ones.

    Files start with lines "# ..." that carry equations, units and source.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder) if folder is not None else None
        if self.folder is not None and not self.folder.is_dir():
            raise InputError(f"data folder {str(folder)!r} does not exist")

    def path(self, name: str) -> Path:
        """The file that is read for `name`."""
        own = self.folder / name if self.folder is not None else None
        return own if own is not None and own.is_file() else BUILT_IN / name

    def csv(self, name: str) -> list[Row]:
        """Rows of a CSV file, numbers as floats. Raises InputError if there is none."""
        lines = self.path(name).read_text(encoding="utf-8").splitlines()
        rows = [
            {key: _value(text) for key, text in row.items()}
            for row in csv.DictReader(line for line in lines if line and not line.startswith("#"))
        ]
        if not rows:
            raise InputError(f"reference file {self.path(name)} has no rows")
        return rows

    def toml(self, name: str) -> dict[str, Row]:
        """Sections of a TOML file."""
        return tomllib.loads(self.path(name).read_text(encoding="utf-8"))


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
