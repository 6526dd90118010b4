"""A law of one's own: a carrier that takes a salt through a thin membrane and can be saturated."""

from dataclasses import dataclass

import femion as fm


@dataclass(frozen=True)
class Carrier:
    """Facilitated transport, N = N_max [c_a/(K + c_a) - c_b/(K + c_b)]  [mol/m2/s]."""

    where: str
    cation: str
    anion: str
    N_max: float | str
    K: float | str

    def __post_init__(self):
        fm.units.convert(self, N_max="mol/(m^2 s)", K="mol/m^3")

    def transfers(self, a, b):
        """One event carries one cation and one anion from a to b."""
        bound_a, bound_b = (s.c[self.cation] / (self.K + s.c[self.cation]) for s in (a, b))
        gain = {self.cation: +1, self.anion: +1}
        yield fm.Transfer(self.N_max * (bound_a - bound_b), {i: -1 for i in gain}, gain)
