"""A case: what a file describes, as the objects that a script would make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import unknown
from ..geometry import Geometry, from_file, from_toml
from ..io.checkpoint import Checkpoints
from ..library import electrolyte
from ..model import Medium, Model, Phase, Species, electron
from ..programme import Stage
from . import hints
from .build import Builder
from .parameters import Parameters
from .settings import Limiting, Output, Settings
from .source import Fault, Key, Skip, Source

#: Top-level tables, and what they hold.
SECTIONS = {
    "title": "what the run is about",
    "include": "files whose tables count too, unless stated here",
    "parameters": "numbers, quantities and formulas by name",
    "geometry": "`builder` and its arguments, or `file`: .msh, .geo or a .toml with a builder",
    "species": "charge number by name, or a table with z and formula",
    "media": "by name: arguments of Medium, another type of it, or `electrolyte` of the library",
    "phases": "by name: arguments of Phase, `medium` a name",
    "laws": "a list, or by name: `type` and its arguments",
    "closure": "of all phases that have none of their own",
    "inert": "regions where nothing is solved",
    "limiting": "makes a terminal's current a share of the limiting one",
    "solve": "degree, quadrature, linear solver, PETSc options",
    "time": "arguments of march, or with stages of cycle",
    "stages": "of a programme, in turn",
    "checkpoint": "keeps states on disk, from which `femion resume` goes on: every, steps, keep",
    "output": "fields, pictures, metrics",
}


@dataclass(frozen=True)
class Case:
    """All objects of a run."""

    title: str
    geometry: Geometry
    model: Model
    solve: Mapping[str, Any]
    time: Mapping[str, Any]
    stages: Sequence[Stage]
    limiting: Limiting | None
    output: Output
    checkpoint: Checkpoints | None
    source: Source


def read(source: Source, allow_code: bool = False) -> Case:
    """The case that a file describes; raises InputError with all that is wrong in it."""
    reader = _Reader(source, allow_code)
    source.refuse()
    case = reader.case()
    source.refuse()
    assert case is not None
    return case


class _Reader:
    """Reads a file section by section."""

    def __init__(self, source: Source, allow_code: bool) -> None:
        self.source, tree = source, source.tree
        for name in tree:
            if name not in SECTIONS:
                with source.watching(name):
                    raise Fault((name,), str(unknown("table", name, SECTIONS)))
        self.made: dict[str, Medium | None] = {}
        self.busy: list[str] = []
        self.species: dict[str, Species] = {}
        with source.watching("species"):
            for name, value in self.section("species").items():
                self.species[name] = self._species(name, value)
        with source.watching("parameters"):
            given = self.section("parameters")
            parameters = Parameters(given, self.species)
            self.builder = Builder(source, parameters, self.medium, allow_code)

    def section(self, name: str) -> dict[str, Any]:
        """A top-level table."""
        return self.source.table(name)

    def _species(self, name: str, value: Any) -> Species:
        key = ("species", name)
        table = value if isinstance(value, dict) else {"z": value}
        if name == electron.name and table == {"z": -1}:
            return electron
        known = {"z": int, "formula": str}
        for k, v in table.items():
            if k not in known:
                raise Fault((*key, k), str(unknown("key of a species", k, known)))
            if type(v) is not known[k]:
                wanted = "a whole number" if k == "z" else "text"
                raise Fault((*key, k), f"{k} of {name!r} = {v!r}; allowed: {wanted}")
        if "z" not in table:
            raise Fault(key, f"z of {name!r} is missing; allowed: a whole number")
        return Species(name, **table)

    # -- the model ----------------------------------------------------------------------------
    def case(self) -> Case | None:
        """Everything; None where something is wrong."""
        source, build = self.source, self.builder
        geometry = model = None
        with source.watching("geometry"):
            geometry = self._geometry()
        for name in self._names("media"):
            with source.watching("media", name):
                self.medium(name, ("media", name))
        phases, laws = self._phases(), self._laws()
        more: dict[str, Any] = {}
        if "closure" in source.tree:
            with source.watching("closure"):
                raw = source.tree["closure"]
                more["closure"] = build.typed(raw, ("closure",), "closures")
        if "inert" in source.tree:
            with source.watching("inert"):
                more["inert"] = build.value(source.tree["inert"], ("inert",), Sequence[str])
        if not source.faults:
            with source.watching():
                model = build.call(Model, {"phases": phases, "laws": laws, **more}, (), "Model")
        rest = Settings(source, build, model).read()
        if source.faults or geometry is None or model is None:
            return None
        return Case(geometry=geometry, model=model, source=source, **rest)

    def _names(self, section: str) -> list[str]:
        with self.source.watching(section):
            found = self.section(section)
            for name, value in found.items():
                if not isinstance(value, dict):
                    raise Fault((section, name), f"{name} = {value!r}; allowed: a table")
            return list(found)
        return []

    def _geometry(self) -> Geometry:
        table, key = dict(self.section("geometry")), ("geometry",)
        if ("builder" in table) == ("file" in table):
            raise Fault(key, "geometry needs exactly one of builder and file")
        if "builder" in table:
            name = table.pop("builder")
            if not isinstance(name, str):
                raise Fault((*key, "builder"), f"builder = {name!r}; allowed: text")
            make = self.builder.find(name, (*key, "builder"), "geometry")
            geometry: Geometry = self.builder.make(name, make, table, key)
            return geometry
        name = table.pop("file")
        if not isinstance(name, str):
            raise Fault((*key, "file"), f"file = {name!r}; allowed: the name of a file")
        path = self.builder.file(name, (*key, "file"))
        if path.suffix == ".toml" and not table:
            found: Geometry = self.builder.call(from_toml, {"file": path}, key, "geometry")
            return found
        return self.builder.make("geometry", from_file, table, key, path=path)

    def medium(self, name: str, key: Key) -> Medium:
        """A medium by its name, made once."""
        raw = self.section("media")
        if name not in raw:
            raise Fault(key, str(unknown("medium", name, raw)))
        if name in self.busy:
            raise Fault(key, f"medium {name!r} is made of itself")
        if name not in self.made:
            self.made[name] = None
            self.busy.append(name)
            try:
                self.made[name] = self._medium(dict(raw[name]), ("media", name))
            finally:
                self.busy.remove(name)
        if (made := self.made[name]) is None:
            raise Skip(key, "")  # what is wrong with it was said
        return made

    def _medium(self, table: dict[str, Any], key: Key) -> Medium:
        if "electrolyte" in table:
            known = ("electrolyte", "ions", "temperature", "activity")
            for k in table:
                if k not in known:
                    raise Fault((*key, k), str(unknown("key of an electrolyte", k, known)))
            chosen = {"name": table.pop("electrolyte")}
            chosen |= {"ions": table.pop("ions")} if "ions" in table else {}
            values = self._of(electrolyte, chosen, key)
            found = self.builder.call(electrolyte, values, key, "electrolyte")
            made = self.builder.make("electrolyte", found.medium, table, key)
            for s in made.species:
                if self.species.setdefault(s.name, s).z != s.z:
                    raise Fault(key, f"z of species {s.name!r} is {s.z} in the library")
            return made  # type: ignore[no-any-return]
        kind = table.pop("type", "Medium")
        make = self.builder.find(str(kind), (*key, "type"), "media")
        names = table.pop("species", list(self.species))
        if make is not Medium:
            return self.builder.make(str(kind), make, table, key)  # type: ignore[no-any-return]
        if not isinstance(names, list) or not names:
            raise Fault((*key, "species"), f"species = {names!r}; allowed: a list of names")
        for i in names:
            if i not in self.species:
                raise Fault((*key, "species"), str(unknown("species", i, self.species)))
        mixed = [self.species[i] for i in names]
        return self.builder.make("Medium", Medium, table, key, species=mixed)  # type: ignore[no-any-return]

    def _of(self, make: Any, raw: Mapping[str, Any], key: Key) -> dict[str, Any]:
        known = hints.parameters(make)
        return {k: self.builder.value(v, (*key, k), known[k].annotation) for k, v in raw.items()}

    def _phases(self) -> list[Phase]:
        made = []
        for name in self._names("phases"):
            key = ("phases", name)
            with self.source.watching(*key):
                table = dict(self.section("phases")[name])
                if not isinstance(table.get("medium"), str):
                    raise Fault(key, "medium is missing; allowed: the name of one of [media]")
                medium = self.medium(table.pop("medium"), (*key, "medium"))
                made.append(self.builder.make("Phase", Phase, table, key, name=name, medium=medium))
        if not made and not self.source.faults:
            with self.source.watching("phases"):
                raise Fault(("phases",), "there is no phase; allowed: [phases.NAME] with a medium")
        return made

    def _laws(self) -> list[Any]:
        raw = self.source.tree.get("laws", [])
        if not isinstance(raw, list | dict):
            with self.source.watching("laws"):
                raise Fault(("laws",), f"laws = {raw!r}; allowed: [[laws]] or [laws.NAME]")
            return []
        named: Any = raw.items() if isinstance(raw, dict) else enumerate(raw)
        made = []
        for name, table in named:
            key = ("laws", str(name))
            with self.source.watching(*key):
                where = {"where": name} if isinstance(raw, dict) else {}
                made.append(self.builder.typed(table, key, "laws", **where))
        return made
