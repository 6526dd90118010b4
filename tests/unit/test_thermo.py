"""Activity models against published numbers and by hand; every one derives from a free energy."""

from itertools import product

import dolfinx
import numpy as np
import pytest
import ufl

import femion as fm
from femion.bind import bind
from femion.thermo.excess import Point, derivatives
from femion.thermo.integrability import integrable, stability, thermodynamic_matrix
from femion.units import EPS0, N_A, F, R, as_number
from femion.verify.tables import Tables

T, EPS = 298.15, np.finfo(float).eps
WATER = 997.05  # [kg/m3]
Na, K, Ca, Cl = (
    fm.Species(name, z) for name, z in (("Na+", 1), ("K+", 1), ("Ca2+", 2), ("Cl-", -1))
)
SULPHATE, O2 = fm.Species("SO4", -2), fm.Species("O2", 0)


def ln_gamma(model, species, c, T=T):
    """{name: ln gamma_i} at plain concentrations [mol/m3]."""
    charges = {s.name: s.z for s in species}
    found = model.excess(Point(dict(zip(charges, map(float, c), strict=True)), T, charges))
    return {i: as_number(v) for i, v in found.items()}


def mean(model, species, m, density=WATER):
    """Mean activity coefficient of a salt at molality m."""
    nu = [abs(s.z) for s in reversed(species)]
    found = ln_gamma(model, species, [n * m * density for n in nu])
    return np.exp(sum(n * found[s.name] for n, s in zip(nu, species, strict=True)) / sum(nu))


# -- published numbers ------------------------------------------------------------------------
@pytest.mark.parametrize(("eps", "T"), [(78.36, 298.15), (87.74, 273.15), (55.6, 373.15)])
def test_debye_hueckel_has_the_textbook_constants(eps, T):
    """-log10 gamma = A z^2 sqrt I/(1 + B a sqrt I), A = 1.8246e6/(eps T)^1.5, B = 50.29/(eps T)^.5.

    Robinson and Stokes (ch. 9, mol/L and angstrom) give four or five digits.
    """
    A, B, a = 1.8246e6 / (eps * T) ** 1.5, 50.29 / (eps * T) ** 0.5, 4.0
    for c, size in product((1.0, 10.0), (0, 1)):
        found = ln_gamma(fm.DebyeHueckel(eps, size * a * 1e-10), (Ca, Cl), (c, 2 * c), T)
        root = np.sqrt(3e-3 * c)
        expected = -A * np.log(10) * root / (1 + B * a * size * root)
        assert found["Ca2+"] == pytest.approx(4 * expected, rel=3e-4)
        assert found["Cl-"] == pytest.approx(expected, rel=3e-4)


def test_davies_sodium_chloride():
    assert mean(fm.Davies(), (Na, Cl), 0.1, 1000.0) == pytest.approx(0.781, abs=1e-3)
    by_function = fm.Davies(lambda T: 78.36 - 0.36 * (T - 298.15))
    assert ln_gamma(by_function, (Na, Cl), (10, 10)) == ln_gamma(fm.Davies(), (Na, Cl), (10, 10))


def test_no_ions_no_singularity():
    for model in (fm.Davies(), fm.DebyeHueckel()):
        H = thermodynamic_matrix(model, (Na, Cl, O2), {"Na+": 1e-30, "Cl-": 1e-30, "O2": 1.0}, T)
        assert np.all(np.isfinite(H))
        assert abs(ln_gamma(model, (Na, Cl), (0.0, 0.0))["Na+"]) < 4e-8


SALTS = {
    (Na, Cl): ((0.0765, 0.2664, 0.00127), {0.1: 0.778, 1: 0.657, 3: 0.714, 6: 0.986}),
    (K, Cl): ((0.04835, 0.2122, -0.00084), {0.1: 0.770, 1: 0.604, 4: 0.577}),
    (Ca, Cl): ((0.3159, 1.614, -0.00034), {0.1: 0.518, 0.5: 0.448, 1: 0.500}),
}


def pitzer(*salts, **more):
    keys = {tuple(s.name for s in salt): SALTS[salt][0] for salt in salts}
    columns = [{k: v[n] for k, v in keys.items()} for n in range(3)]
    return fm.Pitzer(*columns, **more)


@pytest.mark.parametrize("salt", SALTS, ids=lambda salt: salt[0].name)
def test_pitzer_mean_activity_coefficients(salt):
    """Robinson and Stokes, appendix 8.10; Hamer and Wu (1972) differ from them by up to 0.002."""
    model = pitzer(salt)
    model.check(salt)
    for m, gamma in SALTS[salt][1].items():
        assert mean(model, salt, m) == pytest.approx(gamma, abs=3e-3)


def test_pitzer_mixture_is_the_sum_written_out():
    """ln gamma_M = z^2 F + sum_a m_a (2 B + Z C) + sum_c m_c (2 theta + sum_a m_a psi) + ...

    Harvie, Moller and Weare (1984), eq. 2a, written out for Na+, Ca2+, Cl- and SO4 with
    different beta2; A follows from the Bjerrum length.
    """
    species, m = (Na, Ca, Cl, SULPHATE), np.array([0.5, 0.3, 0.7, 0.2])
    names, z = [s.name for s in species], np.array([s.z for s in species])
    c, a = [0, 1], [2, 3]
    b0, b1, b2, C = (np.zeros((4, 4)) for _ in range(4))
    for k, (i, j) in enumerate(product(c, a)):
        b0[i, j], b1[i, j], C[i, j] = 0.1 + 0.05 * k, 0.3 + 0.4 * k, 0.01 * (k + 1)
    b2[1, 3] = -30.0
    theta, psi = {(0, 1): 0.07, (2, 3): -0.02}, {(0, 1, 2): -0.014, (0, 2, 3): 0.004}

    def keyed(values):
        return {",".join(names[k] for k in key): v for key, v in values.items()}

    def matrix(b):
        return {f"{names[j]}, {names[i]}": float(b[i, j]) for i, j in product(c, a) if b[i, j]}

    parameters = {"theta": keyed(theta), "psi": keyed(psi), "beta2": matrix(b2)}
    model = fm.Pitzer(matrix(b0), matrix(b1), matrix(C), **parameters)
    model.check(species)

    ionic, Z = 0.5 * (m * z**2).sum(), (m * abs(z)).sum()
    length = F**2 / (4 * np.pi * EPS0 * 78.36 * N_A * R * T)
    A = np.sqrt(2 * np.pi * N_A * WATER) * length**1.5 / 3
    root = np.sqrt(ionic)
    f = -A * (root / (1 + 1.2 * root) + 2 / 1.2 * np.log(1 + 1.2 * root))
    second = np.zeros((4, 4))
    for i, j in product(c, a):
        alpha = 1.4 if (i, j) == (1, 3) else 2.0
        x, y = alpha * root, 12 * root
        value, slope = b0[i, j], 0.0
        for beta, t in ((b1[i, j], x), (b2[i, j], y)):
            value += beta * 2 * (1 - (1 + t) * np.exp(-t)) / t**2
            slope += beta * -2 * (1 - (1 + t + t**2 / 2) * np.exp(-t)) / t**2 / ionic
        f += m[i] * m[j] * slope
        second[i, j] = second[j, i] = value
        C[i, j] /= 2 * np.sqrt(abs(z[i] * z[j]))
    pairs = sum(m[i] * m[j] * C[i, j] for i, j in product(c, a))
    C = C + C.T
    found = ln_gamma(model, species, m * WATER)
    for i in range(4):
        expected = z[i] ** 2 * f + abs(z[i]) * pairs + (m * (2 * second[i] + Z * C[i])).sum()
        expected += sum(2 * v * m[sum(k) - i] for k, v in theta.items() if i in k)
        expected += sum(v * np.prod([m[n] for n in k if n != i]) for k, v in psi.items() if i in k)
        assert found[names[i]] == pytest.approx(expected, abs=1e-11)


# -- by hand ----------------------------------------------------------------------------------
def test_free_energy_is_differentiated():
    k = 3e-4  # [J m6/mol3]
    model = fm.FreeEnergy(lambda c, T: k * c["Na+"] ** 2 * c["Cl-"])
    found = ln_gamma(model, (Na, Cl, O2), (300, 50, 1))
    assert found["Na+"] == pytest.approx(2 * k * 300 * 50 / (R * T), rel=4 * EPS)
    assert found["Cl-"] == pytest.approx(k * 300**2 / (R * T), rel=4 * EPS)
    assert found["O2"] == 0
    assert as_number(derivatives(lambda c: 7.0, {"a": 1.0})["a"]) == 0


@pytest.mark.parametrize(
    ("chi", "y", "curvature"),
    [(3.0, 0.5, -2.0), (2.5, 0.4, -0.833333333333333), (3.0, 0.3, -1.2380952380952381)],
)
def test_regular_solution_has_its_spinodal(chi, y, curvature):
    """f'' = 1/y + 1/(1 - y) - 2 chi, from Margules with "solvent" and from Frumkin's lattice."""
    total, Li = 2.5e4, fm.Species("Li", 0)
    sites = fm.LatticeGas({"Li": total})
    frumkin = fm.LatticeGas({"Li": total}, {"Li": chi * R * T})
    regular = fm.Margules({"solvent,Li": chi * R * T}, total, statistics=sites)
    for model in (frumkin, regular):
        model.check([Li])
        found = thermodynamic_matrix(model, [Li], {"Li": y * total}, T)[0, 0] * total
        assert found == pytest.approx(curvature, abs=32 * EPS * chi)
        assert stability(model, [Li], {"Li": y * total}, T) == pytest.approx(
            found * R * T / total, rel=4 * EPS
        )
    mu = [ln_gamma(m, [Li], [y * total])["Li"] for m in (frumkin, regular)]
    assert mu[0] == pytest.approx(mu[1], abs=16 * EPS * chi)


def test_margules_between_two_species():
    """Without solvent pairs ln gamma_A = Omega y_B/(R T)."""
    found = ln_gamma(fm.Margules({("Na+", "K+"): "1 kJ/mol"}, 100.0), (Na, K, Cl), (20, 30, 50))
    assert found["Na+"] == pytest.approx(0.3e3 / (R * T), rel=4 * EPS)
    assert found["K+"] == pytest.approx(0.2e3 / (R * T), rel=4 * EPS)
    assert found["Cl-"] == 0


def test_excess_and_finite_size_add():
    both = fm.DebyeHueckel(statistics=fm.LatticeGas({"Na+": 500.0}, {"Na+": 1000.0}))
    parts = (fm.DebyeHueckel(), both.statistics)
    found, one, two = (ln_gamma(m, (Na, Cl), (100, 100)) for m in (both, *parts))
    assert found["Na+"] == pytest.approx(one["Na+"] + two["Na+"], rel=4 * EPS)
    assert found["Cl-"] == one["Cl-"]


# -- statistics -------------------------------------------------------------------------------
STATISTICS = [fm.Ideal(), fm.Bikerman("0.5 nm"), fm.LatticeGas({"Na+": "2 M"}), fm.Davies()]


@pytest.mark.parametrize("model", STATISTICS, ids=lambda m: type(m).__name__)
def test_variables_and_back(model):
    """Two roundings of numbers of size 1, amplified by 1/vacancy, about 5 here."""
    rng = np.random.default_rng(1)
    s = Point({}, T, {"Na+": 1, "Cl-": -1})
    for _ in range(20):
        x = dict(zip(s.charges, rng.uniform(-5, 1.5, 2).tolist(), strict=True))
        c = {i: as_number(v) for i, v in model.concentrations(x, s).items()}
        for i, v in model.variable(c, s).items():
            assert as_number(v) == pytest.approx(x[i], abs=1e-14)


def test_concentrations_cannot_leave_their_bounds():
    s = Point({}, T, {"Na+": 1, "Cl-": -1})
    size, most = 0.5e-9, 2000.0
    for x in (-100.0, 0.0, 20.0, 100.0):
        crowd = fm.Bikerman(size).concentrations({"Na+": x, "Cl-": x - 1}, s)
        total = sum(as_number(c) for c in crowd.values())
        assert 0 < total <= 1 / (size**3 * N_A) * (1 + 4 * EPS)
        found = fm.LatticeGas({"Na+": most}).concentrations({"Na+": x, "Cl-": 0.0}, s)
        assert 0 < as_number(found["Na+"]) <= most
        assert as_number(found["Cl-"]) == 1000


def test_bikerman_is_the_free_energy_of_vacancies():
    """mu/RT = ln(c_i/c_ref) - ln(1 - v sum c): derivatives 1/c_i and v/(1 - v sum c)."""
    size, c = 0.6e-9, {"Na+": 900.0, "Cl-": 2500.0}
    v = size**3 * N_A
    H = thermodynamic_matrix(fm.Bikerman(size), (Na, Cl), c, T)
    crowd = v / (1 - v * 3400)
    assert H == pytest.approx(np.diag([1 / 900, 1 / 2500]) + crowd, rel=64 * EPS)


def test_bikerman_double_layer():
    """Counter-ions at the wall and sigma^2 = 2 eps int rho dpsi, from the statistics alone.

    The integrand varies over RT/F, psi0 is a few tens of that: 60 Gauss points are exact.
    """
    table, model = "04a_gouy_chapman_bikerman.csv", fm.Bikerman("0.6 nm")
    s, (nodes, weights) = Point({}, T, {"+": 1, "-": -1}), np.polynomial.legendre.leggauss(60)

    def charge(c0, psi):
        bulk = model.variable({"+": c0, "-": c0}, s)
        x = {i: as_number(bulk[i]) - z * F * psi / (R * T) for i, z in s.charges.items()}
        return {i: as_number(c) for i, c in model.concentrations(x, s).items()}

    for row in Tables().csv(table):
        c0, psi = row["c0_mol_m3"], row["psi0_V"]
        counter = charge(c0, psi)["-" if psi > 0 else "+"]
        assert counter == pytest.approx(row["c_counterion_wall_Bikerman_mol_m3"], rel=1e-13)
        layers = [charge(c0, psi * (u + 1) / 2) for u in nodes]
        rho = F * np.array([c["+"] - c["-"] for c in layers])
        found = np.sqrt(2 * 78.36 * EPS0 * abs(weights @ rho * psi / 2))
        assert found == pytest.approx(abs(row["sigma_Bikerman_C_m2"]), rel=1e-10)


# -- thermodynamic factor ---------------------------------------------------------------------
def debye_like(c, T):
    root = ufl.sqrt(c / 1000)
    return 1 - 0.59 * root / (1 + 1.5 * root) ** 2 + 0.3 * c / 1000


FACTORS = {
    "number": fm.ThermodynamicFactor(1.7),
    "function": fm.ThermodynamicFactor(debye_like),
    "not 1 at 0": fm.ThermodynamicFactor(lambda c, T: 1.2 + 4e-4 * c + 1e-7 * c**2 * T / 300),
    "table": fm.ThermodynamicFactorTable([0, 10, "0.1 M", 500, 1000], [1, 0.95, 0.91, 0.93, 1.1]),
    "table from 10": fm.ThermodynamicFactorTable([10, 11, 500, 1000], [0.95, 0.94, 0.93, 1.1]),
}


@pytest.mark.parametrize("name", FACTORS)
@pytest.mark.parametrize("salt", [(Na, Cl), (Ca, Cl), (Ca, SULPHATE)], ids=str)
def test_ln_gamma_has_the_factor_as_its_slope(name, salt):
    """d mu_salt/dln c = nu R T chi, at every concentration and in the electroneutral direction."""
    model = FACTORS[name]
    model.check(salt)
    z = [abs(s.z) for s in salt]
    nu = np.array(z[::-1]) // np.gcd(*z)
    for c in (1e-3, 1.0, 10.5, 77.0, 300.0, 999.0, 1500.0):
        at = dict(zip((s.name for s in salt), (nu * c).tolist(), strict=True))
        H = thermodynamic_matrix(model, salt, at, T)
        chi = as_number(model.factor(c, T))
        assert nu @ H @ nu * c / nu.sum() == pytest.approx(chi, abs=1e-9)


def test_the_table_is_met_and_gamma_has_its_reference():
    table = FACTORS["table"]
    for c, chi in ((0, 1), (10, 0.95), (100, 0.91), (500, 0.93), (1000, 1.1), (4000, 1.1)):
        assert as_number(table.factor(float(c), T)) == pytest.approx(chi, abs=1e-14)
    assert abs(as_number(table.ln_gamma_salt(1e-20, T))) < 1e-9
    assert as_number(FACTORS["number"].ln_gamma_salt(1000.0, T)) == 0
    dilute = [as_number(FACTORS[k].ln_gamma_salt(1e-8, T)) for k in ("function", "not 1 at 0")]
    # 2 x 0.59 sqrt(c/M) at the start; 0.2 ln(c/c_ref) where chi(0) = 1.2
    assert dilute[0] == pytest.approx(-1.18 * np.sqrt(1e-11), rel=1e-4)
    assert dilute[1] == pytest.approx(0.2 * np.log(1e-11), rel=1e-10)


def test_a_kinked_factor_is_refused():
    kink = fm.ThermodynamicFactor(lambda c, T: 1 + ufl.max_value(c - 50, 0) / 500)
    with pytest.raises(fm.InputError, match="after integration; allowed: a smooth function"):
        kink.check((Na, Cl))
    with pytest.raises(fm.InputError, match="at c = 0 is not finite"):
        fm.ThermodynamicFactor(lambda c, T: 1 + 1 / c).check((Na, Cl))
    with pytest.raises(fm.InputError, match="one cation and one anion"):
        fm.ThermodynamicFactor(1.5).check((Na, K, Cl))


# -- integrability ----------------------------------------------------------------------------
MIXED = pitzer((Na, Cl), (Ca, Cl), theta={"Ca2+,Na+": 0.07}, psi={"Na+,Ca2+,Cl-": -0.007})
SHIPPED = [
    fm.Ideal(),
    fm.DebyeHueckel(),
    fm.DebyeHueckel(ion_size="0.4 nm", statistics=fm.Bikerman("0.5 nm")),
    fm.Davies(),
    MIXED,
    fm.Margules({"Ca2+,Cl-": -4e3, "Ca2+,solvent": 2e3, "Cl-,solvent": "1 kJ/mol"}, 5.5e4),
    fm.Bikerman("0.5 nm"),
    fm.LatticeGas({"Ca2+": 2000.0}, {"Ca2+": 6e3}),
    fm.FreeEnergy(lambda c, T: T * c["Ca2+"] * ufl.ln(1 + c["Cl-"])),
    fm.UserActivity(lambda s: {"Ca2+": 1e-3 * s.c["Cl-"], "Cl-": 1e-3 * s.c["Ca2+"]}),
]


@pytest.mark.parametrize("model", SHIPPED, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("species", [(Ca, Cl), (Na, Ca, Cl)], ids=len)
def test_every_model_derives_from_a_free_energy(model, species):
    if model is MIXED and len(species) == 2:
        model = pitzer((Ca, Cl))
    model.check(species)
    c = {"Na+": 70.0, "Ca2+": 200.0, "Cl-": 500.0}  # not neutral: Poisson's closure allows that
    c = {s.name: c[s.name] for s in species}
    H = thermodynamic_matrix(model, species, c, T)
    assert pytest.approx(H.T, rel=1e-10, abs=1e-14) == H
    integrable(model, species, c, T, "of phase 'brine'")  # refuses nothing


@pytest.mark.parametrize("model", FACTORS.values(), ids=FACTORS)
def test_so_does_a_measured_factor(model):
    c = {"Ca2+": 120.0, "Cl-": 300.0}
    H = thermodynamic_matrix(model, (Ca, Cl), c, T)
    assert pytest.approx(H[1, 0], rel=1e-10) == H[0, 1]
    integrable(model, (Ca, Cl), c, T, "of phase 'brine'")  # refuses nothing


def test_debye_hueckel_with_two_sizes_is_refused_by_name():
    sizes = {"Na+": 4e-10, "Ca2+": 6e-10, "Cl-": 4e-10}

    def two_sizes(s):
        root = ufl.sqrt(0.5e-3 * sum(z**2 * s.c[i] for i, z in s.charges.items()))
        return {
            i: -1.17 * z**2 * root / (1 + 3.29e9 * sizes[i] * root) for i, z in s.charges.items()
        }

    model = fm.UserActivity(two_sizes)
    model.check((Na, Ca, Cl))
    c = {"Na+": 100.0, "Ca2+": 50.0, "Cl-": 200.0}
    with pytest.raises(fm.InputError) as error:
        integrable(model, (Na, Ca, Cl), c, T, "of phase 'brine'")
    H = thermodynamic_matrix(model, (Na, Ca, Cl), c, T)
    text = str(error.value)
    assert "of phase 'brine' at c = Na+ 100" in text and "derives from no free energy" in text
    worst = [(i, j) for i, j in ((0, 1), (1, 2)) if f"{H[i, j]:.6g}" in text]
    assert worst and all(f"{H[j, i]:.6g}" in text for i, j in worst)
    with pytest.raises(fm.InputError, match="must be finite"):
        integrable(fm.UserActivity(lambda s: {"Na+": s.c["Na+"] * np.inf}), (Na,), c, T, "here")


# -- parameters -------------------------------------------------------------------------------
PATHS = {
    "Pitzer": "beta0.Cl-,Na+",
    "Margules": "interaction.Ca2+,Cl-",
    "Bikerman": "size",
    "LatticeGas": "c_max.Ca2+",
    "Davies": "slope",
    "DebyeHueckel": "permittivity",
    "ThermodynamicFactorTable": "last",
}


@pytest.mark.parametrize("model", [*SHIPPED, *FACTORS.values()], ids=lambda m: type(m).__name__)
def test_bound_numbers_are_the_same_model(model, comm):
    """Every float becomes a named Constant; the value stays to a few roundings of the sums."""
    mesh = dolfinx.mesh.create_unit_interval(comm, 4)
    bound, paths = bind(mesh, model)
    assert PATHS.get(type(model).__name__, "") in {*paths, ""}
    species = (Na, Ca, Cl) if model is MIXED else (Ca, Cl)
    s = Point(
        {i.name: c for i, c in zip(species[::-1], (500.0, 200.0, 70.0), strict=False)},
        T,
        {i.name: i.z for i in species},
    )
    for of in (lambda m: m.excess(s), lambda m: m.variable(s.c, s)):
        one, two = of(model), of(bound)
        assert one.keys() == two.keys()
        for i in one:
            assert as_number(two[i]) == pytest.approx(as_number(one[i]), rel=1e-13, abs=1e-13)


# -- bad inputs -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: fm.DebyeHueckel(-1.0), "permittivity of DebyeHueckel = -1"),
        (lambda: fm.DebyeHueckel(ion_size=-1e-10), "ion_size of DebyeHueckel"),
        (lambda: fm.Davies("78 m"), "permittivity of Davies"),
        (lambda: fm.Bikerman(0.0), "size of Bikerman = 0 m must be greater"),
        (lambda: fm.LatticeGas({"Li": -1.0}), r"c_max\['Li'\] of LatticeGas"),
        (lambda: fm.LatticeGas({"Li": 1.0}, {"Na": 1.0}), "interaction of LatticeGas 'Na'"),
        (lambda: fm.LatticeGas({"Li": 1.0}).check([Na]), "c_max of LatticeGas 'Li' not found"),
        (lambda: fm.Margules({"A": 1.0}, 1.0), "'A'; allowed: 2 different names"),
        (lambda: fm.Margules({"A,B": 1.0, "B,A": 1.0}, 1.0), "A, B is given twice"),
        (lambda: fm.Margules({"Na+,Xx": 1.0}, 1.0).check([Na]), "'Xx' not found"),
        (lambda: fm.Margules({"A,B": 1.0}, 0.0), "c_total of Margules = 0"),
        (lambda: pitzer((Na, Cl)).check((Na, K, Cl)), r"beta0 of Pitzer: Cl-, K\+ is missing"),
        (lambda: pitzer((Na, Cl), density=0.0), "density of Pitzer"),
        (lambda: pitzer((Na, Cl), theta={"Na+,Cl-": 1.0}).check((Na, Cl)), "ions of one sign"),
        (lambda: fm.ThermodynamicFactor(-1.0), "chi of ThermodynamicFactor = -1"),
        (lambda: fm.ThermodynamicFactor("x"), "chi of ThermodynamicFactor = 'x'"),
        (lambda: fm.ThermodynamicFactorTable([2, 1], [1, 1]), "c of ThermodynamicFactorTable"),
        (lambda: fm.ThermodynamicFactorTable([1, 2], [1, np.nan]), "allowed: finite numbers"),
        (lambda: fm.FreeEnergy(3.0), "function of FreeEnergy = 3.0"),
        (lambda: fm.FreeEnergy(lambda c, T: c["Na"]).check([Na]), r"Did you mean 'Na\+'"),
        (lambda: fm.UserActivity(lambda s: {"Na": 0}).check([Na]), r"Did you mean 'Na\+'"),
        (lambda: fm.UserActivity(lambda s: 1.0).check([Na]), "returned 1.0; allowed"),
        (lambda: fm.UserActivity(lambda s: {"Na+": s.phi}).check([Na]), "allowed: s.c, s.T"),
        (
            lambda: thermodynamic_matrix(fm.LatticeGas({"Na+": 10.0}), [Na], {"Na+": 11.0}, T),
            "'Na\\+' in LatticeGas = 11 mol/m3; allowed: between 0 and 10",
        ),
        (
            lambda: thermodynamic_matrix(fm.Bikerman(1e-9), [Na], {"Na+": 2e3}, T),
            "sum of concentrations in Bikerman = 2000 mol/m3",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, sentence):
    with pytest.raises(fm.InputError, match=sentence):
        make()
