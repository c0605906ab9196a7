"""The calibration of the chosen classifier, on the labelled rows that were held out in the comparison."""

from __future__ import annotations

from typing import Any

from semigen.recommendation.findings import Calibration
from semigen.report.contents import Picture, Place
from semigen.report.page_text import in_percent
from semigen.report.pictures.drawing import draw_picture
from semigen.report.pictures.material import Material

_TITLE = "How far to believe its probabilities"
# Held-out rows below which, and wrong answers below which, shares of right answers say nothing.
_FEWEST_ROWS, _FEWEST_WRONG = 30, 3


def picture(material: Material) -> Picture | None:
    """Draw the calibration of the chosen classifier, if it has probabilities; say so where there are too few rows."""
    from semigen.display import CalibrationDisplay

    found = material.found
    name = found.candidates[found.chosen].name
    measured = next((each for each in found.data_summary.calibration if each.name == name), None)
    if measured is None or not len(measured.right):
        return None
    n_wrong = float((1 - measured.right).sum())
    if measured.n_rows < _FEWEST_ROWS or n_wrong < _FEWEST_WRONG:
        return Picture(Place.CLASSIFIERS, _TITLE, None, "", _too_few(measured, n_wrong))
    n_bins = 5 if measured.n_rows < 200 else 10
    display: list[Any] = []

    def draw(ax: Any) -> None:
        display.append(
            CalibrationDisplay.from_confidence(measured.sure, measured.right, n_bins=n_bins, name=name, ax=ax)
        )

    return draw_picture(
        draw,
        5.0,
        Place.CLASSIFIERS,
        _TITLE,
        f"Chart of the share of right answers of {name} against its probabilities, on {measured.n_rows:,} held-out "
        "rows.",
        how_to_read(measured),
    )


def _too_few(measured: Calibration, n_wrong: float) -> str:
    few = "none" if not n_wrong else f"only about {n_wrong:.0f}"
    return (
        f"Not drawn: of the {measured.n_rows:,} rows whose labels were hidden, the classifier got {few} wrong. That is "
        "too few to tell at which probabilities it errs."
    )


def how_to_read(measured: Calibration) -> str:
    """Return how to read the picture."""
    return (
        f"Is the classifier right as often as it says? The {measured.n_rows:,} labelled rows whose labels were hidden "
        "in the comparison are sorted by how sure the classifier was of its answer, and split into groups of about "
        "the same size. Each dot is a group: the further right, the surer the classifier was; the higher, the more "
        "often it was right. The upright bar shows how far chance may have moved the dot, in 95 of 100 cases, and "
        "the flat bar how sure the rows of the group were. On the dashed line the classifier is as good as its word: "
        "of the rows that it is 80 % sure of, 80 % are right. Below the line it is too sure of itself, above it too "
        "modest. The calibration error is how far the dots are from the line on average. Of all these rows it was "
        f"{in_percent(measured.confidence)} sure on average, and right in {in_percent(measured.accuracy)}."
    )
