"""A page of the book as a test: its blocks are run from top to bottom, in a folder of their own.

```python                   is executed; names last to the end of the page
```{code-block} toml        with a :caption: NAME.toml, is a file; a case must pass `femion check`
```toml                     is a fragment: it must pass, too, on top of the file before it, or
                            of the tutorial's where a page has none
```{code-block} LANGUAGE    with a :caption: NAME.EXT, is a file
```console                  `$ femion ...` is run, other lines are not
```text                     is what the block before it prints; ... stands for anything
"""

import contextlib
import doctest
import io
import re
import shlex
import tomllib
from pathlib import Path

from femion.cli import app, guarded

FENCE = re.compile(r"^(`{3,})(\S*)[ ]?(.*?)\n(.*?)^\1\s*$", re.S | re.M)
CAPTION = re.compile(r":caption: (\S+)\n+", re.S)
DOCS = Path(__file__).parents[1] / "docs"
RUN = ("python", "toml", "console", "text")
FORM = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page):
    """(language, name of the file or "", text, line) of the fenced blocks of a page."""
    whole = Path(page).read_text()
    for found in FENCE.finditer(whole):
        _, kind, argument, text = found.groups()
        language = argument if kind == "{code-block}" else kind
        caption = CAPTION.match(text)
        line = whole[: found.start()].count("\n") + 2
        yield language, caption[1] if caption else "", text[caption.end() if caption else 0 :], line


class Page:
    """What the blocks of a page do, one after the other."""

    def __init__(self, file):
        self.file, self.names, self.case, self.said = file, {"__name__": "page"}, "", ""

    def run(self):
        for language, name, text, line in blocks(self.file):
            if name and language != "toml":
                Path(name).write_text(text)
            elif language in RUN:
                getattr(self, language)(name, text, f"{Path(self.file).name}, line {line}")

    def python(self, name, text, place):
        code = compile("\n" * (int(place.split()[-1]) - 1) + text, str(self.file), "exec")
        with self.heard():
            exec(code, self.names)

    def toml(self, name, text, place):
        if name:
            Path(name).write_text(text)
            if {"builder", "case"} & tomllib.loads(text).keys():
                return  # the parameters of a mesh, or a study
            self.case = name
        else:
            name, base = "fragment.toml", self.case or self.tutorial()
            Path(name).write_text(f'include = "{base}"\n{text}')
        self.femion(["check", name, "--allow-code"], 0, place)

    @staticmethod
    def tutorial():
        found = next(b for b in blocks(DOCS / "tutorial.md") if b[0] == "toml")
        Path(found[1]).write_text(found[2])
        return found[1]

    def console(self, name, text, place):
        heard = ""
        for line in text.splitlines():
            if line.startswith("$ femion "):
                words = shlex.split(line.removeprefix("$ femion "), comments=True)
                fails = re.search(r"# exit code (\d)", line)
                self.femion(words, int(fails[1]) if fails else 0, place)
                heard += self.said
        self.said = heard

    def text(self, name, text, place):
        fits = doctest.OutputChecker().check_output(text, self.said, FORM)
        assert fits, f"{place} says\n{text}\nand it is\n{self.said}"

    def femion(self, words, code, place):
        with self.heard():
            found = guarded(lambda: app(words))
        assert found == code, f"{place}: femion {' '.join(words)} ends with {found}:\n{self.said}"

    @contextlib.contextmanager
    def heard(self):
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield
        self.said = stream.getvalue()
