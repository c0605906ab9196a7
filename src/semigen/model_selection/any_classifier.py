"""Any classifier fitted to rows of which some have no label: who can use those, and how each wants to be told."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.semi_supervised import LabelPropagation, LabelSpreading, SelfTrainingClassifier
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import has_fit_parameter

from semigen._validation import boxed
from semigen.labels import Labels, as_objects, is_plain

Number = TypeVar("Number", bound=np.generic)

# Those of scikit-learn that want integers for labels and -1 in the rows without.
_OF_SCIKIT_LEARN = (LabelPropagation, LabelSpreading, SelfTrainingClassifier)


def learner(classifier: Any) -> Any:
    """Return what learns the classes, at the end of a pipeline or within a search."""
    while isinstance(classifier, Pipeline | BaseSearchCV):
        classifier = classifier.steps[-1][1] if isinstance(classifier, Pipeline) else classifier.estimator
    return classifier


def takes_names(classifier: Any) -> bool:
    """Return whether a classifier learns from unlabelled rows, and takes None for their labels.

    Those do that have a parameter `unlabeled`: all of semigen, and others made like them.
    """
    return "unlabeled" in learner(classifier).get_params(deep=False)


def takes_codes(classifier: Any) -> bool:
    """Return whether a classifier learns from unlabelled rows and reads -1 for them, integers for classes."""
    return isinstance(learner(classifier), _OF_SCIKIT_LEARN)


def takes_unlabeled(classifier: Any) -> bool:
    """Return whether a classifier learns from unlabelled rows at all."""
    return takes_names(classifier) or takes_codes(classifier)


def any_part_takes_unlabeled(classifier: Any) -> bool:
    """Return whether a classifier, or one anywhere within it, learns from unlabelled rows."""
    parts = classifier.get_params()
    named = any(name.rpartition("__")[2] == "unlabeled" for name in parts)
    return named or any(isinstance(part, _OF_SCIKIT_LEARN) for part in (classifier, *parts.values()))


def mark_unlabeled(classifier: Any, unlabeled: object) -> Any:
    """Have every part of a classifier take this value, besides None, for no label."""
    markers = [name for name in classifier.get_params() if name == "unlabeled" or name.endswith("__unlabeled")]
    return classifier.set_params(**dict.fromkeys(markers, unlabeled))


def labels_with_gaps(classes: NDArray[Any], codes: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return labels by name, None in rows without one, for classifiers with ``unlabeled=None``."""
    names = np.full(len(codes), None, dtype=object)
    names[codes >= 0] = boxed(as_objects(classes))[codes[codes >= 0]]
    return names


def told_to_classifier(classifier: Any, labels: Labels) -> tuple[NDArray[np.bool_], NDArray[Any], bool]:
    """Return which rows a classifier learns from, their labels as it reads them, and whether these are codes."""
    if takes_names(classifier):
        return np.ones(len(labels.codes), dtype=bool), labels_with_gaps(labels.classes, labels.codes), False
    if takes_codes(classifier):
        return np.ones(len(labels.codes), dtype=bool), labels.codes, True
    # A plain classifier sorts the classes by name, and takes text and numbers for names only; by number they keep the
    # order that was asked for. Some (LDA) also make an array of text of names, which is as wide as the longest, for
    # every row that they predict.
    in_order = is_plain(labels.classes) and labels.classes.dtype != object
    in_order = in_order and bool((labels.classes[:-1] <= labels.classes[1:]).all())
    codes = labels.codes[labels.labeled]
    return labels.labeled, labels.classes[codes] if in_order else codes, not in_order


def fit_part(
    part: Any,
    X: Any,
    y: Any,
    weights: NDArray[np.float64] | None,
    groups: NDArray[np.int64] | None = None,
) -> Any:
    """Fit an estimator, with weights and groups of rows if there are any and it takes them; -1 is no group."""
    given: dict[str, Any] = {} if weights is None else {"sample_weight": weights}
    if groups is not None:
        given["groups"] = np.where(groups < 0, np.nan, groups)
    # With metadata routing each part would have to request what it is meant to get.
    with config_context(enable_metadata_routing=False):
        return part.fit(X, y, **_taken(part, given))


def part_of(values: NDArray[Number] | None, rows: Any) -> NDArray[Number] | None:
    """Return the values of some rows, if rows have any."""
    return None if values is None else values[rows]


def takes_weights(part: Any) -> bool:
    """Return whether an estimator, or any step of it, takes weights of rows."""
    return bool(_taken(part, {"sample_weight": None}))


def _taken(part: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return those keywords that the `fit` of an estimator takes; of a pipeline, those of its steps."""
    steps = [(f"{name}__", step) for name, step in part.steps] if isinstance(part, Pipeline) else [("", part)]
    return {
        f"{prefix}{name}": value
        for prefix, step in steps
        for name, value in given.items()
        if has_fit_parameter(step, name)
    }


def without_answers() -> AbstractContextManager[Any]:
    """Return a context for answers of any classifier.

    Label spreading divides zero by zero for rows that no label reaches, and NumPy would warn of that. It is nothing
    that the user did, and what takes the answers knows what to do with NaN.
    """
    return np.errstate(invalid="ignore")


def or_equal(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return class probabilities with equal ones in rows that have NaN, or zeros alone."""
    known = np.isfinite(probability).all(axis=1) & (probability.sum(axis=1) > 0)
    return np.where(known[:, None], probability, 1 / probability.shape[1])


@dataclass(frozen=True)
class AnyFit:
    """A classifier that was fitted, and what it calls the classes."""

    model: Any
    names: NDArray[Any]

    def errs(self, X: ArrayLike, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of some labelled rows it misclassifies."""
        number = {name: k for k, name in enumerate(as_objects(self.names))}
        with without_answers():
            predicted = [number.get(name, -1) for name in as_objects(np.asarray(self.model.predict(X)))]
        return np.asarray(np.array(predicted) != codes, dtype=bool)

    def probabilities(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return class probabilities in the order of `names`.

        A class that the classifier does not know gets none; a row of which it knows nothing, as label spreading of rows
        that no label reaches, gets the same for all.
        """
        with without_answers():
            return or_equal(self.in_order(self.model.predict_proba(X)))

    def in_order(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return class probabilities that the classifier gave in the order of `names`."""
        number = {name: k for k, name in enumerate(as_objects(self.names))}
        ordered = np.zeros((len(probability), len(self.names)))
        ordered[:, [number[name] for name in as_objects(self.model.classes_)]] = probability
        return ordered


def fit_any(
    estimator: Any,
    X: ArrayLike,
    classes: NDArray[Any],
    codes: NDArray[np.int64],
    seed: int,
    weights: NDArray[np.float64] | None = None,
    groups: NDArray[np.int64] | None = None,
) -> AnyFit:
    """Fit a clone to rows with these codes, -1 being no label.

    Parameters
    ----------
    estimator : classifier
    X : array-like of shape (n, d)
    classes : array of shape (classes,)
    codes : array of shape (n,)
    seed : int
        For every `random_state` that is None.
    weights : array of shape (n,), optional
        Of rows, for a classifier that takes weights.
    groups : array of shape (n,), optional
        Of rows, -1 for none, for a classifier that holds labels out itself.
    """
    # Rows without a label are told by None, whatever marked them before: that may be the name of a class here.
    model = mark_unlabeled(clone(estimator), None)
    open_states = [
        name
        for name, value in model.get_params().items()
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    ]
    model.set_params(**dict.fromkeys(open_states, seed))
    rows, y, in_codes = told_to_classifier(model, Labels(classes, codes))
    seen = X if rows.all() else _safe_indexing(X, np.flatnonzero(rows))
    fit_part(model, seen, y, part_of(weights, rows), part_of(groups, rows))
    return AnyFit(model, np.arange(len(classes)) if in_codes else classes)
