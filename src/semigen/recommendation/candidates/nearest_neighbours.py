"""The labelled rows that are most alike: one, three or five, whichever does best on labels held out."""

from __future__ import annotations

from typing import Any

from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier

from semigen.model_selection import LabeledStratifiedKFold
from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows

_NEIGHBOURS = (1, 3, 5)
# With fewer labels of its rarest class, few rows that are held out say little of how many neighbours to ask.
_LEAST_LABELS = 5


def make(rows: Rows) -> Any:
    """Return the classifier for such rows."""
    neighbours: Any = KNeighborsClassifier(1, weights="distance")
    if rows.labels.counts.min() >= _LEAST_LABELS:
        folds = LabeledStratifiedKFold(5, random_state=0, unlabeled=None)
        neighbours = GridSearchCV(neighbours, {"n_neighbors": _NEIGHBOURS}, cv=folds)
    return on_scaled(rows, neighbours)


CANDIDATE = Specification(
    "nearest neighbours",
    "Answers as the most similar labelled rows do. Learns from labelled rows alone.",
    make,
    lambda size: 0.03 + 1e-8 * size.n_labeled * size.n_rows * (1 + size.n_columns / 10),
    uses_unlabeled=False,
)
