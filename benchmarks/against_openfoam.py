"""femion beside OpenFOAM: wall concentration in a channel with a filament, accuracy over time.

Re = u H/nu = 50, Sc = 600, a given flux of salt through both walls: what both codes can do.
OpenFOAM (simpleFoam and scalarTransportFoam, second-order upwind, on hexahedra graded to walls
and filament) is used where it is found (Debian: apt install openfoam), else this says so. Both
are compared with femion's quadratic elements on a fine mesh: means of the wall's concentration
over twelfths of the length. Processor time of one core, form compilation excluded.
"""

import itertools
import math
import sys
import time

import foam_peer
import numpy as np
from common import medians, run, show, start

H = 1e-3
CASE = {"H": H, "diameter": H / 2, "at": 2 * H, "length": 6 * H, "u": 0.05, "nu": 1e-6}
CASE |= {"D": 1e-6 / 600, "c": 100.0, "flux": 2e-3, "grading": 6.0}
SIZES = {"femion": (1, 2, 3), "OpenFOAM": (8, 16, 24, 32)}
FINEST = {"femion": {"fine": 3, "degree": 2}, "OpenFOAM": {"fine": 32}}
QUICK = {"femion": {"fine": 2}, "OpenFOAM": {"fine": 16}}  #: stands for it in a trial
EQUAL = 0.02  #: how far apart the finest of both may be
GOALS = (0.02, 0.01)  #: accuracies of the wall concentration that are timed


def measure(code, fine=1, degree=1, n=None):
    """Wall concentrations by twelfths, and the time they took."""
    if code == "OpenFOAM":
        x, c, cpu, wall, cells = foam_peer.run(CASE, 4 if n else fine)
        area = np.ones(len(x))  # cells of one width within a twelfth, or nearly
    else:
        x, c, area, cpu, wall, cells = femion(1 if n else fine, degree)
    edges = np.linspace(0, CASE["length"], 13)
    inside = [(x >= a) & (x < b) for a, b in itertools.pairwise(edges)]
    means = {f"c{k}": float(np.average(c[i], weights=area[i])) for k, i in enumerate(inside)}
    return means | {"cpu": cpu, "seconds": wall, "unknowns": cells}


def femion(fine, degree):
    """(x, wall concentration, length of facets, cpu and wall time, unknowns)."""
    import femion as fm

    p = CASE
    shape = fm.geometry.spacer_channel(
        "submerged",
        height=H,
        diameter=p["diameter"],
        spacing=2 * H,
        filaments=1,
        before=H,
        behind=3 * H,
        first_cell=0.02 * H / fine,
        growth=1.5 ** (1 / fine),
        h=0.15 * H / fine,
        layer=0.07 * H,
        h_wall=0.06 * H / fine,
    )

    def parabola(x):
        return 6 * p["u"] * x[1] * (H - x[1]) / H**2

    salt = fm.Medium((fm.Species("salt", 0),), fm.Dilute({"salt": p["D"]}))
    flow = fm.NavierStokes(1e3 * p["nu"], density=1e3)
    laws = [fm.Velocity("inlet", x=parabola, y=0.0), fm.Open("outlet")]
    laws += [fm.NoSlip(w) for w in ("bottom", "top", "spacer")]
    laws += [fm.Flux(w, {"salt": p["flux"]}) for w in ("bottom", "top")]
    laws += [fm.Bath("inlet", {"salt": p["c"]}), fm.Outflow("outlet")]
    model = fm.Model([fm.Phase("channel", salt, flow=flow, initial={"salt": p["c"]})], laws)
    begin, used = time.perf_counter(), time.process_time()
    problem = fm.Problem(model, fm.mesh(shape), degree)
    compiling = problem.timings["form compilation"]
    s = fm.solve(problem)
    cpu, wall = time.process_time() - used, time.perf_counter() - begin - compiling
    found = fm.metrics.along(s, "bottom", {"c": lambda q: q.c["salt"]})
    size = problem.numbering.size[1]
    return found["x"], found["c"], found["area"], cpu, wall, size


def wall(result):
    """The wall's concentrations by twelfths."""
    return np.array([result[f"c{k}"] for k in range(12)])


def time_to(goal, rows):
    """Time at which the error is `goal`, on the line through logarithms; inf if it never is."""
    points = sorted((math.log(e), math.log(t)) for e, t in rows)
    if points[0][0] > math.log(goal):
        return math.inf
    return math.exp(np.interp(math.log(goal), *zip(*points, strict=True)))


def report(quick):
    """Print the tables; fail where the two differ by more than EQUAL."""
    if foam_peer.found() is None:
        print("OpenFOAM was not found (blockMesh, simpleFoam, WM_PROJECT_DIR); nothing to compare")
        return
    finest = {
        code: run(__file__, {"code": code} | case)
        for code, case in (QUICK if quick else FINEST).items()
    }
    truth = wall(finest["femion"])
    apart = float(abs(wall(finest["OpenFOAM"]) / truth - 1).max())
    rows, curves = [], {}
    for code, sizes in SIZES.items():
        cases = [{"code": code, "fine": k} for k in (sizes[:1] if quick else sizes)]
        for k, r in zip(sizes, medians(__file__, cases), strict=False):
            error = float(abs(wall(r) / truth - 1).max())
            rows.append((code, k, r["unknowns"], error, r["cpu"], r["seconds"]))
            curves.setdefault(code, []).append((error, r["cpu"]))
    show(
        "Wall concentration beside a filament, Sc = 600",
        ("code", "size", "unknowns or cells", "largest error", "cpu [s]", "wall [s]"),
        rows,
    )
    print(f"finest meshes differ by {apart:.2%} (at most {EQUAL:.0%} is asked)")
    for goal in () if quick else GOALS:
        times = {code: time_to(goal, curve) for code, curve in curves.items()}
        each = ", ".join(f"{code} {t:.3g} s" for code, t in times.items())
        print(f"cpu to {goal:.0%}: {each}; ratio {times['OpenFOAM'] / times['femion']:.3g}")
    if apart > EQUAL:
        sys.exit(1)


if __name__ == "__main__":
    start(__file__, measure, report)
