"""Check that docker/constraints.txt is what is installed: exit 1 with the lines to change."""

import re
import sys
from importlib.metadata import distributions
from pathlib import Path


def canonical(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Compare both ways, print what differs, return the number of differences as exit status."""
    text = (Path(__file__).parent / "constraints.txt").read_text(encoding="utf-8")
    pins = dict(line.split("==") for line in text.splitlines() if line and not line.startswith("#"))
    pinned = {canonical(name): version.strip() for name, version in pins.items()}
    installed = {canonical(found.metadata["Name"]): found.version for found in distributions()}
    for name in ("femion", "pip"):
        installed.pop(name, None)
    wrong = [f"add {n}=={v}" for n, v in installed.items() if n not in pinned]
    wrong += [f"{n} is pinned {v}, installed is {installed.get(n, 'none')}"
              for n, v in pinned.items() if installed.get(n) != v]  # fmt: skip
    for line in sorted(wrong):
        print("docker/constraints.txt:", line)
    return min(1, len(wrong))


if __name__ == "__main__":
    sys.exit(main())
