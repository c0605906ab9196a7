"""How the site is built: `sphinx-build -W docs docs/_build`, or `nox -s docs`. Nothing is fetched from the network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

import semigen

project = "semigen"
author = "The semigen developers"
copyright = author
version = release = semigen.__version__

extensions = [
    "without_torch",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "mathml",
    "gallery",
    "drawn",
    "figures",
    "offline",
]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]

myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_block"]
myst_heading_anchors = 3
myst_update_mathjax = False
html_math_renderer = "mathml"

# A word in single backticks of a docstring is code.
default_role = "literal"
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_validation_checks = set()

html_theme = "furo"
html_title = "semigen"
html_static_path = ["_static"]
html_css_files = ["semigen.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
pygments_style = "tango"
pygments_dark_style = "github-dark"
copybutton_exclude = ".linenos, .gp, .go"


def _skip(app: Any, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what scikit-learn adds to every estimator: its own manual explains it."""
    module = getattr(member, "__module__", None) or ""
    return True if module.startswith("sklearn.") or name.endswith("_request") else None


def _with_thirds(app: Any, what: str, name: str, given: Any, options: Any, signature: str, returns: str) -> Any:
    """Show a default of one third as somebody wrote it."""
    return (signature.replace(str(1 / 3), "1/3"), returns) if signature else None


def setup(app: Any) -> None:
    """Connect what is done by this file."""
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-signature", _with_thirds)
