"""`python benchmarks/quadrature.py`: the error that the rule of quadrature makes, and its cost.

A Debye layer (1:1 salt, 100 mV, a tenth of the cell thick) on meshes of growing fineness: the
current and the charge by each rule beside those by degree 16 on the same mesh (what the rule
does), and those beside the finest mesh (what the mesh does anyway). Assembly time of the
Jacobian over that of femion's own choice.
"""

import time

import femion as fm
from femion.errors import NotConverged
from femion.solvers import Newton
from femion.solvers.steady import steady

SALT, VOLTS, SIZE = 1.0, 0.1, 1e-7
EXACT = 16


def problem(cells: int, degree: int, quadrature: int) -> fm.Problem:
    """The cell on a mesh."""
    Na, Cl = fm.Species("Na+", 1), fm.Species("Cl-", -1)
    water = fm.Medium([Na, Cl], fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
    salt = {"Na+": SALT, "Cl-": SALT}
    laws = [
        fm.DonnanReservoir("left", salt, potential=0.0),
        fm.DonnanReservoir("right", {"Na+": 10 * SALT, "Cl-": 10 * SALT}, potential=VOLTS),
    ]
    phase = fm.Phase("electrolyte", water, fixed_charge=-5 * SALT)
    slab = fm.geometry.slab(SIZE, cells, cells_y=1, height=SIZE / 10)
    return fm.Problem(fm.Model([phase], laws, fm.Poisson()), fm.mesh(slab), degree, quadrature)


def solved(cells: int, degree: int, quadrature: int) -> tuple[float, float]:
    """(current [A/m], seconds of one Jacobian)."""
    p = problem(cells, degree, quadrature)
    newton = Newton(p)
    s = fm.Solution(p, steady(newton), newton)
    best = 1e9
    for _ in range(5):
        start = time.perf_counter()
        p.jacobian(newton.x, newton.A)
        best = min(best, time.perf_counter() - start)
    return s.current("right"), best


def main() -> None:
    """Print the table."""
    print(f"{'element':<9}{'cells':>6}{'rule':>6}{'by the rule':>13}{'by the mesh':>13}{'time':>7}")
    for degree, cells in ((1, (20, 80, 320)), (2, (10, 40, 160))):
        finest = solved(1000, degree, EXACT)[0]
        for n in cells:
            exact = solved(n, degree, EXACT)[0]
            own = 2 * degree
            base = solved(n, degree, own)[1]
            for q in (own, 4, 8, EXACT)[degree - 1 :]:
                try:
                    current, seconds = solved(n, degree, q)
                except (NotConverged, fm.FemionError) as error:
                    print(f"P{degree:<8}{n:>6}{q:>6}  {error}")
                    continue
                rule, mesh = abs(current / exact - 1), abs(exact / finest - 1)
                ratio = seconds / base
                print(f"P{degree:<8}{n:>6}{q:>6}{rule:>13.1e}{mesh:>13.1e}{ratio:>7.2f}")


if __name__ == "__main__":
    main()
