"""Drawings within the width of the page, as data URIs."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from semigen.report.contents import Picture, Place

_DOTS_PER_INCH = 144
# Inches: of all pictures, so that their letters are of the same size on the page.
_WIDTH = 8.6


def draw_picture(
    draw: Callable[[Any], Any],
    height: float,
    place: Place,
    title: str,
    alternative: str,
    caption: str,
    answer: str = "",
    anchor: str = "",
) -> Picture:
    """Return a picture of the page's width, or in its place the reason why there is none: the rest of the page stands.

    Parameters
    ----------
    draw : callable
        Draws on the axes that it is given.
    height : float
        In inches.
    place, title, alternative, caption, answer, anchor :
        As in `Picture`.
    """
    try:
        return Picture(place, title, drawn(draw, (_WIDTH, height)), alternative, caption, answer, anchor)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        said = f"All else on this page stands without this picture, which could not be drawn: {reason}"
        return Picture(place, title, None, alternative, said, answer, anchor)


def drawn(draw: Callable[[Any], Any], size: tuple[float, float]) -> str:
    """Return a picture as a data URI of PNG; pyplot, and whatever else the process draws, is left alone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=_DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.subplots())
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight", pil_kwargs={"optimize": True})
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
