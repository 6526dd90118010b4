"""Small cells that several tests solve."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import femion as fm

#: Environment for a child process: it must not take its parent's MPI rank for its own.
MPI_NAMES = ("PMI", "PMIX", "MPI", "HYDI", "HYDRA", "OMPI")
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(MPI_NAMES)}
ROOT = Path(fm.__file__).parents[1]

um = 1e-6
Na, K, Cl = fm.Species("Na+", 1), fm.Species("K+", 1), fm.Species("Cl-", -1)
FRICTION = {
    "Na+,solvent": 1.334e-9,
    "K+,solvent": 1.957e-9,
    "Cl-,solvent": 2.032e-9,
    "Na+,Cl-": 1.5e-10,
    "K+,Cl-": 1.8e-10,
}
BATH = {"Na+": "60 mM", "K+": "40 mM", "Cl-": "100 mM"}
FEED = {"Na+": "30 mM", "K+": "20 mM", "Cl-": "50 mM"}


def stack(h=20 * um):
    """Three layers, the middle one with a fed edge."""
    return fm.geometry.layers(
        {"left bath": 60 * um, "membrane": 40 * um, "channel": 80 * um},
        height=100 * um,
        h=h,
        first_cell=h / 4,
        side="walls",
        side_names={"channel": "feed"},
    )


def membrane_model(current=0.01, **changes):
    """Three ions with a full tensor, a Donnan membrane, a fed channel, an imposed current."""
    water = fm.Medium([Na, K, Cl], fm.StefanMaxwell(FRICTION))
    resin = fm.Medium([Na, K, Cl], fm.Effective(water.transport, porosity=0.4, tortuosity=4))
    phases = [
        fm.Phase("left bath", water),
        fm.Phase("membrane", resin, fixed_charge="-1 mol/L"),
        fm.Phase("channel", water),
    ]
    laws = [
        fm.Reservoir("left", BATH, potential="0 V"),
        fm.Reservoir("right", FEED, current=current),
        fm.Bath("feed", FEED),
        fm.Donnan("left bath|membrane"),
        fm.Donnan("membrane|channel"),
    ]
    return fm.Model(**({"phases": phases, "laws": laws} | changes))


def electrode():
    """A small sintered half-cell."""
    return fm.geometry.half_cell(
        separator=10 * um,
        electrode=40 * um,
        height=30 * um,
        particle_radius=5 * um,
        solid_fraction=0.4,
        seed=2,
        h=4 * um,
        h_surface=1.5 * um,
    )


def electrode_model(current=-20 * 30e-6):
    """Concentrated binary salt, electrons, Butler-Volmer inside and at an unmeshed electrode."""
    Li, PF6 = fm.Species("Li+", 1), fm.Species("PF6-", -1)
    salt = fm.Medium(
        [Li, PF6],
        fm.ConcentratedBinary(lambda c, T: 0.1 + 1e-3 * c - 4e-7 * c**2, 0.363, 3.2e-10),
    )
    reaction = {
        "reaction": "Li -> Li+ + e-",
        "stored": ("Li",),
        "exchange_current_density": lambda metal, e: 2.0 * (e.c["Li+"] / 1000) ** 0.5,
    }
    initial = {"Li+": "1 M", "PF6-": "1 M"}
    return fm.Model(
        phases=[
            fm.Phase("electrolyte", salt, regions=["separator", "pores"], initial=initial),
            fm.Phase("particles", fm.Conductor("10 S/m")),
        ],
        laws=[
            fm.ButlerVolmer(
                "lithium",
                **reaction,
                equilibrium_potential=fm.Nernst(0.0, {"Li+": 1}),
                terminal=fm.Potential("0 V"),
            ),
            fm.ButlerVolmer(
                "particles|electrolyte",
                **reaction,
                equilibrium_potential=fm.Nernst(3.9, {"Li+": 1}),
            ),
            fm.Terminal("collector", current=current),
        ],
    )


def femion_command(*words, cwd, ranks=1):
    mpiexec = shutil.which("mpiexec") or str(Path(sys.executable).parent / "mpiexec")
    launch = [mpiexec, "-n", str(ranks)] if ranks > 1 else []
    env = CLEAN | {"PYTHONPATH": str(ROOT)}
    command = [*launch, sys.executable, "-m", "femion", *words]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)


IRON = [fm.Species("Fe2+", 2), fm.Species("Fe3+", 3), fm.Species("Cl-", -1)]
HALF = 20 * um


def redox(left=None):
    """Fe2+/Fe3+ in both halves of a cell between which only Cl- passes; at rest 0 V."""
    water = fm.Medium(IRON, fm.Dilute({"Fe2+": 0.7e-9, "Fe3+": 0.6e-9, "Cl-": 2e-9}))
    start = {"Fe2+": 100.0, "Fe3+": 100.0, "Cl-": 500.0}
    U = fm.Nernst(0.0, {"Fe3+": 1, "Fe2+": -1})
    laws = [
        fm.ButlerVolmer(where, "Fe2+ -> Fe3+ + e-", 100.0, U, terminal=control)
        for where, control in (("left", left or fm.OpenCircuit()), ("right", fm.Potential(0.0)))
    ]
    laws.append(fm.Donnan("a|b", blocked=["Fe2+", "Fe3+"]))
    phases = [fm.Phase(name, water, initial=start) for name in ("a", "b")]
    return fm.Model(phases, laws)


def halves():
    return fm.geometry.layers({"a": HALF, "b": HALF}, height=HALF / 2, h=HALF / 4)
