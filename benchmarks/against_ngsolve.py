"""femion beside NGSolve: same equations, unknowns, mesh, order and tolerance.

NGSolve is used if the Python in NGSOLVE_PYTHON (or this one) can import it, for instance of
    python -m venv /tmp/ngs && /tmp/ngs/bin/pip install ngsolve
    NGSOLVE_PYTHON=/tmp/ngs/bin/python python benchmarks/against_ngsolve.py
The goal: faster from a hundred thousand unknowns, in 2D and 3D.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from common import MARK, medians, run, show, start

PYTHON = os.environ.get("NGSOLVE_PYTHON", sys.executable)
PEER = Path(__file__).with_name("ngs_peer.py")
SOLVERS = ("pardiso", "umfpack", "amg")  #: direct ones if this build has them, and multigrid
PATIENCE = 300  # [s] for one solution of NGSolve, of which compiling its forms takes 40
KEYS = ("unknowns", "steps", "krylov", "per_step", "seconds", "peak_MB")


def measure(dim, n, path=None):
    """Seconds of femion; with a path, what NGSolve needs is left there instead."""
    import models

    if path is not None:
        return left(path, dim, n)
    solution, took = models.solved(models.pnp(dim, n))
    block = solution.problem.blocks["electrolyte"]
    phi = block.u.x.array[block.component["phi"] :: block.bs]
    return took | {"phi": float(phi.mean())}


def left(path, dim, n):
    """The mesh, the scales and femion's first guess for the peer, in a file."""
    import models
    import numpy as np
    from dolfinx.mesh import entities_to_geometry, exterior_facet_indices

    from femion.thermo import C_REF
    from femion.units import EPS0, F, R

    problem = models.pnp(dim, n)
    first = problem.numbering.vector()
    problem.guess(first)
    problem.push(first)
    block = problem.blocks["electrolyte"]
    mesh, tdim = block.mesh, problem.domain.tdim
    x, cells = mesh.geometry.x, mesh._cpp_object.geometry.dofmaps[0]
    start = np.empty((len(x), block.bs))
    start[cells] = block.u.x.array.reshape(-1, block.bs)[block.V.dofmap.list]
    mesh.topology.create_connectivity(tdim - 1, tdim)
    outer = entities_to_geometry(mesh, tdim - 1, exterior_facet_indices(mesh.topology))
    at = x[outer, 0] / models.SIZE
    first, last = (at < 1e-6).all(axis=1), (at > 1 - 1e-6).all(axis=1)
    facets = {"x0": outer[first], "x1": outer[last], "sides": outer[~first & ~last]}
    z, D, _ = (np.array(v) for v in zip(*models.IONS.values(), strict=True))
    np.savez(
        path,
        points=x[:, :tdim],
        cells=cells,
        z=z,
        D=D,
        eps=models.EPS_R * EPS0 * R * models.T / F**2 / C_REF,
        charge=models.SIZE**tdim,
        flux=1e-9 * models.SIZE ** (tdim - 2),
        start=start,
        **facets,
    )
    return {}


def peer(path, how):
    """Numbers of NGSolve in a process of its own; None if it failed."""
    command = [PYTHON, str(PEER), f'{{"path": "{path}", "how": "{how}"}}']
    environment = os.environ | {"PATH": f"{Path(PYTHON).parent}:{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=Path(path).parent,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return None
    found = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if not found:
        print(how, *done.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return None
    return json.loads(found[-1].removeprefix(MARK))


def median(path, found):
    """Seconds per Newton step of the quickest solver, which runs twice more."""
    best = min(found, key=lambda how: found[how]["seconds"])
    runs = [found[best], *(peer(path, best) for _ in range(2))]
    return statistics.median(r["per_step"] for r in runs if r)


def report(quick):
    """Print the table and the sentence."""
    if subprocess.run([PYTHON, "-c", "import ngsolve"], capture_output=True).returncode:
        print(f"NGSolve is not installed for {PYTHON} (see NGSOLVE_PYTHON): nothing to compare.")
        return
    sizes = {2: (12,)} if quick else {2: (158, 280), 3: (29, 36)}
    ratios = []
    columns = ["", "", "unknowns", "steps", "its/step", "s/step", "s in all", "peak MB"]
    for dim, n in ((d, n) for d, ns in sizes.items() for n in ns):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/mesh.npz"
            run(__file__, {"dim": dim, "n": n, "path": path})
            ours = medians(__file__, [{"dim": dim, "n": n}])[0]
            theirs = {how: peer(path, how) for how in SOLVERS}
            theirs = {how: r for how, r in theirs.items() if r and r["converged"]}
            size = f"({dim}D, {ours['unknowns']:,.0f})"
            if theirs:
                ratio = median(path, theirs) / ours["per_step"]
                ratios.append(f"{ratio:.1f} {size}")
            else:
                print(f"None of NGSolve's solvers ended in {PATIENCE:.0f} s {size}.")
        rows = [
            (f"{dim}D", name, *(r[k] for k in KEYS), r["phi"] - ours["phi"])
            for name, r in (("femion", ours), *theirs.items())
        ]
        show("femion and NGSolve's solvers", [*columns, "difference of phi"], rows)
    if ratios:
        print(f"A Newton step of NGSolve's best takes {', '.join(ratios)} times femion's.")


if __name__ == "__main__":
    start(__file__, measure, report)
