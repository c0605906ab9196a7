"""A source of rows in partitions, which shows that a source is one file and that fits ask additive questions only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows


def in_order(parts: list, order: list[int], ask: Callable) -> list:
    """Ask the parts in this order; return the answers in the order of the parts."""
    answers = {i: ask(parts[i]) for i in order}
    return [answers[i] for i in range(len(parts))]


@dataclass(frozen=True, eq=False)
class PartitionedRows:
    """Rows in partitions, which are asked in the given order."""

    parts: list[ArrayRows]
    order: list[int]

    @classmethod
    def of(cls, rows: ArrayRows, ends: list[int], order: list[int]) -> PartitionedRows:
        """Cut rows where the partitions end."""
        parts = []
        for first, last in zip([0, *ends], [*ends, len(rows.X)], strict=True):
            some = slice(first, last)
            weights = None if rows.weights is None else rows.weights[some]
            log_prior = None if rows.log_prior is None else rows.log_prior[some]
            parts.append(replace(rows, X=rows.X[some], codes=rows.codes[some], weights=weights, log_prior=log_prior))
        return cls(parts, order)

    def _all(self, ask: Callable) -> list:
        return in_order(self.parts, self.order, ask)

    def _sum(self, ask: Callable):
        return reduce(lambda total, part: total + part, self._all(ask))

    @property
    def n_features(self) -> int:
        return self.parts[0].n_features

    @property
    def dtype(self):
        return self.parts[0].dtype

    @property
    def incomplete(self) -> bool:
        return any(part.incomplete for part in self.parts)

    def largest(self) -> np.ndarray:
        return np.max(self._all(ArrayRows.largest), axis=0)

    def column_sums(self, shrink, centre, power) -> np.ndarray:
        return self._sum(lambda part: part.column_sums(shrink, centre, power))

    def measured_weight(self, *, labeled=False) -> np.ndarray:
        return self._sum(lambda part: part.measured_weight(labeled=labeled))

    def total_weight(self) -> float:
        return self._sum(ArrayRows.total_weight)

    @property
    def unlabeled_weight(self) -> float:
        return self.parts[0].unlabeled_weight

    def labeled_weight(self, n_classes) -> np.ndarray:
        return self._sum(lambda part: part.labeled_weight(n_classes))

    def class_sums(self, n_classes, centre):
        measured, total = zip(*self._all(lambda part: part.class_sums(n_classes, centre)), strict=True)
        return sum(measured), sum(total)

    def labeled_moments(self, start, scaling, fill, threads) -> Statistics:
        return self._sum(lambda part: part.labeled_moments(start, scaling, fill, threads))

    def on_line(self, scaling, direction):
        answers = self._all(lambda part: part.on_line(scaling, direction))
        return tuple(np.concatenate(column) for column in zip(*answers, strict=True))

    def take(self, numbers, scaling) -> np.ndarray:
        sizes = [int((part.effective_weights() > 0).sum()) for part in self.parts]
        taken = np.empty((len(numbers), self.n_features))
        for part, first, size in zip(self.parts, np.cumsum([0, *sizes[:-1]]), sizes, strict=True):
            its = (numbers >= first) & (numbers < first + size)
            taken[its] = part.take(numbers[its] - first, scaling)
        return taken

    def passes(self, scaling: Scaling, class_first, threads, *, prune=True) -> PartitionedPasses:
        made = self._all(lambda part: part.passes(scaling, class_first, threads, prune=prune))
        return PartitionedPasses(made, self.order)


@dataclass
class PartitionedPasses:
    """Passes over every partition, added up in the order of the partitions."""

    parts: list[ArrayPasses]
    order: list[int]

    @property
    def threads(self) -> int:
        return self.parts[0].threads

    @property
    def rounding(self) -> float:
        return self.parts[0].rounding

    @property
    def total_weight(self) -> float:
        return sum(part.total_weight for part in self.parts)

    def expectation(self, parameters: Parameters) -> Statistics:
        return sum(in_order(self.parts, self.order, lambda part: part.expectation(parameters)))
