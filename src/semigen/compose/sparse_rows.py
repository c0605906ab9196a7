"""Sparse rows reduced to few columns before a hybrid learns from them."""

from __future__ import annotations

import warnings
from typing import Any

from scipy.sparse import csr_matrix, vstack

from semigen._runtime.callers import outside
from semigen._validation import checked_sparse_rows, checked_weights
from semigen.tables.free_text import SparseReduction, is_sparse
from semigen.tables.kinds import DIMENSIONS
from semigen.tables.sentences import of_sparse


def reduced(estimator: Any, X: Any, X_unlabeled: Any, sample_weight: Any) -> tuple[SparseReduction | None, Any, Any]:
    """Return a truncated SVD learnt from all rows of weight above zero, and both sets of rows after it.

    Rows that are not sparse are returned as they are, with None.
    """
    if not is_sparse(X):
        return None, X, X_unlabeled
    if X.shape[1] > DIMENSIONS:
        warnings.warn(of_sparse(X.shape[1]), stacklevel=outside())
    checked = checked_sparse_rows(X, estimator=estimator)
    more = None if X_unlabeled is None else checked_sparse_rows(X_unlabeled, name="X_unlabeled")
    counting = checked if sample_weight is None else checked[checked_weights(sample_weight, checked) > 0]
    reduction = SparseReduction().fit(counting if more is None else vstack([counting, csr_matrix(more)]))
    return reduction, reduction.transform(checked), None if more is None else reduction.transform(more)
