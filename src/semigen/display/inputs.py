"""What displays ask of rows, labels and estimators before anything is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array
from sklearn.utils.validation import check_consistent_length

from semigen.checks import input_explained
from semigen.labels import Labels
from semigen.unsure_labels import encode_any


def rows_and_names(X: ArrayLike, known: list[str] | None = None) -> tuple[NDArray[np.float64], list[str]]:
    """Rows as numbers, NaN where missing, and the names of their columns, if those are not known better."""
    with input_explained():
        rows: NDArray[np.float64] = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan")
    columns = getattr(X, "columns", None)
    if known is not None and len(known) == rows.shape[1]:
        return rows, known
    if columns is None:
        return rows, [f"column {j}" for j in range(rows.shape[1])]
    return rows, [str(name) for name in columns]


def rows_like(rows: NDArray[np.float64], X: Any) -> Any:
    """Rows as a frame of the kind and the columns of X, if that is one: estimators ask for the names they know."""
    columns = getattr(X, "columns", None)
    return rows if columns is None else type(X)(dict(zip(columns, rows.T, strict=True)))


def labels_for(y: ArrayLike | None, n_rows: int, estimator: Any = None, unlabeled: object = -1) -> Labels:
    """What is known of the classes of so many rows; nothing, if y is None. An estimator knows the classes."""
    classes = getattr(estimator, "classes_", None)
    if y is None:
        return Labels(np.empty(0) if classes is None else classes, np.full(n_rows, -1))
    labels = encode_any(y, unlabeled=unlabeled_of(estimator, unlabeled), classes=classes)
    check_consistent_length(np.empty(n_rows), labels.codes)
    return labels


def unlabeled_of(estimator: Any, otherwise: object = -1) -> object:
    """The marker of unlabelled rows that an estimator, or the last step of a pipeline, was told."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return getattr(last, "unlabeled", otherwise)


def last_step(estimator: Any, X: Any) -> tuple[Any, Any, list[str] | None]:
    """The model at the end of a pipeline, the rows that it sees, and the names of their columns, if the steps tell.

    Any other estimator, and its rows, as they are.
    """
    if not isinstance(estimator, Pipeline):
        return estimator, X, None
    if len(estimator) == 1:
        return estimator[-1], X, None
    return estimator[-1], estimator[:-1].transform(X), names_after(estimator[:-1]) if _has_names(X) else None


def names_after(steps: Pipeline) -> list[str] | None:
    """Names of the columns that steps make, without the names of the parts that made them; None if they do not tell."""
    try:
        names = [str(name) for name in steps.get_feature_names_out()]
    except (AttributeError, ValueError):
        return None
    short = [name.split("__", 1)[-1] for name in names]
    return short if len(set(short)) == len(names) else names


def are_numbers(X: Any) -> bool:
    """Whether no column of X holds text or dates."""
    return np.asarray(X).dtype.kind in "biuf"


def filled(model: Any, X: Any, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows with their gaps filled by what a model that takes gaps expects of them; as they are, of any other model."""
    if not np.isnan(rows).any() or getattr(model, "missing", None) != "marginal" or not hasattr(model, "impute"):
        return rows
    return np.asarray(model.impute(X), dtype=np.float64)


def _has_names(X: Any) -> bool:
    return hasattr(X, "columns")
