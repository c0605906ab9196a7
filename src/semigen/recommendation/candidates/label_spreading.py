"""Label spreading over nearest neighbours, with an answer for every row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.semi_supervised import LabelSpreading

from semigen.persistence.pickled import VersionedPickle
from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows

_NEIGHBOURS = 7


class CompleteLabelSpreading(VersionedPickle, LabelSpreading):  # type: ignore[misc]
    """scikit-learn's, with equal probabilities where it has NaN: for rows whose neighbours no label reached.

    Its predictions are scikit-learn's; of the rows without an answer they are the first class.
    """

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:
        """Return class probabilities.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
        """
        with np.errstate(invalid="ignore"):
            probability = super().predict_proba(X)
        return np.where(np.isfinite(probability), probability, 1 / len(self.classes_))


def make(rows: Rows) -> Any:
    """Return the classifier for such rows."""
    neighbours = max(1, min(_NEIGHBOURS, len(rows.numbers) // 2))
    return on_scaled(rows, CompleteLabelSpreading(kernel="knn", n_neighbors=neighbours))


CANDIDATE = Specification(
    "label spreading",
    "Hands labels on to the most similar rows, from neighbour to neighbour.",
    make,
    lambda size: 0.01 + size.n_rows * (1e-9 * size.n_rows * (5 + size.n_columns / 10) + 8e-7 * size.n_classes),
    needs_unlabeled=True,
)
