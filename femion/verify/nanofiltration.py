"""Group interfaces: rejection of a nanofiltration membrane over flux (DSPM-DE, reference 06)."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import femion as fm

from ..problem import Problem
from ..transport.checks import numeric
from ..units import R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

COEFFICIENTS, REJECTION = "06_dspmde_coeffs.toml", "06_dspmde_rejection.csv"
ABSOLUTE = 1e-4  # of rejections, by the reference README
PERMEATE = 1e-6  # thickness of the layer behind the membrane; its value is of no consequence [m]


def ions_of(row: Row, data: Mapping[str, Row]) -> list[fm.Species]:
    """The ions of a row in its order."""
    return [fm.Species(i, int(data[i]["z"])) for i in row["ions"].split("+")]


def bulk(row: Row, ions: list[fm.Species]) -> dict[str, float]:
    """Composition outside the film, from the salts in the case's name [mol/m3]."""
    c = {i.name: 0.0 for i in ions}
    for salt, amount in re.findall(r"((?:Na2|Na|Mg)(?:Cl2|Cl|SO4)) ([\d.]+)", row["case"]):
        for ion, n in re.findall(r"(Na|Mg|Cl|SO4)(2?)", salt):
            c[ion] += float(amount) * (2 if n else 1)
    return c


def media(ions: list[fm.Species], data: Mapping[str, Row]) -> tuple[fm.Medium, fm.Medium, Any]:
    """Water, pore, and what excludes ions from the pore beside its charge."""
    p = data["common"]
    free = fm.Dilute({i.name: data[i.name]["D_bulk"] for i in ions})
    size = {i.name: data[i.name]["r_stokes"] for i in ions}
    ratio = {i: r / p["rp"] for i, r in size.items()}
    pore = fm.Medium(
        ions,
        fm.HinderedPore(free, {i: fm.centreline_hindrance(x) for i, x in ratio.items()}),
        convective_hindrance={i: fm.convective_hindrance(x) for i, x in ratio.items()},
    )
    energies = [fm.Steric(size, p["rp"]), fm.Born(size, p["eps_pore"], p["eps_bulk"])]
    return fm.Medium(ions, free), pore, energies


def setup(row: Row, data: Mapping[str, Row]) -> tuple[Problem, dict[str, float]]:
    """Bath | film | membrane | permeate, the first film left out where it has no thickness."""
    ions, film, p = ions_of(row, data), row["film_thickness_m"], data["common"]
    water, pore, energies = media(ions, data)
    X, c, J = float(row["case"].split("X=")[1]), bulk(row, ions), row["Jv_m_s"]
    phases = [
        fm.Phase("film", water, velocity=J),
        fm.Phase("membrane", pore, fixed_charge=X, energies=energies, velocity=J),
        fm.Phase("permeate", water, velocity=J),
    ]
    sides = {"film": film, "membrane": p["dx_over_Ak"], "permeate": PERMEATE}
    laws: list[Any] = [fm.Donnan("membrane|permeate"), fm.Outflow("right")]
    if film:
        laws += [fm.Reservoir("left", c, potential=0.0), fm.Donnan("film|membrane")]
    else:
        laws.append(fm.DonnanReservoir("left", c, potential=0.0))
        del sides["film"], phases[0]
    # where the co-ion is used up at the permeate, its profile has a logarithmic singularity nearby
    first = {n: d * (1e-6 if n == "membrane" else 2.5e-3) for n, d in sides.items()}
    where = bench.stack(sides, max(film, p["dx_over_Ak"]) / 20, first, growth=1.5)
    return Problem(fm.Model(phases, laws), where, degree=2), c


def computed(s: Any, row: Row, c: dict[str, float]) -> tuple[dict[str, float], ...]:
    """Rejections, concentrations at the membrane's face, and potentials, by column."""
    feed = "film|membrane" if row["film_thickness_m"] else "left"
    rejected, wall = {}, {}
    for k, i in enumerate(c, 1):
        rejected[f"R_ion{k}"] = 1 - bench.concentration(s, i, "right") / c[i]
        face = bench.concentration(s, i, feed, "film") if feed != "left" else c[i]
        wall["cw_ion1_mol_m3" if k == 1 else f"cw_ion{k}"] = face
    V = {
        "dphi_Donnan_feed_V": s.donnan_potential(feed),
        "dphi_Donnan_permeate_V": s.donnan_potential("membrane|permeate"),
        "phi_permeate_minus_feedbulk_V": bench.phi(s, "right"),
    }
    return rejected, wall, V


@case("nanofiltration-rejection", "interfaces")
def rejection(tables: Tables) -> Iterator[Check]:
    """Steric, dielectric and Donnan exclusion with hindered diffusion and convection."""
    data = tables.toml(COEFFICIENTS)
    ready: dict[Any, tuple[Problem, dict[str, float]]] = {}
    for row in tables.csv(REJECTION):
        key = row["case"], row["film_thickness_m"]
        if key not in ready:
            ready[key] = setup(row, data)
        problem, c = ready[key]
        for phase in problem.model.phases:
            problem[f"phases.{phase.name}.velocity"] = row["Jv_m_s"]
        s = fm.solve(problem)
        rejected, wall, V = computed(s, row, c)
        label = f"{row['case']} film {row['film_thickness_m']:g} J={row['Jv_m_s']:g}"
        yield from compare(label, row, rejected, "-", ABSOLUTE, REJECTION, 1.0)
        yield from compare(label, row, wall, "mol/m3", ABSOLUTE, REJECTION)
        yield from compare(label, row, V, "V", ABSOLUTE, REJECTION, bench.VT)


@case("nanofiltration-coefficients", "interfaces")
def coefficients(tables: Tables) -> Iterator[Check]:
    """Hindrance, steric and dielectric partition of each ion."""
    data = tables.toml(COEFFICIENTS)
    p = data["common"]
    for name, ion in data.items():
        if "r_stokes" not in ion:
            continue
        x = ion["r_stokes"] / p["rp"]
        values = {"Kd": fm.centreline_hindrance(x), "Kc": fm.convective_hindrance(x)}
        source = f"{COEFFICIENTS} [{name}]"
        yield from compare(name, ion, values, "-", 1e-10, source)
        species = (fm.Species(name, int(ion["z"])),)
        state = _at_rest(species)
        size, RT = {name: ion["r_stokes"]}, R * p["T"]
        born = fm.Born(size, p["eps_pore"], p["eps_bulk"]).molar(state, name) / RT
        yield from compare(name, ion, {"dW_over_kT": float(born)}, "-", 1e-8, source)
        steric = float(fm.Steric(size, p["rp"]).molar(state, name)) / RT
        yield from compare(name, ion, {"Phi_steric": math.exp(-steric)}, "-", 1e-10, source)


def _at_rest(species: Any) -> Any:
    medium = fm.Medium(species, fm.Dilute({s.name: 1e-9 for s in species}))
    return numeric(fm.Phase("p", medium), {s.name: 1.0 for s in species})
