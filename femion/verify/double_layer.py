"""Group interfaces: charge transfer and charging with space charge (04b, 04c, 04d), RC circuit."""

import math
from collections.abc import Iterator
from typing import Any

import femion as fm

from ..problem import Problem
from ..units import EPS0, F, R
from . import bench
from .check import Check, compare
from .registry import case
from .tables import Row, Tables

STERN, THIN = "04b_stern_gc.csv", "04c_chu_bazant_film.csv"
BLOCKING = "04d_blocking_cell_charging.csv"
WATER = 78.36


def debye(c: float) -> float:
    """Debye length of a 1:1 salt [m]."""
    return math.sqrt(EPS0 * WATER * R * bench.T / (2 * F**2 * c))


@case("stern-layer", "interfaces")
def stern_layer(tables: Tables) -> Iterator[Check]:
    """Blocking electrode: Stern layer on a Gouy-Chapman layer, potential and charge."""
    ready: dict[Any, Problem] = {}
    for row in tables.csv(STERN):
        c, delta, V = row["c0_mol_m3"], row["delta=lS/lD"], row["V_electrode_V"]
        l_D = debye(c)
        if (c, delta) not in ready:
            where = bench.stack({"salt": 24 * l_D}, l_D / 2, {"salt": l_D / 2e4}, growth=1.25)
            phase = fm.Phase("salt", bench.nacl(), initial=bench.salt(c))
            C = EPS0 * WATER / (delta * l_D)
            laws = [
                fm.SternLayer("left", C, terminal=fm.Potential(V)),
                fm.Reservoir("right", bench.salt(c), potential=0.0),
            ]
            model = fm.Model([phase], laws, closure=fm.Poisson(WATER))
            ready[c, delta] = Problem(model, where, degree=2)
        problem = ready[c, delta]
        problem["laws.left.terminal.value"] = V
        s = fm.solve(problem)
        zeta, site = bench.phi(s, "left"), s.site("left")
        charge = s.integral(site.law.charge(*reversed(site.states)), site.measure)
        label = f"c={c:g} V={V:g} delta={delta:g}"
        yield from compare(label, row, {"zeta_V": zeta}, "V", 1e-5, STERN)
        sigma = {"sigma_C_m2": charge / bench.height(s)}
        yield from compare(label, row, sigma, "C/m2", 1e-5, STERN)
        yield from compare(label, row, {"fraction_in_Stern": 1 - zeta / V}, "-", 1e-5, STERN)


def thin_film(eps: float, delta: float, c: float = 1.0) -> tuple[Problem, float, float]:
    """Chu and Bazant's cell, its length, and the current density of j = 1/4."""
    kc = jr = 10.0
    l_D, D = debye(c), 1e-9
    length = l_D / eps
    unit = F * D * c / length
    ions = (fm.Species("C+", 1), fm.Species("A-", -1))
    medium = fm.Medium(ions, fm.Dilute({"C+": D, "A-": D}))
    electrode: dict[str, Any] = {
        "reaction": "C -> C+ + e-",
        "exchange_current_density": lambda m, e: unit * (kc * jr * e.c["C+"] / c) ** 0.5,
        "equilibrium_potential": fm.Nernst(bench.VT * math.log(kc / jr * 1000.0 / c), {"C+": 1}),
        "stored": ("C",),
    }
    ends = {"left": fm.CurrentDensity(unit), "right": fm.Potential(0.0)}
    laws: list[Any] = []
    for where, terminal in ends.items():
        laws.append(fm.ButlerVolmer(where, terminal=terminal, **electrode))
        laws.append(fm.SternLayer(where, EPS0 * WATER / (delta * l_D), terminal=terminal))
    parts = {"p0": 0.5 * length, "p1": 0.4 * length, "p2": 0.1 * length}
    first = min(l_D / 30, length / 100)
    mesh = bench.stack(parts, length / 40, {"p0": first, "p2": first})
    phase = fm.Phase("film", medium, initial={"C+": c, "A-": c}, regions=tuple(parts))
    model = fm.Model([phase], laws, closure=fm.Poisson(WATER))
    return Problem(model, mesh, degree=2), length, unit


@case("thin-film-cell", "interfaces")
def thin_film_cell(tables: Tables) -> Iterator[Check]:
    """Space charge, Stern layers and Frumkin kinetics at both ends, to above limiting current."""
    ready: dict[Any, tuple[Problem, float, float]] = {}
    for row in tables.csv(THIN):
        key = row["epsilon=lD/L"], row["delta=lS/lD"]
        if key not in ready:
            ready[key] = thin_film(*key)
        problem, length, unit = ready[key]
        problem["laws.left#0.terminal.value"] = 4 * row["j=i/ilim"] * unit
        s = fm.solve(problem)
        label = f"eps={key[0]:g} delta={key[1]:g} j={row['j=i/ilim']:g}"
        volts = {"v_cell_RT_F": s.potential("left") / bench.VT} | _phis(s, length)
        yield from compare(label, row, volts, "RT/F", 1e-4, THIN, 1.0)
        yield from compare(label, row, _concentrations(s, length), "-", 1e-4, THIN)


def _phis(s: Any, length: float) -> Row:
    return {f"phi_at_{x}": bench.at(s, "film", "phi", x * length) / bench.VT for x in (0.5, 0.9)}


def _concentrations(s: Any, length: float) -> Row:
    ends = {"c+_at_x0": "left", "c+_at_x1": "right"}
    values = {name: bench.concentration(s, "C+", where) for name, where in ends.items()}
    for x in (0.5, 0.9):
        for sign, ion in (("+", "C+"), ("-", "A-")):
            values[f"c{sign}_at_{x}"] = bench.at(s, "film", ion, x * length)
    return values


# -- charging -------------------------------------------------------------------------------------
@case("blocking-cell-charging", "interfaces")
def blocking_cell(tables: Tables) -> Iterator[Check]:
    """Space charge between two blocking electrodes after a step of the potential (file 04d)."""
    rows = tables.csv(BLOCKING)
    eps_key, v_key, t_key = list(rows[0])[:3]
    for eps, v in dict.fromkeys((r[eps_key], r[v_key]) for r in rows):
        mine = [r for r in rows if (r[eps_key], r[v_key]) == (eps, v)]
        half, D = debye(1.0) / eps, 1e-9
        tau = debye(1.0) * half / D
        ions = (fm.Species("C+", 1), fm.Species("A-", -1))
        medium = fm.Medium(ions, fm.Dilute({i.name: D for i in ions}))
        parts = {"l": half, "r": half}
        where = bench.stack(parts, half / 20, eps * half / 20)
        phase = fm.Phase("cell", medium, initial={"C+": 1.0, "A-": 1.0}, regions=tuple(parts))
        blocked = tuple(i.name for i in ions)
        ends = {"left": -v * bench.VT, "right": v * bench.VT}
        laws = [fm.Reservoir(n, {}, potential=V, blocked=blocked) for n, V in ends.items()]
        model = fm.Model([phase], laws, closure=fm.Poisson(WATER))
        times, rtol = [r[t_key] * tau for r in mine], 1e-5 * min(1.0, v)  # of a signal of size v
        out = fm.march(model, where, until=max(times), output=times, rtol=rtol, degree=2)
        for row, s in zip(sorted(mine, key=lambda r: r[t_key]), out.solutions, strict=True):
            charge = s.mean(lambda q, half=half: _left(q, half), "cell") * 2
            label = f"eps={eps:g} v={v:g} t={row[t_key]:g}"
            values = {next(k for k in row if k.startswith("q=")): charge}
            yield from compare(label, row, values, "-", 2e-4, BLOCKING)


def _left(q: Any, half: float) -> Any:
    """(c+ - c-)/2 in the left half [mol/m3]."""
    import ufl

    return ufl.conditional(ufl.lt(q.x[0], half), 0.5 * (q.c["C+"] - q.c["A-"]), 0.0)


@case("double-layer-capacitance", "interfaces")
def capacitance(tables: Tables) -> Iterator[Check]:
    """A step of current charges C beside a charge-transfer resistance: V = i R (1 - exp(-t/RC))."""
    C, i0, i, kappa, L = 0.2, 20.0, 5.0, 10.0, 1e-4
    R_ct = bench.VT / i0
    tau = R_ct * C
    glass = fm.Medium((fm.Species("Li+", 1),), fm.Conductivity({("Li+", "Li+"): kappa}))
    phase = fm.Phase("glass", glass, fixed_charge=-1000.0, initial={"Li+": 1000.0})
    where = bench.stack({"glass": L}, L / 4)

    def model(i: float) -> fm.Model:
        end, U = fm.CurrentDensity(i), fm.Nernst(0.0, {"Li+": 1})
        laws = [
            fm.Linear("left", "Li -> Li+ + e-", i0, U, ("Li",), end),
            fm.DoubleLayer("left", C, "Li+", terminal=end),
            fm.ReversibleElectrode("right", "Li+", potential=0.0),
        ]
        return fm.Model([phase], laws)

    rest = fm.solve(model(0.0), where)
    times = [0.5 * tau, tau, 3 * tau]
    out = fm.march(model(i), until=times[-1], output=times, initial=rest, rtol=1e-6)
    source = "closed form; time steps to 1e-6 RT/F each"
    for t, s in zip(times, out.solutions, strict=True):
        V = i * L / kappa + i * R_ct * -math.expm1(-t / tau)
        name = f"t={t / tau:g} RC"
        yield Check(name, s.potential("left"), V, "V", 1e-4 * bench.VT, source, "absolute")
        yield Check(f"{name} current", bench.density(s, "right"), -i, "A/m2", 1e-9, source)
        off = s.audit.energy_imbalance
        yield Check(f"{name} energy imbalance", off, 0.0, "-", 1e-9, source, "absolute")
