"""Numbers that a case file asks a solution for, by name: potentials, flows, metrics."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import metrics
from ..errors import unknown
from ..solution import Solution
from . import hints
from .build import Builder
from .source import Fault, Key

#: Methods of a Solution that give a number or a table of numbers.
METHODS = (
    "potential",
    "current",
    "flow",
    "heat_flow",
    "donnan_potential",
    "partition_coefficients",
    "extremes",
)
#: Arguments that name a place of the model.
PLACES = ("where", "positive", "negative", "terminal", "path", "membranes", "inlet", "outlet")


@dataclass(frozen=True)
class Measure:
    """A function of a Solution with its other arguments, and its SI unit as far as it is known."""

    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    unit: str
    several: str = ""  #: the argument that stands for any number of them, as `*membranes`

    def __call__(self, s: Solution) -> Any:
        """The number, or several by name."""
        named = {k: v for k, v in self.arguments.items() if k != self.several}
        if not self.several:
            return self.function(s, **named)
        given = inspect.signature(self.function).bind_partial(s, **named)
        return self.function(*given.args, *self.arguments[self.several], **given.kwargs)


def every() -> dict[str, Callable[..., Any]]:
    """All that can be asked for, by name."""
    found = {name: getattr(metrics, name) for name in metrics.__all__}
    found = {name: f for name, f in found.items() if inspect.isfunction(f)}
    own = {k: f for k, f in found.items() if next(iter(hints.parameters(f))) == "solution"}
    return {name: getattr(Solution, name) for name in METHODS} | own


def measure(raw: Any, key: Key, builder: Builder) -> Measure:
    """The measure that "potential tab" or a table with its name as the type asks for."""
    if isinstance(raw, str) and " " in raw:
        name, place = raw.split(" ", 1)
        raw = {"type": name, "where": place}
    table = {"type": raw} if isinstance(raw, str) else raw
    if not isinstance(table, dict) or not isinstance(table.get("type"), str):
        raise Fault(key, f"{raw!r}; allowed: text like 'potential WHERE', or a table with a type")
    name = table["type"]
    if name not in every():
        raise Fault(key, str(unknown("metric", name, every())))
    function = every()[name]
    found = inspect.signature(function, eval_str=True).parameters
    known = {k: p for k, p in list(found.items())[1:]}
    given = {k: v for k, v in table.items() if k != "type"}
    for k in given:
        if k not in known:
            raise Fault((*key, k), str(unknown(f"key of {name}", k, known)))
    if lacking := [k for k in hints.needed(known) if k not in given]:
        raise Fault(key, f"{', '.join(lacking)} of {name} missing")
    star = next((k for k, p in known.items() if p.kind is p.VAR_POSITIONAL), "")
    if star and (not isinstance(given[star], list) or not given[star]):
        raise Fault((*key, star), f"{star} = {given[star]!r}; allowed: a list")
    wanted = {k: Sequence if k == star else known[k].annotation for k in given}
    values = {k: builder.value(v, (*key, k), wanted[k]) for k, v in given.items()}
    return Measure(function, values, _unit(function), star)


def check_places(m: Measure, key: Key, model: Any) -> None:
    """Refuse a measure at a place, of a phase or of a species that the model does not have."""
    places = [law.where for law in model.laws]
    places += ["|".join(reversed(w.split("|"))) for w in places if "|" in w]
    phases = {p.name: [s.name for s in p.medium.species] for p in model.phases}
    known = {
        **dict.fromkeys(PLACES, places),
        "phase": list(phases),
        "species": [i for names in phases.values() for i in names],
    }
    for name, value in m.arguments.items():
        for one in value if isinstance(value, tuple) else (value,):
            if name in known and one not in known[name]:
                what = "boundary or interface with a law" if name in PLACES else name
                raise Fault((*key, name), str(unknown(what, one, dict.fromkeys(known[name]))))


def _unit(function: Callable[..., Any]) -> str:
    """The unit that the first paragraph of a docstring has in brackets."""
    first = (inspect.getdoc(function) or "").split("\n\n")[0]
    found = re.search(r"\[([^\]]+)\]", first)
    return "" if found is None or found[1] == "-" else found[1]
