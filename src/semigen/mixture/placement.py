"""Where means go that no labelled row can place: classes without labels, and several components of one class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from semigen.mixture.parameters import Parameters
from semigen.mixture.problem import Problem
from semigen.mixture.rows import class_scores

# Rows that are looked at, and how many of the worst explained: enough to see the shape of a cluster.
_LOOKED_AT = 5000
_WORST = 500


def place_unlabeled_classes(
    problem: Problem, known: Parameters, labeled: NDArray[np.bool_], random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """Means of all classes; those without labels go, in turn, where the classes so far explain the rows worst.

    Among the unlabelled rows explained worst, the densest spot is taken, so that a lone outlier does not become a
    class. Distances are measured by the covariance that the classes share. Without any labelled class, k-means places
    all of them.
    """
    X, codes = _sample_of_rows(problem, random_state)
    unlabeled = problem.coordinates.apply(X[codes < 0])
    missing = np.flatnonzero(~labeled)
    if len(unlabeled) < len(missing):
        raise ValueError(
            f"classes names {len(missing)} classes without a labelled row, but there are {len(unlabeled)} unlabelled "
            "rows to learn them from; give more rows, or name only classes that have labelled rows."
        )
    means = known.means.copy()
    if not labeled.any():
        means[missing] = _kmeans_centres(unlabeled, len(missing), random_state)
        return means
    whitened = _whiten(unlabeled, known)
    distance = np.min([_squared_distance(whitened, mean) for mean in _whiten(means[labeled], known)], axis=0)
    for k in missing:
        close = _dense_and_far(whitened, distance, most=len(distance) // (2 * problem.n_classes))
        means[k] = unlabeled[close].mean(axis=0)
        distance = np.minimum(distance, _squared_distance(whitened, _whiten(means[k : k + 1], known)[0]))
    return means


def split_classes(
    problem: Problem, one_per_class: Parameters, variance: NDArray[np.float64], random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """Means of all components: a class with several gets the centres of k-means on the rows most likely its own."""
    sizes, means = problem.sizes, one_per_class.means
    if (sizes == 1).all():
        return means
    X, codes = _sample_of_rows(problem, random_state)
    class_first = np.arange(problem.n_classes + 1)
    scores = class_scores(X, problem.coordinates, one_per_class, class_first, problem.threads)
    likely = np.where(codes >= 0, codes, scores.argmax(axis=1))
    centres = []
    for k, size in enumerate(sizes):
        members = problem.coordinates.apply(X[likely == k])
        if size == 1:
            centres.append(means[k : k + 1])
        elif len(members) < size:
            centres.append(means[k] + random_state.standard_normal((size, problem.n_features)) * np.sqrt(variance) / 2)
        else:
            centres.append(_kmeans_centres(members, int(size), random_state))
    return np.vstack(centres)


def _sample_of_rows(problem: Problem, random_state: np.random.RandomState) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Up to `_LOOKED_AT` rows that count, and their codes."""
    rows = problem.rows
    counting = np.flatnonzero(rows.effective_weights() > 0)
    if len(counting) > _LOOKED_AT:
        counting = np.sort(random_state.choice(counting, _LOOKED_AT, replace=False))
    return np.ascontiguousarray(rows.X[counting]), rows.codes[counting]


def _dense_and_far(points: NDArray[np.float64], distance: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Of the points with the largest distances, those around the densest spot."""
    worst = np.argsort(distance, kind="stable")[-max(2, min(_WORST, most)) :]
    candidates = points[worst]
    gaps = np.array([_squared_distance(candidates, candidate) for candidate in candidates])
    neighbours = max(1, len(worst) // 3)
    radius = np.partition(gaps, neighbours, axis=1)[:, neighbours] if len(worst) > neighbours else gaps.max(axis=1)
    return worst[np.argsort(gaps[np.argmin(radius)], kind="stable")[: neighbours + 1]]


def _squared_distance(points: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    squared: NDArray[np.float64] = ((points - centre) ** 2).sum(axis=1)
    return squared


def _whiten(Z: NDArray[np.float64], shared: Parameters) -> NDArray[np.float64]:
    """Coordinates in which the covariance that all components share is the identity."""
    return Z @ shared.factors.T if shared.family == "tied" else Z * shared.factors[0]


def _kmeans_centres(
    Z: NDArray[np.float64], n_clusters: int, random_state: np.random.RandomState
) -> NDArray[np.float64]:
    centres: NDArray[np.float64] = KMeans(n_clusters, n_init=1, random_state=random_state).fit(Z).cluster_centers_
    return centres
