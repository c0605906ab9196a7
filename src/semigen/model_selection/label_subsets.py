"""Test rows, and growing subsets of the other labelled rows, each with a label of every class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.labels import Labels

# Sizes that sizes="auto" gives, at most.
_AUTO_SIZES = 6


def n_tested(counts: NDArray[np.int64], test_size: float) -> NDArray[np.int64]:
    """Return how many rows of each class to hold out: that share, at least one, and never the last."""
    wanted = np.maximum(np.rint(test_size * counts).astype(np.int64), 1)
    tested: NDArray[np.int64] = np.minimum(wanted, np.maximum(counts - 1, 0))
    return tested


def sizes_of(sizes: str | Sequence[int], labels: Labels, n_train: int) -> NDArray[np.int64]:
    """Return numbers of labels to train on, in order: those asked for, checked, or a few up to all there are."""
    n_classes = len(labels.classes)
    if isinstance(sizes, str):
        if sizes != "auto":
            raise ValueError(f"sizes={sizes!r} must be 'auto' or a list of numbers of labels.")
        # Two a class where they are there: from one alone no spread of a class can be learnt.
        least = min(2 * n_classes, n_train)
        return np.unique(np.rint(np.geomspace(least, n_train, _AUTO_SIZES)).astype(np.int64))
    listed: list[Any] = list(sizes) if isinstance(sizes, Iterable) else []
    if not listed:
        raise ValueError(f"sizes={sizes!r} must be a list of numbers of labels, at least one of them, or 'auto'.")
    if not all(isinstance(size, Integral) and not isinstance(size, bool) for size in listed):
        raise ValueError(f"sizes={listed} must be whole numbers of labels, at least one of them, or 'auto'.")
    impossible = [int(size) for size in listed if not n_classes <= size <= n_train]
    if impossible:
        raise ValueError(
            f"sizes contains {impossible}, and can go from {n_classes}, a label for each class, to {n_train}, the "
            f"labelled rows that are left once {int(labels.counts.sum()) - n_train} are held out for testing."
        )
    return np.unique(np.array(listed, dtype=np.int64))


def split_labels(
    codes: NDArray[np.int64],
    tested: NDArray[np.int64],
    rng: np.random.Generator,
    together: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw test rows, and put the other labelled rows in an order of which every beginning is nearly stratified.

    Parameters
    ----------
    codes : array of shape (n,)
        Below zero for rows without a label.
    tested : array of shape (classes,)
        Test rows of each class.
    rng : Generator
    together : array of shape (labelled rows,), optional
        A number for each labelled row, the same for those that are to be tested together. Test rows are then as many as
        come near `tested`.

    Returns
    -------
    test, order : arrays of row numbers
        `order` starts with a row of each class; after so many, a beginning has each class in its proportion.
    """
    test, rows, place = [], [], []
    chosen = None if together is None else _test_groups(codes, tested, rng, together)
    for k, held_out in enumerate(tested):
        of_class = rng.permutation(np.flatnonzero(codes == k))
        if chosen is not None:
            of_class = of_class[np.argsort(~chosen[of_class], kind="stable")]
            held_out = int(chosen[of_class].sum())
        test.append(of_class[:held_out])
        rows.append(of_class[held_out:])
        # The j-th of m rows stands at about j / m of the whole; the first before all others.
        places = (np.arange(len(rows[-1])) + rng.random()) / max(len(rows[-1]), 1)
        places[:1] -= 1
        place.append(places)
    return np.sort(np.concatenate(test)), np.concatenate(rows)[np.argsort(np.concatenate(place))]


def _test_groups(
    codes: NDArray[np.int64], tested: NDArray[np.int64], rng: np.random.Generator, together: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Draw groups of labelled rows until each class has its test rows, as far as each keeps a row in training."""
    labeled = np.flatnonzero(codes >= 0)
    _, group = np.unique(together, return_inverse=True)
    counts = np.zeros((group.max() + 1, len(tested)), dtype=np.int64)
    np.add.at(counts, (group, codes[labeled]), 1)
    left, wanted = counts.sum(axis=0), tested.copy()
    taken = np.zeros(len(counts), dtype=bool)
    for each in rng.permutation(len(counts)):
        if (np.minimum(counts[each], wanted) > 0).any() and (left - counts[each])[counts[each] > 0].min() > 0:
            taken[each] = True
            left, wanted = left - counts[each], wanted - counts[each]
    chosen = np.zeros(len(codes), dtype=bool)
    chosen[labeled] = taken[group]
    return chosen
