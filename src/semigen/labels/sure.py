"""Labels that are sure: a class or a marker per row."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen._runtime.callers import outside
from semigen._validation import boxed, is_missing_value
from semigen.labels.classes import distinct, in_one_type, positions
from semigen.labels.codes import UNLABELED_CODE, Labels, as_objects
from semigen.labels.look_alikes import LabelWarning, look_alikes
from semigen.labels.reading import Values, read

# Text that more often says that there is no label than that this is one.
_LIKELY_MARKERS = ("", "?", "NA", "N/A")
# Numbers measure something, rather than name classes, if there are more than so many, most labels are each another or
# there are very many, and there are gaps between them. Codes of classes have few gaps, as also one label a class has.
_FEW_NUMBERS, _MANY_NUMBERS = 20, 100
_WITHOUT_GAPS = 1.25
# Whole floats beyond this may stand for several integers.
_EXACT = 2**53


def encode_sure(y: ArrayLike, *, unlabeled: object, classes: Iterable[Any] | None) -> Labels:
    """Split `y`, a label or a marker per row, into classes and codes."""
    if y is None:
        raise ValueError("y is None: this classifier needs it, with the given labels and a marker in the other rows.")
    if np.ndim(unlabeled) != 0:  # type: ignore[arg-type]
        raise ValueError(f"unlabeled={unlabeled!r} must be a single value.")
    values = read(y)
    values = values.without(is_marker(values.given, unlabeled))
    _check_ambiguous(values, unlabeled, from_array=isinstance(y, np.ndarray))
    if values.given.dtype.kind == "f" and np.isinf(values.given).any():
        raise ValueError("Input y contains infinity; labels must be finite numbers, or strings.")
    if classes is None:
        found, of_given = distinct(values.given)
        _warn_of_likely_markers(found)
        _warn_of_look_alikes(found)
        _warn_of_rounded(found)
        _warn_of_quantity(found, len(of_given))
    else:
        found = as_classes(classes, unlabeled)
        of_given = positions(values.given, found)
    codes = np.full(len(values.present), UNLABELED_CODE, dtype=np.int64)
    codes[values.present] = of_given
    return Labels(found, codes)


def as_classes(classes: Iterable[Any], unlabeled: object = None) -> NDArray[Any]:
    """Return the classes that a caller names, checked, in the order given."""
    listed: Any = classes if hasattr(classes, "dtype") or hasattr(classes, "to_pylist") else list(classes)
    if not len(listed):
        raise ValueError("classes is empty: name every class, or leave it out to use those found in y.")
    nested = any(isinstance(name, list | set) or (isinstance(name, np.ndarray) and name.ndim) for name in listed)
    if nested or len(getattr(listed, "shape", (0,))) != 1:
        raise ValueError(f"classes must be a flat list of labels, not {classes!r}.")
    values = read(listed if hasattr(listed, "dtype") or hasattr(listed, "to_pylist") else boxed(listed), "classes")
    if not values.present.all() or is_marker(values.given, unlabeled).any():
        raise ValueError(f"classes contains a value that marks unlabelled rows (unlabeled={unlabeled!r}); remove it.")
    found = values.given
    if found.dtype == object:
        found = in_one_type(found.tolist(), set(map(type, found.tolist())))
    if len(set(as_objects(found))) != len(found):
        raise ValueError(f"classes names a class more than once: {as_objects(found)}.")
    return found


def _warn_of_likely_markers(classes: NDArray[Any]) -> None:
    likely = [name for name in as_objects(classes) if isinstance(name, str) and name.strip() in _LIKELY_MARKERS]
    if likely:
        warnings.warn(
            f"{likely[0]!r} is taken for a class of y. If it marks unlabelled rows, pass unlabeled={likely[0]!r}.",
            LabelWarning,
            stacklevel=outside(),
        )


def _warn_of_look_alikes(classes: NDArray[Any]) -> None:
    for spellings in look_alikes(as_objects(classes)):
        warnings.warn(
            f"y has classes that look alike, {spellings!a}; spell them alike if they are the same, or name all "
            "classes with classes=[...] if they are not.",
            LabelWarning,
            stacklevel=outside(),
        )


def _warn_of_rounded(classes: NDArray[Any]) -> None:
    """Warn of whole floats so large that integers may have been rounded to them."""
    if classes.dtype.kind == "f" and classes.size and np.abs(classes).max() >= _EXACT:
        warnings.warn(
            f"y holds floats beyond 2**53, such as {int(classes[np.abs(classes).argmax()])}: if they were integers, "
            "different ones may have become one class. Read them as integers or as text (pandas: dtype='Int64').",
            stacklevel=outside(),
        )


def _warn_of_quantity(classes: NDArray[Any], n_labels: int) -> None:
    """Warn of numbers that seem to measure something: each becomes a class, and most have one row."""
    n = len(classes)
    if classes.dtype.kind not in "iuf" or n <= _FEW_NUMBERS or not (2 * n > n_labels or n > _MANY_NUMBERS):
        return
    if float(classes.max()) - float(classes.min()) > _WITHOUT_GAPS * n:
        warnings.warn(
            f"y has {n:,} different numbers in {n_labels:,} labelled rows, so it seems to be a quantity, and each "
            "number is taken for a class. Make a few classes of it (numpy.digitize, pandas.cut), or use a regressor; "
            "codes of classes are taken without this warning as text.",
            LabelWarning,
            stacklevel=outside(),
        )


def is_marker(values: NDArray[Any], unlabeled: object) -> NDArray[np.bool_]:
    """Return which values mark unlabelled rows; text is no number, and a boolean is none either."""
    nothing = np.zeros(len(values), dtype=bool)
    if is_missing_value(unlabeled) or not len(values):
        return nothing
    kind = values.dtype.kind
    if kind == "O":
        return np.array([_same(value, unlabeled) for value in values.tolist()], dtype=bool)
    if isinstance(unlabeled, str | bytes):
        # Members of an Enum with text would be read by their names.
        marker: Any = str.__str__(unlabeled) if isinstance(unlabeled, str) else bytes(unlabeled)
        return (
            np.asarray(values == marker, dtype=bool)
            if kind == ("U" if isinstance(unlabeled, str) else "S")
            else nothing
        )
    of_marker = np.asarray(unlabeled).dtype.kind
    for kinds in ("b", "Mm", "iuf"):
        if kind in kinds:
            return np.asarray(values == unlabeled, dtype=bool) if of_marker in kinds else nothing
    return nothing


def marks(value: Any, unlabeled: object) -> bool:
    """Return whether a single value says that a row is unlabelled."""
    return is_missing_value(value) or (not is_missing_value(unlabeled) and _same(value, unlabeled))


def has_marker(y: ArrayLike, unlabeled: object) -> bool:
    """Return whether labels, one per row, mark any row as unlabelled."""
    values = read(y)
    return not values.present.all() or bool(is_marker(values.given, unlabeled).any())


def _same(value: Any, unlabeled: Any) -> bool:
    for kinds in (str, bytes, bool | np.bool_):
        if isinstance(value, kinds) or isinstance(unlabeled, kinds):
            return isinstance(value, kinds) and isinstance(unlabeled, kinds) and bool(value == unlabeled)
    return bool(value == unlabeled)


def _check_ambiguous(values: Values, unlabeled: object, *, from_array: bool) -> None:
    """Refuse what could be a label or stand for none."""
    given = values.given
    kind = given.dtype.kind
    texts = [value for value in given.tolist() if isinstance(value, str | bytes)] if kind in "OUS" else []
    spellings = {value: _text(value) for value in set(texts)}
    if isinstance(unlabeled, str | bytes):
        other = [
            value
            for value, text in spellings.items()
            if isinstance(value, bytes) != isinstance(unlabeled, bytes) and text == _text(unlabeled)
        ]
        if other:
            raise ValueError(
                f"y contains {other[0]!r} while unlabeled={unlabeled!r}: one is bytes and one is text. If it marks "
                f"unlabelled rows, pass unlabeled={other[0]!r}; if it is a class, pass unlabeled=None."
            )
        _reject_number_for_text(given, _text(unlabeled))
    elif unlabeled is not None:
        alike = [value for value, text in spellings.items() if text.strip() == str(unlabeled)]
        if alike:
            marker = alike[0] if isinstance(alike[0], bytes) else str(unlabeled)
            raise ValueError(
                f"y contains the string {marker!r} while unlabeled={unlabeled!r} is not a string. If {marker!r} marks "
                f"unlabelled rows, pass unlabeled={marker!r}; if it is a class, pass unlabeled=None."
            )
    if from_array and kind in "US":
        _reject_text_of_missing(spellings.values())


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str.__str__(value)


def _reject_text_of_missing(spellings: Iterable[str]) -> None:
    """Refuse what NumPy makes of None and NaN when it turns a list with text into an array of strings."""
    for text in ("nan", "None", "NaT", "<NA>"):
        if text in spellings:
            raise ValueError(
                f"y is an array of strings and contains {text!r}, which may have been a missing value. If it marks "
                f"unlabelled rows, pass unlabeled={text!r} or y as a list; if it is a class, pass y with dtype=object."
            )


def _reject_number_for_text(given: NDArray[Any], unlabeled: str) -> None:
    """Refuse the number -1 among number labels when the marker is the text "-1"."""
    numbers = given.tolist() if given.dtype.kind in "iuf" else []
    if given.dtype.kind == "O":
        numbers = [value for value in given.tolist() if isinstance(value, int | float) and not isinstance(value, bool)]
    if unlabeled in map(str, set(numbers)):
        raise ValueError(
            f"y contains the number {unlabeled} while unlabeled={unlabeled!r} is a string. If the number marks "
            f"unlabelled rows, pass unlabeled={unlabeled}; if it is a class, pass unlabeled=None."
        )
