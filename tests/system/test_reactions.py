"""Reacting phases solved: what stays closed, user kinetics, parameters, MPI."""

from dataclasses import dataclass
from math import log
from typing import ClassVar

import pytest
from cases import um

import femion as fm
from femion.conserve import conserved
from femion.units import R

Z = {"Na+": 1, "Cl-": -1, "H+": 1, "OH-": -1, "CO2": 0, "HCO3-": -1, "CO3--": -2}
SODA = ("Na+", "H+", "OH-", "CO2", "HCO3-", "CO3--")
WATER = fm.water_dissociation()
REST = fm.ReversibleElectrode("left", "Na+", potential=0.0)


def medium(names=SODA):
    D = {i: 9e-9 if i == "H+" else 1e-9 for i in names}
    return fm.Medium([fm.Species(i, Z.get(i, 0)) for i in names], fm.Dilute(D))


def slab(*laws, cells=8, closure=None, **phase):
    phase = {"medium": medium(), "reactions": (WATER, *fm.carbonate())} | phase
    model = fm.Model([fm.Phase("cell", **phase)], laws, closure=closure or fm.Electroneutral())
    return fm.Problem(model, fm.mesh(fm.geometry.slab(100 * um, cells, region="cell")))


def total(s, names, phase="cell"):
    return sum(s.mean(lambda q, i=i: q.c[i], phase) for i in names)


def test_a_closed_phase_keeps_what_no_reaction_changes():
    sums = conserved(slab(REST, initial={"Na+": 10.0, "HCO3-": 10.0, "CO2": 1.0}))
    assert len(sums) == 2  # of 5 closed species and 3 reactions; sodium follows from neutrality
    for r in (WATER, *fm.carbonate()):
        for w in sums:
            assert sum(w["cell"].get(i, 0) * n for i, n in r.gains.items()) == 0


def test_without_reactions_each_closed_species_is_its_own_sum():
    p = slab(REST, medium=medium(("Na+", "Cl-", "CO2")), reactions=(), initial=SALT | {"CO2": 1.0})
    assert conserved(p) == [{"cell": {"Cl-": 1}}, {"cell": {"CO2": 1}}]
    assert p.amounts == [["amount of Cl- in cell"], ["amount of CO2 in cell"]]


SALT = {"Na+": 10.0, "Cl-": 10.0}


def test_neutrality_takes_the_place_of_one_sum():
    # every ion closed in an inner phase: nothing enters or leaves beside the open outer one
    outer = fm.Phase("outer", medium(("Na+", "Cl-")), initial=SALT)
    inner = fm.Phase("inner", medium(("Na+", "Cl-")), initial=SALT)
    model = fm.Model(
        [outer, inner],
        [fm.Reservoir("left", SALT, potential=0.0), fm.Donnan("outer|inner", blocked=["Cl-"])],
    )
    shape = fm.geometry.layers(
        {"outer": 50 * um, "inner": 50 * um}, height=10 * um, h=10 * um, cells_y=1
    )
    assert conserved(fm.Problem(model, fm.mesh(shape))) == [{"inner": {"Cl-": 1}}]


@pytest.mark.parametrize("closure", [fm.Electroneutral(), fm.Poisson()])
def test_totals_are_those_of_a_start_far_from_equilibrium(closure):
    start = {"Na+": 10.0, "HCO3-": 9.0, "CO2": 2.0, "H+": 1.5, "OH-": 1.5, "CO3--": 0.5}
    s = fm.solve(slab(REST, initial=start, closure=closure))
    assert total(s, ("CO2", "HCO3-", "CO3--")) == pytest.approx(11.5, rel=1e-9)
    assert total(s, ["Na+"]) == pytest.approx(10.0, rel=1e-9)
    a = s.audit
    scale = 1e-9 * 10.0  # D c L^(d-2) of the cell
    assert all(abs(v) < 1e-9 * scale for v in a.produced["cell"].values())
    assert abs(a.reactions["cell"]) < 1e-9 * scale * R * 298.15


def test_amounts_are_shared_between_phases_in_contact():
    names = ("Na+", "A", "B")
    start = {"Na+": 50.0, "A": 6.0, "B": 1.0}
    m = medium(names)
    favoured = fm.Medium(m.species, m.transport, standard_potential={"A": -2000.0})
    change = fm.MassAction("A -> B", 2.0, backward=1e-3)
    phases = [
        fm.Phase("a", m, fixed_charge=-50.0, initial=start, reactions=[change]),
        fm.Phase("b", favoured, fixed_charge=-50.0, initial=start, reactions=[change]),
    ]
    laws = [REST, fm.Donnan("a|b")]
    shape = fm.geometry.layers({"a": 50 * um, "b": 50 * um}, height=10 * um, h=10 * um, cells_y=1)
    s = fm.solve(fm.Model(phases, laws), shape)
    both = total(s, ("A", "B"), "a") + total(s, ("A", "B"), "b")
    assert both == pytest.approx(14.0, rel=1e-9)
    assert total(s, ["B"], "a") == pytest.approx(2.0 * total(s, ["A"], "a"), rel=1e-9)
    assert total(s, ["B"], "b") == pytest.approx(total(s, ["B"], "a"), rel=1e-9)
    assert max(map(abs, s.audit.produced["b"].values())) < 1e-18


@dataclass(frozen=True)
class Enzyme:
    """A -> B at the rate v c_A/(k + c_A) (1 - exp(-A/RT)): kinetics of one's own."""

    v: float
    k: float
    equilibrium_constant: float = 3.0
    gains: ClassVar = {"A": -1, "B": 1}

    def check(self, species):
        assert {s.name for s in species} >= set(self.gains)

    def affinity(self, s):
        return fm.MassAction("A -> B", self.equilibrium_constant, forward=1.0).affinity(s)

    def rate(self, s):
        first = fm.MassAction("A -> B", self.equilibrium_constant, forward=1.0)
        return self.v * first.rate(s) / (self.k + s.c["A"])


def test_kinetics_of_ones_own_and_the_second_law():
    bath = {"A": 50.0, "B": 1.0}
    p = slab(
        fm.Reservoir("left", bath, potential=0.0),
        medium=medium(("A", "B")),
        reactions=[Enzyme(0.5, 10.0)],
        cells=20,
    )
    slow = fm.solve(p)
    made = slow.audit.produced["cell"]
    assert made["A"] == pytest.approx(-made["B"], rel=1e-12)
    assert slow.flow("A", "left") == pytest.approx(made["B"], rel=1e-9)
    a = slow.audit
    assert a.reactions["cell"] > 0 and a.dissipation["cell"] > 0
    assert max(a.imbalance.values()) < 1e-9 and a.energy_imbalance < 1e-9
    # nothing but the reaction takes power here: what it stores is RT ln K per event
    assert a.stored["reactions in cell"] == pytest.approx(
        -R * 298.15 * log(3.0) * made["B"], rel=1e-9
    )
    p["phases.cell.reactions.0.v"] = 1.0
    fast = fm.solve(p)
    assert fast.audit.produced["cell"]["B"] > made["B"]
    assert slow.audit.produced["cell"]["B"] == made["B"]


def test_constants_are_parameters_and_the_summary_tells_the_loss():
    left = fm.equilibrate({"Na+": 50.0, "HCO3-": 50.0, "CO2": 5.0}, [WATER, *fm.carbonate()])
    right = fm.equilibrate({"Na+": 60.0, "HCO3-": 60.0}, [WATER, *fm.carbonate()])
    p = slab(
        fm.Reservoir("left", left, potential=0.0), fm.Reservoir("right", right, current_density=2.0)
    )
    s = fm.solve(p)
    assert p["phases.cell.reactions.CO2 + H2O -> HCO3- + H+.forward"] == 0.037
    assert "dissipated by reactions in cell" in s.summary()


def test_a_user_source_opens_its_species_and_those_it_turns_into():
    m = medium(("A", "B"))
    reaction = fm.MassAction("A -> B", 1.0, forward=1.0)
    p = slab(medium=m, reactions=[reaction], initial={"A": 1.0, "B": 1.0})
    assert conserved(p) == [{"cell": {"A": 1, "B": 1}}]
    fed = slab(
        medium=m,
        reactions=[reaction],
        initial={"A": 1.0, "B": 1.0},
        sources={"A": lambda s: 1.0 - s.c["A"]},
    )
    assert conserved(fed) == []
    s = fm.solve(fed)
    assert total(s, ["B"]) == pytest.approx(1.0, rel=1e-9)
