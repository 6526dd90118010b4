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
