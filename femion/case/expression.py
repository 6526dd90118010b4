"""Formulas in case files: `"= i0 * sqrt(c['Li+'] / 1 [mol/L])"`, a small grammar with units.

A text that starts with "=" is one. It may have numbers, numbers with units in brackets
(`2 [A/m^2]`), parameters, + - * / **, parentheses, the FUNCTIONS, the constants pi, R, F, eps0
and N_A, and, where a property may be a function, the place and state it is a function of:
x, y, z [m], t [s], T [K], phi [V], c [mol/m^3] of a salt or c["Na+"] of a species; at interfaces
and electrodes these are of the second side (the electrolyte), and c_a, c_b, phi_a, phi_b, T_a,
T_b of the first (a; the electrode) and second. Units are worked out and checked. Nothing else is
understood; nothing is ever handed to Python's eval.
"""

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import ufl

from .. import units
from ..errors import InputError, unknown

LENGTH, NODES, POWER = 500, 300, 64  #: of a formula, of its tree, and the largest exponent

STATE = {"x": "m", "y": "m", "z": "m", "t": "s", "T": "K", "phi": "V", "c": "mol/m^3"}
STATE |= {f"{k}_{side}": STATE[k] for k in ("T", "phi", "c") for side in "ab"}
CONSTANTS = {
    "pi": (math.pi, ""),
    "R": (units.R, "J/(mol*K)"),
    "F": (units.F, "C/mol"),
    "eps0": (units.EPS0, "F/m"),
    "N_A": (units.N_A, "1/mol"),
}


class Number(NamedTuple):
    """A value in SI base units, plain or symbolic, and its pint unit."""

    value: Any
    unit: Any


#: name -> of floats, of NumPy arrays, of UFL expressions
FUNCTIONS: Mapping[str, tuple[Callable, Callable, Callable]] = {
    "exp": (math.exp, np.exp, ufl.exp),
    "log": (math.log, np.log, ufl.ln),
    "sqrt": (math.sqrt, np.sqrt, ufl.sqrt),
    "sin": (math.sin, np.sin, ufl.sin),
    "cos": (math.cos, np.cos, ufl.cos),
    "tanh": (math.tanh, np.tanh, ufl.tanh),
    "erf": (math.erf, np.vectorize(math.erf, otypes=[float]), ufl.erf),
    "abs": (abs, np.abs, abs),
    "min": (min, np.minimum, ufl.min_value),
    "max": (max, np.maximum, ufl.max_value),
}
SAME = ("abs", "min", "max")  #: keep the unit
RESERVED = {*STATE, *CONSTANTS, *FUNCTIONS, "a", "b"}

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def parse(text: str) -> ast.expr:
    """The tree of a formula; raises InputError for what is not in the grammar."""
    if len(text) > LENGTH:
        raise InputError(f"a formula of {len(text)} characters; allowed: {LENGTH}")
    try:
        tree = ast.parse(text.strip().removeprefix("=").strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise InputError(f"{text!r} is no formula: {reason}") from None
    if sum(1 for _ in ast.walk(tree)) > NODES:
        raise InputError(f"{text!r} is too long; allowed: {NODES} terms, use parameters")
    _check(tree, text)
    return tree


def _check(node: ast.expr, text: str) -> None:
    """Only what the grammar has."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        _check(node.left, text)
        _check(node.right, text)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _check(node.operand, text)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id not in FUNCTIONS:
            raise unknown("function", node.func.id, FUNCTIONS)
        wanted = 2 if node.func.id in ("min", "max") else 1
        if len(node.args) != wanted:
            raise InputError(f"{text!r}: {node.func.id} takes {wanted} value(s)")
        for argument in node.args:
            _check(argument, text)
    elif isinstance(node, ast.Subscript) and _number(node.value) is not None:
        pass  # a unit; pint reads it
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        inside = node.slice
        species = isinstance(inside, ast.Constant) and isinstance(inside.value, str)
        if node.value.id not in ("c", "c_a", "c_b") or not species:
            raise InputError(f'{text!r}: {ast.unparse(node)!r}; allowed: c["Na+"]')
    elif not isinstance(node, ast.Name) and _number(node) is None:
        what = ast.unparse(node)
        hint = "; a power is **" if isinstance(getattr(node, "op", None), ast.BitXor) else ""
        raise InputError(
            f"{text!r}: {what!r} is not allowed{hint}; allowed: numbers, 2 [A/m^2], parameters, "
            f"+ - * / **, and {', '.join(FUNCTIONS)}"
        )


def _number(node: ast.AST) -> float | int | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def names(node: ast.expr) -> set[str]:
    """Names of values that a formula uses; species and units are none."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Subscript):
        return names(node.value) if isinstance(node.value, ast.Name) else set()
    children = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    return {n for child in children if isinstance(child, ast.expr) for n in names(child)}


def species(node: ast.expr) -> set[str]:
    """Species whose concentration a formula uses."""
    inner = (n for n in ast.walk(node) if isinstance(n, ast.Subscript))
    return {
        str(n.slice.value)
        for n in inner
        if isinstance(n.value, ast.Name) and isinstance(n.slice, ast.Constant)
    }


def base(number: Any, unit: str) -> Number:
    """A number with a unit in SI base units."""
    try:
        found = units.quantity(f"{number!r} {unit}").to_base_units()
    except Exception as error:  # pint raises many kinds
        raise InputError(f"{number!r} [{unit}] is no quantity ({error})") from None
    plain = found.units.dimensionless
    return Number(found.magnitude, units.quantity("1").units if plain else found.units)


def evaluate(node: ast.expr, text: str, known: Callable[[str], Any]) -> Number:
    """The value of a formula; `known(name)` gives a Number, or a mapping of Numbers for c."""
    one = units.quantity("1").units
    try:
        return _evaluate(node, text, known, one)
    except (ArithmeticError, ValueError) as error:
        raise InputError(f"{text!r} has no value: {error}") from None


def _evaluate(node: ast.expr, text: str, known: Callable[[str], Any], one: Any) -> Number:
    if (plain := _number(node)) is not None:
        return Number(plain, one)
    if isinstance(node, ast.Name):
        value = known(node.id)
        if isinstance(value, Mapping) and not hasattr(value, "salt"):
            raise InputError(f'{text!r}: which species? allowed: {node.id}["Na+"]')
        return getattr(value, "salt", value)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        if isinstance(node.value, ast.Name):
            return _concentration(node, known(node.value.id))
    if isinstance(node, ast.Subscript):
        return base(_number(node.value), ast.unparse(node.slice))
    if isinstance(node, ast.UnaryOp):
        value = _evaluate(node.operand, text, known, one)
        return Number(-value.value, value.unit) if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Call):
        return _call(node, text, [_evaluate(a, text, known, one) for a in node.args], one)
    assert isinstance(node, ast.BinOp)
    left, right = (_evaluate(n, text, known, one) for n in (node.left, node.right))
    return _operate(node, text, left, right, one)


def _concentration(node: ast.Subscript, values: Any) -> Number:
    assert isinstance(node.slice, ast.Constant)
    if not isinstance(values, Mapping):
        raise InputError(f"{ast.unparse(node)}: here c is that of the salt; allowed: c")
    if node.slice.value not in values:
        raise unknown("species in a formula", node.slice.value, values)
    found: Number = values[node.slice.value]
    return found


def _operate(node: ast.BinOp, text: str, a: Number, b: Number, one: Any) -> Number:
    what = ast.unparse(node)
    if isinstance(node.op, ast.Pow):
        if b.unit != one or not isinstance(b.value, int | float) or abs(b.value) > POWER:
            raise InputError(
                f"{text!r}: the exponent of {what!r}; allowed: a number from -{POWER} to {POWER}"
            )
        if isinstance(power := a.value**b.value, complex):
            raise InputError(f"{text!r}: {what!r} is the root of a negative number")
        return Number(_small(power), a.unit**b.value)
    if isinstance(node.op, ast.Mult):
        return Number(_small(a.value * b.value), a.unit * b.unit)
    if isinstance(node.op, ast.Div):
        return Number(a.value / b.value, a.unit / b.unit)
    if a.unit != b.unit:
        raise InputError(f"{text!r}: {what!r} adds {_name(a.unit)} and {_name(b.unit)}")
    return Number(a.value + b.value if isinstance(node.op, ast.Add) else a.value - b.value, a.unit)


def _call(node: ast.Call, text: str, values: list[Number], one: Any) -> Number:
    assert isinstance(node.func, ast.Name)
    name, unit = node.func.id, values[0].unit
    if name == "sqrt":
        unit = unit**0.5
    elif name not in SAME and unit != one:
        raise InputError(f"{text!r}: {ast.unparse(node)!r} of {_name(unit)}; allowed: no unit")
    if any(v.unit != values[0].unit for v in values):
        raise InputError(f"{text!r}: {ast.unparse(node)!r} compares different units")
    plain = [v.value for v in values]
    kind = 0
    if any(isinstance(v, np.ndarray) for v in plain):
        kind = 1
    elif any(hasattr(v, "ufl_shape") for v in plain):
        kind = 2
    return Number(FUNCTIONS[name][kind](*plain), unit)


def _small(value: Any) -> Any:
    """Whole numbers that got large become floats, so that no tower of powers takes for ever."""
    return float(value) if isinstance(value, int) and abs(value) > 2**53 else value


def _name(unit: Any) -> str:
    return f"{unit:~C}" or "a number"
