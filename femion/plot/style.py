"""How pictures look: names, units, colour ranges, fonts, and the writing of files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy.typing as npt

from .gather import Piece

Array = npt.NDArray[Any]
Ends = tuple[float, float]

SUPER = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
#: Fields that are neither concentration nor potential: (factor from SI, unit).
UNITS = {"T": (1.0, "K")} | {f"u_{k}": (1e6, "µm") for k in "xyz"}
UNITS |= {f"v_{k}": (1.0, "m/s") for k in "xyz"} | {"P": (1.0, "Pa")}
MAPS = {
    "T": ("inferno", "inferno", "inferno"),
    "phi": ("cividis", "magma", "viridis"),
    "": ("viridis", "magma", "cividis"),
}
#: Okabe and Ito's colours for lines, told apart by all kinds of colour vision.
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Pale fills for phases and regions.
FILLS = ("#C7DCEF", "#F6D3B3", "#CFE8D5", "#E8CFE0", "#F3EBB5", "#D9D9D9", "#BFE3E6", "#E3D5C5")
#: Each line under the next one, wider and less broken, so that equal values show both.
DASHES = (("-", 2.4), ((0, (4, 1.6)), 1.8), ((0, (1.2, 1.2)), 1.6), ("-", 0.9))
INK = "#222222"
DECADES = 1.0  # a range of concentrations wider than this gets a logarithmic colour scale
WIDTH = 7.0  # of a figure [inch]
BAR = 0.9  # width that a colour bar takes [inch]
RC = {
    "font.family": "DejaVu Sans",  # comes with matplotlib and has ⁺, ⁻ and subscripts
    "font.size": 9.5,
    "axes.labelsize": 9.5,
    "axes.titlesize": 9.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-3, 4),
    "axes.formatter.use_mathtext": True,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}


class Picture(NamedTuple):
    """A written picture (None if none was asked for) and the numbers it shows, in SI units."""

    file: Path | None
    data: Mapping[str, Array]


def symbol(name: str, z: int = 0) -> str:
    """Name of a species as chemists print it: Ca2+ -> Ca²⁺, PF6- -> PF₆⁻."""
    stem = name.rstrip("+-")
    if stem == name or not stem:
        return name.translate(SUB) if z == 0 else name
    digits = str(abs(z)) if abs(z) > 1 else ""
    if digits and stem.endswith(digits) and len(name) - len(stem) == 1:
        stem = stem[: -len(digits)]
    charge = digits + name[-1]
    return re.sub(r"\d+", lambda m: m[0].translate(SUB), stem.rstrip("^ ")) + charge.translate(
        SUPER
    )


def label(solution: Any, field: str) -> str:
    """Symbol of a field: c(Na⁺), φ, T or another by its name."""
    z = {n: k for b in solution.problem.phases for n, k in b.state.charges.items()}
    return title(field, z)


def title(field: str, charges: Mapping[str, int]) -> str:
    """The same, with the charge numbers of the species."""
    if field == "phi":
        return "φ"
    return field if field in UNITS else f"c({symbol(field, charges[field])})"


def length_unit(span: float) -> tuple[float, str]:
    """(factor from metres, unit) in which a length is a number from 2 to 2000."""
    for factor, unit in ((1e9, "nm"), (1e6, "µm"), (1e3, "mm")):
        if span * factor < 2000:
            return factor, unit
    return 1.0, "m"


def unit_of(field: str, low: float, high: float) -> tuple[float, str]:
    """(factor from SI, unit) in which a field is shown."""
    if field != "phi":
        return UNITS.get(field, (1.0, "mol/m³"))
    return (1e3, "mV") if max(abs(low), abs(high)) < 0.5 else (1.0, "V")


def clusters(potentials: Mapping[str, Ends], least: float = 0.5) -> list[tuple[str, ...]]:
    """Phases whose potentials [V] are so far apart that one scale would show nothing inside them.

    A gap splits if it exceeds `least` (more than a Donnan jump, less than an electrode's) and
    four times the larger span on either side of it.
    """
    order = sorted(potentials, key=lambda n: potentials[n])
    groups: list[tuple[list[str], Ends]] = []
    for name in order:
        low, high = potentials[name]
        if groups:
            members, (bottom, top) = groups[-1]
            if low - top <= max(least, 4 * (high - low), 4 * (top - bottom)):
                groups[-1] = ([*members, name], (bottom, max(top, high)))
                continue
        groups.append(([name], (low, high)))
    return [tuple(n for n in potentials if n in members) for members, _ in groups]


@dataclass(frozen=True)
class Scale:
    """One colour bar: its phases, range in the shown unit, and map."""

    phases: tuple[str, ...]
    low: float
    high: float
    log: bool
    cmap: str
    factor: float
    label: str

    @property
    def norm(self) -> Any:
        """Matplotlib's norm of the range."""
        from matplotlib.colors import LogNorm, Normalize

        return (LogNorm if self.log else Normalize)(self.low, self.high)


def scales(
    name: str, title: str, found: Mapping[str, Piece], *, log: bool | None, per_phase: bool | None
) -> list[Scale]:
    """Colour bars of a field: one, or one per group of phases whose values are far apart.

    None decides by the values: decades are shown on a logarithmic scale.
    """
    ranges = {n: _ends(p.values[name]) for n, p in found.items() if name in p.values}
    whole = min(a for a, _ in ranges.values()), max(b for _, b in ranges.values())
    if log is None:
        log = name not in {"phi", *UNITS} and not per_phase and whole[1] > 10**DECADES * whole[0]
    groups = clusters(ranges) if name == "phi" and per_phase is None else [tuple(ranges)]
    if per_phase:
        groups = [(n,) for n in ranges]
    out = []
    for k, group in enumerate(groups):
        low, high = min(ranges[n][0] for n in group), max(ranges[n][1] for n in group)
        factor, unit = unit_of(name, low, high)
        where = f", {' + '.join(group)}" if len(groups) > 1 else ""
        low, high = _open(low * factor, high * factor)
        maps = MAPS.get(name, MAPS[""])
        cmap = maps[k % len(maps)] if len(groups) <= len(maps) else maps[0]
        out.append(Scale(group, low, high, log, cmap, factor, f"{title}{where}  [{unit}]"))
    return out


def _ends(values: Array) -> Ends:
    return float(values.min()), float(values.max())


def _open(low: float, high: float) -> Ends:
    """A range that is wide enough to be drawn: what is constant is not blown up to noise."""
    least = 1e-6 * max(abs(low), abs(high)) or 1e-12
    if high - low >= least:
        return low, high
    middle, half = (low + high) / 2, 5e-3 * max(abs(low), abs(high)) or 1e-3
    return middle - half, middle + half


@contextmanager
def figure(width: float, height: float, layout: str | None = "constrained") -> Iterator[Any]:
    """A matplotlib Figure in femion's style, free of pyplot and of global state [inch].

    Without a layout, axes go where `place` puts them; what stands out of the figure is kept.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(RC):
        fig = Figure(figsize=(width, height), layout=layout)
        FigureCanvasAgg(fig)
        yield fig


def save(fig: Any, file: str | Path, dpi: int = 200) -> Path:
    """Write a figure; the suffix decides the format (png, pdf, svg), folders are made."""
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path, dpi=dpi, bbox_inches="tight", pad_inches=0.05)
    return path


def place(fig: Any, x: float, y: float, width: float, height: float) -> Any:
    """Axes at a place of a figure, all in inches from the bottom left."""
    full = fig.get_size_inches()
    return fig.add_axes((x / full[0], y / full[1], width / full[0], height / full[1]))


def colour_bars(fig: Any, ax: Any, bars: Sequence[Scale], width: float, gap: float = 0.12) -> None:
    """Bars beside axes that are `width` wide [inch], as high as these."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    for k, scale in enumerate(bars):
        place = ax.inset_axes((1.0 + (gap + BAR * k) / width, 0.0, 0.14 / width, 1.0))
        bar = fig.colorbar(ScalarMappable(scale.norm, scale.cmap), cax=place)
        bar.set_label(scale.label, color=INK)
        bar.outline.set_linewidth(0.5)
        if not scale.log:
            place.yaxis.set_major_locator(MaxNLocator(5, min_n_ticks=3))
        elif scale.high > 10 * scale.low:
            place.yaxis.set_major_locator(LogLocator(numticks=6))
            place.yaxis.set_minor_formatter(NullFormatter())


def bands(names: Sequence[str]) -> dict[str, str]:
    """A pale colour for each phase or region."""
    return {n: FILLS[k % len(FILLS)] for k, n in enumerate(names)}
