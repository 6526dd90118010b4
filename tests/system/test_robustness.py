"""A sample of the map in benchmarks/robustness.py; what is said where there is no solution."""

import sys
from pathlib import Path

import pytest

import femion as fm
from femion.diagnose import largest_residual
from femion.solvers import Newton, steady

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import robustness

#: Cases that failed, or needed dozens of solves, with a rule of quadrature without vertices.
HARD = (
    "reversible/0/0",
    "kinetics/1/4",
    "metals/0/0",
    "membrane/3/0",
    "poisson/0/5",
    "acid and base/0/4",
)


@pytest.fixture(scope="module")
def sample():
    return [c for c in robustness.cases(6) if c.name.startswith(tuple(f"{h} " for h in HARD))]


@pytest.mark.parametrize("name", HARD)
def test_cold_starts_end_well(sample, name):
    chosen = [c for c in sample if c.name.startswith(f"{name} ")]
    assert len(chosen) >= 2
    for case in chosen:
        result, solution = robustness.run(case)
        assert result.good, (result.name, result.text)
        if solution:
            assert max(solution.audit.imbalance.values()) < 1e-6, result.name
        if case.then:
            result = robustness.run(case.then(solution))[0]
            assert result.good, (result.name, result.text)


def test_a_failure_names_field_place_and_term():
    domain = fm.mesh(fm.geometry.slab(1e-4, 10))
    M, A = fm.Species("M+", 1), fm.Species("A-", -1)
    water = fm.Medium([M, A], fm.Dilute({"M+": 1e-9, "A-": 2e-9}))
    electrode = {"reaction": "M -> M+ + e-", "equilibrium_potential": 0.0, "stored": ("M",)}
    laws = [
        fm.ButlerVolmer(where, exchange_current_density=1e3, terminal=fm.Potential(V), **electrode)
        for where, V in (("left", 0.0), ("right", 0.1))
    ]
    phase = fm.Phase("electrolyte", water, initial={"M+": 10.0, "A-": 10.0})
    problem = fm.Problem(fm.Model([phase], laws), domain)
    x = problem.numbering.vector()
    problem.guess(x)
    worst = largest_residual(problem, x)
    # the guess is uniform and at the potential of the left: all that is wrong is the right's rate
    assert (worst.phase, worst.term) == ("electrolyte", "term ButlerVolmer('right')")
    assert worst.field == "M+"
    assert worst.place.startswith("0.0001,")


def test_the_way_is_reported_and_pseudo_time_ends_at_the_same_state(sample):
    case = next(c for c in sample if c.name.startswith("membrane/3/0 ") and c.then is None)
    problem = fm.Problem(case.model, robustness.domain(case.shape))
    newton = Newton(problem)
    path = steady.steady(newton)
    assert path.converged
    assert len(path.knobs) == len(path.attempts)
    assert str(path).startswith("guess ")
    there = newton.x.copy()
    problem.drive = 0.9  # a solution some way off, and on from it by pseudo-time alone
    problem.refresh()
    assert newton.solve().converged
    problem.drive = 1.0
    problem.refresh()
    from femion.solvers.pseudo import march

    assert march(newton).converged
    there.axpy(-1.0, newton.x)
    assert there.norm(3) < 1e-6  # of RT/F, both to steps of 1e-8


def test_fixed_charges_come_back_after_a_continuation_in_them():
    domain = fm.mesh(fm.geometry.slab(1e-4, 10))
    M, A = fm.Species("M+", 1), fm.Species("A-", -1)
    resin = fm.Medium([M, A], fm.Dilute({"M+": 1e-9, "A-": 2e-9}))
    bath = {"M+": 10.0, "A-": 10.0}
    ends = [fm.DonnanReservoir(w, bath, potential=V) for w, V in (("left", 0.0), ("right", 0.1))]
    phase = fm.Phase("electrolyte", resin, fixed_charge=-100.0)
    problem = fm.Problem(fm.Model([phase], ends), domain)
    path = "phases.electrolyte.fixed_charge"
    problem.fixed.share = 0.25
    assert problem[path] == -25.0
    problem.fixed.share = 0.5
    assert problem[path] == -50.0
    problem[path] = -80.0  # what the user says is the whole
    assert (problem[path], problem.fixed.share) == (-80.0, 1.0)
    newton = Newton(problem)
    for knob in (steady.DRIVE, steady.CHARGE):
        knob[1](problem, 0.0)
    problem.refresh()
    problem.guess(newton.x)
    assert newton.solve().converged
    way = steady.Path()
    for knob in (steady.CHARGE, steady.DRIVE):
        assert steady._follow(newton, way, knob) == 1.0
    s = fm.Solution(problem, way, newton)
    assert problem[path] == -80.0
    assert s.donnan_potential("left") == pytest.approx(
        fm.solve(problem).donnan_potential("left"), rel=1e-9
    )
