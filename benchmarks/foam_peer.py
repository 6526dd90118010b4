"""The channel of against_openfoam.py in OpenFOAM: simpleFoam, then scalarTransportFoam."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

HEAD = "FoamFile {{ version 2.0; format ascii; class {0}; object {1}; }}\n"
#: Corners in the plane (2 * index: front; + 1: back): outer square, filament, inlet, outlet.
BLOCKS = {"bottom": "ABba", "right": "BCcb", "top": "CDdc", "left": "DAad"}
ENDS = {"up": "IADJ", "down": "BKLC"}
CONTROL = """application {app}; startFrom latestTime; stopAt endTime; endTime {end}; deltaT 1;
writeControl timeStep; writeInterval {end}; writeFormat ascii; writePrecision 10;"""
SCHEMES = """ddtSchemes { default steadyState; } gradSchemes { default Gauss linear; }
divSchemes { default none; div(phi,U) bounded Gauss linearUpwind grad(U);
div(phi,T) Gauss linearUpwind grad(T); div((nuEff*dev2(T(grad(U))))) Gauss linear; }
laplacianSchemes { default Gauss linear corrected; }
interpolationSchemes { default linear; } snGradSchemes { default corrected; }"""
SOLUTION = """solvers {
p { solver GAMG; smoother GaussSeidel; tolerance 1e-10; relTol 0.05; }
U { solver smoothSolver; smoother symGaussSeidel; tolerance 1e-10; relTol 0.1; }
T { solver PBiCGStab; preconditioner DILU; tolerance 1e-12; relTol 0.01; } }
SIMPLE { nNonOrthogonalCorrectors 1; consistent yes; pRefCell 0; pRefValue 0;
residualControl { p 1e-6; U 1e-7; T 1e-8; } }
relaxationFactors { equations { U 0.9; T 0.97; } }"""


def found():
    """The folder of OpenFOAM's own files, or None where simpleFoam or that is missing."""
    home = Path(os.environ.get("WM_PROJECT_DIR", "/usr/share/openfoam"))
    tools = all(shutil.which(t) for t in ("blockMesh", "simpleFoam", "scalarTransportFoam"))
    return home if tools and (home / "etc" / "controlDict").is_file() else None


def run(p, n):
    """(x, wall concentration at the bottom, cpu and wall time [s], cells) on 2n cells across."""
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder)
        for name in ("0", "constant", "system"):
            (case / name).mkdir()
        files(case, p, n)
        start, used = time.perf_counter(), os.times()
        call(case, "blockMesh")
        inlet(case, p)
        control(case, "simpleFoam", 3000)
        call(case, "simpleFoam")
        last = max((f for f in case.iterdir() if f.name.isdigit()), key=lambda f: int(f.name))
        transported(case, last, p)
        control(case, "scalarTransportFoam", int(last.name) + 1000)
        call(case, "scalarTransportFoam")
        now = os.times()
        cpu = sum(now[2:4]) - sum(used[2:4])
        last = max((f for f in case.iterdir() if f.name.isdigit()), key=lambda f: int(f.name))
        x, c = wall(case, last, p)
        cells = len(numbers(last / "T", "internalField"))
        return x, c, cpu, time.perf_counter() - start, cells


def call(case, tool):
    """One of OpenFOAM's programs in the folder of a case."""
    environment = os.environ | {"WM_PROJECT_DIR": str(found()), "FOAM_SIGFPE": "false"}
    done = subprocess.run(
        [tool, "-case", str(case)], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{tool}: {(done.stderr or done.stdout)[-800:]}")


def write(path, kind, text):
    """A dictionary of OpenFOAM."""
    path.write_text(HEAD.format(kind, path.name) + text + "\n")


def control(case, app, end):
    write(case / "system" / "controlDict", "dictionary", CONTROL.format(app=app, end=end))


def files(case, p, n):
    """Everything but the velocity at the inlet, which needs the mesh."""
    control(case, "simpleFoam", 3000)
    write(case / "system" / "fvSchemes", "dictionary", SCHEMES)
    write(case / "system" / "fvSolution", "dictionary", SOLUTION)
    write(case / "system" / "blockMeshDict", "dictionary", blocks(p, n))
    constant = case / "constant"
    laminar = f"transportModel Newtonian; nu {p['nu']}; DT {p['D']};"
    write(constant / "transportProperties", "dictionary", laminar)
    write(constant / "turbulenceProperties", "dictionary", "simulationType laminar;")
    rest = "inlet { type zeroGradient; } outlet { type fixedValue; value uniform 0; }"
    rest += ' "bottom|top|spacer" { type zeroGradient; } faces { type empty; }'
    text = f"dimensions [0 2 -2 0 0 0 0]; internalField uniform 0; boundaryField {{ {rest} }}"
    write(case / "0" / "p", "volScalarField", text)


def blocks(p, n):
    """Six blocks around a filament, graded to walls and filament; 2n cells across."""
    H, r, a, L = p["H"], p["diameter"] / 2 / np.sqrt(2), p["at"], p["length"]
    h = H / 2
    square = [(a - h, 0), (a + h, 0), (a + h, H), (a - h, H)]
    ring = [(a - r, h - r), (a + r, h - r), (a + r, h + r), (a - r, h + r)]
    flat = [*square, *ring, (0, 0), (0, H), (L, 0), (L, H)]
    name = {k: i for i, k in enumerate("ABCDabcdIJKL")}
    vertices = " ".join(f"({x} {y} {z})" for z in (0, h) for x, y in flat)
    both = "((0.5 0.5 {}) (0.5 0.5 {}))".format(p["grading"], 1 / p["grading"])

    def block(corners, count, along, across):
        v = [name[k] for k in corners]
        v = " ".join(map(str, v + [k + len(flat) for k in v]))
        edges = " ".join([*along, *across, "1 1 1 1"])
        return f"hex ({v}) ({count[0]} {count[1]} 1) edgeGrading ({edges})"

    made = []
    for side, corners in BLOCKS.items():
        outer = both if side in ("left", "right") else "1"
        made.append(block(corners, (2 * n, 2 * n), (outer, "1", "1", outer), (both,) * 4))
    for side, corners in ENDS.items():
        cells = int(np.ceil(n * 2.5 * (a - h if side == "up" else L - a - h) / H))
        made.append(block(corners, (cells, 2 * n), ("1",) * 4, (both,) * 4))
    arcs = ""
    for k, end in zip("abcd", "bcda", strict=True):
        i, j = name[k], name[end]
        m = np.mean([flat[i], flat[j]], axis=0) - (a, h)
        m = m / np.hypot(*m) * p["diameter"] / 2 + (a, h)
        for z, back in ((0, 0), (h, len(flat))):
            arcs += f"arc {i + back} {j + back} ({m[0]} {m[1]} {z}) "

    def patch(label, kind, *edges):
        faces = " ".join(
            f"({i} {j} {j + len(flat)} {i + len(flat)})"
            for i, j in ((name[e[0]], name[e[1]]) for e in edges)
        )
        return f"{label} {{ type {kind}; faces ({faces}); }}"

    patches = [
        patch("inlet", "patch", "IJ"),
        patch("outlet", "patch", "KL"),
        patch("bottom", "wall", "IA", "AB", "BK"),
        patch("top", "wall", "JD", "DC", "CL"),
        patch("spacer", "wall", "ab", "bc", "cd", "da"),
    ]
    return (
        f"scale 1; vertices ({vertices}); blocks ({' '.join(made)}); edges ({arcs}); "
        f"boundary ({' '.join(patches)}); defaultPatch {{ name faces; type empty; }}"
    )


def inlet(case, p):
    """A parabola at the middles of the inlet's faces."""
    middles = faces(case, "inlet")[0]
    u = 6 * p["u"] * middles[:, 1] * (p["H"] - middles[:, 1]) / p["H"] ** 2
    values = " ".join(f"({k:.12g} 0 0)" for k in u)
    entry = f"inlet {{ type fixedValue; value nonuniform List<vector> {len(u)}({values}); }}"
    rest = 'outlet { type zeroGradient; } "bottom|top|spacer" { type noSlip; }'
    text = f"dimensions [0 1 -1 0 0 0 0]; internalField uniform ({p['u']} 0 0);"
    text += f" boundaryField {{ {entry} {rest} faces {{ type empty; }} }}"
    write(case / "0" / "U", "volVectorField", text)


def transported(case, last, p):
    """The concentration at the start, beside the velocity that was found."""
    walls = f'"bottom|top" {{ type fixedGradient; gradient uniform {p["flux"] / p["D"]}; }}'
    rest = f"inlet {{ type fixedValue; value uniform {p['c']}; }} faces {{ type empty; }}"
    rest += ' "outlet|spacer" { type zeroGradient; }'
    text = f"dimensions [0 0 0 1 0 0 0]; internalField uniform {p['c']};"
    write(last / "T", "volScalarField", text + f" boundaryField {{ {walls} {rest} }}")
    laminar = f"DT DT [0 2 -1 0 0 0 0] {p['D']};"
    write(case / "constant" / "transportProperties", "dictionary", laminar)


def wall(case, last, p):
    """(x, concentration) at the faces of the bottom: the cell's, and the gradient from there."""
    middles, owner, centres = faces(case, "bottom")
    T = numbers(last / "T", "internalField")
    gap = centres[owner][:, 1] - middles[:, 1]
    order = np.argsort(middles[:, 0])
    return middles[order, 0], (T[owner] + p["flux"] / p["D"] * gap)[order]


def faces(case, patch):
    """(middles of the faces of a patch, their cells, middles of all cells)."""
    mesh = case / "constant" / "polyMesh"
    points = numbers(mesh / "points").reshape(-1, 3)
    corners = [
        np.array(k.split(), dtype=int) for k in re.findall(r"\d\(([\d ]+)\)", body(mesh / "faces"))
    ]
    owner = numbers(mesh / "owner").astype(int)
    middles = np.array([points[k].mean(axis=0) for k in corners])
    other = numbers(mesh / "neighbour").astype(int)
    total, count = np.zeros((owner.max() + 1, 3)), np.zeros(owner.max() + 1)
    for cells in (owner, other):
        np.add.at(total, cells, middles[: len(cells)])
        np.add.at(count, cells, 1)
    entry = re.search(
        patch + r"\s*\{[^}]*?nFaces\s+(\d+);\s*startFace\s+(\d+);", body(mesh / "boundary")
    )
    own = slice(int(entry[2]), int(entry[2]) + int(entry[1]))
    return middles[own], owner[own], total / count[:, None]


def body(path):
    """The text of a file of OpenFOAM behind its header."""
    return re.sub(r"FoamFile\s*\{.*?\}|//.*?$|/\*.*?\*/", "", path.read_text(), flags=re.S | re.M)


def numbers(path, entry=""):
    """The numbers of a list, or of an entry's list."""
    text = body(path)
    text = text[text.index(entry) :] if entry else text
    text = text.split("boundaryField")[0]
    inside = text[text.index("(") + 1 : text.rindex(")")]
    return np.array(inside.replace("(", " ").replace(")", " ").split(), dtype=float)
