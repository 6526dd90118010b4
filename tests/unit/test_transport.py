"""Conversions, frames and the transport models: no mesh but in the last few tests."""

import numpy as np
import pytest

import femion as fm
from femion.transport import convert, frames, report, validity
from femion.transport.base import scalar_rows
from femion.transport.checks import evaluate, probe
from femion.transport.hindered import centreline_hindrance
from femion.units import F, R

T = 298.15
EPS = np.finfo(float).eps
Na, Mg, Cl = fm.Species("Na+", 1), fm.Species("Mg2+", 2), fm.Species("Cl-", -1)
CHARGES = {2: [(1, -1), (2, -1), (3, -2)], 3: [(1, 2, -1), (3, -1, -2)], 4: [(1, 2, -3, -1)]}
SEEDS = [
    (n, z, spread, seed)
    for n in CHARGES
    for z in CHARGES[n]
    for spread in (1, 6)
    for seed in (1, 2)
]


def tensor(n, spread, seed):
    """(L, c): eigenvalues of the scaled tensor over `spread` decades, entries over three."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    A = Q * np.logspace(0, -spread, n) @ Q.T
    d = 10 ** rng.uniform(-6, -4.5, n)
    L = np.outer(d, d) * A
    return (L + L.T) / 2, 10 ** rng.uniform(1, 3, n)


def distance(A, B):
    """Largest difference of entries in units of sqrt(A_ii A_jj)."""
    return (np.abs(A - B) / np.sqrt(np.outer(np.diag(A), np.diag(A)))).max()


def rounding(L):
    """A few n^2 roundings, each amplified at most by the condition number (Higham, ch. 14)."""
    n = len(L)
    return 4 * n**2 * EPS * convert.condition(L)


@pytest.mark.parametrize(("n", "z", "spread", "seed"), SEEDS)
def test_conductivities_and_back(n, z, spread, seed):
    L, _ = tensor(n, spread, seed)
    sigma = convert.conductivity_matrix(L, z)
    assert distance(L, convert.onsager_from_conductivity(sigma, z)) < 8 * EPS
    assert convert.ionic_conductivity(L, z) == pytest.approx(sigma.sum(), rel=1e-15)
    assert convert.transference_numbers(L, z).sum() == pytest.approx(
        1, abs=4 * n * EPS * np.abs(sigma).sum() / sigma.sum()
    )


@pytest.mark.parametrize(("n", "z", "spread", "seed"), SEEDS)
def test_friction_and_back(n, z, spread, seed):
    L, c = tensor(n, spread, seed)
    D = convert.friction(L, c, 55345.0, T)
    assert np.array_equal(D, D.T) and np.isinf(np.diag(D)).all()
    again = convert.onsager_from_friction(D, c, 55345.0, T)
    # M_ii is written as a sum of K_ij: what is large among them sets the rounding of what is small
    M = np.linalg.inv(L) * np.outer(c, c)
    cancellation = (np.abs(M).sum(axis=1) / np.diag(M)).max()
    assert distance(L, again) < rounding(L) * cancellation
    if spread == 1:
        assert distance(L, again) < 1e-12


@pytest.mark.parametrize("chi", [0.8, 2.5])
@pytest.mark.parametrize(("n", "z", "spread", "seed"), [s for s in SEEDS if s[0] == 2])
def test_newman_and_back(n, z, spread, seed, chi):
    L, c = tensor(n, spread, seed)
    k = convert.newman(L, z, c[0], T)
    args = (k.conductivity, k.transference_number, k.thermodynamic_diffusivity * chi, chi)
    again = convert.onsager_from_newman(*args, z, c[0], T)
    # kappa is a difference of entries: its own amplification is sum |sigma_ij| / kappa
    tolerance = rounding(L) * np.abs(convert.conductivity_matrix(L, z)).sum() / k.conductivity
    assert distance(L, again) < tolerance


def test_friction_reads_stefan_maxwell_back():
    given = {"Na+,solvent": 1.3e-9, "Cl-,solvent": 2e-9, "Na+,Cl-": 1.5e-10}
    L = evaluate(phase(fm.StefanMaxwell(given)), {"Na+": 500.0, "Cl-": 500.0})
    D = convert.friction(L, [500.0, 500.0], 55345.0, T)
    assert D[[0, 1, 0], [2, 2, 1]] == pytest.approx([1.3e-9, 2e-9, 1.5e-10], rel=1e-12)


def test_no_friction_is_infinite_and_negative_friction_stays():
    diagonal = np.diag([2e-8, 3e-8])
    assert np.isinf(convert.friction(diagonal, [10.0, 10.0], 55345.0, T)[0, 1])
    attracting = np.array([[2e-8, -5e-9], [-5e-9, 3e-8]])
    D = convert.friction(attracting, [10.0, 10.0], 55345.0, T)
    assert D[0, 1] < 0
    again = convert.onsager_from_friction(D, [10.0, 10.0], 55345.0, T)
    assert distance(attracting, again) < rounding(attracting)


BAD_NUMBERS = [
    (lambda: convert.conductivity_matrix(np.eye(2), [1]), "1 charge numbers"),
    (lambda: convert.conductivity_matrix(np.ones((2, 3)), [1, -1]), r"shape \(2, 3\)"),
    (lambda: convert.onsager_from_conductivity(np.eye(2), [1, 0]), "neutral species"),
    (lambda: convert.transference_numbers(np.ones((2, 2)), [1, -1]), "conductivity = 0 S/m"),
    (lambda: convert.newman(np.eye(2), [-1, 1], 1.0, T), "of a cation, then of an anion"),
    (lambda: convert.friction(np.ones((2, 2)), [1.0, 1.0], 1.0, T), "singular"),
    (lambda: convert.friction(np.eye(2), [1.0, 0.0], 1.0, T), "above 0"),
    (lambda: convert.onsager_from_friction([[1, 2], [3, 1]], [1.0], 1.0, T), "not symmetric"),
    (lambda: frames.volume_frame([1.0, 50000.0], [1e-5, 1e-5]), "fill 0.5"),
    (lambda: frames.to_frame(np.eye(3), [1.0, 1.0], [0.5, 0.5]), "for 2 species"),
    (lambda: frames.flux_in_frame([1.0, 1.0], [1.0, 1.0], [1.0, 1.0]), "sum_j a_j c_j = 1"),
]


@pytest.mark.parametrize(("make", "message"), BAD_NUMBERS)
def test_wrong_numbers_are_refused(make, message):
    with pytest.raises(fm.InputError, match=message):
        make()


# -- frames -----------------------------------------------------------------------------------
def all_frames(c, rng):
    M, V = rng.uniform(0.02, 0.2, len(c)), rng.uniform(1e-5, 6e-5, len(c))
    V *= 1 / (V @ c)
    return [
        frames.solvent_frame(c),
        frames.mass_frame(c, M),
        frames.volume_frame(c, V),
        frames.molar_frame(c),
    ]


@pytest.mark.parametrize("n", [1, 2, 4])
def test_frames_keep_dissipation_and_come_back(n):
    rng = np.random.default_rng(n)
    L, c = tensor(n, 1, n)
    c = np.append(c, 5e4)
    X = rng.normal(size=n)
    X = np.append(X, -c[:-1] @ X / c[-1])  # Gibbs-Duhem
    N0 = np.append(-L @ X[:-1], 0.0)
    for a in all_frames(c, rng):
        full = frames.to_frame(L, c, a)
        d = np.sqrt(np.diag(L))
        assert np.allclose(full, full.T, rtol=1e-12, atol=0)
        assert np.allclose(
            frames.to_solvent(full, c) / np.outer(d, d), L / np.outer(d, d), atol=1e-13
        )
        assert X @ full @ X == pytest.approx(X[:-1] @ L @ X[:-1], rel=1e-12)
        N = frames.flux_in_frame(N0, c, a)
        size = np.abs(full) @ np.abs(X)
        assert np.abs(-full @ X - N).max() < 1e-13 * size.max()
        assert abs(a @ N) < 1e-14 * (np.abs(a) * size).sum() + 1e-30
        assert np.allclose(
            frames.complete(full[:-1, :-1], a), full, rtol=1e-11, atol=1e-14 * full.max()
        )


def test_any_frame_to_any_other():
    rng = np.random.default_rng(0)
    L, c = tensor(3, 1, 0)
    c = np.append(c, 4e4)
    _, mass, volume, _ = all_frames(c, rng)
    there = frames.to_frame(frames.to_frame(L, c, mass), c, volume)
    direct = frames.to_frame(L, c, volume)
    assert np.allclose(there, direct, rtol=0, atol=1e-14 * direct.max())


# -- models -----------------------------------------------------------------------------------
def phase(transport, species=(Na, Cl), **more):
    return fm.Phase("p", fm.Medium(species, transport, **more))


FREE = fm.StefanMaxwell({"Na+,solvent": 1.3e-9, "Cl-,solvent": 2e-9, "Na+,Cl-": 1.5e-10})
C = {"Na+": 300.0, "Cl-": 300.0}


def test_hindered_pore_scales_each_pair_and_stays_admissible():
    K = {"Na+": 0.25, "Cl-": 0.5}
    L, free = evaluate(phase(fm.HinderedPore(FREE, K)), C), evaluate(phase(FREE), C)
    d = np.sqrt([0.25, 0.5])
    assert np.allclose(L, free * np.outer(d, d), rtol=1e-14)
    probe(phase(fm.HinderedPore(FREE, K)), C)


def test_hindrance_has_the_known_limits():
    assert fm.hindrance(0.0) == centreline_hindrance(0.0) == 1.0
    # small spheres: H = 1 + 9/8 x ln x - 1.539 x (Brenner and Gaydos); the fit has -1.56034 x
    x = 1e-3
    expansion = 1 + 9 / 8 * x * np.log(x) - 1.539 * x
    assert fm.hindrance(x) * (1 - x) ** 2 == pytest.approx(expansion, abs=0.0215 * x + x**2)
    K = [fm.hindrance(x) for x in np.linspace(0, 0.95, 50)]
    assert np.all(np.diff(K) < 0) and K[-1] > 0
    # two theories of one pore, on its axis and averaged: small spheres are slowed less on the
    # axis, far from the wall; the published fits are within 7.5 % of each other up to 0.4
    assert centreline_hindrance(0.1) > fm.hindrance(0.1)
    for x in (0.1, 0.2, 0.3, 0.4):
        assert centreline_hindrance(x) == pytest.approx(fm.hindrance(x), rel=0.075)


def test_effective_tensor_is_porosity_over_tortuosity_in_each_direction():
    tau = [[2.0, 0.5], [0.5, 4.0]]
    p = phase(fm.Effective(FREE, 0.5, tau))
    rows = p.medium.transport.onsager(numeric_state(p))
    blocks = np.array([[float(x(())) for x in row] for row in scalar_rows(rows)])
    expected = np.kron(evaluate(phase(FREE), C), 0.5 * np.linalg.inv(tau))
    assert np.allclose(blocks, expected, rtol=1e-13)
    mean = np.trace(np.linalg.inv(tau)) / 2
    assert np.allclose(evaluate(p, C), 0.5 * mean * evaluate(phase(FREE), C), rtol=1e-13)
    probe(p, C)
    same = fm.Effective(FREE, 0.5, np.diag([3.0, 3.0]))
    scalar = fm.Effective(FREE, 0.5, 3.0)
    assert np.allclose(evaluate(phase(same), C), evaluate(phase(scalar), C), rtol=1e-13)


def numeric_state(p):
    from femion.transport.checks import numeric

    return numeric(p, C)


def table(m=6, scale=1.0):
    """A table of Stefan-Maxwell tensors of NaCl from 10 to 1000 mol/m3."""
    x = np.linspace(10, 1000, m)
    L = np.array([evaluate(phase(FREE), {"Na+": v, "Cl-": v}) for v in x]) * scale
    grid = {"Na+": x, "Cl-": x}
    return grid, {("Na+", "Na+"): L[:, 0, 0], "Na+,Cl-": L[:, 0, 1], ("Cl-", "Cl-"): L[:, 1, 1]}


def test_table_is_met_at_its_points_and_converges_between_them():
    grid, L = table()
    model = phase(fm.Tabulated(grid, L))
    for k in range(6):
        at = {i: grid[i][k] for i in grid}
        assert distance(evaluate(phase(FREE), at), evaluate(model, at)) < 1e-14
    errors = []
    for m in (11, 21, 41):  # linear interpolation: a quarter of the error for half the step
        model = phase(fm.Tabulated(*table(m)))
        step = 990 / (m - 1)
        middles = [{"Na+": x, "Cl-": x} for x in np.arange(10 + step / 2, 1000, step)]
        errors.append(max(distance(evaluate(phase(FREE), c), evaluate(model, c)) for c in middles))
    assert np.log2(errors[-2] / errors[-1]) == pytest.approx(2, abs=0.25)


def test_wild_tables_are_symmetric_and_positive_between_points():
    rng = np.random.default_rng(7)
    x = np.array([1.0, 5.0, 7.0, 100.0])
    A = rng.normal(size=(4, 3, 1)) * 1e-5  # rank one: on the edge of the second law
    L = A @ np.swapaxes(A, 1, 2)
    names = ["Na+", "Mg2+", "Cl-"]
    grid = {"Na+": x, "Mg2+": x, "Cl-": 3 * x}
    pairs = {(a, b): L[:, i, j] for i, a in enumerate(names) for j, b in enumerate(names)}
    one = phase(fm.Tabulated(grid, pairs), (Na, Mg, Cl))
    other = phase(fm.Tabulated(grid, pairs), (Cl, Na, Mg))
    for v in (0.01, 1.0, 3.3, 6.0, 40.0, 500.0):
        c = {"Na+": v, "Mg2+": 2 * v, "Cl-": v / 3}
        got = evaluate(one, c)
        d = np.sqrt(np.diag(got))
        assert np.array_equal(got, got.T)
        assert np.linalg.eigvalsh(got / np.outer(d, d))[0] > -1e-14
        order = [2, 0, 1]
        assert np.allclose(
            evaluate(other, {n: c[n] for n in ("Cl-", "Na+", "Mg2+")}),
            got[np.ix_(order, order)],
            rtol=1e-12,
        )


def test_table_beyond_its_ends_is_proportional_to_concentration_and_warns_once():
    grid, L = table()
    model = phase(fm.Tabulated(grid, L))
    low, lower = (evaluate(model, {"Na+": v, "Cl-": v}) for v in (10.0, 1.0))
    assert np.allclose(lower, low / 10, rtol=1e-14)
    validity._said.clear()
    with pytest.warns(fm.RangeWarning, match=r"Na\+ = 2000 mol/m3 is outside its range 10 to 1000"):
        report(model, 2000.0)
    report(model, 3000.0)  # once is enough
    report(phase(fm.Effective(model.medium.transport, 0.5)), 500.0)
    with pytest.warns(fm.RangeWarning, match="of phase 'p'"):
        slow = phase(fm.Effective(model.medium.transport, 0.5))
        validity.warn_outside(slow.medium.transport, {"Na+": (5.0, 50.0)}, "of phase 'p'")


def test_table_of_molar_conductivities():
    grid, L = table()
    x = grid["Na+"]
    Lambda = {
        ("Na+", "Na+"): F**2 * L["Na+", "Na+"] / x,
        ("Cl-", "Na+"): -(F**2) * L["Na+,Cl-"] / x,
        ("Cl-", "Cl-"): F**2 * L["Cl-", "Cl-"] / x,
    }
    one = fm.Tabulated.from_molar_conductivity(grid, Lambda, {"Na+": 1, "Cl-": -1})
    assert distance(evaluate(phase(fm.Tabulated(grid, L)), C), evaluate(phase(one), C)) < 1e-13


def test_mixed_conductor_has_the_ions_model_and_electrons_beside_it():
    salt = fm.ConcentratedBinary(1.0, 0.4, 3e-10)
    species = (Na, fm.electron, Cl)  # the anion is found although electrons are negative, too
    c = {"Na+": 300.0, "e-": 1e-3, "Cl-": 300.0}
    L = evaluate(phase(fm.MixedConductor(salt, "2 S/m"), species), c)
    assert np.allclose(L[np.ix_([0, 2], [0, 2])], evaluate(phase(salt), C), rtol=1e-14)
    assert L[1, 1] * F**2 == pytest.approx(2.0, rel=1e-14)
    assert L[1, 0] == L[1, 2] == L[0, 1] == 0.0
    varying = fm.MixedConductor(salt, lambda s: 1e3 * s.c["e-"])
    assert evaluate(phase(varying, species), c)[1, 1] * F**2 == pytest.approx(1.0, rel=1e-12)


def test_diagonal_keeps_the_conductances_and_drops_every_cross_term():
    friction = {"Na+,solvent": 1.3e-9, "Cl-,solvent": 2e-9, "Na+,Cl-": 1.5e-10}
    full = fm.StefanMaxwell(friction)
    L, alone = (evaluate(phase(t), C) for t in (full, fm.Diagonal(full)))
    assert L[0, 1] > 0.05 * np.sqrt(L[0, 0] * L[1, 1])  # else there was nothing to drop
    assert np.array_equal(alone, np.diag(np.diag(L)))
    slow = evaluate(phase(fm.Effective(fm.Diagonal(full), 0.5)), C)
    assert np.allclose(slow, 0.5 * alone, rtol=1e-14, atol=0)


def test_user_function_is_taken_as_it_is_and_its_size_checked():
    D = {"Na+": 1e-9, "Cl-": 2e-9}
    mine = fm.UserTransport(
        lambda s: [[D["Na+"] * s.c["Na+"] / (R * s.T), 0], [0, D["Cl-"] * s.c["Cl-"] / (R * s.T)]]
    )
    assert np.allclose(evaluate(phase(mine), C), evaluate(phase(fm.Dilute(D)), C), rtol=1e-14)
    with pytest.raises(fm.InputError, match=r"returned 1x1 entries; allowed: 2 x 2.*Na\+, Cl-"):
        evaluate(phase(fm.UserTransport(lambda s: [[1.0]])), C)
    with pytest.raises(fm.InputError, match=r"not symmetric: L\[.*0\.1"):
        probe(phase(fm.UserTransport(lambda s: [[1.0, 0.1], [0.0, 1.0]])), C)


BAD_MODELS = [
    (lambda: phase(fm.HinderedPore(FREE, {"Na+": 0.5})), "K_d of species 'Cl-' is missing"),
    (lambda: fm.HinderedPore(FREE, {"Na+": 1.5}), "must not exceed 1"),
    (lambda: fm.HinderedPore(FREE, {"Na+": 0.0}), "must be greater than 0"),
    (lambda: fm.hindrance(0.99), "radius_ratio = 0.99; allowed: 0 to 0.95"),
    (lambda: fm.Effective(FREE, 0.5, [[1, 2], [2, 1]]), "not positive definite"),
    (lambda: fm.Effective(FREE, 0.5, [[1, 0.2], [0.1, 1]]), "not symmetric"),
    (lambda: fm.Effective(FREE, 0.5, [1, 2]), "allowed: a number, 2 x 2 or 3 x 3"),
    (
        lambda: phase(
            fm.Effective(fm.Effective(FREE, 0.5, [[1, 0], [0, 2]]), 0.5, [[1, 0.1], [0.1, 2]])
        ),
        "a matrix inside a matrix",
    ),
    (lambda: fm.Tabulated({"Na+": [2, 1]}, {("Na+", "Na+"): [1, 1]}), "increasing"),
    (lambda: fm.Tabulated({"Na+": [1, 2]}, {("Na+", "Na+"): [1]}), "needs 2 values"),
    (lambda: fm.Tabulated({"Na+": [1, 2]}, {}), r"L\[Na\+,Na\+\] of Tabulated is missing"),
    (
        lambda: fm.Tabulated(
            {"Na+": [1, 2], "Cl-": [1, 2]},
            {"Na+,Na+": [1, 1], "Cl-,Cl-": [1, 1], "Na+,Cl-": [0, 2]},
        ),
        "negative eigenvalue: .*= 2",
    ),
    (lambda: phase(fm.Tabulated({"Na+": [1, 2]}, {"Na+,Na+": [1, 1]})), "'Cl-' is missing"),
    (lambda: phase(fm.MixedConductor(FREE, 1.0)), "needs 'e-' and ions"),
    (lambda: fm.MixedConductor(FREE, -1.0), "must be greater than 0"),
    (lambda: fm.UserTransport([[1.0]]), "allowed: a function of the State"),
    (lambda: phase(fm.Diagonal(fm.Dilute({"Na+": 1e-9}))), "of species 'Cl-' is missing"),
    (lambda: report(phase(FREE), {"Na+": 1.0}), "lacks species 'Cl-'"),
    (lambda: report(phase(FREE), {"Na+": 1.0, "Cl-": 1.0, "K": 1.0}), "'K' not found"),
]


@pytest.mark.parametrize(("make", "message"), BAD_MODELS)
def test_wrong_models_are_refused_when_stated(make, message):
    with pytest.raises(fm.InputError, match=message):
        make()


# -- report -----------------------------------------------------------------------------------
def test_report_says_the_same_thing_in_every_way():
    kappa, t, D, chi = 0.9, 0.3, 2.5e-10, 1.0
    magnesium = (Cl, Mg)  # the anion first, 2:1
    out = report(
        phase(fm.ConcentratedBinary(kappa, t, D, chi), magnesium).medium, 400.0, solvent=5e4
    )
    assert out["c"] == {"Cl-": 800.0, "Mg2+": 400.0}
    assert out["conductivity"] == pytest.approx(kappa, rel=1e-13)
    assert out["transference_numbers"] == pytest.approx({"Mg2+": t, "Cl-": 1 - t}, rel=1e-12)
    assert out["newman"].thermodynamic_diffusivity == pytest.approx(D / chi, rel=1e-12)
    assert out["equivalent_conductivity"] == pytest.approx(kappa / 800, rel=1e-13)
    assert set(out["friction"]) == {("Cl-", "Mg2+"), ("Cl-", "solvent"), ("Mg2+", "solvent")}
    dilute = report(phase(fm.Dilute({"Na+": 1e-9, "Cl-": 2e-9})), C)
    assert dilute["diffusivities"] == pytest.approx({"Na+": 1e-9, "Cl-": 2e-9}, rel=1e-13)
    assert dilute["friction"] == {}
    known = report(phase(fm.Effective(FREE, 1.0)), C)["friction"]
    assert known["Na+", "Cl-"] == pytest.approx(1.5e-10, rel=1e-11)


# -- solved -----------------------------------------------------------------------------------
def square(transport, **more):
    """NaCl from 300 to 100 mol/m3 along x in a square."""
    geometry = fm.geometry.layers({"p": 1e-4}, height=1e-4, h=2.5e-5, **more)
    laws = [
        fm.Reservoir("left", {"Na+": 300.0, "Cl-": 300.0}, potential=0.0),
        fm.Reservoir("right", {"Na+": 100.0, "Cl-": 100.0}, potential=0.01),
    ]
    return fm.solve(fm.Model([phase(transport)], laws), fm.mesh(geometry))


def test_a_solve_along_a_principal_axis_sees_that_axis_only():
    anisotropic = square(fm.Effective(FREE, 0.5, [[3.0, 0.0], [0.0, 7.0]]))
    scalar = square(fm.Effective(FREE, 0.5, 3.0))
    for i in ("Na+", "Cl-"):
        assert anisotropic.flow(i, "left") == pytest.approx(scalar.flow(i, "left"), rel=1e-9)
    least = [s.audit.smallest_eigenvalue["p"] for s in (anisotropic, scalar)]
    assert least[0] == pytest.approx(3 / 7 * least[1], rel=1e-6)  # of all blocks: along y
    with pytest.raises(fm.InputError, match="3 x 3 in a mesh of 2 dimensions"):
        square(fm.Effective(FREE, 0.5, np.diag([1.0, 2.0, 3.0])))


def test_tables_solve_and_a_new_table_is_only_new_numbers():
    one, twice = (square(fm.Tabulated(*table(5, scale))) for scale in (1.0, 2.0))
    assert twice.flow("Na+", "left") == pytest.approx(2 * one.flow("Na+", "left"), rel=1e-9)
    fine, exact = square(fm.Tabulated(*table(41))), square(FREE)
    assert fine.flow("Na+", "left") == pytest.approx(exact.flow("Na+", "left"), rel=1e-3)


@pytest.mark.parametrize(
    "model",
    [
        fm.HinderedPore(FREE, {"Na+": 0.4, "Cl-": 0.4}),
        fm.UserTransport(lambda s: [[0.4 * x for x in row] for row in FREE.onsager(s)]),
    ],
)
def test_scaled_models_scale_the_flux(model):
    free = square(FREE).flow("Cl-", "left")
    assert square(model).flow("Cl-", "left") == pytest.approx(0.4 * free, rel=1e-9)
