"""NumberScaler: columns standardised, but for those that only say whether something is the case."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from semigen.persistence.pickled import VersionedPickle

_SAME_UNITS = 10.0


class NumberScaler(OneToOneFeatureMixin, TransformerMixin, VersionedPickle, BaseEstimator):  # type: ignore[misc]
    """Standardise columns, but leave those of zeros and ones as they are.

    A column of zeros and ones says whether something is the case: a value of a category, or a gap. Divided by its
    standard deviation, the rarer it is the more it would weigh.

    Parameters
    ----------
    one_scale : bool, default=False
        Whether to divide all columns by one number, the root of their mean variance, where their units are alike (no
        standard deviation is more than ten times the median), as those of pixels and embeddings are.

    Attributes
    ----------
    mean_, scale_ : array of shape (columns,)
    n_features_in_ : int
    """

    def __init__(self, one_scale: bool = False):
        self.one_scale = one_scale

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn means and standard deviations.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : ignored

        Returns
        -------
        self
        """
        rows = validate_data(self, X, dtype=np.float64)
        is_truth = ((rows == 0) | (rows == 1)).all(axis=0)
        sd = rows.std(axis=0)
        varying = sd[sd > 0]
        if self.one_scale and len(varying) and sd.max() <= _SAME_UNITS * np.median(varying):
            is_truth, sd = np.zeros_like(is_truth), np.full_like(sd, np.sqrt(np.mean(sd**2)))
        self.mean_ = np.where(is_truth, 0.0, rows.mean(axis=0))
        self.scale_ = np.where(is_truth | (sd <= 1e-12 * np.abs(self.mean_)), 1.0, sd)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return rows in these units.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, d)
        """
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        scaled: NDArray[np.float64] = (rows - self.mean_) / self.scale_
        return scaled
