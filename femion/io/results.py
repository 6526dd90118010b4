"""The results of a run that is done, read from its folder; nothing is computed again."""

import csv
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import FemionError, InputError, unknown
from ..units import si
from .run_folder import summary_of

if TYPE_CHECKING:
    from ..plot.gather import Piece

Array = npt.NDArray[Any]
DAMAGED = (OSError, ValueError, KeyError, StopIteration)
ALLOWED = "allowed: the folder of a run that is done"


def load(folder: str | Path) -> "Results":
    """The results in the folder of a run, for a notebook: numbers, series, fields. Serial.

    Raises InputError for a folder that is no run's, or of one that failed or is not finished.
    """
    path = Path(folder)
    found = summary_of(path)
    if found is None:
        raise InputError(f"folder '{path}' is no run of femion; {ALLOWED}")
    if (status := found["status"]) != "done":
        why = f" ({found['message']})" if found.get("message") else ""
        known = {"failed": "failed", "stopped": "was stopped"}
        raise InputError(
            f"the run in '{path}' {known.get(status, 'is not finished')}{why}; {ALLOWED}"
        )
    return Results(path, found)


class Results:
    """What a run left behind. `summary` is what its summary.json says."""

    def __init__(self, folder: Path, summary: Mapping[str, Any]) -> None:
        self.folder, self.summary = folder, summary

    def __repr__(self) -> str:
        lines = [f"{k}: {v}" for k, v in self.metrics.items()]
        fields = ", ".join(dict.fromkeys(n for names in self.fields.values() for n in names))
        return "\n".join([f"Results of '{self.folder}' (fields: {fields or 'none'})", *lines])

    @property
    def metrics(self) -> dict[str, Any]:
        """Values of the metrics that the case asked for; their units are in the summary."""
        return {k: v["value"] for k, v in self.summary.get("metrics", {}).items()}

    # -- series -------------------------------------------------------------------------------
    @cached_property
    def series(self) -> dict[str, Array]:
        """Watched values over time by name, and "time" [s]; "stage" has names. {} if steady."""
        return {_bare(name): column for name, column in self.table("timeseries.csv").items()}

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit of each series."""
        return {_bare(name): _unit(name) for name in self.table("timeseries.csv")}

    def table(self, name: str) -> dict[str, Array]:
        """Columns of a CSV table of the run by their heads; {} if it has none of this name."""
        file = self.folder / name
        if not file.exists():
            return {}
        try:
            with file.open(newline="", encoding="utf-8") as stream:
                head, *rows = csv.reader(stream)
            columns = zip(*rows, strict=True) if rows else [()] * len(head)
            return {n: _column(n, c) for n, c in zip(head, columns, strict=True)}
        except DAMAGED as error:
            raise InputError(f"'{file}' is damaged: {error}; {ALLOWED}") from None

    def frame(self) -> Any:
        """The series as a pandas.DataFrame, if pandas is installed."""
        return _package("pandas").DataFrame(self.series)

    # -- fields -------------------------------------------------------------------------------
    @cached_property
    def state(self) -> Mapping[str, Any]:
        """What the folder of the fields says of them."""
        file = self.folder / "fields/state.json"
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            return found if found["fields"] else {"fields": {}, "times": []}
        except FileNotFoundError:
            return {"fields": {}, "times": []}
        except DAMAGED as error:
            raise InputError(f"'{file}' is damaged: {error}; {ALLOWED}") from None

    @property
    def fields(self) -> dict[str, list[str]]:
        """Names of the fields that each phase has."""
        return dict(self.state["fields"])

    @property
    def times(self) -> list[float]:
        """Times of the stored fields [s]."""
        return list(self.state["times"])

    def field(self, name: str, at: Any = None) -> dict[str, Array]:
        """{phase: nodal values [mol/m3, V, K, m]} of a field, at a stored time (default: last).

        Nodes are those of `points`. Raises InputError for another field or time.
        """
        return {n: p.values[name] for n, p in self.pieces([name], at).items()}

    @property
    def vectors(self) -> dict[str, list[str]]:
        """Names of the vectors that each phase has."""
        return dict(self.state.get("vectors", {}))

    def vector(self, name: str, at: Any = None) -> dict[str, Array]:
        """{phase: values in its cells, shape (n, 3)} at a stored time (default: the last).

        A species' flux [mol/(m2 s)], the "current" density [A/m2] or the "velocity" [m/s], where
        the case's `output.vectors` names it or a picture is drawn of it. Raises InputError for
        another vector or time.
        """
        stored = list(dict.fromkeys(n for found in self.vectors.values() for n in found))
        if name not in stored:
            told = str(unknown("vector", name, stored)) if stored else "no vectors are stored"
            raise InputError(f"{told}; output.vectors = [{name!r}] of a case stores it")
        entry = f"vector {name}/{self.index(at)}"
        return {p: self._read(p, [entry])[entry] for p, n in self.vectors.items() if name in n}

    def points(self, phase: str) -> Array:
        """Nodes of a phase [m], shape (n, 3)."""
        if phase not in self.fields:
            raise unknown("phase", phase, self.fields)
        return self._read(phase, ["points"])["points"]

    def grids(self, name: str, at: Any = None) -> dict[str, Any]:
        """{phase: pyvista.UnstructuredGrid} with a field at a stored time (default: last)."""
        return {n: p.grid() for n, p in self.pieces([name], at).items()}

    def pieces(self, names: Sequence[str], at: Any = None) -> "dict[str, Piece]":
        """{phase: Piece} of the phases that have one of some fields, as pictures take them."""
        from ..plot.gather import Piece

        known = list(dict.fromkeys(n for found in self.fields.values() for n in found))
        if not known:
            raise InputError(f"the run in '{self.folder}' has no fields; allowed: output.fields")
        for name in names:
            if name not in known:
                raise unknown("field", name, known)
        k, out = self.index(at), {}
        for phase, there in self.fields.items():
            if here := [n for n in names if n in there]:
                found = self._read(phase, ["points", "cells", "kind", *(f"{n}/{k}" for n in here)])
                values = {n: found[f"{n}/{k}"] for n in here}
                shape = found["points"], found["cells"], int(found["kind"])
                out[phase] = Piece(phase, *shape, values)
        return out

    def index(self, at: Any) -> int:
        """Place of a time (1.5 or "3 s") among the stored ones; None is the last."""
        if at is None:
            return len(self.times) - 1
        time = si(float(at) if isinstance(at, int) else at, "s", "at")
        for k, t in enumerate(self.times):
            if math.isclose(t, time, rel_tol=1e-6, abs_tol=1e-30):
                return k
        stored = ", ".join(f"{t:g}" for t in self.times)
        raise InputError(f"at = {at!r}: no fields are stored then; allowed: {stored} s")

    def dataset(self, phase: str) -> Any:
        """Fields of a phase over time as an xarray.Dataset with units, if xarray is installed."""
        points, names = self.points(phase), self.fields[phase]
        values = self._read(phase, [f"{n}/{k}" for n in names for k in range(len(self.times))])
        stacks = {n: [values[f"{n}/{k}"] for k in range(len(self.times))] for n in names}
        unit, known = {"units": "m"}, {"phi": "V", "T": "K"} | {f"u_{x}": "m" for x in "xyz"}
        known |= {f"v_{x}": "m/s" for x in "xyz"} | {"P": "Pa"}
        axes: dict[str, Any] = {"time": ("time", self.times, {"units": "s"})}
        axes |= {x: ("node", points[:, k], unit) for k, x in enumerate("xyz")}
        data = {
            n: (("time", "node"), np.array(v), {"units": known.get(n, "mol/m3")})
            for n, v in stacks.items()
        }
        return _package("xarray").Dataset(data, axes)

    def _read(self, phase: str, names: Sequence[str]) -> dict[str, Array]:
        file = self.folder / "fields" / f"{phase}.npz"
        try:
            with np.load(file, allow_pickle=False) as found:
                return {n: found[n] for n in names}
        except (*DAMAGED, zipfile.BadZipFile) as error:
            raise InputError(f"'{file}' is damaged: {error}; {ALLOWED}") from None


def _column(name: str, values: Sequence[str]) -> Array:
    return np.array(values, dtype=str if name == "stage" else float)


def _bare(name: str) -> str:
    return re.sub(r" \[[^]]*\]$", "", name)


def _unit(name: str) -> str:
    match = re.search(r" \[([^]]*)\]$", name)
    return match[1] if match else ""


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise FemionError(f"package {name!r} is not installed") from None
