"""Answers of a candidate for labelled rows held out, and their errors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from semigen.compose.stacking import weigh
from semigen.model_selection.any_classifier import AnyFit, fit_any
from semigen.model_selection.cross_fit import Fold
from semigen.recommendation.competitors import Candidate
from semigen.recommendation.time_limit import one_thread_of_torch

_PARTS = 5


@dataclass(frozen=True)
class Answers:
    """Answers for some labelled rows.

    Attributes
    ----------
    codes : array of shape (rows,)
        Their classes.
    wrong : array of shape (rows,)
        1 where another class was predicted.
    probability : array of shape (rows, classes) or None
        None if the classifier gives none.
    """

    codes: NDArray[np.int64]
    wrong: NDArray[np.float64]
    probability: NDArray[np.float64] | None

    @property
    def quadratic(self) -> NDArray[np.float64]:
        """Half of Brier's score of each row, 0 to 1; errors, if there are no probabilities.

        It is a proper score: its expectation is least for the true probabilities
        (G. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78, 1950).
        """
        if self.probability is None:
            return self.wrong
        off = self.probability.copy()
        off[np.arange(len(self.codes)), self.codes] -= 1
        return np.asarray(0.5 * np.square(off).sum(axis=1))

    def part(self, rows: NDArray[np.int64]) -> Answers:
        """Return those of some rows."""
        return Answers(self.codes[rows], self.wrong[rows], None if self.probability is None else self.probability[rows])


def fit_candidate(
    candidate: Candidate,
    estimator: Any,
    X: Any,
    classes: NDArray[Any],
    codes: NDArray[np.int64],
    seed: int,
    groups: NDArray[np.int64] | None = None,
) -> AnyFit:
    """Return a fit of this candidate's estimator, which may be that for the race or that for all rows."""
    with one_thread_of_torch() if candidate.deep else nullcontext():
        return fit_any(estimator, X, classes, codes, seed, groups=groups)


def folds_for(candidate: Candidate, folds: Sequence[Fold], n_rows: int) -> Sequence[Fold]:
    """Return the folds of a round: of a candidate that measures itself a single one, with all rows in training."""
    if not candidate.measures_itself:
        return folds
    return [Fold(test=np.concatenate([fold.test for fold in folds]), train=np.arange(n_rows))]


def answers_of(
    candidate: Candidate, fit: AnyFit, X: Any, tested: NDArray[np.int64], codes: NDArray[np.int64]
) -> Answers:
    """Return what a fit to a fold's training rows says of the rows held out, some of those of X and codes."""
    if candidate.measures_itself:
        return own_answers(fit, tested, codes[tested])
    return predict_candidate(fit, _safe_indexing(X, tested), codes[tested])


def predict_candidate(fit: AnyFit, rows: Any, codes: NDArray[np.int64]) -> Answers:
    """Return the answers of a fit for rows of these classes."""
    wrong = fit.errs(rows, codes).astype(np.float64)
    said: Any = fit.model.predict_proba(rows) if hasattr(fit.model, "predict_proba") else None
    if said is None:
        return Answers(codes, wrong, None)
    probability = np.nan_to_num(np.asarray(said, dtype=np.float64))
    if probability.shape != (len(codes), len(fit.names)):
        raise ValueError(f"predict_proba gives an array of shape {probability.shape} for {len(codes)} rows.")
    return Answers(codes, wrong, probability)


class OtherRowsError(ValueError):
    """A candidate that measures itself held out other rows than those by which all are compared."""


def own_answers(fit: AnyFit, tested: NDArray[np.int64], codes: NDArray[np.int64]) -> Answers:
    """Return what a fit that measures itself said of labels that it held out, for rows of these numbers and classes.

    Raises
    ------
    OtherRowsError
        If it held out other rows.
    """
    rows: NDArray[np.int64] = fit.model.held_out_rows_
    order = np.argsort(rows)
    if not np.array_equal(rows[order], np.sort(tested)):
        raise OtherRowsError("It held out other rows than those by which all candidates are compared.")
    return _of_average(codes, fit.model.cross_fitted_proba_[order[np.searchsorted(rows[order], tested)]])


def joined(parts: Sequence[Answers]) -> Answers:
    """Return the answers for the rows of several folds together."""
    probability = [each.probability for each in parts if each.probability is not None]
    return Answers(
        np.concatenate([each.codes for each in parts]),
        np.concatenate([each.wrong for each in parts]),
        np.concatenate(probability) if len(probability) == len(parts) else None,
    )


def averaged(members: Sequence[Answers], weights: Sequence[float]) -> Answers:
    """Return the answers of the mean of several candidates' probabilities for the same rows."""
    return _of_average(members[0].codes, np.average([each.probability for each in members], axis=0, weights=weights))


def stacked(members: Sequence[Answers], weights: Sequence[float]) -> Answers:
    """Return the answers of several candidates weighed by what they said of the other rows, beside prior weights.

    Rows are dealt to `_PARTS` parts in the order of their numbers; the weights for a part come from the others.
    """
    every, codes = np.array([each.probability for each in members]), members[0].codes
    probability = np.empty_like(every[0])
    part = np.arange(len(codes)) % _PARTS
    for number in range(_PARTS):
        others, mine = part != number, part == number
        found = weigh(every[:, others], codes[others], np.ones(int(others.sum())), np.array(weights))
        probability[mine] = found.average(every[:, mine])
    return _of_average(codes, probability)


def _of_average(codes: NDArray[np.int64], probability: NDArray[np.float64]) -> Answers:
    return Answers(codes, (probability.argmax(axis=1) != codes).astype(np.float64), probability)
