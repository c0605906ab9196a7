"""Labelled rows held out, and what a model loses on them: evidence that no likelihood of the training rows gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A label that a model calls impossible must not outweigh all others: probabilities are mixed with so much of the
# uniform ones before their logarithm is taken.
_DOUBT = 0.01


def deal(codes: NDArray[np.int64], n_splits: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A fold for every labelled row, stratified; -1 for rows that are never held out.

    The only row of a class stays in every training set: held out, it would leave a class that nobody has seen. So
    each class has a labelled row in each training set. There are as many folds as the largest class has rows, at most
    `n_splits`, and classes start at different folds, so that folds are of equal size.
    """
    folds = np.full(len(codes), -1)
    counts = np.bincount(codes)
    n_folds = min(n_splits, int(counts.max(initial=0)))
    first = 0
    for k in np.flatnonzero(counts > 1):
        rows = rng.permutation(np.flatnonzero(codes == k))
        folds[rows] = (first + np.arange(len(rows))) % n_folds
        first += len(rows)
    return folds


def log_losses(probability: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """-log of the probability of each row's label, with a little doubt, so that it stays below log(100 K)."""
    of_label = probability[np.arange(len(codes)), codes]
    losses: NDArray[np.float64] = -np.log((1 - _DOUBT) * of_label + _DOUBT / probability.shape[1])
    return losses
