"""Homogeneous reactions by mass action; equilibrium is exact whatever the rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Protocol

import ufl

from ..errors import InputError, unknown
from ..units import R, positive, valued
from .activity import C_REF
from .formula import check_balance, elements, equation
from .state import State


class Reaction(Protocol):
    """What an entry of `Phase.reactions` must provide."""

    equilibrium_constant: Any  #: K on the scale of 1 mol/L [-], a number or a function of a State

    @property
    def gains(self) -> Mapping[str, int]:
        """How many of each species an event makes (negative: takes)."""
        ...

    def check(self, species: Sequence[Any]) -> None:
        """Raise InputError if the reaction cannot be among these species."""
        ...

    def rate(self, s: State) -> Any:
        """Net events [mol/(m3 s)]."""
        ...

    def affinity(self, s: State) -> Any:
        """Free energy that an event sets free [J/mol]; the rate has its sign."""
        ...


@dataclass(frozen=True)
class MassAction:
    """r = k_f (prod_reactants c - prod_products c / K_c) = k_f prod_reactants c (1 - exp(-A/RT)).

    `equation`: "CO2 + H2O -> HCO3- + H+". `equilibrium_constant` K [-], a number or a function
    of the State (Arrhenius: van 't Hoff's law), in activities on the scale of 1 mol/L, at which
    femion's standard potentials are zero: in a medium with other ones mass action has
    K exp(-sum_i nu_i mu0_i/RT), so that partition and reaction have one equilibrium.
    Exactly one rate constant is given, the other follows from K (detailed balance): `forward`
    or `backward`, a number or a function of the State, per concentrations (times activity
    coefficients) of that side, in [(m3/mol)^(n-1)/s] where n species that are no solvent meet:
    [1/s] for one, [m3/(mol s)] for two, [mol/(m3 s)] for none. Members of `solvent` have activity
    1, are neutral and are not followed. Charge is always balanced; elements, too, if the formulas
    of all are known (their names, or `formula` of Species). Raises InputError for what is not.
    Where two reactants meet from two sides the mesh must resolve the front, as thin as
    (D/(k |grad c|))^(1/3). Reference: physics.md 4.
    """

    equation: str
    equilibrium_constant: Any
    forward: Any = None
    backward: Any = None
    solvent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.solvent, str):
            object.__setattr__(self, "solvent", (self.solvent,))
        for i in self.solvent:
            if i not in self._all:
                raise unknown(f"solvent of reaction {self.equation!r}", i, self._all)
        if not any(self.gains.values()):
            raise InputError(f"reaction {self.equation!r} changes no species but the solvent")
        K = positive(self.equilibrium_constant, "", f"equilibrium_constant of {self.equation!r}")
        object.__setattr__(self, "equilibrium_constant", K)
        if (self.forward is None) == (self.backward is None):
            raise InputError(
                f"reaction {self.equation!r} needs exactly one of forward and backward; "
                f"got forward = {self.forward!r}, backward = {self.backward!r}"
            )
        for side, name in enumerate(("forward", "backward")):
            if (k := getattr(self, name)) is not None:
                n = sum(self._sides[side].values()) - 1
                unit = f"m^{3 * n}/mol^{n}/s" if n >= 0 else "mol/m^3/s"
                what = f"{name} rate constant of {self.equation!r}"
                object.__setattr__(self, name, positive(k, unit, what))

    @property
    def name(self) -> str:
        """The equation, in the paths of parameters."""
        return self.equation

    @cached_property
    def _all(self) -> list[str]:
        return list({i: None for side in equation(self.equation) for i in side})

    @cached_property
    def _sides(self) -> tuple[dict[str, int], ...]:
        """Reactants and products without the solvent."""
        both = equation(self.equation)
        return tuple({i: n for i, n in side.items() if i not in self.solvent} for side in both)

    @cached_property
    def gains(self) -> dict[str, int]:
        """How many of each species an event makes (negative: takes)."""
        left, right = self._sides
        net = {i: right.get(i, 0) - left.get(i, 0) for i in self._all if i not in self.solvent}
        return {i: n for i, n in net.items() if n}

    def check(self, species: Sequence[Any]) -> None:
        """Known species only, and charge and elements balanced."""
        known = {s.name: s for s in species}
        for i in self._all:
            if (i in known) == (i in self.solvent):
                where = f"species of reaction {self.equation!r}"
                raise (
                    InputError(f"{where}: {i!r} is followed and cannot be in solvent")
                    if i in known
                    else unknown(f"{where} (not in solvent)", i, known)
                )
        charges = {i: known[i].z if i in known else 0 for i in self._all}
        atoms = {i: known[i].elements if i in known else elements(i, 0) for i in self._all}
        check_balance(self.equation, charges, atoms)

    def affinity(self, s: State) -> Any:
        """A = RT ln K - sum_i nu_i mu~_i [J/mol]."""
        RT = R * s.T
        return RT * ufl.ln(valued(self.equilibrium_constant, s)) - sum(
            n * s.mu[i] for i, n in self.gains.items()
        )

    def rate(self, s: State) -> Any:
        """Net events [mol/(m3 s)]: those of the given direction, and by detailed balance back."""
        A = self.affinity(s) / (R * s.T)
        left, right = self._sides
        if self.forward is not None:
            return valued(self.forward, s) * _meet(s, left) * (1 - ufl.exp(-A))
        return valued(self.backward, s) * _meet(s, right) * (ufl.exp(A) - 1)


def _meet(s: State, side: Mapping[str, int]) -> Any:
    """Product of gamma_i c_i [(mol/m3)^n]."""
    return prod((C_REF * s.activity[i]) ** n for i, n in side.items())


def water_dissociation() -> MassAction:
    """H2O <-> H+ + OH- at 25 degC: K = 1.0e-14, recombination 1.4e8 m3/(mol s).

    Reference: Eigen and de Maeyer, Z. Elektrochem. 59 (1955) 986.
    """
    return MassAction("H2O -> H+ + OH-", 1.0e-14, backward=1.4e8, solvent=("H2O",))


def carbonate() -> tuple[MassAction, MassAction]:
    """CO2 + H2O <-> HCO3- + H+ and HCO3- <-> CO3-- + H+ at 25 degC, infinite dilution.

    pK 6.35 and 10.33 (Stumm and Morgan, Aquatic Chemistry, 3rd ed.). Rates: hydration 0.037 1/s
    (Johnson, Limnol. Oceanogr. 27 (1982) 849), protonation of CO3-- 5e7 m3/(mol s) (Schulz et al.,
    Mar. Chem. 100 (2006) 53).
    """
    return (
        MassAction("CO2 + H2O -> HCO3- + H+", 10**-6.35, forward=0.037, solvent=("H2O",)),
        MassAction("HCO3- -> CO3-- + H+", 10**-10.33, backward=5e7),
    )
