"""What the user states: plain frozen data. No mesh, no solver, nothing is computed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .closure import Electroneutral, ElectronicConductor, Uncharged
from .errors import InputError, unknown
from .thermo import Ideal
from .transport.conductivity import Conductivity
from .units import convert, positive


@dataclass(frozen=True)
class Species:
    """An ion, electron or molecule: its name and charge number, nothing of its surroundings."""

    name: str
    z: int

    def __post_init__(self) -> None:
        if not isinstance(self.z, int) or isinstance(self.z, bool):
            raise InputError(f"z of Species {self.name!r} = {self.z!r}; allowed: a whole number")
        if not self.name or self.name == "phi":
            raise InputError(f"name of Species = {self.name!r}; allowed: any text but '' and 'phi'")


electron = Species("e-", -1)


@dataclass(frozen=True)
class Medium:
    """A mixture and how it conducts.

    `standard_potential` holds mu0_i of each species in this medium [J/mol] (0 where not given):
    steric, dielectric and affinity exclusion all live there (physics.md section 1).
    """

    species: Sequence[Species]
    transport: Any
    activity: Any = field(default_factory=Ideal)
    temperature: float = 298.15
    standard_potential: Mapping[str, float] = field(default_factory=dict)
    closure: Any = None

    def __post_init__(self) -> None:
        convert(self, standard_potential="J/mol")
        T = positive(self.temperature, "K", "temperature of Medium")
        object.__setattr__(self, "temperature", T)
        object.__setattr__(self, "species", tuple(self.species))
        if not getattr(self.activity, "ideal", False):
            raise InputError(
                f"activity of Medium = {self.activity!r}; allowed so far: Ideal() (fluxes, Donnan "
                "partition and energy audit would not agree on another one)"
            )
        names = [s.name for s in self.species]
        if len(set(names)) < len(names):
            raise InputError(f"species of Medium = {', '.join(names)}: a name occurs twice")
        for i in self.standard_potential:
            if i not in names:
                raise unknown("species in standard_potential", i, names)
        self.transport.check(self.species)


def Conductor(conductivity: float | str, temperature: float | str = 298.15) -> Medium:
    """An electronic conductor: electrons are the only carrier, i = -sigma grad phi [S/m]."""
    sigma: Any = {("e-", "e-"): conductivity}
    T: Any = temperature
    return Medium((electron,), Conductivity(sigma), temperature=T, closure=ElectronicConductor())


@dataclass(frozen=True)
class Phase:
    """A meshed region filled with a medium; fields of different phases are independent.

    `regions` names the mesh regions it fills (default: the one with its own name).
    `fixed_charge` X [mol/m3], a number or a function of the position x.
    `initial` concentrations [mol/m3] and potential "phi" [V]; what is not given is guessed
    from the neighbours, and the initial amount of a species that cannot leave is conserved.
    A concentration may be a function of position (NumPy arrays x, shape (3, n), in and n values
    out). `sources` R_i(state) [mol/(m3 s)], a function per species. `porosity` is the share of
    the volume in which the concentrations are stored (transport has its own, see Effective).
    """

    name: str
    medium: Medium
    closure: Any = None
    fixed_charge: float | Callable[[Any], Any] = 0.0
    initial: Mapping[str, Any] = field(default_factory=dict)
    regions: Sequence[str] = ()
    sources: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    porosity: float = 1.0

    def __post_init__(self) -> None:
        where = f"of Phase {self.name!r}"
        convert(self, fixed_charge="mol/m^3")
        object.__setattr__(self, "porosity", positive(self.porosity, "", f"porosity {where}"))
        if not self.porosity <= 1:
            raise InputError(f"porosity {where} = {self.porosity:g}; allowed: above 0, at most 1")
        object.__setattr__(self, "regions", tuple(self.regions) or (self.name,))
        names = [s.name for s in self.medium.species]
        for i in [*self.initial, *self.sources]:
            if i not in [*names, "phi"]:
                raise unknown(f"species in initial or sources {where}", i, [*names, "phi"])
        values = {
            i: positive(v, "mol/m^3", f"initial {i} {where}")
            for i, v in self.initial.items()
            if i != "phi"
        }
        object.__setattr__(self, "initial", {**self.initial, **values})


@dataclass(frozen=True)
class Model:
    """Phases, the laws between them and at their boundaries, and the closure for phi.

    `closure` applies to every phase (and medium) that does not state its own. `inert` names
    regions of the mesh where nothing is solved: insulating, impermeable solids.
    """

    phases: Sequence[Phase]
    laws: Sequence[Any]
    closure: Any = field(default_factory=Electroneutral)
    inert: Sequence[str] = ()

    def __post_init__(self) -> None:
        names = [p.name for p in self.phases]
        for name in names:
            if "|" in name:
                raise InputError(f"name of Phase = {name!r}; '|' is kept for interfaces")
        if len(set(names)) < len(names):
            raise InputError(f"phases of Model = {', '.join(names)}: a name occurs twice")
        for law in self.laws:
            for side in law.where.split("|") if "|" in law.where else ():
                if side not in names:
                    raise unknown(f"phase in {type(law).__name__}({law.where!r})", side, names)

    def closure_of(self, phase: Phase) -> Any:
        """The closure that applies to a phase; one without ions has no potential to speak of."""
        general = self.closure if any(s.z for s in phase.medium.species) else Uncharged()
        return phase.closure or phase.medium.closure or general
