"""The labelled rows that are most alike: one, three or five, whichever does best on labels held out."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import check_random_state

from semigen.model_selection.cross_fit import cross_fit, hold_out
from semigen.persistence.pickled import VersionedPickle
from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification

_FOLDS = 5
_NEIGHBOURS = (1, 3, 5)
# With fewer labels of its rarest class, few rows that are held out say little of how many neighbours to ask.
_LEAST_LABELS = 4


class TunedNearestNeighbours(VersionedPickle, KNeighborsClassifier):  # type: ignore[misc]
    """scikit-learn's, near ones counting more, of which errors on held-out rows choose the number of neighbours.

    With fewer than four labels of a class it is the first of those tried.

    Parameters
    ----------
    tried : sequence of int
    random_state : int, RandomState instance or None, default=None
        Of the folds.
    """

    def __init__(self, tried: tuple[int, ...] = _NEIGHBOURS, random_state: Any = None):
        super().__init__(tried[0], weights="distance")
        self.tried = tried
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Choose the number of neighbours, then remember all rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)

        Returns
        -------
        self
        """
        rows, (_, codes) = np.asarray(X), np.unique(np.asarray(y), return_inverse=True)
        self.n_neighbors = self.tried[0]
        if np.bincount(codes).min() >= _LEAST_LABELS:
            rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
            folds = hold_out(codes, _FOLDS, rng)
            fewest = min(len(fold.train) for fold in folds)

            def errors(neighbours: int) -> int:
                wrong: list[NDArray[Any]] = cross_fit(
                    lambda train: KNeighborsClassifier(neighbours, weights="distance").fit(rows[train], codes[train]),
                    lambda model, test: model.predict(rows[test]) != codes[test],
                    folds,
                )
                return int(np.concatenate(wrong).sum())

            self.n_neighbors = min((each for each in self.tried if each <= fewest), key=errors)
        return super().fit(rows, y)  # type: ignore[no-any-return]


CANDIDATE = Specification(
    "nearest neighbours",
    "Answers as the most similar labelled rows do. Learns from labelled rows alone.",
    lambda rows: on_scaled(rows, TunedNearestNeighbours()),
    lambda size: 0.02 + 4e-4 * size.n_classes + 1e-8 * size.n_labeled * size.n_rows * (1 + size.n_columns / 10),
    uses_unlabeled=False,
)
