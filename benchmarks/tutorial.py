"""femion beside the tutorial way: concentrations as unknowns, default quadrature, MUMPS.

3D Poisson-Nernst-Planck of three ions and phi on the same mesh, from the same baths, per Newton
step and to the solution. The goals: 5, 15 and 40 times faster at 30, 100 and 300 thousand
unknowns.
"""

from common import medians, show, start

MOST_STEPS = 30


def measure(who, n, steps=MOST_STEPS):
    """Seconds of one of the two."""
    import models

    problem = models.pnp(3, n)
    if who == "femion":
        solution, took = models.solved(problem)
        return took | {"phi": solution.mean(lambda s: s.phi_hat, "electrolyte")}
    return by_the_book(problem.domain, steps)


def by_the_book(domain, most):
    """c_i and phi in a mixed space, SNES with MUMPS; seconds to the solution and of a step."""
    import time

    import basix.ufl
    import numpy as np
    import ufl
    from dolfinx import fem, mesh
    from dolfinx.fem.petsc import NonlinearProblem
    from models import CONTRAST, EPS_R, IONS, SIZE, VOLTS, T

    from femion.units import EPS0, F, R

    msh = domain.mesh
    P1 = basix.ufl.element("P", msh.basix_cell(), 1)
    V = fem.functionspace(msh, basix.ufl.mixed_element([P1] * (len(IONS) + 1)))
    u, v = fem.Function(V), ufl.TestFunctions(V)
    *c, phi = ufl.split(u)
    # concentrations in mol/m3, potentials over RT/F, rows of O(1)
    charge, flux = fem.Constant(msh, SIZE**3), fem.Constant(msh, 1e-9 * SIZE)
    eps = fem.Constant(msh, EPS_R * EPS0 * R * T / F**2)
    form = eps / charge * ufl.inner(ufl.grad(phi), ufl.grad(v[-1])) * ufl.dx
    for ci, vi, (z, D, _) in zip(c, v, IONS.values(), strict=False):
        form += -z * ci / charge * v[-1] * ufl.dx
        form += D / flux * ufl.inner(ufl.grad(ci) + z * ci * ufl.grad(phi), ufl.grad(vi)) * ufl.dx
    bcs, tdim = [], msh.topology.dim
    msh.topology.create_connectivity(tdim - 1, tdim)
    for x0, share, volts in ((0.0, 1.0, 0.0), (SIZE, CONTRAST, VOLTS)):
        facets = mesh.locate_entities_boundary(
            msh, tdim - 1, lambda x, x0=x0: np.isclose(x[0], x0, atol=1e-6 * SIZE)
        )
        values = [*(share * given for _, _, given in IONS.values()), volts * F / (R * T)]
        for k, value in enumerate(values):
            dofs = fem.locate_dofs_topological(V.sub(k), tdim - 1, facets)
            bcs.append(fem.dirichletbc(np.float64(value), dofs, V.sub(k)))
    for k, (_, _, given) in enumerate(IONS.values()):
        u.sub(k).interpolate(lambda x, given=given: np.full(x.shape[1], given))
    options = {
        "snes_type": "newtonls",
        "snes_linesearch_type": "basic",
        "snes_max_it": most,
        "snes_rtol": 1e-10,
        "snes_atol": 0.0,
        "ksp_type": "preonly",
        "pc_type": "lu",
        "pc_factor_mat_solver_type": "mumps",
    }
    problem = NonlinearProblem(
        form, u, bcs=bcs, petsc_options_prefix="tutorial_", petsc_options=options
    )
    begin = time.perf_counter()
    problem.solve()
    seconds, snes = time.perf_counter() - begin, problem.solver
    steps = snes.getIterationNumber()
    return {
        "unknowns": problem.x.getSize(),
        "steps": steps,
        "seconds": seconds,
        "per_step": seconds / max(steps, 1),
        "converged": float(snes.getConvergedReason() > 0),
        "phi": fem.assemble_scalar(fem.form(u[len(IONS)] * ufl.dx)) / SIZE**3,
    }


def report(quick):
    """Print the table and the sentence."""
    sizes = (4, 5) if quick else (19, 28, 41)
    rows, ratios = [], []
    for n in sizes:
        few = {"steps": 1} if n > 35 else {}  # MUMPS needs minutes for a step there
        cases = [{"who": "femion", "n": n}, {"who": "book", "n": n, **few}]
        a, b = medians(__file__, cases, repeats=1 if few else 3)
        row = [a[k] for k in ("unknowns", "steps", "krylov", "per_step", "seconds", "peak_MB")]
        if b:
            solved = b["seconds"] if b["converged"] else None
            times = b["per_step"] / a["per_step"]
            ratios.append(f"{times:.1f}")
            row += [b["steps"], b["per_step"], solved, b["peak_MB"], times]
            row += [solved and solved / a["seconds"], b["peak_MB"] / a["peak_MB"]]
            row += [b["phi"] - a["phi"] if solved else None]
        else:
            row += [None] * 8
        rows.append(row)
    columns = ["unknowns", "steps", "Krylov its", "s/step", "s", "MB"]
    columns += ["steps", "s/step", "s", "MB", "x per step", "x in all", "x memory", "phi"]
    show("femion (first columns) and the tutorial way (then), 3D", columns, rows)
    print(f"A Newton step of the tutorial way takes {', '.join(ratios)} times that of femion.")


if __name__ == "__main__":
    start(__file__, measure, report)
