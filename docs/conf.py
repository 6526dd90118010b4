"""How the book is built: `make docs`, without network, warnings are errors."""

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

project = "femion"
author = "femion developers"
copyright = "2026, femion developers"
release = import_module("femion").__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "plaintext",
    "sphinx.ext.napoleon",
    "mathtext",
    "catalogue",
    "modules",
    "meshes",
    "demos",
    "casefile",
    "commands",
    "book",
]
exclude_patterns = ["_ext", "_static"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

smartquotes = False  # docstrings show code

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"femion {release}"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_math_renderer = "mathtext"
html_copy_source = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b5a8c",
        "color-brand-content": "#0b5a8c",
        "code-font-size": "76%",
    },
    "dark_css_variables": {"color-brand-primary": "#7cc4f0", "color-brand-content": "#7cc4f0"},
}
highlight_language = "text"
pygments_style = "friendly"
