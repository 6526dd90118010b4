"""Fields of a solution on disk, one VTX file per phase (ParaView opens them), in parallel."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dolfinx import fem
from dolfinx.io import VTXWriter

from .. import _dolfinx as dx
from ..solution import nodal


def save(solution: Any, folder: str | Path, times: Sequence[float] = ()) -> Path:
    """Write the fields of every phase (mol/m3, V, K, m) into `folder`. Collective.

    `solution` is one, or several of one Problem in the order of their `times` [s], by default
    those they know. `state.json` says at which share of the imposed drive the state holds (1 for
    a solution), and the times.
    """
    folder, several = Path(folder), isinstance(solution, Sequence)
    states = list(solution) if several else [solution]
    problem, comm = states[0].problem, states[0].comm
    times = list(times) or [s.time or 0.0 for s in states]
    if comm.rank == 0:
        folder.mkdir(parents=True, exist_ok=True)
        names = [b.name for b in problem.phases]
        meta = {"share_of_drive": states[-1].share, "phases": names, "times": times}
        (folder / "state.json").write_text(json.dumps(meta, indent=2) + "\n")
    comm.barrier()
    for block in problem.phases:
        _write(problem, block, states, times, folder / f"{block.name}.bp")
    return folder


def _write(
    problem: Any, block: Any, states: Sequence[Any], times: Sequence[float], file: Path
) -> None:
    space = dx.scalar_space(block.mesh, problem.degree)
    functions = {name: fem.Function(space, name=name) for name in block.drawn}
    with VTXWriter(block.mesh.comm, file, list(functions.values())) as writer:
        for state, time in zip(states, times, strict=True):
            with state.active():
                for name, f in functions.items():
                    f.x.array[:] = nodal(problem, block.name, name)
            writer.write(time)
