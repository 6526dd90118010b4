"""One answer on any number of ranks: each rank solves alone, then all solve together."""

import numpy as np
import pytest
from cases import electrode, electrode_model, membrane_model, stack
from mpi4py import MPI

import femion as fm


def numbers(solution):
    """Everything a user would quote."""
    outer = [s.where for s in solution.problem.sites if not s.interface]
    a = solution.audit
    out = [i for i in map(solution.current, outer) if abs(i) > 1e-14]  # a Bath passes none
    out += [n for f in a.flows.values() for n in f.values() if abs(n) > 1e-14]
    out += [
        *a.dissipation.values(),
        *a.interfaces.values(),
        *a.smallest_eigenvalue.values(),
        a.power_in,
    ]
    for block in solution.problem.phases:
        for i in block.species:
            out += solution.extremes(i, block.name) if i != "e-" else ()
    return np.array(out)


CASES = {
    "membrane": (membrane_model, stack, "right"),
    "electrode": (electrode_model, electrode, "collector"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("degree", [1, 2])
def test_same_answer_on_every_number_of_ranks(name, degree):
    model, geometry, terminal = CASES[name]
    alone = fm.solve(model(), geometry(), degree=degree, comm=MPI.COMM_SELF)
    together = fm.solve(model(), geometry(), degree=degree)
    assert together.potential(terminal) == pytest.approx(alone.potential(terminal), rel=1e-9)
    np.testing.assert_allclose(numbers(together), numbers(alone), rtol=1e-9)


def test_three_dimensions_on_every_number_of_ranks():
    um = 1e-6
    cell = fm.geometry.layers(
        {"left bath": 40 * um, "membrane": 20 * um, "channel": 60 * um},
        height=40 * um,
        depth=40 * um,
        h=10 * um,
        side="walls",
        side_names={"channel": "feed"},
    )
    model = membrane_model(current=1e-8)
    alone = fm.solve(model, cell, comm=MPI.COMM_SELF)
    together = fm.solve(model, cell, linear=fm.FieldSplit())
    assert together.potential("right") == pytest.approx(alone.potential("right"), rel=1e-9)
    np.testing.assert_allclose(numbers(together), numbers(alone), rtol=1e-9)
    assert alone.current("right") == pytest.approx(1e-8, rel=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_books_close(name):
    model, geometry, terminal = CASES[name]
    s = fm.solve(model(), geometry())
    a = s.audit
    assert max(a.imbalance.values()) < 1e-9
    assert a.charge_imbalance < 1e-9
    assert a.energy_imbalance < 1e-9
    assert all(p > 0 for p in a.dissipation.values())
    assert all(p >= 0 for p in a.interfaces.values())
    assert all(v > 0 for v in a.smallest_eigenvalue.values())
    control = s.site(terminal).constraints[0].control
    assert s.current(terminal) == pytest.approx(float(control.value), rel=1e-10)
    assert terminal in s.summary()
