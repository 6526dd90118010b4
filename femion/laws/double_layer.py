"""What sits on a surface beside a Poisson phase: the Stern layer, given and regulated charge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError, unknown
from ..thermo import C_REF
from ..units import F, convert, positive, valued
from .base import Transfer
from .electrode import needs_terminal, sort


@dataclass(frozen=True)
class Capacitor:
    """A surface of a metal that stores C (phi_m - phi)  [C/m2]; what shares a place is in parallel.

    `capacitance` C [F/m2], a number or a function (metal state, electrolyte state). `where`:
    "conductor|electrolyte", or a boundary of the electrolyte with a `terminal`.
    """

    where: str
    capacitance: Any
    terminal: Any = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        name = f"capacitance of {type(self).__name__}({self.where!r})"
        object.__setattr__(self, "capacitance", positive(self.capacitance, "F/m^2", name))
        needs_terminal(self)

    def dissipation(self, a: Any, b: Any) -> float:
        """None: a capacitor gives back what it takes."""
        return 0.0

    def charge(self, metal: Any, electrolyte: Any) -> Any:
        """Charge of the metal's surface [C/m2]."""
        C = valued(self.capacitance, metal, electrolyte)
        return C * (metal.phi - electrolyte.phi)


@dataclass(frozen=True)
class SternLayer(Capacitor):
    """eps dphi/dn = C_S (phi_m - phi): a capacitor between metal and reaction plane  [C/m2].

    Arguments as in `Capacitor`, C_S its capacitance; dphi/dn is out of the electrolyte. Alone it
    is a blocking electrode; beside a reaction at the same place and with the same terminal it
    makes that one Frumkin's.
    """

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """Moles of charge that the surface shows to the electrolyte."""
        metal, electrolyte = sort(self, a, b)
        shown: tuple[dict[str, float], dict[str, float]] = ({}, {})
        shown[electrolyte is b]["phi"] = 1
        _poisson(self, electrolyte)
        yield Transfer(self.charge(metal, electrolyte) / F, *shown)

    def accumulates(self, a: Any, b: Any) -> Iterator[Transfer]:
        """Electrons that the metal's surface gave up: in time their flow is the charging current.

        The electrolyte's share of it is displacement, which the closure has already.
        """
        metal, electrolyte = sort(self, a, b)
        given: tuple[dict[str, float], dict[str, float]] = ({}, {})
        given[metal is b]["e-"] = 1
        yield Transfer(self.charge(metal, electrolyte) / F, *given)


@dataclass(frozen=True)
class DoubleLayer(Capacitor):
    """i_C = d[C (phi_m - phi_e)]/dt: double-layer capacitance beside a neutral electrolyte [A/m2].

    Arguments as in `Capacitor`. `ion` is the species that the layer takes up against the metal's
    charge, and carries the charging current. Stands beside reactions at the same place with the
    same terminal; in a steady state it does nothing. Newman and Balsara, Electrochemical Systems
    (2021), ch. 7.
    """

    ion: str

    def accumulates(self, a: Any, b: Any) -> Iterator[Transfer]:
        """Electrons given up by the metal's surface, and the ions it thereby sets free."""
        metal, electrolyte = sort(self, a, b)
        z = electrolyte.charges.get(self.ion, 0)
        if not z:
            ions = [i for i, n in electrolyte.charges.items() if n]
            raise unknown(f"ion of DoubleLayer({self.where!r})", self.ion, ions)
        gains: tuple[dict[str, float], ...] = {"e-": 1}, {self.ion: 1 / z}
        stored = self.charge(metal, electrolyte) / F
        yield Transfer(stored, *gains[:: 1 if metal is a else -1])


@dataclass(frozen=True)
class SurfaceCharge:
    """eps dphi/dn = sigma, the charge of a wall [C/m2], or of an interface "a|b" of two phases.

    `density`: a number, or a function of the State of the (first) phase: regulated charge, for
    instance a `SiteBinding`.
    """

    where: str
    density: Any

    def __post_init__(self) -> None:
        convert(self, density="C/m^2")

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """Moles of charge that the surface shows."""
        _poisson(self, a)
        yield Transfer(valued(self.density, a) / F, {"phi": 1}, {})


@dataclass(frozen=True)
class SiteBinding:
    """sigma = F Gamma (z_S + sum_i z_i theta_i), theta_i = (a_i/K_i)/(1 + sum_j a_j/K_j)  [C/m2].

    `sites` Gamma [mol/m2] of charge `bare` z_S when free, each binding at most one ion;
    `dissociation` K_i [mol/m3], e.g. silica: bare=-1, {"H+": "10^-6.8 mol/L"}. Activities are
    those at the surface (Healy and White, Adv. Colloid Interface Sci. 9 (1978) 303).
    """

    sites: float
    dissociation: Mapping[str, float] = field(default_factory=dict)
    bare: int = -1

    def __post_init__(self) -> None:
        object.__setattr__(self, "sites", positive(self.sites, "mol/m^2", "sites of SiteBinding"))
        K = {
            i: positive(v, "mol/m^3", f"dissociation[{i!r}] of SiteBinding")
            for i, v in self.dissociation.items()
        }
        object.__setattr__(self, "dissociation", K)
        if not K:
            raise InputError("dissociation of SiteBinding is empty; allowed: {ion: K [mol/m3]}")

    def __call__(self, s: Any) -> Any:
        """Surface charge beside a State."""
        for i in self.dissociation:
            if i not in s.charges:
                raise InputError(
                    f"dissociation of SiteBinding names {i!r}, which is not in phase "
                    f"{s.phase.name!r}; there: {', '.join(s.charges)}"
                )
        bound = {i: C_REF * s.activity[i] / K for i, K in self.dissociation.items()}
        free = 1 + sum(bound.values())
        share = sum(s.charges[i] * b for i, b in bound.items()) / free
        return F * self.sites * (self.bare + share)


def _poisson(law: Any, s: Any) -> None:
    if not s.closure.continuous:
        raise InputError(
            f"{type(law).__name__}({law.where!r}) needs a Poisson closure in phase "
            f"{s.phase.name!r}; it has {type(s.closure).__name__}"
        )
