"""Where a transport model was measured, and one warning for its use elsewhere."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

INNER = ("transport", "ionic")  # fields in which a model holds another one
ROUNDING = 1e-9
_said: set[tuple[str, str, float, float]] = set()


class RangeWarning(UserWarning):
    """A model is used outside the range of the data behind it."""


def nested(model: Any) -> Iterator[Any]:
    """A transport model and the ones inside it, from the outside in."""
    yield model
    for name in INNER:
        if (inner := getattr(model, name, None)) is not None:
            yield from nested(inner)


def validity(model: Any) -> dict[str, tuple[float, float]]:
    """(low, high) [mol/m3] of each species whose range a model or one inside it states."""
    out: dict[str, tuple[float, float]] = {}
    for part in reversed(list(nested(model))):
        out |= {i: (float(a), float(b)) for i, (a, b) in getattr(part, "validity", {}).items()}
    return out


def warn_outside(model: Any, c: Mapping[str, Any], where: str) -> None:
    """One RangeWarning per place, species and range that its concentration [mol/m3] leaves.

    A value is a number or a pair (least, largest), of a field for instance.
    """
    for i, (low, high) in validity(model).items():
        if i not in c:
            continue
        values = c[i] if isinstance(c[i], tuple) else (c[i], c[i])
        least, most = float(values[0]), float(values[-1])
        far = least if least < low * (1 - ROUNDING) else most
        inside = low * (1 - ROUNDING) <= far <= high * (1 + ROUNDING)
        if inside or (where, i, low, high) in _said:
            continue
        _said.add((where, i, low, high))
        name = type(model).__name__
        warnings.warn(
            f"{name} {where}: {i} = {far:.4g} mol/m3 is outside its range "
            f"{low:.4g} to {high:.4g} mol/m3",
            RangeWarning,
            stacklevel=3,
        )
