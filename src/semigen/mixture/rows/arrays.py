"""Rows in an array: the source of rows of an ordinary fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.labels import UNLABELED_CODE, UNSURE_CODE
from semigen.mixture.blocks.product import BlockCells
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError, Statistics
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.label_groups import certainty, groups_of, groups_of_parts, with_novel_classes
from semigen.mixture.rows.missing_patterns import (
    Pattern,
    completes_rows,
    measured_by_pattern,
    observed_weight,
    patterns_of,
    rows_on_their_own,
    scaling_of_patterns,
)

# Values that are looked at in one go: few enough that Ctrl-C is heard soon, and that copies are small.
_BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class ArrayRows:
    """Rows with codes and weights; unlabelled rows count `unlabeled_weight` times their own weight.

    Attributes
    ----------
    X : array of shape (n, d), float32 or float64
    codes : array of shape (n,)
        Class of each row, -1 for unlabelled, -2 for unsure.
    weights : array of shape (n,) or None
        Own weight of each row; None is all ones.
    unlabeled_weight : float
        lambda of EM-lambda.
    log_prior : array of shape (n, classes) or None
        What is known beforehand of the classes of unsure rows; None if there are none.
    incomplete : bool
        Whether NaN in X stands for values that were not measured.
    all_unlabeled : bool
        Whether it is known that no row has a label, so that passes need not look.
    cells : BlockCells or None
        What the rows hold in columns that are no numbers.
    """

    X: NDArray[Any]
    codes: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    unlabeled_weight: float
    log_prior: NDArray[np.float64] | None = None
    incomplete: bool = False
    all_unlabeled: bool = False
    cells: BlockCells | None = None

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return int(self.X.shape[1])

    @property
    def dtype(self) -> Any:
        """Precision of the rows."""
        return self.X.dtype

    def effective_weights(self) -> NDArray[np.float64]:
        """Return what each row counts in the objective."""
        return self._effective

    @cached_property
    def _effective(self) -> NDArray[np.float64]:
        own = self.weights_beside_groups()
        of_group = np.where(self.codes == UNLABELED_CODE, self.unlabeled_weight, 1.0)
        return of_group if own is None else own * of_group

    @cached_property
    def by_code(self) -> NDArray[np.int64]:
        """Numbers of the rows that count, those of a code together."""
        order = np.argsort(self.codes, kind="stable")
        counts = self._effective[order] > 0
        return order if counts.all() else order[counts]

    def weights_beside_groups(self) -> NDArray[np.float64] | None:
        """Return what each row counts besides the weight of its group; None is all ones.

        An unsure row counts between lambda and one, by how much its label says.
        """
        unsure = self.codes == UNSURE_CODE
        if self.log_prior is None or self.unlabeled_weight == 1 or not unsure.any():
            return self.weights
        own = np.ones(len(self.X)) if self.weights is None else self.weights.copy()
        said = certainty(self.log_prior[unsure])
        own[unsure] *= self.unlabeled_weight + (1 - self.unlabeled_weight) * said
        return own

    def largest(self) -> NDArray[np.float64]:
        """Return the largest absolute value of each column, among rows that count."""
        largest = np.zeros(self.n_features)
        for block, _ in self._blocks():
            largest = np.maximum(largest, np.fmax.reduce(np.abs(block), axis=0, initial=0))
        return largest

    def column_sums(self, shrink: NDArray[np.float64], centre: NDArray[np.float64], power: int) -> NDArray[np.float64]:
        """Return weighted sums of (x * shrink - centre) ** power over the measured values of each column."""
        total = np.zeros(self.n_features)
        for block, weights in self._blocks():
            values = block * shrink
            values -= centre
            values **= power
            if self.incomplete:
                values[np.isnan(values)] = 0.0
            total += weights @ values
        return total

    def _blocks(self) -> Iterator[tuple[NDArray[Any], NDArray[np.float64]]]:
        """Yield rows that count with their weights, blocks of rows that are the same on every machine.

        Few columns come in Fortran order: NumPy's innermost loops would be as short as a row.
        """
        order: Literal["F", "K"] = "F" if self.n_features < 8 else "K"
        effective = self.effective_weights()
        size = int(np.clip(_BLOCK // self.n_features, 16, 8192))
        for first in range(0, len(self.X), size):
            block, weights = self.X[first : first + size], effective[first : first + size]
            counts = weights > 0
            if not counts.all():
                block, weights = block[counts], weights[counts]
            yield np.asarray(block, order=order), weights

    def measured_weight(self, *, labeled: bool = False) -> NDArray[np.float64]:
        """Return the weight of the rows in which each column was measured; of those with some label, if asked."""
        effective = (replace(self, unlabeled_weight=0.0) if labeled else self).effective_weights()
        if self.incomplete:
            return observed_weight(self.X, effective)
        return np.full(self.n_features, effective.sum())

    def total_weight(self) -> float:
        """Return what all rows count together."""
        return float(self.effective_weights().sum())

    def labeled_weight(self, n_classes: int) -> NDArray[np.float64]:
        """Return the weight of the rows with a sure label, by class."""
        sure = self.codes >= 0
        return np.asarray(np.bincount(self.codes[sure], self.effective_weights()[sure], minlength=n_classes))

    def class_sums(
        self, n_classes: int, centre: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return weight and weighted sums of x - centre of measured values, by class, of rows with a sure label."""
        effective = self.effective_weights()
        measured, total = np.zeros((n_classes, self.n_features)), np.zeros((n_classes, self.n_features))
        for k in np.unique(self.codes[self.codes >= 0]):
            rows = np.flatnonzero((self.codes == k) & (effective > 0))
            absent = np.isnan(self.X[rows])
            measured[k] = effective[rows] @ ~absent
            total[k] = effective[rows] @ np.where(absent, 0.0, self.X[rows] - centre)
        return measured, total

    def labeled_moments(
        self, start: Parameters, scaling: Scaling, fill: NDArray[np.float64] | None, threads: int
    ) -> Statistics:
        """Return statistics of the rows with some label, a component for each class, at the parameters `start`."""
        rows = self._labeled()
        if rows.log_prior is not None and rows.log_prior.shape[1] < start.n_components:
            # Whatever else a label says, starts take it to be of a class that has labels.
            novel = np.full((len(rows.X), start.n_components - rows.log_prior.shape[1]), -np.inf)
            rows = replace(rows, log_prior=np.hstack([rows.log_prior, novel]))
        if fill is not None:
            filled = np.where(np.isnan(rows.X), scaling.centre, rows.X).astype(rows.X.dtype, copy=False)
            sure = np.flatnonzero((rows.codes >= 0) & (rows.effective_weights() > 0))
            filled[sure] = np.where(np.isnan(rows.X[sure]), fill[rows.codes[sure]], rows.X[sure])
            rows = replace(rows, X=filled, incomplete=False)
        return rows.passes(scaling, np.arange(start.n_components + 1), threads).expectation(start)

    def _labeled(self) -> ArrayRows:
        """Return rows of which only those with some label count, without the others if that takes little memory."""
        rows = replace(self, unlabeled_weight=0.0)
        numbers = np.flatnonzero(self.codes != UNLABELED_CODE)
        if not 0 < 10 * len(numbers) <= len(self.codes):
            return rows
        weights, log_prior = (None if each is None else each[numbers] for each in (self.weights, self.log_prior))
        # Nobody asks labelled rows alone for more than moments of numbers.
        rows = replace(rows, X=self.X[numbers], codes=self.codes[numbers], cells=None)
        return replace(rows, weights=weights, log_prior=log_prior)

    def on_line(
        self, scaling: Scaling, direction: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
        """Return places along a direction, codes and weights of rows that count; missing values lie at the centre."""
        counting, effective = self._counting()
        parts = (counting[first : first + 8192] for first in range(0, len(counting), 8192))
        places = [(_scaled(scaling, self.X[some]) * direction).sum(axis=1) for some in parts]
        return np.concatenate([np.empty(0), *places]), self.codes[counting], effective[counting]

    def take(self, numbers: NDArray[np.int64], scaling: Scaling) -> NDArray[np.float64]:
        """Return the scaled rows with these numbers, in the order of `on_line`; missing values lie at the centre."""
        counting, _ = self._counting()
        return _scaled(scaling, self.X[counting[numbers]])

    def _counting(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        effective = self.effective_weights()
        return np.flatnonzero(effective > 0), effective

    def passes(
        self, scaling: Scaling, class_first: NDArray[np.int64], threads: int, *, prune: bool = True
    ) -> ArrayPasses:
        """Return passes over the rows that count."""
        return ArrayPasses(self, scaling, class_first, threads, prune=prune)


def _scaled(scaling: Scaling, X: NDArray[Any]) -> NDArray[np.float64]:
    """Return scaled rows, with what is missing at the centre."""
    return np.nan_to_num(scaling.apply(X), copy=False, posinf=np.inf, neginf=-np.inf)


class ArrayPasses:
    """Passes over the rows that count, with the rows of each class together.

    A labelled row may use the components of its class only, an unlabelled row all of them; an unsure row all of them as
    well, each class with a log prior of the row's own. A row counts by what was measured of it.
    """

    def __init__(
        self,
        rows: ArrayRows,
        scaling: Scaling,
        class_first: NDArray[np.int64],
        threads: int,
        *,
        prune: bool = True,
    ):
        self.threads = threads
        self._prune = prune
        self._rows = rows
        self._class_first = class_first
        self._component_class = np.repeat(np.arange(len(class_first) - 1), np.diff(class_first))
        self._n_features = rows.X.shape[1]
        self.rounding = 1e-4 if rows.X.dtype == np.float32 else 1e-9
        self._scaling = scaling
        self._passes: dict[bool, _core.RowPass | _core.PatternPass] = {}
        if rows.all_unlabeled and rows.weights is None and not rows.incomplete:
            self._unit, self._weights = 1.0, None
            self.total_weight = len(rows.X) * rows.unlabeled_weight
            self._passes[False] = self._pass_of_one_group()
            return
        effective = rows.effective_weights()
        order = rows.by_code
        self.total_weight = float(effective[order].sum())
        # The kernels multiply in the precision of the rows: weights are brought near 1 by a power of two, exactly.
        largest = float(effective[order].max(initial=0.0))
        own = rows.weights_beside_groups()
        self._unit = 2.0 ** -np.floor(np.log2(largest)) if own is not None and largest > 0 else 1.0
        self._weights = None if own is None else own * self._unit

    def _pass_for(self, parameters: Parameters) -> _core.RowPass | _core.PatternPass:
        """Return a pass, made when it is first asked for: only some mixtures can complete rows one by one."""
        completes = self._rows.incomplete and completes_rows(parameters)
        if completes not in self._passes:
            order = self._rows.by_code
            by_patterns = self._rows.incomplete and len(order) > 0
            self._passes[completes] = self._pass_by_patterns(order, completes) if by_patterns else self._pass_of(order)
        return self._passes[completes]

    def _pass_of(self, order: NDArray[np.int64]) -> _core.RowPass:
        """Return a pass over complete rows, where they lie."""
        in_order = len(order) == len(self._rows.X) and bool((order == np.arange(len(order))).all())
        return self._row_pass(self._rows.X, self._moved, order, self._groups(order), gathered=in_order)

    def _pass_of_one_group(self) -> _core.RowPass:
        """Return a pass over complete rows without labels and weights."""
        every = np.array([[0, len(self._rows.X), 0, self._class_first[-1], -1, 1]])
        groups = every[: len(self._rows.X)], np.array([self._rows.unlabeled_weight])[: len(self._rows.X)]
        none = np.empty(0, dtype=np.int64)
        return self._row_pass(self._rows.X, self._moved, none, groups, gathered=True)

    @property
    def _moved(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._scaling.centre, self._scaling.scale

    def _groups(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return groups_of(self._rows.codes[numbers], self._class_first, self._rows.unlabeled_weight)

    def _pass_by_patterns(self, order: NDArray[np.int64], completes: bool) -> _core.PatternPass:
        """Return a pass over copies of what was measured, pattern by pattern of missing values or row by row."""
        ordered = self._rows.X[order]
        patterns, alone = patterns_of(ordered), np.zeros(0, dtype=np.int64)
        if completes:
            patterns, alone = rows_on_their_own(patterns, ordered, self._rows.codes[order])
        passes = self._passes_of_patterns(ordered, patterns, order) if patterns else []
        incomplete = self._pass_of_incomplete(ordered[alone], order[alone]) if len(alone) else None
        return _core.pattern_pass(passes, [each.observed for each in patterns], self._n_features, incomplete)

    def _passes_of_patterns(
        self, ordered: NDArray[Any], patterns: list[Pattern], order: NDArray[np.int64]
    ) -> list[_core.RowPass]:
        numbers = [order[each.rows] for each in patterns]
        starts = np.cumsum([0, *(len(some) for some in numbers[:-1])])
        groups = groups_of_parts(
            self._rows.codes[np.concatenate(numbers)], starts, self._class_first, self._rows.unlabeled_weight
        )
        measured, moved = measured_by_pattern(ordered, patterns), scaling_of_patterns(self._scaling, patterns)
        return [self._row_pass(*each, gathered=True) for each in zip(measured, moved, numbers, groups, strict=True)]

    def _pass_of_incomplete(self, X: NDArray[Any], numbers: NDArray[np.int64]) -> _core.RowPass:
        """Return a pass over rows that are completed one by one: in float64, as eliminations would lose digits."""
        return self._row_pass(X.astype(np.float64), self._moved, numbers, self._groups(numbers), gathered=True)

    def _row_pass(
        self,
        X: NDArray[Any],
        moved: tuple[NDArray[np.float64], NDArray[np.float64]],
        numbers: NDArray[np.int64],
        groups: tuple[NDArray[np.int64], NDArray[np.float64]],
        *,
        gathered: bool,
    ) -> _core.RowPass:
        """Return a pass over the rows with these numbers; X holds them in this order, or all rows in their own."""
        log_prior, codes = self._rows.log_prior, self._rows.codes
        of_unsure = None if log_prior is None else log_prior[numbers[codes[numbers] == UNSURE_CODE]]
        if of_unsure is not None:
            of_unsure = with_novel_classes(of_unsure, len(self._class_first) - 1) if len(of_unsure) else None
        return _core.row_pass(
            X,
            centre=moved[0],
            scale=moved[1],
            order=None if gathered else numbers,
            groups=groups[0],
            group_weights=groups[1],
            weights=self._weights[numbers] if gathered and self._weights is not None else self._weights,
            log_priors=of_unsure,
            component_class=self._component_class,
            cells=self._cells_of(numbers if gathered and len(numbers) else None),
        )

    def _cells_of(self, numbers: NDArray[np.int64] | None) -> Any:
        cells = self._rows.cells
        if cells is None:
            return None
        return (cells if numbers is None else cells.take(numbers)).cells.as_tuple()

    def expectation(self, parameters: Parameters) -> Statistics:
        """Return the log-likelihood and sufficient statistics at these parameters: the E step.

        Raises
        ------
        SingularCovarianceError
            If a covariance is singular in the columns that some row has.
        """
        family, means, factors = parameters.form.core, parameters.means, parameters.factors
        degrees, options, noise = parameters.degrees_of_freedom, (self.threads, self._prune), parameters.noise
        cells, of_blocks = self._rows.cells, parameters.blocks
        tables = None if cells is None or of_blocks is None else cells.tables(of_blocks)
        beside = degrees, None if noise is None else noise.for_kernels(), tables
        passing = self._pass_for(parameters)
        if isinstance(passing, _core.PatternPass):
            flat, singular = passing.expectation(
                family, parameters.log_weights, means, parameters.covariances, factors, *options, *beside
            )
            if singular >= 0:
                raise SingularCovarianceError(singular)
        else:
            flat = passing.expectation(family, parameters.log_weights, means, factors, *options, *beside)
        flat /= self._unit
        shape = parameters.n_components, self._n_features
        tails = degrees is not None
        rank = parameters.form.rank
        found = Statistics(parameters.family, *shape, flat, rank=rank, heavy_tails=tails, noise=noise is not None)
        if noise is not None:
            flat[0] += found.noise_total * np.log1p(-noise.weight)
        return found
