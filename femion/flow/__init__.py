"""Motion of the solvent: what a Phase's `flow` may be."""

from .forces import Coulomb, Weight
from .models import NavierStokes, Stokes

__all__ = ["Coulomb", "NavierStokes", "Stokes", "Weight"]
