"""Manufactured solutions: exact fields, the sources they need, and observed orders.

The exact fields are written once as functions of position that work on UFL and on NumPy. The
flux in the source is the model's own `fluxes` at the exact state, differentiated by UFL.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import ufl

import femion as fm

from .. import _dolfinx as dx
from ..solution import Solution
from ..thermo import C_REF, State, from_potentials
from ..transport.base import fluxes
from ..units import F, R
from . import bench

Fields = Callable[[Any, Any, Any], dict[str, Any]]


class Numeric:
    """The functions of UFL that exact fields use, for NumPy arrays."""

    sin, cos, exp, ln = np.sin, np.cos, np.exp, np.log


@dataclass(frozen=True)
class Exact:
    """Exact w_i and phi_hat of a phase: `fields(m, x, y)`, m ufl or Numeric, x and y over L.

    `mu0` are the standard potentials [J/mol] of the phase's medium, `z` the charge numbers.
    """

    fields: Fields
    L: float
    z: Mapping[str, int]
    mu0: Mapping[str, float]

    def at(self, s: State) -> State:
        """The exact state where `s` is."""
        values = self.fields(ufl, s.x[0] / self.L, s.x[1] / self.L)
        phi_hat = values.pop("phi")
        return from_potentials(replace(s, w=values, phi_hat=phi_hat))

    def source(self, species: str) -> Callable[[State], Any]:
        """R_i = div N_i of the exact fields."""
        return lambda s: ufl.div(fluxes(self.at(s))[species])

    def fixed_charge(self, x: Any) -> Any:
        """X that makes the exact fields electroneutral."""
        v = self.fields(ufl, x[0] / self.L, x[1] / self.L)
        return -sum(z * self._c(ufl, v, i) for i, z in self.z.items())

    def space_charge(self, eps: float) -> Callable[[Any], Any]:
        """X with which the exact fields satisfy Poisson's equation of permittivity eps [F/m]."""

        def X(x: Any) -> Any:
            phi = self.fields(ufl, x[0] / self.L, x[1] / self.L)["phi"] * bench.VT
            return self.fixed_charge(x) - eps / F * ufl.div(ufl.grad(phi))

        return X

    def concentration(self, species: str) -> Callable[[Any], Any]:
        """Exact concentration [mol/m3] at NumPy points, shape (3, n)."""
        return lambda x: self._c(Numeric, self._numeric(x), species)

    def potential(self, x: Any) -> Any:
        """Exact potential [V] at NumPy points."""
        return bench.VT * self._numeric(x)["phi"]

    def boundary(self, where: str) -> fm.Reservoir:
        """The exact composition and potential, held on a boundary."""
        given = {i: self.concentration(i) for i in self.z}
        return fm.Reservoir(where, given, potential=self.potential)

    def _numeric(self, x: Any) -> dict[str, Any]:
        return self.fields(Numeric, x[0] / self.L, x[1] / self.L)

    def _c(self, m: Any, v: Mapping[str, Any], i: str) -> Any:
        mu0 = self.mu0.get(i, 0.0) / (R * bench.T)
        return C_REF * m.exp(v[i] - mu0 - self.z[i] * v["phi"])


def errors(s: Solution, exact: Mapping[str, Exact]) -> dict[str, float]:
    """L2 errors of every w_i and of phi_hat in every phase, with a rule four degrees higher."""
    out = {}
    for name, solution in exact.items():
        block = s.problem.blocks[name]
        meta = {"quadrature_degree": s.problem.quadrature + 4}
        dV = ufl.Measure("dx", block.mesh, metadata=meta)
        found, known = block.state, solution.at(block.state)
        pairs = {f"w({i})": (found.w[i], known.w[i]) for i in solution.z}
        pairs["phi"] = (found.phi_hat, known.phi_hat)
        for field, (a, b) in pairs.items():
            square = dx.integrate(dx.compile_form((a - b) ** 2 * dV), s.comm)
            out[f"{field} in {name}"] = float(np.sqrt(square) / solution.L)
    return out


def orders(
    solve: Callable[[int, int], Solution], exact: Mapping[str, Exact], degree: int, cells: list[int]
) -> dict[str, float]:
    """Order of the L2 error between the two finest of several meshes, per field.

    Raises RuntimeError if an error does not fall at each refinement.
    """
    history = [errors(solve(n, degree), exact) for n in cells]
    for coarse, fine in pairwise(history):
        for field, error in coarse.items():
            if not fine[field] < error:
                raise RuntimeError(f"the error of {field} does not fall: {error} to {fine[field]}")
    a, b = history[-2:]
    ratio = np.log(cells[-1] / cells[-2])
    return {field: float(np.log(a[field] / b[field]) / ratio) for field in a}
