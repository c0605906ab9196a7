"""Numbers of folds for labelled rows: stratified, with a row of every class left in each training set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fold_numbers(
    codes: NDArray[np.int64], n_splits: int, rng: np.random.Generator, groups: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return the number of a fold for every labelled row, stratified; -1 for rows that are never held out.

    The only row of a class stays in every training set, as a fit without it could not know the class. So each class has
    a labelled row in each training set. There are as many folds as the largest class has rows, at most `n_splits`, and
    classes start at different folds, so that folds are of equal size.

    Rows of a group, if there are `groups`, share a fold, and stay in training if one of them is the only of its class
    that is left there.
    """
    if groups is not None and len(np.unique(groups)) < len(groups):
        return _fold_numbers_of_groups(codes, n_splits, rng, groups)
    folds = np.full(len(codes), -1)
    counts = np.bincount(codes)
    n_folds = min(n_splits, int(counts.max(initial=0)))
    first = 0
    for k in np.flatnonzero(counts > 1):
        rows = rng.permutation(np.flatnonzero(codes == k))
        folds[rows] = (first + np.arange(len(rows))) % n_folds
        first += len(rows)
    return folds


def _fold_numbers_of_groups(
    codes: NDArray[np.int64], n_splits: int, rng: np.random.Generator, groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give each group, the large ones first, the fold in which its classes are rarest so far."""
    _, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((group.max() + 1, codes.max() + 1))
    np.add.at(counts, (group, codes), 1)
    n_groups = (counts > 0).sum(axis=0)
    # A class that one group has alone would be gone from training with it.
    free = ~(counts[:, n_groups == 1] > 0).any(axis=1)
    n_folds = min(n_splits, int((counts[free] > 0).sum(axis=0).max(initial=0)))
    fold_of = np.full(len(counts), -1)
    if n_folds < 2:
        return fold_of[group]
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    filled = np.zeros((n_folds, counts.shape[1]))
    drawn = rng.permutation(np.flatnonzero(free))
    for each in drawn[np.argsort(-counts[drawn].sum(axis=1), kind="stable")]:
        fold = int((filled @ shares[each] + 1e-3 * filled.sum(axis=1) / len(codes)).argmin())
        fold_of[each] = fold
        filled[fold] += counts[each]
    for fold, k in np.ndindex(filled.shape):
        if filled[fold, k] and filled[fold, k] == counts[:, k].sum():
            fold_of[np.flatnonzero((fold_of == fold) & (counts[:, k] > 0))[0]] = -1
    kept = np.unique(fold_of[fold_of >= 0])
    fold_of[fold_of >= 0] = np.searchsorted(kept, fold_of[fold_of >= 0])
    return fold_of[group]
