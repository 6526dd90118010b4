"""The parameters of a case file, and the formulas that use them."""

import ast
from collections.abc import Mapping
from typing import Any

from ..errors import InputError, unknown
from ..units import quantity
from .expression import CONSTANTS, RESERVED, STATE, Number, base, evaluate, names, parse, species
from .function import Formula, Hidden, Meaning, missing, written
from .source import Fault


class Parameters:
    """Numbers, quantities and formulas by name; a formula may use the state."""

    def __init__(self, given: Mapping[str, Any], known_species: Any = ()) -> None:
        self.given, self.species = given, known_species
        self.trees: dict[str, ast.expr] = {}
        for name, value in given.items():
            key = ("parameters", name)
            if not name.isidentifier() or name in RESERVED:
                kept = ", ".join(sorted(RESERVED))
                raise Fault(key, f"the name {name!r} is not possible; kept for formulas: {kept}")
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise Fault(key, f"{name} = {value!r}; allowed: a number, a quantity, a formula")
            try:
                if isinstance(value, str) and value.startswith("="):
                    self.trees[name] = parse(value)
                else:
                    self._given(name)
            except InputError as error:
                raise Fault(key, str(error)) from None
        for name in self.trees:
            self._check(name)

    def _check(self, name: str) -> None:
        """A formula uses only what there is, and has a value if it is a constant."""
        key, tree = ("parameters", name), self.trees[name]
        try:
            if not names(self.expanded(tree, (name,))) & STATE.keys():
                written(self.constant(tree, self.given[name]))
        except InputError as error:
            raise Fault(key, str(error)) from None

    def _given(self, name: str) -> Number:
        value = self.given[name]
        if isinstance(value, str):
            try:
                found = quantity(value).to_base_units()
            except Exception as error:  # pint raises many kinds
                raise InputError(f"{name} = {value!r} is not a quantity ({error})") from None
            one = quantity("1").units
            unit = one if found.units.dimensionless else found.units
            written(Number(float(found.magnitude), unit))
            return Number(float(found.magnitude), unit)
        written(number := Number(value, quantity("1").units))
        return number

    def expanded(self, tree: ast.expr, above: tuple[str, ...] = ()) -> ast.expr:
        """A tree that holds those of all parameters it uses; refuses names it cannot know."""
        inside: list[ast.expr] = [tree]
        for name in sorted(names(tree)):
            if name in above:
                raise InputError(f"{' -> '.join((*above, name))}: parameters go in a circle")
            if name in self.trees:
                inside.append(self.expanded(self.trees[name], (*above, name)))
            elif name not in (*self.given, *CONSTANTS, *STATE):
                raise missing(name, self.given)
        if len(inside) > 1 and len(above) > 50:
            raise InputError("parameters in parameters; allowed: 50 levels")
        return inside[0] if len(inside) == 1 else ast.Tuple(inside, ast.Load())

    def constant(self, tree: ast.expr, text: str) -> Number:
        """The value of a formula of parameters alone."""

        def known(name: str) -> Number:
            if name in self.trees:
                return evaluate(self.trees[name], text, known)
            return base(*CONSTANTS[name]) if name in CONSTANTS else self._given(name)

        return evaluate(tree, text, known)

    def formula(self, text: str, place: str) -> Any:
        """A bare number, a quantity as text, or a Formula of the state."""
        tree = parse(text)
        every = self.expanded(tree)
        if not names(every) & STATE.keys():
            return written(self.constant(tree, text))
        for i in sorted(species(every) - set(self.species) if self.species else ()):
            raise unknown("species in a formula", i, self.species)
        values, units, inner = {}, {}, {}
        for name in sorted(names(every) - STATE.keys() - CONSTANTS.keys()):
            if name in self.trees and names(self.expanded(self.trees[name])) & STATE.keys():
                inner[name] = self.trees[name]
                continue
            number = self.constant(self.trees.get(name) or parse(name), text)
            values[name], units[name] = float(number.value), number.unit
        found = Formula(text, values, Hidden(Meaning(tree, units, inner, place)))
        found.trial()  # refuses what has no unit
        return found
