"""Mixin of the classifiers that take sparse rows: they are reduced to few columns, which all rows teach."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, vstack

from semigen._runtime.callers import outside
from semigen._validation import checked_sparse_rows, checked_weights
from semigen.tables.free_text import SparseReduction, is_sparse
from semigen.tables.kinds import DIMENSIONS
from semigen.tables.sentences import of_sparse


class TakesSparseRows:
    """Mixin before `SemiSupervisedClassifier`.

    Attributes
    ----------
    reduction_ : SparseReduction or None
        Truncated SVD taught by all rows; None if they were not sparse.
    """

    reduction_: SparseReduction | None
    n_features_in_: int

    def _validated(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        X_unlabeled: ArrayLike | None,
        classes: Iterable[Any] | None,
    ) -> Any:
        self.reduction_, X, X_unlabeled = reduced(self, X, X_unlabeled, sample_weight)
        training = super()._validated(X, y, sample_weight, X_unlabeled, classes)  # type: ignore[misc]
        if self.reduction_ is not None:
            self.n_features_in_ = self.reduction_.n_features_in_
        return training

    def _validated_rows(self, X: ArrayLike) -> NDArray[Any]:
        if self.reduction_ is None:
            rows: NDArray[Any] = super()._validated_rows(X)  # type: ignore[misc]
            return rows
        return self.reduction_.transform(checked_sparse_rows(X, estimator=self))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.sparse = True
        return tags


def reduced(estimator: Any, X: Any, X_unlabeled: Any, sample_weight: Any) -> tuple[SparseReduction | None, Any, Any]:
    """Return a truncated SVD learnt from all rows of weight above zero, and both sets of rows after it.

    Rows that are not sparse are returned as they are, with None.
    """
    if not is_sparse(X):
        return None, X, X_unlabeled
    checked = checked_sparse_rows(X, estimator=estimator)
    more = None if X_unlabeled is None else checked_sparse_rows(X_unlabeled, name="X_unlabeled")
    if X.shape[1] > DIMENSIONS:
        warnings.warn(of_sparse(X.shape[1]), stacklevel=outside())
    counting = checked if sample_weight is None else checked[checked_weights(sample_weight, checked) > 0]
    reduction = SparseReduction().fit(counting if more is None else vstack([counting, csr_matrix(more)]))
    return reduction, reduction.transform(checked), None if more is None else reduction.transform(more)
