"""Run verification cases and keep their rows in results.json, which the book shows.

    make verification                                # all of `femion verify`: ten minutes
    python docs/verification/update.py --missing     # cases that are not there, or have failed
    python docs/verification/update.py NAME...       # some

Every case is kept with the day and the commit it was computed at, as soon as it is done.
"""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "results.json"
DIGITS = 9  # of computed and reference values, more than any tolerance needs


def read() -> dict[str, Any]:
    """What is kept, by case."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def write(kept: dict[str, Any]) -> None:
    """A line per row, so that a difference can be read."""
    blocks = []
    for name, found in kept.items():
        rows = ",\n".join(f"   {json.dumps(row, ensure_ascii=False)}" for row in found["rows"])
        head = json.dumps({k: v for k, v in found.items() if k != "rows"})[1:-1]
        blocks.append(f' {json.dumps(name)}: {{{head}, "rows": [\n{rows}]}}')
    FILE.write_text("{\n" + ",\n".join(blocks) + "\n}\n")


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is kept."""
    digits = {"computed": DIGITS, "reference": DIGITS, "error": 3, "tolerance": 3}
    short = {k: float(f"{row[k]:.{n}g}") for k, n in digits.items() if row[k] is not None}
    return {k: v for k, v in (row | short).items() if k not in ("name", "group")}


def commit() -> str:
    """The last commit that changed femion; a + says that it is changed since."""
    git = ["git", "-C", str(FILE.parents[2])]
    last = [*git, "log", "-1", "--format=%h", "--", "femion"]
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "femion"]).returncode
    done = subprocess.run(last, capture_output=True, text=True, check=True)
    return done.stdout.strip() + "+" * changed


def main(words: list[str]) -> int:
    """Run what is asked for; 0 if all of it passed."""
    from femion.verify.registry import load, run

    cases, kept, at = load(), read(), commit()
    for name in kept.keys() - cases:
        del kept[name]
    names = [w for w in words if w != "--missing"] or list(cases)
    if "--missing" in words:
        names = [n for n in names if n not in kept or not all(r["passed"] for r in kept[n]["rows"])]
    for k, name in enumerate(names, 1):
        rows = run([name])
        kept[name] = {"date": str(date.today()), "commit": at, "rows": [rounded(r) for r in rows]}
        kept = {n: kept[n] for n in cases if n in kept}
        write(kept)
        good = sum(r["passed"] for r in rows)
        print(f"{k}/{len(names)} {name}: {good} of {len(rows)} passed", flush=True)
    return int(not all(r["passed"] for n in names for r in kept[n]["rows"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
