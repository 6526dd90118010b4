"""Activity models: each gives ln(gamma_i) of every species of a medium."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Activity(Protocol):
    """What an activity model must provide."""

    def ln_gamma(self, c: Mapping[str, Any], T: Any) -> Mapping[str, Any]:
        """Logarithm of the activity coefficient of each species; c [mol/m3], T [K]."""
        ...


@dataclass(frozen=True)
class Ideal:
    """gamma_i = 1."""

    ideal = True

    def ln_gamma(self, c: Mapping[str, Any], T: Any) -> Mapping[str, Any]:
        """Zero for every species."""
        return dict.fromkeys(c, 0.0)
