"""Tables of a case file become femion's objects, by the signatures of their classes alone."""

import importlib.util
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import plugins
from ..errors import FemionError, InputError, unknown
from ..units import is_function
from . import hints
from .function import Bare, Count, Delayed, Shape
from .parameters import Parameters
from .source import Fault, Key, Source

#: Fields that hold a plug-in of one kind; a table with a type in any other field may be any.
KIND = {
    "transport": "transport",
    "ionic": "transport",
    "activity": "activity",
    "statistics": "activity",
    "closure": "closures",
    "energies": "energies",
    "heat": "heat",
    "reactions": "reactions",
    "flow": "flow",
    "forces": "forces",
    "stabilisation": "stabilisations",
    "terminal": "controls",
    "controls": "controls",
    "potential": "controls",
    "current": "controls",
    "current_density": "controls",
    "bath": "media",
    "law": "laws",
    "laws": "laws",
}
#: Fields of which a text may be the name of a medium, to take that part of it.
OF_MEDIUM = ("transport", "ionic", "activity", "statistics")
#: Fields of a control of which a text is a quantity.
VALUES = ("potential", "current", "current_density")
CODE = re.compile(r"(.+\.py):(\w+)$")
#: What a class may raise for values of a kind it does not expect.
CLUMSY = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError)


class Builder:
    """Makes objects from tables; `media` gives a medium by its name."""

    def __init__(
        self,
        source: Source,
        parameters: Parameters,
        media: Callable[[str, Key], Any],
        allow_code: bool = False,
    ) -> None:
        self.source, self.parameters, self.media = source, parameters, media
        self.allow_code = allow_code

    # -- objects ------------------------------------------------------------------------------
    def typed(self, raw: Any, key: Key, kind: str | None, /, **given: Any) -> Any:
        """The object that a table with a `type` (or the text of a type) describes."""
        table = {"type": raw} if isinstance(raw, str) else raw
        if not isinstance(table, dict):
            raise Fault(key, f"{raw!r}; allowed: a table with a type")
        if not isinstance(table.get("type"), str):
            names = ", ".join(e.name for e in plugins.installed(kind)) if kind else "its name"
            raise Fault(key, f"type is missing; allowed: {names}")
        make = self.find(table["type"], (*key, "type"), kind)
        rest = {k: v for k, v in table.items() if k != "type"}
        return self.make(table["type"], make, rest, key, **given)

    def find(self, name: str, key: Key, kind: str | None) -> Any:
        """A plug-in by its name, or from a file of Python."""
        if CODE.match(name):
            return self.code(name, key)
        kinds = [kind] if kind else list(plugins.KINDS)
        found = [k for k in kinds if any(e.name == name for e in plugins.installed(k))]
        try:
            if not found and kind is None:
                every = (e.name for k in kinds for e in plugins.installed(k))
                raise unknown("type", name, every)
            return plugins.find(found[0] if found else kinds[0], name)
        except FemionError as error:
            raise Fault(key, str(error)) from None

    def make(
        self, name: str, make: Any, table: Mapping[str, Any], key: Key, /, **given: Any
    ) -> Any:
        """Call a class or function with the values of a table and with what is given."""
        known = hints.parameters(make)
        given = {k: v for k, v in given.items() if k in known and k not in table}
        for k in table:
            if k not in known:
                raise Fault((*key, k), str(unknown(f"key of {name}", k, known)))
        if lacking := [k for k in hints.needed(known) if k not in table and k not in given]:
            raise Fault(key, f"{', '.join(lacking)} of {name} missing")
        values = {
            k: self.value(v, (*key, k), known[k].annotation, _kind(k, known[k].annotation))
            for k, v in table.items()
        }
        return self.call(make, {**given, **values}, key, name)

    def call(self, make: Any, values: Mapping[str, Any], key: Key, name: str) -> Any:
        """What a class or function makes of values; a refusal names the key."""
        try:
            return make(**values)
        except Fault:
            raise
        except FemionError as error:
            raise Fault(self.source.narrow(key, str(error)), str(error)) from None
        except CLUMSY as error:
            reason = f"{type(error).__name__}: {error}"
            raise Fault(key, f"{name} takes no such values ({reason})") from None

    # -- values -------------------------------------------------------------------------------
    def value(self, raw: Any, key: Key, hint: Any = Any, kind: str | None = None) -> Any:
        """A value as a field of this annotation takes it."""
        if isinstance(raw, dict) and raw.keys() == {"values", "unit"}:
            raw = self._column(raw, key)
        if allowed := hints.objection(hint, raw):
            raise Fault(key, f"{key[-1]} = {raw!r}; allowed: {allowed}")
        if isinstance(raw, dict):
            return self._table(raw, key, hint, kind)
        if isinstance(raw, list):
            return self._list(raw, key, hint, kind)
        if isinstance(raw, str):
            return self._text(raw, key, kind, hint)
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, int):
            return Count(raw)
        if isinstance(raw, float):
            if raw - raw != 0:
                raise Fault(key, f"{key[-1]} = {raw}; allowed: a finite number")
            return Bare(raw)
        raise Fault(key, f"{key[-1]} = {raw}; allowed: a number, text, a list or a table")

    def _text(self, raw: str, key: Key, kind: str | None, hint: Any) -> Any:
        if raw.startswith("="):
            return self.formula(raw, key)
        if CODE.match(raw):
            return self.code(raw, key)
        if Path in hints.members(hint):
            return self.file(raw, key)
        if kind and key[-1] in OF_MEDIUM and raw in self.source.tree.get("media", {}):
            of = {"ionic": "transport", "statistics": "activity"}.get(key[-1], key[-1])
            return getattr(self.media(raw, key), of)
        if kind == "media":
            return self.media(raw, key)
        return self.typed(raw, key, kind) if kind and key[-1] not in VALUES else raw

    def _column(self, raw: Mapping[str, Any], key: Key) -> list[str]:
        """A list of numbers with one unit, as in a table: { values = [1, 2], unit = "V" }."""
        values, unit = raw["values"], raw["unit"]
        plain = isinstance(values, list) and all(type(v) in (int, float) for v in values)
        if not plain or not isinstance(unit, str):
            raise Fault(key, f"{raw!r}; allowed: values, a list of numbers, and unit, a text")
        return [f"{v!r} {unit}" for v in values]

    def formula(self, raw: str, key: Key) -> Any:
        """A formula's number, quantity or function."""
        try:
            return self.parameters.formula(raw, self.source.place(key))
        except Fault:
            raise
        except InputError as error:
            raise Fault(key, str(error)) from None

    def _list(self, raw: list[Any], key: Key, hint: Any, kind: str | None) -> Any:
        within = hints.inside(hint, raw)
        made: list[Any] = []
        for k, v in enumerate(raw):
            here = (*key, str(k))
            value = self.typed(v, here, kind) if kind else self.value(v, here, within)
            made += value if kind and isinstance(value, tuple) else [value]
        return Shape(tuple(made)) if hints.only_function(hint) else tuple(made)

    def _table(self, raw: dict[str, Any], key: Key, hint: Any, kind: str | None) -> Any:
        function = hints.takes_function(hint)
        if "type" in raw and not function:
            return self.typed(raw, key, kind)
        if "type" in raw:
            return self._function(raw, key, kind)
        within = hints.inside(hint, raw)
        values = {k: self.value(v, (*key, k), within, kind) for k, v in raw.items()}
        return Shape(values) if hints.only_function(hint) else values

    def _function(self, raw: dict[str, Any], key: Key, kind: str | None) -> Any:
        """An object that is a function, or one that is made anew whenever it is called."""
        make = self.find(str(raw["type"]), (*key, "type"), kind)
        table = {k: v for k, v in raw.items() if k != "type"}
        if any("__call__" in vars(c) for c in getattr(make, "__mro__", ())):
            return self.make(raw["type"], make, table, key)
        known = hints.parameters(make)
        values = {
            k: self.value(v, (*key, k), known[k].annotation if k in known else Any)
            for k, v in table.items()
        }
        if not any(hasattr(v, "text_at") for v in values.values()):
            return self.make(raw["type"], make, table, key)
        return Delayed(make, values)

    def file(self, name: str, key: Key) -> Path:
        """A file by its name, which counts from the folder of the case's file."""
        path = self.source.folder(key) / name
        self.source.files[key] = str(path.resolve())
        return path

    # -- code ---------------------------------------------------------------------------------
    def code(self, text: str, key: Key) -> Any:
        """A function or class of a Python file, where code is allowed."""
        match = CODE.match(text)
        assert match is not None
        file, name = self.source.folder(key) / match[1], match[2]
        if not self.allow_code:
            raise Fault(
                key, f"{text!r} runs the Python file '{file}'; allowed: only with --allow-code"
            )
        self.source.files[key] = f"{file.resolve()}:{name}"
        module = _module(file, key)
        if not hasattr(module, name) or not (
            is_function(getattr(module, name)) or isinstance(getattr(module, name), type)
        ):
            there = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
            raise Fault(key, str(unknown(f"function in '{file.name}'", name, there)))
        return getattr(module, name)


def _kind(name: str, hint: Any) -> str | None:
    """The kind of plug-in that a field holds."""
    return None if hints.plain(hint) is str else KIND.get(name)


def _module(file: Path, key: Key) -> Any:
    """A Python file as a module, read once."""
    name = f"femion_case_{abs(hash(file.resolve()))}"
    if name in sys.modules:
        return sys.modules[name]
    if not file.is_file():
        raise Fault(key, f"file '{file}' does not exist; allowed: a Python file")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a stranger's file raises
        del sys.modules[name]
        raise Fault(key, f"file '{file}' fails: {type(error).__name__}: {error}") from None
    return module
