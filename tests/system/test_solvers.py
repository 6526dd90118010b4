"""The Jacobian is the derivative, presets agree, parameters compile nothing."""

import numpy as np
import pytest
from cases import electrode, electrode_model, membrane_model, stack

import femion as fm
from femion.solvers import Direct, FieldSplit, Newton

CASES = {"membrane": (membrane_model, stack), "electrode": (electrode_model, electrode)}


@pytest.mark.parametrize("name", CASES)
def test_jacobian_is_the_derivative_of_the_residual(name):
    model, geometry = CASES[name]
    problem = fm.Problem(model(), fm.mesh(geometry()))
    x = problem.numbering.vector()
    problem.guess(x)
    v, plus, minus = (x.duplicate() for _ in range(3))
    first = v.getOwnershipRange()[0]
    v.array[:] = np.sin(1.0 + first + np.arange(v.getLocalSize()))
    x.axpy(0.05, v)  # away from the flat guess
    A = problem.matrix()
    problem.jacobian(x, A)
    exact = x.duplicate()
    A.mult(v, exact)
    eps = 1e-6
    for sign, b in ((1, plus), (-1, minus)):
        y = x.copy()
        y.axpy(sign * eps, v)
        problem.residual(y, b)
    plus.axpy(-1, minus)
    plus.scale(0.5 / eps)
    plus.axpy(-1, exact)
    # central difference: eps^2 f'''/6 and rounding 1e-16/eps, both about 1e-10
    assert plus.norm() / exact.norm() < 1e-7


@pytest.mark.parametrize(
    ("name", "terminal", "ion"), [("membrane", "right", "Cl-"), ("electrode", "collector", "Li+")]
)
def test_multigrid_and_lu_agree_across_interfaces(name, terminal, ion):
    model, geometry = CASES[name]
    domain = fm.mesh(geometry())
    exact = fm.solve(fm.Problem(model(), domain), linear=Direct())
    split = fm.solve(fm.Problem(model(), domain), linear=FieldSplit())
    outcome = split.path.attempts[-1][1]
    assert len(split.path.attempts) == 1  # with the preset itself, no continuation
    assert isinstance(split.linear, FieldSplit)
    assert max(outcome.linear_iterations) < 60
    assert split.potential(terminal) == pytest.approx(exact.potential(terminal), rel=1e-9)
    phase = exact.problem.phases[0].name
    np.testing.assert_allclose(split.extremes(ion, phase), exact.extremes(ion, phase), rtol=1e-8)


def test_iterations_do_not_grow_with_the_mesh_across_butler_volmer():
    um, most = 1e-6, []
    for h in (1.5, 0.75):
        recipe = {"separator": 10 * um, "electrode": 40 * um, "height": 30 * um, "seed": 2}
        shape = {"particle_radius": 5 * um, "solid_fraction": 0.4}
        cell = fm.geometry.half_cell(**recipe, **shape, h=2.5 * h * um, h_surface=h * um)
        s = fm.solve(electrode_model(), cell, linear=FieldSplit())
        most.append(max(s.path.attempts[-1][1].linear_iterations))
    assert most[1] <= 1.3 * most[0]


def test_a_broken_linear_solver_is_not_taken_for_convergence():
    problem = fm.Problem(membrane_model(), fm.mesh(stack()))
    broken = {"ksp_type": "gmres", "pc_type": "none", "ksp_max_it": 1, "ksp_atol": 1e3}
    newton = Newton(problem, Direct(), broken)
    problem.guess(newton.x)
    assert not newton.solve().converged


def test_petsc_options_override_the_preset():
    problem = fm.Problem(membrane_model(), fm.mesh(stack()))
    newton = Newton(problem, Direct(), {"ksp_type": "gmres", "ksp_rtol": 1e-3})
    assert newton.ksp.getType() == "gmres"
    assert newton.ksp.getTolerances()[0] == pytest.approx(1e-3)


def test_parameters_are_constants_and_sweeping_compiles_nothing():
    domain = fm.mesh(stack())
    problem = fm.Problem(membrane_model(), domain)
    compiled = problem.timings["form compilation"]
    before = fm.solve(problem).potential("right")
    path = "phases.left bath.medium.transport.D.Na+,solvent"
    problem[path] = 1.0e-9
    assert problem["phases.channel.medium.transport.D.Na+,solvent"] == 1.0e-9  # one object
    after = fm.solve(problem).potential("right")
    assert after != pytest.approx(before, rel=1e-3)
    assert problem.timings["form compilation"] == compiled
    other = fm.Problem(membrane_model(current=0.02), domain)
    kernels = [[form.module.__name__ for *_, form in p.rows] for p in (problem, other)]
    assert kernels[0] == kernels[1]


def test_phases_of_one_kind_share_their_kernels():
    problem = fm.Problem(membrane_model(), fm.mesh(stack()))
    bulk = {n: form.module.__name__ for what, n, form in problem.rows if what == "bulk"}
    assert bulk["left bath"] == bulk["channel"]


def test_history_and_timings_are_reported():
    s = fm.solve(membrane_model(), stack())
    outcome = s.path.attempts[-1][1]
    assert outcome.residuals[-1] < 1e-10 < outcome.residuals[0]
    assert outcome.steps[-1] < 1e-8
    for part in ("form compilation", "assembly", "linear set-up", "linear solve"):
        assert s.timings[part] > 0
