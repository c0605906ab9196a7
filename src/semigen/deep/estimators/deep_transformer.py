"""DeepTransformer: training of the deep models of the rows alone, which are fitted without a label."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from semigen._runtime.arithmetic import OrdinaryArithmetic
from semigen._validation import checked_rows, checked_weights
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.steps import Model
from semigen.deep.estimators import saving
from semigen.deep.estimators.constructor_parameters import TRAINING_CONSTRAINTS
from semigen.deep.estimators.fitting import (
    check_parameters,
    encoded_rows,
    fitting,
    identity,
    keep_training,
    train,
    without_validation_rows,
)
from semigen.deep.training.batches import TrainingRows
from semigen.deep.training.device import training_device
from semigen.persistence.pickled import VersionedPickle
from semigen.persistence.schema import Kind


class DeepTransformer(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    OrdinaryArithmetic,
    VersionedPickle,
    BaseEstimator,  # type: ignore[misc]
):
    """Base of the deep transformers.

    A subclass describes its networks (`_describe`) and builds them (`_build`), from that description alone; where they
    start from the rows, it has a `_start` of its own. All that its files may hold is declared in `_architecture_kinds`
    and `_attribute_kinds`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = TRAINING_CONSTRAINTS
    _architecture_kinds: ClassVar[dict[str, Kind]] = saving.NETWORK_KINDS
    _attribute_kinds: ClassVar[dict[str, Kind]] = saving.TRAINING_KINDS
    # Integers become float32, which is what networks train in; float64 rows are predicted in float64.
    _dtypes: tuple[type, ...] = (np.float32, np.float64)
    _prediction_dtype: Any = None

    device: str
    early_stopping: bool
    _architecture: dict[str, Any]
    _coding: ColumnCoding
    _weights: dict[str, NDArray[Any]]
    _interrupted: bool
    _networks: dict[tuple[str, str], torch.nn.Module]

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
        check_parameters(self)
        with fitting(self):
            self._fit(X, sample_weight, resume)
        return self

    save = saving.save

    @abstractmethod
    def _describe(self, rows: NDArray[Any], weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        """Return how columns are encoded, and what else `_build` needs to know, as JSON holds it."""

    @abstractmethod
    def _build(self, generator: torch.Generator) -> Model:
        """Return the networks that `_coding` and `_architecture` describe, with starting weights from `generator`."""

    def _start(self, rows: NDArray[Any], weights: NDArray[np.float64]) -> Callable[[torch.Generator], Model]:
        """Return a function that makes the networks as they are before the first step."""
        return self._build

    def _fit(self, X: ArrayLike, sample_weight: ArrayLike | None, resume: Any) -> None:
        rows = checked_rows(X, dtype=self._dtypes, estimator=self, reset=True)
        weights = np.ones(len(rows)) if sample_weight is None else checked_weights(sample_weight, rows)
        self._fit_rows(rows, weights, resume)

    def _fit_rows(self, rows: NDArray[Any], weights: NDArray[np.float64], resume: Any = None) -> None:
        """Learn from checked rows, in one array or in the `JoinedRows` of two."""
        device = training_device(self.device)
        self._coding, self._architecture = self._describe(rows, weights)
        counting, apart = without_validation_rows(self, np.flatnonzero(weights > 0), "rows")
        held_out = encoded_rows(rows, apart, self._coding, device) if self.early_stopping else None
        encoded = encoded_rows(rows, counting, self._coding, device)
        module, training = train(
            self,
            TrainingRows.unlabeled_only(encoded, weights[counting], device),
            held_out,
            known=lambda: identity(self, rows, weights),
            resume=resume,
            start=self._start(rows, weights),
        )
        keep_training(self, module, training)

    def _check_restored(self) -> None:
        """Raise a ValueError if parts of a file do not go together: those of a transformer always do."""

    @abstractmethod
    def score_samples(self, X: ArrayLike) -> NDArray[Any]:
        """Return log p(x) of every row, or a bound below it."""

    def score(self, X: ArrayLike, y: object = None) -> float:
        """Return the mean of `score_samples`, by which a search over parameters chooses the better density.

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
