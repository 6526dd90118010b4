"""Sourced properties of electrolytes, one data file each: values, units, range, citation.

    water = electrolyte("aqueous", ["Na+", "Cl-"]).medium()
    liquid = electrolyte("LiPF6_EC_EMC_3_7").medium(temperature="10 degC")

How each number was checked stands at the top of its data file: none has yet been compared with
the printed source itself.

`transport` is the measured Onsager tensor, which holds the salt's diffusion coefficient D and
thermodynamic factor chi only as D/chi; a salt's `medium` has the activity of the same chi, so it
diffuses with the measured D and its concentration cells have the measured voltage. Ions chosen
from a set are ideal unless an activity is given: `medium(activity=Davies())`, or for salts whose
files have the parameters `medium(activity=pitzer("NaCl", "KCl"))`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError, unknown
from ..model import Medium, Species
from ..thermo import Ideal, Pitzer, ThermodynamicFactor
from ..transport import ConcentratedBinary, Conductivity, Dilute
from ..transport.base import Matrix
from ..transport.convert import stoichiometry
from ..units import F, R, as_number, si
from .record import OutOfRange, Property, Range, names, read

__all__ = ["Electrolyte", "OutOfRange", "Property", "electrolyte", "names", "pitzer"]

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
        self.activity: Any = Ideal()
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
        self.transport = LibraryData(Dilute(D), _Limits(dict.fromkeys(D, every.c)))
        self.range = every
        if [s.z > 0 for s in self.species] == [True, False]:  # a salt may hold several of an ion
            most = max(self.composition(1.0).values())
            c = (every.c[0] / most, every.c[1] / most)
            self.range = Range(self.name, "limiting conductivity", c, table["T"])

    def _salt(self, data: Mapping[str, Any], chosen: Sequence[str]) -> None:
        """A binary salt from kappa, t+, D and chi, which is its activity's too."""
        self._load(data, SALT, chosen)
        kappa, t_plus, D, chi = (self.properties[p].value for p in SALT)
        self.transport = LibraryData(ConcentratedBinary(kappa, t_plus, D, chi), self._limits())
        self.activity = ThermodynamicFactor(chi)

    def _single(self, data: Mapping[str, Any], chosen: Sequence[str]) -> None:
        """One mobile ion in a charged polymer: all the current, L = kappa/(z F)^2."""
        self._load(data, ("conductivity",), chosen)
        ion, kappa = self.species[0].name, self.properties["conductivity"].value
        sigma: Any = {(ion, ion): lambda s: kappa(s.c[ion], s.T)}
        self.transport = LibraryData(Conductivity(sigma), self._limits())

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

    def _limits(self) -> "_Limits":
        low, high = self.range.c
        return _Limits({i: (n * low, n * high) for i, n in self.composition(1.0).items()})

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

    def onsager(self, c: float, T: float) -> npt.NDArray[np.float64]:
        """The measured L [mol2/(J m s)] at c salt [mol/m3] and T [K], shape (n, n)."""
        amounts = self.composition(c)
        charges = {s.name: s.z for s in self.species}
        rows = self.transport.onsager(SimpleNamespace(c=amounts, w=amounts, T=T, charges=charges))
        return np.array([[as_number(L) for L in row] for row in rows])

    def medium(self, temperature: Any = None, activity: Any = None) -> Medium:
        """A Medium of these species; `temperature` [K or text], default where it was measured.

        `activity` other than `self.activity`, the measured one of a salt and Ideal() of all else,
        must have the salt's chi. Warns once if the temperature lies outside the data.
        """
        T = self.temperature if temperature is None else si(temperature, "K", "temperature")
        self.range.warn(self.concentration, T)
        return Medium(self.species, self.transport, activity or self.activity, temperature=T)


def electrolyte(name: str, ions: Sequence[str] | str = ()) -> Electrolyte:
    """An electrolyte of the library by name; `ions` chooses from a set such as "aqueous"."""
    chosen = [i.strip() for i in ions.split(",")] if isinstance(ions, str) else list(ions)
    return Electrolyte(read(name), [i for i in chosen if i])


def pitzer(*salts: str) -> Pitzer:
    """Pitzer's equations with the parameters of 1:1 salts of the library; no mixing terms.

    InputError for an electrolyte whose file has none.
    """
    found: dict[str, dict[str, float]] = {"beta0": {}, "beta1": {}, "C_phi": {}}
    for name in salts:
        data = read(name)
        chi = data.get("thermodynamic_factor", {})
        for parameter, values in found.items():
            if parameter not in chi:
                known = [n for n in names() if "beta0" in read(n).get("thermodynamic_factor", {})]
                raise unknown("salt with Pitzer's parameters", name, known)
            values[",".join(i for i, _ in data["species"])] = float(chi[parameter])
    return Pitzer(found["beta0"], found["beta1"], found["C_phi"])


class _Limits:
    """{ion: (least, largest concentration)} [mol/m3], without parts so that none is bound."""

    def __init__(self, validity: Mapping[str, tuple[float, float]]) -> None:
        self.validity = validity


@dataclass(frozen=True)
class LibraryData:
    """The `transport` of an electrolyte of the library and where it was measured."""

    transport: Any
    limits: Any

    @property
    def validity(self) -> Mapping[str, tuple[float, float]]:
        """{ion: (least, largest concentration)} [mol/m3]."""
        return dict(self.limits.validity)

    def check(self, species: Sequence[Any]) -> None:
        """What the transport model allows."""
        self.transport.check(species)

    def onsager(self, s: Any) -> Matrix:
        """L [mol2/(J m s)]."""
        return self.transport.onsager(s)  # type: ignore[no-any-return]
