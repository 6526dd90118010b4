"""The book: what its pages show runs, and it can be built."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pages import RUN, Page, blocks

import femion
from femion.verify.registry import CASES, load

DOCS = Path(femion.__file__).parents[1] / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.md") if any(b[0] in RUN for b in blocks(p)))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_does_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Page(page).run()
    for name in [n for n, c in CASES.items() if c.compute.__module__ == "page"]:
        del CASES[name]  # what the page has registered


def test_the_book_is_built_without_a_warning(tmp_path):
    words = ["-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", tmp_path / "trees"]
    done = subprocess.run(
        [sys.executable, *words, DOCS, tmp_path / "html"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    built = (tmp_path / "html/reference/python/laws.html").read_text()
    assert 'id="femion.Donnan"' in built


def test_the_verification_book_has_every_case_and_no_other():
    kept = json.loads((DOCS / "verification/results.json").read_text())
    names = load().keys()
    missing, stale = names - kept.keys(), kept.keys() - names
    assert not missing and not stale, (
        f"missing: {missing}, stale: {stale}; run `python docs/verification/update.py --missing`"
    )
    for name, case in kept.items():
        for row in case["rows"]:
            good = row["error"] is not None and row["error"] <= row["tolerance"] * 1.01
            assert row["passed"] and good, f"{name}: {row}"


def sentences():
    """Every text of femion's source; what an f-string puts in is an ellipsis."""
    for file in Path(femion.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(v.value if isinstance(v, ast.Constant) else "…" for v in node.values)


def test_the_messages_that_are_explained_are_femion_s():
    heads = re.findall(r"^### `(.*)`$", (DOCS / "troubleshooting.md").read_text(), re.M)
    texts = list(sentences())
    assert len(heads) > 20
    for head in heads:
        said = ".*".join(re.escape(part.strip()) for part in head.split("…"))
        assert any(re.search(said, text, re.S) for text in texts), f"femion never says {head!r}"
