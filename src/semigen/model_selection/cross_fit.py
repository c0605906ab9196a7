"""Cross-fitting: labelled rows held out, fold by fold, and answered for by fits that have not seen their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from semigen.model_selection.folds import fold_numbers
from semigen.model_selection.groups import in_groups_of

Model = TypeVar("Model")
Answer = TypeVar("Answer")


class Fold(NamedTuple):
    """Numbers of the rows that are held out, and of those that a fit sees, rising."""

    test: NDArray[np.int64]
    train: NDArray[np.int64]


def hold_out(
    codes: NDArray[np.int64],
    n_splits: int,
    rng: np.random.Generator,
    *,
    together: NDArray[np.int64] | None = None,
    groups: NDArray[np.int64] | None = None,
) -> list[Fold]:
    """Return folds of the labelled rows; all other rows are in every training set.

    Parameters
    ----------
    codes : array of shape (n,)
        Class of each row; negative without a sure label.
    n_splits : int
        Folds at most (see `fold_numbers`). There are none where no labelled row can be held out.
    rng : Generator
    together : array of shape (labelled rows,), optional
        Rows of the same number are held out together, as copies of a row are.
    groups : array of shape (n,), optional
        Group of each row. Rows without labels of a group that is held out are in no training set of its fold.
    """
    labeled = np.flatnonzero(codes >= 0)
    fold_of = fold_numbers(codes[labeled], n_splits, rng, together)
    tested = (labeled[fold_of == fold] for fold in range(fold_of.max(initial=-1) + 1))
    return [Fold(test, np.setdiff1d(np.arange(len(codes)), in_groups_of(groups, test))) for test in tested]


def cross_fit(
    fit: Callable[[NDArray[np.int64]], Model],
    predict: Callable[[Model, NDArray[np.int64]], Answer],
    folds: Iterable[Fold],
) -> list[Answer]:
    """Return, for each fold, what a fit to its training rows answers for the rows held out.

    Every fit starts afresh: a start from all labels would know those that are held out.

    Parameters
    ----------
    fit : callable
        From numbers of rows to a model.
    predict : callable
        From a model and numbers of rows to its answers.
    folds : iterable of Fold
    """
    return [predict(fit(fold.train), fold.test) for fold in folds]
