"""`python benchmarks/robustness.py`: does femion converge from cold, without any help?

Random cases of every closure and law, 2 to 6 ions of valence up to 3, concentrations over six
decades, fixed charges to 5 mol/L, voltages to 40 RT/F, currents to 98 % of limiting, exchange
currents over eight decades, random Stefan-Maxwell friction. Prints what failed and why.
Each case is named "family/structure/draw": the structure (ions, kind of transport, closure) is
drawn once and costs a compilation, the numbers are drawn anew and cost none.

    python benchmarks/robustness.py [words in names] [--draws 8]
"""

import argparse
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

import femion as fm
from femion.errors import NotConverged
from femion.units import F, R

VT = R * 298.15 / F
UM, NM = 1e-6, 1e-9
#: (family, structures) of the map; each structure is drawn `--draws` times.
PLAN = {
    "reversible": 2,
    "kinetics": 3,
    "metals": 1,
    "junction": 4,
    "membrane": 6,
    "bare membrane": 3,
    "poisson": 4,
    "poisson membrane": 2,
    "poisson kinetics": 2,
    "acid and base": 1,
}


@dataclass(frozen=True)
class Case:
    """A model on a geometry; `limit`: what its failure must say, if it must fail.

    `then` makes another case of the solution of this one: a current near that at high voltage.
    """

    name: str
    model: Any
    shape: str
    limit: str = ""
    then: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Ions:
    """A structure: ions and the kind of transport."""

    species: tuple[Any, ...]
    friction: bool

    @classmethod
    def draw(cls, rng: Any, n: int) -> "Ions":
        """N ions of valence up to 3, both signs among them."""
        while True:
            z = rng.choice([-3, -2, -1, 1, 2, 3], n, p=[0.1, 0.15, 0.25, 0.25, 0.15, 0.1])
            if min(z) < 0 < max(z):
                break
        z = sorted(map(int, z), reverse=True)  # the first is a cation
        names = [f"ion{k}({v:+d})" for k, v in enumerate(z)]
        species = tuple(fm.Species(i, v) for i, v in zip(names, z, strict=True))
        return cls(species, bool(rng.random() < 0.4))

    def transport(self, rng: Any, slower: float = 1.0) -> Any:
        """Dilute or Stefan-Maxwell, any friction that is admissible."""
        names = [s.name for s in self.species]
        D = {i: slower * decades(rng, 2e-10, 1e-8) for i in names}
        if not self.friction:
            return fm.Dilute(D)
        pairs = {
            f"{i},{j}": slower * decades(rng, 1e-11, 1e-8)
            for k, i in enumerate(names)
            for j in names[:k]
        }
        return fm.StefanMaxwell({f"{i},solvent": v for i, v in D.items()} | pairs)

    def medium(self, rng: Any, slower: float = 1.0) -> Any:
        """These ions with random transport."""
        return fm.Medium(self.species, self.transport(rng, slower))

    def bath(self, rng: Any, low: float = 1e-3, high: float = 1e3) -> dict[str, float]:
        """A neutral composition [mol/m3], its parts drawn over the decades."""
        c = {s.name: decades(rng, low, high) for s in self.species}
        z = {s.name: s.z for s in self.species}
        plus, minus = (sum(abs(z[i]) * c[i] for i in c if sign * z[i] > 0) for sign in (1, -1))
        short = 1 if plus < minus else -1  # dilute what there is too much of
        share = min(plus, minus) / max(plus, minus)
        return {i: v if z[i] * short > 0 else v * share for i, v in c.items()}

    def binary(self, c: float) -> dict[str, float]:
        """Two ions as a salt, with c [mol/m3] of the first."""
        a, b = self.species
        return {a.name: c, b.name: -a.z * c / b.z}


def decades(rng: Any, low: float, high: float) -> float:
    """A number drawn evenly on a logarithmic scale."""
    return float(low * (high / low) ** rng.random())


def either(rng: Any, size: float) -> float:
    """A number with either sign."""
    return float(size * rng.choice([-1, 1]))


def nernst(M: Any) -> Callable[[Any, Any], Any]:
    """Equilibrium potential [V] of a metal beside its ion, 0 at 1 mol/L."""
    return lambda metal, electrolyte: electrolyte.mu[M.name] / (M.z * F) - electrolyte.phi


# -- shapes ---------------------------------------------------------------------------------------
@cache
def domain(shape: str) -> Any:
    """A mesh of some tens of columns."""
    kind, _, size = shape.partition(" ")
    L = float(size) if size else 100 * UM
    if kind == "slab":
        return fm.mesh(fm.geometry.slab(L, 40, height=L / 40, first_cell=L / 400))
    names = {"layers": ("a", "b", "c"), "cell": ("tab", "electrolyte", "sheet")}[kind]
    widths = dict.fromkeys(names, L)
    return fm.mesh(
        fm.geometry.layers(widths, height=L / 10, h=L / 10, first_cell=L / 50, cells_y=1)
    )


# -- families -------------------------------------------------------------------------------------
def reversible(rng: Any, k: int) -> Callable[[str], Iterator[Case]]:
    """Binary salt between reversible electrodes: the limiting current is known."""
    ions = Ions.draw(rng, 2)
    ions = replace(ions, friction=False)

    def draw(name: str) -> Iterator[Case]:
        medium, c = ions.medium(rng), decades(rng, 1e-3, 1e3)
        a, b = ions.species
        D = medium.transport.D[a.name]
        limiting = 2 * a.z * F * D * (1 - a.z / b.z) * c / (100 * UM)
        sign = either(rng, 1.0)
        for share, limit in ((rng.uniform(0.5, 0.98), ""), (0.98, ""), (1.02, "no steady state")):
            ends = [
                fm.ReversibleElectrode("left", a.name, potential=0.0),
                fm.ReversibleElectrode("right", a.name, current_density=sign * share * limiting),
            ]
            model = fm.Model([fm.Phase("electrolyte", medium, initial=ions.binary(c))], ends)
            yield Case(f"{name} at {100 * share:.0f} % of limiting", model, "slab", limit)

    return draw


def kinetics(rng: Any, k: int, closure: Any = None) -> Callable[[str], Iterator[Case]]:
    """Butler-Volmer of one ion at both ends of an electrolyte of 2 to 5 ions."""
    ions = Ions.draw(rng, 2 + k)

    def draw(name: str) -> Iterator[Case]:
        medium, c = ions.medium(rng), ions.bath(rng)
        M = ions.species[0]
        oxidation = f"M -> {M.name} + {M.z} e-"
        i0 = [decades(rng, 1e-4, 1e4) for _ in range(2)]
        alpha = float(rng.uniform(0.3, 0.7))

        def model(control: Any) -> Any:
            ends = [fm.Potential(0.0), control]
            laws = [
                fm.ButlerVolmer(
                    where, oxidation, i, nernst(M), ("M",), terminal=end, alpha=(alpha, 1 - alpha)
                )
                for where, i, end in zip(("left", "right"), i0, ends, strict=True)
            ]
            if closure:
                laws += [
                    fm.SternLayer(where, 0.2, terminal=end)
                    for where, end in zip(("left", "right"), ends, strict=True)
                ]
            phase = fm.Phase("electrolyte", medium, initial=c)
            return fm.Model([phase], laws, closure=closure or fm.Electroneutral())

        shape = f"slab {10.0 ** rng.integers(-8, -5):g}" if closure else "slab"
        yield from voltage_and_current(rng, name, model, shape)

    return draw


def voltage_and_current(rng: Any, name: str, model: Any, shape: str) -> Iterator[Case]:
    """Some voltage to 40 RT/F; then 98 % and less of the current at 40 RT/F."""
    V = either(rng, rng.uniform(1, 40) * VT)
    yield Case(f"{name} {V / VT:+.0f} RT/F", model(fm.Potential(V)), shape)
    share = float(rng.choice([0.5, 0.9, 0.98]))

    def then(s: Any) -> Case:
        control = fm.CurrentDensity(share * s.current("right") / s.site("right").area)
        return Case(f"{name} {100 * share:.0f} % of that current", model(control), shape)

    most = model(fm.Potential(either(rng, 40 * VT)))
    yield Case(f"{name} 40 RT/F", most, shape, then=then)


def metals(rng: Any, k: int) -> Callable[[str], Iterator[Case]]:
    """Butler-Volmer between meshed metals and an electrolyte."""
    ions = Ions.draw(rng, 3)

    def draw(name: str) -> Iterator[Case]:
        medium, c = ions.medium(rng), ions.bath(rng)
        M = ions.species[0]
        oxidation = f"M -> {M.name} + {M.z} e-"
        sigma = decades(rng, 1e-2, 1e7)
        phases = [
            fm.Phase("tab", fm.Conductor(sigma)),
            fm.Phase("electrolyte", medium, initial=c),
            fm.Phase("sheet", fm.Conductor(10 * sigma)),
        ]
        kinetics = [
            fm.ButlerVolmer(where, oxidation, decades(rng, 1e-4, 1e4), nernst(M), ("M",))
            for where in ("tab|electrolyte", "electrolyte|sheet")
        ]

        def model(control: Any) -> Any:
            ends = [fm.Terminal("left", potential=0.0), fm.Terminal("right", potential=control)]
            return fm.Model(phases, [*kinetics, *ends])

        yield from voltage_and_current(rng, name, model, f"cell {100 * UM}")

    return draw


def junction(rng: Any, k: int) -> Callable[[str], Iterator[Case]]:
    """Unlike baths at the ends of one electrolyte of 3 to 6 ions, trace ions among them."""
    ions = Ions.draw(rng, 3 + k)

    def draw(name: str) -> Iterator[Case]:
        medium, baths = ions.medium(rng), [ions.bath(rng), ions.bath(rng)]

        def model(control: Any) -> Any:
            left = fm.Reservoir("left", baths[0], potential=0.0)
            return fm.Model(
                [fm.Phase("electrolyte", medium)], [left, fm.Reservoir("right", baths[1], control)]
            )

        yield Case(f"{name} open circuit", model(fm.OpenCircuit()), "slab")
        yield from voltage_and_current(rng, name, model, "slab")

    return draw


def membrane(rng: Any, k: int, closure: Any = None) -> Callable[[str], Iterator[Case]]:
    """Bath, membrane with a fixed charge, bath; Donnan equilibrium between them."""
    ions = Ions.draw(rng, (2, 2, 3, 4, 5, 6)[k])

    def draw(name: str) -> Iterator[Case]:
        water, resin = ions.medium(rng), ions.medium(rng, slower=0.1)
        low = 1.0 if closure else 1e-3
        baths = [ions.bath(rng, low), ions.bath(rng, low)]
        X = either(rng, decades(rng, 1.0, 5000.0))
        phases = [fm.Phase("a", water), fm.Phase("b", resin, fixed_charge=X), fm.Phase("c", water)]

        def model(control: Any) -> Any:
            laws = [
                fm.Reservoir("left", baths[0], potential=0.0),
                fm.Donnan("a|b"),
                fm.Donnan("b|c"),
                fm.Reservoir("right", baths[1], control),
            ]
            return fm.Model(phases, laws, closure=closure or fm.Electroneutral())

        shape = f"layers {decades(rng, 1e-8, 1e-7):.0e}" if closure else "layers"
        yield Case(f"{name} X {X:.0f} open circuit", model(fm.OpenCircuit()), shape)
        yield from voltage_and_current(rng, f"{name} X {X:.0f}", model, shape)

    return draw


def bare_membrane(rng: Any, k: int) -> Callable[[str], Iterator[Case]]:
    """A membrane in Donnan equilibrium with two baths."""
    ions = Ions.draw(rng, 2 + 2 * k)

    def draw(name: str) -> Iterator[Case]:
        resin, baths = ions.medium(rng), [ions.bath(rng), ions.bath(rng)]
        X = either(rng, decades(rng, 1.0, 5000.0))

        def model(control: Any) -> Any:
            laws = [
                fm.DonnanReservoir("left", baths[0], potential=0.0),
                fm.DonnanReservoir("right", baths[1], control),
            ]
            return fm.Model([fm.Phase("electrolyte", resin, fixed_charge=X)], laws)

        yield Case(f"{name} X {X:.0f} open circuit", model(fm.OpenCircuit()), "slab")
        yield from voltage_and_current(rng, f"{name} X {X:.0f}", model, "slab")

    return draw


def poisson(rng: Any, k: int) -> Callable[[str], Iterator[Case]]:
    """Space charge between two baths, Debye lengths resolved or not."""
    ions = Ions.draw(rng, 2 + k)

    def draw(name: str) -> Iterator[Case]:
        medium, baths = ions.medium(rng), [ions.bath(rng), ions.bath(rng)]
        X = either(rng, decades(rng, 1e-2, 5000.0))
        phase = fm.Phase("electrolyte", medium, fixed_charge=X)

        def model(control: Any) -> Any:
            laws = [
                fm.DonnanReservoir("left", baths[0], potential=0.0),
                fm.DonnanReservoir("right", baths[1], control),
            ]
            return fm.Model([phase], laws, closure=fm.Poisson())

        shape = f"slab {10.0 ** rng.integers(-8, -4):g}"
        yield from voltage_and_current(rng, f"{name} X {X:.2g} {shape}", model, shape)

    return draw


def poisson_membrane(rng: Any, k: int) -> Callable[[str], Iterator[Case]]:
    """As `membrane`, with one continuous potential."""
    return membrane(rng, 2 * k, fm.Poisson())


def poisson_kinetics(rng: Any, k: int) -> Callable[[str], Iterator[Case]]:
    """As `kinetics`, behind a Stern layer."""
    return kinetics(rng, k, fm.Poisson())


def acid_and_base(rng: Any, k: int) -> Callable[[str], Iterator[Case]]:
    """Acid and base meet in a front that the mesh does not resolve; water dissociates."""
    names = ("Na+", 1), ("Cl-", -1), ("H+", 1), ("OH-", -1)
    species = [fm.Species(*s) for s in names]
    D = {"Na+": 1.334e-9, "Cl-": 2.032e-9, "H+": 9.311e-9, "OH-": 5.273e-9}
    water = fm.Medium(species, fm.Dilute(D))

    def draw(name: str) -> Iterator[Case]:
        salt = decades(rng, 1e-1, 1e3)
        baths = []
        for sign in rng.permutation([1, -1]):
            strong = decades(rng, 1e-3, salt)
            weak = 1e-8 / strong
            H, OH = (strong, weak) if sign > 0 else (weak, strong)
            extra = OH - H
            ions = {"Na+": salt + max(extra, 0), "Cl-": salt - min(extra, 0), "H+": H, "OH-": OH}
            baths.append(ions)
        phase = fm.Phase("electrolyte", water, reactions=[fm.water_dissociation()])

        def model(control: Any) -> Any:
            left = fm.Reservoir("left", baths[0], potential=0.0)
            return fm.Model([phase], [left, fm.Reservoir("right", baths[1], control)])

        yield Case(f"{name} open circuit", model(fm.OpenCircuit()), "slab")
        yield from voltage_and_current(rng, name, model, "slab")

    return draw


# -- running --------------------------------------------------------------------------------------
@dataclass
class Result:
    """How a case ended."""

    name: str
    good: bool
    text: str
    attempts: int
    newton: int
    seconds: float


def run(case: Case) -> tuple[Result, Any]:
    """Solve a case; its result and its solution (None if there is none)."""
    start, solution, attempts = time.perf_counter(), None, []
    try:
        solution = fm.solve(case.model, domain(case.shape))
        attempts, text = solution.path.attempts, "converged"
    except NotConverged as error:
        attempts = error.state.path.attempts if error.state else []
        text = str(error)
    good = text.startswith(case.limit or "converged")
    effort = sum(a[-1].iterations for a in attempts)
    seconds = time.perf_counter() - start
    return Result(case.name, good, text, len(attempts), effort, seconds), solution


FAMILIES = {
    f.__name__.replace("_", " "): f
    for f in (
        reversible,
        kinetics,
        metals,
        junction,
        membrane,
        bare_membrane,
        poisson,
        poisson_membrane,
        poisson_kinetics,
        acid_and_base,
    )
}


def cases(draws: int = 3, plan: dict[str, int] | None = None, seed: int = 1) -> Iterator[Case]:
    """The map, the same for the same seed whichever part of it is run."""
    for number, (family, structures) in enumerate((plan or PLAN).items()):
        for k in range(structures):
            draw = FAMILIES[family](np.random.default_rng([seed, number, k]), k)
            for n in range(draws):
                yield from draw(f"{family}/{k}/{n}")


def results(chosen: Callable[[str], bool], draws: int) -> Iterator[Result]:
    """Run the map."""
    for case in cases(draws):
        if not chosen(case.name):
            continue
        result, solution = run(case)
        yield result
        if case.then and solution:
            yield run(case.then(solution))[0]


def main() -> None:
    """Print what failed, and a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("-v", action="store_true")
    given = parser.parse_args()
    if given.v:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
    done: dict[str, list[Result]] = {}
    for r in results(lambda n: all(w in n for w in given.words), given.draws):
        done.setdefault(r.name.split("/")[0], []).append(r)
        mark = "" if r.good else "  FAILED: " + r.text
        if r.attempts > 1 or not r.good or given.v:
            effort = f"{r.attempts} solves, {r.newton} steps, {r.seconds:.1f} s"
            print(f"{r.name}: {effort}{mark}", flush=True)
    table(done)


def table(done: dict[str, list[Result]]) -> None:
    """Cases, how many ended well and at the first try, Newton steps and seconds (median/most)."""
    print(f"{'family':<20}{'cases':>7}{'good':>6}{'first try':>11}{'steps':>14}{'seconds':>16}")
    rows = done | {"all": [r for found in done.values() for r in found]}
    for family, found in rows.items():
        steps, seconds = [r.newton for r in found], [r.seconds for r in found]
        print(
            f"{family:<20}{len(found):>7}{sum(r.good for r in found):>6}"
            f"{sum(r.attempts == 1 for r in found):>11}"
            f"{np.median(steps):>7.0f}/{max(steps):<6}{np.median(seconds):>8.1f}/{max(seconds):.0f}"
        )


if __name__ == "__main__":
    main()
