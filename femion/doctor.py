"""Looks at the environment: what femion stands on, and whether each part of it works."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def main() -> int:
    """Print a line per question; 0 if all is well, 1 otherwise. Collective."""
    from mpi4py import MPI

    comm, wrong = MPI.COMM_WORLD, 0
    for name, ask in QUESTIONS.items():
        try:
            answer, good = ask(), True
        except Exception as error:  # whatever is broken is what is asked for
            answer, good = f"{type(error).__name__}: {error}".split("\n")[0], False
        good = bool(comm.allreduce(good, op=MPI.MIN))
        wrong += not good
        if comm.rank == 0:
            print(f"{'ok ' if good else 'BAD'}  {name:<10} {answer}", flush=True)
    if comm.rank == 0:
        print("all is well" if not wrong else f"{wrong} of {len(QUESTIONS)} do not work")
    return int(wrong > 0)


def _versions() -> str:
    from .case.origin import versions

    return ", ".join(f"{k} {v}" for k, v in versions().items())


def _ranks() -> str:
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    if comm.allreduce(1) != comm.size:
        raise RuntimeError("ranks do not hear each other")
    return f"{comm.size} rank(s) on {os.cpu_count()} core(s); OMP_NUM_THREADS {_threads()}"


def _threads() -> str:
    return os.environ.get("OMP_NUM_THREADS", "not set (1 is best)")


def _packages() -> str:
    from petsc4py import PETSc

    found = {n: PETSc.Sys.hasExternalPackage(n) for n in ("mumps", "hypre", "superlu_dist")}
    if not found["mumps"]:
        raise RuntimeError("PETSc has no MUMPS, the LU of small problems")
    return "LU by MUMPS; multigrid by GAMG" + (" and hypre" if found["hypre"] else ", no hypre")


def _meshing() -> str:
    import gmsh

    return f"gmsh {gmsh.__version__}"


def _solve() -> str:
    import time

    import femion as fm

    start = time.perf_counter()
    ions = [fm.Species("Na+", 1), fm.Species("Cl-", -1)]
    water = fm.Medium(ions, fm.Dilute({"Na+": 1.3e-9, "Cl-": 2e-9}))
    laws = [
        fm.Reservoir(where, {"Na+": c, "Cl-": c}, potential="0 V")
        for where, c in (("left", "1 mM"), ("right", "2 mM"))
    ]
    s = fm.solve(fm.Model([fm.Phase("electrolyte", water)], laws), fm.geometry.slab("100 um", 4))
    error = max(s.audit.imbalance.values())
    if not error < 1e-9:
        raise RuntimeError(f"a balance does not close: {error:.1e}")
    return f"a small cell in {time.perf_counter() - start:.1f} s, balances to {error:.0e}"


def _pictures() -> str:
    import pyvista
    from mpi4py import MPI

    if MPI.COMM_WORLD.rank:
        return ""
    with pyvista.vtk_verbosity("error"):
        plotter = pyvista.Plotter(off_screen=True, window_size=(64, 64))
        plotter.add_mesh(pyvista.Sphere(), color="black")
        image = plotter.screenshot(return_img=True)
        plotter.close()
    if image.min() == image.max():
        raise RuntimeError("off-screen rendering gives an empty picture")
    return f"off-screen, pyvista {pyvista.__version__}, VTK {pyvista.vtk_version_info}"


def _writing() -> str:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fenics"
    for folder in (Path.cwd(), cache):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    return f"{Path.cwd()} and {cache}"


QUESTIONS: dict[str, Callable[[], str]] = {
    "python": lambda: sys.version.split()[0] + " at " + sys.prefix,
    "versions": _versions,
    "mpi": _ranks,
    "solvers": _packages,
    "meshes": _meshing,
    "pictures": _pictures,
    "writing": _writing,
    "solve": _solve,
}
