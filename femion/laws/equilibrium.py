"""Laws of equilibrium: Donnan partition, reservoirs and terminals. All are exact, not rates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any

from ..errors import InputError, unknown
from ..thermo import C_REF
from ..units import is_function, positive
from .base import Equal, Pin
from .control import control


@dataclass(frozen=True)
class Donnan:
    """mu~_i^a = mu~_i^b for each species both phases have, except the `blocked` ones.

    Donnan, steric, dielectric and affinity exclusion all follow: they are the fixed charge, the
    standard potentials and the closures of the two phases. Where both phases have a Poisson
    closure the potential is continuous too.
    """

    where: str
    blocked: Sequence[str] = ()

    def constraints(self, a: Any, b: Any) -> Iterator[Equal]:
        """One equality per permeating species."""
        shared = [i for i in a.w if i in b.w]
        for i in self.blocked:
            if i not in shared:
                raise unknown(f"blocked species in Donnan({self.where!r})", i, shared)
        if not shared:
            raise InputError(
                f"Donnan({self.where!r}): the phases {a.phase.name!r} and {b.phase.name!r} "
                "have no species in common"
            )
        for i in shared:
            if i not in self.blocked:
                yield Equal(i)
        if a.closure.continuous and b.closure.continuous:
            yield Equal("phi")


def _composition(where: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        i: positive(v, "mol/m^3", f"concentration of {i!r} at {where!r}") for i, v in given.items()
    }


@dataclass(frozen=True)
class Reservoir:
    """A boundary held at a composition [mol/m3] and at one electric potential.

    Give `potential` [V], or the total `current` [A] (2D: [A/m]) or the mean `current_density`
    [A/m2] that enters; the potential is then an unknown. A function of position (NumPy arrays
    x, shape (3, n), in and n values out) may stand for any concentration and for the potential.
    Species in `blocked` cannot cross; their concentration is free.
    """

    where: str
    concentrations: Mapping[str, Any]
    potential: InitVar[Any] = None
    current: InitVar[Any] = None
    current_density: InitVar[Any] = None
    blocked: Sequence[str] = ()
    control: Any = field(init=False)

    phi_too = True

    def __post_init__(self, potential: Any, current: Any, current_density: Any) -> None:
        name = f"{type(self).__name__}({self.where!r})"
        object.__setattr__(self, "concentrations", _composition(self.where, self.concentrations))
        object.__setattr__(self, "control", control(potential, current, current_density, name))

    def constraints(self, a: Any, b: None) -> Iterator[Pin]:
        """Composition and potential of the boundary."""
        check_composition(self, a, self.phi_too, self.blocked)
        yield Pin(self.concentrations, self.control, self.phi_too)


@dataclass(frozen=True)
class DonnanReservoir(Reservoir):
    """A boundary in Donnan equilibrium with an outside bath of given composition and potential.

    mu~_i is that of the bath, an ideal one unless its `bath` Medium is given; the phase's own
    potential and concentrations follow.
    """

    bath: Any = None

    phi_too = False

    def constraints(self, a: Any, b: None) -> Iterator[Pin]:
        """Electrochemical potentials of the bath."""
        check_composition(self, a, self.phi_too, self.blocked)
        yield Pin(self.concentrations, self.control, self.phi_too, self.bath)


@dataclass(frozen=True)
class ReversibleElectrode:
    """An electrode at equilibrium with one ion: mu~_i/(z_i F) is its potential, up to a constant.

    The limit of infinitely fast kinetics of M <-> M^z+ + z e-: the species voltage at the
    boundary is `potential` [V] (or found, where `current` [A] or `current_density` [A/m2] enters)
    when the ion at the reference concentration has V_i = phi. All other species are blocked.
    """

    where: str
    species: str
    potential: InitVar[Any] = None
    current: InitVar[Any] = None
    current_density: InitVar[Any] = None
    control: Any = field(init=False)

    def __post_init__(self, potential: Any, current: Any, current_density: Any) -> None:
        name = f"ReversibleElectrode({self.where!r})"
        object.__setattr__(self, "control", control(potential, current, current_density, name))

    def constraints(self, a: Any, b: None) -> Iterator[Pin]:
        """One species voltage over the whole electrode."""
        if not a.charges.get(self.species):
            ions = [i for i, z in a.charges.items() if z]
            raise unknown(f"ion in ReversibleElectrode({self.where!r})", self.species, ions)
        yield Pin({self.species: C_REF}, self.control, False)


@dataclass(frozen=True)
class Bath:
    """A boundary held at a composition [mol/m3] through which no current passes.

    The potential follows the solution along the boundary, as in a well-stirred, insulated feed.
    """

    where: str
    concentrations: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "concentrations", _composition(self.where, self.concentrations))

    def constraints(self, a: Any, b: None) -> Iterator[Pin]:
        """The composition of the boundary."""
        check_composition(self, a, True)
        yield Pin(self.concentrations, None)


@dataclass(frozen=True)
class Terminal:
    """An equipotential contact on an electronic conductor, at a given potential or current."""

    where: str
    potential: InitVar[Any] = None
    current: InitVar[Any] = None
    current_density: InitVar[Any] = None
    control: Any = field(init=False)

    def __post_init__(self, potential: Any, current: Any, current_density: Any) -> None:
        name = f"Terminal({self.where!r})"
        object.__setattr__(self, "control", control(potential, current, current_density, name))

    def constraints(self, a: Any, b: None) -> Iterator[Pin]:
        """One potential over the whole contact."""
        if a.closure.own_row:
            raise InputError(
                f"Terminal({self.where!r}) needs an electronic conductor; phase "
                f"{a.phase.name!r} is an electrolyte: use a Reservoir or an electrode reaction"
            )
        yield Pin(None, self.control)


def check_composition(law: Any, a: Any, same_phase: bool, blocked: Sequence[str] = ()) -> None:
    """Every species named, no other, and no net charge where the phase is electroneutral."""
    names = list(a.w)
    where = f"{type(law).__name__}({law.where!r})"
    for i in law.concentrations:
        if i not in names:
            raise unknown(f"species in {where}", i, names)
    for i in names:
        if (i in law.concentrations) == (i in blocked):
            raise InputError(
                f"{where}: {i!r} must be either in concentrations {list(law.concentrations)} "
                f"or in blocked {list(blocked)}"
            )
    values = {i: c for i, c in law.concentrations.items() if not is_function(c)}
    X = a.phase.fixed_charge if same_phase else 0.0
    if a.closure.continuous or len(values) < len(names) or is_function(X):
        return
    net = sum(a.charges[i] * float(c) for i, c in values.items()) + float(X)
    if abs(net) > 1e-9 * max(float(c) for c in values.values()):
        raise InputError(f"{where}: the composition carries a net charge of {net:+.6g} mol/m3")
