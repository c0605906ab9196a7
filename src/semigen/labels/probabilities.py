"""Labels that leave room for doubt: a probability for every class, or a set of classes that are possible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen._validation import boxed, plain
from semigen.labels.codes import UNLABELED_CODE, UNSURE_CODE, Labels, as_objects
from semigen.labels.sure import as_classes, encode_sure

# Probabilities may have been float32, or read from a file with few digits.
_SUM_TOLERANCE = 1e-5


def is_matrix(y: ArrayLike) -> bool:
    """Return whether `y` holds probabilities, a column per class."""
    shape = getattr(y, "shape", None)
    if shape is None:
        first = next(iter(y), None) if isinstance(y, list | tuple) else None
        return isinstance(first, list | tuple | np.ndarray) and np.ndim(first) == 1 and len(first) > 1
    return len(shape) == 2 and shape[1] > 1


def objects_with_sets(y: ArrayLike) -> list[Any] | None:
    """Return the entries of `y` if any of them is a set."""
    if hasattr(y, "dtype") and str(y.dtype).lower() != "object":
        return None
    entries = y.tolist() if hasattr(y, "tolist") else y.to_list() if hasattr(y, "to_list") else y
    if not isinstance(entries, list | tuple) or not any(isinstance(entry, set | frozenset) for entry in entries):
        return None
    return list(entries)


def from_probabilities(y: ArrayLike, classes: Iterable[Any] | None) -> Labels:
    """Split a matrix of probabilities, a column per class; a row of NaN is unlabelled."""
    names = classes
    if hasattr(y, "columns"):
        names, y = _by_names(y, classes)
    try:
        probability = np.array(plain(y, "y"), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"y has more than one dimension, so it should hold probabilities, a column per class: {error}. For "
            "a choice among classes pass Python sets, one per row; for labels that are tuples, a pandas Series of them."
        ) from None
    found = np.arange(probability.shape[1]) if names is None else as_classes(names)
    if len(found) != probability.shape[1]:
        raise ValueError(
            f"y has {probability.shape[1]} columns of probabilities, and there are {len(found)} classes: "
            f"{as_objects(found)}."
        )
    absent = np.isnan(probability)
    partly = np.flatnonzero(absent.any(axis=1) & ~absent.all(axis=1))
    if len(partly):
        raise ValueError(
            f"Row {partly[0]} of y has probabilities for some classes only; give all, or NaN for all if it is "
            "unlabelled."
        )
    given = np.flatnonzero(~absent.any(axis=1))
    outside = given[~((probability[given] >= 0) & (probability[given] <= 1 + _SUM_TOLERANCE)).all(axis=1)]
    if len(outside):
        raise ValueError(
            f"Row {outside[0]} of y is {probability[outside[0]].tolist()}: y has more than one dimension, so its rows "
            "must be probabilities of the classes, between 0 and 1, or all NaN for an unlabelled row."
        )
    total = probability[given].sum(axis=1)
    wrong = given[np.abs(total - 1) > _SUM_TOLERANCE]
    if len(wrong):
        raise ValueError(
            f"The probabilities in row {wrong[0]} of y sum to {probability[wrong[0]].sum():.6g}; they must sum to 1. "
            "For a set of possible classes pass Python sets, one per row."
        )
    probability[given] /= total[:, None]
    probability[absent] = 1.0
    with np.errstate(divide="ignore"):
        return _classified(found, np.log(probability))


def _by_names(frame: Any, classes: Iterable[Any] | None) -> tuple[list[Any], NDArray[np.float64]]:
    """Return the classes, and the columns of a frame in their order; numbered columns are in order already."""
    columns = list(frame.columns)
    names = columns if classes is None else list(classes)
    if set(names) == set(columns):
        frame = frame[names]
    elif columns != list(range(len(columns))):
        raise ValueError(
            f"y has the columns {columns}, and the classes are {names}; name the columns like the classes."
        )
    missing = {"na_value": np.nan} if hasattr(frame, "iloc") else {}
    try:
        return names, frame.to_numpy(**missing, **({"dtype": np.float64} if missing else {}))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"y has more than one dimension, so it should hold probabilities, a column per class: {error}."
        ) from None


def from_sets(values: list[Any], unlabeled: object, classes: Iterable[Any] | None) -> Labels:
    """Split labels of which some are sets of those that are possible."""
    is_set = np.array([isinstance(value, set | frozenset) for value in values])
    listed = [sorted(value, key=str) if chosen else [] for value, chosen in zip(values, is_set, strict=True)]
    empty = np.flatnonzero([chosen and not of for chosen, of in zip(is_set, listed, strict=True)])
    if len(empty):
        raise ValueError(
            f"Row {empty[0]} of y is an empty set: some class must be possible. None marks an unlabelled row."
        )
    single = [None if chosen else value for value, chosen in zip(values, is_set, strict=True)]
    # All labels at once, those of the sets last, so that both kinds share one idea of what a class is.
    flat = boxed([*single, *(label for of in listed for label in of)])
    labels = encode_sure(flat, unlabeled=unlabeled, classes=classes)
    of_sets = labels.codes[len(values) :]
    if (of_sets < 0).any():
        raise ValueError(f"A set in y contains a value that marks unlabelled rows (unlabeled={unlabeled!r}).")
    log_prior = np.zeros((len(values), len(labels.classes)))
    certain = labels.codes[: len(values)]
    log_prior[is_set] = -np.inf
    log_prior[np.repeat(np.arange(len(values)), list(map(len, listed))), of_sets] = 0.0
    known = certain >= 0
    log_prior[known] = -np.inf
    log_prior[known, certain[known]] = 0.0
    return _classified(labels.classes, log_prior)


def _classified(classes: NDArray[Any], log_prior: NDArray[np.float64]) -> Labels:
    """Return labels of rows with these log priors: sure, unsure or unlabelled."""
    possible = np.isfinite(log_prior)
    codes = np.full(len(log_prior), UNSURE_CODE, dtype=np.int64)
    sure = possible.sum(axis=1) == 1
    codes[sure] = possible[sure].argmax(axis=1)
    if len(classes) > 1:
        codes[(log_prior == log_prior[:, :1]).all(axis=1)] = UNLABELED_CODE
    return Labels(classes, codes, log_prior if (codes == UNSURE_CODE).any() else None)
