"""A model as a flat list of path and value, to tell whether two are the same."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import ufl

from ..bind import parts

Flat = dict[str, Any]

SAME = 1e-12  #: relative difference of equal numbers


def describe(problem: Any, stages: Sequence[Any] = ()) -> Flat:
    """Structure and present parameters of a problem, and stages of a programme."""
    out = flat(problem.stated) | {p: float(v) for p, v in problem.parameters.items()}
    out |= {n: getattr(problem, n) for n in ("degree", "quadrature", "programme")}
    out["transient"] = problem.clock is not None
    for k, stage in enumerate(stages):
        out |= flat(stage, f"stages.{k}")
    return out


def flat(x: Any, path: str = "") -> Flat:
    """What `x` is made of: numbers and texts by their paths, a hash of what is code or table."""
    if x is None or isinstance(x, bool | int | float | str):
        return {path: x}
    name = f"{type(x).__module__}.{type(x).__qualname__}"
    if isinstance(x, set | frozenset):
        x = sorted(x, key=repr)
    if isinstance(x, np.ndarray):
        return {path: f"{x.shape} {_hash(x.tobytes())}"}
    if isinstance(x, ufl.core.expr.Expr):
        return {path: re.sub(r"_\{?\d+\}?", "", str(x))}  # without the numbers UFL counts with
    if code := getattr(x, "__code__", None):
        return {path: f"{x.__module__}.{x.__qualname__} {_hash(_code(x, code).encode())}"}
    inner = parts(x)
    if inner is None:
        return {path: name}
    out: Flat = {} if isinstance(x, Mapping | Sequence) else {path: name}
    for key, value in inner:
        out |= flat(value, f"{path}.{key}".lstrip("."))
    return out


def difference(there: Flat, here: Flat, allowed: Sequence[str] = ()) -> str:
    """The first path at which two descriptions differ, with both values; "" if there is none."""
    for path in {**here, **there}:
        if any(path == a or path.startswith((f"{a}.", f"{a}#")) for a in allowed):
            continue
        then, now = (d.get(path, "absent") for d in (there, here))
        if then != now and not _close(then, now):
            return f"{path or 'model'} is {_text(then)} there and {_text(now)} here"
    return ""


def _close(a: Any, b: Any) -> bool:
    numbers = isinstance(a, int | float) and isinstance(b, int | float)
    return numbers and math.isclose(a, b, rel_tol=SAME)


def _text(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _code(function: Any, code: Any) -> str:
    """What a function does, whatever file it is in: its code and the values it has taken along."""
    cells = [c.cell_contents for c in function.__closure__ or ()]
    taken = [_value(v) for v in (*cells, *(function.__defaults__ or ()))]
    return f"{_instructions(code)} {taken}"


def _instructions(code: Any) -> str:
    inner = [_instructions(c) if hasattr(c, "co_code") else repr(flat(c)) for c in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {inner}"


def _value(x: Any) -> str:
    plain = x is None or isinstance(x, bool | int | float | str | np.ndarray) or parts(x)
    return repr(flat(x)) if plain else type(x).__qualname__


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
