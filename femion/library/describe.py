"""One electrolyte at one composition, written every way people write it, with units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..transport import convert
from ..transport.checks import admissible
from . import Electrolyte

FAR_C = 5.0  # times the upper end of the data
FAR_T = 100.0  # [K] beyond either end


@dataclass(frozen=True)
class Description:
    """Everything that follows from L at salt concentration c [mol/m3] and temperature T [K]."""

    c: float
    T: float
    ions: tuple[str, ...]
    L: convert.Array  #: Onsager tensor [mol2/(J m s)], shape (n, n)
    sigma: convert.Array  #: conductivities z_i z_j F^2 L_ij [S/m], shape (n, n)
    conductivity: float  #: kappa [S/m]
    transference_numbers: convert.Array  #: t_i [-]
    molar_conductivity: float  #: Lambda = kappa/c of the salt [S m2/mol]
    smallest_eigenvalue: float  #: of L scaled to a unit diagonal [-]
    thermodynamic_diffusivity: float | None  #: D/chi of a binary salt [m2/s]
    thermodynamic_factor: float | None  #: chi of a binary salt [-]
    friction: convert.Array | None  #: Stefan-Maxwell D_ij [m2/s], the solvent last


def describe(e: Electrolyte, c: float, T: float) -> Description:
    """All descriptions of one tensor; warns once if c or T lies outside the data.

    InputError where the extrapolation means nothing: far outside, or no admissible tensor.
    """
    if len(e.species) > 2:
        raise InputError(f"{e.name!r} is a set of ions; choose a cation and an anion of it")
    _not_absurd(e, c, T)
    e.range.warn(c, T)
    ions, z = tuple(s.name for s in e.species), [s.z for s in e.species]
    amounts = e.composition(c)
    L = e.onsager(c, T)
    admissible(L, list(ions), f"of {e.name!r} at c = {c:g} mol/m3, T = {T:g} K")
    binary = convert.newman(L, z, c, T) if len(z) == 2 else None
    chi = e.properties["thermodynamic_factor"].value(c, T) if e.kind == "salt" else 1.0
    kappa, scale = convert.ionic_conductivity(L, z), np.sqrt(np.diag(L))
    rubbing = None
    if e.solvent_concentration:
        rubbing = convert.friction(L, [amounts[i] for i in ions], e.solvent_concentration, T)
    return Description(
        c=c,
        T=T,
        ions=ions,
        L=L,
        sigma=convert.conductivity_matrix(L, z),
        conductivity=kappa,
        transference_numbers=convert.transference_numbers(L, z),
        molar_conductivity=kappa / c,
        smallest_eigenvalue=float(np.linalg.eigvalsh(L / np.outer(scale, scale))[0]),
        thermodynamic_diffusivity=binary.thermodynamic_diffusivity if binary else None,
        thermodynamic_factor=float(chi) if binary else None,
        friction=rubbing,
    )


def _not_absurd(e: Electrolyte, c: float, T: float) -> None:
    """Refuse what is so far outside the data that a formula has no meaning."""
    (_, high), (cold, hot) = e.range.c, e.range.T
    if e.kind == "salt" and c > FAR_C * high:
        raise InputError(
            f"concentration = {c:g} mol/m3 is more than {FAR_C:g} times the most that was measured "
            f"of {e.name!r}, {high:g} mol/m3"
        )
    if not cold - FAR_T <= T <= hot + FAR_T:
        raise InputError(
            f"temperature = {T:g} K is more than {FAR_T:g} K outside what was measured of "
            f"{e.name!r}, {cold:g} to {hot:g} K"
        )


def rows(d: Description) -> Iterator[tuple[str, str, str]]:
    """(quantity, value, unit) of a description, in the order it is read."""
    pairs = [(i, j) for i in range(len(d.ions)) for j in range(i, len(d.ions))]
    for symbol, matrix, unit in (("L", d.L, "mol2/(J m s)"), ("sigma", d.sigma, "S/m")):
        for i, j in pairs:
            yield f"{symbol}[{d.ions[i]},{d.ions[j]}]", f"{matrix[i, j] + 0.0:.5g}", unit
    yield "conductivity kappa", f"{d.conductivity:.5g}", "S/m"
    for ion, t in zip(d.ions, d.transference_numbers, strict=True):
        yield f"transference number t[{ion}]", f"{t:.5g}", "-"
    yield "molar conductivity Lambda", f"{d.molar_conductivity:.5g}", "S m2/mol"
    if d.thermodynamic_diffusivity is not None and d.thermodynamic_factor is not None:
        D = d.thermodynamic_diffusivity * d.thermodynamic_factor
        yield "salt diffusion coefficient D", f"{D:.5g}", "m2/s"
        yield "thermodynamic factor chi", f"{d.thermodynamic_factor:.5g}", "-"
        yield "D/chi", f"{d.thermodynamic_diffusivity:.5g}", "m2/s"
    if d.friction is not None:
        names = (*d.ions, "solvent")
        for i in range(len(names)):
            for j in range(i + 1, len(names)):
                yield f"Stefan-Maxwell D[{names[i]},{names[j]}]", f"{d.friction[i, j]:.5g}", "m2/s"
    yield "smallest eigenvalue of scaled L", f"{d.smallest_eigenvalue:.5g}", "-"


def show(e: Electrolyte, c: float, T: float) -> None:
    """Print an electrolyte at a composition; of a set of ions print the ions."""
    console = _console()
    console.print(f"{e.name}: {e.title}", markup=False)
    if len(e.species) > 2:
        console.print(_table(("ion", "z", "lambda0 of 1/|z| [S m2/mol]", "D [m2/s]"), _ions(e)))
        console.print("choose two with --ions, as in --ions Na+,Cl-", markup=False)
    else:
        console.print(f"at c = {c:g} mol/m3, T = {T:g} K", markup=False, highlight=False)
        console.print(_table(("quantity", "value", "unit"), list(rows(describe(e, c, T)))))
    for note in e.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    (low, high), (cold, hot) = e.range.c, e.range.T
    span = f"c {low:g} to {high:g} mol/m3, T {cold:g} to {hot:g} K"
    console.print(f"range of the data: {span}", markup=False, highlight=False)
    for name, source in e.sources.items():
        what = name.replace("_", " ")
        console.print(f"{what}: {source}", markup=False, highlight=False)
    if e.solvent:
        c0 = f"{e.solvent_concentration:g} mol/m3 ({e.solvent_source})"
        console.print(f"solvent: {e.solvent}, {c0}", markup=False, highlight=False)


def catalogue(known: Sequence[Electrolyte]) -> None:
    """Print one line per electrolyte of the library."""
    lines = [
        (
            e.name,
            e.kind,
            f"{e.range.c[0]:g} to {e.range.c[1]:g}",
            f"{e.range.T[0]:g} to {e.range.T[1]:g}",
            e.title,
        )
        for e in known
    ]
    _console().print(_table(("name", "kind", "c [mol/m3]", "T [K]", "what"), lines))


def _ions(e: Electrolyte) -> list[tuple[str, str, str, str]]:
    return [
        (i, f"{z:+d}", f"{value:.5g}", f"{e.diffusivity(i):.4g}")
        for i, (z, value) in e.limiting.items()
    ]


def _console() -> Any:
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=400)  # never fold in a pipe


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in head:
        table.add_column(Text(title), no_wrap=title not in ("what",))
    for line in lines:
        table.add_row(*(Text(cell) for cell in line))
    return table
