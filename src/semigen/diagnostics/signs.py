"""Tests for the signs that a fit is wrong: pure functions of arrays, each of which returns a finding or None.

Thresholds ask for a gross deviation on top of what chance explains: the labels may have been drawn class by class, the
columns may be skewed, and no model is right. `bench/suspicions.py` counts how often sound fits and wrong ones are found
suspect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.diagnostics.reference import quantiles, reference
from semigen.diagnostics.suspicions import (
    DisagreementWithReference,
    GuessedLabels,
    ImprobableLabels,
    Overconfidence,
    ShiftedClass,
    TooFewRows,
    UnbalancedAnswers,
    WildValues,
)

# Deviations of a sum that chance is granted: one sound fit in a thousand has more.
_DEVIATIONS = 3.0
# So much of the labels must be concerned, however many there are.
_LEAST_SHARE = 0.04
# With fewer labels in all, no share of them says anything.
_LEAST_LABELS = 10
# A class mean may be off by half a standard deviation, as none is a Gaussian, and by what its labels leave open. Over
# all classes and columns a sound fit has 4.5 standard errors rarely.
_SHIFT, _STANDARD_ERRORS = 0.5, 4.5
# Half of the sum over classes of what their shares differ by.
_LEAST_DISTANCE = 0.3
# Cells that carry a column are at most one in 200 rows, and make half of its squares.
_FEW, _HALF, _LEAST_ROWS = 200, 0.5, 20
_ROWS_FOR_VARIANCE = 2000
# Numbers in rows that are joined to look for extremes.
_JOINED = 4096
# Rows for each column that a covariance is learnt from; with fewer columns than _WIDE the prior bridges the gap.
_ROWS_PER_COLUMN, _COLUMNS_PER_LABEL, _WIDE = 2.0, 15, 20


def improbable_labels(probability: NDArray[np.float64], codes: NDArray[np.int64]) -> ImprobableLabels | None:
    """Compare how many given labels the fit contradicts with how many its probabilities expect.

    Parameters
    ----------
    probability : array of shape (labels, classes)
        Of the rows with a label, as if it were not known.
    codes : array of shape (labels,)
    """
    if not len(codes):
        return None
    most = probability.max(axis=1)
    contradicted = int((probability[np.arange(len(codes)), codes] < most).sum())
    expected = float((1 - most).sum())
    deviation = float((most * (1 - most)).sum() + 1) ** 0.5
    if contradicted - expected > max(_DEVIATIONS * deviation, _LEAST_SHARE * len(codes)):
        return ImprobableLabels(contradicted, expected, len(codes))
    return None


def overconfidence(probability: NDArray[np.float64], codes: NDArray[np.int64]) -> Overconfidence | None:
    """Compare the probabilities of the answers for labels held out with the share that was right."""
    if len(codes) < _LEAST_LABELS:
        return None
    sure, hit = float(probability.max(axis=1).mean()), float((probability.argmax(axis=1) == codes).mean())
    margin = _DEVIATIONS * (max(hit * (1 - hit), sure * (1 - sure)) / len(codes)) ** 0.5
    return Overconfidence(sure, hit, len(codes)) if sure - hit > margin + 0.05 else None


def guessed_labels(
    answers: NDArray[np.int64], codes: NDArray[np.int64], n_classes: int, *, held_out: bool = False
) -> GuessedLabels | None:
    """Test whether the mean recall of the classes is above that of a guess, one-sided at 5 %.

    The mean over classes, since with a common class guessing it is often hard to beat, and yet the fit tells it apart.
    """
    counts = np.bincount(codes, minlength=n_classes)
    known = np.flatnonzero(counts)
    if len(codes) < 2 * _LEAST_LABELS or len(known) < 2 or counts[known].min() < 3:
        return None
    recalls = np.bincount(codes[answers == codes], minlength=n_classes)[known] / counts[known]
    guess = 1 / len(known)
    error = float((guess * (1 - guess) / counts[known]).sum()) ** 0.5 / len(known)
    recall = float(recalls.mean())
    return GuessedLabels(recall, guess, len(codes), held_out) if recall < guess + 1.645 * error else None


def unbalanced_answers(
    answers: NDArray[np.int64], codes: NDArray[np.int64], classes: Sequence[Any]
) -> UnbalancedAnswers | None:
    """Compare the shares of the classes among answers and labels, unless there are as many labels of each class.

    As many of each class are no sample of rows as they come, whose shares would say anything.
    """
    counts = np.bincount(codes, minlength=len(classes))
    known = counts[counts > 0]
    if len(codes) < 2 * _LEAST_LABELS or len(known) < 2 or np.ptp(known) <= max(1.0, 0.1 * known.max()):
        return None
    if not len(answers):
        return None
    of_labels, of_answers = counts / len(codes), np.bincount(answers, minlength=len(classes)) / len(answers)
    chance = float(np.sqrt(of_labels * (1 - of_labels) / len(codes)).sum())
    difference = np.abs(of_answers - of_labels)
    if difference.sum() / 2 <= _LEAST_DISTANCE + chance:
        return None
    k = int(difference.argmax())
    return UnbalancedAnswers(classes[k], float(of_answers[k]), float(of_labels[k]))


def disagreement(
    labeled: NDArray[np.float64],
    codes: NDArray[np.int64],
    others: NDArray[np.float64],
    probability: NDArray[np.float64],
) -> DisagreementWithReference | None:
    """Compare the answers for unlabelled rows with those of a classifier of the labels alone.

    Where that one is right with probability a, and the fit agrees with it on a share g of the rows, the fit is wrong
    on a - g of them or more. That is suspect if it is more than the fit admits, and leaves it worse than the other.

    Parameters
    ----------
    labeled : array of shape (labels, d)
    codes : array of shape (labels,)
    others : array of shape (rows, d)
        Unlabelled.
    probability : array of shape (rows, classes)
        Of the fit for these.
    """
    if len(codes) < _LEAST_LABELS or len(others) < 2 * _LEAST_LABELS:
        return None
    found = reference(labeled, codes, others, probability.shape[1])
    agreement = float((found.answers == probability.argmax(axis=1)).mean())
    counts = np.bincount(found.codes, minlength=probability.shape[1])
    recalls = np.bincount(found.codes[found.right], minlength=len(counts)) / np.maximum(counts, 1)
    # As often right as among the labels, or as among rows with the shares of its answers, whichever is less.
    accuracy = min(float(found.right.mean()), float(recalls[found.answers].mean()))
    error = (max(accuracy * (1 - accuracy), 0.05) / len(found.codes)) ** 0.5
    admitted = float(1 - probability.max(axis=1).mean())
    wrong = accuracy - agreement - 2.5 * error
    if wrong > admitted + 0.05 and wrong > 1 - accuracy:
        return DisagreementWithReference(accuracy, agreement, len(found.codes))
    return None


def shifted_class(
    labeled: NDArray[np.float64],
    codes: NDArray[np.int64],
    means: NDArray[np.float64],
    variances: NDArray[np.float64],
    classes: Sequence[Any],
    columns: Sequence[str] | range,
) -> ShiftedClass | None:
    """Compare the means of labelled rows with those of their classes, column by column, in standard deviations.

    Parameters
    ----------
    labeled : array of shape (labels, d)
        NaN where missing.
    codes : array of shape (labels,)
    means, variances : arrays of shape (classes, d)
        Of the fit.
    classes, columns : sequences
        Their names.
    """
    worst, found = 0.0, None
    for k in np.flatnonzero(np.bincount(codes, minlength=len(means)) >= 3).tolist():
        rows = labeled[codes == k]
        known = np.count_nonzero(~np.isnan(rows), axis=0)
        mean = np.nansum(rows, axis=0) / np.maximum(known, 1)
        deviation = np.sqrt(variances[k])
        usable = (known >= 3) & (deviation > 0)
        distance = np.where(usable, np.abs(mean - means[k]) / np.where(usable, deviation, 1), 0)
        beyond = distance - _SHIFT - _STANDARD_ERRORS / np.sqrt(np.maximum(known, 1))
        j = int(beyond.argmax())
        if beyond[j] > worst:
            worst, found = beyond[j], ShiftedClass(classes[k], columns[j], float(distance[j]), int(known[j]))
    return found


def too_few_rows(
    n_rows: NDArray[np.float64], n_labels: NDArray[np.int64], n_columns: int, classes: Sequence[Any]
) -> TooFewRows | None:
    """Compare the rows that each covariance is learnt from with the columns.

    Twice as many rows are asked for where hardly a label tells EM where to begin.

    Parameters
    ----------
    n_rows : array of shape (covariances,)
        Weight of the rows of each class, or of all together.
    n_labels : array of shape (covariances,)
        Labelled ones among them.
    n_columns : int
    classes : sequence
        Their names; None for all together.
    """
    needed = _ROWS_PER_COLUMN * n_columns * np.where(n_labels * _COLUMNS_PER_LABEL < n_columns, 2, 1)
    k = int((n_rows / needed).argmin())
    if n_columns < _WIDE or n_rows[k] >= needed[k]:
        return None
    return TooFewRows(classes[k], float(n_rows[k]), int(n_labels[k]), n_columns)


def wild_values(X: NDArray[Any], columns: Sequence[str] | range) -> list[WildValues]:
    """Look for columns of which so few cells make half of the squares about the median.

    Parameters
    ----------
    X : array of shape (n, d)
        NaN where missing.
    columns : sequence
        Their names.
    """
    if len(X) < _LEAST_ROWS:
        return []
    most = max(1, len(X) // _FEW)
    highest, lowest = _extremes(X, np.fmax), _extremes(X, np.fmin)
    # Columns whose extremes are near, beside the variance of some rows, need no closer look.
    some = X[:: max(1, len(X) // _ROWS_FOR_VARIANCE)].astype(np.float64)
    known = ~np.isnan(some)
    counts = np.maximum(known.sum(axis=0), 1)
    some = np.where(known, some, 0)
    mean = some.sum(axis=0) / counts
    variance = np.where(known, some - mean, 0) ** 2
    farthest = np.maximum(highest - mean, mean - lowest)
    looked_at = np.flatnonzero(most * farthest**2 > 0.7 * _HALF * len(X) * variance.sum(axis=0) / counts)
    found = (_wild_values(X[:, j], most, columns[j]) for j in looked_at.tolist())
    return [each for each in found if each is not None]


def _extremes(X: NDArray[Any], choose: np.ufunc) -> NDArray[np.float64]:
    """Return the largest, or smallest, value of each column; rows are joined into long ones, which takes a quarter."""
    if not X.flags.c_contiguous:
        return np.asarray(choose.reduce(X, axis=0), dtype=np.float64)
    d = X.shape[1]
    at_once = max(1, _JOINED // d)
    whole = len(X) // at_once * at_once
    joined = choose.reduce(X[:whole].reshape(-1, at_once * d), axis=0) if whole else X[:0]
    extremes: NDArray[np.float64] = choose.reduce(np.concatenate([joined.reshape(-1, d), X[whole:]]), axis=0)
    return extremes.astype(np.float64)


def _wild_values(column: NDArray[Any], most: int, name: str | int) -> WildValues | None:
    values = column[~np.isnan(column)].astype(np.float64)
    if len(values) < _LEAST_ROWS:
        return None
    low, median, high = quantiles(values)
    # Columns of which most values are the same, as counts and pixels, have all their variance in the others.
    if not high > low:
        return None
    distance = np.abs(values - median)
    largest = distance.max()
    few = np.argpartition(distance, len(distance) - most)[-most:]
    squares = (distance / largest) ** 2
    share = float(squares[few].sum() / squares.sum())
    if share <= _HALF:
        return None
    wild = few[np.argsort(-distance[few])]
    n_cells = 1 + int(np.searchsorted(np.cumsum(squares[wild]), _HALF * squares.sum()))
    return WildValues(name, float(values[wild[0]]), n_cells, float(squares[wild[:n_cells]].sum() / squares.sum()))
