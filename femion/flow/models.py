"""Balances of momentum and volume of an incompressible solvent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ufl

from ..errors import InputError
from ..units import is_function, positive, valued


@dataclass(frozen=True)
class Stokes:
    """0 = -grad P + div(mu grad u) - mu u/k + f,  div u = 0  (Stokes; with k Brinkman).

    `viscosity` mu [Pa s] and `permeability` k [m2] (None: no porous resistance) are numbers or
    functions of a State; where mu varies the stress is mu (grad u + grad u^T). `forces` f act
    per volume: `Coulomb`, `Weight`, or any function of a State, a vector [N/m3].
    """

    viscosity: Any
    permeability: Any = field(default=None, kw_only=True)
    forces: Sequence[Any] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        name = type(self).__name__
        object.__setattr__(
            self, "viscosity", positive(self.viscosity, "Pa*s", f"viscosity of {name}")
        )
        if self.permeability is not None:
            k = positive(self.permeability, "m^2", f"permeability of {name}")
            object.__setattr__(self, "permeability", k)
        object.__setattr__(self, "forces", tuple(self.forces))
        for f in self.forces:
            if not (hasattr(f, "force") or is_function(f)):
                raise InputError(
                    f"forces of {name} = {f!r}; allowed: Coulomb(), Weight(...), or functions of "
                    "a state"
                )

    def momentum(self, s: Any, v: Any, share: Any) -> Any:
        """Weak form tested with the vector v [W/m3 per m/s]; `share` of the inertia counts."""
        form = self.friction(s, v) - s.extra["P"] * ufl.div(v)
        for f in self.forces:
            form -= ufl.inner(f(s) if is_function(f) else f.force(s), v)
        inertia = self.inertia(s)
        return form + share * ufl.inner(inertia, v) if inertia is not None else form

    def friction(self, s: Any, v: Any) -> Any:
        """Viscous and porous part, tested with v; with the velocity itself, heat [W/m3]."""
        u, mu = s.velocity, valued(self.viscosity, s)
        grad = ufl.grad(u)
        strain = 2 * ufl.sym(grad) if is_function(self.viscosity) else grad
        form = mu * ufl.inner(strain, ufl.grad(v))
        if self.permeability is not None:
            form += mu / valued(self.permeability, s) * ufl.inner(u, v)
        return form

    def transported(self, s: Any, p: Any, q: Any, rate: Any, share: Any) -> Any:
        """What acts on u beside viscosity, as if on a pressure p, weakly; None: nothing does.

        For preconditioners; `rate` [1/s] by which momentum is stored, `share` of the inertia.
        """
        if self.permeability is None:
            return None
        return valued(self.viscosity, s) / valued(self.permeability, s) * p * q

    def inertia(self, s: Any) -> Any:
        """Rate of change of momentum of what moves along [N/m3]; None where there is none."""
        return None

    def stored(self, s: Any) -> Any:
        """Momentum per volume [kg/(m2 s)]; None where it is not kept."""
        return None


@dataclass(frozen=True)
class NavierStokes(Stokes):
    """rho (du/dt + u . grad u) = -grad P + div(mu grad u) - mu u/k + f,  div u = 0.

    `density` rho [kg/m3], a number.
    """

    density: float

    def __post_init__(self) -> None:
        super().__post_init__()
        rho = positive(self.density, "kg/m^3", "density of NavierStokes")
        object.__setattr__(self, "density", rho)

    def inertia(self, s: Any) -> Any:
        """Rho u . grad u [N/m3]."""
        return self.density * ufl.dot(s.velocity, ufl.nabla_grad(s.velocity))

    def stored(self, s: Any) -> Any:
        """Rho u [kg/(m2 s)]."""
        return self.density * s.velocity

    def transported(self, s: Any, p: Any, q: Any, rate: Any, share: Any) -> Any:
        """Rho (p/dt + u . grad p), by parts, and what pores do."""
        pores = super().transported(s, p, q, rate, share) or 0.0
        moved = rate * p * q - share * p * ufl.dot(s.velocity, ufl.grad(q))
        return self.density * moved + pores
