"""Places of means that no labelled row can give: of classes without labels, and of several components of a class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.learning.kmeans import kmeans_centres
from semigen.mixture.learning.problem import Problem
from semigen.mixture.rows.scoring import Scoring

# Rows that are looked at, and how many of the worst explained: enough to see the shape of a cluster.
_LOOKED_AT = 5000
_WORST = 500


def place_unlabeled_classes(
    problem: Problem, known: Parameters, labeled: NDArray[np.bool_], random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """Return means of all classes; those without labels go, in turn, where the classes so far explain the rows worst.

    Among the unlabelled rows explained worst, the densest spot is taken, so that a lone outlier does not become a
    class. Distances are measured by the covariance that the classes share. Without any labelled class, k-means places
    all of them.
    """
    sample = sample_of_rows(problem, random_state)
    unlabeled = sample.where(sample.codes < 0)
    missing = np.flatnonzero(~labeled)
    if len(unlabeled.Z) < len(missing):
        raise ValueError(
            f"classes names {len(missing)} classes without a labelled row, but only {len(unlabeled.Z)} unlabelled rows "
            "count, from which they could be learnt; give more rows (with unlabeled_weight above 0), or name only "
            "classes that have labelled rows."
        )
    means = known.means.copy()
    if not labeled.any():
        means[missing] = kmeans_centres(unlabeled.Z, unlabeled.weights, len(missing), random_state)
        return means
    whitened = known.form.whiten(unlabeled.Z, known.factors)
    distance = np.min(
        [_squared_distance(whitened, mean) for mean in known.form.whiten(means[labeled], known.factors)], axis=0
    )
    for k in missing:
        close = _dense_and_far(unlabeled, whitened, distance, part=0.5 / problem.n_classes)
        means[k] = np.average(close.Z, axis=0, weights=close.weights)
        distance = np.minimum(
            distance, _squared_distance(whitened, known.form.whiten(means[k : k + 1], known.factors)[0])
        )
    return means


def split_classes(
    problem: Problem, one_per_class: Parameters, variance: NDArray[np.float64], random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """Return means of all components: a class with several gets centres of k-means on the rows most likely its own."""
    sizes, means = problem.sizes, one_per_class.means
    if (sizes == 1).all():
        return means
    sample = sample_of_rows(problem, random_state)
    class_first, d = np.arange(problem.n_classes + 1), problem.rows.n_features
    scoring = Scoring(Scaling.none(d), one_per_class, class_first, problem.options.threads)
    scores = scoring.class_scores(sample.Z)
    likely = np.where(sample.codes >= 0, sample.codes, scores.argmax(axis=1))
    centres = []
    for k, size in enumerate(sizes):
        members = sample.where(likely == k)
        if size == 1:
            centres.append(means[k : k + 1])
        elif len(members.Z) < size:
            centres.append(means[k] + random_state.standard_normal((size, d)) * np.sqrt(variance) / 2)
        else:
            centres.append(kmeans_centres(members.Z, members.weights, int(size), random_state))
    return np.vstack(centres)


@dataclass(frozen=True)
class Sample:
    """Distinct scaled rows, with their codes and weights, in an order of their own.

    Neither the order of the training rows nor repetitions (against weights) can be told from it.
    """

    Z: NDArray[np.float64]
    codes: NDArray[np.int64]
    weights: NDArray[np.float64]

    def where(self, mask: NDArray[np.bool_]) -> Sample:
        """Return the rows for which the mask is true."""
        return Sample(self.Z[mask], self.codes[mask], self.weights[mask])


def sample_of_rows(problem: Problem, random_state: np.random.RandomState) -> Sample:
    """Return up to `_LOOKED_AT` rows that count; more are thinned out evenly by weight, along a random direction."""
    rows, scaling = problem.rows, problem.scaling
    direction = random_state.standard_normal(rows.n_features)
    key, codes, effective = rows.on_line(scaling, direction)
    order = np.lexsort((codes, key))
    key = key[order]
    # Rows at the same place along a random direction are the same row, repeated.
    first = np.flatnonzero(np.concatenate(([True], (np.diff(key) != 0) | (np.diff(codes[order]) != 0))))
    weights, order = np.add.reduceat(effective[order], first), order[first]
    offset = random_state.uniform()
    if len(order) > _LOOKED_AT:
        cumulative = np.cumsum(weights)
        marks = (np.arange(_LOOKED_AT) + offset) * (cumulative[-1] / _LOOKED_AT)
        order = order[np.minimum(np.searchsorted(cumulative, marks), len(order) - 1)]
        weights = np.full(_LOOKED_AT, cumulative[-1] / _LOOKED_AT)
    return Sample(rows.take(order, scaling), codes[order], weights)


def _dense_and_far(sample: Sample, whitened: NDArray[np.float64], distance: NDArray[np.float64], part: float) -> Sample:
    """Return the rows around the densest spot among those farthest out, which hold this part of the weight."""
    farthest = np.argsort(-distance, kind="stable")
    weight = np.cumsum(sample.weights[farthest])
    worst = farthest[: max(2, min(_WORST, int(np.searchsorted(weight, part * weight[-1])) + 1))]
    candidates, weights = whitened[worst], sample.weights[worst]
    enough = weights.sum() / 3
    radius = np.empty(len(worst))
    for i, candidate in enumerate(candidates):
        gaps = _squared_distance(candidates, candidate)
        nearest = np.argsort(gaps, kind="stable")
        radius[i] = gaps[nearest[np.searchsorted(np.cumsum(weights[nearest]), enough)]]
    centre = int(np.argmin(radius))
    close = np.zeros(len(distance), dtype=bool)
    close[worst[_squared_distance(candidates, candidates[centre]) <= radius[centre]]] = True
    return sample.where(close)


def _squared_distance(points: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    squared: NDArray[np.float64] = ((points - centre) ** 2).sum(axis=1)
    return squared
