"""The command line. Exit codes: 0 done, 1 failed, 2 bad input, 3 no solution."""

import logging
import runpy
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from .commands import Change, Code, plot, refuse_existing, report, resume, schema, sweep
from .errors import FemionError, InputError, NotConverged

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)

log = logging.getLogger("femion")

LAST_STATE = Path("femion_last_good_state")


for _command in (plot, report, resume, schema, sweep):
    app.command()(_command)


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="a case (.toml), or a script that uses femion")],
    arguments: Annotated[list[str] | None, typer.Argument(help="passed on to a script")] = None,
    output: Annotated[Path | None, typer.Option("-o", help="folder of a case's results")] = None,
    change: Change = None,
    overwrite: Annotated[bool, typer.Option(help="replace the results of an earlier run")] = False,
    allow_code: Code = False,
) -> None:
    """Run a case or a script; what is wrong is said in a sentence, with exit code 2 or 3."""
    if not file.is_file():
        raise InputError(f"file {str(file)!r} does not exist")
    if file.suffix == ".toml":
        from .case import load, read
        from .case.run import run as run_case

        _warn_plainly()
        case = read(load(file, change or []), allow_code)
        folder = run_case(case, output or Path(f"{file.stem}_results"), overwrite)
        if _rank() == 0:
            print(f"results: {folder}/")
        return
    if output or change or overwrite or allow_code:
        raise InputError("-o, --set, --overwrite, --allow-code; allowed: with a case (.toml)")
    _show_progress()
    sys.argv = [str(file), *(arguments or [])]
    sys.path.insert(0, str(file.parent))
    runpy.run_path(str(file), run_name="__main__")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="a case (.toml)")],
    change: Change = None,
    allow_code: Code = False,
    mesh: Annotated[bool, typer.Option(help="build the mesh, and look places up in it")] = True,
) -> None:
    """Check a case without solving it: every name, value, unit, and place in the mesh."""
    from .case import load, read

    _warn_plainly()
    case = read(load(file, change or []), allow_code)
    text = f"{file}: {len(case.model.phases)} phases, {len(case.model.laws)} laws"
    if mesh:
        from .case.run import check as check_case

        text += f", {check_case(case)} cells"
    if _rank() == 0:
        print(f"{text}: can be run")


@app.command()
def doctor() -> None:
    """Look at the environment: versions, solvers, MPI, pictures, a small solve."""
    from .doctor import main as examine

    raise typer.Exit(examine())


def _show_progress() -> None:
    """One line per Newton solve, with the time, for a person at a terminal."""
    if sys.stderr.isatty() and _rank() == 0:
        logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%X")
        log.setLevel(logging.INFO)


def _warn_plainly() -> None:
    """Warnings as sentences, without the line of code that gave them."""
    warnings.showwarning = lambda message, *place, **more: _say(f"warning: {message}")


def _version(asked: bool) -> None:
    if asked:
        from . import __version__
        from ._dolfinx import jit_version

        print(f"femion {__version__} ({jit_version()})")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print versions")
    ] = False,
) -> None:
    """Ion transport with full Onsager coupling on FEniCSx."""


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="cases to run (default: all)")] = None,
    group: Annotated[str | None, typer.Option(help="run one group of cases")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="a list of objects, for machines")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="take reference files from this folder")] = None,
) -> None:
    """Compare femion with closed forms, published and independently computed values."""
    from .verify import main as check

    raise typer.Exit(check(names or [], group, as_json, data))


@app.command()
def laws() -> None:
    """List every law, model, control and geometry there is, with those of plug-ins."""
    from .plugins import catalogue

    text = catalogue()
    if _rank() == 0:
        print(text)


@app.command()
def mesh(
    file: Annotated[Path, typer.Argument(help="parameters (.toml), or a mesh (.msh, .geo)")],
    output: Annotated[Path | None, typer.Option("-o", help="write the mesh here (.msh)")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, instead of the file's")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="draw the mesh to this file")] = None,
    force: Annotated[bool, typer.Option(help="take a mesh of bad quality too")] = False,
    overwrite: Annotated[bool, typer.Option(help="replace files that exist")] = False,
) -> None:
    """Build the mesh of a parameter file and report its measures and quality."""
    from mpi4py import MPI

    from .domain import collectively
    from .domain import mesh as build
    from .geometry import from_file, from_toml
    from .geometry import report as measure

    if not overwrite:
        collectively(MPI.COMM_WORLD, lambda: refuse_existing(output, picture))
    plain = file.suffix != ".toml"
    with warnings.catch_warnings(record=True) as said:
        geometry = from_file(file) if plain else from_toml(file, change or [])
    for warning in said:
        _say(f"warning: {warning.message}")
    if plain and change:
        raise InputError(f"--set beside {str(file)!r} is not possible; allowed: with a .toml file")
    geometry = geometry.forced() if force else geometry
    domain = build(geometry, output=output)
    found = measure(domain)
    if _rank() == 0:
        print("\n".join(found.lines()))
    if picture is not None:
        from .plot.meshes import mesh as draw

        draw(domain, picture)


electrolytes = typer.Typer(no_args_is_help=True, help="The library of sourced electrolytes.")
app.add_typer(electrolytes, name="electrolyte")


@electrolytes.command("list")
def list_electrolytes() -> None:
    """Name every electrolyte of the library, with the range of its data."""
    from .library import electrolyte, names
    from .library.describe import catalogue

    if _rank() == 0:
        catalogue([electrolyte(name) for name in names()])


@electrolytes.command("show")
def show_electrolyte(
    name: Annotated[str, typer.Argument(help="a name from `femion electrolyte list`")],
    concentration: Annotated[
        str | None, typer.Option(help="of the salt, such as '1 mol/L'")
    ] = None,
    temperature: Annotated[str | None, typer.Option(help="such as '25 degC'")] = None,
    ions: Annotated[str, typer.Option(help="two ions of a set, such as Na+,Cl-")] = "",
    plot: Annotated[Path | None, typer.Option(help="draw it over its range to this file")] = None,
) -> None:
    """Print every description of an electrolyte with units, range and sources."""
    from .library import OutOfRange, electrolyte
    from .library.describe import show
    from .units import positive

    e = electrolyte(name, ions)
    c = positive(concentration or e.concentration, "mol/m^3", "concentration")
    T = positive(temperature or e.temperature, "K", "temperature")
    if _rank():
        return
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", OutOfRange)
        show(e, c, T)
        if plot is not None:
            from .plot.electrolyte import draw

            print(f"picture: {draw(e, plot, T)}")
    for warning in said:
        _say(f"warning: {warning.message}")


def main() -> None:
    """Entry point of the `femion` command."""
    sys.exit(guarded(app))


def guarded(action: Callable[[], object]) -> int:
    """Run `action`; turn every refusal into one sentence on rank 0 and an exit code."""
    try:
        action()
    except SystemExit as stop:  # typer's own: 0, or 2 for words it does not know
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except NotConverged as error:
        _say(f"{error}{_keep(error)}")
        return error.exit_code
    except FemionError as error:
        _say(str(error))
        return error.exit_code
    except Exception:
        _abort()
        raise
    return 0


def _keep(error: Any) -> str:
    """Write the last good state of a failed solve; says where it is."""
    if error.state is None:
        return ""
    from .io import save

    folder, number = LAST_STATE, 1
    while error.state.comm.bcast(folder.exists()):  # nothing is overwritten
        number += 1
        folder = LAST_STATE.with_name(f"{LAST_STATE.name}_{number}")
    save(error.state, folder)
    return f"; that state is kept in {folder}/"


def _say(text: str) -> None:
    if _rank() == 0:
        for line in text.split("\n"):
            print(f"femion: {line}", file=sys.stderr, flush=True)


def _rank() -> int:
    mpi = sys.modules.get("mpi4py.MPI")
    return int(mpi.COMM_WORLD.rank) if mpi else 0


def _abort() -> None:
    """An error on one rank only must not leave the others waiting."""
    import traceback

    mpi = sys.modules.get("mpi4py.MPI")
    if mpi and mpi.COMM_WORLD.size > 1:
        traceback.print_exc()
        sys.stderr.flush()
        mpi.COMM_WORLD.Abort(1)
