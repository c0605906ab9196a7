"""Any classifier fitted to rows of which some have no label: one that cannot use those gets the labelled ones alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.semi_supervised import LabelPropagation, LabelSpreading, SelfTrainingClassifier
from sklearn.utils import _safe_indexing

_OF_SCIKIT_LEARN = (LabelPropagation, LabelSpreading, SelfTrainingClassifier)


def takes_unlabeled(estimator: Any) -> bool:
    """Whether a classifier learns from unlabelled rows too.

    Those do that have a parameter `unlabeled`, as all of semigen, and scikit-learn's semi-supervised ones; pipelines
    that end in one, and searches over one.
    """
    last = _at_work(estimator)
    return isinstance(last, _OF_SCIKIT_LEARN) or "unlabeled" in last.get_params(deep=False)


def _at_work(estimator: Any) -> Any:
    """The classifier at the end of pipelines and searches."""
    if isinstance(estimator, Pipeline):
        return _at_work(estimator.steps[-1][1])
    if isinstance(estimator, GridSearchCV | RandomizedSearchCV):
        return _at_work(estimator.estimator)
    return estimator


@dataclass(frozen=True)
class AnyFit:
    """A classifier that was fitted, and what it calls the classes."""

    model: Any
    names: NDArray[Any]

    def errs(self, X: ArrayLike, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of some labelled rows it misclassifies."""
        return np.asarray(np.asarray(self.model.predict(X)) != self.names[codes], dtype=bool)


def fit_any(
    estimator: Any, X: ArrayLike, classes: NDArray[Any], codes: NDArray[np.int64], seed: int | None = None
) -> AnyFit:
    """Fit a clone to rows with these codes, -1 being no label.

    Parameters
    ----------
    estimator : classifier
    X : array-like of shape (n, d)
    classes : array of shape (classes,)
    codes : array of shape (n,)
    seed : int, optional
        For every `random_state` that is None.
    """
    model = clone(estimator)
    if seed is not None:
        open_states = [
            name
            for name, value in model.get_params().items()
            if value is None and (name == "random_state" or name.endswith("__random_state"))
        ]
        model.set_params(**dict.fromkeys(open_states, seed))
    if not takes_unlabeled(estimator):
        labeled = np.flatnonzero(codes >= 0)
        return AnyFit(model.fit(_safe_indexing(X, labeled), classes[codes[labeled]]), classes)
    if isinstance(_at_work(estimator), _OF_SCIKIT_LEARN):
        # To these -1 is the only marker, which cannot stand among names.
        return AnyFit(model.fit(X, codes), np.arange(len(classes)))
    return AnyFit(model.fit(X, labels_with_gaps(classes, codes)), classes)


def labels_with_gaps(classes: NDArray[Any], codes: NDArray[np.int64]) -> NDArray[Any]:
    """Labels by name, None in rows without one: every classifier here takes that for no label, whatever its marker."""
    labels = np.empty(len(codes), dtype=object)
    labels[codes >= 0] = classes[codes[codes >= 0]]
    return labels
