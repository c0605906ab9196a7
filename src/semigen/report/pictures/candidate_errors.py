"""The classifiers compared: errors and intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from semigen.report.contents import Picture, Place
from semigen.report.page_text import in_percent
from semigen.report.pictures.drawing import draw_picture
from semigen.report.pictures.material import Material


def picture(material: Material) -> Picture | None:
    """Draw errors and intervals of the candidates that have an error, and of the chosen one; None if there is none."""
    from semigen.display import RecommendationDisplay

    found = material.found
    chosen = found.candidates[found.chosen]
    shown = [i for i in range(len(found.candidates)) if np.isfinite(found.errors[i]) or i == found.chosen]
    if not np.isfinite(found.errors).any():
        return None
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
            labels_alone=[not found.candidates[i].uses_unlabeled for i in shown],
        ).plot(ax=ax)

    return draw_picture(
        draw,
        1.2 + 0.36 * n,
        Place.REASONS,
        "The classifiers compared",
        f"Chart of the errors of {n} {classifiers}; {chosen.name} was chosen with {in_percent(chosen.error)}.",
        _how_to_read(found.names[found.baseline]),
    )


def _how_to_read(reference: str) -> str:
    return (
        "Each line is a classifier. The dot is its error: the share of labelled rows that it got wrong with their "
        "labels hidden. The bar is the range in which the true error lies in 95 of 100 cases, as far as these labels "
        "can tell. Further left is better. The diamond was chosen. Hollow dots were dropped early, as less was "
        "expected of them, so that the others had more time; their ranges are in the table. “Labels alone” marks "
        "classifiers that learn from the labelled rows only; all others learn from the unlabelled rows too. The dashed "
        f"line is the error of {reference}, the usual choice. The error is not all that counts: how sure each was, and "
        "how such classifiers did on other tables, was weighed as well. That makes the order, so that a classifier "
        "with a lower error may stand further down."
    )
