"""Sourced properties of electrolytes, one data file each: values, units, range, citation.

    water = electrolyte("aqueous", ["Na+", "Cl-"]).medium()
    liquid = electrolyte("LiPF6_EC_EMC_3_7").medium(temperature="10 degC")

How each number was checked stands at the top of its data file: none has yet been compared with
the printed source itself.

`transport` is the measured Onsager tensor, which holds the salt's diffusion coefficient D and
thermodynamic factor chi only as D/chi; its driving force is chi RT grad ln c. A `medium` has an
ideal activity and so gets the tensor that belongs to it, with chi = 1: salt then diffuses with
the measured D and conducts with the measured kappa and t+, while concentration overpotentials
and the voltage of a concentration cell are the ideal ones (too small by the factor chi).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError, unknown
from ..model import Medium, Species
from ..transport import ConcentratedBinary, Conductivity, Dilute
from ..transport.base import Matrix
from ..transport.convert import stoichiometry
from ..units import F, R, si
from .record import OutOfRange, Property, Range, names, read

__all__ = ["Electrolyte", "OutOfRange", "Property", "electrolyte", "names"]

SALT = ("conductivity", "transference_number", "diffusivity", "thermodynamic_factor")


class Electrolyte:
    """A data file of the library, ready for use.

    `name`, `title`, `kind` ("salt", "ions", "single ion"), `species` (cation first), `transport`
    (ready for a Medium), `properties` by name, `sources`, `notes`; `temperature` [K] and
    `concentration` [mol/m3] at which it is usually quoted; `solvent` and its concentration
    `solvent_concentration` [mol/m3] (None for a polymer). `range` is what all its data cover.
    """

    def __init__(self, data: Mapping[str, Any], chosen: Sequence[str]) -> None:
        self.name, self.title, self.kind = data["name"], data["title"], data["kind"]
        self.temperature, self.concentration = data["temperature"], data["concentration"]
        self.notes: tuple[str, ...] = tuple(data["notes"])
        self.solvent: str | None = data.get("solvent", {}).get("name")
        self.solvent_concentration: float | None = data.get("solvent", {}).get("concentration")
        self.solvent_source: str = data.get("solvent", {}).get("source", "")
        self.properties: dict[str, Property] = {}
        self.limiting: dict[str, tuple[int, float]] = {}  #: z, lambda0 of 1/|z| ion [S m2/mol]
        self.sources: dict[str, str] = {}
        self.species: tuple[Species, ...]
        self.transport: Any
        build = {"ions": self._ions, "salt": self._salt, "single ion": self._single}
        build[self.kind](data, chosen)

    def _ions(self, data: Mapping[str, Any], chosen: Sequence[str]) -> None:
        """Independent ions: D = RT lambda0/(|z| F^2) at the temperature of the table."""
        table = data["limiting_conductivity"]
        self.limiting = {i: (v["z"], v["value"]) for i, v in table["values"].items()}
        for i in chosen:
            if i not in self.limiting:
                raise unknown(f"ion of {self.name!r}", i, self.limiting)
        kept = sorted(chosen or self.limiting, key=lambda i: -self.limiting[i][0])
        self.species = tuple(Species(i, self.limiting[i][0]) for i in kept)
        every = Range(self.name, "limiting conductivity", table["c"], table["T"])
        self.sources = {"limiting_conductivity": table["source"]}
        D = {s.name: self.diffusivity(s.name) for s in self.species}
        self.transport = _Ranged(D, _Watch(every))
        self.range = every
        if [s.z > 0 for s in self.species] == [True, False]:  # a salt may hold several of an ion
            most = max(self.composition(1.0).values())
            c = (every.c[0] / most, every.c[1] / most)
            self.range = Range(self.name, "limiting conductivity", c, table["T"])

    def _salt(self, data: Mapping[str, Any], chosen: Sequence[str]) -> None:
        """A binary salt from kappa, t+, D and chi."""
        self._load(data, SALT, chosen)
        self.transport = ConcentratedBinary(*(self.properties[p].__call__ for p in SALT))

    def _single(self, data: Mapping[str, Any], chosen: Sequence[str]) -> None:
        """One mobile ion in a charged polymer: all the current, L = kappa/(z F)^2."""
        self._load(data, ("conductivity",), chosen)
        ion, kappa = self.species[0].name, self.properties["conductivity"]
        self.transport = Conductivity({(ion, ion): lambda s: kappa(s.c[ion], s.T)})

    def _load(self, data: Mapping[str, Any], kinds: Sequence[str], chosen: Sequence[str]) -> None:
        self.species = tuple(Species(i, z) for i, z in data["species"])
        known = [s.name for s in self.species]
        if chosen and sorted(chosen) != sorted(known):
            raise InputError(f"ions of {self.name!r} are {', '.join(known)}; no others to choose")
        self.properties = {p: Property(self.name, p, data[p]) for p in kinds}
        self.sources = {p: v.source for p, v in self.properties.items()}
        every = [p.range for p in self.properties.values()]
        c = max(r.c[0] for r in every), min(r.c[1] for r in every)
        T = max(r.T[0] for r in every), min(r.T[1] for r in every)
        self.range = Range(self.name, "conductivity", c, T)

    def diffusivity(self, ion: str) -> float:
        """D = RT lambda0/(|z| F^2) [m2/s] of an ion at infinite dilution."""
        z, value = self.limiting[ion]
        return R * self.temperature * value / (abs(z) * F**2)

    def composition(self, c: float) -> dict[str, float]:
        """Concentration of each ion [mol/m3] in a solution of c salt [mol/m3]."""
        z = [s.z for s in self.species]
        if len(z) == 1:
            return {self.species[0].name: c}
        return {s.name: n * c for s, n in zip(self.species, stoichiometry(z), strict=True)}

    def medium(self, temperature: Any = None) -> Medium:
        """A Medium of these species; `temperature` [K or text], default where it was measured.

        kappa, t+ and D of a salt are the measured ones; the activity is ideal, so its tensor has
        chi = 1 (see the module's text). Warns once if the temperature lies outside the data.
        """
        found = self.measured(temperature)
        if self.kind != "salt":
            return found
        return replace(found, transport=replace(self.transport, thermodynamic_factor=1.0))

    def measured(self, temperature: Any = None) -> Medium:
        """A Medium with the measured tensor itself, to be evaluated rather than solved with."""
        T = self.temperature if temperature is None else si(temperature, "K", "temperature")
        self.range.warn(self.concentration, T)
        return Medium(self.species, self.transport, temperature=T)


def electrolyte(name: str, ions: Sequence[str] | str = ()) -> Electrolyte:
    """An electrolyte of the library by name; `ions` chooses from a set such as "aqueous"."""
    chosen = [i.strip() for i in ions.split(",")] if isinstance(ions, str) else list(ions)
    return Electrolyte(read(name), [i for i in chosen if i])


class _Watch:
    """The range of a set of ions as an object without parts, so that no number of it is bound."""

    def __init__(self, limits: Range) -> None:
        self.warn = limits.warn


@dataclass(frozen=True)
class _Ranged(Dilute):
    """Dilute, warning once if a numeric state lies outside the range of the data."""

    watch: Any

    def onsager(self, s: Any) -> Matrix:
        """Diagonal L [mol2/(J m s)]."""
        for c in s.c.values():
            self.watch.warn(c, s.T, 1.0)
        return super().onsager(s)
