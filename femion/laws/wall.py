"""Walls: nothing crosses, or a given flux does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..units import convert
from .base import Transfer


@dataclass(frozen=True)
class Impermeable:
    """Nothing crosses: what holds at every boundary without a law, said aloud.

    The boundary may belong to several phases; its name is checked.
    """

    where: str


@dataclass(frozen=True)
class Flux:
    """A given molar flux of each species into the phase [mol/(m2 s)], at a boundary."""

    where: str
    inward: Mapping[str, float]

    def __post_init__(self) -> None:
        convert(self, inward="mol/(m^2*s)")

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """One event per mole that enters."""
        for i, rate in self.inward.items():
            yield Transfer(rate, {i: +1}, {})
