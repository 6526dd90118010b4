"""Group solvers: different linear solvers give the same answer."""

from collections.abc import Iterator

import femion as fm

from . import bench
from .check import Check
from .registry import case
from .tables import Tables


@case("linear-solvers-agree", "solvers")
def linear_solvers(tables: Tables) -> Iterator[Check]:
    """MUMPS and multigrid by fields on the same membrane: voltage and leakage.

    Newton stops when its last step is below 1e-8 RT/F and converges quadratically there, so the
    two may differ by the accuracy of the linear solves only.
    """
    um = bench.UM
    parts = {"film": 50 * um, "membrane": 50 * um}
    water, resin = bench.nacl(), bench.nacl(0.1)
    salt = bench.salt(100.0)
    model = fm.Model(
        [fm.Phase("film", water), fm.Phase("membrane", resin, fixed_charge=-1000.0)],
        [
            fm.Reservoir("left", salt, potential=0.0),
            fm.Donnan("film|membrane"),
            fm.DonnanReservoir("right", salt, current_density=-100.0),
        ],
    )
    shape = fm.geometry.layers(parts, height=25 * um, h=5 * um, first_cell=um, cells_y=5)
    direct, split = (
        fm.solve(model, shape, degree=1, linear=kind) for kind in (fm.Direct(), fm.FieldSplit())
    )
    V = [s.potential("right") for s in (split, direct)]
    yield Check("voltage", V[0], V[1], "V", 1e-8, "Direct")
    N = [s.flow("Cl-", "film|membrane") for s in (split, direct)]
    yield Check("co-ion leakage", N[0], N[1], "mol/(m s)", 1e-8, "Direct")
