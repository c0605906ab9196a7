"""Formulas become MathML while the site is built: pages need neither JavaScript nor the network to show them.

docutils, which Sphinx stands on, has the converter, so no other package is needed. What it does not understand is a
warning with the formula's place, and an error under `sphinx-build -W`.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

_LOGGER = logging.getLogger(__name__)

# After log, det and the like TeX leaves a thin space, unless a parenthesis follows; browsers leave none.
_APPLIED = re.compile(r"<mo>&ApplyFunction;</mo>(?!\s*(?:<mrow>\s*)?<mo[^>]*>[(\[])")


def mathml(tex: str, *, display: bool = False) -> str:
    """A formula as MathML."""
    return _APPLIED.sub('<mo rspace="0.17em">&ApplyFunction;</mo>', tex2mathml(tex, as_block=display))


def _written(node: Any, *, display: bool) -> str:
    try:
        return mathml(node.astext(), display=display)
    except MathError as error:
        _LOGGER.warning("formula %r: %s", node.astext(), error, location=node)
        return ""


def _inline(translator: Any, node: Any) -> None:
    translator.body.append(_written(node, display=False))
    raise nodes.SkipNode


def _display(translator: Any, node: Any) -> None:
    translator.body.append(f'<div class="formula">{_written(node, display=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Add the renderer `mathml`, which `html_math_renderer` names."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
