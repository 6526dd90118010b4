"""The law's own test: against the scalar equation of two films and a carrier in series."""

import sys
from pathlib import Path

import pytest
from scipy.optimize import brentq

import femion as fm

sys.path.insert(0, str(Path(__file__).parents[1]))
from langmuir import Carrier


@pytest.mark.parametrize("c", [20.0, 500.0])
def test_carrier_between_two_films(c):
    K, Cl = fm.Species("K+", 1), fm.Species("Cl-", -1)
    D, L, N_max, half = {"K+": 1.957e-9, "Cl-": 2.032e-9}, 5e-5, 2e-4, 50.0
    water = fm.Medium([K, Cl], fm.Dilute(D))
    laws = [
        Carrier("a|b", "K+", "Cl-", N_max, "50 mM"),
        fm.Reservoir("left", {"K+": c, "Cl-": c}, potential=0.0),
        fm.Reservoir("right", {"K+": 1.0, "Cl-": 1.0}, potential=0.0),
    ]
    model = fm.Model([fm.Phase("a", water), fm.Phase("b", water)], laws)
    s = fm.solve(model, fm.geometry.layers({"a": L, "b": L}, height=L / 5, h=L / 20), degree=2)
    film = 2 * D["K+"] * D["Cl-"] / (D["K+"] + D["Cl-"]) / L  # diffusion of the salt
    bound = lambda c: c / (half + c)  # noqa: E731
    exact = brentq(
        lambda N: N_max * (bound(c - N / film) - bound(1.0 + N / film)) - N, 0, film * c, xtol=1e-18
    )
    area = s.site("a|b").area
    assert s.flow("K+", "a|b") / area == pytest.approx(exact, rel=1e-6)
    assert s.flow("Cl-", "b|a") == pytest.approx(-s.flow("K+", "a|b"), rel=1e-12)
    assert s.audit.interfaces["a|b"] > 0
    assert s.audit.energy_imbalance < 1e-9
