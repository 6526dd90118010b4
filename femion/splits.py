"""Which free unknowns belong to which field, for a preconditioner by field."""

from typing import Any

import numpy as np
from petsc4py import PETSc

FLOW = "flow"  #: all velocities and pressures, which are one saddle point


def splits(problem: Any) -> dict[str, Any]:
    """Index sets of the free unknowns by field over all phases: flow, phi, species, amounts."""
    found, comm = fields(problem), problem.domain.comm
    moving = [i for i in found if i[:2] == "v_" or i == "P"]
    if moving:
        joint = np.sort(np.concatenate([found[i] for i in moving]))
        found = {FLOW: joint} | {i: k for i, k in found.items() if i not in moving}
    made = {
        name: PETSc.IS().createGeneral(index.astype(PETSc.IntType), comm=comm)
        for name, index in found.items()
    }
    return {name: index for name, index in made.items() if index.getSize()}


def fields(problem: Any) -> dict[str, Any]:
    """Numbers of this rank's free unknowns by field over all phases."""
    roots, first = problem.numbering.roots
    field = np.empty(len(roots), dtype=object)
    for block in problem.blocks.values():
        span = problem.span[block.name]
        inside = (roots >= span.start) & (roots < span.stop)
        names = {k: i for i, k in block.component.items()}
        field[inside] = [names[k] for k in (roots[inside] - span.start) % block.bs]
    comm = problem.domain.comm
    wires, amounts = ((comm.rank == 0) * len(n) for n in (problem.terminals, problem.amounts))
    order = ["phi", *dict.fromkeys(i for b in problem.phases for i in b.species if i != "e-")]
    known = {*order, "e-"}
    every = (i for b in problem.blocks.values() for i in b.component)
    order += dict.fromkeys(i for i in every if i not in known)
    out = {}
    for name in order:
        own = first + np.flatnonzero(field == name)
        out[name] = np.concatenate([np.arange(wires if name == "phi" else 0), own])
    if problem.amounts:
        out["amounts"] = np.arange(wires, wires + amounts)
    return out
