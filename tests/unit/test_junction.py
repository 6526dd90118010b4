"""Henderson's and Goldman's formulas: their limits, symmetries and errors, without a mesh."""

import numpy as np
import pytest

import femion as fm
from femion.metrics import goldman, henderson
from femion.units import F, R

VT = R * 298.15 / F
D = {"H+": 9.3e-9, "K+": 1.96e-9, "Ca2+": 0.8e-9, "Cl-": 2.03e-9}
IONS = [fm.Species(i, {"Ca2+": 2, "Cl-": -1}.get(i, 1)) for i in D]
MONO = [s for s in IONS if s.name != "Ca2+"]
D_MONO = {s.name: D[s.name] for s in MONO}
ACID, SALT = {"H+": 100.0, "Cl-": 100.0}, {"K+": "0.1 M", "Cl-": "100 mM"}


def test_like_concentrations_with_a_common_ion_give_the_lewis_sargent_formula():
    exact = VT * np.log((D["H+"] + D["Cl-"]) / (D["K+"] + D["Cl-"]))
    assert henderson(ACID, SALT, D, IONS) == pytest.approx(exact, rel=1e-14)
    assert goldman(ACID, SALT, D_MONO, MONO) == pytest.approx(exact, rel=1e-14)


def test_one_salt_has_its_diffusion_potential():
    strong, weak = {"Ca2+": 50.0, "Cl-": 100.0}, {"Ca2+": 5.0, "Cl-": 10.0}
    share = (2 * D["Ca2+"] - 2 * D["Cl-"]) / (4 * D["Ca2+"] + 2 * D["Cl-"])
    exact = share * VT * np.log(10)
    assert henderson(strong, weak, D, IONS) == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize("estimate", [henderson, goldman])
def test_sides_change_the_sign_and_temperature_scales(estimate):
    here = estimate(ACID, {"K+": 3000.0, "Cl-": 3000.0}, D_MONO, MONO)
    there = estimate({"K+": 3000.0, "Cl-": 3000.0}, ACID, D_MONO, MONO)
    assert there == pytest.approx(-here, rel=1e-13)
    warm = estimate(ACID, {"K+": 3000.0, "Cl-": 3000.0}, D_MONO, MONO, "50 degC")
    assert warm / here == pytest.approx(323.15 / 298.15, rel=1e-13)
    assert estimate(ACID, ACID, D_MONO, MONO) == 0.0


def test_sides_that_conduct_alike_are_no_special_case():
    """K+ so concentrated that both sides conduct the same: the limit of nearby ones."""
    c = 100.0 * (D["H+"] + D["Cl-"]) / (D["K+"] + D["Cl-"])
    values = [
        henderson(ACID, {"K+": c * k, "Cl-": c * k}, D, IONS) for k in (1 - 1e-6, 1.0, 1 + 1e-6)
    ]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-9)
    assert values[0] != values[2]


BAD = [
    (lambda: henderson({"Na+": 1.0}, SALT, D, IONS), "species on the left.*'Na.*' not found"),
    (lambda: henderson(ACID, {"K+": -1.0}, D, IONS), "on the right = -1; allowed: 0 or more"),
    (lambda: henderson(ACID, {}, D, IONS), "no ion that moves"),
    (lambda: henderson(ACID, SALT, D_MONO, IONS), r"'Ca2\+' is missing"),
    (lambda: henderson(ACID, SALT, D, IONS, -1.0), "temperature of the junction = -1"),
    (lambda: goldman(ACID, SALT, D, IONS), r"'Ca2\+' has z = 2; allowed: \+1 and -1"),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_wrong_junctions_are_refused(make, message):
    with pytest.raises(fm.InputError, match=message):
        make()
