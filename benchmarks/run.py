"""`make bench`: all benchmarks, or those named: run.py [--quick] [NAME ...]."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    "overhead",
    "tutorial",
    "against_ngsolve",
    "against_openfoam",
    "diffusion",
    "scaling",
    "split",
)


def main(arguments):
    """Each in a process of its own; returns how many failed."""
    flags = [a for a in arguments if a.startswith("-")]
    names = [a for a in arguments if not a.startswith("-")] or NAMES
    if unknown := set(names) - set(NAMES):
        print(f"no benchmark {', '.join(sorted(unknown))}; known: {', '.join(NAMES)}")
        return len(unknown)
    failed = 0
    for name in names:
        print(f"== {name}", flush=True)
        failed += subprocess.run([sys.executable, HERE / f"{name}.py", *flags]).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
