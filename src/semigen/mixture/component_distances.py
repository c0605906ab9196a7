"""Distances of rows to components or classes of a mixture, as features for another classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.learning.fit import MixtureFit


def component_distances(
    fit: MixtureFit, X: NDArray[Any], means: NDArray[np.float64], first: NDArray[np.int64], threads: int
) -> NDArray[np.float64]:
    """Return sqrt(2 (largest log p(x, group) at a mean of the group - log p(x, group))), less the mean of a row.

    For a group of one Gaussian this is Mahalanobis' distance in the measured columns.

    Parameters
    ----------
    fit : MixtureFit
    X : array of shape (n, d)
        Checked rows, with NaN where a value is missing.
    means : array of shape (components, d)
        In the units of `X`.
    first : array of shape (groups + 1,)
        The first component of each group, and the number of components.
    threads : int

    Returns
    -------
    array of shape (n, groups)
    """
    gaps, pattern = np.unique(np.isnan(X), axis=0, return_inverse=True)
    at_means = np.where(gaps[:, None], np.nan, means).reshape(-1, X.shape[1])
    at_all = fit.log_joint(at_means, first, threads).reshape(len(gaps), len(means), -1)
    groups = np.arange(len(first) - 1)
    own = np.repeat(groups, np.diff(first))[:, None] == groups
    largest = np.where(own, at_all, -np.inf).max(axis=1)
    short = largest[pattern] - fit.log_joint(X, first, threads)
    distance = np.sqrt(2 * np.maximum(short, 0))
    return np.asarray(distance - distance.mean(axis=1, keepdims=True))
