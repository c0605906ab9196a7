"""The pictures of a report, drawn by `semigen.display` and kept within the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.report import words
from semigen.report.contents import Picture

_DOTS_PER_INCH = 144


def candidates_picture(found: Any) -> Picture:
    """Errors and intervals of the candidates."""
    from semigen.display import RecommendationDisplay

    chosen = found.candidates[found.chosen]
    n = len(found.candidates)
    return Picture(
        "The classifiers compared",
        drawn(lambda ax: RecommendationDisplay.from_recommendation(found, ax=ax), (8.6, 1.2 + 0.36 * n)),
        f"Chart of the errors of {n} classifiers; {chosen.name} was chosen with {words.in_percent(chosen.error)}.",
        words.ABOUT_CANDIDATES,
    )


def rows_picture(
    places: NDArray[np.float64],
    axis_names: list[str],
    codes: NDArray[np.int64],
    names: list[str],
    guesses: NDArray[Any],
) -> Picture:
    """Rows on a plane, with labels given and labels guessed."""
    from semigen.display import LatentMapDisplay

    display = LatentMapDisplay(points=places, codes=codes, class_names=names, axis_names=axis_names, predicted=guesses)
    return Picture(
        "The rows in one picture",
        drawn(lambda ax: display.plot(ax=ax), (8.6, 5.4)),
        f"Map of {len(places):,} rows, coloured by the class that was given or is guessed.",
        words.ABOUT_ROWS,
    )


def probabilities_picture(labels: NDArray[np.int64], probabilities: NDArray[np.float64], name: str) -> Picture:
    """How often a classifier is right against how sure it is, on held-out rows."""
    from semigen.display import CalibrationDisplay

    classes = range(probabilities.shape[1])

    def draw(ax: Any) -> Any:
        return CalibrationDisplay.from_predictions(
            labels, probabilities, classes=classes, n_bins=5 if len(labels) < 200 else 10, name=name, ax=ax
        )

    return Picture(
        "How far to believe its probabilities",
        drawn(draw, (6.4, 5.4)),
        f"Chart of the share of right answers of {name} against its probabilities, on {len(labels):,} held-out rows.",
        words.ABOUT_PROBABILITIES,
    )


def labels_picture(curve: Any) -> Picture:
    """Error against the number of labels."""
    from semigen.display import LabelCurveDisplay

    return Picture(
        "Would more labels help?",
        drawn(lambda ax: LabelCurveDisplay.from_curve(curve, ax=ax), (8.0, 4.6)),
        f"Chart of the error of {' and '.join(curve.names)} against the number of labels.",
        words.ABOUT_LABELS,
    )


def drawn(draw: Callable[[Any], Any], size: tuple[float, float]) -> str:
    """A picture as a data URI of PNG; pyplot, and whatever else the process draws, is left alone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=_DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.subplots())
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight", pil_kwargs={"optimize": True})
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
