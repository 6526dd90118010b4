"""What cannot be right ends in one clear sentence, before anything is solved."""

from dataclasses import dataclass

import numpy as np
import pytest
from cases import BATH, FEED, Cl, Na, membrane_model, stack, um

import femion as fm

SALT = {"Na+": 10.0, "Cl-": 10.0}
WATER = fm.Medium([Na, Cl], fm.Dilute({"Na+": 1.3e-9, "Cl-": 2.0e-9}))


@pytest.fixture(scope="module")
def domain():
    return fm.mesh(stack())


@pytest.fixture(scope="module")
def slab():
    return fm.mesh(fm.geometry.slab(100 * um, 10))


@dataclass(frozen=True)
class Greedy:
    """A law that makes charge."""

    where: str

    def transfers(self, a, b):
        yield fm.Transfer(a.c["Na+"], {"Na+": -1}, {"Cl-": +1})


@dataclass(frozen=True)
class Salt:
    """A law that moves neutral salt only."""

    where: str

    def transfers(self, a, b):
        yield fm.Transfer(a.c["Na+"], {"Na+": -1, "Cl-": -1}, {"Na+": +1, "Cl-": +1})


def swap(model, k, law):
    laws = list(model.laws)
    laws[k] = law
    return fm.Model(model.phases, laws)


CASES = {
    "region": (
        lambda m: fm.Model([*m.phases[:2], fm.Phase("chanel", m.phases[2].medium)], m.laws[:4]),
        r"'chanel' not found; known: channel, left bath, membrane\. Did you mean 'channel'\?",
    ),
    "unused region": (
        lambda m: fm.Model(m.phases[:2], [m.laws[0], m.laws[3]]),
        "region 'channel' of the mesh belongs to no phase",
    ),
    "boundary": (
        lambda m: swap(m, 0, fm.Reservoir("lefft", BATH, potential=0)),
        "'lefft' not found; known: feed, left, right, walls. Did you mean 'left'",
    ),
    "phase in a law": (
        lambda m: swap(m, 3, fm.Donnan("left bath|membran")),
        "'membran' not found.*Did you mean 'membrane'",
    ),
    "apart": (
        lambda m: swap(m, 3, fm.Donnan("left bath|channel")),
        "phases 'left bath' and 'channel' do not touch",
    ),
    "net charge": (
        lambda m: swap(m, 0, fm.Reservoir("left", {**BATH, "Cl-": "90 mM"}, potential=0)),
        r"net charge of \+10 mol/m3",
    ),
    "species of a bath": (
        lambda m: swap(m, 0, fm.Reservoir("left", {"Na+": 1.0, "Cl-": 1.0}, potential=0)),
        "'K\\+' must be either in concentrations",
    ),
    "no potential": (
        lambda m: swap(m, 0, fm.Reservoir("left", BATH, current=0)),
        "no electric potential is given for channel, left bath, membrane; give a",
    ),
    "floating phase": (
        lambda m: fm.Model(m.phases, [*m.laws[:4], Salt("membrane|channel")]),
        "no electric potential is given for channel; give a",
    ),
    "greedy law": (
        lambda m: swap(m, 3, Greedy("left bath|membrane")),
        "creates charge -2",
    ),
    "terminal on an electrolyte": (
        lambda m: swap(m, 0, fm.Terminal("left", potential=0)),
        "needs an electronic conductor",
    ),
    "electrode without metal": (
        lambda m: swap(m, 3, fm.ButlerVolmer("left bath|membrane", "Na -> Na+ + e-", 1.0, 0.0)),
        "needs an electronic conductor on exactly one side; found 0",
    ),
    "blocked species": (
        lambda m: swap(m, 3, fm.Donnan("left bath|membrane", blocked=["Ca2+"])),
        "'Ca2\\+' not found; known: Cl-, K\\+, Na\\+",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_models(name, domain):
    change, message = CASES[name]
    with pytest.raises(fm.InputError, match=message) as error:
        fm.Problem(change(membrane_model()), domain)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 2


def test_a_boundary_of_several_phases_is_refused(domain):
    with pytest.raises(fm.InputError, match="must touch exactly one phase; it touches: left bath"):
        fm.Problem(swap(membrane_model(), 2, fm.Bath("walls", FEED)), domain)


def test_cells_without_a_region_are_counted(slab):
    with pytest.raises(fm.InputError, match="20 cells of the mesh are in no named region"):
        fm.Domain(slab.mesh, slab.cells, slab.facets, {"somewhere": 99}, slab.boundaries)


def test_phases_need_a_composition(slab):
    laws = [fm.ReversibleElectrode("left", "Na+", potential=0)]
    with pytest.raises(fm.InputError, match="phase 'electrolyte' has no initial concentrations"):
        fm.Problem(fm.Model([fm.Phase("electrolyte", WATER)], laws), slab)


def test_charged_initial_composition_is_refused(slab):
    phase = fm.Phase("electrolyte", WATER, initial={"Na+": 10.0, "Cl-": 11.0})
    with pytest.raises(fm.InputError, match=r"net charge of -1 mol/m3"):
        fm.Problem(fm.Model([phase], [fm.ReversibleElectrode("left", "Na+", potential=0)]), slab)


def test_geometry_must_be_one():
    with pytest.raises(fm.InputError, match="allowed: a Geometry, a Domain or a mesh file"):
        fm.solve(membrane_model(), None)
    with pytest.raises(fm.InputError, match=r"nowhere\.msh"):
        fm.mesh("nowhere.msh")


def test_unknown_parameters_and_places_are_explained(domain):
    s = fm.solve(fm.Problem(membrane_model(), domain))
    with pytest.raises(fm.InputError, match=r"Did you mean 'laws.right.control.value'"):
        s.problem["laws.right.control.valu"] = 1.0
    with pytest.raises(fm.InputError, match="known: feed, left"):
        s.current("nowhere")
    with pytest.raises(fm.InputError, match="known: channel, left bath, membrane"):
        s.state("nowhere")


def limiting(share):
    """A binary salt between reversible electrodes at a share of 4 F D+ c/L."""
    i = share * 4 * fm.units.F * 1.3e-9 * 10.0 / (100 * um)
    return fm.Model(
        [fm.Phase("electrolyte", WATER, initial=SALT)],
        [
            fm.ReversibleElectrode("left", "Na+", potential=0),
            fm.ReversibleElectrode("right", "Na+", current_density=-i),
        ],
    )


def test_more_than_the_limiting_current_is_no_steady_state(slab):
    with pytest.raises(fm.NotConverged) as error:
        fm.solve(fm.Problem(limiting(1.5), slab))
    assert "no steady state: Na+ depleted at (0.0001" in str(error.value)
    assert "'electrolyte'" in str(error.value)
    # the coarse mesh's own limit is 4FDc/L up to the discretisation of the last cell
    assert error.value.state.share == pytest.approx(1 / 1.5, rel=0.01)
    assert error.value.exit_code == 3
    assert "NOT the state that was asked for: it holds at 66" in error.value.state.summary()


def test_just_below_the_limiting_current_is_solved(slab):
    s = fm.solve(fm.Problem(limiting(0.98), slab, degree=2))
    least, most = s.extremes("Na+", "electrolyte")
    assert np.allclose([least, most], [0.2, 19.8], rtol=1e-2)


def test_a_state_that_is_not_converged_cannot_be_a_solution(slab):
    from femion.solvers.newton import Newton, Outcome
    from femion.solvers.steady import Path

    problem = fm.Problem(limiting(0.5), slab)
    with pytest.raises(fm.FemionError, match="not converged"):
        fm.Solution(problem, Path([(1.0, Outcome(False, "max it"))]), Newton(problem))
