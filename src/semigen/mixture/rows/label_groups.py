"""Groups of rows by label: the rows of a group may use the same components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semigen.labels import UNLABELED_CODE, UNSURE_CODE
from semigen.mixture.rows.missing_patterns import pieces


def certainty(log_prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the information in each row's log prior over classes: 0 if it is uniform, 1 if one class is possible.

    1 - entropy / log(classes), so that what a row counts does not jump where a label becomes sure or says nothing.
    """
    probability = np.exp(log_prior - log_prior.max(axis=1, keepdims=True))
    probability /= probability.sum(axis=1, keepdims=True)
    terms = np.where(probability > 0, probability * np.log(np.where(probability > 0, probability, 1.0)), 0.0)
    said: NDArray[np.float64] = np.clip(1 + terms.sum(axis=1) / np.log(log_prior.shape[1]), 0.0, 1.0)
    return said


def with_novel_classes(log_prior: NDArray[np.float64], n_classes: int) -> NDArray[np.float64]:
    """Return log priors with a column for each class, of which the last may be novel.

    A label that is unsure says of a class that nobody could name what it says of its least probable class.
    """
    more = n_classes - log_prior.shape[1]
    if more == 0:
        return log_prior
    return np.hstack([log_prior, np.repeat(log_prior.min(axis=1, keepdims=True), more, axis=1)])


def groups_of(
    codes: NDArray[np.int64], class_first: NDArray[np.int64], unlabeled_weight: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the groups of rows sorted by code, in the form that the kernels take, and their weights.

    A group is (first row, last row, first component, last component, first log prior, whether rows may be noise): the
    labelled rows of a class may use its components; unlabelled and unsure rows may use all, the latter with log priors
    of their own (-1 is none), and may be noise.
    """
    return groups_of_parts(codes, np.zeros(1, dtype=np.int64), class_first, unlabeled_weight)[0]


def groups_of_parts(
    codes: NDArray[np.int64], starts: NDArray[np.int64], class_first: NDArray[np.int64], unlabeled_weight: float
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return `groups_of` for each of several parts of the rows; parts begin at `starts` and count rows from there.

    Thousands of parts may have a row or two each, so all of them are grouped at once.
    """
    begins = np.zeros(len(codes), dtype=bool)
    begins[starts[starts < len(codes)]] = True
    begins[1:] |= np.diff(codes) != 0
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(codes))[: len(first)]
    kinds = codes[first]
    free = kinds < 0
    start = starts[np.searchsorted(starts, first, side="right") - 1]
    groups = np.column_stack(
        [
            first - start,
            last - start,
            np.where(free, 0, class_first[kinds]),
            np.where(free, class_first[-1], class_first[np.where(free, 0, kinds + 1)]),
            np.where(kinds == UNSURE_CODE, 0, -1),
            free,
        ]
    )
    weights = np.where(kinds == UNLABELED_CODE, unlabeled_weight, 1.0)
    ends = np.append(np.searchsorted(first, starts[1:]), len(first))
    return list(zip(pieces(groups, ends), pieces(weights, ends), strict=True))
