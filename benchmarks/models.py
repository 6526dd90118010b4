"""The models that several benchmarks solve."""

import time

import femion as fm

IONS = {"Na+": (1, 1.334e-9, 1.0), "Cl-": (-1, 2.032e-9, 2.0), "Ca2+": (2, 0.792e-9, 0.5)}
SIZE, VOLTS, CONTRAST = 3e-7, 0.25, 10.0  # [m], [V] (10 RT/F), ratio of the baths
EPS_R, T = 78.36, 298.15
#: Concentrations of the left bath are those of IONS [mol/m3]: a Debye length of 5 nm there and of
#: 2 nm at the right.


def box(dim, n):
    """A square or a cube with n cells along each side, and the names of its ends."""
    if dim == 2:
        return fm.geometry.slab(SIZE, n, cells_y=n, height=SIZE), ("left", "right")
    return fm.geometry.box3d((SIZE,) * 3, n), ("x0", "x1")


def pnp(dim, n):
    """Poisson-Nernst-Planck of three ions between unlike baths, 10 RT/F apart."""
    geometry, ends = box(dim, n)
    species = [fm.Species(i, z) for i, (z, _, _) in IONS.items()]
    water = fm.Medium(species, fm.Dilute({i: D for i, (_, D, _) in IONS.items()}))
    laws = [
        fm.Reservoir(end, {i: share * c for i, (_, _, c) in IONS.items()}, potential=V)
        for end, share, V in zip(ends, (1.0, CONTRAST), (0.0, VOLTS), strict=True)
    ]
    model = fm.Model([fm.Phase("electrolyte", water)], laws, closure=fm.Poisson(EPS_R))
    return fm.Problem(model, fm.mesh(geometry))


def solved(problem, linear=None):
    """The solution, and what it took: seconds in all and by part, steps, Krylov iterations."""
    before = dict(problem.timings)
    begin = time.perf_counter()
    solution = fm.solve(problem, linear=linear)
    seconds = time.perf_counter() - begin
    parts = {k: v - before.get(k, 0.0) for k, v in problem.timings.items()}
    outcomes = [o for _, o in solution.path.attempts]
    krylov = [k for o in outcomes for k in o.linear_iterations]
    steps = sum(o.iterations for o in outcomes)
    work = [parts[k] for k in ("assembly", "linear set-up", "linear solve")]
    return solution, {
        "unknowns": problem.numbering.size[1],
        "steps": steps,
        "krylov": sum(krylov) / len(krylov),
        "seconds": seconds,
        "per_step": sum(work) / steps,
        "guess": parts["first guess"],
        "assembly": work[0],
        "setup": work[1],
        "solve": work[2],
    }
