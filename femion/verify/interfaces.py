"""Group interfaces: kinetics at phase boundaries, equilibrium, tightness and the books."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import asinh
from typing import Any

import ufl

import femion as fm

from ..transport.base import fluxes
from . import bench
from .check import Check
from .registry import case
from .tables import Tables

BALANCE = 1e-9  # solver tolerance of all balances, relative
IONS = (fm.Species("Na+", 1), fm.Species("K+", 1), fm.Species("Cl-", -1))
FRICTION = {
    "Na+,solvent": 1.334e-9,
    "K+,solvent": 1.957e-9,
    "Cl-,solvent": 2.032e-9,
    "Na+,K+": 1e-10,
    "Na+,Cl-": 1.5e-10,
    "K+,Cl-": 2e-10,
}
BATH = {"Na+": 100.0, "K+": 50.0, "Cl-": 150.0}
FEED = {"Na+": 30.0, "K+": 20.0, "Cl-": 50.0}


def media() -> tuple[fm.Medium, fm.Medium]:
    """Water and resin with friction between all ions; K+ likes the resin."""
    water = fm.Medium(IONS, fm.StefanMaxwell(FRICTION))
    likes = {"K+": -1500.0}
    return water, fm.Medium(IONS, fm.Effective(water.transport, 0.1), standard_potential=likes)


def cell(current_density: float) -> Any:
    """Bath | cation-exchange membrane | feed | anion-exchange membrane | bath, under current."""
    water, resin = media()
    names = {"left bath": 0.0, "cem": -1000.0, "feed": 0.0, "aem": 1000.0, "right bath": 0.0}
    phases = [fm.Phase(n, resin if X else water, fixed_charge=X) for n, X in names.items()]
    inner = [fm.Donnan(f"{a}|{b}") for a, b in zip(names, list(names)[1:], strict=False)]
    laws = [
        fm.Reservoir("left", BATH, potential=0.0),
        fm.Bath("inlet", FEED),
        *inner,
        fm.Reservoir("right", BATH, current_density=current_density),
    ]
    um = bench.UM
    shape = fm.geometry.layers(
        dict.fromkeys(names, 100 * um),
        height=100 * um,
        h=25 * um,
        first_cell=2 * um,
        cells_y=4,
        side_names={"feed": ("inlet", "outlet")},
    )
    return fm.solve(fm.Model(phases, laws), shape, degree=2)


@case("butler-volmer-cell", "interfaces")
def butler_volmer_cell(tables: Tables) -> Iterator[Check]:
    """Metal | single-ion conductor | metal: V = i (2 Ls/sigma + L/kappa) + (4RT/F) asinh(i/2i0)."""
    sigma, kappa, i0, um = 50.0, 0.1, 20.0, bench.UM
    glass = fm.Medium((fm.Species("Li+", 1),), fm.Conductivity({("Li+", "Li+"): kappa}))
    metal = fm.Conductor(sigma)
    where = bench.stack({"anode": 50 * um, "glass": 100 * um, "cathode": 50 * um}, 25 * um)
    kinetics: dict[str, Any] = dict(
        reaction="Li -> Li+ + e-",
        exchange_current_density=i0,
        equilibrium_potential=0.0,
        stored=("Li",),
    )
    for i in (0.02, 20.0, 2000.0):
        model = fm.Model(
            [
                fm.Phase("anode", metal),
                fm.Phase("glass", glass, fixed_charge=-1000.0, initial={"Li+": 1000.0}),
                fm.Phase("cathode", metal),
            ],
            [
                fm.Terminal("left", current_density=i),
                fm.ButlerVolmer("anode|glass", **kinetics),
                fm.ButlerVolmer("glass|cathode", **kinetics),
                fm.Terminal("right", potential=0.0),
            ],
        )
        s = fm.solve(model, where, degree=1)
        V = i * (100 * um / sigma + 100 * um / kappa) + 4 * bench.VT * asinh(i / (2 * i0))
        source = "closed form: every field is linear, so P1 is exact"
        yield Check(f"i={i:g} V_cell", s.potential("left"), V, "V", BALANCE, source)
        through = bench.density(s, "anode|glass")
        yield Check(f"i={i:g} current through", through, i, "A/m2", BALANCE, source)
        loss = sum(s.audit.interfaces.values()) / bench.height(s)
        spent = i * 4 * bench.VT * asinh(i / (2 * i0))
        yield Check(f"i={i:g} lost in reactions", loss, spent, "W/m2", BALANCE, source)


@dataclass(frozen=True)
class Permeation:
    """Neutral salt crosses at the rate k (c_a - c_b): a law of one's own."""

    where: str
    k: float

    def transfers(self, a: Any, b: Any) -> Iterator[fm.Transfer]:
        """One event per mole of salt."""
        rate = self.k * (a.c["Na+"] - b.c["Na+"])
        yield fm.Transfer(rate, {"Na+": -1, "Cl-": -1}, {"Na+": 1, "Cl-": 1})


@case("permeation-law", "interfaces")
def permeation(tables: Tables) -> Iterator[Check]:
    """A finite-rate law between two films: N = (c1 - c2)/(2 L/D + 1/k), D = 2 D+ D-/(D+ + D-)."""
    L, c, water = 1e-4, (100.0, 20.0), bench.nacl()
    plus, minus = bench.NACL.values()
    D = 2 * plus * minus / (plus + minus)
    where = bench.stack({"a": L, "b": L}, L / 20)
    for k in (1e-7, 1e-5, 1e-3):
        laws = [
            fm.Reservoir("left", bench.salt(c[0]), potential=0.0),
            Permeation("a|b", k),
            fm.Reservoir("right", bench.salt(c[1]), potential=0.0),
        ]
        s = fm.solve(fm.Model([fm.Phase("a", water), fm.Phase("b", water)], laws), where, degree=2)
        N = (c[0] - c[1]) / (2 * L / D + 1 / k)
        source = "closed form: films and interface in series"
        yield Check(f"k={k:g} N_salt", bench.flux(s, "Na+", "a|b"), N, "mol/(m2 s)", 1e-6, source)
        jump = bench.concentration(s, "Cl-", "a|b", "a") - bench.concentration(s, "Cl-", "a|b", "b")
        yield Check(f"k={k:g} jump of c", jump, N / k, "mol/m3", 1e-6, source)


def resting() -> Any:
    """Bath | membrane of uneven charge | bath | metal, nothing driven: all is in equilibrium."""
    water, resin = media()
    um = bench.UM
    where = bench.stack(
        {"bath": 50 * um, "membrane": 50 * um, "film": 50 * um, "metal": 50 * um}, 10 * um, um
    )
    reaction = fm.ButlerVolmer(
        "film|metal", "Na -> Na+ + e-", 10.0, fm.Nernst(0.3, {"Na+": 1}), stored=("Na",)
    )
    model = fm.Model(
        [
            fm.Phase("bath", water),
            fm.Phase(
                "membrane",
                resin,
                fixed_charge=lambda x: -500.0 * (1.2 + ufl.sin(3e5 * x[0])),
                initial={"Na+": 420.0, "K+": 360.0, "Cl-": 30.0},
            ),
            fm.Phase("film", water),
            fm.Phase("metal", fm.Conductor(100.0)),
        ],
        [
            fm.Reservoir("left", BATH, potential=0.0),
            fm.Donnan("bath|membrane"),
            fm.Donnan("membrane|film"),
            reaction,
            fm.Terminal("right", current=0.0),
        ],
    )
    return fm.solve(model, where, degree=2)


@case("equilibrium-without-flux", "interfaces")
def equilibrium(tables: Tables) -> Iterator[Check]:
    """Every flux vanishes to rounding in an uneven Donnan stack beside an electrode at rest."""
    s, source = resting(), "physics.md 7: equilibrium; rms of N over D c/L"
    for phase in ("bath", "membrane", "film"):
        for i in BATH:
            N = s.mean(lambda q, i=i: ufl.inner(fluxes(q)[i], fluxes(q)[i]), phase) ** 0.5
            scale = FRICTION[f"{i},solvent"] * bench.concentration(s, i, phase) / (50 * bench.UM)
            yield Check(f"flux of {i} in {phase}", N / scale, 0.0, "-", 1e-12, source, "absolute")
    i0 = 10.0
    at_rest = bench.density(s, "film|metal") / i0
    yield Check("i/i0 at the electrode", at_rest, 0.0, "-", 1e-12, source, "absolute")
    U = 0.3 + bench.VT * float(ufl.ln(BATH["Na+"] / 1000.0))
    yield Check("rest potential", s.potential("right"), U, "V", 1e-12, "Nernst")


@case("interfaces-are-tight", "interfaces")
def tight(tables: Tables) -> Iterator[Check]:
    """What leaves one phase enters the other, for each species at each interface."""
    s = cell(20.0)
    sites = [site for site in s.problem.sites if site.interface]
    flows = {(k.where, i): s.books.entering(k, i, 0) for k in sites for i in BATH}
    scale = max(map(abs, flows.values()))
    for site in sites:
        for i in BATH:
            other = s.books.entering(site, i, 1)
            lost = (flows[site.where, i] + other) / scale
            name = f"{site.where} {i} lost"
            yield Check(name, lost, 0.0, "-", BALANCE, "conservation", "absolute")


@case("balances-and-energy", "interfaces")
def books(tables: Tables) -> Iterator[Check]:
    """The audit of an electrodialysis cell: species, charge, energy, second law."""
    a, source = cell(20.0).audit, "physics.md 7: identities"
    for i, error in a.imbalance.items():
        yield Check(f"imbalance of {i}", error, 0.0, "-", BALANCE, source, "absolute")
    yield Check("imbalance of charge", a.charge_imbalance, 0.0, "-", BALANCE, source, "absolute")
    yield Check("imbalance of energy", a.energy_imbalance, 0.0, "-", BALANCE, source, "absolute")
    for phase, least in a.smallest_eigenvalue.items():
        positive = float(least > 0 and a.dissipation[phase] > 0)
        yield Check(f"L and dissipation > 0 in {phase}", positive, 1.0, "-", 0.0, source)
