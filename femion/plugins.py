"""Laws, transport models, activities and geometries: femion's own, and those of other packages.

A package registers what it has under entry points, in its pyproject.toml

    [project.entry-points."femion.laws"]
    Carrier = "langmuir:Carrier"

and `femion laws` lists it beside femion's own, and case files take it as `type = "Carrier"`.
Groups are "femion." and a key of KINDS: femion.laws, femion.transport, femion.geometry, ...
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import get_annotations, isclass, isfunction
from typing import Any, get_args

from .errors import FemionError, InputError, unknown
from .laws import Control
from .model import Medium
from .thermo import MassAction


def _has(*names: str) -> Callable[[Any], bool]:
    """Whether something is a class with these methods and no protocol."""

    def fits(x: Any) -> bool:
        contract = getattr(x, "_is_protocol", False)
        return isclass(x) and not contract and all(hasattr(x, name) for name in names)

    return fits


def _gives(base: type, x: Any) -> bool:
    """Whether something is a class, or a function annotated to return one, derived from a base."""
    made = get_annotations(x).get("return") if isfunction(x) else x
    parts = get_args(made) or [made]
    return all(isclass(part) and issubclass(part, base) for part in parts)


def _law(x: Any) -> bool:
    yields = ("transfers", "constraints", "accumulates")
    placed = is_dataclass(x) and "where" in (f.name for f in fields(x))
    return isclass(x) and (placed or any(hasattr(x, method) for method in yields))


def _energy(x: Any) -> bool:
    return _has("molar", "energy_density")(x) and not _heat(x) and is_dataclass(x)


def _heat(x: Any) -> bool:
    return _has("molar", "temperature", "residual")(x)


def _control(x: Any) -> bool:
    return x is not Control and _gives(Control, x)


def _reaction(x: Any) -> bool:
    return _has("gains", "rate", "affinity")(x) or _gives(MassAction, x)


def _medium(x: Any) -> bool:
    return _gives(Medium, x)


def _property(x: Any) -> bool:
    if isfunction(x):
        return get_annotations(x).get("return") is float
    own = isclass(x) and any("__call__" in k.__dict__ for k in x.__mro__)
    return own and is_dataclass(x) and not getattr(x, "_is_protocol", False)


def _recipe(x: Any) -> bool:
    return isfunction(x) and "Geometry" in str(x.__annotations__.get("return", ""))


@dataclass(frozen=True)
class Kind:
    """A kind of plug-in: where femion's own are, what one has to be, and that in words."""

    modules: str
    fits: Callable[[Any], bool]
    contract: str


KINDS = {
    "laws": Kind("laws", _law, "a class with transfers(a, b) or constraints(a, b)"),
    "transport": Kind(
        "transport", _has("check", "onsager"), "a class with check(species) and onsager(state)"
    ),
    "activity": Kind(
        "thermo", _has("check", "excess"), "a class with check(species) and excess(state)"
    ),
    "geometry": Kind("geometry", _recipe, "a function that returns a Geometry (annotated)"),
    "controls": Kind("laws", _control, "a Control, or a function that returns one (annotated)"),
    "closures": Kind(
        "closure", _has("own_row", "residual"), "a class with own_row and residual(state, q)"
    ),
    "energies": Kind("thermo", _energy, "a dataclass derived from femion.thermo.Energy"),
    "heat": Kind("thermo", _heat, "a class with temperature(unknowns) and residual(state, row)"),
    "flow": Kind("flow", _has("momentum", "inertia"), "a class with momentum(s, v, share)"),
    "forces": Kind("flow", _has("force"), "a class with force(state)"),
    "stabilisations": Kind(
        "transport.streamline", _has("weak"), "a class with what Streamline has"
    ),
    "reactions": Kind("thermo", _reaction, "a class with gains, rate(state) and affinity(state)"),
    "properties": Kind(
        "laws thermo transport",
        _property,
        "a dataclass with __call__, or a function that returns a float",
    ),
    "media": Kind("model", _medium, "a Medium, or a function that returns one (annotated)"),
}


@dataclass(frozen=True)
class Entry:
    """Something that can stand in a model: its name, what it is, and whose."""

    name: str
    value: Any  #: None where a plug-in is broken
    package: str  #: "femion", or the package of the plug-in
    fault: str = ""  #: why it could not be loaded

    @property
    def summary(self) -> str:
        """First line of its docstring."""
        return (
            self.fault
            or ((getattr(self.value, "__doc__", None) or "").strip() or "?").split("\n")[0]
        )


def installed(kind: str) -> list[Entry]:
    """Femion's own of a kind and those of plug-ins, broken ones with their fault.

    `kind` is a key of KINDS. Raises InputError for another.
    """
    if kind not in KINDS:
        raise unknown("kind of plug-in", kind, KINDS)
    return [*_own(kind), *_foreign(kind)]


@cache
def _own(kind: str) -> list[Entry]:
    modules = [import_module(f"femion.{name}") for name in KINDS[kind].modules.split()]
    every = ((name, getattr(here, name)) for here in modules for name in here.__all__)
    return [Entry(name, x, "femion") for name, x in every if KINDS[kind].fits(x)]


def find(kind: str, name: str) -> Any:
    """A class or recipe by name: plugins.find("laws", "Carrier").

    Raises InputError for a name that is not there or there twice, FemionError for a plug-in
    that cannot be loaded.
    """
    entries = installed(kind)
    found = [e for e in entries if e.name == name]
    if not found:
        raise unknown(f"{kind} entry", name, (e.name for e in entries))
    if len(found) > 1:
        owners = ", ".join(e.package for e in found)
        raise InputError(f"{kind} entry {name!r} is in several packages: {owners}; import it")
    if found[0].fault:
        raise FemionError(found[0].fault)
    return found[0].value


def _foreign(kind: str) -> Iterator[Entry]:
    for point in sorted(_points(tuple(sys.path)), key=lambda p: p.name):
        if point.group == f"femion.{kind}":
            yield _load(kind, point)


@cache
def _points(path: tuple[str, ...]) -> list[EntryPoint]:
    """Entry points of femion's groups, read once for a search path."""
    return [p for p in entry_points() if p.group.startswith("femion.")]


def _load(kind: str, point: EntryPoint) -> Entry:
    """A plug-in, or a sentence why there is none."""
    package = point.dist.name if point.dist else "unknown package"
    fault = f"plug-in {point.name!r} of {package} ({point.value}) "
    try:
        value = point.load()
    except Exception as error:  # whatever a stranger's module raises
        text = str(error).strip().split("\n")[0]
        sentence = f"{fault}cannot be loaded: {type(error).__name__}: {text}"
        return Entry(point.name, None, package, sentence)
    if not KINDS[kind].fits(value):
        return Entry(point.name, None, package, f"{fault}is not {KINDS[kind].contract}")
    return Entry(point.name, value, package)


def catalogue() -> str:
    """Everything of every kind, a line each; what is not femion's own names its package."""
    lines = []
    for kind in KINDS:
        lines.append(kind)
        for e in installed(kind):
            mark = "" if e.package == "femion" else f"  [plug-in of {e.package}]"
            lines.append(f"  {e.name:<28}{e.summary}{'' if e.fault else mark}")
        lines.append("")
    return "\n".join(lines).rstrip()
