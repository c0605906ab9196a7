"""Where a semi-supervised flow starts: Gaussians of the labelled rows, and a simpler classifier's answers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.covariance import ledoit_wolf

from semigen.base import SemiSupervisedClassifier, TrainingSet

_MOST_ROWS = 20_000

# Added to variances of standardised columns, of which some may be determined by others.
_RIDGE = 1e-3


class Gaussians(NamedTuple):
    """One for each class, of shape (classes, d), with a covariance (d, d) that they share."""

    means: NDArray[np.float64]
    covariance: NDArray[np.float64]


def gaussians(
    rows: NDArray[np.float64], responsibilities: NDArray[np.float64], spare: NDArray[np.float64]
) -> Gaussians:
    """Class means, and the covariance within classes, shrunk by the rule of Ledoit and Wolf.

    Few rows say little about a covariance; the rule leans on a spherical one as far as the rows at hand demand.

    Parameters
    ----------
    rows : array of shape (n, d)
    responsibilities : array of shape (n, classes)
        One-hot for labelled rows.
    spare : array of shape (classes, d)
        Means of the classes that no row has a part in.

    References
    ----------
    O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of
    Multivariate Analysis 88 (2004).
    """
    mass = responsibilities.sum(axis=0)
    present = mass > 0
    means = spare.copy()
    means[present] = (responsibilities.T @ rows)[present] / mass[present, None]
    # Means of their own took a degree of freedom from each class.
    return Gaussians(means, covariance_of(rows - responsibilities @ means, len(rows) - int(present.sum())))


def covariance_of(deviations: NDArray[np.float64], freedom: int) -> NDArray[np.float64]:
    """Covariance of deviations from means, shrunk, of shape (d, d)."""
    if len(deviations) < 2 or not deviations.any():
        # Rows that do not differ say nothing; columns are standardised.
        return np.eye(deviations.shape[1])
    shrunk: NDArray[np.float64] = ledoit_wolf(deviations, assume_centered=True)[0]
    return shrunk * len(deviations) / max(freedom, 1) + _RIDGE * np.eye(deviations.shape[1])


def spread(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """These numbers of rows, or 20,000 of them spread evenly over all: what a start is read off."""
    return numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), _MOST_ROWS)).astype(np.int64)]


def fitted_start(classifier: Any, training: TrainingSet, weights: NDArray[np.float64]) -> Any:
    """A copy of the classifier, fitted to codes of classes; without unlabelled rows if it cannot use them.

    Raises
    ------
    ValueError
        If it can only learn from labelled rows, and there are none.
    """
    labels = training.labels
    labeled = np.flatnonzero(labels.labeled & (weights > 0))
    fresh = clone(classifier)
    if not isinstance(fresh, SemiSupervisedClassifier):
        if not len(labeled):
            raise ValueError(
                f"start={classifier!r} learns from labelled rows, and there are none; give start=None, or a classifier "
                "of semigen."
            )
        return fresh.fit(training.X[labeled], labels.codes[labeled])
    unlabeled = np.flatnonzero(~labels.labeled & (weights > 0))
    numbers = np.sort(np.concatenate([labeled, spread(unlabeled)]))
    fresh.set_params(classes=np.arange(len(labels.classes)), unlabeled=-1)
    # Only what rows count beside each other matters, as it does in the flow's training.
    return fresh.fit(training.X[numbers], labels.codes[numbers], weights[numbers] / weights[numbers].mean())


def answers(start: Any, X: NDArray[Any], n_classes: int) -> NDArray[np.float32]:
    """Class probabilities of rows, of shape (n, classes); a class that the classifier does not know gets none."""
    result = np.zeros((len(X), n_classes), dtype=np.float32)
    for first in range(0, len(X), _MOST_ROWS):
        some = slice(first, first + _MOST_ROWS)
        result[some, np.asarray(start.classes_, dtype=np.int64)] = start.predict_proba(X[some])
    return result
