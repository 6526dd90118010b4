"""The Jacobian is the derivative, presets agree, parameters compile nothing."""

import random

import numpy as np
import pytest
import ufl
from cases import electrode, electrode_model, membrane_model, stack
from dolfinx import fem
from ffcx.codegeneration import jit

import femion as fm
from femion import _dolfinx as dx
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


def test_the_last_steps_keep_their_jacobian(monkeypatch):
    model, geometry = CASES["membrane"]
    domain, made = fm.mesh(geometry()), []
    renewed = fm.Problem.jacobian
    monkeypatch.setattr(fm.Problem, "jacobian", lambda p, *a: (made.append(p), renewed(p, *a))[1])
    kept, strict = (
        fm.solve(fm.Problem(model(), domain), linear=FieldSplit(), options=o)
        for o in ({}, {"ksp_rtol": 1e-6})
    )
    steps = [s.path.attempts[-1][1].iterations for s in (kept, strict)]
    jacobians = [made.count(s.problem) for s in (kept, strict)]
    assert jacobians[1] == steps[1]
    assert jacobians[0] <= steps[0] - 1 and steps[0] <= steps[1] + 1
    assert kept.potential("right") == pytest.approx(strict.potential("right"), rel=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_a_sweep_over_the_fields_is_petsc_s_own(name):
    model, geometry = CASES[name]
    domain, petsc = fm.mesh(geometry()), {"pc_type": "fieldsplit"}
    petsc["pc_fieldsplit_type"] = "multiplicative"
    mine, theirs = (
        fm.solve(fm.Problem(model(), domain), linear=FieldSplit(), options=o) for o in ({}, petsc)
    )
    counts = [s.path.attempts[-1][1].linear_iterations for s in (mine, theirs)]
    # sums in another order: a residual near the tolerance may take one more
    np.testing.assert_allclose(counts[0], counts[1], atol=1)
    for key, block in mine.problem.blocks.items():
        other = theirs.problem.blocks[key].u.x.array
        np.testing.assert_allclose(block.u.x.array, other, rtol=1e-9, atol=1e-9)


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


def test_a_sweep_generates_no_code(monkeypatch):
    problem = fm.Problem(membrane_model(), fm.mesh(stack()))
    fm.solve(problem)
    made, original = [], jit._compile_objects

    def counted(*args, **options):
        made.append(args)
        return original(*args, **options)

    monkeypatch.setattr(jit, "_compile_objects", counted)
    for X, D in ((-800.0, 1.1e-9), (-1200.0, 1.2e-9)):
        problem["phases.membrane.fixed_charge"] = X
        problem["phases.channel.medium.transport.D.Na+,solvent"] = D
        fm.solve(problem)
    again = fm.Problem(membrane_model(current=0.012), problem.domain)  # other numbers, same model
    fm.solve(again)
    assert made == []
    literal = problem.domain.comm.bcast(random.random())  # the count does count
    dx.compile_form(literal * fem.Constant(problem.domain.mesh, 1.0) * ufl.dx)
    assert len(made) == (1 if problem.domain.comm.rank == 0 else 0)


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


def test_the_first_guess_spreads_an_imposed_potential():
    A, B = fm.Species("A+", 1), fm.Species("B-", -1)
    water = fm.Medium([A, B], fm.Dilute({"A+": 1e-9, "B-": 2e-9}))
    salt = {"A+": 10.0, "B-": 10.0}
    ends = [fm.Reservoir("x0", salt, potential=0.0), fm.Reservoir("x1", salt, potential=0.5)]
    cell = fm.geometry.box3d((1e-7, 1e-7, 1e-7), (6, 6, 6), region="water")
    model = fm.Model([fm.Phase("water", water)], ends, closure=fm.Poisson())
    s = fm.solve(model, cell, linear=FieldSplit())  # 20 RT/F across the box, from cold
    assert len(s.path.attempts) == 1
    assert s.path.attempts[0][1].iterations <= 3  # linear potential, uniform salt: exact already
    i = fm.units.F**2 / (fm.units.R * 298.15) * 3e-9 * 10.0 * 0.5 / 1e-7
    assert s.current("x1") == pytest.approx(i * 1e-14, rel=1e-7)


def test_unlike_baths_are_reached_without_help():
    Na, Cl = fm.Species("Na+", 1), fm.Species("Cl-", -1)
    water = fm.Medium([Na, Cl], fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
    baths = [{"Na+": c, "Cl-": c} for c in (1.0, 1000.0)]
    phases = [
        fm.Phase("a", water),
        fm.Phase("b", water, fixed_charge=-1000.0),
        fm.Phase("c", water),
    ]
    laws = [
        fm.Reservoir("left", baths[0], potential=0),
        fm.Donnan("a|b"),
        fm.Donnan("b|c"),
        fm.Reservoir("right", baths[1], current=0),
    ]
    cell = fm.geometry.layers(
        dict.fromkeys("abc", 1e-4), height=1e-5, h=2e-6, first_cell=1e-6, cells_y=1
    )
    s = fm.solve(fm.Model(phases, laws), cell)
    assert s.share == 1.0
    assert abs(s.current("left")) < 1e-9 * fm.units.F * 1e-9 * 1000 / 1e-4 * 1e-5
    assert max(s.audit.imbalance.values()) < 1e-9
