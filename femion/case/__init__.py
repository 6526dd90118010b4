"""Case files: one TOML file describes a run completely, and can run no code.

    source = load("cell.toml", changes=["laws.right.current=0.01 A"])
    case = read(source)
    case.model, case.geometry

Its tables become the classes of the Python interface by their own signatures (`build`); numbers
carry units, and formulas follow a small grammar (`expression`). What is wrong is said with file
and line.
"""

from .document import Case, read
from .source import load, parse

__all__ = ["Case", "load", "parse", "read"]
