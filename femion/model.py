"""What the user states: plain frozen data. No mesh, no solver, nothing is computed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .closure import Electroneutral, ElectronicConductor, Uncharged
from .errors import InputError, unknown
from .thermo import Ideal, equilibrate
from .thermo.formula import elements
from .transport.concentrated import same_factor
from .transport.conductivity import Conductivity
from .transport.streamline import Galerkin, Streamline
from .units import convert, positive, si, valued

__all__ = ["Conductor", "Medium", "Model", "Phase", "Species", "electron"]


@dataclass(frozen=True)
class Species:
    """An ion, electron or molecule: its name and charge number, nothing of its surroundings.

    `formula` says what it is made of where the name does not ("acetate": "CH3COO-"); reactions
    are checked for each element if the formulas of all that take part are known.
    """

    name: str
    z: int
    formula: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.z, int) or isinstance(self.z, bool):
            raise InputError(f"z of Species {self.name!r} = {self.z!r}; allowed: a whole number")
        if not self.name or self.name == "phi":
            raise InputError(f"name of Species = {self.name!r}; allowed: any text but '' and 'phi'")
        if self.formula is not None and self.elements is None:
            raise InputError(
                f"formula of Species {self.name!r} = {self.formula!r}; allowed: a chemical formula "
                f"of charge {self.z:+d}, like 'HCO3-'"
            )

    @property
    def elements(self) -> dict[str, int] | None:
        """Atoms per formula unit; None where neither formula nor name tells."""
        return elements(self.formula or self.name, self.z)


#: What carries current in a metal; "e-" of every reaction.
electron = Species("e-", -1)


@dataclass(frozen=True)
class Medium:
    """A mixture and how it conducts.

    `standard_potential` holds mu0_i of each species in this medium [J/mol], a number or a function
    of the temperature (with -d mu0_i/dT its standard entropy), 0 where not given:
    steric, dielectric and affinity exclusion all live there (physics.md section 1).
    `temperature` [K] is a number or a function of the position x (UFL). `heat_of_transport`
    Q*_i [J/mol]: a gradient of ln T drives species i like one of mu~_i by Q*_i (Soret).
    `convective_hindrance` K_i [-]: species i is carried along at K_i times the phase's velocity
    (1 where not given; in a pore see `convective_hindrance`).
    """

    species: Sequence[Species]
    transport: Any
    activity: Any = field(default_factory=Ideal)
    temperature: Any = 298.15
    standard_potential: Mapping[str, float] = field(default_factory=dict)
    closure: Any = None
    heat_of_transport: Mapping[str, float] = field(default_factory=dict)
    convective_hindrance: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        convert(self, standard_potential="J/mol", heat_of_transport="J/mol")
        convert(self, convective_hindrance="")
        T = positive(self.temperature, "K", "temperature of Medium")
        object.__setattr__(self, "temperature", T)
        object.__setattr__(self, "species", tuple(self.species))
        names = [s.name for s in self.species]
        if len(set(names)) < len(names):
            raise InputError(f"species of Medium = {', '.join(names)}: a name occurs twice")
        for given in ("standard_potential", "heat_of_transport", "convective_hindrance"):
            for i in getattr(self, given):
                if i not in names:
                    raise unknown(f"species in {given}", i, names)
        self.transport.check(self.species)
        if not hasattr(self.activity, "excess"):
            raise InputError(
                f"activity of Medium = {self.activity!r}; allowed: an activity model, e.g. Ideal()"
            )
        self.activity.check(self.species)
        same_factor(self)


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
    out). `porosity` is the share of the volume in which the concentrations are stored (transport
    has its own, see Effective); a number or a function of position (UFL).
    `energies` act on species beside phi: Gravity, Stress, Born, Elastic, ... `heat`, a
    HeatBalance, makes the temperature an unknown; without it the medium's is given.
    `velocity` [m/s] of the solvent, which carries species along: a number (along x), components,
    or a function of the position (UFL); it must be free of divergence. Or `flow`, Stokes(...) or
    NavierStokes(...): velocity and pressure are then unknowns. `stabilisation` of what is carried
    along: Streamline() if there is a flow, else Galerkin(), unless it is given.
    `sources` R_i(state) [mol/(m3 s)], a function per species. `reactions` (`MassAction`, ...) are
    checked for species, charge and elements; where `initial` leaves out reacting species, it says
    what there was before they formed, and the start is the equilibrium of that.
    """

    name: str
    medium: Medium
    closure: Any = None
    fixed_charge: float | Callable[[Any], Any] = 0.0
    initial: Mapping[str, Any] = field(default_factory=dict)
    regions: Sequence[str] = ()
    sources: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    porosity: Any = 1.0
    energies: Sequence[Any] = ()
    heat: Any = None
    reactions: Sequence[Any] = ()
    velocity: Any = None
    flow: Any = None
    stabilisation: Any = None

    def __post_init__(self) -> None:
        where = f"of Phase {self.name!r}"
        if self.flow is not None and self.velocity is not None:
            raise InputError(f"velocity and flow {where} are both given; allowed: one of them")
        convert(self, fixed_charge="mol/m^3")
        object.__setattr__(self, "velocity", _velocity(self.velocity, f"velocity {where}"))
        object.__setattr__(self, "porosity", positive(self.porosity, "", f"porosity {where}"))
        if isinstance(self.porosity, float) and not self.porosity <= 1:
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
        if "phi" in self.initial:
            values["phi"] = si(self.initial["phi"], "V", f"initial phi {where}")
        object.__setattr__(self, "initial", {**self.initial, **values})
        object.__setattr__(self, "energies", tuple(self.energies))
        if self.stabilisation is None:
            chosen = Galerkin() if self.flow is None else Streamline()
            object.__setattr__(self, "stabilisation", chosen)
        for part in self.parts:
            part.check(self.medium.species, where)
        object.__setattr__(self, "reactions", tuple(self.reactions))
        made = {i: si(r, "mol/(m^3*s)", f"source of {i} {where}") for i, r in self.sources.items()}
        object.__setattr__(self, "sources", made)
        reacting = [i for r in self._checked() for i in r.gains]
        inert = {i for i in names if i not in reacting}
        values.pop("phi", None)
        if values and inert <= values.keys() and not values.keys() >= set(reacting):
            rest = equilibrate(values, self.reactions, self.medium)
            object.__setattr__(self, "initial", {**self.initial, **rest})

    @property
    def parts(self) -> tuple[Any, ...]:
        """Whatever may have unknowns of its own: the energies, and heat."""
        return (*self.energies, *([self.heat] if self.heat else []))

    def unknowns(self, dim: int) -> list[str]:
        """Names of the unknowns of energies and heat in `dim` dimensions."""
        return [name for part in self.parts for name in part.unknowns(dim)]

    def unit(self, unknown: str, size: Any, dim: int) -> Any:
        """What 1 stands for in such an unknown."""
        return next((p.unit(size) for p in self.parts if unknown in p.unknowns(dim)), 1.0)

    def scale(self, unknown: str, size: Any, dim: int) -> Any:
        """What makes the equation of such an unknown O(1); None for a species' balance."""
        return next((p.scale(size, dim) for p in self.parts if unknown in p.unknowns(dim)), None)

    def start(self, dim: int) -> dict[str, float]:
        """First guess of those unknowns; 0 unless said otherwise."""
        given = {name: v for p in self.parts for name, v in p.start(self.medium).items()}
        return dict.fromkeys(self.unknowns(dim), 0.0) | given

    def drawn(self, dim: int) -> dict[str, Callable[[Any], Any]]:
        """What energies and heat have to show: name -> function of a State."""
        return {name: of for part in self.parts for name, of in part.drawn(dim).items()}

    def temperature(self, x: Any, unknowns: Mapping[str, Any]) -> Any:
        """Temperature [K] at a position: the heat balance's, or what the medium says."""
        given = valued(self.medium.temperature, x)
        return self.heat.temperature(unknowns) if self.heat else given

    def _checked(self) -> Sequence[Any]:
        for r in self.reactions:
            if not hasattr(r, "gains"):
                raise InputError(
                    f"reactions of Phase {self.name!r} = {r!r}; allowed: MassAction, or what has "
                    "its gains, check, rate, affinity and equilibrium_constant"
                )
            r.check(self.medium.species)
        return self.reactions


def _velocity(given: Any, what: str) -> Any:
    """One quantity, a tuple of up to three, or what it was."""
    if not isinstance(given, list | tuple):
        return si(given, "m/s", what)
    if not 1 <= len(given) <= 3:
        raise InputError(f"{what} = {given}; allowed: one to three components")
    return tuple(si(v, "m/s", what) for v in given)


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
            if "|" in name or "@" in name:
                raise InputError(f"name of Phase = {name!r}; '|' and '@' are kept for places")
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
