"""What a field takes, from its annotation."""

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar
from typing import Any, Union, get_args, get_origin

Parameters = Mapping[str, inspect.Parameter]


def parameters(make: Any) -> Parameters:
    """The fields of a dataclass or arguments of a function, with evaluated annotations."""
    try:
        found = inspect.signature(make, eval_str=True)
    except (NameError, TypeError, SyntaxError):  # a stranger's annotation
        found = inspect.signature(make)
    loose = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {k: p for k, p in found.parameters.items() if p.kind not in loose}


def needed(given: Parameters) -> list[str]:
    """Names of those without a default."""
    return [k for k, p in given.items() if p.default is inspect.Parameter.empty]


def plain(hint: Any) -> Any:
    """An annotation without InitVar and type aliases; Any where there is none."""
    if isinstance(hint, InitVar):
        hint = hint.type
    if isinstance(hint, str) or hint is inspect.Parameter.empty:
        return Any
    return getattr(hint, "__value__", hint)


def members(hint: Any) -> tuple[Any, ...]:
    """What a union is made of; the hint itself otherwise."""
    hint = plain(hint)
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def takes_function(hint: Any) -> bool:
    """Whether a function may be meant, by the annotation."""
    return any(_callable(h) for h in members(hint))


def only_function(hint: Any) -> bool:
    """Whether nothing but a function is meant; a list or table of formulas is then one."""
    return all(_callable(h) for h in members(hint))


def _callable(hint: Any) -> bool:
    return hint is Callable or get_origin(hint) is Callable


def objection(hint: Any, value: Any) -> str:
    """What would be allowed instead of a value as read from a file; "" if it fits."""
    if isinstance(value, list) and only_function(hint):
        return ""
    found = [_objection(h, value) for h in members(hint) if h is not type(None)]
    return "" if not found or "" in found else " or ".join(dict.fromkeys(found))


def _objection(hint: Any, value: Any) -> str:
    origin = get_origin(hint) or hint
    if origin is Callable:
        return "" if isinstance(value, str | dict) else "a formula or a function"
    if not inspect.isclass(origin):
        return ""
    formula = isinstance(value, str) and value.startswith("=")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if issubclass(origin, bool):
        return "" if isinstance(value, bool) else "true or false"
    if issubclass(origin, int):
        return "" if formula or (number and isinstance(value, int)) else "a whole number"
    if issubclass(origin, float):
        fits = number or isinstance(value, str | dict)
        return "" if fits else "a number, or text with a number and its unit"
    if issubclass(origin, str):
        return "" if isinstance(value, str) else "text"
    if issubclass(origin, Mapping):
        return "" if isinstance(value, dict) else "a table"
    if issubclass(origin, Sequence):
        return "" if isinstance(value, list) else "a list"
    return ""


def inside(hint: Any, value: Any) -> Any:
    """The annotation of what a list or table holds."""
    wanted = Mapping if isinstance(value, dict) else Sequence
    for h in members(hint):
        origin = get_origin(h)
        if inspect.isclass(origin) and issubclass(origin, wanted):
            arguments = [a for a in get_args(h) if a is not Ellipsis]
            if not arguments:
                return Any
            same = all(a == arguments[0] for a in arguments)
            return arguments[-1] if wanted is Mapping or same else Any
    return Any
