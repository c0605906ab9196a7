"""What 'unlabelled' means: labels as people write them become classes and integer codes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets

UNLABELED_CODE = -1
UNSURE_CODE = -2

# Longer names are kept as Python objects: in an array of text each entry takes as much memory as the longest name.
_LONGEST_NAME = 64
# Text that more often says that there is no label than that this is one.
_LIKELY_MARKERS = ("", "?", "NA", "N/A")


@dataclass(frozen=True)
class Labels:
    """Classes in sorted order (or the order in which the caller gave them) and what is known of each row's.

    Attributes
    ----------
    codes : array of shape (n,)
        The class of a row, -1 if it has no label, -2 if the label is unsure.
    log_prior : array of shape (n, classes) or None
        What was known of every row's class beforehand, added to the log probability of each class; None if no label is
        unsure. Zeros in unlabelled rows.
    """

    classes: NDArray[Any]
    codes: NDArray[np.int64]
    log_prior: NDArray[np.float64] | None = None

    @property
    def names(self) -> list[Any]:
        """The classes as Python objects, for messages."""
        return list(self.classes.tolist())

    @property
    def labeled(self) -> NDArray[np.bool_]:
        """Mask of the rows that carry a label."""
        return self.codes >= 0

    @property
    def unlabeled(self) -> NDArray[np.bool_]:
        """Mask of the rows of whose class nothing is known."""
        return np.asarray(self.codes == UNLABELED_CODE)

    def all_log_priors(self) -> NDArray[np.float64]:
        """What is known of the class of every row, sure or not, as log priors: 0 and -inf for a label."""
        known = np.zeros((len(self.codes), len(self.classes))) if self.log_prior is None else self.log_prior.copy()
        known[self.labeled] = -np.inf
        known[self.labeled, self.codes[self.labeled]] = 0.0
        return known

    def part(self, rows: NDArray[np.int64]) -> Labels:
        """Those of some rows; the classes stay the same."""
        log_prior = None if self.log_prior is None else self.log_prior[rows]
        return Labels(self.classes, self.codes[rows], log_prior)

    def joined(self, n_unlabeled: int) -> Labels:
        """The same with more unlabelled rows at the end."""
        codes = np.concatenate([self.codes, np.full(n_unlabeled, UNLABELED_CODE)])
        log_prior = self.log_prior
        if log_prior is not None:
            log_prior = np.concatenate([log_prior, np.zeros((n_unlabeled, len(self.classes)))])
        return Labels(self.classes, codes, log_prior)

    def possible(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mask of the classes that a label among these rows allows; unlabelled rows do not count."""
        found = np.bincount(self.codes[rows & self.labeled], minlength=len(self.classes)) > 0
        if self.log_prior is not None:
            found |= np.isfinite(self.log_prior[rows & (self.codes == UNSURE_CODE)]).any(axis=0)
        return np.asarray(found)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Labelled rows per class."""
        return np.bincount(self.codes[self.labeled], minlength=len(self.classes))


def encode(y: ArrayLike, *, unlabeled: object = -1, classes: Iterable[Any] | None = None) -> Labels:
    """Split `y` into classes and codes.

    Parameters
    ----------
    y : array-like of shape (n,)
        A label or a marker per row. None, NaN and ``pandas.NA`` always mark unlabelled rows.
    unlabeled : object, default=-1
        The value that marks an unlabelled row besides those; None if there is no other.
    classes : iterable, optional
        All classes, in the order wanted. May name classes without a labelled row.

    Returns
    -------
    Labels

    Raises
    ------
    ValueError
        If `y` is not one-dimensional or not made of classes, if a label is not in `classes`, if `classes` repeats
        itself, or if it is unclear whether a value is a label or the marker.
    """
    if np.ndim(unlabeled) != 0:  # type: ignore[arg-type]
        raise ValueError(f"unlabeled={unlabeled!r} must be a single value.")
    values = _as_vector(y)
    missing = is_missing(values)
    marked = missing | _is_marker(values, unlabeled)
    given = values[~marked]
    if values.dtype == object:
        _reject_ambiguous_marker(given, unlabeled)
        given = _unboxed(given)
    elif values.dtype.kind in "US":
        _reject_text_of_missing(given)
        given = given.astype(object) if given.dtype.itemsize > 4 * _LONGEST_NAME else given
    if isinstance(unlabeled, str):
        _reject_number_for_text(given, unlabeled)
    if given.size:
        check_classification_targets(given)
    if classes is None:
        found, codes_of_given = np.unique(given, return_inverse=True)
        _warn_of_likely_markers(found)
    else:
        found = as_classes(classes, unlabeled)
        codes_of_given = _positions(given, found)
    codes = np.full(len(values), UNLABELED_CODE, dtype=np.int64)
    codes[~marked] = codes_of_given
    return Labels(found, codes)


def _warn_of_likely_markers(classes: NDArray[Any]) -> None:
    likely = [name for name in classes.tolist() if isinstance(name, str) and name.strip() in _LIKELY_MARKERS]
    if likely:
        warnings.warn(
            f"{likely[0]!r} is taken for a class of y. If it marks unlabelled rows, pass unlabeled={likely[0]!r}.",
            stacklevel=5,
        )


def _as_vector(y: ArrayLike) -> NDArray[Any]:
    if y is None:
        raise ValueError("y is None: this classifier needs it, with the given labels and a marker in the other rows.")
    if hasattr(y, "to_numpy") and not isinstance(y, np.ndarray):
        y = y.to_numpy()
    # NumPy would make an array of text of ["a", 1], and each entry as long as the longest; look at what was given.
    values = y if isinstance(y, np.ndarray) else np.asarray(y, dtype=object)
    if not isinstance(y, np.ndarray) and not any(isinstance(value, str | bytes) for value in values.flat):
        values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of y to (n_samples,).",
            DataConversionWarning,
            stacklevel=4,
        )
        values = values.ravel()
    if values.dtype.kind == "f" and np.isinf(values).any():
        raise ValueError("Input y contains infinity; labels must be finite numbers, or strings.")
    if values.ndim != 1:
        raise ValueError(f"y must have one dimension, one label per row, but its shape is {values.shape}.")
    return values


def is_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Mask of None, NaN, NaT and pandas.NA."""
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values), dtype=bool)
    if values.dtype.kind in "mM":
        return np.asarray(np.isnat(values), dtype=bool)
    if values.dtype != object:
        return np.zeros(len(values), dtype=bool)
    return np.array([_is_missing_value(value) for value in values], dtype=bool)


def _is_missing_value(value: object) -> bool:
    # pandas.NA is recognised by its type's name, so that pandas need not be imported.
    return (
        value is None or (isinstance(value, float) and np.isnan(value)) or type(value).__name__ in ("NAType", "NaTType")
    )


def _is_marker(values: NDArray[Any], unlabeled: object) -> NDArray[np.bool_]:
    if unlabeled is None or _is_missing_value(unlabeled):
        return np.zeros(len(values), dtype=bool)
    if values.dtype == object:
        return np.array([_same(value, unlabeled) for value in values], dtype=bool)
    is_text = values.dtype.kind in "US"
    if is_text != isinstance(unlabeled, str) or (values.dtype.kind == "b" and not isinstance(unlabeled, bool)):
        if is_text:
            _reject_ambiguous_marker(values, unlabeled)
        return np.zeros(len(values), dtype=bool)
    return np.asarray(values == unlabeled, dtype=bool)


def _same(value: object, unlabeled: object) -> bool:
    if _is_missing_value(value):
        return False
    if isinstance(value, str) or isinstance(unlabeled, str):
        return isinstance(value, str) and isinstance(unlabeled, str) and value == unlabeled
    if isinstance(value, bool | np.bool_) != isinstance(unlabeled, bool | np.bool_):
        return False
    return bool(value == unlabeled)


def _reject_ambiguous_marker(given: NDArray[Any], unlabeled: object) -> None:
    """Refuse the text of the marker among text labels, "-1" beside the default -1: either reading could be meant."""
    if unlabeled is None or isinstance(unlabeled, str):
        return
    text = str(unlabeled)
    if any(isinstance(value, str) and value.strip() == text for value in given):
        raise ValueError(
            f"y contains the string {text!r} while unlabeled={unlabeled!r} is not a string. "
            f"If {text!r} marks unlabelled rows, pass unlabeled={text!r}; if it is a class, pass unlabeled=None."
        )


def _reject_text_of_missing(given: NDArray[Any]) -> None:
    """Refuse what NumPy makes of None and NaN when it turns a list with text into an array of strings."""
    for text in ("nan", "None", "NaT", "<NA>"):
        if (given == (text.encode() if given.dtype.kind == "S" else text)).any():
            raise ValueError(
                f"y is an array of strings and contains {text!r}, which may have been a missing value. If it marks "
                f"unlabelled rows, pass unlabeled={text!r} or y as a list; if it is a class, pass y with dtype=object."
            )


def _reject_number_for_text(given: NDArray[Any], unlabeled: str) -> None:
    """Refuse the number -1 among number labels when the marker is the text "-1"."""
    if given.dtype.kind in "iuf" and (given.astype(str) == unlabeled).any():
        raise ValueError(
            f"y contains the number {unlabeled} while unlabeled={unlabeled!r} is a string. If the number marks "
            f"unlabelled rows, pass unlabeled={unlabeled}; if it is a class, pass unlabeled=None."
        )


def _unboxed(given: NDArray[Any]) -> NDArray[Any]:
    """Python objects as an array of strings, integers or floats, if they are all of one kind."""
    if given.size == 0:
        return given
    for kind, dtype in ((str, None), (bool | np.bool_, bool), (Integral, None), (Real, float)):
        if kind is not str and dtype is not bool and any(isinstance(value, bool | np.bool_) for value in given):
            break
        if all(isinstance(value, kind) for value in given):
            # NumPy also drops the zero characters at the end of a text.
            if kind is str and any(len(name) > _LONGEST_NAME or name.endswith("\0") for name in given):
                return given
            return np.asarray(given.tolist(), dtype=dtype)
    kinds = sorted({type(value).__name__ for value in given})
    raise ValueError(
        f"Unknown label type: y mixes labels of the types {', '.join(kinds)}. Use strings only or numbers only."
    )


def as_classes(classes: Iterable[Any], unlabeled: object = None) -> NDArray[Any]:
    """The classes that a caller names, checked, in the order given."""
    listed = list(classes)
    if not listed:
        raise ValueError("classes is empty: name every class, or leave it out to use those found in y.")
    if any(np.ndim(value) for value in listed):
        raise ValueError(f"classes must be a flat list of labels, not {classes!r}.")
    boxed = np.empty(len(listed), dtype=object)
    boxed[:] = listed
    if (is_missing(boxed) | _is_marker(boxed, unlabeled)).any():
        raise ValueError(f"classes contains a value that marks unlabelled rows (unlabeled={unlabeled!r}); remove it.")
    unboxed = _unboxed(boxed)
    if len(np.unique(unboxed)) != len(unboxed):
        raise ValueError(f"classes names a class more than once: {listed}.")
    return unboxed


def _positions(given: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.int64]:
    comparable = given.dtype.kind == classes.dtype.kind or {given.dtype.kind, classes.dtype.kind} <= set("iufb")
    if object in (given.dtype, classes.dtype):
        given, classes = given.astype(object), classes.astype(object)
    sorter = np.argsort(classes)
    if given.size and comparable:
        at = sorter[np.clip(np.searchsorted(classes, given, sorter=sorter), 0, len(classes) - 1)]
        known = classes[at] == given
    else:
        at, known = np.zeros(given.size, dtype=np.int64), np.zeros(given.size, dtype=bool)
    if not known.all():
        unknown = np.unique(given[~known])[:5].tolist()
        raise ValueError(f"y contains labels that are not in classes: {unknown}; classes={classes.tolist()}.")
    return at
