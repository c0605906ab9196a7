"""Rows whose labels may be wrong: each may use all components, classes with the log prior that its labels give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from semigen.labels import UNSURE_CODE, Labels
from semigen.mixture.gaussian.doubtful_labels import DoubtfulRows
from semigen.mixture.gaussian.label_noise import LabelNoise, count_labels, log_priors
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows
from semigen.mixture.rows.partitioned import PartitionedRows
from semigen.mixture.rows.scoring import Scoring
from semigen.mixture.rows.source import Passes

# Labelled rows that are copied, and whose scores are held, at a time.
_AT_ONCE = 1 << 16


def _of_rows(name: str) -> Any:
    """Return an attribute that is that of the rows themselves."""
    return property(attrgetter(f"rows.{name}"))


@dataclass(frozen=True, eq=False)
class NoisyRows:
    """Rows whose labels may be wrong, as a source of rows.

    Sums of columns and moments are those of `rows`, whose labels are the likeliest classes; starts are read off these.

    Attributes
    ----------
    rows : ArrayRows or PartitionedRows
    given : array of shape (rows in memory, annotators)
        Codes of the labels of the rows in memory; -1 where there is none.
    noise : LabelNoise
    """

    rows: ArrayRows | PartitionedRows
    given: NDArray[np.int64]
    noise: LabelNoise

    n_features = _of_rows("n_features")
    dtype = _of_rows("dtype")
    incomplete = _of_rows("incomplete")
    unlabeled_weight = _of_rows("unlabeled_weight")
    largest = _of_rows("largest")
    column_sums = _of_rows("column_sums")
    measured_weight = _of_rows("measured_weight")
    total_weight = _of_rows("total_weight")
    labeled_weight = _of_rows("labeled_weight")
    class_sums = _of_rows("class_sums")
    labeled_moments = _of_rows("labeled_moments")
    on_line = _of_rows("on_line")
    take = _of_rows("take")

    def passes(
        self, scaling: Scaling, class_first: NDArray[np.int64], threads: int, *, prune: bool = True
    ) -> NoisyPasses:
        """Return passes over the rows that count."""
        return NoisyPasses(self, scaling, class_first, threads, prune=prune)

    def in_memory(self) -> ArrayRows:
        """Return the rows to which labels were given, and others of an array."""
        return self.rows.labeled if isinstance(self.rows, PartitionedRows) else self.rows

    def labelled(self) -> NDArray[np.int64]:
        """Return the numbers of the rows in memory that count and have labels that may be wrong."""
        return np.flatnonzero((self.given >= 0).any(axis=1) & (self.in_memory().effective_weights() > 0))

    def left_out(self, scaling: Scaling, fill: NDArray[np.float64] | None) -> DoubtfulRows:
        """Return the labelled rows for what weighs their labels, values that are missing as those of `fill`."""
        known, numbers = self.in_memory(), self.labelled()
        X, weights = self._filled(numbers, fill), known.effective_weights()[numbers]
        return DoubtfulRows(scaling.apply(X), self.given[numbers], known.codes[numbers], weights)

    def with_responsibilities(
        self, responsibilities: NDArray[np.float64], fill: NDArray[np.float64] | None
    ) -> ArrayRows:
        """Return the rows with some label, of which the labelled ones are in their classes by these parts.

        Parameters
        ----------
        responsibilities : array of shape (labelled rows, classes)
        fill : array of shape (classes, features) or None
            What missing values count as.
        """
        known, numbers = self.in_memory(), self.labelled()
        unsure = np.flatnonzero(known.codes == UNSURE_CODE)
        of_unsure = np.zeros((0, responsibilities.shape[1])) if known.log_prior is None else known.log_prior[unsure]
        both = np.concatenate([numbers, unsure])
        with np.errstate(divide="ignore"):
            log_prior = np.concatenate([np.log(responsibilities), of_unsure])
        return ArrayRows(
            self._filled(both, fill),
            np.full(len(both), UNSURE_CODE),
            None if known.weights is None else known.weights[both],
            known.unlabeled_weight,
            log_prior,
        )

    def _filled(self, numbers: NDArray[np.int64], fill: NDArray[np.float64] | None) -> NDArray[Any]:
        known = self.in_memory()
        X, codes = known.X[numbers], known.codes[numbers]
        if fill is None:
            return X
        of_rows = np.where((codes >= 0)[:, None], fill[np.maximum(codes, 0)], fill.mean(axis=0))
        return np.where(np.isnan(X), of_rows, X).astype(X.dtype, copy=False)

    def others(self) -> ArrayRows | PartitionedRows:
        """Return the rows of which the labelled ones do not count."""
        known = self.in_memory()
        weights = np.ones(len(known.X)) if known.weights is None else known.weights.copy()
        weights[self.labelled()] = 0.0
        known = replace(known, weights=weights)
        return replace(self.rows, labeled=known) if isinstance(self.rows, PartitionedRows) else known


class NoisyPasses:
    """Passes over rows with labels that may be wrong, then over all others.

    The labelled rows are visited twice, for their classes and for their statistics, and copied in parts.
    """

    def __init__(self, rows: NoisyRows, scaling: Scaling, class_first: NDArray[np.int64], threads: int, *, prune: bool):
        self.threads = threads
        self.total_weight = rows.rows.total_weight()
        self._others: Passes = rows.others().passes(scaling, class_first, threads, prune=prune)
        self.rounding = self._others.rounding
        self._rows, self._given, self._start = rows.in_memory(), rows.given, rows.noise.start
        numbers = rows.labelled()
        self._parts = [numbers[first : first + _AT_ONCE] for first in range(0, len(numbers), _AT_ONCE)]
        self._how = scaling, class_first, threads
        self._prune = prune

    def expectation(self, parameters: Parameters) -> Statistics:
        """Return the log-likelihood and sufficient statistics at these parameters, those of labels among them."""
        confusion = self._start if parameters.confusion is None else parameters.confusion
        found, counts = self._others.expectation(parameters), np.zeros(confusion.shape)
        for numbers in self._parts:
            given = self._given[numbers]
            log_prior = log_priors(confusion, given)
            rows = self._unsure(numbers, log_prior)
            found = found + ArrayPasses(rows, *self._how, prune=self._prune).expectation(parameters)
            weights = np.ones(len(numbers)) if rows.weights is None else rows.weights
            counts += count_labels(self._posterior(rows, parameters, log_prior) * weights[:, None], given)
        return replace(found, label_counts=counts)

    def _unsure(self, numbers: NDArray[np.int64], log_prior: NDArray[np.float64]) -> ArrayRows:
        rows = self._rows
        return ArrayRows(
            rows.X[numbers],
            np.full(len(numbers), UNSURE_CODE),
            None if rows.weights is None else rows.weights[numbers],
            1.0,
            log_prior,
            rows.incomplete,
        )

    def _posterior(
        self, rows: ArrayRows, parameters: Parameters, log_prior: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        scaling, class_first, threads = self._how
        scoring = Scoring(scaling, parameters, class_first, threads, incomplete=rows.incomplete)
        posterior: NDArray[np.float64] = softmax(scoring.class_scores(rows.X) + log_prior, axis=1)
        return posterior


def with_noise(
    rows: ArrayRows | PartitionedRows, labels: Labels, noise: LabelNoise | None
) -> ArrayRows | PartitionedRows | NoisyRows:
    """Return rows whose labels may be wrong; the rows as they are without noise.

    Parameters
    ----------
    rows : ArrayRows or PartitionedRows
    labels : Labels
        Of the rows in memory.
    noise : LabelNoise or None

    Raises
    ------
    ValueError
        If the labels of a row contradict one another.
    """
    if noise is None:
        return rows
    return NoisyRows(starting_at(rows, labels, noise), labels.given, noise)


def starting_at(rows: ArrayRows | PartitionedRows, labels: Labels, noise: LabelNoise) -> ArrayRows | PartitionedRows:
    """Return the rows with the likeliest class of their labels, from which a fit starts."""
    known = rows.labeled if isinstance(rows, PartitionedRows) else rows
    labelled = np.flatnonzero(labels.labeled)
    log_prior = log_priors(noise.start, labels.given[labelled])
    impossible = np.flatnonzero(~np.isfinite(log_prior).any(axis=1))
    if len(impossible):
        row = labelled[impossible[0]]
        said = [labels.names[code] for code in labels.given[row] if code >= 0]
        raise ValueError(
            f"The labels of row {row}, {said}, contradict one another: by label_noise no class can have them all. Give "
            "label_noise without zeros, or correct the labels."
        )
    codes = known.codes.copy()
    # What annotators say most often, where they are trusted alike.
    best = log_prior.max(axis=1, keepdims=True)
    ties = log_prior >= best - 1e-9 * (1 + np.abs(best))
    own = labels.codes[labelled]
    codes[labelled] = np.where(ties[np.arange(len(own)), own], own, ties.argmax(axis=1))
    known = replace(known, codes=codes)
    return replace(rows, labeled=known) if isinstance(rows, PartitionedRows) else known
