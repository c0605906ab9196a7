"""The classes of labels: distinct values in order, in an array of the type in which they were given."""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets

from semigen._validation import boxed
from semigen.labels.codes import as_objects

# Longer names are kept as Python objects: in an array of text each entry takes as much memory as the longest name.
_LONGEST_NAME = 64


def distinct(given: NDArray[Any], *, targets: bool = True) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the sorted classes among labels, and the number of each label's class.

    Values that are no `targets` of a classifier, such as groups, may be any numbers.

    Raises
    ------
    ValueError
        If values are of several types, have no order, or are no labels at all: lists, or numbers that are not whole.
    """
    if given.dtype.kind in "cV":
        raise ValueError(f"Unknown label type: y holds {given.dtype}; use text, whole numbers, or other plain objects.")
    if given.dtype.kind != "O":
        if targets and given.size and given.dtype.kind not in "SMm":
            _refuse_broken_numbers(given)
        classes, codes = np.unique(given, return_inverse=True)
        return classes, codes.reshape(-1)
    listed = given.tolist()
    _refuse_unhashable(listed)
    kinds = set(map(type, listed))
    names = list(dict.fromkeys(listed))
    sample = in_one_type(names, kinds)
    order = _order(sample, kinds) if sample.dtype.kind == "O" else np.argsort(sample, kind="stable")
    classes = sample[order]
    number = dict(zip((names[i] for i in order), range(len(order)), strict=True))
    codes = np.fromiter((number[value] for value in listed), dtype=np.int64, count=len(listed))
    if targets and len(codes) and classes.dtype.kind not in "OSMm":
        _refuse_broken_numbers(classes)
    return classes, codes


def _refuse_broken_numbers(values: NDArray[Any]) -> None:
    """Refuse numbers that are not whole, by scikit-learn's error for a regression target.

    It is shown one value: where numbers are many it warns that they may be a quantity, also of classes by number.
    """
    broken = values[values != np.floor(values)] if values.dtype.kind == "f" else values[:0]
    check_classification_targets(broken[:1] if len(broken) else values[:1])


def positions(given: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.int64]:
    """Return the number of each label's class among given ones.

    Raises
    ------
    ValueError
        If a label is none of the classes.
    """
    found, codes = distinct(given) if given.size else (given, np.empty(0, dtype=np.int64))
    number = {name: k for k, name in enumerate(as_objects(classes))}
    names = as_objects(found)
    unknown = [name for name in names if name not in number]
    if unknown:
        raise ValueError(f"y contains labels that are not in classes: {unknown[:5]}; classes={as_objects(classes)}.")
    return np.array([number[name] for name in names], dtype=np.int64)[codes] if names else codes


def in_one_type(values: Sequence[Any], kinds: Iterable[type]) -> NDArray[Any]:
    """Return Python objects of these types as an array of text, numbers or booleans if it holds them exactly.

    Raises
    ------
    ValueError
        If they are of several types.
    """
    kinds = set(kinds)
    if not kinds:
        return boxed(values)
    if kinds <= {str, np.str_}:
        # NumPy strips zero characters at the end of text.
        as_objects_only = any(len(value) > _LONGEST_NAME or value.endswith("\0") for value in values)
        return boxed(values) if as_objects_only else np.array(values, dtype=str)
    if kinds <= {bytes, np.bytes_}:
        return boxed(values) if any(value.endswith(b"\0") for value in values) else np.array(values, dtype=bytes)
    if kinds <= {bool, np.bool_}:
        return np.array(values, dtype=bool)
    if all(kind is int or issubclass(kind, np.integer) for kind in kinds):
        return _integers([int(value) for value in values])
    if all(kind in (int, float) or issubclass(kind, np.integer | np.floating) for kind in kinds):
        return _floats(values)
    if len(kinds) > 1:
        listed = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise ValueError(f"Unknown label type: y mixes labels of the types {listed}. Use strings only or numbers only.")
    kind = next(iter(kinds))
    if issubclass(kind, Decimal | Fraction) and any(value != int(value) for value in values):
        raise ValueError(
            f"Unknown label type: continuous. y holds {kind.__name__} that is not whole, such as {values[0]!r}; a "
            "classifier needs classes."
        )
    return np.array(values) if issubclass(kind, np.datetime64 | np.timedelta64) else boxed(values)


def is_plain(classes: NDArray[Any]) -> bool:
    """Return whether scikit-learn's own classifiers take such classes: text, numbers of NumPy, booleans."""
    return classes.dtype.kind in "biufU" or (
        classes.dtype.kind == "O" and all(isinstance(name, str) and type(name) is str for name in classes.tolist())
    )


def _integers(values: list[int]) -> NDArray[Any]:
    """Return integers in the smallest of int64, uint64 and Python's own type that holds all of them."""
    low, high = min(values), max(values)
    if low >= -(2**63) and high < 2**63:
        return np.array(values, dtype=np.int64)
    return np.array(values, dtype=np.uint64) if low >= 0 and high < 2**64 else boxed(values)


def _floats(values: Sequence[Any]) -> NDArray[np.float64]:
    whole = [value for value in values if not isinstance(value, float | np.floating)]
    rounded = [value for value in whole if float(value) != int(value)]
    if rounded:
        raise ValueError(
            f"y mixes floats with integers that no float holds, such as {rounded[0]}; give all of them as integers, "
            "None in rows without a label."
        )
    array = np.array([float(value) for value in values])
    if np.isinf(array).any():
        raise ValueError("Input y contains infinity; labels must be finite numbers, or strings.")
    return array


def _order(sample: NDArray[Any], kinds: set[type]) -> NDArray[np.int64]:
    """Sort classes that are Python objects: by their own order, or that of the list for members of an Enum."""
    listed = sample.tolist()
    try:
        return np.array(sorted(range(len(listed)), key=listed.__getitem__), dtype=np.int64)
    except TypeError:
        kind = next(iter(kinds))
        if issubclass(kind, enum.Enum):
            place = {member: k for k, member in enumerate(kind)}
            return np.array(sorted(range(len(listed)), key=lambda i: place[listed[i]]), dtype=np.int64)
        raise ValueError(
            f"Labels of the type {kind.__name__} have no order, so name all classes in the order wanted with "
            "classes=[...], or use text for them."
        ) from None


def _refuse_unhashable(values: list[Any]) -> None:
    for row, value in enumerate(values):
        if not isinstance(value, Hashable) or (isinstance(value, tuple) and not _is_hashable(value)):
            hint = " SemiSupervisedGMM and the other mixtures take sets of possible classes."
            raise ValueError(
                f"Unknown label type: labeled row {row} of y holds a {type(value).__name__}, {value!r}, which can be "
                f"no class; use text, whole numbers, or tuples.{hint if isinstance(value, set) else ''}"
            )


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
