"""Labels of several annotators: a column for each, in which a row may have no label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen.labels.codes import UNLABELED_CODE, Labels
from semigen.labels.sure import encode_sure


def encode_annotators(y: ArrayLike, *, unlabeled: object = -1, classes: Iterable[Any] | None = None) -> Labels:
    """Split labels of several annotators into classes and codes.

    Parameters
    ----------
    y : array-like of shape (n, annotators)
        A label or a marker of none in each cell. A row without any label is unlabelled.
    unlabeled, classes
        As in `encode`.

    Returns
    -------
    Labels
        With the labels of all annotators, and the most frequent label of each row as its own; the first annotator's
        among labels that are as frequent.
    """
    matrix = _matrix(y)
    flat = encode_sure(matrix.reshape(-1), unlabeled=unlabeled, classes=classes)
    given = flat.codes.reshape(matrix.shape)
    _refuse_probabilities(flat.classes, given)
    if not len(flat.classes):
        return Labels(flat.classes, np.full(len(given), UNLABELED_CODE), None, given)
    votes = (given[:, :, None] == np.arange(len(flat.classes))).sum(axis=1)
    # The vote of each annotator counts a little more than that of the next.
    earlier = np.where(given >= 0, np.take_along_axis(votes, np.maximum(given, 0), axis=1), -1).argmax(axis=1)
    codes = np.take_along_axis(given, earlier[:, None], axis=1)[:, 0]
    return Labels(flat.classes, np.where((given >= 0).any(axis=1), codes, UNLABELED_CODE), None, given)


def _refuse_probabilities(classes: NDArray[Any], given: NDArray[np.int64]) -> None:
    """Refuse a column for each of two classes with 0 and 1 in it: as labels, two annotators would never agree."""
    both = given[(given >= 0).all(axis=1)]
    if given.shape[1] == 2 and classes.tolist() == [0, 1] and len(both) and (both.sum(axis=1) == 1).all():
        raise ValueError(
            "y has two columns of 0 and 1 that add up to 1 in every labelled row, as probabilities of two classes do; "
            "with label_noise, columns are labels of annotators, and these would never agree. Give the column of "
            "labels alone, or label_noise=None for probabilities."
        )


def _matrix(y: Any) -> NDArray[Any]:
    if hasattr(y, "to_pandas") and not hasattr(y, "to_numpy"):
        y = y.to_pandas()
    if hasattr(y, "to_numpy"):
        y = y.to_numpy()
    if isinstance(y, np.ndarray):
        return y
    lengths = {len(row) for row in y}
    if len(lengths) != 1:
        raise ValueError(
            f"The rows of y have {sorted(lengths)} labels; with label_noise, each must have one for each annotator, or "
            "a marker of none."
        )
    matrix = np.empty((len(y), lengths.pop()), dtype=object)
    for i, row in enumerate(y):
        matrix[i] = list(row)
    return matrix
