"""The mean of the class probabilities of several classifiers, for labels too few to tell which is best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from semigen._validation import numbers
from semigen.base import SemiSupervisedClassifier, unchanged_if_failed
from semigen.labels.checks import check_labels
from semigen.model_selection.any_classifier import fit_any


class ProbabilityAverage(SemiSupervisedClassifier):
    """Class probabilities averaged over classifiers, each fitted to the rows that it can use.

    Parameters
    ----------
    estimators : list of (str, classifier)
        Names and classifiers with `predict_proba`. Those of semigen and scikit-learn's semi-supervised ones get all
        rows, all others the labelled ones.
    weights : sequence of float, optional
        What each counts in the mean. Default: all the same.
    classes : array-like, optional
        All classes, in sorted order; each needs a labelled row.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    random_state : int, RandomState instance or None, default=None
        Of classifiers that have none of their own.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    estimators_ : list of classifiers
        Fitted.
    transduction_ : array of shape (n,)
        The class of every training row, given or predicted: the rows of `X`, then those of `X_unlabeled`.
    n_labeled_ : array of shape (classes,)
    n_unlabeled_ : int
    n_features_in_ : int
    feature_names_in_ : array of shape (d,)
        Only if `X` had names for its columns.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from semigen import SemiSupervisedGMM
    >>> from semigen.recommendation import ProbabilityAverage
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 10 == 0, species, -1)  # every tenth row is labelled
    >>> both = [("mixture", SemiSupervisedGMM()), ("regression", LogisticRegression(max_iter=1000))]
    >>> model = ProbabilityAverage(both, weights=[2, 1]).fit(X, y)
    >>> bool(model.score(X, species) > 0.9)
    True
    """

    def __init__(
        self,
        estimators: Sequence[tuple[str, Any]],
        weights: Sequence[float] | None = None,
        *,
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
        random_state: Any = None,
    ):
        self.estimators = estimators
        self.weights = weights
        self.classes = classes
        self.unlabeled = unlabeled
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
    ) -> Self:
        """Fit each classifier.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``.
        sample_weight : None
            Not supported, as some classifiers take no weights.
        X_unlabeled : array-like of shape (m, d), optional
            More rows without labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was before the call.
        """
        if sample_weight is not None:
            raise ValueError("sample_weight is not supported: some of the classifiers take none. Leave it out.")
        with unchanged_if_failed(self):
            self._shares = self._checked_weights()
            training = self._validated(X, y, None, X_unlabeled, self.classes)
            labels = training.labels
            check_labels(labels, np.ones(len(training.X)), None)
            if not labels.counts.all():
                raise ValueError(f"No labelled row of the classes {labels.classes[labels.counts == 0].tolist()}.")
            self.classes_ = labels.classes
            seed = int(check_random_state(self.random_state).randint(2**31 - 1))
            self.estimators_ = [
                fit_any(each, training.X, labels.classes, labels.codes, seed).model for _, each in self.estimators
            ]
            self.n_labeled_ = labels.counts
            self.n_unlabeled_ = int(labels.unlabeled.sum())
            self.transduction_ = labels.classes[self._transduced(training)]
        return self

    def _checked_weights(self) -> NDArray[np.float64]:
        given: list[Any] = [1.0] * len(self.estimators) if self.weights is None else list(self.weights)
        if not given or len(given) != len(self.estimators):
            raise ValueError(f"weights={given}: give one for each of the {len(self.estimators)} estimators.")
        shares = numbers(given, "weights")
        if not (np.isfinite(shares).all() and (shares > 0).all()):
            raise ValueError(f"weights={given} must be positive numbers.")
        normalised: NDArray[np.float64] = shares / shares.sum()
        return normalised

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the mean of the class probabilities.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
        """
        check_is_fitted(self)
        return self._averaged(self._validated_rows(X))

    def _averaged(self, X: NDArray[Any]) -> NDArray[np.float64]:
        answers = [share * each.predict_proba(X) for share, each in zip(self._shares, self.estimators_, strict=True)]
        return np.asarray(np.sum(answers, axis=0), dtype=np.float64)

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        with np.errstate(divide="ignore"):
            result: NDArray[Any] = np.log(self._averaged(X))
        return result

    @property
    def _missing_allowed(self) -> bool:
        # Each says itself if it does not take NaN.
        return True
