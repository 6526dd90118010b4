"""`make bench`: what femion costs beside the same equations hand-written in plain DOLFINx.

One run, both solvers in turn, medians of three, same mesh, elements, quadrature, Newton and LU.
Prints ratios; the seconds are this machine's.
"""

import resource
import statistics
import time

from rich.console import Console
from rich.table import Table

import femion as fm

SALT, VOLTS, SIZE = 1.0, 0.1, 1e-7  # [mol/m3], [V], [m]: the Debye length is a tenth of the cell
MESHES = {
    "2D": fm.geometry.slab(SIZE, 120, cells_y=120, height=SIZE),
    "3D": fm.geometry.box3d((SIZE,) * 3, (14,) * 3),
}


def ours(domain):
    """Seconds of assembly and in all, steps and checksum, by femion."""
    Na, Cl = fm.Species("Na+", 1), fm.Species("Cl-", -1)
    water = fm.Medium([Na, Cl], fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
    salt = {"Na+": SALT, "Cl-": SALT}
    ends = ("left", "right") if "left" in domain.boundaries else ("x0", "x1")
    laws = [fm.Reservoir(end, salt, potential=V) for end, V in zip(ends, (0.0, VOLTS), strict=True)]
    model = fm.Model([fm.Phase("electrolyte", water)], laws, closure=fm.Poisson(78.36))
    problem = fm.Problem(model, domain)
    start = time.perf_counter()
    s = fm.solve(problem, linear=fm.Direct())
    seconds = time.perf_counter() - start
    block = problem.blocks["electrolyte"]
    checksum = domain.comm.allreduce(float(block.u.x.array[: block.owned].sum()))
    return problem.timings["assembly"], seconds, s.path.attempts[-1][1].iterations, checksum


def theirs(domain):
    """The same by hand."""
    from plain import solve

    return solve(domain.mesh, SIZE, SALT, VOLTS)


def main():
    """Print the table."""
    table = Table(
        "case",
        "unknowns",
        "Newton steps",
        "assembly ratio per step",
        "total ratio",
        "total [s]",
        "difference",
    )
    for name, geometry in MESHES.items():
        domain = fm.mesh(geometry)
        ours(domain), theirs(domain)  # compile and warm up
        pairs = [(ours(domain), theirs(domain)) for _ in range(3)]
        steps = pairs[0][1][2] / pairs[0][0][2]  # femion's first guess saves some
        ratio = [
            statistics.median(a[0] / b[0] for a, b in pairs) * steps,
            statistics.median(a[1] / b[1] for a, b in pairs),
        ]
        a, b = pairs[-1]
        nodes = domain.mesh.topology.index_map(0).size_global
        table.add_row(
            name,
            f"{3 * nodes:,}",
            f"{a[2]} / {b[2]}",
            f"{ratio[0]:.2f}",
            f"{ratio[1]:.2f}",
            " / ".join(f"{statistics.median(p[k][1] for p in pairs):.2f}" for k in (0, 1)),
            f"{abs(a[3] - b[3]) / abs(b[3]):.0e}",
        )
    if domain.comm.rank == 0:
        console = Console(width=110)
        console.print("femion / hand-written DOLFINx, medians of 3 in one run")
        console.print(table)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        console.print(f"peak memory of this process: {peak:.0f} MB")


if __name__ == "__main__":
    main()
