"""How iterations, time and memory grow from ten thousand to a million unknowns, and with ranks.

Poisson-Nernst-Planck of three ions and phi with the multigrid preset. The goals: Krylov
iterations per Newton step grow by less than 1.3, time per unknown by less than 1.5, no more than
3 kB per unknown in 3D, and two ranks 1.7 times as fast as one, or as the machine's memory.
"""

import os
from pathlib import Path

from common import medians, run, show, start, triad

PICTURE = Path(__file__).parent / "out" / "scaling.png"


def measure(dim=3, n=4, what="solve"):
    """One solution, or the memory bandwidth of all ranks at once."""
    from mpi4py import MPI

    if what == "triad":
        return {"GBs": MPI.COMM_WORLD.allreduce(triad())}
    import models

    import femion as fm

    return models.solved(models.pnp(dim, n), fm.FieldSplit())[1]


def report(quick):
    """Print tables and sentences, and draw the picture."""
    sizes = {2: (10, 16), 3: (4, 6)} if quick else {2: (50, 158, 500), 3: (13, 29, 62)}
    found = {}
    for dim, ns in sizes.items():
        found[dim] = [medians(__file__, [{"dim": dim, "n": n}], 1 if n == ns[-1] else 3)[0]
                      for n in ns]  # fmt: skip
    rows = [
        (
            f"{dim}D",
            r["unknowns"],
            r["steps"],
            r["krylov"],
            *(1e6 * r[k] / r["unknowns"] / r["steps"] for k in ("assembly", "setup", "solve")),
            1e6 * r["per_step"] / r["unknowns"],
            r["seconds"],
            r["peak_MB"] * 1024 / r["unknowns"],
        )
        for dim, rs in found.items()
        for r in rs
    ]
    columns = ["", "unknowns", "steps", "Krylov its", "assembly", "set-up", "solve", "step us/dof"]
    show("One rank", [*columns, "in all s", "kB/dof"], rows)
    ranks(found, sizes)
    for dim, rs in found.items():
        its, times = ([r[k] / s for r, s in zip(rs, by, strict=True)] for k, by in (
            ("krylov", [1] * len(rs)), ("per_step", [r["unknowns"] for r in rs])))  # fmt: skip
        memory = rs[-1]["peak_MB"] * 1024 / rs[-1]["unknowns"]
        print(f"{dim}D, {rs[0]['unknowns']:,.0f} to {rs[-1]['unknowns']:,.0f} unknowns: iterations "
              f"x {its[-1] / its[0]:.2f}, time per unknown x {times[-1] / times[0]:.2f}, "
              f"{memory:.1f} kB per unknown in the largest.")  # fmt: skip
    draw(found)
    print(f"The picture is in {PICTURE}.")


def ranks(found, sizes):
    """Two ranks beside one, of the middle size."""
    cores = len(os.sched_getaffinity(0))
    rows = []
    for dim, ns in sizes.items():
        k = len(ns) // 2
        one, two = found[dim][k], medians(__file__, [{"dim": dim, "n": ns[k]}], ranks=2)[0]
        gain = [one[p] / two[p] for p in ("assembly", "setup", "solve", "per_step")]
        rows.append((f"{dim}D", one["unknowns"], one["krylov"], two["krylov"], *gain))
    columns = ["", "unknowns", "its on 1", "its on 2", "assembly", "set-up", "solve", "step"]
    show(f"Two ranks: times faster than one ({cores} cores)", columns, rows)
    alone, both = (run(__file__, {"what": "triad"}, k)["GBs"] for k in (1, 2))
    print(f"Memory bandwidth: {alone:.1f} GB/s by one rank, {both:.1f} GB/s by two at once "
          f"(x {both / alone:.2f}); two ranks take steps {min(r[-1] for r in rows):.2f} times "
          "as fast as one, or better.")  # fmt: skip


def draw(found):
    """Time per unknown and iterations over the number of unknowns."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    for dim, rs in found.items():
        N = [r["unknowns"] for r in rs]
        axes[0].plot(N, [r["krylov"] for r in rs], "o-", label=f"{dim}D")
        axes[1].plot(N, [1e6 * r["per_step"] / r["unknowns"] for r in rs], "o-")
        axes[2].plot(N, [r["peak_MB"] * 1024 / r["unknowns"] for r in rs], "o-")
    names = ("Krylov iterations per Newton step", "time per unknown and step [µs]",
             "peak memory per unknown [kB]")  # fmt: skip
    for ax, name in zip(axes, names, strict=True):
        ax.set(xscale="log", xlabel="unknowns", title=name)
        ax.margins(y=0.12)
        ax.set_ylim(bottom=0)
    axes[0].legend()
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=150)


if __name__ == "__main__":
    start(__file__, measure, report)
