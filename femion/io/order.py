"""One order of all unknowns whatever the partition, and an identity of the mesh they live on.

DOLFINx keeps for each cell its place in the mesh as it was given, and in a cell the order of its
vertices. A node's key is the least (given cell, place in the cell) that it has; the nodes of a
block are ordered by their keys, and blocks follow each other.
"""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from petsc4py import PETSc

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

#: Largest shift of a node that is rounding, as a share of the domain.
ROUNDING = 1e-10


def mix(values: npt.NDArray[Any]) -> Words:
    """A hash of each 64-bit word (splitmix64; Steele, Lea, Flood, OOPSLA 2014)."""
    x = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


def total(comm: Any, words: Words) -> str:
    """Sum of all words of all ranks modulo 2^64: a hash that no order changes. Collective."""
    parts = comm.allgather(int(words.sum(dtype=np.uint64)))
    return f"{sum(parts) % 2**64:016x}"


class Order:
    """The order of a problem's unknowns; `size` in all, [first, last) of them on this rank."""

    def __init__(self, problem: Any) -> None:
        self.problem, self.numbering = problem, problem.numbering
        self.comm = problem.domain.comm
        self.keys = self._keys()
        self.places = self._places()
        slots, start = [], 0
        for block, place in zip(problem.blocks.values(), self.places, strict=True):
            own = place[: block.owned // block.bs, None] * block.bs + np.arange(block.bs)
            slots.append(start + own.ravel())
            start += block.V.dofmap.index_map.size_global * block.bs
        self.size = start
        self.vec = PETSc.Vec().createMPI(self.size, comm=self.comm)
        self.first, self.last = self.vec.getOwnershipRange()
        own = self.numbering.unconstrained
        here = PETSc.IS().createStride(*_span(own), 1, comm=self.comm)
        there = np.concatenate(slots).astype(PETSc.IntType)
        ordered = PETSc.IS().createGeneral(there, comm=self.comm)
        self.scatter = PETSc.Scatter().create(self.vec, ordered, own, here)

    def ordered(self, values: Floats) -> Floats:
        """This rank's part in the order, from the concatenated local arrays. Collective."""
        own = self.numbering.unconstrained.duplicate()
        own.array_w[:] = values[self.numbering.mine]
        back = PETSc.ScatterMode.REVERSE
        self.scatter.scatter(own, self.vec, addv=PETSc.InsertMode.INSERT, mode=back)
        return np.array(self.vec.array_r)

    def local(self, part: Floats) -> Floats:
        """The concatenated local arrays, ghosts too, from this rank's part. Collective."""
        own = self.numbering.unconstrained
        local, spread, _ = self.numbering.all
        self.vec.array_w[:] = part
        forth, insert = PETSc.ScatterMode.FORWARD, PETSc.InsertMode.INSERT
        self.scatter.scatter(self.vec, own, addv=insert, mode=forth)
        spread.scatter(own, local, addv=insert, mode=forth)
        return np.array(local.array_r)

    # -- building -----------------------------------------------------------------------------
    def _given(self, block: Any) -> npt.NDArray[np.int64]:
        """Key of every (cell, place) of a block, shape of its dofmap."""
        cells = np.asarray(self.problem.domain.mesh.topology.original_cell_index)
        nodes = block.V.dofmap.list.shape[1]
        given = cells[block.parent_cells].astype(np.int64)
        return np.asarray(given[:, None] * nodes + np.arange(nodes))

    def _keys(self) -> list[npt.NDArray[np.int64]]:
        """Key of each local node of each block."""
        parts = []
        for block in self.problem.blocks.values():
            key = np.full(block.local // block.bs, np.inf)
            np.minimum.at(key, block.V.dofmap.list.ravel(), self._given(block).ravel())
            parts.append(np.repeat(key, block.bs))
        least = -self.numbering.maximum(-np.concatenate(parts))
        spans = self.problem.span.values()
        blocks = self.problem.blocks.values()
        return [least[s][:: b.bs].astype(np.int64) for s, b in zip(spans, blocks, strict=True)]

    def _places(self) -> list[npt.NDArray[np.int64]]:
        """Place of each local node among those of its block."""
        topology = self.problem.domain.mesh.topology
        cells, out = topology.index_map(topology.dim).size_global, []
        for block, key in zip(self.problem.blocks.values(), self.keys, strict=True):
            seen = PETSc.Vec().createMPI(cells * block.V.dofmap.list.shape[1], comm=self.comm)
            seen.set(0.0)
            own = key[: block.owned // block.bs].astype(PETSc.IntType)
            seen.setValues(own, np.ones(len(own)))
            seen.assemble()
            count = np.cumsum(seen.array_r)
            here = float(count[-1]) if len(count) else 0.0
            seen.array_w[:] = count + (self.comm.scan(here) - here) - 1.0
            source = PETSc.IS().createGeneral(key.astype(PETSc.IntType), comm=self.comm)
            local = PETSc.Vec().createSeq(len(key))
            target = PETSc.IS().createStride(len(key), 0, 1, comm=MPI.COMM_SELF)
            lookup = PETSc.Scatter().create(seen, source, local, target)
            lookup.scatter(seen, local, addv=PETSc.InsertMode.INSERT)
            out.append(np.rint(local.array_r).astype(np.int64))
        return out

    # -- identity -----------------------------------------------------------------------------
    @cached_property
    def identity(self) -> dict[str, dict[str, Any]]:
        """Of each block: counts, a hash of which nodes its cells join, moments of coordinates."""
        out = {}
        for (name, block), place in zip(self.problem.blocks.items(), self.places, strict=True):
            own, nodes = len(block.own_cells), block.owned // block.bs
            joined = place[block.V.dofmap.list[:own]]
            words = mix(joined ^ mix(self._given(block)[:own]).astype(np.int64))
            weight = mix(place[:nodes]).astype(np.float64) / 2**63 - 1.0
            moments = weight @ block.node_x[:nodes] if nodes else np.zeros(3)
            out[name] = {
                "nodes": block.V.dofmap.index_map.size_global,
                "cells": self.comm.allreduce(own),
                "cells join": total(self.comm, words.ravel()),
                "coordinates": self.comm.allreduce(moments).tolist(),
            }
        return out


def other_mesh(there: dict[str, Any], here: dict[str, Any], length: float) -> str:
    """How two identities differ, "" if they do not; `length` of the domain [m]."""
    for name, now in here.items():
        then = there.get(name)
        if then is None:
            return f"it has no {name!r}"
        for what in ("nodes", "cells"):
            if then[what] != now[what]:
                return f"{name!r} has {then[what]} {what} there and {now[what]} here"
        if then["cells join"] != now["cells join"]:
            return f"cells of {name!r} join other nodes"
        shift = np.abs(np.subtract(then["coordinates"], now["coordinates"])).max()
        if shift > ROUNDING * length * np.sqrt(now["nodes"]):
            return f"nodes of {name!r} are elsewhere"
    return ""


def _span(vec: Any) -> tuple[int, int]:
    first, last = vec.getOwnershipRange()
    return last - first, first
