"""Scores of new rows by a fitted mixture: log p(x, class) of each, or the likeliest class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.mixture.blocks.product import BlockCells
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.missing_patterns import (
    Pattern,
    completes_rows,
    measured_by_pattern,
    patterns_of,
    rows_on_their_own,
    scaling_of_patterns,
)


@dataclass(frozen=True)
class Scoring:
    """A mixture that scores rows which may belong to any class, in the units of the rows.

    Attributes
    ----------
    class_first : array of shape (classes + 1,)
        First component of each class, and the number of components.
    incomplete : bool
        Whether NaN stands for values that were not measured.
    cells : BlockCells or None
        What the rows hold in columns that are no numbers.
    """

    scaling: Scaling
    parameters: Parameters
    class_first: NDArray[np.int64]
    threads: int
    incomplete: bool = False
    cells: BlockCells | None = None

    def class_scores(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return log p(what was measured, class), a row per row and a column per class."""
        family, log_weights, means, _, factors = self._arrays()
        if not self.incomplete:
            rows = self._pass_over(X, self._moved, self.cells)
            scores = rows.class_scores(family, log_weights, means, factors, *self._options())
            scores += self.scaling.log_volume
            return scores
        scores = self._of_patterns(X, self.cells, "class_scores")
        scores += (~np.isnan(X) @ np.log(self.scaling.scale))[:, None]
        return scores

    def likeliest_classes(self, X: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the code of the most probable class of the rows with these numbers, in one pass."""
        family, log_weights, means, _, factors = self._arrays()
        if not self.incomplete:
            rows = self._pass_over(X, self._moved, self.cells, order=chosen)
            return rows.likeliest_classes(family, log_weights, means, factors, *self._options())
        cells = None if self.cells is None else self.cells.take(chosen)
        return self._of_patterns(X[chosen], cells, "likeliest_classes")

    def _of_patterns(self, X: NDArray[Any], cells: BlockCells | None, answer: str) -> NDArray[Any]:
        """Return what a pass by patterns of missing values answers, in the order of the rows."""
        patterns, alone = patterns_of(X), np.zeros(0, dtype=np.int64)
        if completes_rows(self.parameters):
            patterns, alone = rows_on_their_own(patterns, X, np.zeros(len(X), dtype=np.int64))
        ask = getattr(self._pass_by_patterns(X, cells, patterns, alone), answer)
        found, singular = ask(*self._arrays(), *self._options())
        if singular >= 0:
            raise SingularCovarianceError(singular)
        in_order: NDArray[Any] = np.empty_like(found)
        in_order[np.concatenate([*(each.rows for each in patterns), alone])] = found
        return in_order

    @property
    def _moved(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.scaling.centre, self.scaling.scale

    def _arrays(self) -> tuple[Any, ...]:
        given = self.parameters
        return given.form.core, given.log_weights, given.means, given.covariances, given.factors

    def _options(self) -> tuple[Any, ...]:
        of_blocks = self.parameters.blocks
        tables = None if self.cells is None or of_blocks is None else self.cells.tables(of_blocks)
        return self.class_first, self.threads, self.parameters.degrees_of_freedom, tables

    def _pass_over(
        self,
        X: NDArray[Any],
        moved: tuple[NDArray[np.float64], NDArray[np.float64]],
        cells: BlockCells | None,
        order: NDArray[np.int64] | None = None,
    ) -> _core.RowPass:
        count = len(X) if order is None else len(order)
        return _core.row_pass(
            X,
            centre=moved[0],
            scale=moved[1],
            order=order,
            groups=[[0, count, 0, self.parameters.n_components, -1]],
            group_weights=[1.0],
            weights=None,
            cells=None if cells is None else cells.cells.as_tuple(),
        )

    def _pass_by_patterns(
        self, X: NDArray[Any], cells: BlockCells | None, patterns: Sequence[Pattern], alone: NDArray[np.int64]
    ) -> _core.PatternPass:
        measured = measured_by_pattern(X, patterns) if patterns else ()
        moved = scaling_of_patterns(self.scaling, patterns) if patterns else ()
        of_each = [None if cells is None else cells.take(each.rows) for each in patterns]
        passes = [self._pass_over(*each) for each in zip(measured, moved, of_each, strict=True)]
        incomplete = None
        if len(alone):
            of_alone = None if cells is None else cells.take(alone)
            incomplete = self._pass_over(X[alone].astype(np.float64), self._moved, of_alone)
        return _core.pattern_pass(passes, [each.observed for each in patterns], X.shape[1], incomplete)
