"""Laws, transport models, activities and geometries: femion's own, and those of other packages.

A package registers what it has under entry points, in its pyproject.toml

    [project.entry-points."femion.laws"]
    Carrier = "langmuir:Carrier"

and `femion laws` lists it beside femion's own. Groups: femion.laws, femion.transport,
femion.activity, femion.geometry.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import isclass, isfunction
from typing import Any

from .errors import FemionError, InputError, unknown


def _law(x: Any) -> bool:
    yields = ("transfers", "constraints", "accumulates")
    return isclass(x) and any(hasattr(x, method) for method in yields)


def _transport(x: Any) -> bool:
    return isclass(x) and hasattr(x, "check") and hasattr(x, "onsager")


def _activity(x: Any) -> bool:
    contract = getattr(x, "_is_protocol", False)
    return isclass(x) and not contract and hasattr(x, "check") and hasattr(x, "excess")


def _recipe(x: Any) -> bool:
    return isfunction(x) and "Geometry" in str(x.__annotations__.get("return", ""))


@dataclass(frozen=True)
class Kind:
    """A kind of plug-in: where femion's own are, what one has to be, and that in words."""

    module: str
    fits: Callable[[Any], bool]
    contract: str


KINDS = {
    "laws": Kind("laws", _law, "a class with transfers(a, b) or constraints(a, b)"),
    "transport": Kind("transport", _transport, "a class with check(species) and onsager(state)"),
    "activity": Kind("thermo", _activity, "a class with check(species) and excess(state)"),
    "geometry": Kind("geometry", _recipe, "a function that returns a Geometry (annotated)"),
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

    `kind` is "laws", "transport", "activity" or "geometry". Raises InputError for another.
    """
    if kind not in KINDS:
        raise unknown("kind of plug-in", kind, KINDS)
    here = import_module(f"femion.{KINDS[kind].module}")
    every = ((name, getattr(here, name)) for name in here.__all__)
    own = [Entry(name, x, "femion") for name, x in every if KINDS[kind].fits(x)]
    return [*own, *_foreign(kind)]


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
    for point in sorted(entry_points(group=f"femion.{kind}"), key=lambda p: p.name):
        yield _load(kind, point)


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
