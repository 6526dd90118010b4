"""External energies: partition by Born and steric exclusion, weight, refusals."""

import numpy as np
import pytest

import femion as fm
from femion.units import EPS0, N_A, F, R
from femion.verify import bench

IONS = (bench.SODIUM, bench.CHLORIDE)
RT = R * bench.T


def partition(comm, **membrane):
    """Concentrations on both sides of bath | membrane at rest, bath at 100 mol/m3."""
    slow = bench.nacl(0.1)
    phases = [fm.Phase("bath", bench.nacl()), fm.Phase("pore", slow, **membrane)]
    laws = [
        fm.Reservoir("left", bench.salt(100.0), potential=0.0),
        fm.Donnan("bath|pore"),
    ]
    where = bench.stack({"bath": 1e-5, "pore": 1e-5}, 2e-6)
    s = fm.solve(fm.Model(phases, laws), where)
    return s, {i: bench.concentration(s, i, "bath|pore", "pore") for i in ("Na+", "Cl-")}


def test_born_and_steric_exclusion_are_partition_coefficients(comm):
    """Each ion is excluded by its own energy; electroneutrality takes the mean of both."""
    born = fm.Born({"Na+": 0.2e-9, "Cl-": 0.18e-9}, 60.0)
    steric = fm.Steric({"Na+": 0.2e-9, "Cl-": 0.1e-9}, 0.5e-9)
    _, c = partition(comm, energies=[born, steric])
    shared = F**2 / (8 * np.pi * EPS0 * N_A) * (1 / 60.0 - 1 / 78.36)
    W = shared * (1 / 0.2e-9 + 1 / 0.18e-9)
    expected = 100.0 * np.exp(-W / (2 * RT)) * (1 - 0.4) * (1 - 0.2)
    assert c["Na+"] == pytest.approx(expected, rel=1e-10)
    assert c["Cl-"] == pytest.approx(expected, rel=1e-10)


def test_an_energy_is_what_a_standard_potential_is(comm):
    s, c = partition(comm, energies=[fm.External({"Na+": "1 kJ/mol"})], fixed_charge=-50.0)
    phase = fm.Phase(
        "pore",
        fm.Medium(IONS, fm.Dilute(bench.NACL), standard_potential={"Na+": 1000.0}),
        fixed_charge=-50.0,
    )
    laws = [fm.DonnanReservoir("left", bench.salt(100.0), potential=0.0)]
    other = fm.solve(fm.Model([phase], laws), bench.stack({"pore": 1e-5}, 2e-6))
    assert c["Na+"] == pytest.approx(bench.concentration(other, "Na+", "pore"), rel=1e-10)
    assert max(abs(s.flow(i, "left")) for i in ("Na+", "Cl-")) < 1e-20


def test_weight_less_buoyancy(comm):
    """A closed column settles by its scale height RT/((M - V rho) g); the last axis is up."""
    M, height = 1e4, 0.1
    heavy = fm.Species("P", 0)
    medium = fm.Medium((heavy,), fm.Dilute({"P": 1e-10}))
    weight = fm.Gravity({"P": M / 1000}, {"P": 0.5 * M / 1000 / 1000}, 1000.0, (-9.81, 0.0))
    phase = fm.Phase("slab", medium, initial={"P": 1.0}, energies=[weight])
    s = fm.solve(fm.Model([phase], []), bench.stack({"slab": height}, height / 20), degree=2)
    c = [bench.at(s, "slab", "P", x) for x in (0.0, height)]
    assert np.log(c[0] / c[1]) == pytest.approx(0.5 * M / 1000 * 9.81 * height / RT, rel=1e-9)
    assert bench.concentration(s, "P", "slab") == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: fm.Steric({"Na+": 1e-9}, 0.5e-9), "radius"),
        (lambda: fm.Born({"Na+": -1e-10}, 60.0), "greater than 0"),
        (lambda: fm.Centrifuge({"A": 1.0}, 10.0, radial=3), "radial"),
        (lambda: fm.Pressure({"A": 1e-5}, "1 mol"), "pressure"),
        (
            lambda: fm.Phase("p", bench.nacl(), energies=[fm.External({"Na": 1.0})]),
            "Did you mean 'Na\\+'",
        ),
    ],
)
def test_refusals(make, sentence):
    with pytest.raises(fm.InputError, match=sentence):
        make()
