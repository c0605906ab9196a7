"""Rows on their way into passes: grouped by what their labels allow, checked once, passed over many times."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.mixture.coordinates import Coordinates
from semigen.mixture.parameters import FAMILIES, Parameters, Statistics


@dataclass(frozen=True)
class TrainingRows:
    """Rows with codes and weights; unlabelled rows count `unlabeled_weight` times their own weight.

    Attributes
    ----------
    X : array of shape (n, d), float32 or float64
    codes : array of shape (n,)
        Class of each row, -1 for unlabelled.
    weights : array of shape (n,) or None
        Own weight of each row; None is all ones.
    unlabeled_weight : float
        lambda of EM-lambda.
    """

    X: NDArray[Any]
    codes: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    unlabeled_weight: float

    def effective_weights(self) -> NDArray[np.float64]:
        """What each row counts in the objective."""
        own = np.ones(len(self.X)) if self.weights is None else self.weights
        return np.where(self.codes < 0, own * self.unlabeled_weight, own)


class Passes:
    """Passes over the rows that count, with the rows of each class together.

    A labelled row may use the components of its class only, an unlabelled row all of them.
    """

    def __init__(
        self,
        rows: TrainingRows,
        coordinates: Coordinates,
        class_first: NDArray[np.int64],
        threads: int,
        *,
        prune: bool = True,
        labeled_only: bool = False,
    ):
        self.threads = threads
        self._prune = prune
        self._dtype = rows.X.dtype
        self.rounding = 1e-4 if rows.X.dtype == np.float32 else 1e-9
        effective = rows.effective_weights()
        order = np.argsort(rows.codes, kind="stable")
        counts = effective[order] > 0
        if labeled_only:
            counts &= rows.codes[order] >= 0
        if not counts.all():
            order = order[counts]
        codes = rows.codes[order]
        self.total_weight = float(effective[order].sum())
        # The kernels multiply in the precision of the rows: weights are brought near 1 by a power of two, exactly.
        largest = float(effective[order].max(initial=0.0))
        self._unit = 2.0 ** -np.floor(np.log2(largest)) if rows.weights is not None and largest > 0 else 1.0

        starts = np.concatenate(([0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]))
        groups = []
        group_weights = []
        for first, last in pairwise(starts):
            if first == last:
                continue
            code = codes[first]
            allowed = (0, class_first[-1]) if code < 0 else (class_first[code], class_first[code + 1])
            groups.append([first, last, *allowed])
            group_weights.append(rows.unlabeled_weight if code < 0 else 1.0)
        in_order = len(order) == len(rows.X) and bool((order == np.arange(len(order))).all())
        self._pass = _core.RowPass(
            rows.X,
            centre=coordinates.centre,
            scale=coordinates.scale,
            order=None if in_order else order,
            groups=np.array(groups, dtype=np.int64).reshape(-1, 4),
            group_weights=np.array(group_weights),
            weights=None if rows.weights is None else rows.weights * self._unit,
        )
        self._n_features = rows.X.shape[1]

    def expectation(self, parameters: Parameters) -> Statistics:
        """The E step: log-likelihood and sufficient statistics at these parameters."""
        flat = self._pass.expectation(
            FAMILIES[parameters.family],
            parameters.log_weights,
            parameters.means,
            parameters.factors,
            threads=self.threads,
            prune=self._prune,
        )
        flat /= self._unit
        statistics = Statistics(parameters.family, parameters.n_components, self._n_features, flat)
        if self._dtype == np.float32:
            # The kernel centred on means rounded to float32; first moments are to be about the means themselves.
            rounded = parameters.means.astype(np.float32).astype(np.float64)
            statistics.first[:] += statistics.mass[:, None] * (rounded - parameters.means)
        return statistics


def class_scores(
    X: NDArray[Any],
    coordinates: Coordinates,
    parameters: Parameters,
    class_first: NDArray[np.int64],
    threads: int,
) -> NDArray[np.float64]:
    """Log p(x, class) in the units of X, a row per row and a column per class."""
    rows = _core.RowPass(
        X,
        centre=coordinates.centre,
        scale=coordinates.scale,
        order=None,
        groups=[[0, len(X), 0, parameters.n_components]],
        group_weights=[1.0],
        weights=None,
    )
    scores = rows.class_scores(
        FAMILIES[parameters.family], parameters.log_weights, parameters.means, parameters.factors, class_first, threads
    )
    scores += coordinates.log_volume
    return scores
