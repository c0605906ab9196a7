"""How little a row looks like one of the known classes, and the score from which on it counts as unknown.

The score is the log odds of a row to be of no known class:

    log p(x, no known class) - log p(x, known class),

by the novel components and the noise of a fit. Without noise a uniform density stands in for rows that no component
describes, over a box with the variances of the columns, so that scores depend neither on the units of the columns nor,
much, on how many were measured.

The threshold is that of split conformal prediction (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random
world", 2005; V. Vovk, "Cross-conformal predictors", Annals of Mathematics and Artificial Intelligence 74, 2015, for
folds): of n labelled rows, each scored by a fit without it, the ceil((n + 1)(1 - rate))-th smallest score. A row that
comes as these did lies above it with a probability of at most the rate, up to what fits to folds differ by.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from semigen.base import TrainingSet
from semigen.mixture.gaussian.no_class import NoClass
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.rows.scoring import Scoring
from semigen.model_selection.cross_fit import Fold, cross_fit
from semigen.model_selection.groups import equal_rows

Vector = NDArray[np.float64]

# Folds of the labelled rows on which scores are calibrated, and of each class that lacks rows for so many.
_FOLDS = 10
# Weight of the uniform density where no noise is fitted.
_BACKGROUND = 0.01
# Least variance of a column, beside that of other columns, for which the box has a side.
_LEAST_VARIANCE = 1e-3
# Rounding in the number of labels that a rate takes.
_SLACK = 1e-9


def outlier_scores(fit: MixtureFit, X: NDArray[Any]) -> Vector:
    """Return log p(x, of no known class) - log p(x, of a known class) of checked rows, of shape (n,)."""
    X = fit.in_dtype(X)
    known = logsumexp(fit.log_joint(X, fit.class_first, fit.options.threads), axis=1)
    beside = fit.no_class or NoClass(None, 0.0, None)
    other = of_noise(fit, X) if beside.noise is not None else _uniform(fit, X) + np.log(_BACKGROUND)
    if beside.novel is not None:
        other = np.logaddexp(other, of_novel(fit, X))
    return np.asarray(other - known - np.log1p(-beside.noise_weight) - np.log1p(-beside.novel_weight))


def of_no_class(fit: MixtureFit, X: NDArray[Any]) -> Vector:
    """Return log p(x, of no known class) of checked rows, of a fit that has novel components or noise."""
    beside = fit.no_class
    assert beside is not None
    if beside.noise is None:
        return of_novel(fit, X)
    return of_noise(fit, X) if beside.novel is None else np.logaddexp(of_noise(fit, X), of_novel(fit, X))


def of_noise(fit: MixtureFit, X: NDArray[Any]) -> Vector:
    """Return log p(x, noise)."""
    assert fit.no_class is not None
    assert fit.no_class.noise is not None
    measured = ~np.isnan(X)
    density = fit.no_class.noise.log_density(measured) + measured @ np.log(fit.scaling.scale)
    return np.asarray(np.log(fit.no_class.noise_weight) + density)


def of_novel(fit: MixtureFit, X: NDArray[Any]) -> Vector:
    """Return log p(x, novel components)."""
    beside = fit.no_class
    assert beside is not None
    assert beside.novel is not None
    first, gaps = np.array([0, beside.n_novel]), bool(np.isnan(X).any())
    scoring = Scoring(fit.scaling, beside.novel, first, fit.options.threads, incomplete=gaps)
    density = scoring.class_scores(fit.in_dtype(X))[:, 0]
    return np.asarray(density + np.log1p(-beside.noise_weight) + np.log(beside.novel_weight))


def _uniform(fit: MixtureFit, X: NDArray[Any]) -> Vector:
    """Return the log density of rows that are uniform in each column, with the variances of the training rows."""
    sides = np.sqrt(12 * np.maximum(fit.scaling.variance, _LEAST_VARIANCE))
    return np.asarray(~np.isnan(X) @ np.log(fit.scaling.scale / sides))


def held_out_scores(
    fit: Callable[[TrainingSet], MixtureFit], training: TrainingSet, rng: np.random.RandomState
) -> tuple[Vector, Vector]:
    """Return scores of labelled rows by fits that did not see them, and what each row weighs.

    Neither the order of the rows nor repetitions (against weights) change them: copies are held out together, and rows
    are dealt to folds in the order of their places along a random direction. The only row of a class is in all fits.

    Parameters
    ----------
    fit : callable
        From training rows to a fit.
    training : TrainingSet
        Rows that count.
    rng : RandomState
    """
    folds = _folds(training, rng)
    answers = cross_fit(
        lambda train: fit(training.part(train)),
        lambda model, test: outlier_scores(model, training.X[test]),
        folds,
    )
    tested = np.concatenate([np.empty(0, dtype=np.int64), *(fold.test for fold in folds)])
    weights = np.ones(len(tested)) if training.weights is None else training.weights[tested]
    return np.concatenate([np.empty(0), *answers]), weights


def _folds(training: TrainingSet, rng: np.random.RandomState) -> list[Fold]:
    codes, labeled = training.labels.codes, np.flatnonzero(training.labels.labeled)
    place = np.nan_to_num(training.X[labeled].astype(np.float64)) @ rng.standard_normal(training.X.shape[1])
    number = equal_rows(training.X[labeled])
    fold_of, first = np.full(len(labeled), -1), 0
    for k in np.unique(codes[labeled]):
        mine = np.flatnonzero(codes[labeled] == k)
        distinct, representative = np.unique(number[mine], return_index=True)
        if len(distinct) == 1:
            continue
        in_order = distinct[np.argsort(place[mine][representative], kind="stable")]
        dealt = dict(zip(in_order.tolist(), ((first + np.arange(len(in_order))) % _FOLDS).tolist(), strict=True))
        fold_of[mine] = [dealt[each] for each in number[mine].tolist()]
        first += len(in_order)
    every = np.arange(len(codes))
    tested = (labeled[fold_of == fold] for fold in np.unique(fold_of[fold_of >= 0]))
    return [Fold(test, np.setdiff1d(every, test)) for test in tested]


def labels_needed(rate: float) -> int:
    """Return how many held-out labels a rate of false alarms takes at least: n with 1 / (n + 1) <= rate."""
    return math.ceil(1 / rate - _SLACK) - 1


def threshold(scores: Vector, weights: Vector, rate: float) -> float:
    """Return the score above which a row that comes as the calibration rows do lies with this probability at most.

    Parameters
    ----------
    scores, weights : arrays of shape (n,)
        A row of weight w counts as w rows.
    rate : float

    Raises
    ------
    ValueError
        If there are too few rows for the rate.
    """
    total = float(weights.sum())
    rank = (total + 1) * (1 - rate)
    if rank > total * (1 + _SLACK):
        few = f"{total:g} label{'' if total == 1 else 's'} that could be held out"
        supported = f", or a rate of at least {1 / (total + 1):.3g}, which these support" if total > 0 else ""
        raise ValueError(
            f"false_alarm={rate:g} takes {labels_needed(rate)} labelled rows that can be held out (all but the only "
            f"one of a class), and there are {few}: give more labels{supported}; or leave out unknown_label."
        )
    order = np.argsort(scores, kind="stable")
    cumulative = np.cumsum(weights[order])
    return float(scores[order][min(int(np.searchsorted(cumulative, rank - _SLACK * total)), len(scores) - 1)])
