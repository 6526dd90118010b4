"""Say whether this Python can run femion: prints 'yes EXECUTABLE' or 'no REASON'."""

import importlib
import importlib.util
import os
import sys

NEEDED = "numpy scipy pint typer rich gmsh pyvista matplotlib pytest ruff mypy sphinx furo".split()


def reason() -> str:
    """Return why this Python will not do, or an empty string."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if ".venvs" in sys.prefix.split(os.sep):
        return "python3 is docker/run's own .venv"
    if importlib.util.find_spec("dolfinx") is None:
        return f"python3 ({version}) has no DOLFINx"
    if sys.version_info < (3, 12):  # noqa: UP036 (older ones do run this)
        return f"python3 is {version}, femion needs 3.12"
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return f"python3 has DOLFINx, but lacks these: python3 -m pip install {' '.join(missing)}"
    try:
        if importlib.util.find_spec("dolfinx_solver"):
            importlib.import_module("dolfinx_solver")
        found = importlib.import_module("dolfinx").__version__
        for name in ("petsc4py.PETSc", "dolfinx.fem.petsc", "gmsh"):
            importlib.import_module(name)
    except Exception as error:
        return f"python3 has DOLFINx, but {' '.join(str(error).split())}"
    if found.split(".")[:2] != ["0", "11"]:
        return f"python3 has DOLFINx {found}, femion needs >=0.11,<0.12"
    return ""


answer = reason()
print(f"no {answer}" if answer else f"yes {sys.executable}")
