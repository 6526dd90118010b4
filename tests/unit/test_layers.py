"""The architecture, as a test: a module imports only from its own layer and those below."""

import ast
from pathlib import Path

import femion

ROOT = Path(femion.__file__).parent
LAYERS = [
    {"errors", "units"},
    {"thermo", "transport", "closure", "model", "laws", "flow"},
    {"formcache", "_dolfinx"},
    {"geometry", "library", "plugins"},
    {
        "domain",
        "bind",
        "fields",
        "fixed",
        "numbering",
        "heating",
        "blocks",
        "flowing",
        "placement",
        "pins",
        "sparse",
        "consistency",
        "rigid",
        "forms",
        "extend",
        "constrain",
        "inlet",
        "saddle",
        "conserve",
        "guess",
        "capacity",
        "storage",
        "wires",
        "initial",
        "snapshots",
        "splits",
        "problem",
    },
    {"solvers"},
    {
        "audit",
        "books",
        "calorimetry",
        "power",
        "diagnose",
        "solution",
        "vectors",
        "integrator",
        "marching",
        "mixing",
        "programme",
        "restart",
        "trajectory",
        "io",
        "metrics",
        "report",
        "upscaling",
        "plot",
    },
    {"case"},
    {"verify", "study", "cli", "commands", "doctor", "__main__", "__init__"},
]
RANK = {name: k for k, layer in enumerate(LAYERS) for name in layer}
PURE = LAYERS[0] | LAYERS[1]
SOLVER_FREE = PURE | LAYERS[3]
LAZY_ONLY = {"pyvista", "matplotlib", "gmsh", "rich", "jinja2", "plotly", "distributed", "pyarrow"}


def modules():
    for file in sorted(ROOT.rglob("*.py")):
        yield file, file.relative_to(ROOT).parts[0].removesuffix(".py"), ast.parse(file.read_text())


def imports(tree):
    """(level, dotted name, at top level) of every import."""
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [a.name for a in node.names]
            for name in names:
                yield node.level, name, id(node) in top
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name, id(node) in top


def test_every_module_has_a_layer():
    assert {here for _, here, _ in modules()} <= set(RANK)


def test_imports_go_down():
    for file, here, tree in modules():
        depth = len(file.relative_to(ROOT).parts)
        for level, name, top in imports(tree):
            target = name.split(".")[0]
            if level == depth and target in RANK and top:
                assert RANK[target] <= RANK[here], f"{file} imports {target} from a layer above"


def test_the_description_sees_no_solver_and_pictures_load_late():
    for file, here, tree in modules():
        for level, name, top in imports(tree):
            first = name.split(".")[0]
            if level == 0 and here in SOLVER_FREE:
                assert first not in {"dolfinx", "petsc4py", "mpi4py", "basix"}, file
            if level == 0 and top:
                assert first not in LAZY_ONLY, f"{file} imports {first} at start-up"


def test_files_and_functions_stay_small():
    for file, _, tree in modules():
        assert file.read_text().count("\n") <= 300, file
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                text = ast.get_docstring(node, clean=False) or ""
                code = node.end_lineno - node.lineno - text.count("\n") - 1
                assert code <= 40, f"{file}:{node.lineno}"
