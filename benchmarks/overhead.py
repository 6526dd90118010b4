"""femion beside the same equations hand-written in plain DOLFINx, with the same Newton and LU.

Same mesh, elements, quadrature, solver (plain.py) and first guess, which plain DOLFINx gets for
nothing. The goal: no more than 5 % slower.
"""

import tempfile

from common import medians, run, show, start

SALTS, VOLTS, SIZE = (1.0, 10.0), 0.25, 1e-7  # at both ends [mol/m3]; [V], [m]


def measure(who, dim, n, path=None):
    """Seconds per Newton step of one of the two; of "nobody", the first guess in a file."""
    import numpy as np

    import femion as fm
    from femion.solvers import Direct

    cube = fm.geometry.box3d((SIZE,) * 3, n) if dim == 3 else None
    geometry = cube or fm.geometry.slab(SIZE, n, cells_y=n, height=SIZE, ends=("x0", "x1"))
    domain = fm.mesh(geometry)
    if who == "plain":
        from plain import solve

        return solve(domain.mesh, SIZE, SALTS, VOLTS, np.load(path.format(dim, n)))
    from models import solved

    Na, Cl = fm.Species("Na+", 1), fm.Species("Cl-", -1)
    water = fm.Medium([Na, Cl], fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
    laws = [
        fm.Reservoir(end, {"Na+": c, "Cl-": c}, potential=volts)
        for end, c, volts in zip(("x0", "x1"), SALTS, (0.0, VOLTS), strict=True)
    ]
    model = fm.Model([fm.Phase("electrolyte", water)], laws, closure=fm.Poisson(78.36))
    problem = fm.Problem(model, domain)
    if who == "nobody":
        x = problem.numbering.vector()
        problem.guess(x)
        problem.push(x)
        np.save(path.format(dim, n), problem.blocks["electrolyte"].u.x.array)
        return {}
    solution, took = solved(problem, Direct())
    block = solution.problem.blocks["electrolyte"]
    return took | {"checksum": float(block.u.x.array[: block.owned].sum())}


def report(quick):
    """Print the table and the sentence."""
    sizes = {2: 12, 3: 4} if quick else {2: 150, 3: 20}
    rows, worst = [], 0.0
    folder = tempfile.TemporaryDirectory()
    for dim, n in sizes.items():
        case = {"dim": dim, "path": f"{folder.name}/{{}}-{{}}.npy"}
        for some in (n, 4):  # 4: what `medians` compiles the forms with
            run(__file__, case | {"who": "nobody", "n": some})
        a, b = medians(__file__, [case | {"who": w, "n": n} for w in ("femion", "plain")])
        each = [[r[k] / r["steps"] for k in ("assembly", "linear", "seconds")] for r in (
            a | {"linear": a["setup"] + a["solve"]}, b)]  # fmt: skip
        ratio = [x / y for x, y in zip(*each, strict=True)]
        step = sum(each[0][:2]) / sum(each[1][:2])
        worst = max(worst, step)
        difference = abs(a["checksum"] / b["checksum"] - 1)
        steps = f"{a['steps']:.0f} / {b['steps']:.0f}"
        memory = f"{a['peak_MB']:.0f} / {b['peak_MB']:.0f}"
        rows.append((f"{dim}D", b["unknowns"], steps, *ratio[:2], step, a["seconds"] / b["seconds"],
                     memory, difference))  # fmt: skip
    columns = ["", "unknowns", "Newton steps", "assembly", "linear solver", "step", "in all"]
    columns += ["peak MB", "difference"]
    show("Time of femion over that of plain DOLFINx", columns, rows)
    print(f"A Newton step of femion takes {worst:.2f} times that of plain DOLFINx, or less.")


if __name__ == "__main__":
    start(__file__, measure, report)
