"""Where the time goes, and how near the linear solver is to what the memory can deliver.

The traffic is counted from below: 6 bytes per floating-point operation, those of a sparse matrix
(12 bytes per entry, two operations) that is read once. The bandwidth is that of w = x + a y.
"""

from common import medians, show, start, triad


def measure(dim, n):
    """Seconds by part from nothing to the solution, and share of the bandwidth."""
    import time

    begin = time.perf_counter()
    import models
    from petsc4py import PETSc

    import femion as fm
    from femion.solvers import Newton

    loaded = time.perf_counter() - begin
    PETSc.Log.begin()
    flops, before, after = [], Newton._before, Newton._after

    def started(self, *given):
        before(self, *given)
        flops.append(-PETSc.Log.getFlops())

    def ended(self, *given):
        after(self, *given)
        flops[-1] += PETSc.Log.getFlops()

    Newton._before, Newton._after = started, ended
    begin = time.perf_counter()
    problem = models.pnp(dim, n)
    ready = time.perf_counter() - begin - problem.timings["form compilation"]
    compilation = problem.timings["form compilation"]
    took = models.solved(problem, fm.FieldSplit())[1]
    work = sum(took[k] for k in ("guess", "assembly", "setup", "solve"))
    rate = 6 * sum(flops) / took["solve"] / 1e9
    return took | {
        "import": loaded,
        "ready": ready,
        "compilation": compilation,
        "rest": took["seconds"] - work,
        "GBs": rate,
        "triad": triad(),
    }


def report(quick):
    """Print the table and the sentence."""
    cases = [{"dim": d, "n": n} for d, n in ({2: 12, 3: 5} if quick else {2: 220, 3: 36}).items()]
    parts = ["import", "ready", "compilation", "guess", "assembly", "setup", "solve", "rest"]
    found = medians(__file__, cases)
    rows = [
        (
            f"{c['dim']}D",
            r["unknowns"],
            r["steps"],
            *(r[k] for k in parts),
            r["GBs"],
            r["triad"],
            f"{100 * r['GBs'] / r['triad']:.0f} %",
        )
        for c, r in zip(cases, found, strict=True)
    ]
    columns = ["", "unknowns", "steps", "import", "model, mesh", "load forms", "guess", "assembly"]
    columns += ["set-up", "solve", "rest", "GB/s", "triad GB/s", "share"]
    show("Seconds by part (forms were compiled before)", columns, rows)
    shares = " and ".join(f"{row[-1]} ({row[0]})" for row in rows)
    print(f"The solve reaches {shares} of the measured memory bandwidth, at the least.")


if __name__ == "__main__":
    start(__file__, measure, report)
