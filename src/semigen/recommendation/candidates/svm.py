"""A support vector machine with an rbf kernel on the labelled rows, with probabilities that suit few labels."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from semigen.model_selection.cross_fit import cross_fit, hold_out
from semigen.model_selection.log_losses import log_losses
from semigen.persistence.pickled import VersionedPickle
from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Size

_FOLDS = 5
_COSTS = (1.0, 10.0)
_SCALES = (0.5, 1.0, 2.0, 4.0, 8.0)


class ProbabilisticSVC(ClassifierMixin, VersionedPickle, BaseEstimator):  # type: ignore[misc]
    """Support vector machine whose decision values become probabilities by a softmax.

    Labels held out choose the cost of errors, C, and the scale of the decision values, by the log-loss. A scale is one
    number for all classes, so that few labels can tell it
    (C. Guo et al., "On calibration of modern neural networks", ICML 2017, section 4.2).

    Parameters
    ----------
    costs, scales : sequence of float
        What is tried; the first of both where no label can be held out.
    random_state : int, RandomState instance or None, default=None
        Of the folds.

    Attributes
    ----------
    C_, scale_ : float
    classes_ : array
    n_features_in_ : int
    """

    def __init__(
        self, costs: tuple[float, ...] = _COSTS, scales: tuple[float, ...] = _SCALES, random_state: Any = None
    ):
        self.costs = costs
        self.scales = scales
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Choose cost and scale, then fit all rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)

        Returns
        -------
        self
        """
        rows = np.asarray(X)
        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        self.n_features_in_ = rows.shape[1]
        self.C_, self.scale_ = self.costs[0], self.scales[0]
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
        folds = hold_out(codes, _FOLDS, rng)
        if folds:
            held_out = codes[np.concatenate([fold.test for fold in folds])]

            def loss(cost: float, scale: float) -> float:
                return float(log_losses(softmax(scale * decisions[cost], axis=1), held_out).mean())

            decisions = {cost: self._held_out(cost, rows, codes, folds) for cost in self.costs}
            tried = [(cost, scale) for cost in self.costs for scale in self.scales]
            self.C_, self.scale_ = min(tried, key=lambda each: loss(*each))
        self.svc_ = SVC(C=self.C_).fit(rows, codes)
        return self

    def _held_out(self, cost: float, rows: NDArray[Any], codes: NDArray[np.int64], folds: Any) -> NDArray[np.float64]:
        return np.vstack(
            cross_fit(
                lambda train: SVC(C=cost).fit(rows[train], codes[train]),
                lambda model, test: _decisions(model, rows[test]),
                folds,
            )
        )

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most likely classes."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return class probabilities."""
        check_is_fitted(self)
        return np.asarray(softmax(self.scale_ * _decisions(self.svc_, np.asarray(X)), axis=1))


def _decisions(model: SVC, rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return a decision value for every class, also where there are two."""
    found = model.decision_function(rows)
    return np.asarray(np.column_stack([np.zeros(len(rows)), found]) if found.ndim == 1 else found)


def seconds(size: Size) -> float:
    """Return the seconds of a fit."""
    # A machine for each pair of classes.
    one = (
        0.001
        + 4e-5 * size.n_classes**2
        + 1e-7 * size.n_labeled * size.n_classes
        + 3e-9 * size.n_labeled**2 * (size.n_columns + 10)
    )
    return one * (1 + _FOLDS * len(_COSTS))


CANDIDATE = Specification(
    "SVM",
    "Draws smooth borders that keep their distance from the labelled rows. Learns from labelled rows alone.",
    lambda rows: on_scaled(rows, ProbabilisticSVC()),
    seconds,
    uses_unlabeled=False,
)
