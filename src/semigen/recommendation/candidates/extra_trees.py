"""Extremely randomised trees on the labelled rows."""

from __future__ import annotations

import math
from typing import Any

from sklearn.ensemble import ExtraTreesClassifier

from semigen.compose.forest_size import number_of_trees
from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows, Size


def make(rows: Rows) -> Any:
    """Return the classifier for such rows."""
    return on_scaled(rows, ExtraTreesClassifier(number_of_trees(rows.size.n_labeled, rows.size.n_classes)))


def seconds(size: Size) -> float:
    """Return the seconds of a fit, and of its answers for all rows: both count the classes in every leaf."""
    of_labels = 8e-4 + size.n_labeled * (7e-8 * math.sqrt(size.n_columns) + 1e-7 * size.n_classes)
    of_answers = 3e-9 * size.n_rows * size.n_classes
    return number_of_trees(size.n_labeled, size.n_classes) * (of_labels + of_answers)


CANDIDATE = Specification(
    "extra trees",
    "Asks 300 series of yes-or-no questions, drawn at random, and lets them vote. Learns from labelled rows alone.",
    make,
    seconds,
    uses_unlabeled=False,
)
