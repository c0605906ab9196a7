"""Gradient boosted trees on the labelled rows, with leaves that suit few of them."""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier

from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows

# The default leaves of 20 rows would allow no split of 20 labels.
_MOST_IN_LEAF, _LEAVES = 20, 12


def make(rows: Rows) -> Any:
    """Return the classifier for such rows."""
    least = min(max(2, rows.size.n_labeled // _LEAVES), _MOST_IN_LEAF)
    return on_scaled(rows, HistGradientBoostingClassifier(min_samples_leaf=least, early_stopping=False))


CANDIDATE = Specification(
    "gradient boosting",
    "Asks series of yes-or-no questions, each correcting those before. Learns from labelled rows alone.",
    make,
    lambda size: 0.1 + 0.03 * size.n_classes + 2e-7 * size.n_labeled * size.n_columns * size.n_classes,
    uses_unlabeled=False,
)
