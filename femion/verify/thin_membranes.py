"""Group interfaces: membranes as one interface, with and without solvent flux (07)."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import femion as fm

from ..metrics import filtration, solvent_flux
from ..problem import Problem
from ..units import F, R
from . import bench
from .check import Check, compare
from .membranes import LEFT, Membrane
from .registry import case
from .tables import Tables

FILM, SPIEGLER, SECTIONS = "07a_RO_film_osmotic.csv", "07b_spiegler_kedem.csv", "07_ro.toml"
EDGE = "feed|permeate"
NACL = {"Na+": 1, "Cl-": 1}


@dataclass(frozen=True)
class Module:
    """Bath | film with concentration polarisation | thin membrane | permeate that flows off."""

    law: Any
    bath: float
    film: float
    D: float
    velocity: float

    def problem(self) -> Problem:
        """Ready to be solved; the velocity is a first guess or the truth."""
        ions = (bench.SODIUM, bench.CHLORIDE)
        water = fm.Medium(ions, fm.Dilute({i.name: self.D for i in ions}))
        start = bench.salt(0.02 * self.bath)
        phases = [
            fm.Phase("feed", water, velocity=self.velocity, initial=bench.salt(self.bath)),
            fm.Phase("permeate", water, velocity=self.velocity, initial=start),
        ]
        laws = [fm.Reservoir("left", bench.salt(self.bath), potential=0.0), self.law]
        reference = fm.ReversibleElectrode("right", "Cl-", potential=0.0)
        laws += [fm.Outflow("right"), reference]  # the salt brings no potential across
        where = bench.stack({"feed": self.film, "permeate": self.film}, self.film / 20)
        return Problem(fm.Model(phases, laws), where, degree=2)


@case("reverse-osmosis-film", "interfaces")
def reverse_osmosis(tables: Tables) -> Iterator[Check]:
    """Solution-diffusion behind a polarised film: flux, wall and permeate over pressure."""
    head = film_constants(tables)
    D, k = 1.6e-9, head["k"]
    problem = None
    for row in tables.csv(FILM):
        if problem is None:
            law = fm.SolutionDiffusion(EDGE, NACL, head["A"], row["dP_Pa"], B=head["B"])
            problem = Module(law, head["cb"], D / k, D, 0.1 * k).problem()
        problem[f"laws.{EDGE}.pressure"] = row["dP_Pa"]
        s = filtration(problem, EDGE)
        J = solvent_flux(s, EDGE)
        cm, cp = (bench.concentration(s, "Na+", EDGE, side) for side in ("feed", "permeate"))
        label = f"dP={row['dP_Pa']:g}"
        yield from compare(label, row, {"Jv_m_s": J}, "m/s", 1e-6, FILM)
        yield from compare(label, row, {"cm": cm, "cp": cp}, "mol/m3", 1e-6, FILM)
        values = {
            "R_intrinsic": 1 - cp / cm,
            "R_observed": 1 - cp / head["cb"],
            "cm/cb": cm / head["cb"],
            "exp(Jv/k)": math.exp(J / k),
        }
        yield from compare(label, row, values, "-", 1e-6, FILM)


def film_constants(tables: Tables) -> dict[str, float]:
    """A, B, cb and k from the header of the table, where they are given with their units."""
    text = tables.path(FILM).read_text(encoding="utf-8").splitlines()[0]
    found = {
        "A": r"=([\d.e+-]+) m/s/Pa",
        "B": r"=([\d.e+-]+) m/s, cb",
        "cb": r"cb=([\d.e+-]+)",
        "k": r"k=([\d.e+-]+)",
    }
    return {key: float(re.findall(pattern, text)[0]) for key, pattern in found.items()}


@case("spiegler-kedem", "interfaces")
def spiegler_kedem(tables: Tables) -> Iterator[Check]:
    """Rejection over solvent flux with reflection and permeability; permeate carried off."""
    problem = None
    for row in tables.csv(SPIEGLER):
        J, sigma, P, L_p = row["Jv_m_s"], row["sigma"], row["P_m_s"], 1e-11
        if problem is None:
            law = fm.SpieglerKedem(EDGE, NACL, L_p, 1e6, sigma, P=P)
            problem = Module(law, 10.0, 1e-6, 1.5e-9, J).problem()
        for name, value in {"reflection": sigma, "P": P}.items():
            problem[f"laws.{EDGE}.{name}"] = value
        for _ in range(20):  # the pressure that gives this flux
            for phase in ("feed", "permeate"):
                problem[f"phases.{phase}.velocity"] = J
            s = fm.solve(problem)
            off = J - solvent_flux(s, EDGE)
            if abs(off) < 1e-11 * J:
                break
            problem[f"laws.{EDGE}.pressure"] += off / L_p
        cm, cp = (bench.concentration(s, "Na+", EDGE, side) for side in ("feed", "permeate"))
        label = f"sigma={sigma:g} P={P:g} J={J:g}"
        yield from compare(label, row, {"R": 1 - cp / cm}, "-", 1e-8, SPIEGLER, 1.0)


@case("kedem-katchalsky", "interfaces")
def kedem_katchalsky(tables: Tables) -> Iterator[Check]:
    """Solvent and salt flux between given concentrations, layers of 0.1 nm beside the membrane."""
    p = tables.toml(SECTIONS)["kedem_katchalsky"]
    dc, mean = p["dpi"] / (2 * R * bench.T), p["cs_mean"]
    x = dc / mean  # ln(c_a/c_b)
    ca, cb = dc / -math.expm1(-x), dc / math.expm1(x)
    law = fm.KedemKatchalsky(EDGE, NACL, p["Lp"], p["dP"], p["sigma"], omega=p["omega"])
    phases = [fm.Phase(n, bench.nacl(), velocity=p["Jv"]) for n in ("feed", "permeate")]
    laws = [
        fm.Reservoir("left", bench.salt(ca), potential=0.0),
        law,
        fm.Reservoir("right", bench.salt(cb), potential=0.0),
    ]
    where = bench.stack({"feed": 1e-10, "permeate": 1e-10}, 1e-10)
    s = fm.solve(fm.Model(phases, laws), where, degree=2)
    source = f"{SECTIONS} [kedem_katchalsky]; polarisation of 0.1 nm is 3e-6"
    yield from compare("", p, {"Jv": solvent_flux(s, EDGE)}, "m/s", 1e-5, source)
    yield from compare("", p, {"Js": bench.flux(s, "Na+", EDGE)}, "mol/(m2 s)", 1e-5, source)


@case("donnan-is-the-sharp-limit", "interfaces")
def sharp_limit(tables: Tables) -> Iterator[Check]:
    """Space charge resolved through both interfaces tends to Donnan's jumps, first order in l_D.

    Film | membrane | film at half the limiting current, layers of 200 to 800 nm: each doubling
    halves what the voltage and the co-ion's flux differ by; the next order is l_D/L = 1 %.
    """
    V, N = [], []
    for t in (2e-7, 4e-7, 8e-7):
        m = Membrane(film=t, thickness=t, X=-100.0, slowness=0.2, h=t / 50, first=2e-10)
        i = 0.5 * 2 * F * bench.NACL["Na+"] * 10.0 / t
        space, sharp = (m.solve((10.0, 10.0), i, c) for c in (fm.Poisson(), fm.Electroneutral()))
        V.append(space.potential("right") - sharp.potential("right"))
        N.append(bench.flux(space, "Cl-", LEFT) / bench.flux(sharp, "Cl-", LEFT) - 1)
    for name, gap in {"voltage": V, "co-ion flux": N}.items():
        order = math.log2(gap[1] / gap[2])
        yield Check(f"order in l_D of {name}", order, 1.0, "-", 0.03, "matched asymptotics")


@dataclass(frozen=True)
class Stack:
    """Bath | film | membrane | film | bath, the left interface with a law of choice."""

    law: Any

    def solve(self) -> Any:
        """Steady state under 20 mV."""
        water, L = bench.nacl(), 1e-5
        names = ("left film", "membrane", "right film")
        phases = [
            fm.Phase(n, water, fixed_charge=-200.0 if n == "membrane" else 0.0) for n in names
        ]
        laws = [
            fm.Reservoir("left", bench.salt(100.0), potential=0.02),
            self.law,
            fm.Donnan("membrane|right film"),
            fm.Reservoir("right", bench.salt(30.0), potential=0.0),
        ]
        return fm.solve(
            fm.Model(phases, laws), bench.stack(dict.fromkeys(names, L), L / 10), degree=2
        )


@case("permeance-tends-to-donnan", "interfaces")
def permeance(tables: Tables) -> Iterator[Check]:
    """N = P c_lm (mu_a - mu_b)/RT: Donnan in the limit, first order in 1/P; its flux."""
    exact = Stack(fm.Donnan(LEFT)).solve()
    gaps = []
    for P in (0.1, 1.0):  # over D/L = 1e-4 m/s
        s = Stack(fm.Permeance(LEFT, dict.fromkeys(NACL, P))).solve()
        gaps.append(s.current("left") / exact.current("left") - 1)
    source = "physics.md 5: equilibrium is the limit of permeance"
    yield Check("gap of current x P", 10 * gaps[1], gaps[0], "-", 0.02, source)
    s = Stack(fm.Permeance(LEFT, dict.fromkeys(NACL, 1e-4))).solve()
    for i in NACL:
        c = [bench.concentration(s, i, LEFT, side) for side in LEFT.split("|")]
        mu = [s.mean(lambda q, i=i: q.mu[i], LEFT, side) for side in LEFT.split("|")]
        N = 1e-4 * (c[0] - c[1]) / math.log(c[0] / c[1]) * (mu[0] - mu[1]) / (R * bench.T)
        yield Check(f"flux of {i}", bench.flux(s, i, LEFT), N, "mol/(m2 s)", 1e-9, source)
