"""Label spreading that has an answer for every row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.semi_supervised import LabelSpreading

from semigen.persistence.pickled import VersionedPickle


class CompleteLabelSpreading(VersionedPickle, LabelSpreading):  # type: ignore[misc]
    """scikit-learn's, with equal probabilities where it has NaN: for rows whose neighbours no label reached.

    Its predictions are scikit-learn's; of the rows without an answer they are the first class.
    """

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:
        """Class probabilities.

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
