"""Commands about what runs leave, and about many of them: pictures, pages, studies."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import InputError

Folder = Annotated[Path, typer.Argument(help="results of `femion run case.toml`")]
Change = Annotated[list[str] | None, typer.Option("--set", help="key=value, beside the file's")]
Code = Annotated[bool, typer.Option("--allow-code", help="a case may run Python functions")]


def refuse_existing(*files: Path | None) -> None:
    """Nothing is overwritten unasked."""
    for file in files:
        if file is not None and file.exists():
            raise InputError(f"file {str(file)!r} exists; allowed: --overwrite, or another name")


def plot(
    folder: Folder,
    field: Annotated[
        str | None, typer.Option(help="species, phi, ..., 'streams current' (default: all)")
    ] = None,
    at: Annotated[str | None, typer.Option(help="a stored time, such as '3 s'")] = None,
    output: Annotated[Path | None, typer.Option("-o", help="png, pdf, svg; gif, mp4")] = None,
    clip: Annotated[str | None, typer.Option(help="cut a 3D domain open: x, -x, ..., z")] = None,
    line: Annotated[bool, typer.Option("--line", help="along x, through the middle")] = False,
    movie: Annotated[bool, typer.Option("--movie", help="over all times: gif, mp4")] = False,
    scene: Annotated[bool, typer.Option("--scene", help="a page to turn it in, .html")] = False,
    overwrite: Annotated[bool, typer.Option(help="replace the file of -o")] = False,
) -> None:
    """Draw the stored fields and series of a run again; nothing is computed."""
    if field is None and ((output and not scene) or clip or at or line or movie):
        raise InputError("-o, --at, --clip, --line, --movie without --field; allowed: with it")
    if scene and (clip or at or line or movie):
        raise InputError("--scene with --at, --clip, --line, --movie; allowed: alone")
    if movie and (at or line):
        raise InputError("--movie with --at or --line; allowed: one of them")

    def draw() -> list[Path]:
        from .io.results import load

        found = load(folder)
        if not overwrite:
            refuse_existing(output)
        if scene:
            return [_scene(found, field, output)]
        return list(_drawn(found, field, at, output, (clip, line, movie)))

    for file in _on_first(draw):
        _print(f"picture: {file}")


def _scene(found: Any, field: str | None, output: Path | None) -> Path:
    """The interactive scene, beside report.html unless said otherwise."""
    from .io.run_folder import note
    from .plot import interactive, stored

    if output is None:
        note(found.folder, "scene.html")
    pieces, sheets, titles = stored.scene(found, None if field is None else [field])
    return interactive.write(pieces, sheets, titles, output or found.folder / "scene.html")


def _drawn(
    found: Any, field: str | None, at: str | None, output: Path | None, how: tuple[Any, ...]
) -> Iterator[Path]:
    """Files, as they are drawn."""
    from .case.settings import VECTORS
    from .io.run_folder import note
    from .plot import stored

    folder, (clip, line, movie) = found.folder / "pictures", how
    if output is None:
        note(found.folder, "pictures")
    if field is None:
        for name, draw in stored.pictures(found).items():
            yield draw(folder / f"{name}.png")
        return
    marks, _, vector = field.partition(" ")
    if marks in VECTORS and any(how):
        raise InputError(f"--field '{field}' with --clip, --line or --movie; allowed: --at, -o")
    words = [
        field,
        "line" * line,
        "movie" * movie,
        f"cut {clip}" if clip else "",
        f"at {at}" if at else "",
    ]
    stem = "_".join(w for w in words if w).replace(" ", "_").replace("/", "_")
    file = output or folder / f"{stem}.{'gif' if movie else 'png'}"
    if movie:
        yield stored.movie(found, field, file, clip=clip)
    elif line:
        yield stored.profile(found, [field], file, at=at)
    elif marks in VECTORS:
        yield stored.vector(found, marks, vector, file, at=at)
    else:
        yield stored.field(found, field, file, at=at, clip=clip)


def report(folder: Folder) -> None:
    """Write report.html of a run, with pictures: one file that any browser shows."""

    def write() -> Path:
        from .io.results import load
        from .io.run_folder import note
        from .report import page

        found = load(folder)
        note(folder, page.NAME, "pictures")
        return page.write(found)

    _print(f"report: {_on_first(write)}")


def resume(folder: Folder, allow_code: Code = False) -> None:
    """Go on with a run that was stopped, from its newest checkpoint, on any number of ranks."""
    from .io.run_folder import summary_of

    summary = _on_first(lambda: summary_of(folder))
    if summary is None:
        raise InputError(f"folder '{folder}' is no run of femion; allowed: the folder of a run")
    if summary["status"] == "done":
        _print(f"the run in {folder}/ is finished; nothing is left to do")
        return
    from .case import load, read
    from .case.run import run

    case = read(load(folder / "case.toml"), allow_code)
    if case.checkpoint is None:
        raise InputError(
            f"the run in '{folder}' keeps no checkpoints; allowed: a case with [checkpoint], or "
            "`femion run` from the start"
        )
    _print(f"results: {run(case, folder, resume=True)}/")


def schema(
    study: Annotated[bool, typer.Option("--study", help="of files for `femion sweep`")] = False,
    own: Annotated[bool, typer.Option("--own", help="without plug-ins of other packages")] = False,
) -> None:
    """Print the JSON Schema of case files, with all plug-ins, for editors."""
    import json

    from .case import schema as of_cases
    from .study import schema as of_studies

    made = of_studies.schema() if study else of_cases.schema(foreign=not own)
    _print(json.dumps(made, indent=1, ensure_ascii=False))


def sweep(
    file: Annotated[Path, typer.Argument(help="a study (.toml)")],
    output: Annotated[Path | None, typer.Option("-o", help="folder of the results")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="run again what failed")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="list the cases, run none")] = False,
    scheduler: Annotated[str, typer.Option(help="address of a scheduler of Dask")] = "",
    allow_code: Code = False,
) -> None:
    """Run a case with many values; the same command goes on after whatever ended it."""
    from mpi4py import MPI

    from .case import load
    from .study import plan, read
    from .study import sweep as run

    if MPI.COMM_WORLD.size > 1:
        raise InputError("sweep under mpiexec; allowed: `ranks` in the study, for each of its runs")
    study, folder = read(load(file)), output or Path(f"{file.stem}_results")
    if dry_run:
        plan.validate(made := plan.planned(study), allow_code, mesh=False)
        for k, row in enumerate(made.rows):
            print(f"{k + 1:04d}  {'  '.join(plan.words(row))}")
        return
    table = run(study, folder, retry=retry, allow_code=allow_code, scheduler=scheduler)
    counts = Counter(o.status for o in table.outcomes if o)
    told = ", ".join(f"{counts[s]} {s}" for s in ("done", "no solution", "failed") if counts[s])
    print(f"{len(table.outcomes)} cases: {told}; table: {folder}/table.csv")


def _on_first(action: Callable[[], Any]) -> Any:
    """What an action gives on the first rank, told to all, as is its failure."""
    from mpi4py import MPI

    from .plot.gather import on_root

    return on_root(MPI.COMM_WORLD, action)


def _print(text: str) -> None:
    mpi = sys.modules.get("mpi4py.MPI")
    if mpi is None or mpi.COMM_WORLD.rank == 0:
        print(text)
