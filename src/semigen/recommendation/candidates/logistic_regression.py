"""Logistic regression on the labelled rows, regularised by cross-validation: the baseline of all others."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from semigen.model_selection.cross_fit import cross_fit, hold_out
from semigen.model_selection.log_losses import log_losses
from semigen.persistence.pickled import VersionedPickle
from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Size

STRENGTHS = (0.01, 0.1, 1.0, 10.0)
_FOLDS = 5
# With fewer labels of its rarest class, scikit-learn's default is as good a guess as what few held-out rows say.
_LEAST_LABELS = 5
# Labels times columns times classes beyond which twenty more fits take longer than a minute.
_MOST_WORK = 1e8


class TunedLogisticRegression(ClassifierMixin, VersionedPickle, BaseEstimator):  # type: ignore[misc]
    """Logistic regression of which the log-loss on held-out rows chooses the regularisation.

    With fewer than five labels of a class it is scikit-learn's default, C=1, and where labels times columns times
    classes are more than a hundred millions, so that this baseline of all others is fitted in seconds.

    Parameters
    ----------
    strengths : sequence of float
        Inverse strengths of regularisation, C.
    random_state : int, RandomState instance or None, default=None
        Of the folds.

    Attributes
    ----------
    C_ : float
    classes_ : array
    n_features_in_ : int
    """

    def __init__(self, strengths: tuple[float, ...] = STRENGTHS, random_state: Any = None):
        self.strengths = strengths
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Choose the regularisation, then fit all rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)

        Returns
        -------
        self
        """
        rows = np.asarray(X)
        classes, codes = np.unique(np.asarray(y), return_inverse=True)
        self.C_ = 1.0
        tuned = _work(len(rows), rows.shape[1], len(classes)) <= _MOST_WORK
        if tuned and np.bincount(codes).min(initial=0) >= _LEAST_LABELS:
            rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
            folds = hold_out(codes, _FOLDS, rng)

            def loss(strength: float) -> float:
                of_folds = cross_fit(
                    lambda train: LogisticRegression(C=strength, max_iter=300).fit(rows[train], codes[train]),
                    lambda model, test: log_losses(model.predict_proba(rows[test]), codes[test]),
                    folds,
                )
                return float(np.concatenate(of_folds).mean())

            self.C_ = min(self.strengths, key=loss)
        self.regression_ = LogisticRegression(C=self.C_, max_iter=1000).fit(rows, y)
        self.classes_, self.n_features_in_ = classes, rows.shape[1]
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most likely classes."""
        check_is_fitted(self)
        return np.asarray(self.regression_.predict(X))

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return class probabilities."""
        check_is_fitted(self)
        return np.asarray(self.regression_.predict_proba(X))


def seconds(size: Size) -> float:
    """Return the seconds of a fit."""
    one = 0.002 + 3e-8 * _work(size.n_labeled, size.n_columns, size.n_classes)
    return one * (1 + (_FOLDS * len(STRENGTHS) if _is_tuned(size) else 0))


def _is_tuned(size: Size) -> bool:
    """Return whether the regularisation is likely chosen: the rarest class is no larger than the average one."""
    enough = size.n_labeled >= _LEAST_LABELS * size.n_classes
    return enough and _work(size.n_labeled, size.n_columns, size.n_classes) <= _MOST_WORK


def _work(n_labeled: int, n_columns: int, n_classes: int) -> float:
    return float(n_labeled) * n_columns * n_classes


CANDIDATE = Specification(
    "logistic regression",
    "Weighs the columns against each other. Learns from labelled rows alone; the usual first choice.",
    lambda rows: on_scaled(rows, TunedLogisticRegression()),
    seconds,
    uses_unlabeled=False,
)
