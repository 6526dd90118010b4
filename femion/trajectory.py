"""What time integration leaves behind: steps, states, watched values, and stages of a programme."""

import csv as writer
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError, unknown
from .solution import Solution

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One accepted step."""

    time: float  #: at its end [s]
    dt: float  #: [s]
    iterations: int  #: of Newton's method
    rejected: int  #: attempts before it that failed or were too inaccurate
    error: float  #: estimated local error over the tolerance; nan where there is no estimate
    factors: tuple[float, float] = (0.0, 0.0)  #: of c - c_last and of c_last - c_before [1/s]


@dataclass
class Trajectory:
    """States at the requested times, and what was watched at every step."""

    times: list[float] = field(default_factory=list)  #: of the solutions [s]
    solutions: list[Solution] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    history: dict[str, Floats] = field(default_factory=dict)  #: watched values, and "time" [s]
    imbalance: dict[str, float] = field(default_factory=dict)  #: worst of any step, per species
    stopped: bool = False  #: whether `stop` ended it
    names: list[str] = field(default_factory=list)  #: of the solutions in a checkpoint's folder

    @property
    def last(self) -> Solution:
        """The state at the end."""
        return self.solutions[-1]

    def table(self) -> dict[str, Any]:
        """All but the solutions, of which the names, as what JSON can hold."""
        names = ("times", "imbalance", "stopped", "names")
        out = {name: copy(getattr(self, name)) for name in names}
        history = {name: series.tolist() for name, series in self.history.items()}
        return out | {"steps": [astuple(s) for s in self.steps], "history": history}

    @classmethod
    def of(cls, table: Mapping[str, Any], solution: Callable[[str], Solution]) -> "Trajectory":
        """The trajectory of a `table`, with what `solution` makes of the names."""
        return cls(
            times=list(table["times"]),
            solutions=[solution(name) for name in table["names"]],
            steps=[Step(*s) for s in table["steps"]],
            history={name: np.array(series) for name, series in table["history"].items()},
            imbalance=dict(table["imbalance"]),
            stopped=table["stopped"],
            names=list(table["names"]),
        )

    def integral(self, name: str) -> Floats:
        """Integral of a watched rate over time, at every time, by the integrator's own rule.

        fresh dq_n + past dq_(n-1) = rate_n, as what is stored changes: a current gives the charge
        that has become stored, to solver tolerance at any size of the steps.
        """
        if name not in self.history:
            raise unknown("watched value", name, self.history)
        total, change = [0.0], 0.0
        for step, rate in zip(self.steps, self.history[name][1:], strict=True):
            fresh, past = step.factors
            change = (float(rate) - past * change) / fresh
            total.append(total[-1] + change)
        return np.array(total)


@dataclass(frozen=True)
class Leg:
    """A stage as it went; no `trajectory` where its limit held at once and it was skipped."""

    name: str
    begin: float  #: [s]
    trajectory: Trajectory | None
    reached: str = ""  #: the limit that ended it; "" at the end of its duration

    @property
    def end(self) -> float:
        """[s]."""
        return self.begin + (self.trajectory.times[-1] if self.trajectory else 0.0)


@dataclass
class Cycle:
    """What a programme did: its stages one by one, and all of them as one history."""

    legs: list[Leg] = field(default_factory=list)  #: one per stage, also of skipped ones

    @property
    def trajectories(self) -> list[Trajectory]:
        """Of the stages that were not skipped; their times count from their own start."""
        return [leg.trajectory for leg in self.legs if leg.trajectory]

    @property
    def last(self) -> Solution:
        """The state at the end."""
        return self.trajectories[-1].last

    @property
    def history(self) -> dict[str, Floats]:
        """Watched values, "time" [s] from the start, "stage" (its place among `legs`) and charge.

        "charge WHERE" [C] has entered since the start. A stage's first row is just after its
        controls were switched, at the time of the last row of the stage before.
        """
        parts: dict[str, list[Floats]] = {}
        passed: dict[str, float] = {}
        for k, leg in enumerate(self.legs):
            if (t := leg.trajectory) is None:
                continue
            values = t.history | {"time": t.history["time"] + leg.begin}
            values["stage"] = np.full(len(values["time"]), float(k))
            for name in [n for n in t.history if n.startswith("current ")]:
                charge = name.replace("current", "charge", 1)
                values[charge] = t.integral(name) + passed.get(charge, 0.0)
                passed[charge] = float(values[charge][-1])
            for name, series in values.items():
                parts.setdefault(name, []).append(series)
        return {name: np.concatenate(series) for name, series in parts.items()}

    @property
    def units(self) -> dict[str, str]:
        """Unit of each series of the history; "" of what is watched besides."""
        depth = "/m" if self.last.problem.domain.tdim == 2 else ""
        known = {"potential": "V", "current": f"A{depth}", "charge": f"C{depth}", "time": "s"}
        return {name: known.get(name.split(" ")[0], "") for name in self.history}

    def save(self, csv: str | Path) -> Path:
        """Write the history as a CSV table with units in its header. Collective."""
        path, comm, problem = Path(csv), self.last.comm, ""
        table, units = self.history, self.units
        names = ["time", "stage", *(n for n in table if n not in ("time", "stage"))]
        if comm.rank == 0:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("w", newline="", encoding="utf-8") as stream:
                    out = writer.writer(stream)
                    out.writerow([f"{n} [{units[n]}]" if units[n] else n for n in names])
                    for k, stage in enumerate(table["stage"]):
                        time, *values = (f"{table[n][k]:.12g}" for n in names if n != "stage")
                        out.writerow([time, self.legs[int(stage)].name, *values])
            except OSError as failure:
                problem = str(failure)
        if problem := comm.bcast(problem):
            raise InputError(f"csv of Cycle.save = {str(csv)!r} cannot be written: {problem}")
        return path

    def summary(self) -> str:
        """A line per stage: when, why it ended, and what the controlled terminals then had."""
        table, units = self.history, self.units
        names = [n for n in units if n.startswith(("potential ", "current "))]
        heads = [f"{n} [{units[n]}]" for n in names]
        lines = [
            f"  {'stage':<20}{'from [s]':>12}{'to [s]':>12}" + "".join(f"  {h}" for h in heads)
        ]
        for k, leg in enumerate(self.legs):
            line = f"  {leg.name:<18}{leg.begin:>12.6g}{leg.end:>12.6g}"
            if leg.trajectory is None:
                lines.append(f"{line}  skipped: {leg.reached} at once")
                continue
            end = _last(table, k)
            line += "".join(f"  {end[n]:>{len(h)}.6g}" for n, h in zip(names, heads, strict=True))
            lines.append(line + (f"  until {leg.reached}" if leg.reached else ""))
        return "\n".join(lines)


def _last(table: Mapping[str, Floats], stage: int) -> dict[str, float]:
    """The last row of a stage."""
    row = np.flatnonzero(table["stage"] == stage)[-1]
    return {name: float(series[row]) for name, series in table.items()}
