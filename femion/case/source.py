"""A case file as written: its values, the line of each, what it includes, and what is wrong."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FemionError, InputError

Key = tuple[str, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_VALUE = re.compile(rf"\s*({_DOTTED})\s*=")
DEPTH, SIZE = 20, 1_000_000  #: of tables in tables, and characters of a file


class Fault(InputError):
    """Something wrong at a place of a case file."""

    def __init__(self, key: Key, message: str) -> None:
        super().__init__(message)
        self.key = key


class Skip(Fault):
    """What cannot be made because something else is wrong that was said already."""


@dataclass
class Source:
    """The values of a case file with those it includes, and where each was written."""

    tree: dict[str, Any]
    places: dict[Key, str]  #: "file:line" of every key
    folders: dict[Key, Path]  #: of the file that a top-level key stands in
    name: str = "case"
    files: dict[Key, str] = field(default_factory=dict)  #: names of files, from the root on
    faults: list[tuple[str, str]] = field(default_factory=list)  #: (place, sentence)

    def place(self, key: Key) -> str:
        """File and line of a key, or of the nearest table around it."""
        for n in range(len(key), 0, -1):
            if key[:n] in self.places:
                return self.places[key[:n]]
        return self.name

    def folder(self, key: Key) -> Path:
        """Folder that relative paths at a key count from."""
        found = (self.folders[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self.folders)
        return next(found, self.folders[()])

    def narrow(self, key: Key, message: str) -> Key:
        """The key below `key` that a sentence is about: it quotes the value and names the key."""
        best, most = key, 0
        for inner, value in leaves(self.at(key), key):
            quoted = f"{value!r}" in message or f"{str(value)!r}" in message
            named = re.search(rf"(?<!\w){re.escape(inner[-1])}(?!\w)", message) is not None
            if (score := 2 * quoted + named) > most:
                best, most = inner, score
        return best

    def at(self, key: Key) -> Any:
        """The value at a key."""
        value: Any = self.tree
        for part in key:
            if isinstance(value, list):
                value = value[int(part)] if part.isdigit() and int(part) < len(value) else {}
            else:
                value = value.get(part, {}) if isinstance(value, Mapping) else {}
        return value

    def table(self, name: str) -> dict[str, Any]:
        """A top-level table; empty where there is none."""
        value = self.tree.get(name, {})
        if not isinstance(value, dict):
            raise Fault((name,), f"{name} = {value!r}; allowed: a table")
        return value

    def sentence(self, key: Key, message: str) -> tuple[str, str]:
        """(place, key and message)."""
        where = ".".join(key)
        return self.place(key), f"{where}: {message}" if where else message

    @contextmanager
    def watching(self, *key: str) -> Iterator[None]:
        """Collect what is found wrong inside, at a key or below."""
        try:
            yield
        except Skip:
            pass
        except Fault as fault:
            self.faults.append(self.sentence(fault.key, str(fault)))
        except FemionError as error:
            self.faults.append(self.sentence(self.narrow(key, str(error)), str(error)))

    def refuse(self) -> None:
        """Raise all that was found wrong, a sentence per line in the order of the file."""
        if self.faults:
            found = dict.fromkeys(f"{place}: {text}" for place, text in self.faults)
            raise InputError("\n".join(sorted(found, key=_by_line)))


def _by_line(sentence: str) -> tuple[str, int]:
    match = re.match(r"(.*?):(\d+): ", sentence)
    return (match[1], int(match[2])) if match else (sentence, 0)


def leaves(value: Any, key: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Every value that is no table and no list, with its key."""
    if isinstance(value, Mapping):
        for k, v in value.items():
            yield from leaves(v, (*key, str(k)))
    elif isinstance(value, list):
        for k, v in enumerate(value):
            yield from leaves(v, (*key, str(k)))
    else:
        yield key, value


def load(file: str | Path, changes: Sequence[str] = ()) -> Source:
    """Read a case file and what it includes; `changes` are "key.path=value".

    Raises InputError for a file that is not there, is no TOML, or includes itself.
    """
    path = Path(file)
    return _changed(_read(path, _text(path), ()), changes)


def parse(text: str, folder: str | Path = ".", changes: Sequence[str] = ()) -> Source:
    """The same of a text; relative paths count from `folder`."""
    return _changed(_read(Path(folder) / "case.toml", text, ()), changes)


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no text in UTF-8"
        raise InputError(f"file '{path}' cannot be read: {reason}") from None
    if len(text) > SIZE:
        raise InputError(f"file '{path}' has {len(text)} characters; allowed: {SIZE}")
    return text


def _read(path: Path, text: str, above: tuple[Path, ...]) -> Source:
    """One file with its includes, which it overrides."""
    here = path.resolve()
    if here in above:
        raise InputError(f"{above[-1]}: include of '{path}' goes in a circle")
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        at = re.search(r"\(at line (\d+), column \d+\)", str(error))
        reason = re.sub(r" \(at .*\)$", "", str(error))
        line = f":{at[1]}" if at else ""
        raise InputError(f"{path}{line}: not TOML: {reason or type(error).__name__}") from None
    if any(len(key) > DEPTH for key, _ in leaves(tree)):
        raise InputError(f"{path}: tables in tables; allowed: {DEPTH} levels")
    source = Source({}, {}, {(): here.parent}, str(path))
    included = tree.pop("include", [])
    names = [included] if isinstance(included, str) else included
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{path}: include = {included!r}; allowed: a list of file names")
    for name in names:
        file = path.parent / name
        if not file.is_file():
            raise InputError(f"{path}: include: file '{file}' does not exist")
        _merge(source, _read(file, _text(file), (*above, here)))
    places = {key: f"{path}:{line}" for key, line in lines(text).items()}
    folders: dict[Key, Path] = {(k,): here.parent for k in tree}
    _merge(source, Source(tree, places, folders))
    return source


def _merge(below: Source, above: Source) -> None:
    """Put values over those that are there, table by table."""

    def over(old: dict[str, Any], new: Mapping[str, Any], key: Key) -> None:
        for k, value in new.items():
            here = (*key, k)
            if isinstance(value, dict) and isinstance(old.get(k), dict):
                over(old[k], value, here)
                continue
            old[k] = value
            for known in [p for p in below.places if p[: len(here)] == here]:
                del below.places[known]

    over(below.tree, above.tree, ())
    below.places |= above.places
    below.folders |= {k: v for k, v in above.folders.items() if k}


def _changed(source: Source, changes: Sequence[str]) -> Source:
    """Set single values."""
    for change in changes:
        name, separator, text = change.partition("=")
        key = path(name)
        if not separator or not all(key) or not key:
            raise InputError(f"--set {change!r} is not possible; allowed: key=value")
        value: Any = source.tree
        try:
            for part in key[:-1]:
                value = value[int(part)] if isinstance(value, list) else value.setdefault(part, {})
            value[int(key[-1]) if isinstance(value, list) else key[-1]] = _value(text.strip())
        except (TypeError, ValueError, IndexError, AttributeError):
            raise InputError(f"--set {change!r}: there is no {'.'.join(key)!r}") from None
        source.places[key] = f"--set {change}"
    return source


def path(name: str) -> Key:
    """The parts of a key such as laws."a|b".rate."""
    found = re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", name)
    return tuple(part.strip("\"'").strip() for part in found)


def _value(text: str) -> Any:
    """A TOML value; what is none is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def lines(text: str) -> dict[Key, int]:
    """The line of every key that starts one."""
    found: dict[Key, int] = {}
    arrays: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = ()
            parts = _parts(header[2])
            for k, part in enumerate(parts):
                table = (*table, part)
                if header[1] == "[[" and k == len(parts) - 1:
                    arrays[table] = arrays.get(table, -1) + 1
                if table in arrays:
                    table = (*table, str(arrays[table]))
            found.setdefault(table, number)
        elif value := _VALUE.match(line):
            key = (*table, *_parts(value[1]))
            found.setdefault(key, number)
    return found


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]
