"""Rows whose labels a person should check: given ones that look wrong, and the predictions that are least sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A prediction whose probability is below this is called unsure.
SURE = 0.9
# A given label that is this improbable while it is hidden, and less probable than another class, looks wrong: all other
# classes together are then four times as probable, or more.
HIDDEN_DOUBT = 0.2
# Rows that are named.
_MOST_DOUBTED, _MOST_UNSURE = 10, 5


@dataclass(frozen=True)
class Answers:
    """What a classifier says of the rows of a table.

    Attributes
    ----------
    classes : sequence
    codes : array of int of shape (n,)
        The label that was given, or else the most probable class.
    given : array of bool of shape (n,)
        Whether it was given.
    probability : array of shape (n,)
        Of that class; NaN where the classifier has no answer.
    best : array of int of shape (n,)
        The most probable class.
    best_probability : array of shape (n,)
    """

    classes: Sequence[Any]
    codes: NDArray[np.int64]
    given: NDArray[np.bool_]
    probability: NDArray[np.float64]
    best: NDArray[np.int64]
    best_probability: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HiddenLabels:
    """Answers of a classifier for rows whose labels were hidden from it, means over the times that they were.

    A classifier that has learnt from a wrong label often repeats it; one that has not seen it does not.

    Attributes
    ----------
    rows : array of int of shape (hidden,)
        Numbers of the rows, from 0, in rising order.
    probability : array of shape (hidden,)
        Of the label that was given.
    best : array of shape (hidden,)
        The most probable class.
    best_probability : array of shape (hidden,)
    """

    rows: NDArray[np.int64]
    probability: NDArray[np.float64]
    best: NDArray[Any]
    best_probability: NDArray[np.float64]


@dataclass(frozen=True)
class RowToCheck:
    """A row, the label that it has, and the class that is the most probable one.

    Attributes
    ----------
    row : int
        Its number, from 1.
    label, best : object
    probability, best_probability : float
    hidden : bool
        Whether they are of a classifier from which the label was hidden.
    """

    row: int
    label: Any
    probability: float
    best: Any
    best_probability: float
    hidden: bool = False


@dataclass(frozen=True)
class RowsToCheck:
    """Rows to check, in the order in which to look at them.

    Attributes
    ----------
    doubted : tuple of RowToCheck
        Given labels that look wrong, as another class is more probable although the classifier learnt from the label,
        or the label was improbable while it was hidden (`HIDDEN_DOUBT`); the most doubtful first.
    n_doubted, n_given : int
        How many there are, named or not, of how many given labels.
    unsure : tuple of RowToCheck
        Predictions that are least sure, the least sure first.
    n_predicted : int
        Of how many.
    n_unsure : int
        How many of these have a probability below `SURE`.
    predicted : tuple of (class, int)
        How many of these are predicted to be of each class, most first.
    n_hidden : int
        How many of the given labels were hidden once.
    """

    doubted: tuple[RowToCheck, ...]
    n_doubted: int
    n_given: int
    unsure: tuple[RowToCheck, ...]
    n_predicted: int
    n_unsure: int = 0
    predicted: tuple[tuple[Any, int], ...] = ()
    n_hidden: int = 0

    def __add__(self, other: RowsToCheck) -> RowsToCheck:
        """Return those of two tables, of which the other stands below this one."""
        counts: dict[Any, int] = dict(self.predicted)
        for label, n in other.predicted:
            counts[label] = counts.get(label, 0) + n
        return RowsToCheck(
            _first(self.doubted + other.doubted, _MOST_DOUBTED),
            self.n_doubted + other.n_doubted,
            self.n_given + other.n_given,
            _first(self.unsure + other.unsure, _MOST_UNSURE),
            self.n_predicted + other.n_predicted,
            self.n_unsure + other.n_unsure,
            tuple(sorted(counts.items(), key=lambda pair: -pair[1])),
            self.n_hidden + other.n_hidden,
        )


def rows_to_check(
    answers: Answers, numbers: NDArray[np.int64] | None = None, hidden: HiddenLabels | None = None
) -> RowsToCheck:
    """Return the rows whose labels to check first.

    Parameters
    ----------
    answers : Answers
    numbers : array of int of shape (n,), optional
        Of the rows, from 0; by default they are all that there are.
    hidden : HiddenLabels, optional
        What was said of given labels while they were hidden, by the same numbers.
    """
    doubted = np.flatnonzero(answers.given & (answers.best_probability > answers.probability))
    named = _least_probable(answers, doubted, _MOST_DOUBTED, numbers)
    n_doubted, n_hidden = len(doubted), 0
    if hidden is not None:
        every = np.arange(len(answers.codes)) if numbers is None else numbers
        _, here, of_hidden = np.intersect1d(every, hidden.rows, return_indices=True)
        unlikely = (hidden.probability <= HIDDEN_DOUBT) & (hidden.probability < hidden.best_probability)
        unlikely = unlikely[of_hidden]
        n_hidden, n_doubted = len(here), len(np.union1d(doubted, here[unlikely]))
        named = _merged(named, _doubted_while_hidden(answers, here[unlikely], hidden, of_hidden[unlikely]))
    predicted = np.flatnonzero(~answers.given)
    counts = np.bincount(answers.codes[predicted], minlength=len(answers.classes))
    return RowsToCheck(
        named,
        n_doubted,
        int(answers.given.sum()),
        _least_probable(answers, predicted, _MOST_UNSURE, numbers),
        len(predicted),
        int((answers.probability[predicted] < SURE).sum()),
        tuple((answers.classes[k], int(counts[k])) for k in np.argsort(-counts, kind="stable") if counts[k]),
        n_hidden,
    )


def _doubted_while_hidden(
    answers: Answers, rows: NDArray[np.int64], hidden: HiddenLabels, of_hidden: NDArray[np.int64]
) -> tuple[RowToCheck, ...]:
    """Return rows with what was said of them while their labels were hidden."""
    return tuple(
        RowToCheck(
            int(hidden.rows[k]) + 1,
            answers.classes[answers.codes[row]],
            float(hidden.probability[k]),
            hidden.best[k],
            float(hidden.best_probability[k]),
            hidden=True,
        )
        for row, k in zip(rows.tolist(), of_hidden.tolist(), strict=True)
    )


def _merged(some: tuple[RowToCheck, ...], others: tuple[RowToCheck, ...]) -> tuple[RowToCheck, ...]:
    """Return the most doubtful of both; a row that is in both is taken as it is the more doubtful."""
    merged: dict[int, RowToCheck] = {}
    for each in _first(some + others, len(some) + len(others)):
        merged.setdefault(each.row, each)
    return tuple(merged.values())[:_MOST_DOUBTED]


def _first(rows: tuple[RowToCheck, ...], most: int) -> tuple[RowToCheck, ...]:
    return tuple(sorted(rows, key=lambda row: -1.0 if np.isnan(row.probability) else row.probability)[:most])


def _least_probable(
    answers: Answers, rows: NDArray[np.int64], most: int, numbers: NDArray[np.int64] | None
) -> tuple[RowToCheck, ...]:
    # Rows without an answer before all others.
    order = np.argsort(np.nan_to_num(answers.probability[rows], nan=-1.0), kind="stable")[:most]
    return tuple(
        RowToCheck(
            (row if numbers is None else int(numbers[row])) + 1,
            answers.classes[answers.codes[row]],
            float(answers.probability[row]),
            answers.classes[answers.best[row]],
            float(answers.best_probability[row]),
        )
        for row in rows[order].tolist()
    )
