"""Transformers in front of a classifier: gaps filled where it takes none, and numbers scaled."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted, validate_data

from semigen._runtime.transform_output import giving_arrays
from semigen.compose.generative_features import GenerativeFeatures
from semigen.persistence.pickled import VersionedPickle
from semigen.recommendation.training_rows import Rows


class NumberScaler(OneToOneFeatureMixin, TransformerMixin, VersionedPickle, BaseEstimator):  # type: ignore[misc]
    """Standardise columns, but leave those of zeros and ones as they are.

    A column of zeros and ones says whether something is the case: a value of a category, or a gap. Divided by its
    standard deviation, the rarer it is the more it would weigh.

    Attributes
    ----------
    mean_, scale_ : array of shape (columns,)
    n_features_in_ : int
    """

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


def before(rows: Rows, *steps: Any) -> Any:
    """Return transformers in a row; if there are gaps they are filled first, and marked by columns of their own."""
    filled = [SimpleImputer(add_indicator=True, keep_empty_features=True)] if rows.incomplete else []
    every = [*filled, *steps]
    return giving_arrays(every[0] if len(every) == 1 else make_pipeline(*every))


def on_scaled(rows: Rows, classifier: Any) -> GenerativeFeatures:
    """Return a classifier behind scaling that is taught by all rows, while it learns from those that it can use."""
    return GenerativeFeatures(before(rows, NumberScaler()), classifier)
