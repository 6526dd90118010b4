"""The unknowns of one block: a blocked function on its own submesh, and the State made of it.

A charged species' unknown is its dimensionless voltage w_i/z_i = F V_i/RT (V_i = mu~_i/(z_i F),
physics.md section 1) and its balance is tested with z_i v_i, a balance of charge. Then a shift
of the outside potential shifts every charged unknown and phi_hat alike, and equilibria,
reservoirs and terminals are all equalities between unknowns. Neutral species keep w_i.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from . import _dolfinx as dx
from .thermo import C_REF, State, from_composition, from_potentials

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


def variable(species: str) -> str:
    """Name of the unknown that is a species' statistics' variable."""
    return f"x({species})"


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
    size: Any = 1.0  #: of the domain [m]
    flow: Any = None  #: velocity and pressure of the phase's own solvent
    u: Any = field(init=False)

    def __post_init__(self) -> None:
        self.u = fem.Function(self.V, name=self.name)
        self.test = ufl.TestFunction(self.V)
        self.bs = self.V.dofmap.index_map_bs
        imap = self.V.dofmap.index_map
        self.owned = imap.size_local * self.bs
        self.local = (imap.size_local + imap.num_ghosts) * self.bs

    @cached_property
    def species(self) -> list[str]:
        """Names of the species with a balance here."""
        names = {s.name for s in self.phase.medium.species}
        return [i for i in self.component if i in names]

    @cached_property
    def implicit(self) -> list[str]:
        """Species whose statistics' variable is an unknown of its own."""
        return [i for i in self.species if variable(i) in self.component]

    @cached_property
    def scale(self) -> dict[str, int]:
        """z_i of charged species, 1 of all else: w_i = scale_i u_i."""
        charges = {s.name: s.z or 1 for s in self.phase.medium.species}
        return dict.fromkeys(self.component, 1) | charges

    @cached_property
    def state(self) -> State:
        """The State as UFL expressions of the unknowns."""
        at = {i: self.u[k] for i, k in self.component.items()}
        names = [s.name for s in self.phase.medium.species]
        dim = self.mesh.geometry.dim
        extra = {
            i: self.phase.unit(i, self.size, dim) * at[i]
            for i in self.phase.unknowns(dim)
            if i in at
        } | (self.flow.values() if self.flow else {})
        x = ufl.SpatialCoordinate(self.mesh)
        T = self.phase.temperature(x, extra)
        w = {i: self.scale[i] * at.get(i, at["phi"]) for i in names}
        s = State(self.phase, w, at["phi"], T, x=x, closure=self.closure, extra=extra)
        return from_potentials(s, {i: at[variable(i)] for i in self.implicit})

    def home(self, name: str) -> "Fields":
        """The block that has an unknown of the phase: this one, or one of its flow's."""
        if name in self.component or self.flow is None:
            return self
        return self.flow.velocity if name in self.flow.velocity.component else self.flow.pressure

    @property
    def blocks(self) -> list["Fields"]:
        """This block and those of its flow."""
        return [self, *([self.flow.velocity, self.flow.pressure] if self.flow else [])]

    def meeting(self, cells: Ints) -> dict[str, Ints]:
        """The cells that each of those blocks brings into an integral: the same ones."""
        return {b.name: cells for b in self.blocks}

    def row(self, name: str, side: str | None = None) -> Any:
        """Test function of a balance (times z_i) or of the closure, seen from a side."""
        if self.home(name) is not self:
            return self.home(name).row(name, side)
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

    @cached_property
    def drawn(self) -> list[str]:
        """Fields with values of their own: phi, species with a concentration, and the others."""
        extra = self.phase.drawn(self.mesh.geometry.dim)
        return ["phi", *(self.species if self.closure.own_row else ()), *extra]

    @cached_property
    def _image(self) -> tuple[Any, Any]:
        s, extra = self.state, self.phase.drawn(self.mesh.geometry.dim)
        values = {"phi": s.phi} | {i: ufl.ln(c / C_REF) for i, c in s.c.items()}
        values |= {name: of(s) for name, of in extra.items()}
        V = dx.blocked_space(self.mesh, self.V.element.basix_element.degree, len(self.drawn))
        return fem.Function(V), dx.interpolant([values[i] for i in self.drawn], V)

    def image(self) -> Any:
        """The fields of `drawn` as one Function: ln(c/c_ref) of species, others as they are.

        The same Function each time, with present values. Collective.
        """
        out, interpolant = self._image
        out.interpolate(interpolant)
        return out

    @property
    def shown(self) -> list[str]:
        """`drawn`, and velocity and pressure of a flow."""
        return [*self.drawn, *(self.flow.values() if self.flow else ())]

    def nodal(self, names: Sequence[str]) -> dict[str, Floats]:
        """Values of fields of `shown` at all local nodes, in SI units. Collective."""
        image = self.image().x.array.reshape(-1, len(self.drawn))
        return {
            n: self.physical(image, n)
            if n in self.drawn
            else self.interpolated(self.state.extra[n])
            for n in names
        }

    def physical(self, image: Floats, field: str) -> Floats:
        """Concentration [mol/m3], potential [V], ... from values of `image`, shape (n, fields)."""
        values = image[:, self.drawn.index(field)]
        return C_REF * np.exp(values) if field in self.species else values

    def potentials(self, c: Mapping[str, Any], T: Any = None) -> dict[str, Floats]:
        """w_i at phi = 0 of compositions c_i [mol/m3], numbers or values at all local nodes.

        T [K] is the medium's if it is not given.
        """
        return self._evaluate(c, lambda s: s.w, T)

    def variables(self, c: Mapping[str, Any], T: Any = None) -> dict[str, Floats]:
        """The statistics' variables of compositions, as `potentials`."""
        return self._evaluate(c, lambda s: s.variable, T)

    def interpolated(self, value: Any) -> Floats:
        """A UFL scalar at all local nodes. Collective."""
        return self._interpolated([value])[:, 0]

    def _interpolated(self, values: list[Any]) -> Floats:
        V = dx.blocked_space(self.mesh, self.V.element.basix_element.degree, len(values))
        out = fem.Function(V)
        out.interpolate(dx.interpolant(values, V))
        return out.x.array.reshape(-1, len(values)).copy()

    def _evaluate(self, c: Mapping[str, Any], of: Any, T: Any) -> dict[str, Floats]:
        n, names = len(self.node_x), list(c)
        x = ufl.SpatialCoordinate(self.mesh)
        given = [*c.values(), *([] if T is None else [T])]
        at: list[Any] = [float(v) for v in given] if all(np.ndim(v) == 0 for v in given) else []
        if not at:
            V = dx.blocked_space(self.mesh, self.V.element.basix_element.degree, len(given))
            nodal = fem.Function(V)
            for k, v in enumerate(given):
                nodal.x.array[k :: len(given)] = v
            at = [nodal[k] for k in range(len(given))]
        warm = None if T is None else at[-1]
        found = of(from_composition(self.phase, dict(zip(names, at, strict=False)), x=x, T=warm))
        if not any(dx.varies(v) for v in found.values()):
            return {i: np.full(n, dx.value(v)) for i, v in found.items()}
        out = self._interpolated([found[i] for i in names])
        return {i: out[:, k] for k, i in enumerate(names)}

    @cached_property
    def node_x(self) -> npt.NDArray[np.float64]:
        """Coordinates of the nodes [m], shape (n, 3)."""
        return self.V.tabulate_dof_coordinates()
