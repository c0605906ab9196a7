"""Scorers that leave unlabelled rows out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import check_scoring, get_scorer
from sklearn.utils import _safe_indexing

from semigen._validation import unmasked
from semigen.labels import encode, is_matrix
from semigen.persistence.pickled import VersionedPickle


class _LabeledScorer(VersionedPickle):
    """A scorer that looks at labelled rows only; can be pickled, as parallel searches want."""

    def __init__(self, scoring: str | Callable[..., float] | None, unlabeled: object):
        self.scoring = scoring
        self.unlabeled = unlabeled

    def __call__(self, estimator: Any, X: ArrayLike, y: ArrayLike, **others: Any) -> float:
        """Score of the estimator on the rows that have a label."""
        labels = encode(y, unlabeled=self.unlabeled, classes=estimator.classes_ if is_matrix(y) else None, unsure=True)
        labeled = np.flatnonzero(labels.labeled)
        if not len(labeled):
            raise ValueError(
                "None of the rows to score has a label; LabeledStratifiedKFold makes test sets of labelled rows."
            )
        by_row = {
            name: None if value is None else _safe_indexing(unmasked(value), labeled) for name, value in others.items()
        }
        scorer = check_scoring(estimator, scoring=self.scoring)
        score: float = scorer(
            estimator, _safe_indexing(unmasked(X), labeled), labels.classes[labels.codes[labeled]], **by_row
        )
        return score

    def __repr__(self) -> str:
        return f"labeled_scorer({self.scoring!r}, unlabeled={self.unlabeled!r})"


def labeled_scorer(
    scoring: str | Callable[..., float] | None = None, *, unlabeled: object = -1
) -> Callable[..., float]:
    """Make a scorer that leaves unlabelled rows out, for splits whose test sets contain them.

    Parameters
    ----------
    scoring : str, callable or None, default=None
        As scikit-learn's `scoring`: a name, a scorer, or None for the estimator's own `score`.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.

    Returns
    -------
    callable
        ``scorer(estimator, X, y)``.

    Raises
    ------
    ValueError
        If there is no scorer of that name.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import KFold, cross_val_score
    >>> from semigen import SemiSupervisedGMM, labeled_scorer
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 5 == 0, species, -1)
    >>> folds = KFold(3, shuffle=True, random_state=0)
    >>> scores = cross_val_score(SemiSupervisedGMM(), X, y, cv=folds, scoring=labeled_scorer("neg_log_loss"))
    >>> bool(np.isfinite(scores).all())
    True
    """
    if isinstance(scoring, str):
        get_scorer(scoring)
    return _LabeledScorer(scoring, unlabeled)
