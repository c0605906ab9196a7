"""What the deep transformers do alike: a model of the rows alone, fitted without a label."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from semigen._validation import checked_rows, checked_weights
from semigen.deep.data.steps import Model
from semigen.deep.estimators.deep_estimator import DeepEstimator
from semigen.deep.training.batches import Rows, TrainingRows
from semigen.deep.training.device import training_device


class DeepTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, DeepEstimator):  # type: ignore[misc]
    """Base of the deep transformers; a subclass says what networks it is made of, and what their features are."""

    def fit(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None, *, resume: Any = None
    ) -> Self:
        """Learn from rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
            float32 arrays in files (`numpy.memmap`) are read a batch at a time.
        y : ignored
        sample_weight : array-like of shape (n,), optional
            What each row counts.
        resume : path, optional
            A checkpoint of an earlier fit of the same rows with the same parameters, to go on from.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was before the call.
        FloatingPointError
            If the loss is not a number in the very first epoch.

        Warns
        -----
        ConvergenceWarning
            If the loss stopped being a number, or Ctrl-C came, after the first epoch: the best weights so far are kept.
            Ctrl-C raises KeyboardInterrupt instead where `on_interrupt` says so.
        """
        self._fitted_or_as_before(lambda: self._fit(X, sample_weight, resume))
        return self

    def _fit(self, X: ArrayLike, sample_weight: ArrayLike | None, resume: Any) -> None:
        rows = checked_rows(X, dtype=self._dtypes, estimator=self, reset=True)
        weights = np.ones(len(rows))
        if sample_weight is not None:
            weights = checked_weights(sample_weight, rows)
        self._fit_rows(rows, weights, resume)

    def _fit_rows(self, rows: NDArray[Any], weights: NDArray[np.float64], resume: Any = None) -> None:
        """Learn from checked rows, also such as live in two places."""
        counting = np.flatnonzero(weights > 0)
        device = training_device(self.device)
        self._coding = self._coding_of(rows, weights)
        self._architecture = self._describe(rows, weights)
        counting, apart = self._held_apart(counting, "rows")
        held_out: Rows | None = self._encoded(rows, apart, device) if self.early_stopping else None
        training = TrainingRows.unlabeled_only(self._encoded(rows, counting, device), weights[counting], device)
        module, outcome = self._trained(
            self._starter(rows, weights),
            training,
            held_out,
            lambda: self._identity(rows, weights, None),
            resume,
            self._settings(),
            self.n_fits,
        )
        self._keep_training(module, outcome)
        self._look_at_features(rows, weights)

    def _starter(self, rows: NDArray[Any], weights: NDArray[np.float64]) -> Callable[[torch.Generator], Model]:
        """What makes the networks as they are before the first step."""
        return self._build

    def _look_at_features(self, rows: NDArray[Any], weights: NDArray[np.float64]) -> None:
        """Set what is worth knowing about the features of the training rows; nothing, unless a subclass says so."""

    @abstractmethod
    def score_samples(self, X: ArrayLike) -> NDArray[Any]:
        """Log p(x) of every row, or a bound below it."""

    def score(self, X: ArrayLike, y: object = None) -> float:
        """Mean of `score_samples`, so that a search over parameters finds the better density.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : ignored

        Returns
        -------
        float
        """
        return float(self.score_samples(X).mean())

    def _validated_rows(self, X: ArrayLike) -> NDArray[Any]:
        check_is_fitted(self)
        return checked_rows(X, dtype=self._dtypes, estimator=self)
