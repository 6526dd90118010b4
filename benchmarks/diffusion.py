"""Multi-species diffusion with reactions in 3D as in FESTIM: 4 species, 276 thousand unknowns.

Two species react to two others in a cube between two walls. Published practice (multi-species
diffusion in FESTIM with tuned multigrid) needs about 49 s; the goal is 25 s.
"""

from common import medians, show, start

PUBLISHED, GOAL = 49.0, 25.0  # [s]
SIZE = 1e-3  # [m]


def measure(n):
    """Seconds from the model to the solution, mesh included."""
    import time

    import models

    import femion as fm

    begin = time.perf_counter()
    D = {"A": 1.0e-9, "B": 2.0e-9, "C": 0.5e-9, "E": 1.5e-9}
    water = fm.Medium([fm.Species(i, 0) for i in D], fm.Dilute(D))
    reaction = fm.MassAction("A + B -> C + E", 2.0, forward=1e-3)
    phase = fm.Phase("electrolyte", water, reactions=[reaction])
    ends = {"x0": (10.0, 10.0, 1.0, 1.0), "x1": (1.0, 1.0, 2.0, 2.0)}
    laws = [fm.Bath(w, dict(zip(D, c, strict=True))) for w, c in ends.items()]
    problem = fm.Problem(fm.Model([phase], laws), fm.mesh(fm.geometry.box3d((SIZE,) * 3, n)))
    ready = time.perf_counter() - begin
    took = models.solved(problem)[1]
    return took | {"seconds": ready + took["seconds"], "ready": ready}


def report(quick):
    """Print the table and the sentence."""
    n = 6 if quick else 40
    found = medians(__file__, [{"n": n}])[0]
    nodes = (n + 1) ** 3
    keys = ["unknowns", "steps", "krylov", "ready", "guess", "assembly", "setup", "solve"]
    keys += ["seconds", "peak_MB"]
    columns = ["nodes x 4", "unknowns", "steps", "Krylov its", "model and mesh s", "guess s"]
    columns += ["assembly s", "set-up s", "solve s", "in all s", "peak MB"]
    show("Four reacting species in 3D", columns, [(4 * nodes, *(found[k] for k in keys))])
    from importlib.util import find_spec

    print(f"FESTIM is {'' if find_spec('festim') else 'not '}installed here.")
    took = f"{4 * nodes:,} concentrations in {found['seconds']:.1f} s"
    if quick:
        print(f"{took}: too small to compare.")
    else:
        ratio = PUBLISHED / found["seconds"]
        print(
            f"{took}, {ratio:.1f} times faster than the {PUBLISHED:.0f} s published for another "
            f"machine (goal: {GOAL:.0f} s)."
        )


if __name__ == "__main__":
    start(__file__, measure, report)
