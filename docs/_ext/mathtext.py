"""Formulas as SVG, drawn by matplotlib: no network, no LaTeX, the colour of the text around."""

import io
import re
from html import escape
from typing import Any
from zlib import crc32

from docutils import nodes
from matplotlib import mathtext, rcParams
from matplotlib.font_manager import FontProperties
from sphinx.util import logging

log = logging.getLogger(__name__)

POINTS = 12.0  # what is drawn as one em of the text around
SIZE = 1.13  # of a formula beside the text, whose letters are wider
SUM = re.compile(r"\\sum(_\{[^}]*\}|_\w)?")
SIGN = re.compile(r"([_^])([+-])")
FONTS = {"mathtext.fontset": "stix", "svg.fonttype": "path", "svg.hashsalt": "femion"}


def svg(tex: str, inline: bool) -> str:
    """A formula as an <svg> that stands on the line of the text."""
    rcParams.update(FONTS)
    text = SIGN.sub(r"\1{\2}", tex.strip())
    text = SUM.sub(lambda m: rf"\{'Sigma' if inline else 'sum'}{m[1] or ''}\,", text)
    text = text if inline else text.replace(r"\frac", r"\dfrac")
    text, font = f"${text}$", FontProperties(size=SIZE * POINTS)
    depth = mathtext.MathTextParser("path").parse(text, 72, font)[2]
    file = io.StringIO()
    mathtext.math_to_image(text, file, prop=font, format="svg", dpi=72)
    drawn = re.sub(
        r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>", "", file.getvalue(), flags=re.S
    )
    width, height = (
        float(v) for v in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', drawn).groups()
    )
    drawn = re.sub(r'<g id="patch_1">.*?</g>', "", drawn, flags=re.S)  # the white ground
    mark = f"m{crc32(tex.encode()):x}"
    drawn = re.sub(r'id="([^"]+)"', rf'id="{mark}\1"', drawn).replace('href="#', f'href="#{mark}')
    drawn = re.sub(r"fill: #000000|fill: black", "fill: currentColor", drawn)
    place = f"vertical-align:{-depth / POINTS:.3f}em;" if inline else ""
    size = f'style="{place}width:{width / POINTS:.3f}em;height:{height / POINTS:.3f}em"'
    drawn = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', size, drawn, count=1)
    return drawn.replace(
        "<svg ", f'<svg role="img" aria-label="{escape(tex, quote=True)}" fill="currentColor" ', 1
    )


def _drawn(tex: str, inline: bool, node: Any) -> str:
    try:
        return svg(tex, inline)
    except ValueError as error:
        log.warning("formula %r: %s", tex, str(error).strip().split("\n")[-1], location=node)
        return escape(tex)


def inline(self: Any, node: Any) -> None:
    """A formula in a line."""
    self.body.append(f'<span class="math">{_drawn(node.astext(), True, node)}</span>')
    raise nodes.SkipNode


def display(self: Any, node: Any) -> None:
    """A formula of its own, one line for each of the source."""
    lines = [x for x in re.split(r"\\\\|\n", node.astext()) if x.strip()]
    shown = "".join(f"<div>{_drawn(x, False, node)}</div>" for x in lines)
    self.body.append(f'<div class="math">{shown}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_html_math_renderer("mathtext", (inline, None), (display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
