"""The protocol of a source of rows: the additive questions that a fit asks, wherever the rows live.

Sums over parts of the rows add up to those of all, so that a source of many parts asks each part and adds the answers.
Nothing above this folder sees an array of all rows.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.scaling import Scaling, scaling_of, shrinkage_to_one

Array = NDArray[np.float64]


class Passes(Protocol):
    """Passes over rows that are prepared once and visited many times."""

    threads: int
    total_weight: float
    rounding: float
    """Part of the objective by which it may drop through rounding alone."""

    def expectation(self, parameters: Parameters) -> Statistics:
        """Return the log-likelihood and sufficient statistics at these parameters."""


class Rows(Protocol):
    """Rows with labels and weights."""

    @property
    def n_features(self) -> int:
        """Number of columns."""

    @property
    def dtype(self) -> Any:
        """Precision of the rows."""

    @property
    def incomplete(self) -> bool:
        """Whether NaN stands for values that were not measured."""

    @property
    def unlabeled_weight(self) -> float:
        """What an unlabelled row counts beside a labelled one: lambda."""

    def largest(self) -> Array:
        """Return the largest absolute value of each column, among rows that count. Parts merge by their maximum."""

    def column_sums(self, shrink: Array, centre: Array, power: int) -> Array:
        """Return weighted sums of (x * shrink - centre) ** power over the measured values of each column."""

    def measured_weight(self, *, labeled: bool = False) -> Array:
        """Return the weight of the rows in which each column was measured; of those with some label, if asked."""

    def total_weight(self) -> float:
        """Return what all rows count together."""

    def labeled_weight(self, n_classes: int) -> Array:
        """Return the weight of the rows with a sure label, by class."""

    def class_sums(self, n_classes: int, centre: Array) -> tuple[Array, Array]:
        """Return weight and weighted sums of x - centre of measured values, of shape (classes, features).

        Of rows with a sure label only.
        """

    def labeled_moments(self, start: Parameters, scaling: Scaling, fill: Array | None, threads: int) -> Statistics:
        """Return statistics of the rows with some label, a component for each class, at the parameters `start`.

        Missing values of rows with a sure label count as those of `fill`, of shape (classes, features), in the units
        of the data; those of others as the centre. None means that nothing is missing.
        """

    def on_line(self, scaling: Scaling, direction: Array) -> tuple[Array, NDArray[np.int64], Array]:
        """Return places along a direction, codes and weights of the rows that count, one after the other.

        Missing values lie at the centre.
        """

    def take(self, numbers: NDArray[np.int64], scaling: Scaling) -> Array:
        """Return the scaled rows with these numbers, in the order of `on_line`; missing values lie at the centre."""

    def passes(self, scaling: Scaling, class_first: NDArray[np.int64], threads: int, *, prune: bool = True) -> Passes:
        """Return passes over the rows that count."""


def scale_columns(rows: Rows, *, one_scale: bool = False) -> Scaling:
    """Return the scaling of the columns by their moments; zero weight equals absence.

    Raises
    ------
    ValueError
        If a column varies so much, or so little, that its variance is not a floating-point number.
    """
    shrink = shrinkage_to_one(rows.largest())
    total = rows.measured_weight()
    # A column that was not measured in any row that counts has a variance of one: rows may have no numbers at all.
    unknown = ~(total > 0)
    total = np.where(unknown, 1.0, total)
    mean = rows.column_sums(shrink, np.zeros(rows.n_features), 1) / total
    variance = np.where(unknown, 1.0, rows.column_sums(shrink, mean, 2) / total)
    return scaling_of(shrink, mean, variance, rows.dtype, one_scale=one_scale)
