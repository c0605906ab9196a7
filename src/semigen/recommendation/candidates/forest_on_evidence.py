"""Extremely randomised trees on the columns and what a mixture of all rows says of the classes, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sklearn.ensemble import ExtraTreesClassifier

from semigen.compose.forest_size import number_of_trees
from semigen.compose.generative_features import GenerativeFeatures
from semigen.recommendation.candidates import extra_trees, gaussian_mixture
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows, Size

_FOLDS = 5


def make(rows: Rows) -> Any:
    """Return the classifier for such rows."""
    forest = ExtraTreesClassifier(number_of_trees(rows.size.n_labeled, rows.size.n_classes))
    return GenerativeFeatures(gaussian_mixture.make(rows), forest, passthrough=True, n_folds=_FOLDS)


def seconds(size: Size) -> float:
    """Return the seconds of a fit; the forest sees a distance for each class beside the columns."""
    seen = replace(size, n_columns=size.n_columns + size.n_classes)
    return (1 + _FOLDS) * gaussian_mixture.CANDIDATE.seconds(size) + extra_trees.CANDIDATE.seconds(seen)


CANDIDATE = Specification(
    "forest on columns and mixture",
    "Lets 300 series of yes-or-no questions vote, on the columns and on how near a row is to each class's cloud.",
    make,
    seconds,
)
