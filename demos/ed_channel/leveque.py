"""Leveque's limiting current of an empty channel, and a picture of sweeps."""

import femion as fm
from femion.transport.streamline import Streamline
from femion.units import F

SUPG = Streamline(steep=None)  # nearer to a limiting current on coarse meshes, wiggles by 1 %


def leveque(D, t, c0, H, L, speed):
    """F D c0 Sh/(d_h (t_m - t+)), Sh = 1.849 (d_h Re Sc/L)^(1/3), d_h = 2 H  [A/m2].

    `D` {cation, anion} [m2/s], `t` that of the cation in its membrane, `c0` [mol/m3]. The mean of
    a wall without salt, in developed flow whose layer is thin (Leveque, Ann. Mines 13 (1928)).
    """
    cation, anion = D.values()
    salt, share = 2 / (1 / cation + 1 / anion), cation / (cation + anion)
    Sh = 1.849 * (4 * H**2 * speed / L / salt) ** (1 / 3)
    return F * salt * c0 * Sh / (2 * H) / (t - share)


def panels(root, limits, sweeps, L):
    """Limits over Re^(1/3), current over voltage, and Cowan and Brown's V/i over 1/i."""
    curves = {name: (w.voltage, w.current / L) for name, w in sweeps.items()}
    kinks = {name: (1e3 / i[1:], 1e4 * V[1:] / i[1:]) for name, (V, i) in curves.items()}
    return [fm.plot.Panel("Re$^{1/3}$", "limiting current  [A/m²]",
                          {name: (root, i) for name, i in limits.items()}),
            fm.plot.Panel("voltage  [V]", "current at Re 30  [A/m²]", curves),
            fm.plot.Panel("1/i  [m²/kA]", "V/i  [Ω cm²]", kinks)]


def volts(s):
    """Where the voltage goes [mV], from the split of the power."""
    return {k: 1e3 * p / s.current("top") for k, p in fm.metrics.loss_split(s, 24).items()}
