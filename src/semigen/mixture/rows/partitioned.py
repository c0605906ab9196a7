"""Rows in parts: the labelled ones in memory, sums over the parts for all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from semigen.labels import UNLABELED_CODE
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows

Array = NDArray[np.float64]
Answer = TypeVar("Answer")


class Parts(Protocol):
    """Parts of the unlabelled rows, somewhere."""

    def total(self, ask: Callable[[ArrayRows], Answer]) -> Answer:
        """Return the sum of what all parts answer, in a tree that depends on their number alone."""


@dataclass(frozen=True, eq=False)
class PartitionedRows:
    """Rows with some label in memory, and unlabelled ones in parts that are visited for every sum.

    Attributes
    ----------
    labeled : ArrayRows
    sample : ArrayRows
        Some of the unlabelled rows, weighing what all of them weigh: for starts, which look at places of rows.
    parts : Parts
    dtype : dtype
        Of all rows.
    incomplete : bool
        Whether NaN stands for values that were not measured.
    unlabeled_largest, unlabeled_measured : arrays of shape (d,)
        Of the unlabelled rows: largest absolute values, and the weight in which each column was measured, times
        lambda.
    unlabeled_total : float
        What they count together, times lambda.
    """

    labeled: ArrayRows
    sample: ArrayRows
    parts: Parts
    dtype: Any
    incomplete: bool
    unlabeled_largest: Array
    unlabeled_measured: Array
    unlabeled_total: float

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.labeled.n_features

    @property
    def unlabeled_weight(self) -> float:
        """What an unlabelled row counts beside a labelled one: lambda."""
        return self.labeled.unlabeled_weight

    def largest(self) -> Array:
        """Return the largest absolute value of each column, among rows that count."""
        return np.maximum(self.labeled.largest(), self.unlabeled_largest)

    def column_sums(self, shrink: Array, centre: Array, power: int) -> Array:
        """Return weighted sums of (x * shrink - centre) ** power over the measured values of each column."""
        ask = partial(ArrayRows.column_sums, shrink=shrink, centre=centre, power=power)
        return self.labeled.column_sums(shrink, centre, power) + self.parts.total(ask)

    def measured_weight(self, *, labeled: bool = False) -> Array:
        """Return the weight of the rows in which each column was measured; of those with some label, if asked."""
        mine = self.labeled.measured_weight(labeled=labeled)
        return mine if labeled else mine + self.unlabeled_measured

    def total_weight(self) -> float:
        """Return what all rows count together."""
        return self.labeled.total_weight() + self.unlabeled_total

    def labeled_weight(self, n_classes: int) -> Array:
        """Return the weight of the rows with a sure label, by class."""
        return self.labeled.labeled_weight(n_classes)

    def class_sums(self, n_classes: int, centre: Array) -> tuple[Array, Array]:
        """Return weight and weighted sums of x - centre of measured values, by class, of rows with a sure label."""
        return self.labeled.class_sums(n_classes, centre)

    def labeled_moments(self, start: Parameters, scaling: Scaling, fill: Array | None, threads: int) -> Statistics:
        """Return statistics of the rows with some label, a component for each class, at the parameters `start`."""
        return self.labeled.labeled_moments(start, scaling, fill, threads)

    def on_line(self, scaling: Scaling, direction: Array) -> tuple[Array, NDArray[np.int64], Array]:
        """Return places along a direction, codes and weights of the labelled rows and the sample."""
        return self._known.on_line(scaling, direction)

    def take(self, numbers: NDArray[np.int64], scaling: Scaling) -> Array:
        """Return the scaled rows with these numbers, in the order of `on_line`; missing values lie at the centre."""
        return self._known.take(numbers, scaling)

    @cached_property
    def _known(self) -> ArrayRows:
        """The rows in memory, the sample behind the labelled rows."""
        both = (self.labeled, self.sample)
        log_prior = self.labeled.log_prior
        if log_prior is not None:
            log_prior = np.vstack([log_prior, np.zeros((len(self.sample.X), log_prior.shape[1]))])
        return ArrayRows(
            np.concatenate([each.X for each in both]),
            np.concatenate([each.codes for each in both]),
            np.concatenate([np.ones(len(each.X)) if each.weights is None else each.weights for each in both]),
            self.labeled.unlabeled_weight,
            log_prior,
            self.incomplete,
        )

    def passes(
        self, scaling: Scaling, class_first: NDArray[np.int64], threads: int, *, prune: bool = True
    ) -> PartitionedPasses:
        """Return passes over the rows that count."""
        return PartitionedPasses(self, scaling, class_first, threads, prune=prune)


class PartitionedPasses:
    """Passes over the labelled rows, and over every part."""

    def __init__(
        self, rows: PartitionedRows, scaling: Scaling, class_first: NDArray[np.int64], threads: int, *, prune: bool
    ):
        self.threads = threads
        self.total_weight = rows.total_weight()
        self._labeled = rows.labeled.passes(scaling, class_first, threads, prune=prune)
        self.rounding = self._labeled.rounding
        self._parts = rows.parts
        self._expectation = partial(Expectation, scaling, class_first, threads, prune)

    def expectation(self, parameters: Parameters) -> Statistics:
        """Return the log-likelihood and sufficient statistics at these parameters: the E step."""
        return self._labeled.expectation(parameters) + self._parts.total(self._expectation(parameters))


@dataclass(frozen=True, eq=False)
class Expectation:
    """The question of an E step: the log-likelihood and sufficient statistics of a part."""

    scaling: Scaling
    class_first: NDArray[np.int64]
    threads: int
    prune: bool
    parameters: Parameters

    def __call__(self, rows: ArrayRows) -> Statistics:
        """Return the answer of some rows."""
        passes = ArrayPasses(rows, self.scaling, self.class_first, self.threads, prune=self.prune)
        return passes.expectation(self.parameters)


def unlabeled_rows(
    X: NDArray[Any], weights: NDArray[np.float64] | None, unlabeled_weight: float, *, incomplete: bool
) -> ArrayRows:
    """Return rows none of which has a label."""
    codes = np.broadcast_to(np.int64(UNLABELED_CODE), len(X))
    return ArrayRows(X, codes, weights, unlabeled_weight, None, incomplete, all_unlabeled=True)
