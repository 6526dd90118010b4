"""The library: every number has a unit, a range and a source, and the tensor is admissible."""

import subprocess
import sys
import tomllib
import warnings
from importlib.resources import files

import basix.ufl
import numpy as np
import pytest
import ufl
from mpi4py import MPI
from typer.testing import CliRunner

import femion as fm
from femion import library
from femion.cli import app
from femion.errors import InputError
from femion.library import OutOfRange, electrolyte, names, pitzer, record
from femion.library.describe import describe
from femion.library.expressions import FORMS
from femion.model import Phase
from femion.thermo.excess import Point
from femion.thermo.integrability import thermodynamic_matrix
from femion.transport import RangeWarning, checks, convert, report
from femion.transport.validity import validity
from femion.units import F, R, as_number

SALTS = [n for n in names() if electrolyte(n).kind == "salt"]
UNITS = {
    "conductivity": "S/m",
    "transference_number": "",
    "diffusivity": "m2/s",
    "thermodynamic_factor": "",
    "limiting_conductivity": "S m2/mol",
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Each test starts as a new process does: nothing has been warned about."""
    monkeypatch.setattr(record, "_said", set())


def grid(e, n=9):
    """Compositions and temperatures over the whole range, ends included."""
    low, high = e.range.c
    for c in np.linspace(max(low, 1e-6 * high), high, n):
        for T in np.linspace(*e.range.T, 5):
            yield float(c), float(T)


# -- the files --------------------------------------------------------------------------------
def test_every_property_states_unit_range_and_source():
    folder = files(library) / "data"
    found = [f for f in folder.iterdir() if f.name.endswith(".toml")]
    assert len(found) == len(names()) >= 8
    for file in found:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        properties = {k: v for k, v in data.items() if isinstance(v, dict) and k != "solvent"}
        assert properties
        for name, p in properties.items():
            where = f"{file.name}: {name}"
            assert p["unit"] == UNITS[name], where
            assert 0 <= p["c"][0] < p["c"][1] and 200 < p["T"][0] <= p["T"][1] < 400, where
            assert len(p["source"]) > 30, where
            assert "CRC" in p["source"] or "(19" in p["source"] or "(20" in p["source"], where
            assert p["form"] in FORMS or name == "limiting_conductivity", where
        assert not any(unit in file.read_text() for unit in ("TODO", "???"))


@pytest.mark.parametrize("name", SALTS)
def test_tables_are_met_by_their_fits(name):
    data, e = record.read(name), electrolyte(name)
    for p in ("conductivity", "diffusivity"):
        if "table" in data[p]:
            c, value = np.array(data[p]["table"], dtype=float).T
            c = np.maximum(c, 1e-9)
            fit = e.properties[p].value(c, 298.15) / (c if p == "conductivity" else 1.0)
            np.testing.assert_allclose(fit, value, rtol=3e-3)


@pytest.mark.parametrize("name", ["NaCl", "KCl", "HCl"])
def test_beyond_a_table_its_last_value_is_kept(name):
    e = electrolyte(name)
    for p, times in (("conductivity", 4.0), ("diffusivity", 1.0)):
        f = e.properties[p].value
        assert f(4e3, 298.15) == pytest.approx(times * f(1e3, 298.15))


# -- the tensor -------------------------------------------------------------------------------
@pytest.mark.parametrize("name", names())
def test_onsager_tensor_is_admissible_over_the_whole_range(name):
    e = electrolyte(name, "Na+,Cl-" if name == "aqueous" else ())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for c, T in grid(e):
            L = e.onsager(c, T)
            checks.admissible(L, [s.name for s in e.species], f"of {name} at {c}, {T}")
            assert np.linalg.eigvalsh(L)[0] > 0 and np.array_equal(L, L.T)


@pytest.mark.parametrize("name", SALTS)
def test_a_medium_to_solve_with_diffuses_with_the_measured_coefficient(name):
    e = electrolyte(name)
    z, c, T = [s.z for s in e.species], e.concentration, e.temperature
    L = checks.evaluate(Phase("bulk", e.medium()), e.composition(c))
    H = thermodynamic_matrix(e.medium().activity, e.species, e.composition(c), T)
    nu = np.array(list(e.composition(1.0).values()))
    chi = c * nu @ H @ nu / nu.sum()  # of the activity
    D, kappa = (e.properties[p].value(c, T) for p in ("diffusivity", "conductivity"))
    back = convert.newman(L, z, c, T)
    assert back.thermodynamic_diffusivity * chi == pytest.approx(D, rel=1e-9)
    assert back.conductivity == pytest.approx(kappa, rel=1e-9)


@pytest.mark.parametrize("name", SALTS)
def test_tensor_gives_back_what_was_measured(name):
    e = electrolyte(name)
    z = [s.z for s in e.species]
    for c, T in grid(e, 4):
        back = convert.newman(e.onsager(c, T), z, c, T)
        kappa, t, D, chi = (e.properties[p].value(c, T) for p in library.SALT)
        assert back.conductivity == pytest.approx(kappa, rel=1e-9)
        assert back.transference_number == pytest.approx(t, rel=1e-9, abs=1e-9)
        assert back.thermodynamic_diffusivity == pytest.approx(D / chi, rel=1e-7)


@pytest.mark.parametrize("name", SALTS)
def test_functions_agree_on_numbers_arrays_and_ufl(name):
    e = electrolyte(name)
    c, T = 0.5 * sum(e.range.c), e.temperature
    plane = ufl.Mesh(basix.ufl.element("Lagrange", "triangle", 1, shape=(2,)))
    x, y = ufl.SpatialCoordinate(plane)
    for p in e.properties.values():
        number = float(p(c, T))
        assert np.allclose(p.value(np.array([c, c]), T), number)
        assert float(p(x, T + 0 * x)((c, T))) == pytest.approx(number, rel=1e-12)
        assert float((p(x, y) + 0 * x)((c, T))) == pytest.approx(number, rel=1e-12)


# -- known values -----------------------------------------------------------------------------
def test_ions_at_infinite_dilution():
    """CRC Handbook: lambda0 and, in the same table, D."""
    e = electrolyte("aqueous")
    known = {
        "H+": 9.311, "Li+": 1.029, "Na+": 1.334, "K+": 1.957, "NH4+": 1.957, "Mg2+": 0.706,
        "Ca2+": 0.792, "OH-": 5.273, "F-": 1.475, "Cl-": 2.032, "Br-": 2.080, "I-": 2.045,
        "NO3-": 1.902, "SO4 2-": 1.065, "HCO3-": 1.185, "CO3 2-": 0.923,
    }  # fmt: skip
    assert set(known) == set(e.limiting)
    for ion, D in known.items():
        assert e.diffusivity(ion) == pytest.approx(D * 1e-9, rel=1e-3)


@pytest.mark.parametrize(("name", "ions"), [("NaCl", "Na+,Cl-"), ("KCl", "K+,Cl-")])
def test_salts_meet_their_ions_at_infinite_dilution(name, ions):
    molar = {"NaCl": 126.4e-4, "KCl": 149.8e-4}[name]
    salt, pair = electrolyte(name), electrolyte("aqueous", ions)
    dilute = describe(pair, 1e-3, 298.15)
    assert dilute.molar_conductivity == pytest.approx(molar, rel=1e-3)
    real = describe(salt, 1e-3, 298.15)
    assert real.molar_conductivity == pytest.approx(molar, rel=1e-3)
    assert real.transference_numbers == pytest.approx(dilute.transference_numbers, abs=5e-4)
    D = salt.properties["diffusivity"].value(1e-6, 298.15)
    assert dilute.thermodynamic_diffusivity == pytest.approx(D, rel=2e-3)  # Nernst-Hartley
    assert real.thermodynamic_factor == pytest.approx(1.0, abs=1e-3)


def test_salts_at_one_molar():
    """D: CRC Handbook; KCl: the 1 demal standard, 11.13 S/m; Nafion: Springer et al. (1991)."""
    assert electrolyte("NaCl").properties["diffusivity"](1e-6, 298.15) == pytest.approx(
        1.61e-9, rel=2e-3
    )
    for name, D in {"NaCl": 1.484e-9, "KCl": 1.892e-9, "HCl": 3.436e-9}.items():
        assert electrolyte(name).properties["diffusivity"](1e3, 298.15) == pytest.approx(
            D, rel=2e-3
        )
    assert describe(electrolyte("KCl"), 1e3, 298.15).conductivity == pytest.approx(11.13, rel=1e-2)
    carbonate = describe(electrolyte("LiPF6_EC_EMC_3_7"), 1e3, 298.15)
    assert carbonate.conductivity == pytest.approx(0.913, rel=1e-3)
    assert 0.2 < carbonate.transference_numbers[0] < 0.3
    nafion = describe(electrolyte("Nafion_water"), 1e3, 303.15)
    assert nafion.conductivity == pytest.approx(10.98, rel=3e-3)
    assert nafion.transference_numbers == pytest.approx([1.0])
    assert nafion.L[0, 0] == pytest.approx(nafion.conductivity / F**2)


@pytest.mark.parametrize(
    ("name", "measured", "within"),
    [
        ("NaCl", (0.3918, 0.3902, 0.3876, 0.3854, 0.3821), 5e-4),
        ("KCl", (0.4902, 0.4901, 0.4899, 0.4898, 0.4894), 5e-4),
        ("HCl", (0.8251, 0.8266, 0.8292, 0.8314, 0.8337), 5e-4),
    ],
)
def test_transference_numbers_of_the_moving_boundary(name, measured, within):
    """Longsworth, J. Am. Chem. Soc. 54 (1932) 2741, 10 to 200 mol/m3 at 25 degC."""
    t = electrolyte(name).properties["transference_number"]
    for c, value in zip((10.0, 20.0, 50.0, 100.0, 200.0), measured, strict=True):
        assert t(c, 298.15) == pytest.approx(value, abs=within)


@pytest.mark.parametrize(("name", "gamma"), [("NaCl", 0.657), ("KCl", 0.604), ("HCl", 0.809)])
def test_thermodynamic_factor_integrates_to_the_known_activity(name, gamma):
    """ln gamma = int (chi - 1) d ln m; Robinson & Stokes, gamma at 1 mol/kg and 25 degC."""
    data = record.read(name)["thermodynamic_factor"]
    m = np.linspace(0.0, 1.0, 20001)[1:] ** 2  # in sqrt(m), where chi is smooth
    c = m * data["density"] / (1 + m * data["density"] * data["molar_volume"])
    chi = electrolyte(name).properties["thermodynamic_factor"].value(c, 298.15)
    ln_gamma = np.trapezoid((chi - 1) / m, m)
    assert np.exp(ln_gamma) == pytest.approx(gamma, rel=5e-3)


def test_friction_with_the_solvent_at_infinite_dilution_is_nernst_einstein():
    d = describe(electrolyte("aqueous", "Na+,Cl-"), 1.0, 298.15)
    D = np.diag(d.L) * R * d.T / d.c
    assert d.friction[:2, 2] == pytest.approx(D, rel=1e-4)


# -- what is refused, and what is warned about --------------------------------------------------
def test_unknown_names_are_named():
    with pytest.raises(InputError, match=r"electrolyte 'NaCI' not found.*Did you mean 'NaCl'"):
        electrolyte("NaCI")
    with pytest.raises(InputError, match=r"ion of 'aqueous' 'Na' not found"):
        electrolyte("aqueous", "Na")
    with pytest.raises(InputError, match="ions of 'NaCl' are"):
        electrolyte("NaCl", "K+,Cl-")
    with pytest.raises(InputError, match="choose a cation and an anion"):
        describe(electrolyte("aqueous"), 1.0, 298.15)
    with pytest.raises(InputError, match="cation"):
        describe(electrolyte("aqueous", "Na+,K+"), 1.0, 298.15)
    with pytest.raises(InputError, match="temperature"):
        electrolyte("NaCl").medium(temperature="1 m")
    assert electrolyte("nacl").name == "NaCl"


def test_warns_once_with_property_value_and_range():
    e = electrolyte("NaCl")
    text = r"conductivity of 'NaCl' is asked at c = 2000 mol/m3; its source covers 0 to 1000 mol/m3"
    with pytest.warns(OutOfRange, match=text) as said:
        e.properties["conductivity"](2000.0, 298.15)
        e.properties["conductivity"](3000.0, 298.15)
    assert len(said) == 1
    with pytest.warns(
        OutOfRange, match=r"'NaCl' is asked at T = 310 K; its source covers 298.15 K"
    ):
        e.medium(310.0)
    with pytest.warns(RangeWarning, match=r"Cl- = 100 mol/m3 is outside its range 0 to 10 mol/m3"):
        report(electrolyte("aqueous", "Na+,Cl-").medium(), 100.0)


def test_a_medium_knows_the_range_of_each_ion():
    assert validity(electrolyte("LiPF6_EC_EMC_3_7").transport)["Li+"] == (100.0, 3000.0)
    assert validity(electrolyte("aqueous", "Ca2+,Cl-").transport)["Cl-"] == (0.0, 10.0)
    assert validity(fm.Effective(electrolyte("NaCl").transport, 0.5))["Na+"] == (0.0, 1000.0)


# -- activities -----------------------------------------------------------------------------------
def test_pitzer_of_library_salts():
    """gamma of NaCl at 1 mol/kg, Robinson & Stokes: 0.657."""
    model = pitzer("NaCl", "KCl")
    ions = electrolyte("aqueous", "Na+,K+,Cl-")
    assert ions.medium(activity=model).activity is model
    c = {"Na+": 997.05, "Cl-": 997.05}
    found = model.excess(Point(c, 298.15, {"Na+": 1, "Cl-": -1}))
    assert np.exp(as_number(found["Na+"])) == pytest.approx(0.657, rel=3e-3)
    with pytest.raises(InputError, match="Pitzer's parameters 'LiPF6_EC_EMC_3_7' not found"):
        pitzer("LiPF6_EC_EMC_3_7")


def test_a_salt_refuses_an_activity_of_another_chi():
    e = electrolyte("NaCl")
    with pytest.raises(InputError, match=r"thermodynamic_factor of ConcentratedBinary = 0\.9"):
        e.medium(activity=fm.Ideal())
    with pytest.raises(InputError, match="in activity Davies of the Medium"):
        fm.Medium(e.species, fm.Effective(fm.ConcentratedBinary(1.0, 0.4, 1e-9), 0.4), fm.Davies())
    chi = fm.ThermodynamicFactorTable([0, 10, 100, 500], [1, 0.95, 0.92, 0.93])
    fm.Medium(e.species, fm.ConcentratedBinary(1.0, 0.4, 1e-9, chi.factor), chi)
    magnesium = [fm.Species("Cl-", -1), fm.Species("Mg2+", 2)]
    fm.Medium(magnesium, fm.ConcentratedBinary(1.0, 0.4, 1e-9, 0.9), fm.ThermodynamicFactor(0.9))


# -- the command and the picture ----------------------------------------------------------------
@pytest.mark.skipif(MPI.COMM_WORLD.rank > 0, reason="only rank 0 prints")
def test_show_prints_every_description():
    out = CliRunner().invoke(app, ["electrolyte", "show", "NaCl", "--concentration", "1 M"]).output
    for text in (
        "L[Na+,Cl-]", "sigma[Na+,Na+]", "8.576", "t[Na+]", "S m2/mol", "m2/s", "chi",
        "D[Na+,solvent]", "D[Na+,Cl-]", "smallest eigenvalue", "Pitzer", "Stokes",
        "range of the data: c 0 to 1000 mol/m3",
    ):  # fmt: skip
        assert text in out
    out = CliRunner().invoke(app, ["electrolyte", "show", "aqueous"]).output
    assert "1.334e-09" in out and "CRC Handbook" in out
    out = CliRunner().invoke(app, ["electrolyte", "list"]).output
    assert all(n in out for n in names())


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["show", "NaCI"], 2, "Did you mean 'NaCl'?"),
        (["show", "NaCl", "--concentration", "1 furlong"], 2, "concentration = '1 furlong'"),
        (["show", "NaCl", "--temperature", "25 m"], 2, "temperature = '25 m'"),
        (["show", "NaCl", "--temperature", "-300 degC"], 2, "must be greater than 0"),
        (["show", "NaCl", "--concentration", "100 M"], 2, "more than 5 times the most"),
        (["show", "NaCl", "--temperature", "900 K"], 2, "more than 100 K outside"),
        (["show", "Nafion_water", "--plot", "x.png"], 2, "cannot be drawn"),
        (["show", "NaCl", "--temperature", "40 degC"], 0, "T = 313.15 K; its source covers"),
    ],
)
@pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="starts a process of its own")
def test_bad_words_end_in_one_sentence(words, code, text, tmp_path):
    command = [sys.executable, "-m", "femion", "electrolyte", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert text in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="starts a process of its own")
def test_show_does_not_load_dolfinx():
    code = (
        "import sys; from femion.cli import app\n"
        "try: app(['electrolyte', 'show', 'NaCl'])\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'dolfinx', 'petsc4py', 'matplotlib', 'pyvista'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


@pytest.mark.parametrize("name", ["LiPF6_EC_EMC_3_7", "NaCl"])
def test_picture_shows_the_curves(name, tmp_path):
    from matplotlib.image import imread

    from femion.plot.electrolyte import curves, draw

    e = electrolyte(name)
    shown = curves(e, 298.15, 5)
    assert shown["L"].shape == (5, 2, 2) and np.all(np.diff(shown["c"]) > 0)
    assert shown["kappa"][-1] == pytest.approx(
        e.properties["conductivity"].value(e.range.c[1], 298.15)
    )
    pixels = imread(draw(e, tmp_path / "a folder" / "e.png"))
    assert min(pixels.shape[:2]) > 700 and (pixels[..., :3].std() > 0.05)
    with pytest.raises(InputError, match="cannot be drawn"):
        draw(electrolyte("aqueous"), tmp_path / "no.png")
