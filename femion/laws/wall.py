"""Walls: nothing crosses, or a given flux does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ufl

from ..errors import InputError, unknown
from ..thermo.formula import equation
from ..transport.base import convection
from ..units import convert, is_function, positive
from .base import Transfer, reaction


@dataclass(frozen=True)
class Impermeable:
    """Nothing crosses: what holds at every boundary without a law, said aloud.

    The boundary may belong to several phases; its name is checked.
    """

    where: str


@dataclass(frozen=True)
class Flux:
    """A given molar flux of each species into the phase [mol/(m2 s)], at a boundary."""

    where: str
    inward: Mapping[str, float]

    def __post_init__(self) -> None:
        convert(self, inward="mol/(m^2*s)")

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """One event per mole that enters."""
        for i, rate in self.inward.items():
            yield Transfer(rate, {i: +1}, {})


@dataclass(frozen=True)
class Outflow:
    """N_i.n = K_i c_i v.n: an open boundary that everything leaves with the phase's velocity.

    Diffusion and migration through it vanish. Where the velocity points inwards, as in an eddy
    that the outlet cuts, what comes in has the concentrations `entering` [mol/m3]: by default the
    `initial` ones of the phase where those are numbers, else what is there at the boundary.
    """

    where: str
    entering: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        given = {
            i: positive(c, "mol/m^3", f"entering {i} of Outflow({self.where!r})")
            for i, c in (self.entering or {}).items()
        }
        object.__setattr__(self, "entering", given or None)

    def transfers(self, a: Any, b: None) -> Iterator[Transfer]:
        """One event per mole of each species."""
        flows = convection(a)
        if not flows:
            raise InputError(
                f"Outflow({self.where!r}): phase {a.phase.name!r} has no velocity; give it "
                "velocity=..."
            )
        known = self._beyond(a)
        for i, N in flows.items():
            out = ufl.dot(N, a.n)
            back = ufl.min_value(out, 0.0) * (known[i] / a.c[i] if known else 1.0)
            yield Transfer(ufl.max_value(out, 0.0) + back, {i: -1}, {})

    def _beyond(self, a: Any) -> Mapping[str, Any] | None:
        """Concentrations of what comes in [mol/m3]; None where nothing says."""
        if self.entering is None:
            found = {i: a.phase.initial.get(i) for i in a.c}
            return None if any(c is None or is_function(c) for c in found.values()) else found
        name = f"entering of Outflow({self.where!r})"
        for i in self.entering:
            if i not in a.c:
                raise unknown(f"species in {name}", i, a.c)
        if lacking := [i for i in a.c if i not in self.entering]:
            raise InputError(f"{name} lacks {', '.join(lacking)}; allowed: all species or none")
        charge = sum(a.charges[i] * float(c) for i, c in self.entering.items())
        if abs(charge) > 1e-9 * max(float(c) for c in self.entering.values()):
            raise InputError(f"{name} carries charge ({charge:+g} mol/m3); allowed: none")
        return self.entering

    def dissipation(self, a: Any, b: None) -> float:
        """None: what leaves takes its free energy along."""
        return 0.0


@dataclass(frozen=True)
class SurfaceReaction:
    """k c_A - k_back c_B per area of a wall or an interface, for "A -> B"  [mol/(m2 s)].

    `reaction` turns one species into one other, each on the first side that has it; one may be
    left out in `stored` (adsorbed, a solid). `k` and `k_back` [m/s].
    """

    where: str
    reaction: str
    k: float
    k_back: float = 0.0
    stored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        convert(self, k="m/s", k_back="m/s")
        name = f"SurfaceReaction({self.where!r})"
        for given in ("k", "k_back"):
            value = getattr(self, given)
            if isinstance(value, float) and value < 0:
                raise InputError(f"{given} of {name} = {value:g} m/s must not be negative")
        if any(list(side.values()) != [1] for side in equation(self.reaction)):
            raise InputError(f"reaction of {name} = {self.reaction!r}; allowed: 'A -> B'")

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """One event per mole."""
        sides = [s for s in (a, b) if s is not None]
        gains = reaction(self.reaction, *sides, stored=tuple(self.stored))
        pairs = list(zip(sides, gains, strict=True))
        net = sum(n * s.charges[i] for s, gain in pairs for i, n in gain.items())
        if net:
            raise InputError(
                f"reaction {self.reaction!r} of SurfaceReaction({self.where!r}) makes charge "
                f"{net:+d}; a charge transfer is a ButlerVolmer"
            )
        c = {n: s.c[i] for s, gain in pairs for i, n in gain.items()}
        rate = self.k * c.get(-1, 0.0) - self.k_back * c.get(1, 0.0)
        yield Transfer(rate, *(gains if b is not None else (gains[0], {})))
