"""How a case is run: numerics, time, programme, output. The other half of a case file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any

from ..errors import unknown
from ..io.checkpoint import Checkpoints
from ..marching import duration, march, requested
from ..metrics import limiting_current
from ..model import Model
from ..problem import Problem
from ..programme import Stage, Until, cycle
from ..solution import solve
from ..solvers import Direct, FieldSplit
from ..units import positive, si
from . import hints
from .build import Builder
from .measures import check_places, measure
from .source import Fault, Key, Source

#: Arguments of march and cycle that come from elsewhere.
ELSEWHERE = ("initial", "checkpoint", "degree", "linear", "options", "comm")
#: Pictures of vectors: one of these and a species, "current" or "velocity".
VECTORS = ("streams", "arrows")
#: What a case says of its checkpoints.
KEPT = ("every", "steps", "keep")


@dataclass(frozen=True)
class Output:
    """What a run leaves besides its summary.

    `fields` for ParaView and `femion.load`, with the `vectors` named (species for their fluxes,
    "current", "velocity") and those that `pictures` names; `pictures` of all fields, of some by
    name, or none ("streams Na+", "arrows Na+": lines or arrows along the flux, as of "current"
    and "velocity"); `report`, a page with all of them; `metrics` by name.
    """

    fields: bool = True
    pictures: bool | Sequence[str] = True
    report: bool = True
    metrics: Mapping[str, Any] = field(default_factory=dict)
    vectors: Sequence[str] = ()

    @property
    def stored(self) -> list[str]:
        """Vectors that are stored."""
        shown = [] if isinstance(self.pictures, bool) else [n.partition(" ") for n in self.pictures]
        return list(dict.fromkeys([*self.vectors, *(v for how, _, v in shown if how in VECTORS)]))


@dataclass(frozen=True)
class Limiting:
    """The current of a terminal is `share` of the limiting one, found from `trial` [A]."""

    terminal: str
    phase: str
    species: str
    trial: float
    share: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "share", positive(self.share, "", "share of limiting"))
        object.__setattr__(self, "trial", si(self.trial, "A or A/m", "trial of limiting"))

    def apply(self, problem: Problem) -> float:
        """Set the current [A]; the limiting one is returned."""
        limit, _ = limiting_current(
            problem, self.terminal, self.phase, self.species, float(self.trial)
        )
        problem[f"laws.{self.terminal}.control.value"] = self.share * limit
        return limit


class Settings:
    """Reads the tables that say how, for a model (None where it is wrong)."""

    def __init__(self, source: Source, builder: Builder, model: Model | None) -> None:
        self.source, self.builder, self.model = source, builder, model

    def _section(self, name: str) -> dict[str, Any]:
        return self.source.table(name)

    def read(self) -> dict[str, Any]:
        """Arguments of a Case beside geometry and model."""
        out: dict[str, Any] = {"limiting": None, "stages": [], "solve": {}, "time": {}}
        title = self.source.tree.get("title", "")
        with self.source.watching("title"):
            if not isinstance(title, str):
                raise Fault(("title",), f"title = {title!r}; allowed: text")
            out["title"] = title
        with self.source.watching("solve"):
            out["solve"] = self._solve()
        if "limiting" in self.source.tree:
            with self.source.watching("limiting"):
                table = self._section("limiting")
                out["limiting"] = self.builder.make("limiting", Limiting, table, ("limiting",))
        with self.source.watching("stages"):
            out["stages"] = self._stages()
        with self.source.watching("time"):
            out["time"] = self._time(bool(out["stages"]))
        out["checkpoint"] = None
        if "checkpoint" in self.source.tree:
            with self.source.watching("checkpoint"):
                out["checkpoint"] = self._checkpoint()
        with self.source.watching("output"):
            out["output"] = self._output()
        return out

    def _solve(self) -> dict[str, Any]:
        table, key = self._section("solve"), ("solve",)
        known = {k: hints.parameters(Problem)[k] for k in ("degree", "quadrature")}
        known |= {k: hints.parameters(solve)[k] for k in ("linear", "options")}
        values: dict[str, Any] = {}
        for k, v in table.items():
            here = (*key, k)
            if k not in known:
                raise Fault(here, str(unknown("key of solve", k, known)))
            if k == "linear":
                values[k] = self._linear(v, here)
            elif k == "options":
                if not isinstance(v, dict) or any(isinstance(o, list | dict) for o in v.values()):
                    raise Fault(here, f"options = {v!r}; allowed: a table of PETSc's options")
                values[k] = v
            else:
                values[k] = self.builder.value(v, here, known[k].annotation)
        if values.get("degree", 1) not in (1, 2) or values.get("quadrature", 1) < 1:
            raise Fault(key, "degree and quadrature of solve; allowed: 1 or 2, and 1 or more")
        return values

    def _linear(self, raw: Any, key: Key) -> Any:
        solvers = {c.__name__: c for c in (Direct, FieldSplit)}
        table = dict(raw) if isinstance(raw, dict) else {"type": raw}
        name = table.pop("type", None)
        if not isinstance(name, str) or name not in solvers:
            raise Fault(key, str(unknown("linear solver", name, solvers)))
        return self.builder.make(name, solvers[name], table, key)

    def _stages(self) -> list[Stage]:
        raw = self.source.tree.get("stages", [])
        if not isinstance(raw, list):
            raise Fault(("stages",), f"stages = {raw!r}; allowed: [[stages]]")
        made = []
        for k, table in enumerate(raw):
            key = ("stages", str(k))
            if not isinstance(table, dict):
                raise Fault(key, f"{table!r}; allowed: a table")
            table = dict(table)
            limits = table.pop("until", [])
            limits = [limits] if isinstance(limits, dict) else limits
            if not isinstance(limits, list) or not all(isinstance(v, dict) for v in limits):
                raise Fault((*key, "until"), f"until = {limits!r}; allowed: a list of tables")
            until = [
                self.builder.make("Until", Until, v, (*key, "until", str(n)))
                for n, v in enumerate(limits)
            ]
            made.append(self.builder.make("Stage", Stage, table, key, until=until))
            places = {law.where for law in self.model.laws} if self.model else set()
            for where in made[-1].controls if places else ():
                if where not in places:
                    raise Fault((*key, "controls"), str(unknown("boundary", where, places)))
        return made

    def _time(self, staged: bool) -> dict[str, Any]:
        if "time" not in self.source.tree:
            return {}
        table, key, what = self._section("time"), ("time",), cycle if staged else march
        parameters = signature(what, eval_str=True).parameters
        known = {
            k: p
            for k, p in parameters.items()
            if p.kind is Parameter.KEYWORD_ONLY and k not in ELSEWHERE
        }
        values: dict[str, Any] = {}
        for k, v in table.items():
            if k not in known:
                raise Fault((*key, k), str(unknown("key of time", k, known)))
            if k == "watch":
                values[k] = self._measures(v, (*key, k))
            else:
                values[k] = self.builder.value(v, (*key, k), known[k].annotation)
        if lacking := [k for k in hints.needed(known) if k not in values]:
            raise Fault(key, f"{', '.join(lacking)} of time missing")
        for k in ("first", "longest", "until"):
            if k in values:
                values[k] = duration(values[k], k)
        if "until" in values:
            values["output"] = requested(values["until"], values.get("output", ()))[1]
        if "rtol" in values:
            values["rtol"] = positive(values["rtol"], "", "rtol")
        return values

    def _measures(self, raw: Any, key: Key) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise Fault(key, f"{raw!r}; allowed: a table")
        found = {k: measure(v, (*key, k), self.builder) for k, v in raw.items()}
        for k, m in found.items() if self.model else ():
            check_places(m, (*key, k), self.model)
        return found

    def _checkpoint(self) -> Checkpoints:
        """How often states are kept; where is known when the case is run."""
        table, key = self._section("checkpoint"), ("checkpoint",)
        for k in table:
            if k not in KEPT:
                raise Fault((*key, k), str(unknown("key of checkpoint", k, KEPT)))
        made: Checkpoints = self.builder.make("checkpoint", Checkpoints, table, key, folder=".")
        return made

    def _output(self) -> Output:
        table = dict(self._section("output"))
        metrics = self._measures(table.pop("metrics", {}), ("output", "metrics"))
        made: Output = self.builder.make("output", Output, table, ("output",), metrics=metrics)
        for name in () if isinstance(made.pictures, bool) else made.pictures:
            if self.model and name not in (known := _drawn(self.model)):
                raise Fault(("output", "pictures"), str(unknown("picture", name, known)))
        for name in made.vectors:
            if self.model and name not in (known := _vectors(self.model)):
                raise Fault(("output", "vectors"), str(unknown("vector", name, known)))
        return made


def _drawn(model: Model) -> set[str]:
    """Fields and vectors that a model may have."""
    species, vectors = _species(model), _vectors(model)
    drawn = {n for p in model.phases for n in p.drawn(3)}
    drawn |= {"v_x", "v_y", "v_z", "P"} if any(p.flow for p in model.phases) else set()
    return species | {"phi"} | drawn | {f"{how} {n}" for how in VECTORS for n in vectors}


def _vectors(model: Model) -> set[str]:
    """Vectors that a model may have."""
    flows = any(p.flow or p.velocity is not None for p in model.phases)
    return _species(model) | {"current"} | ({"velocity"} if flows else set())


def _species(model: Model) -> set[str]:
    return {i.name for p in model.phases for i in p.medium.species}
