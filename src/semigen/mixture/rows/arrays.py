"""Rows on their way into passes: grouped by what their labels allow and by what they lack, passed over many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.labels import UNLABELED_CODE, UNSURE_CODE
from semigen.mixture.gaussian.parameters import FAMILIES, Parameters, SingularCovarianceError, Statistics
from semigen.mixture.gaussian.scaling import Coordinates
from semigen.mixture.rows.label_groups import certainty, groups_of, groups_of_parts
from semigen.mixture.rows.missing_patterns import Pattern, measured_by_pattern, observed_weight, patterns_of


@dataclass(frozen=True, eq=False)
class TrainingRows:
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
    """

    X: NDArray[Any]
    codes: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    unlabeled_weight: float
    log_prior: NDArray[np.float64] | None = None
    incomplete: bool = False

    def effective_weights(self) -> NDArray[np.float64]:
        """What each row counts in the objective."""
        own = self.weights_beside_groups()
        counts = np.ones(len(self.X)) if own is None else own
        return np.where(self.codes == UNLABELED_CODE, counts * self.unlabeled_weight, counts)

    def weights_beside_groups(self) -> NDArray[np.float64] | None:
        """What each row counts besides the weight of its group; None is all ones.

        An unsure row counts between lambda and one, by how much its label says.
        """
        unsure = self.codes == UNSURE_CODE
        if self.log_prior is None or self.unlabeled_weight == 1 or not unsure.any():
            return self.weights
        own = np.ones(len(self.X)) if self.weights is None else self.weights.copy()
        said = certainty(self.log_prior[unsure])
        own[unsure] *= self.unlabeled_weight + (1 - self.unlabeled_weight) * said
        return own

    def measured_weight(self) -> NDArray[np.float64]:
        """Weight behind each column: of the rows in which it is not missing."""
        effective = self.effective_weights()
        if self.incomplete:
            return observed_weight(self.X, effective)
        return np.full(self.X.shape[1], effective.sum())


class Passes:
    """Passes over the rows that count, with the rows of each class together.

    A labelled row may use the components of its class only, an unlabelled row all of them; an unsure row all of them as
    well, each class with a log prior of the row's own. A row counts by what was measured of it.
    """

    def __init__(
        self,
        rows: TrainingRows,
        coordinates: Coordinates,
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
        effective = rows.effective_weights()
        order = np.argsort(rows.codes, kind="stable")
        counts = effective[order] > 0
        if not counts.all():
            order = order[counts]
        self.total_weight = float(effective[order].sum())
        # The kernels multiply in the precision of the rows: weights are brought near 1 by a power of two, exactly.
        largest = float(effective[order].max(initial=0.0))
        own = rows.weights_beside_groups()
        self._unit = 2.0 ** -np.floor(np.log2(largest)) if own is not None and largest > 0 else 1.0
        self._weights = None if own is None else own * self._unit
        self._pass = (
            self._pass_by_patterns(coordinates, order) if rows.incomplete else self._pass_of(coordinates, order)
        )

    def _pass_of(self, coordinates: Coordinates, order: NDArray[np.int64]) -> _core.RowPass:
        """A pass over complete rows, where they lie."""
        in_order = len(order) == len(self._rows.X) and bool((order == np.arange(len(order))).all())
        groups = groups_of(self._rows.codes[order], self._class_first, self._rows.unlabeled_weight)
        return self._row_pass(self._rows.X, (coordinates.centre, coordinates.scale), order, groups, gathered=in_order)

    def _pass_by_patterns(self, coordinates: Coordinates, order: NDArray[np.int64]) -> _core.PatternPass:
        """A pass for each pattern of missing values, over copies of what was measured."""
        ordered = self._rows.X[order]
        patterns = patterns_of(ordered)
        numbers = [order[each.rows] for each in patterns]
        starts = np.cumsum([0, *(len(some) for some in numbers[:-1])])
        groups = groups_of_parts(
            self._rows.codes[np.concatenate(numbers)], starts, self._class_first, self._rows.unlabeled_weight
        )
        measured = measured_by_pattern(ordered, patterns)
        passes = [
            self._row_pass(*each, gathered=True)
            for each in zip(measured, coordinates.of_patterns(patterns), numbers, groups, strict=True)
        ]
        return _core.pattern_pass(passes, [each.observed for each in patterns], self._n_features)

    def _row_pass(
        self,
        X: NDArray[Any],
        scaling: tuple[NDArray[np.float64], NDArray[np.float64]],
        numbers: NDArray[np.int64],
        groups: tuple[NDArray[np.int64], NDArray[np.float64]],
        *,
        gathered: bool,
    ) -> _core.RowPass:
        """A pass over the training rows with these numbers; X has just those in this order, or all in their own."""
        log_prior, codes = self._rows.log_prior, self._rows.codes
        unsure = None if log_prior is None else numbers[codes[numbers] == UNSURE_CODE]
        return _core.row_pass(
            X,
            centre=scaling[0],
            scale=scaling[1],
            order=None if gathered else numbers,
            groups=groups[0],
            group_weights=groups[1],
            weights=self._weights[numbers] if gathered and self._weights is not None else self._weights,
            log_priors=None if log_prior is None or unsure is None or not len(unsure) else log_prior[unsure],
            component_class=self._component_class,
        )

    def expectation(self, parameters: Parameters) -> Statistics:
        """The E step: log-likelihood and sufficient statistics at these parameters.

        Raises
        ------
        SingularCovarianceError
            If a covariance is singular in the columns that some row has.
        """
        family, means, factors = FAMILIES[parameters.family], parameters.means, parameters.factors
        if isinstance(self._pass, _core.PatternPass):
            flat, singular = self._pass.expectation(
                family, parameters.log_weights, means, parameters.covariances, factors, self.threads, self._prune
            )
            if singular >= 0:
                raise SingularCovarianceError(singular)
        else:
            flat = self._pass.expectation(family, parameters.log_weights, means, factors, self.threads, self._prune)
        flat /= self._unit
        return Statistics(parameters.family, parameters.n_components, self._n_features, flat)


@dataclass(frozen=True)
class Scoring:
    """A mixture that scores rows which may belong to any class, in the units of the rows.

    Attributes
    ----------
    class_first : array of shape (classes + 1,)
        First component of each class, and the number of components.
    incomplete : bool
        Whether NaN stands for values that were not measured.
    """

    coordinates: Coordinates
    parameters: Parameters
    class_first: NDArray[np.int64]
    threads: int
    incomplete: bool = False

    def class_scores(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return log p(what was measured, class), a row per row and a column per class."""
        family, log_weights, means, _, factors = self._arrays()
        if not self.incomplete:
            rows = self._pass_over(X, self._scaling)
            scores = rows.class_scores(family, log_weights, means, factors, self.class_first, self.threads)
            scores += self.coordinates.log_volume
            return scores
        scores = self._of_patterns(X, "class_scores")
        scores += (~np.isnan(X) @ np.log(self.coordinates.scale))[:, None]
        return scores

    def likeliest_classes(self, X: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the code of the most probable class of the rows with these numbers, in one pass."""
        family, log_weights, means, _, factors = self._arrays()
        if not self.incomplete:
            rows = self._pass_over(X, self._scaling, order=chosen)
            return rows.likeliest_classes(family, log_weights, means, factors, self.class_first, self.threads)
        return self._of_patterns(X[chosen], "likeliest_classes")

    def _of_patterns(self, X: NDArray[Any], answer: str) -> NDArray[Any]:
        """Return what a pass by patterns of missing values answers, in the order of the rows."""
        patterns = patterns_of(X)
        ask = getattr(self._pass_by_patterns(X, patterns), answer)
        found, singular = ask(*self._arrays(), self.class_first, self.threads)
        if singular >= 0:
            raise SingularCovarianceError(singular)
        in_order: NDArray[Any] = np.empty_like(found)
        in_order[np.concatenate([each.rows for each in patterns])] = found
        return in_order

    @property
    def _scaling(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.coordinates.centre, self.coordinates.scale

    def _arrays(self) -> tuple[Any, ...]:
        given = self.parameters
        return FAMILIES[given.family], given.log_weights, given.means, given.covariances, given.factors

    def _pass_over(
        self,
        X: NDArray[Any],
        scaling: tuple[NDArray[np.float64], NDArray[np.float64]],
        order: NDArray[np.int64] | None = None,
    ) -> _core.RowPass:
        count = len(X) if order is None else len(order)
        return _core.row_pass(
            X,
            centre=scaling[0],
            scale=scaling[1],
            order=order,
            groups=[[0, count, 0, self.parameters.n_components, -1]],
            group_weights=[1.0],
            weights=None,
        )

    def _pass_by_patterns(self, X: NDArray[Any], patterns: Sequence[Pattern]) -> _core.PatternPass:
        passes = [
            self._pass_over(*each)
            for each in zip(measured_by_pattern(X, patterns), self.coordinates.of_patterns(patterns), strict=True)
        ]
        return _core.pattern_pass(passes, [each.observed for each in patterns], X.shape[1])
