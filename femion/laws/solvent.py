"""Interfaces that the solvent crosses between flows: its potential, not its pressure, is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ..flow.forces import Coulomb
from ..thermo.osmotic import osmotic_pressure
from .base import Equal, Transfer
from .flow import components


@dataclass(frozen=True)
class SolventEquilibrium:
    """p - Pi, the solvent's potential over its volume, is one across an interface; so is v.

    For the face of a membrane that is a phase with a flow (Stokes with a permeability) beside a
    channel: beside Donnan, which is the same statement about the solutes. What drives the solvent
    through is then dP - dPi, whatever the partition. In a phase with a Coulomb() force P is p - Pi
    already; in the other one it is p, and Pi is that of the activity model.
    """

    where: str

    clings: ClassVar[bool] = True  #: the profile of an inlet beside it rests there, as at a wall

    def constraints(self, a: Any, b: Any) -> Iterator[Equal]:
        """Equal components of the velocity."""
        components(self, b)
        for i in components(self, a):
            yield Equal(i)

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """The jump of the pressure, as a force on the side of a."""
        jump = _osmotic(a) - _osmotic(b)
        for k, i in enumerate(components(self, a)):
            yield Transfer(-jump * a.n[k], {i: 1}, {})

    def dissipation(self, a: Any, b: Any) -> float:
        """None: it is an equilibrium."""
        return 0.0


def _osmotic(s: Any) -> Any:
    """What P exceeds p - Pi by [Pa]."""
    less = Coulomb() in s.phase.flow.forces
    return 0 * s.extra["P"] if less else osmotic_pressure(s)
