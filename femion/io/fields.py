"""Fields of a solution on disk, per phase one VTX file for ParaView and one that NumPy reads."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import fem
from dolfinx.io import VTXWriter

from .. import _dolfinx as dx
from ..solution import nodal
from ..vectors import in_cells, known


def save(
    solution: Any,
    folder: str | Path,
    times: Sequence[float] = (),
    vectors: Sequence[str] = (),
) -> Path:
    """Write the fields of every phase (mol/m3, V, K, m, m/s, Pa) into `folder`. Collective.

    `solution` is one, or several of one Problem in the order of their `times` [s], by default
    those they know. `state.json` says at which share of the imposed drive the state holds (1 for
    a solution), the times, and which fields each phase has. PHASE.bp is for ParaView, written in
    parallel; PHASE.npz goes through rank 0 and is what `femion.load` reads: "points" [m], "cells"
    in VTK's order, their VTK type "kind", and "NAME/k", field NAME at the k-th time. `vectors`
    (species, "current", "velocity") are stored by cell, in the .npz as "vector NAME/k".
    """
    folder, several = Path(folder), isinstance(solution, Sequence)
    states = list(solution) if several else [solution]
    problem, comm = states[0].problem, states[0].comm
    times = list(times) or [s.time or 0.0 for s in states]
    meta = _description(states, times, vectors)
    if comm.rank == 0:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.json").write_text(json.dumps(meta, indent=2) + "\n")
    comm.barrier()
    for block in problem.phases:
        _write(block, states, times, meta["vectors"][block.name], folder / f"{block.name}.bp")
    if meta["fields"]:
        _store(states, folder, meta["vectors"])
    return folder


def _description(
    states: Sequence[Any], times: Sequence[float], vectors: Sequence[str]
) -> dict[str, Any]:
    """What `state.json` says; no "fields" where cells are of a kind without pictures."""
    from ..plot.gather import VTK, sheets

    blocks = states[0].problem.phases
    kinds = {(b.mesh.topology.cell_name(), b.V.dofmap.list.shape[1]) for b in blocks}
    names = list(dict.fromkeys(n for b in blocks for n in b.shown))
    return {
        "share_of_drive": states[-1].share,
        "phases": [b.name for b in blocks],
        "times": list(times),
        "fields": {b.name: list(b.shown) for b in blocks} if kinds <= VTK.keys() else {},
        "vectors": {b.name: [n for n in known(b.state) if n in vectors] for b in blocks},
        "charges": {i: z for b in blocks for i, z in b.state.charges.items()},
        "dimensions": states[0].problem.domain.tdim,
        "sheets": sheets(states[-1], names, None),
    }


def _write(
    block: Any, states: Sequence[Any], times: Sequence[float], vectors: Sequence[str], file: Path
) -> None:
    problem = states[0].problem
    space = dx.scalar_space(block.mesh, problem.degree)
    functions = {name: fem.Function(space, name=name) for name in block.shown}
    by_cell = dx.cell_vectors(block.mesh)
    arrows = {name: fem.Function(by_cell, name=f"vector {name}") for name in vectors}
    with VTXWriter(block.mesh.comm, file, [*functions.values(), *arrows.values()]) as writer:
        for state, time in zip(states, times, strict=True):
            with state.active():
                for name, f in functions.items():
                    f.x.array[:] = nodal(problem, block.name, name)
            for name, f in arrows.items():
                values = f.x.array.reshape(-1, 3)
                values[by_cell.dofmap.list[block.own_cells, 0]] = in_cells(state, block, name)
                f.x.scatter_forward()
            writer.write(time)


def _store(states: Sequence[Any], folder: Path, vectors: Mapping[str, Sequence[str]]) -> None:
    """PHASE.npz of every phase, a state after the other. Collective."""
    from ..plot.gather import on_root, pieces, rows

    blocks = states[0].problem.phases
    names = list(dict.fromkeys(n for b in blocks for n in b.shown))
    for k, state in enumerate(states):
        found = pieces(state, names)
        by_cell = {
            b.name: {v: rows(state.comm, in_cells(state, b, v)) for v in vectors[b.name]}
            for b in blocks
        }
        on_root(state.comm, partial(_append, found, by_cell, folder, k))


def _append(
    found: Mapping[str, Any], by_cell: Mapping[str, Mapping[str, Any]], folder: Path, k: int
) -> None:
    for name, piece in found.items():
        arrays = {f"{field}/{k}": values for field, values in piece.values.items()}
        arrays |= {f"vector {v}/{k}": values for v, values in by_cell[name].items()}
        if k == 0:
            kind = np.array(piece.kind)
            arrays = {"points": piece.points, "cells": piece.cells, "kind": kind, **arrays}
        with zipfile.ZipFile(folder / f"{name}.npz", "a" if k else "w") as archive:
            for entry, array in arrays.items():
                with archive.open(f"{entry}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, array, allow_pickle=False)
