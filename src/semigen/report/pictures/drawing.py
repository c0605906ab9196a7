"""The pictures of a report, drawn by `semigen.display` and kept within the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.report import sentences as page_text
from semigen.report.contents import Picture

_DOTS_PER_INCH = 144
# Inches: of all pictures, so that their letters are of the same size on the page.
_WIDTH = 8.6


def candidates_picture(found: Any) -> Picture:
    """Errors and intervals of the candidates that have an error, and of the chosen one."""
    from semigen.display import RecommendationDisplay

    chosen = found.candidates[found.chosen]
    shown = [i for i in range(len(found.candidates)) if np.isfinite(found.errors[i]) or i == found.chosen]
    n = len(shown)
    classifiers = "classifier" if n == 1 else "classifiers"

    def draw(ax: Any) -> None:
        RecommendationDisplay(
            names=[found.names[i] for i in shown],
            errors=found.errors[shown],
            lower=found.lower[shown],
            upper=found.upper[shown],
            chosen=shown.index(found.chosen),
            baseline=shown.index(found.baseline) if found.baseline in shown else None,
            statuses=[found.candidates[i].status for i in shown],
        ).plot(ax=ax)

    return _picture(
        draw,
        1.2 + 0.36 * n,
        "The classifiers compared",
        f"Chart of the errors of {n} {classifiers}; {chosen.name} was chosen with "
        f"{page_text.in_percent(chosen.error)}.",
        page_text.about_candidates(found.names[found.baseline]),
    )


def rows_picture(
    places: NDArray[np.float64],
    axis_names: list[str],
    codes: NDArray[np.int64],
    names: list[str],
    guesses: NDArray[Any],
    n_rows: int,
    n_classes: int,
) -> Picture:
    """Rows on a plane, of so many rows and classes, with labels given and labels guessed."""
    from semigen.display import LatentMapDisplay

    def draw(ax: Any) -> None:
        LatentMapDisplay(points=places, codes=codes, class_names=names, axis_names=axis_names, predicted=guesses).plot(
            ax=ax
        )
        # Mixtures of columns have no unit.
        ax.set_xticks([])
        if len(axis_names) > 1:
            ax.set_yticks([])

    return _picture(
        draw,
        5.4,
        "The rows in one picture",
        f"Map of {len(places):,} rows, coloured by the class that was given or is guessed.",
        page_text.about_rows(len(places), n_rows, len(names), n_classes),
    )


def probabilities_picture(labels: NDArray[np.int64], probabilities: NDArray[np.float64], name: str) -> Picture:
    """How often a classifier is right against how sure it is, on held-out rows."""
    from semigen.display import CalibrationDisplay

    def draw(ax: Any) -> None:
        classes = range(probabilities.shape[1])
        n_bins = 5 if len(labels) < 200 else 10
        CalibrationDisplay.from_predictions(labels, probabilities, classes=classes, n_bins=n_bins, name=name, ax=ax)

    return _picture(
        draw,
        5.0,
        "How far to believe its probabilities",
        f"Chart of the share of right answers of {name} against its probabilities, on {len(labels):,} held-out rows.",
        page_text.ABOUT_PROBABILITIES,
    )


def labels_picture(curve: Any) -> Picture:
    """Error against the number of labels."""
    from semigen.display import LabelCurveDisplay

    return _picture(
        lambda ax: LabelCurveDisplay.from_curve(curve, ax=ax),
        4.8,
        "Would more labels help?",
        f"Chart of the error of {' and '.join(curve.names)} against the number of labels.",
        page_text.ABOUT_LABELS,
    )


def _picture(draw: Callable[[Any], Any], height: float, title: str, alternative: str, caption: str) -> Picture:
    """A picture of the page's width, or in its place the reason why there is none: the rest of the page stands."""
    try:
        return Picture(title, drawn(draw, (_WIDTH, height)), alternative, caption)
    except Exception as error:
        return Picture(title, None, alternative, page_text.not_drawn(error))


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
