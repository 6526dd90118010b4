"""What the benchmarks share: each case in a process of its own, in turn, medians, a table.

A benchmark is a file with `measure(**case) -> {name: number}`, which runs in the process of its
case, and a `main` that calls `start`. Only ratios of one run mean anything.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
LIMIT = 900  # [s] for one case
MARK = "RESULT "


def start(file, measure, report):
    """Command line of a benchmark: measure one case, or report on all."""
    parser = argparse.ArgumentParser(description=sys.modules[measure.__module__].__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run at all?")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case is None:
        report(options.quick)
        return
    result = measure(**json.loads(options.case))
    from mpi4py import MPI

    peaks = MPI.COMM_WORLD.gather(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    if MPI.COMM_WORLD.rank == 0:
        print(MARK + json.dumps(result | {"peak_MB": sum(peaks)}), flush=True)


def run(file, case, ranks=1):
    """Numbers of one case, measured in a process of its own; None if it failed."""
    root = Path(file).resolve().parent
    command = [sys.executable, *(["-m", "mpi4py"] if ranks > 1 else []), str(Path(file).resolve())]
    command = ["mpiexec", "-n", str(ranks), *command] if ranks > 1 else command
    paths = [str(root.parent), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    try:
        done = subprocess.run(
            [*command, "--case", json.dumps(case)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        print(f"{case}: more than {LIMIT} s", file=sys.stderr)
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not lines:
        tail = (done.stderr or done.stdout).strip().splitlines()[-1:]
        print(f"{case}: {' '.join(tail)}", file=sys.stderr)
        return None
    return json.loads(lines[-1].removeprefix(MARK))


def medians(file, cases, repeats=3, ranks=1):
    """Medians of cases that are run in turn, `repeats` times over; forms are compiled before.

    A case that was slow (over two minutes) or failed is not repeated.
    """
    found = [[] for _ in cases]
    for case in cases:
        run(file, case | {"n": 4}, ranks)
    for _ in range(repeats):
        for case, results in zip(cases, found, strict=True):
            stop = results and (results[-1] is None or results[-1].get("seconds", 0) > 120)
            if not stop:
                results.append(run(file, case, ranks))
    good = [[r for r in results if r] for results in found]
    return [{k: statistics.median(r[k] for r in rs) for k in rs[0]} if rs else None for rs in good]


def show(title, columns, rows):
    """A table on the screen."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*(text(value) for value in row))
    Console(width=130).print(table)


def text(value):
    """A number to three digits."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def triad(n=20_000_000):
    """Memory bandwidth of w = x + a y over long vectors [GB/s], median of five, of this rank.

    All ranks begin together each time. Collective.
    """
    import time

    import dolfinx_solver  # noqa: F401
    from mpi4py import MPI
    from petsc4py import PETSc

    x, y, w = (PETSc.Vec().createSeq(n) for _ in range(3))
    for v in (x, y, w):
        v.set(1.0)
    rates = []
    for _ in range(5):
        MPI.COMM_WORLD.Barrier()
        begin = time.perf_counter()
        w.waxpy(0.5, x, y)
        rates.append(24 * n / (time.perf_counter() - begin) / 1e9)
    return statistics.median(rates)
