"""Fields of a solution on disk, one VTX file per phase (ParaView opens them), in parallel."""

import json
from pathlib import Path
from typing import Any

from dolfinx import fem
from dolfinx.io import VTXWriter

from .. import _dolfinx as dx
from ..solution import nodal


def save(solution: Any, folder: str | Path) -> Path:
    """Write the fields of every phase (mol/m3, V, K, m) into `folder`. Collective.

    `state.json` says at which share of the imposed drive the state holds (1 for a solution).
    """
    folder = Path(folder)
    problem, comm = solution.problem, solution.comm
    if comm.rank == 0:
        folder.mkdir(parents=True, exist_ok=True)
        meta = {"share_of_drive": solution.share, "phases": [b.name for b in problem.phases]}
        (folder / "state.json").write_text(json.dumps(meta, indent=2) + "\n")
    comm.barrier()
    with solution.active():
        for block in problem.phases:
            _write(problem, block, folder / f"{block.name}.bp")
    return folder


def _write(problem: Any, block: Any, file: Path) -> None:
    space = dx.scalar_space(block.mesh, problem.degree)
    functions = []
    for name in block.drawn:
        f = fem.Function(space, name=name)
        f.x.array[:] = nodal(problem, block.name, name)
        functions.append(f)
    with VTXWriter(block.mesh.comm, file, functions) as writer:
        writer.write(0.0)
