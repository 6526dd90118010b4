"""Ion-exchange membranes as one boundary: what electrodialysis channels lie between."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError, unknown
from ..thermo import from_composition
from ..units import F, positive
from .base import Transfer
from .electrode import needs_terminal, sort


@dataclass(frozen=True)
class ExchangeMembrane:
    """N_i = t_i i/(z_i F), i R_A = sum_i t_i (mu~_i - mu~_i^bath)/(z_i F)  [mol/(m2 s)].

    A membrane at a boundary of a channel, before a stirred bath of `concentrations` [mol/m3].
    `numbers` t_i: transport numbers in the membrane, {"Na+": 1} of an ideal cation-exchange
    membrane; they sum to 1. `resistance` R_A [ohm m2]. `terminal` (Potential, Current, ...) says
    what is imposed on the bath; a current that enters the channel there is positive. The sum is
    the Donnan potentials of both faces and the ohmic drop in between; the solvent rests (NoSlip).
    Strathmann, Ion-Exchange Membrane Separation Processes (2004), ch. 2.

        fm.ExchangeMembrane("top", {"Na+": 0.98, "Cl-": 0.02}, "2 ohm*cm^2", bath, fm.Current(1.0))
    """

    where: str
    numbers: Mapping[str, float]
    resistance: Any
    concentrations: Mapping[str, Any]
    terminal: Any = None

    def __post_init__(self) -> None:
        name = f"{type(self).__name__}({self.where!r})"
        R = positive(self.resistance, "ohm*m^2", f"resistance of {name}")
        object.__setattr__(self, "resistance", R)
        bath = {
            i: positive(v, "mol/m^3", f"concentration of {i!r} in {name}")
            for i, v in self.concentrations.items()
        }
        object.__setattr__(self, "concentrations", bath)
        t = [v for v in self.numbers.values() if isinstance(v, int | float)]
        if min(t, default=0) < 0 or (len(t) == len(self.numbers) and abs(sum(t) - 1) > 1e-9):
            raise InputError(
                f"numbers of {name} = {dict(self.numbers)}; allowed: none negative, their sum 1"
            )
        object.__setattr__(self, "numbers", {i: v * 1.0 for i, v in self.numbers.items()})
        needs_terminal(self)

    def transfers(self, a: Any, b: Any) -> Iterator[Transfer]:
        """One event per mole of each ion that has a number."""
        metal, channel = sort(self, a, b)
        i = self.current_density(channel, metal)
        for name, t in self.numbers.items():
            z = channel.charges[name]
            yield Transfer(t * i / (z * F), {name: -1}, {"e-": -z})

    def dissipation(self, a: Any, b: Any) -> Any:
        """i^2 R_A; the rest goes into the bath [W/m2]."""
        metal, channel = sort(self, a, b)
        return self.current_density(channel, metal) ** 2 * self.resistance

    def current_density(self, channel: Any, metal: Any) -> Any:
        """I [A/m2] from the channel into the bath."""
        for i in (*self.numbers, *self.concentrations, *channel.charges):
            ion = channel.charges.get(i) if i in self.numbers else 1
            if i not in channel.charges or not ion:
                ions = [k for k, z in channel.charges.items() if z]
                raise unknown(f"ion in ExchangeMembrane({self.where!r})", i, ions)
            if i not in self.concentrations:
                raise InputError(
                    f"concentrations of ExchangeMembrane({self.where!r}): {i!r} is missing"
                )
        bath = from_composition(channel.phase, self.concentrations, x=channel.x, T=channel.T)
        push = 0.0
        for i, t in self.numbers.items():
            z = channel.charges[i]
            push += t * ((channel.mu[i] - bath.mu[i]) / (z * F) - metal.phi)
        return push / self.resistance
