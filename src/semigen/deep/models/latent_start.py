"""Starting point of a flow: Gaussians of rows with labels or answers, whose means are held apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

_MOST_ROWS = 20_000

# Added to the variances of standardised columns: the covariance is singular if some columns determine others.
_RIDGE = 1e-3

# Least distance of the means of two classes, in standard deviations of the latent space, where means are fixed. Nearer
# classes would overlap whatever the map is; classes of equal means, such as two rings, would never be separated.
LEAST_GAP = 3.0


class Gaussians(NamedTuple):
    """Means of the classes, of shape (classes, d), and the covariance (d, d) that they share."""

    means: NDArray[np.float64]
    covariance: NDArray[np.float64]


def gaussians(
    rows: NDArray[np.float64], responsibilities: NDArray[np.float64], spare: NDArray[np.float64]
) -> Gaussians:
    """Return class means and the covariance within classes, shrunk by the rule of Ledoit and Wolf.

    The fewer the rows, the closer the estimate is to a spherical covariance.

    Parameters
    ----------
    rows : array of shape (n, d)
    responsibilities : array of shape (n, classes)
        One-hot for labelled rows.
    spare : array of shape (classes, d)
        Means of the classes without rows.

    References
    ----------
    O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of
    Multivariate Analysis 88 (2004).
    """
    mass = responsibilities.sum(axis=0)
    present = mass > 0
    means = spare.copy()
    means[present] = (responsibilities.T @ rows)[present] / mass[present, None]
    # Each class's mean takes a degree of freedom.
    return Gaussians(means, covariance_of(rows - responsibilities @ means, len(rows) - int(present.sum())))


def covariance_of(deviations: NDArray[np.float64], freedom: int) -> NDArray[np.float64]:
    """Return covariance of deviations from means, shrunk, of shape (d, d)."""
    if len(deviations) < 2 or not deviations.any():
        # Rows that do not differ give no estimate; columns are standardised.
        return np.eye(deviations.shape[1])
    shrunk: NDArray[np.float64] = ledoit_wolf(deviations, assume_centered=True)[0]
    return shrunk * len(deviations) / max(freedom, 1) + _RIDGE * np.eye(deviations.shape[1])


def means_of_unlabeled(
    present: NDArray[np.bool_],
    labeled: NDArray[np.float64],
    rows: NDArray[np.float64],
    answers: NDArray[Any] | None,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return means of the classes without a label, and zeros for the other classes.

    A class has the mean of the rows by the answers for it, if there are any; without, it gets a row far from the
    means and the labelled rows so far, drawn with a chance that grows with the square of the distance (Arthur and
    Vassilvitskii, "k-means++", SODA 2007).

    Parameters
    ----------
    present : array of shape (classes,)
        Which classes have a labelled row.
    labeled : array of shape (l, d)
    rows : array of shape (n, d)
        All rows, or some of them.
    answers : array of shape (n, classes) or None
    rng : numpy Generator
    """
    means = np.zeros((len(present), rows.shape[1]))
    taken = labeled
    for k in np.flatnonzero(~present):
        mass = 0.0 if answers is None else float(answers[:, k].sum())
        if answers is not None and mass > 0:
            means[k] = answers[:, k].astype(np.float64) @ rows / mass
        else:
            means[k] = rows[_far_from(taken, rows, rng)]
        taken = np.vstack([taken, means[k]])
    return means


def _far_from(taken: NDArray[np.float64], rows: NDArray[np.float64], rng: np.random.Generator) -> int:
    if not len(taken):
        return int(rng.integers(len(rows)))
    distances = np.full(len(rows), np.inf)
    for point in taken:
        distances = np.minimum(distances, np.square(rows - point).sum(axis=1))
    total = distances.sum()
    return int(rng.choice(len(rows), p=distances / total if total > 0 else None))


def held_apart(means: NDArray[np.float64], least: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return means of which no two are nearer than `least`, by moving those that are, one after the other.

    Parameters
    ----------
    means : array of shape (classes, d)
    least : float
    rng : numpy Generator
        Says which way: at random if means are at one place, else more or less away from the nearest.

    Returns
    -------
    array of shape (classes, d)
    """
    apart = means.copy()
    for k in range(1, len(means)):
        away = rng.normal(scale=0.1 * least / np.sqrt(means.shape[1]), size=means.shape[1])
        away += means[k] - apart[_nearest(apart[:k], means[k])]
        away *= least / 4 / np.linalg.norm(away)
        while np.linalg.norm(apart[_nearest(apart[:k], apart[k])] - apart[k]) < least:
            apart[k] += away
    return apart


def _nearest(points: NDArray[np.float64], point: NDArray[np.float64]) -> int:
    return int(np.square(points - point).sum(axis=1).argmin())


def spread(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return these numbers of rows, or 20,000 of them, spread evenly, if they are more."""
    return numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), _MOST_ROWS)).astype(np.int64)]
