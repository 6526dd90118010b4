"""Case files that cannot be right: one good file, mutated by rule, and others written by hand."""

import copy
import tomllib

from femion.case.dump import dump
from femion.case.source import leaves

GOOD = """
title = "a film with an electrode, in time"

[parameters]
c0 = "0.1 mol/L"
k = 2
share = "= k / 4"
i0 = "= 1 [A/m^2] * sqrt(c['Na+'] / c0)"

[geometry]
builder = "layers"
thickness = { bath = "50 um", film = "50 um" }
height = "20 um"
h = "10 um"

[species]
"Na+" = 1
"Cl-" = { z = -1, formula = "Cl-" }

[media.water]
temperature = "25 degC"
activity = { type = "DebyeHueckel", ion_size = "0.4 nm", statistics = { type = "Ideal" } }
standard_potential = { "Na+" = "0 J/mol" }

[media.water.transport]
type = "Dilute"
D."Na+" = "1.334e-9 m^2/s"
D."Cl-" = { type = "Arrhenius", value = "2e-9 m^2/s", activation_energy = "15 kJ/mol" }

[media.resin]
transport = { type = "Effective", transport = "water", porosity = 0.4, tortuosity = 4 }

[phases.bath]
medium = "water"
initial = { "Na+" = "= c0", "Cl-" = "= c0" }

[[phases.bath.energies]]
type = "Gravity"
molar_mass = { "Na+" = "23 g/mol" }
g = ["0 m/s^2", "-9.8 m/s^2"]

[phases.film]
medium = "resin"
fixed_charge = "-1 mol/L"
porosity = 0.9

[laws.left]
type = "DonnanReservoir"
where = "left"
concentrations = { "Na+" = "= c0", "Cl-" = "= c0" }
potential.type = "Varying"
potential.control = { type = "Potential", value = "= 1 [mV/s] * t" }
potential.corners = ["1 s"]

[laws."bath|film"]
type = "Donnan"
blocked = []

[laws.right]
type = "ButlerVolmer"
reaction = "Na -> Na+ + e-"
stored = ["Na"]
exchange_current_density = "= i0"
equilibrium_potential.type = "Nernst"
equilibrium_potential.standard_potential = "0 V"
equilibrium_potential.stoichiometry = { "Na+" = 1 }
alpha = [0.5, 0.5]
terminal = { type = "Potential", value = "0 V" }

[solve]
degree = 1
quadrature = 2
linear = { type = "FieldSplit", rtol = 1e-6 }
options = { snes_max_it = 20 }

[time]
until = "10 s"
output = ["1 s", "10 s"]
rtol = 1e-3
longest = "5 s"
watch = { V = "potential left", flow = { type = "flow", species = "Na+", where = "bath|film" } }

[output]
fields = true
pictures = ["phi"]
metrics = { split = { type = "voltage_split", path = ["left", "bath|film"] } }
"""

#: Values that may be left out, or be any text or number.
FREE = {"title", "snes_max_it", "formula"}
NAMES = {"type", "builder", "reaction", "medium", "where", "species"}


def put(tree, key, change):
    """A copy of a tree with a value changed; `change` gets the table and the last part."""
    new = copy.deepcopy(tree)
    here = new
    for part in key[:-1]:
        here = here[int(part)] if isinstance(here, list) else here[part]
    change(here, int(key[-1]) if isinstance(here, list) else key[-1])
    return dump(new)


def mutated():
    """(what was done, text)."""
    tree = tomllib.loads(GOOD)
    for key, value in leaves(tree):
        where, last = ".".join(key), key[-1]
        if last in FREE:
            continue
        replaced = {"a truth for": True, "a list of lists for": [[[]]], "a table for": {"a": 1}}
        if isinstance(value, bool):
            replaced["a truth for"] = 1
        if isinstance(value, int | float):
            replaced |= {"not a number for": float("nan"), "infinite": float("inf")}
            replaced |= {"text for": "many"}
        if (isinstance(value, str) and value[:1].isdigit()) or value == "-1 mol/L":
            number, unit = value.split(" ", 1)
            replaced |= {"no unit for": float(number), "another unit for": f"{number} kg*{unit}"}
            replaced |= {"nan for": f"nan {unit}"}
        for what, new in replaced.items():
            yield f"{what} {where}", put(tree, key, lambda t, k, new=new: t.__setitem__(k, new))
        if last in NAMES:
            bad = put(tree, key, lambda t, k: t.__setitem__(k, t[k][:-1] + "q"))
            yield f"misspelt value of {where}", bad
    yield from _keys(tree)


def _keys(tree):
    """Misspelt and lost keys."""

    def rename(table, k):
        table[f"{k}q"] = table.pop(k)

    for key, _ in leaves(tree):
        if not key[-1].isdigit() and key[0] not in ("parameters", "species", "title"):
            if ("watch" in key[:-1] and key[-1] == "V") or "options" in key:
                continue
            yield f"misspelt {'.'.join(key)}", put(tree, key, rename)


STUDY = """
case = "film.toml"
ranks = 2
plot = ["V"]
[set]
solve.degree = 1
[grid]
laws.right.current = ["0 A", "1 mA"]
[list]
parameters.salt = ["1 mM", "2 mM"]
geometry.length = ["50 um", "0.1 mm"]
[random]
count = 5
ranges.laws.left.potential = { from = "1 mV", to = "1 V", log = true }
[seeds]
geometry.cells = [8, 9]
[cluster]
type = "slurm"
queue = "long"
"""
#: what is replaced in the good study, by what, and what is said
STUDIES = {
    "table": ("[grid]", "[gird]", "table of a study 'gird' not found.*Did you mean 'grid'"),
    "no TOML": ("[seeds]", "[seeds", "not TOML"),
    "no case": ('case = "film', 'case = "flim', "does not exist"),
    "ranks": ("ranks = 2", "ranks = 0", r"ranks: 0; allowed: a whole number"),
    "ranks of text": ("ranks = 2", 'ranks = "2"', "ranks: '2'; allowed: a whole number"),
    "plot": ('plot = ["V"]', 'plot = ["W"]', "metric of the case 'W' not found; known: V"),
    "plot of a number": ('plot = ["V"]', "plot = 1", "allowed: a list of names"),
    "law": ("laws.right", "laws.rihgt", r":8: .*law 'rihgt' not found.*Did you mean 'right'"),
    "key": ("right.current", "right.curent", r":8: .*Did you mean 'current'"),
    "parameter": ("parameters.salt", "parameters.slat", r":10: .*Did you mean 'salt'"),
    "section": ("solve.degree", "slove.degree", r":6: .*Did you mean 'solve'"),
    "unit": ('"1 mA"', '"1 mV"', r":8: .*is not a quantity in A"),
    "value": ('"1 mA"', '"much"', r":8: .*is not a quantity"),
    "no list": ('["0 A", "1 mA"]', '"1 mA"', "allowed: a list of values"),
    "empty": ('["0 A", "1 mA"]', "[]", "allowed: a list of values"),
    "value twice": ('"1 mA"', '"0 A"', "allowed: each value once"),
    "lengths": ('["1 mM", "2 mM"]', '["1 mM"]', "different lengths .*salt has 1"),
    "key twice": ("geometry.cells", "geometry.length", "set twice|whole numbers"),
    "inside": ("solve.degree = 1", "geometry.cells.x = 1", "set twice"),
    "count": ("count = 5", "count = 5.5", "allowed: a whole number"),
    "count missing": ("count = 5\n", "", "count missing"),
    "too many": ("count = 5", "count = 500000", "4000000 cases; allowed: 100000"),
    "range": ('to = "1 V"', 'to = "1 A"', "not a quantity in mV"),
    "range turned": ('to = "1 V"', 'to = "0 V"', "allowed: from below to"),
    "range without end": ('to = "1 V", ', "", "to missing"),
    "range key": ("log = true", "lgo = true", "Did you mean 'log'"),
    "log": ('from = "1 mV"', 'from = "-1 mV"', "allowed with log: greater than 0"),
    "log text": ("log = true", "log = 1", "allowed: true or false"),
    "seed": ("[8, 9]", "[8, 9.5]", "allowed: a whole number"),
    "seeds": ("[8, 9]", "{ first = 1 }", r"allowed: a list of whole numbers"),
    "cluster": ('"slurm"', '"slrum"', "Did you mean 'slurm'"),
    "cluster key": ("queue =", "queu =", "Did you mean 'queue'"),
    "shell": ('"long"', '"long; rm -rf x"', "allowed: letters, digits"),
    "line": ('"long"', '"long\\nrm"', "allowed: letters, digits"),
    "queue at home": ('"slurm"', '"local"', "allowed: with type = 'slurm'"),
    "address": ('type = "slurm"', 'type = "running"', "address"),
}
