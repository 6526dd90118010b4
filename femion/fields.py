"""The unknowns of one block: a blocked function on its own submesh, and the State made of it.

A charged species' unknown is its dimensionless voltage w_i/z_i = F V_i/RT (V_i = mu~_i/(z_i F),
physics.md section 1) and its balance is tested with z_i v_i, a balance of charge. Then a shift
of the outside potential shifts every charged unknown and phi_hat alike, and equilibria,
reservoirs and terminals are all equalities between unknowns. Neutral species keep w_i.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from . import _dolfinx as dx
from .thermo import C_REF, State
from .units import F, R

Ints = npt.NDArray[np.int32]


@dataclass
class Fields:
    """Function, test function and State of a phase (or of an unmeshed metal).

    `component` maps species and "phi" to places in the block; the electrons of an electronic
    conductor share the place of phi.
    """

    name: str
    phase: Any
    closure: Any
    mesh: Any
    cell_map: Any
    parent_cells: Ints
    V: Any
    component: dict[str, int]
    lumped: bool = False  #: one global value, not a field
    u: Any = field(init=False)

    def __post_init__(self) -> None:
        self.u = fem.Function(self.V, name=self.name)
        self.test = ufl.TestFunction(self.V)
        self.bs = self.V.dofmap.index_map_bs
        imap = self.V.dofmap.index_map
        self.owned = imap.size_local * self.bs
        self.local = (imap.size_local + imap.num_ghosts) * self.bs

    @property
    def species(self) -> list[str]:
        """Names of the species with a balance here."""
        return [i for i in self.component if i != "phi"]

    @cached_property
    def scale(self) -> dict[str, int]:
        """z_i of charged species, 1 of neutral ones and of phi: w_i = scale_i u_i."""
        return {"phi": 1} | {i: z or 1 for i, z in self.state.charges.items()}

    @cached_property
    def state(self) -> State:
        """The State as UFL expressions of the unknowns."""
        z = {s.name: s.z or 1 for s in self.phase.medium.species}
        w = {i: z[i] * self.u[k] for i, k in self.component.items() if i != "phi"}
        x = ufl.SpatialCoordinate(self.mesh)
        return State(self.phase, w, self.u[self.component["phi"]], C_REF, x, self.closure)

    def row(self, name: str, side: str | None = None) -> Any:
        """Test function of a balance (times z_i) or of the closure, seen from a side."""
        v = self.test(side) if side else self.test
        return self.scale[name] * v[self.component[name]]

    @property
    def own_cells(self) -> Ints:
        """Cells that this rank integrates over."""
        topology = self.mesh.topology
        return np.arange(topology.index_map(topology.dim).size_local, dtype=np.int32)

    @cached_property
    def sub_cell(self) -> Ints:
        """Own cell of each parent cell, -1 where there is none."""
        top = int(self.parent_cells.max()) + 1 if len(self.parent_cells) else 0
        table = np.full(max(top, 1), -1, dtype=np.int32)
        table[self.parent_cells] = np.arange(len(self.parent_cells), dtype=np.int32)
        return table

    def cells_of(self, parent_cells: Ints) -> Ints:
        """Own cells of parent cells, -1 where this phase is not."""
        inside = parent_cells < len(self.sub_cell)
        return np.where(inside, self.sub_cell[np.where(inside, parent_cells, 0)], -1).astype(
            np.int32
        )

    def facet_nodes(self, parent_cells: Ints, local_facets: Ints) -> Ints:
        """Nodes on facets of own cells, shape (facets, nodes per facet)."""
        closure = np.array(dx.facet_closure(self.V))
        cells = self.cells_of(parent_cells)
        return self.V.dofmap.list[cells[:, None], closure[local_facets]].astype(np.int32)

    def dofs(self, nodes: Ints, name: str) -> Ints:
        """Positions in the local array of a field at nodes."""
        return (nodes * self.bs + self.component[name]).astype(np.int32)

    def everywhere(self, nodes: Ints) -> Ints:
        """These nodes and those that any other rank names, as local numbers. Collective.

        A rank may hold a node of a boundary without holding a facet of it.
        """
        mark = dx.node_vector(self.V)
        mark.array[nodes] = 1.0
        mark.scatter_reverse(dx.ADD)
        mark.scatter_forward()
        return np.flatnonzero(mark.array).astype(np.int32)

    @property
    def drawn(self) -> list[str]:
        """Fields with values of their own: phi, and species with a concentration."""
        return ["phi", *(self.species if self.closure.own_row else ())]

    def physical(self, u: npt.NDArray[np.float64], field: str) -> npt.NDArray[np.float64]:
        """Concentration [mol/m3] or potential [V] from values of the unknowns, shape (n, bs)."""
        T, phi_hat = float(self.phase.medium.temperature), u[:, self.component["phi"]]
        if field == "phi":
            return phi_hat * R * T / F
        mu0 = float(self.phase.medium.standard_potential.get(field, 0.0)) / (R * T)
        w = self.scale[field] * u[:, self.component[field]]
        return C_REF * np.exp(w - mu0 - self.state.charges[field] * phi_hat)

    @cached_property
    def node_x(self) -> npt.NDArray[np.float64]:
        """Coordinates of the nodes [m], shape (n, 3)."""
        return self.V.tabulate_dof_coordinates()


def phase_fields(phase: Any, closure: Any, domain: Any, degree: int) -> Fields:
    """Unknowns of a meshed phase: its species, then phi."""
    sub = dx.submesh(domain.mesh, domain.region_cells(phase.regions))
    names = [s.name for s in phase.medium.species]
    component = (
        {i: k for k, i in enumerate(["phi", *names])}
        if closure.own_row
        else dict.fromkeys([*names, "phi"], 0)
    )
    V = dx.blocked_space(sub[0], degree, max(component.values()) + 1)
    return Fields(phase.name, phase, closure, *sub, V, component)


def metal_fields(name: str, phase: Any, beside: Fields) -> Fields:
    """Unknown of an unmeshed metal: one value per cell beside it, to be tied into one."""
    V = dx.constant_space(beside.mesh)
    component = {"e-": 0, "phi": 0}
    mesh = beside.mesh, beside.cell_map, beside.parent_cells
    return Fields(name, phase, phase.medium.closure, *mesh, V, component, lumped=True)
