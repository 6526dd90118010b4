"""The page of one run: what was asked, what came out, how, and how to get it again."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import FemionError
from ..plot.style import symbol, title

NAME = "report.html"
ORDER = ("mesh", "convergence", "series", "polarisation", "profile")  #: others are fields
MIME = {".png": "image/png", ".gif": "image/gif"}


def write(results: Any, pictured: bool | Sequence[str] = True) -> Path:
    """Write report.html into the folder of a run: one file that needs no other. On one rank.

    Pictures that are missing are drawn from what is stored: all, none, or the fields named.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    folder = results.folder / "pictures"
    if pictured is not False:
        complete(results, folder, None if pictured is True else pictured)
    loader = PackageLoader("femion", "report")
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "symbol": symbol, "unit": unit}
    page = made.get_template("page.html.j2").render(**content(results, folder, pictured))
    file: Path = results.folder / NAME
    fresh = file.with_name(f".{NAME}.part")
    fresh.write_text(page, encoding="utf-8")
    fresh.replace(file)
    return file


def complete(results: Any, folder: Path, fields: Sequence[str] | None) -> None:
    """Draw what is not there, of some fields."""
    from ..plot.stored import pictures

    for name, draw in pictures(results, fields).items():
        if not (folder / f"{name}.png").exists():
            draw(folder / f"{name}.png")


def content(results: Any, folder: Path, pictured: bool | Sequence[str]) -> dict[str, Any]:
    """What the page shows, as plain values."""
    summary = results.summary
    images = {f.stem: _embedded(f) for f in sorted(folder.glob("*")) if f.suffix in MIME}
    case = results.folder / "case.toml"
    return {
        "run": summary,
        "name": results.folder.resolve().name,
        "metrics": [row for k, v in summary.get("metrics", {}).items() for row in rows(k, v)],
        "losses": losses(summary["audit"]),
        "images": images,
        "fields": _captions(results, images),
        "scene": _scene(results, pictured),
        "case": case.read_text(encoding="utf-8") if case.exists() else "",
        "parameters": _parameters(case),
        "timings": {k: v for k, v in summary["timings"].items() if k != "unit"},
        "ends": _ends(results),
    }


def rows(name: str, found: Mapping[str, Any]) -> Iterator[tuple[str, float, str]]:
    """(name, number, unit) of a metric, one for each part of it; parts may bring "[their unit]"."""
    value, unit = found["value"], found.get("unit", "")
    if isinstance(value, Mapping):
        for part, inner in value.items():
            bare, own = re.fullmatch(r"(.*?)(?: \[(.*)\])?", part).groups()  # type: ignore[union-attr]
            part_unit = unit if own is None else own.removeprefix("-")
            yield from rows(f"{name}: {bare}", {"value": inner, "unit": part_unit})
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            yield from rows(f"{name}: {k + 1}", {"value": inner, "unit": unit})
    else:
        yield name, value, unit


def losses(audit: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """(where, power, share) of what is dissipated; shares are of the sum, the largest first."""
    named = {
        "": audit.get("dissipation", {}),
        "reactions in ": audit.get("reactions", {}),
        "at ": audit.get("interfaces", {}),
    }
    found = [(f"{how}{where}", p) for how, part in named.items() for where, p in part.items()]
    total = sum(p for _, p in found) or 1.0
    ordered = sorted(found, key=lambda row: -row[1])
    return [(where, p, max(0.0, p / total)) for where, p in ordered]


def number(value: Any) -> str:
    """A number for people: six digits, a true minus, powers of ten; None as a dash."""
    if value is None:
        return "–"
    if not isinstance(value, float):
        return (
            f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
        )
    text = f"{value:.6g}".replace("-", "−")
    match = re.fullmatch(r"(.*)e([+−])0*(\d+)", text)
    if match is None:
        return text
    digits = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    return f"{match[1]}·10{'⁻' if match[2] == '−' else ''}{match[3].translate(digits)}"


def unit(text: str) -> str:
    """A unit with its powers as exponents: mol/m3 -> mol/m³."""
    return re.sub(r"(?<=[a-zA-Z])\^?([23])", lambda m: "²³"[int(m[1]) - 2], text)


def _captions(results: Any, images: Mapping[str, str]) -> dict[str, str]:
    """{picture: what it shows} of fields, in their order; what else there is, by its name."""
    titles: dict[str, str] = {}
    for name in dict.fromkeys(n for names in results.fields.values() for n in names):
        stem, shown = name.replace("/", "_"), title(name, results.state["charges"])
        titles |= {stem: shown, f"{stem}_cut": f"{shown}, cut open"}
        titles[f"{stem}_movie"] = f"{shown} over time"
    others = {n: n for n in images if n not in ORDER}
    for how, said in (("streams_", "streamlines"), ("arrows_", "arrows")):
        others |= {
            n: f"{said}: {symbol(n.removeprefix(how))}" for n in images if n[: len(how)] == how
        }
    return {n: text for n, text in {**titles, **others, **titles}.items() if n in images}


def _scene(results: Any, pictured: bool | Sequence[str]) -> str:
    """The interactive scene; "" where there are no fields, or no pictures are wanted."""
    from ..plot import interactive, stored

    if pictured is False or not results.fields:
        return ""
    found = stored.scene(results, None if pictured is True else pictured)
    return interactive.fragment(*found) if found[0] else ""


def _parameters(case: Path) -> dict[str, str]:
    """The [parameters] of the case."""
    import tomllib

    try:
        return {k: str(v) for k, v in tomllib.loads(case.read_text()).get("parameters", {}).items()}
    except (OSError, ValueError):
        return {}


def _ends(results: Any) -> list[tuple[str, float, float, str]]:
    """(name, first, last, unit) of each series."""
    data = {n: v for n, v in results.series.items() if n != "stage" and len(v)}
    return [(n, float(v[0]), float(v[-1]), results.units[n]) for n, v in data.items()]


def _embedded(file: Path) -> str:
    try:
        return f"data:{MIME[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode()}"
    except OSError as error:
        raise FemionError(f"'{file}' cannot be read: {error}") from None
