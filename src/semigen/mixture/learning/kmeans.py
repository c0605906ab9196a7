"""Centres of k-means in a weighted sample: where the components of one class start.

scikit-learn's KMeans adds up in an order that depends on the threads of OpenMP, whatever `n_jobs` says; a fit here is
the same to the last bit for any number of threads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Rounds of Lloyd's algorithm. A start need not be exact.
_MOST_ROUNDS = 100


def kmeans_centres(
    Z: NDArray[np.float64], weights: NDArray[np.float64], n_clusters: int, random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """Return the centres that Lloyd's algorithm reaches from a start by k-means++.

    Parameters
    ----------
    Z : array of shape (n, d)
        At least `n_clusters` rows.
    weights : array of shape (n,)
        Positive.
    n_clusters : int
    random_state : RandomState

    Returns
    -------
    array of shape (n_clusters, d)
        A cluster that loses all its rows keeps its centre.

    References
    ----------
    D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    centres = _seeded(Z, weights, n_clusters, random_state)
    belongs = np.full(len(Z), -1)
    for _ in range(_MOST_ROUNDS):
        nearest = _squared_distances(Z, centres).argmin(axis=1)
        if (nearest == belongs).all():
            break
        belongs = nearest
        shares = np.zeros((n_clusters, len(Z)))
        shares[nearest, np.arange(len(Z))] = weights
        mass = shares.sum(axis=1)
        kept = mass > 0
        centres[kept] = (shares @ Z)[kept] / mass[kept, None]
    return centres


def _seeded(
    Z: NDArray[np.float64], weights: NDArray[np.float64], n_clusters: int, random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """Return rows drawn one by one, with chances proportional to weight times squared distance to the nearest so far.

    Of a few draws, the one that leaves the least sum of those distances is taken.
    """
    draws = 2 + int(np.log(n_clusters))
    chosen = [_draw(weights, 1, random_state)[0]]
    nearest = _squared_distances(Z, Z[chosen])[:, 0]
    while len(chosen) < n_clusters:
        candidates = _draw(weights * nearest, draws, random_state)
        left = np.minimum(nearest[:, None], _squared_distances(Z, Z[candidates]))
        best = int((weights @ left).argmin())
        chosen.append(candidates[best])
        nearest = left[:, best]
    return Z[chosen].copy()


def _draw(chances: NDArray[np.float64], count: int, random_state: np.random.RandomState) -> NDArray[np.intp]:
    """Return numbers of rows drawn with these chances; the last row where all chances are zero."""
    cumulative = np.cumsum(chances)
    marks = random_state.uniform(size=count) * cumulative[-1]
    drawn: NDArray[np.intp] = np.minimum(np.searchsorted(cumulative, marks, side="right"), len(chances) - 1)
    return drawn


def _squared_distances(Z: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return squared distances of every row to every centre, of shape (n, centres)."""
    return np.stack([((Z - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
