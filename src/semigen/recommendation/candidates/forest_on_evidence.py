"""Extremely randomised trees on the columns and what a mixture of all rows says of the classes, side by side."""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import ExtraTreesClassifier

from semigen.compose.generative_features import GenerativeFeatures
from semigen.recommendation.candidates import extra_trees, mixture
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows

_FOLDS = 5


def make(rows: Rows) -> Any:
    """Return the classifier for such rows."""
    return GenerativeFeatures(mixture.make(rows), ExtraTreesClassifier(300), passthrough=True, n_folds=_FOLDS)


CANDIDATE = Specification(
    "forest on columns and mixture",
    "Lets 300 series of yes-or-no questions ask for the columns, and for how far a row is from each class's cloud.",
    make,
    lambda size: (1 + _FOLDS) * mixture.CANDIDATE.seconds(size) + extra_trees.CANDIDATE.seconds(size),
)
