"""The blocks of a phase: its species and phi, and its solvent's flow; the metal of an electrode."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from . import _dolfinx as dx
from .fields import Fields, variable
from .thermo import implicit

Ints = npt.NDArray[np.int32]

#: Diffusion coefficient [m2/s] and viscosity [Pa s] that make balances and flows O(1).
D0, VISCOSITY = 1e-9, 1e-3


@dataclass
class Flow:
    """Velocity and pressure of a phase's solvent, in the units of slow diffusion.

    Taylor and Hood's pair: velocities a degree above concentrations, pressures of the same. Volume
    is then kept for every test function of a species, so that what is carried along without
    diffusing keeps an even concentration; with pressures of a lower degree it does not by far.

    A velocity of 1 is D0/L, a pressure of 1 is mu0 D0/L^2, so that the unknowns are Peclet numbers;
    forces are in units of mu0 D0 L^(d-3).
    """

    velocity: Fields
    pressure: Fields
    size: Any  #: of the domain [m]

    @property
    def rule(self) -> int:
        """Degree of the quadrature: exact for mass, and for inertia to its order."""
        return 2 * int(self.velocity.V.element.basix_element.degree)

    @property
    def dim(self) -> int:
        """Of the mesh."""
        return int(self.velocity.mesh.geometry.dim)

    def values(self) -> dict[str, Any]:
        """Components of the velocity [m/s] and the pressure [Pa]."""
        u = {i: self.unit(i) * self.velocity.u[k] for i, k in self.velocity.component.items()}
        return u | {"P": self.unit("P") * self.pressure.u[0]}

    def unit(self, name: str) -> Any:
        """What 1 stands for in an unknown [m/s, Pa]."""
        return VISCOSITY * D0 / self.size**2 if name == "P" else D0 / self.size

    def scale(self, name: str) -> Any:
        """What makes the equation of an unknown O(1) [N, m3/s]; per metre in 2D."""
        if name == "P":
            return D0 * self.size ** (self.dim - 2)
        return VISCOSITY * D0 * self.size ** (self.dim - 3)


def flow_fields(
    phase: Any, closure: Any, sub: tuple[Any, Any, Ints], size: Any, degree: int
) -> Flow:
    """Unknowns of a phase's flow."""
    axes = [f"v_{k}" for k in "xyz"[: sub[0].geometry.dim]]
    names = {"velocity": (degree + 1, axes), "pressure": (degree, ["P"])}
    made = [
        Fields(
            f"{what} of {phase.name}",
            phase,
            closure,
            *sub,
            dx.blocked_space(sub[0], order, len(own)),
            {i: k for k, i in enumerate(own)},
            size=size,
        )
        for what, (order, own) in names.items()
    ]
    return Flow(made[0], made[1], size)


def phase_fields(phase: Any, closure: Any, domain: Any, degree: int) -> Fields:
    """Unknowns of a meshed phase: its species, then phi."""
    sub = dx.submesh(domain.mesh, domain.region_cells(phase.regions))
    names = [s.name for s in phase.medium.species]
    own = [variable(i) for i in implicit(phase)] if closure.own_row else []
    own += phase.unknowns(sub[0].geometry.dim)
    if closure.own_row:
        component = {i: k for k, i in enumerate(["phi", *names, *own])}
    else:
        component = dict.fromkeys([*names, "phi"], 0) | {i: k for k, i in enumerate(own, 1)}
    V = dx.blocked_space(sub[0], degree, max(component.values()) + 1)
    size = fem.Constant(sub[0], float(domain.size))
    flow = flow_fields(phase, closure, sub, size, degree) if phase.flow else None
    return Fields(phase.name, phase, closure, *sub, V, component, size=size, flow=flow)


def metal_fields(name: str, phase: Any, beside: Fields) -> Fields:
    """Unknown of an unmeshed metal: one value per cell beside it, to be tied into one."""
    V = dx.constant_space(beside.mesh)
    component = {"e-": 0, "phi": 0}
    mesh = beside.mesh, beside.cell_map, beside.parent_cells
    return Fields(name, phase, phase.medium.closure, *mesh, V, component, lumped=True)
