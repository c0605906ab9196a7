"""Checks and conversions of rows, labels and estimators before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from semigen._validation import checked_rows
from semigen.labels import Labels, encode


def check_fitted(estimator: Any) -> None:
    """Refuse what is no fitted estimator, such as rows given first.

    Raises
    ------
    TypeError
        If it is no estimator.
    sklearn.exceptions.NotFittedError
    """
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        what = f"the class {estimator.__name__}" if isinstance(estimator, type) else f"a {type(estimator).__name__}"
        raise TypeError(f"from_estimator takes a fitted estimator first, and the rows after it; it was given {what}.")
    check_is_fitted(estimator)


def check_width(model: Any, rows: NDArray[np.float64]) -> None:
    """Refuse rows of other columns than a model learnt from."""
    wanted = getattr(model, "n_features_in_", rows.shape[1])
    if rows.shape[1] != wanted:
        raise ValueError(
            f"X has {rows.shape[1]} columns, and {type(model).__name__} learnt from {wanted}: give it all of them, and "
            "choose those that are drawn with columns=[...]."
        )


def check_predicts(estimator: Any) -> None:
    """Refuse an estimator that gives no classes."""
    if not hasattr(estimator, "predict") or not hasattr(estimator, "classes_"):
        raise TypeError(f"{type(estimator).__name__} is no fitted classifier, so there are no classes of it to draw.")


def check_has(given: Any, names: Sequence[str], argument: str, what: str) -> None:
    """Refuse what lacks any of the attributes that are drawn."""
    if not all(hasattr(given, name) for name in names):
        raise TypeError(f"{argument} is a {type(given).__name__}; give {what}, or anything with {', '.join(names)}.")


def check_share(value: Any, name: str) -> None:
    """Refuse what is not a number between 0 and 1, both excluded."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < 1:
        raise ValueError(f"{name}={value!r} must lie between 0 and 1.")


def check_number(value: Any, name: str, n_candidates: int) -> None:
    """Refuse what is no number of one of the candidates."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not 0 <= int(value) < n_candidates:
        raise ValueError(f"{name}={value!r} is no number of one of the {n_candidates} candidates.")


def check_rows(
    points: NDArray[np.float64],
    codes: NDArray[np.int64],
    class_names: Sequence[Any],
    axis_names: Sequence[str] | None = None,
) -> None:
    """Refuse places, classes and names that do not go together."""
    if np.ndim(points) != 2 or np.shape(points)[1] not in (1, 2):
        raise ValueError(
            f"points has shape {np.shape(points)}; it must be (rows, 2), or (rows, 1) for a single column."
        )
    if np.shape(codes) != (len(points),):
        raise ValueError(f"There are {len(points)} points, and the classes of them have shape {np.shape(codes)}.")
    if len(codes) and np.max(codes) >= len(class_names):
        raise ValueError(f"A row is of class {np.max(codes)}, and class_names has {len(class_names)}, counted from 0.")
    if axis_names is not None and len(axis_names) < np.shape(points)[1]:
        raise ValueError(f"axis_names has {len(axis_names)}, and points {np.shape(points)[1]} columns.")


def rows_and_names(X: ArrayLike, known: list[str] | None = None) -> tuple[NDArray[np.float64], list[str]]:
    """Return rows as numbers, NaN where missing, and the names of their columns."""
    rows = checked_rows(X, missing_allowed=True)
    columns = getattr(X, "columns", None)
    if known is not None and len(known) == rows.shape[1]:
        return rows, known
    if columns is None:
        return rows, [f"column {j}" for j in range(rows.shape[1])]
    return rows, [str(name) for name in columns]


def rows_like(rows: NDArray[np.float64], X: Any) -> Any:
    """Return rows as a frame like X, if X is one: estimators ask for the names they know."""
    columns = getattr(X, "columns", None)
    return rows if columns is None else type(X)(dict(zip(columns, rows.T, strict=True)))


def labels_for(y: ArrayLike | None, n_rows: int, estimator: Any, unlabeled: object) -> Labels:
    """Return labels of so many rows, in the classes of an estimator if there is one; all unlabelled if y is None."""
    classes = getattr(estimator, "classes_", None)
    if y is None:
        return Labels(np.empty(0) if classes is None else classes, np.full(n_rows, -1))
    labels = encode(y, unlabeled=unlabeled_of(estimator, unlabeled), classes=classes, unsure=True)
    check_consistent_length(np.empty(n_rows), labels.codes)
    return labels


def unlabeled_of(estimator: Any, otherwise: object = -1) -> object:
    """Return the marker of unlabelled rows that an estimator, or the last step of a pipeline, was told."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return getattr(last, "unlabeled", otherwise)


def last_step(estimator: Any, X: Any) -> tuple[Any, Any, list[str] | None]:
    """Return the last step of a pipeline, the rows that it sees, and the names of their columns, if known.

    Any other estimator is returned with its rows as they are.
    """
    if not isinstance(estimator, Pipeline):
        return estimator, X, None
    if len(estimator) == 1:
        return estimator[-1], X, None
    return estimator[-1], estimator[:-1].transform(X), names_after(estimator[:-1]) if hasattr(X, "columns") else None


def names_after(steps: Pipeline) -> list[str] | None:
    """Return names of the columns that steps make, without prefixes of the steps; None if they have no names."""
    try:
        names = [str(name) for name in steps.get_feature_names_out()]
    except (AttributeError, ValueError):
        return None
    short = [name.split("__", 1)[-1] for name in names]
    return short if len(set(short)) == len(names) else names


def filled(model: Any, X: Any, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows with gaps filled by the model's `impute`, if it has one."""
    if not np.isnan(rows).any() or getattr(model, "missing", None) != "marginal" or not hasattr(model, "impute"):
        return rows
    return np.asarray(model.impute(X), dtype=np.float64)
