"""encode: labels in any form that people hold them in become classes, codes and log priors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import ArrayLike

from semigen.labels.codes import Labels
from semigen.labels.probabilities import from_probabilities, from_sets, is_matrix, objects_with_sets
from semigen.labels.sure import encode_sure


def encode(
    y: ArrayLike, *, unlabeled: object = -1, classes: Iterable[Any] | None = None, unsure: bool = False
) -> Labels:
    """Split `y` into classes and codes: the one reader of labels.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, classes)
        A label or a marker per row, in a list, an array, or a column of pandas, polars or Arrow. None, NaN, NaT,
        ``pandas.NA`` and what is masked always mark unlabelled rows. Labels are text, bytes, booleans, whole numbers of
        any size, or objects of one type with an order, as dates, intervals, tuples and members of an Enum.
    unlabeled : object, default=-1
        The value that marks an unlabelled row besides those; None if there is no other.
    classes : iterable, optional
        All classes, in the order wanted. May name classes without a labelled row. For a matrix, those of its columns.
        None takes the labels found, in order, or a matrix's column names, or 0, 1, ...
    unsure : bool, default=False
        Whether `y` may leave room for doubt: with sets (or frozensets) of the labels that are possible for a row, or as
        a matrix of probabilities, a row of NaN being an unlabelled row.

    Returns
    -------
    Labels
        With the classes in the type that they were given in. A row that allows one class only has its code; one that
        says nothing, all classes being as likely, is unlabelled.

    Raises
    ------
    ValueError
        If `y` is not one-dimensional or not made of classes, if a label is not in `classes`, if `classes` repeats
        itself, or if it is unclear whether a value is a label or the marker; for an empty set; for probabilities that
        are negative, partly missing, or do not sum to one.
    """
    if unsure and is_matrix(y):
        return from_probabilities(y, classes)
    values = objects_with_sets(y) if unsure else None
    if values is None:
        return encode_sure(y, unlabeled=unlabeled, classes=classes)
    return from_sets(values, unlabeled, classes)
