"""Iterations of large flows: they should not grow with the mesh.

A developing flow in a duct, from a cold start; velocities by multigrid, pressures by their Schur
complement. Per mesh: the most iterations of a linear solve of the flow alone, and of the coupled
Newton steps, beside the processor time. `python benchmarks/flow.py` takes about a minute.
"""

import time

from rich.console import Console
from rich.table import Table

import femion as fm

MM, MU, RHO = 1e-3, 1e-3, 1000.0
CASES = [
    (2, 0, (8, 16, 32)),
    (2, 100, (8, 16, 32)),
    (3, 0, (3, 5, 7)),
    (3, 50, (3, 5, 7)),
]


def duct(dim, n):
    """A duct twice as long as it is high, n cells across."""
    if dim == 3:
        names = ("in", "out", "wall", "wall", "wall", "wall")
        return fm.geometry.box3d((2 * MM, MM, MM), (2 * n, n, n), region="duct", names=names)
    ends = ("in", "out")
    return fm.geometry.slab(
        2 * MM, 2 * n, height=MM, cells_y=n, region="duct", ends=ends, side="wall"
    )


def run(dim, Re, n):
    """(unknowns, most iterations alone, most iterations coupled, seconds)."""
    U = max(Re, 1) * MU / RHO / MM
    dye = fm.Species("dye", 0)
    medium = fm.Medium((dye,), fm.Dilute({"dye": 1e-9}))
    flow = fm.NavierStokes(MU, RHO) if Re else fm.Stokes(MU)
    lopsided = {"x": lambda x: 16 * U * (x[1] / MM) ** 2 * (1 - x[1] / MM), "y": 0.0}
    inlet = fm.Velocity("in", **lopsided, **({"z": 0.0} if dim == 3 else {}))
    laws = [fm.NoSlip("wall"), inlet, fm.Open("out")]
    laws += [fm.Bath(w, {"dye": 1.0}) for w in ("in", "out")]
    model = fm.Model([fm.Phase("duct", medium, flow=flow)], laws)
    problem = fm.Problem(model, fm.mesh(duct(dim, n)))
    start = time.process_time()
    s = fm.solve(problem, linear=fm.FieldSplit())
    seconds = time.process_time() - start
    coupled = [k for _, o in s.path.attempts for k in o.linear_iterations]
    return problem.numbering.size[1], max(s.path.settling), max(coupled), seconds


def main():
    """Print the table."""
    heads = ("dim", "Re", "cells across", "unknowns", "flow alone", "coupled", "cpu [s]")
    console = Console(width=100)
    for dim, Re, cells in CASES:
        table = Table(*heads)
        for n in cells:
            size, alone, coupled, seconds = run(dim, Re, n)
            row = (dim, Re, n, f"{size:,}", alone, coupled, f"{seconds:.1f}")
            table.add_row(*map(str, row))
        console.print(table)


if __name__ == "__main__":
    main()
