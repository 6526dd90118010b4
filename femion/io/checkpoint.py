"""Checkpoints: the whole state of a run on disk, to go on from on any number of ranks.

    folder/step-00000120/state.npy   unknowns now and at the two steps before, in one given order
    folder/step-00000120/state.json  time, step history, programme, identity of model and mesh
    folder/kept-000-0003/...         the states at requested times, each written once

A checkpoint is written under another name, flushed and then renamed, and older ones go only
after that: whenever the process dies, the newest one that has its name is complete.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from ..errors import FemionError, InputError, Stopped
from ..initial import average
from ..solution import Solution
from ..solvers import Outcome
from ..solvers.steady import Path as Way
from ..units import positive
from . import array, record
from .description import describe, difference
from .interrupt import Interrupt
from .order import Order, other_mesh

Progress = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Checkpoints:
    """Where and how often the state of a run is kept, and whether it goes on from there.

    One is written after a step when `every` [s] of wall time or so many `steps` have passed since
    the last, at the end, when there is no solution further on, and on SIGTERM (which then ends
    the run with Stopped); `keep` of them stay. With `resume` the run goes on from the newest one
    in `folder`, if there is any. It must be of the same model and mesh; parameters that may
    differ are named by their paths, or the start of them, in `changed`.
    """

    folder: str | Path
    every: Any = 600.0
    steps: int | None = None
    keep: int = 2
    resume: bool = False
    changed: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder))
        object.__setattr__(self, "every", positive(self.every, "s", "every of Checkpoints"))
        for name, value in (("steps", self.steps), ("keep", self.keep)):
            whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
            if not whole and (name == "keep" or value is not None):
                raise InputError(
                    f"{name} of Checkpoints = {value!r}; allowed: a whole number above 0"
                )
        if isinstance(self.changed, str):
            raise InputError(
                f"changed of Checkpoints = {self.changed!r}; allowed: a list of parameter paths"
            )

    @contextmanager
    def at_work(self, problem: Any) -> "Iterator[Keeper]":
        """Keep the states of a problem's run, and wait for SIGTERM meanwhile. Collective.

        Raises InputError if the folder cannot be written, or holds checkpoints and `resume` is
        not set.
        """
        keeper = Keeper(self, problem)
        with keeper.interrupt:
            yield keeper


class Saved:
    """A checkpoint that was read: states, and the `run` they belong to."""

    def __init__(self, keeper: "Keeper", folder: Path, meta: dict[str, Any]) -> None:
        self.keeper, self.folder, self.meta = keeper, folder, meta
        self.run: dict[str, Any] = meta["run"]
        order = keeper.order
        shape, file = (meta["rows"], order.first, order.last, order.size), folder / "state.npy"
        comm = keeper.comm
        try:
            rows = array.read(comm, file, *shape)
        except OSError as failure:
            raise record.broken(folder, f"state.npy: {failure}") from None
        if array.checksum(comm, rows, order.first, order.size) != meta["checksum"]:
            raise record.broken(folder, "numbers in state.npy have changed")
        self.values = [order.local(row) for row in rows]

    def point(self, back: int, x: Any) -> None:
        """Free unknowns as they were `back` steps before the state, to the bit. Collective."""
        numbering, scalars = self.keeper.problem.numbering, self.meta["scalars"]
        average(numbering, self.values[back], x)
        entries, _ = numbering.roots
        exact = self.values[back][entries] - numbering.offset[entries]
        x.array_w[len(x.array_r) - len(exact) :] = exact
        if back == 0 and scalars and self.keeper.comm.rank == 0:
            x.array_w[: len(scalars)] = scalars

    def solution(self, newton: Any) -> Solution:
        """The state as a Solution, with its own past. Collective."""
        problem, share = self.keeper.problem, self.meta["share"]
        self.point(0, newton.x)
        if problem.clock:
            past = [
                {name: values[s] for name, s in problem.span.items()} for values in self.values[1:]
            ]
            states = {name: [p[name] for p in past] for name in problem.span}
            problem.clock.restore((*self.meta["clock"], states))
        way = Way([(share, Outcome(True, f"read from {self.folder}"))])
        return Solution(problem, way, newton, partial=share < 1.0)

    def kept(self, name: str, newton: Any) -> Solution:
        """A state that was kept with it. Collective."""
        return self.keeper.load(name).solution(newton)


class Keeper:
    """Writes the checkpoints of one run and finds those of the one before."""

    def __init__(self, plan: Checkpoints, problem: Any) -> None:
        self.plan, self.problem, self.comm = plan, problem, problem.domain.comm
        self.stages: Sequence[Any] = ()  #: of a programme, to the present one
        self.folder = Path(plan.folder)
        record.prepare(self.comm, self.folder)
        self.order, self.interrupt = Order(problem), Interrupt()
        self.there = record.complete(self.comm, self.folder)
        if self.there and not plan.resume:
            raise InputError(
                f"folder of Checkpoints = {str(self.folder)!r} holds checkpoints of another run; "
                "allowed: resume=True, which goes on from there, or another folder"
            )
        self.since, self.number = time.monotonic(), 0
        self.steps, self.written = 0, 0  #: so far, and at the last checkpoint

    # -- reading ------------------------------------------------------------------------------
    def find(self, stages: Sequence[Any] = ()) -> Saved | None:
        """The newest checkpoint, if there is one to go on from. Collective.

        Raises InputError if it is incomplete or of another model, mesh or programme.
        """
        if not self.there:
            return None
        saved = self.load(self.there[-1], stages)
        self.steps = self.written = int(self.there[-1].split("-")[1])
        return saved

    def load(self, name: str, stages: Sequence[Any] = ()) -> Saved:
        """A checkpoint of this model and mesh. Collective."""
        folder = self.folder / name
        meta = record.read(self.comm, folder)
        done = stages[: meta["run"].get("stage", -1) + 1]
        here = describe(self.problem, done)
        there = {k: v for k, v in meta["model"].items() if done or not k.startswith("stages.")}
        if found := difference(there, here, self.plan.changed):
            raise InputError(
                f"checkpoint '{folder}' is of another model: {found}; allowed: the same model, "
                "a new folder, or its path in changed=[...] of Checkpoints"
            )
        if found := other_mesh(meta["mesh"], self.order.identity, self.problem.domain.size):
            raise InputError(f"checkpoint '{folder}' is of another mesh: {found}")
        self.problem.drive = meta["share"]
        self.problem.refresh()
        return Saved(self, folder, meta)

    # -- writing ------------------------------------------------------------------------------
    def tick(self, state: Solution, run: Progress) -> None:
        """After a step: write what is due; on SIGTERM write and raise Stopped. Collective."""
        self.steps += 1
        late = time.monotonic() - self.since >= self.plan.every and self.comm.rank == 0
        flags = np.array([self.interrupt.asked, late], dtype=np.int32)
        self.comm.Allreduce(MPI.IN_PLACE, flags, MPI.MAX)
        many = self.plan.steps is not None and self.steps - self.written >= self.plan.steps
        if flags.any() or many:
            self.write(state, run)
        if flags[0]:
            share = f"{100 * state.share:.1f} % of the drive"
            at = share if state.time is None else f"t = {state.time:.6g} s"
            raise Stopped(
                f"stopped by SIGTERM at {at}; run the same with resume=True in "
                f"Checkpoints to go on from '{self.folder}'"
            )

    def write(self, state: Solution, run: Progress) -> None:
        """Keep a state and the run it belongs to. Collective. Raises FemionError if it fails."""
        if self.written == self.steps:
            return
        self._put(f"step-{self.steps:08d}", state, run())
        self.since, self.written = time.monotonic(), self.steps
        record.tidy(self.comm, self.folder, self.plan.keep)

    def finish(self, state: Solution) -> None:
        """Keep the state that a search for a steady one ends with. Collective."""
        self.steps += 1
        self.write(state, dict)

    def keep(self, state: Solution, name: str) -> None:
        """Keep a state that was asked for, for good. Collective."""
        self._put(name, state, {})

    def _put(self, name: str, state: Solution, run: dict[str, Any]) -> None:
        rows, clock = self._rows(state)
        order, count = self.order, self.problem.numbering.scalars
        mine = state.x.array_r[:count].tolist() if self.comm.rank == 0 else None
        meta = {
            "model": describe(self.problem, self.stages),
            "mesh": order.identity,
            "rows": len(rows),
            "checksum": array.checksum(self.comm, rows, order.first, order.size),
            "scalars": self.comm.bcast(mine),
            "share": state.share,
            "clock": clock,
            "run": run,
        }

        def fill(folder: Path) -> None:
            array.write(self.comm, folder / "state.npy", rows, order.first, order.size)

        try:
            record.write(self.comm, self.folder / name, meta, fill)
        except OSError as failure:
            intact = record.complete(self.comm, self.folder)
            text = f"'{intact[-1]}' there is intact" if intact else "there is none before it"
            raise FemionError(
                f"a checkpoint could not be written to '{self.folder}': {failure}; {text}"
            ) from None

    def _rows(self, state: Solution) -> tuple[list[Any], list[float]]:
        """This rank's part of the unknowns now and before, and time and factors of the clock."""
        *_, unknowns, _, past = state.snapshot
        names = list(self.problem.span)
        states = [[unknowns[n] for n in names]]
        if past:
            states += [[past[3][n][k] for n in names] for k in (0, 1)]
        rows = [self.order.ordered(np.concatenate(parts)) for parts in states]
        return rows, list(past[:3]) if past else []
