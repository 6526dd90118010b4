"""The fixed charges of a model, which a continuation may weaken for a while."""

from typing import Any

from .units import is_function


class FixedCharges:
    """Those of all phases that are numbers; functions of position stay as they are."""

    def __init__(self, model: Any) -> None:
        found = [p.fixed_charge for p in model.phases]
        self.constants = [X for X in found if not is_function(X)]
        self.stated: list[float] = []
        self._share = 1.0

    @property
    def share(self) -> float:
        """Share of the stated fixed charges that is there."""
        return self._share

    @share.setter
    def share(self, value: float) -> None:
        if self._share == 1.0:
            self.stated = [float(X) for X in self.constants]
        for X, stated in zip(self.constants, self.stated, strict=True):
            X.value = value * stated
        self._share = value
