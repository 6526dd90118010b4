"""An electrolyte over its range: kappa(c), t(c), chi(c) and L_ij(c), in one figure."""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..library import Electrolyte
from ..library.describe import describe
from .style import DASHES, INK, LINES, WIDTH, Array, figure, save, symbol

POINTS = 121
HEIGHT = 5.2  # of the figure [inch]


def curves(e: Electrolyte, T: float, points: int = POINTS) -> dict[str, Array]:
    """What the figure shows, in SI units: c, kappa, t, chi and L (points, n, n) over the range."""
    if len(e.species) != 2:
        raise InputError(
            f"{e.name!r} cannot be drawn against the concentration of a salt; "
            "allowed: a salt, or a cation and an anion chosen from a set of ions"
        )
    low, high = e.range.c
    c = np.linspace(max(low, 1e-6 * high) ** 0.5, high**0.5, points) ** 2  # fine where dilute
    at = [describe(e, float(value), T) for value in c]

    def every(name: str) -> Array:
        return np.array([getattr(d, name) for d in at])

    return {
        "c": c,
        "kappa": every("conductivity"),
        "t": every("transference_numbers"),
        "chi": every("thermodynamic_factor"),
        "L": every("L"),
    }


def draw(e: Electrolyte, file: str | Path, T: float | None = None) -> Path:
    """Draw an electrolyte at temperature T [K] over the whole range of its data; the file."""
    T = e.temperature if T is None else T
    shown = curves(e, T)
    names = [symbol(s.name, s.z) for s in e.species]
    with figure(WIDTH, HEIGHT) as fig:
        (kappa, t), (chi, L) = fig.subplots(2, 2)
        x = shown["c"] / 1000.0
        kappa.plot(x, shown["kappa"], color=LINES[0], lw=2)
        kappa.set_ylabel("conductivity κ  [S/m]")
        _lines(t, x, shown["t"].T, [f"t({n})" for n in names])
        t.set_ylabel("transference number  [–]")
        chi.plot(x, shown["chi"], color=LINES[0], lw=2)
        chi.axhline(1.0, color=INK, lw=0.7, ls=(0, (4, 3)))
        chi.annotate("ideal", (x[-1], 1.0), (-2, 3), textcoords="offset points", ha="right")
        chi.set_ylabel("thermodynamic factor χ  [–]")
        pairs = ((0, 0), (1, 1), (0, 1))
        values = [shown["L"][:, i, j] for i, j in pairs]
        _lines(L, x, values, [f"L({names[i]}, {names[j]})" for i, j in pairs])
        L.axhline(0.0, color=INK, lw=0.5)
        L.set_ylabel("Onsager tensor L  [mol²/(J m s)]")
        for ax in (kappa, t, chi, L):
            ax.set_xlabel("salt concentration c  [mol/L]")
            ax.set_xlim(0.0, x[-1])
            ax.spines[["top", "right"]].set_visible(False)
        kappa.set_ylim(bottom=0.0)
        fig.suptitle(f"{e.title}, {T:g} K", fontsize=10.5)
        return save(fig, file)


def _lines(ax: Any, x: Array, values: Any, labels: list[str]) -> None:
    """Curves told apart by colour and dash, named in a legend."""
    for k, (y, text) in enumerate(zip(values, labels, strict=True)):
        dash, width = DASHES[k % len(DASHES)]
        ax.plot(x, y, color=LINES[k], ls=dash, lw=width, label=text)
    ax.legend(loc="best")
