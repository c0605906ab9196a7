"""Gradient boosted trees on the labelled rows, with leaves that suit few of them."""

from __future__ import annotations

from typing import Any, Self

from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from semigen.persistence.pickled import VersionedPickle
from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows, Size

# The default leaves of 20 rows would allow no split of 20 labels.
_MOST_IN_LEAF, _LEAVES = 20, 12
# With more rows than this, threads shorten a fit more than they can lengthen it.
_ONE_THREAD = 20_000


class ThriftyBoosting(VersionedPickle, HistGradientBoostingClassifier):  # type: ignore[misc]
    """scikit-learn's, on one thread for at most 20,000 rows.

    Its threads meet some ten thousand times in a fit. Where another process has one of the cores, each meeting waits
    for a slice of the scheduler's time: 280 s were measured for a fit that takes 2 s on one thread.
    """

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the trees."""
        with _threads(X):
            super().fit(X, y, sample_weight)
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most likely classes."""
        with _threads(X):
            return super().predict(X)  # type: ignore[no-any-return]

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:
        """Return class probabilities."""
        with _threads(X):
            return super().predict_proba(X)  # type: ignore[no-any-return]


def _threads(X: Any) -> threadpool_limits:
    return threadpool_limits(1 if len(X) <= _ONE_THREAD else None, user_api="openmp")


def make(rows: Rows) -> Any:
    """Return the classifier for such rows."""
    least = min(max(2, rows.size.n_labeled // _LEAVES), _MOST_IN_LEAF)
    return on_scaled(rows, ThriftyBoosting(min_samples_leaf=least, early_stopping=False))


def seconds(size: Size) -> float:
    """Return the seconds of a fit: of 100 trees for each class."""
    of_trees = 0.05 + 0.004 * size.n_columns + 2e-5 * size.n_labeled + 2e-7 * size.n_labeled * size.n_columns
    return 0.1 + of_trees * size.n_classes


CANDIDATE = Specification(
    "gradient boosting",
    "Asks series of yes-or-no questions, each correcting those before. Learns from labelled rows alone.",
    make,
    seconds,
    uses_unlabeled=False,
)
