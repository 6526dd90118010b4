"""femion beside the same equations hand-written in plain DOLFINx, with the same Newton and LU.

Same mesh, elements, quadrature and solver (plain.py). The goal: no more than 5 % slower.
"""

from common import medians, show, start

SALT, VOLTS, SIZE = 1.0, 0.1, 1e-7  # [mol/m3], [V], [m]: the Debye length is a tenth of the cell


def measure(who, dim, n):
    """Seconds per Newton step of one of the two."""
    import femion as fm
    from femion.solvers import Direct

    cube = fm.geometry.box3d((SIZE,) * 3, n) if dim == 3 else None
    geometry = cube or fm.geometry.slab(SIZE, n, cells_y=n, height=SIZE, ends=("x0", "x1"))
    domain = fm.mesh(geometry)
    if who == "plain":
        from plain import solve

        return solve(domain.mesh, SIZE, SALT, VOLTS)
    from models import solved

    Na, Cl = fm.Species("Na+", 1), fm.Species("Cl-", -1)
    water = fm.Medium([Na, Cl], fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
    salt = {"Na+": SALT, "Cl-": SALT}
    laws = [fm.Reservoir("x0", salt, potential=0.0), fm.Reservoir("x1", salt, potential=VOLTS)]
    model = fm.Model([fm.Phase("electrolyte", water)], laws, closure=fm.Poisson(78.36))
    solution, took = solved(fm.Problem(model, domain), Direct())
    block = solution.problem.blocks["electrolyte"]
    return took | {"checksum": float(block.u.x.array[: block.owned].sum())}


def report(quick):
    """Print the table and the sentence."""
    sizes = {2: 12, 3: 4} if quick else {2: 150, 3: 20}
    rows, worst = [], 0.0
    for dim, n in sizes.items():
        a, b = medians(__file__, [{"who": w, "dim": dim, "n": n} for w in ("femion", "plain")])
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
