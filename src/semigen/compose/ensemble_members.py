"""Members of an ensemble: the default ones, checks of those that are given, and fits with labels held out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import LabelSpreading

from semigen.base import TrainingSet
from semigen.compose.forest_size import number_of_trees
from semigen.compose.generative_features import GenerativeFeatures
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv.auto import MOST_COLUMNS
from semigen.mixture.mixed import SemiSupervisedMixture
from semigen.mixture.mixed.indicators import OtherValueWarning, has_categories
from semigen.model_selection.any_classifier import AnyFit, fit_any, part_of, takes_weights
from semigen.model_selection.cross_fit import Fold, cross_fit, hold_out
from semigen.model_selection.groups import copies, joined

MIXTURES = "mixtures"

_ALL = slice(None)
# Rows beyond which neighbours take too long.
_MOST_ROWS_OF_NEIGHBOURS = 20_000
_NEIGHBOURS = 7


@dataclass(frozen=True)
class Task:
    """What every member is fitted to, but for the columns that it sees.

    Attributes
    ----------
    classes : array
    codes : array of shape (n,)
    weights : array of shape (n,) or None
    groups : array of shape (n,) or None
    folds : sequence of Fold
    seed : int
        Of members that have none of their own.
    """

    classes: NDArray[Any]
    codes: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    groups: NDArray[np.int64] | None
    folds: Sequence[Fold]
    seed: int

    @classmethod
    def of(cls, training: TrainingSet, groups: NDArray[np.int64] | None, n_folds: int, seed: int) -> Task:
        """Return the task for these rows; copies, and labelled rows of a group, are held out together."""
        labels = training.labels
        together = copies(training.X, labels.codes)
        if groups is not None:
            together = joined(together, groups[labels.labeled])
        rng = np.random.default_rng(seed)
        folds = hold_out(labels.codes, n_folds, rng, together=together, groups=groups)
        return cls(labels.classes, labels.codes, training.weights, groups, folds, seed)

    @cached_property
    def held_out(self) -> NDArray[np.int64]:
        """Numbers of the rows that are held out, one fold after the other."""
        return np.concatenate([np.empty(0, dtype=np.int64), *(fold.test for fold in self.folds)])

    def fit(self, classifier: Any, X: NDArray[Any], rows: NDArray[np.int64] | slice = _ALL) -> AnyFit:
        """Return a fit of a classifier to some rows."""
        weights, groups = part_of(self.weights, rows), part_of(self.groups, rows)
        return fit_any(classifier, X[rows], self.classes, self.codes[rows], self.seed, weights, groups)

    def cross_fit(self, classifier: Any, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return class probabilities of the rows held out, one fold after the other."""
        with warnings.catch_warnings():
            # The rows of a fold may lack the values by which a column is not one of zeros and ones.
            warnings.simplefilter("ignore", OtherValueWarning)
            answers = cross_fit(
                lambda train: self.fit(classifier, X, train), lambda fit, test: fit.probabilities(X[test]), self.folds
            )
        return np.vstack([np.empty((0, len(self.classes))), *answers])


def default_members(training: TrainingSet, missing: str, n_folds: int) -> list[tuple[str, Any]]:
    """Return the members besides the mixtures, for such rows, where none are given."""
    n_rows, n_columns = training.X.shape
    counts = training.labels.counts
    forest = GenerativeFeatures(
        SemiSupervisedGMM("full" if n_columns <= MOST_COLUMNS else "diag", missing=missing),
        ExtraTreesClassifier(number_of_trees(int(counts.sum()), len(counts))),
        passthrough=True,
        n_folds=n_folds,
    )
    members: list[tuple[str, Any]] = [
        ("forest on columns and mixture", forest),
        ("logistic regression", LogisticRegression(max_iter=1000)),
    ]
    if has_categories(training.X):
        members.append(("mixture of numbers and categories", SemiSupervisedMixture()))
    if n_rows <= _MOST_ROWS_OF_NEIGHBOURS and training.weights is None:
        neighbours = max(1, min(_NEIGHBOURS, n_rows // 2))
        members.append(("label spreading", LabelSpreading(kernel="knn", n_neighbors=neighbours)))
    return members


def checked_members(pairs: Sequence[Any], *, weighted: bool) -> dict[str, Any]:
    """Return the members by name.

    Raises
    ------
    ValueError
        If one is no pair of a name and a classifier, two have the same name, one has no `predict_proba`, or one takes
        no weights where there are some.
    """
    for pair in pairs:
        if not (isinstance(pair, tuple) and len(pair) == 2 and hasattr(pair[1], "fit")):
            raise ValueError(f"{pair!r} is no pair of a name and a classifier, as ('forest', ExtraTreesClassifier()).")
    names = [name for name, _ in pairs]
    if len({MIXTURES, *names}) <= len(names):
        raise ValueError(f"Names of classifiers must differ from one another and from {MIXTURES!r}: {names}.")
    for name, each in pairs:
        if not hasattr(each, "predict_proba"):
            raise ValueError(
                f"{name}: {type(each).__name__} gives no class probabilities; wrap it in "
                "sklearn.calibration.CalibratedClassifierCV."
            )
        if weighted and not takes_weights(each):
            raise ValueError(
                f"{name}: {type(each).__name__} takes no sample_weight; leave it out of the classifiers, or "
                "the weights."
            )
    return dict(pairs)
