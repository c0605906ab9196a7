"""Parts of a hybrid: which of them read labels, and which markers, classes and features they get."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metaestimators import _BaseComposition

from semigen._runtime.callers import outside
from semigen.base import SemiSupervisedClassifier, TrainingSet
from semigen.labels import Labels
from semigen.model_selection.any_classifier import fit_part, labels_with_gaps, learner, takes_names, takes_weights
from semigen.model_selection.cross_fit import cross_fit, hold_out
from semigen.model_selection.groups import copies

_DEFAULT_MARKER = repr(-1)


CONSTRAINTS: dict[str, Any] = {
    "model": [HasMethods(["fit", "transform"])],
    "classifier": [HasMethods(["fit"]), None],
    "passthrough": ["boolean"],
    "n_folds": [Interval(Integral, 2, None, closed="left"), None],
    "classes": ["array-like", None],
    "unlabeled": "no_validation",
}


def label_readers(model: Any) -> list[Any]:
    """Return the estimators in a model that cannot be fitted without labels, also in what is frozen."""
    return [each for each in _parts(model, frozen=True) if get_tags(each).target_tags.required]


def unfitted(part: Any, unlabeled: object, classes: list[Any] | None) -> Any:
    """Return a copy in which every estimator of ours has the marker of the whole, and its classes if given.

    Raises
    ------
    ValueError
        If a part has a marker of its own, which the whole would take for a class, or classes that the whole has not.
    """
    copy = clone(part)
    for each in list(_parts(copy, frozen=False)):
        if not isinstance(each, SemiSupervisedClassifier):
            continue
        if repr(each.unlabeled) not in (repr(unlabeled), _DEFAULT_MARKER):
            raise ValueError(
                f"{type(each).__name__} has unlabeled={each.unlabeled!r}, and the model that it is a part of has "
                f"unlabeled={unlabeled!r}: give the marker to that one, which tells its parts."
            )
        if classes is None and each.classes is not None:
            raise ValueError(
                f"{type(each).__name__} has classes={each.classes!r}, and the model that it is a part of has none: "
                "give them to that one, which tells its parts."
            )
        each.set_params(unlabeled=unlabeled, classes=classes)
    return copy


def features_for_classifier(model: Any, rows: Any, *, of_classes: bool) -> Any:
    """Return what a fitted model's `transform` gives, or the features that it has for classifiers instead.

    Parameters
    ----------
    model : estimator
    rows : array of shape (n, d)
    of_classes : bool
        Return a feature for each class, which means the same in every fit, as `check_held_out` has made sure of.
    """
    last = _last(model)
    if of_classes:
        return last._features_of_classes(_before_the_last(model, rows))
    if not hasattr(last, "_features_for_classifier"):
        return model.transform(rows)
    return last._features_for_classifier(_before_the_last(model, rows))


def _last(model: Any) -> Any:
    """Return the last step of a pipeline, frozen or not."""
    while isinstance(model, FrozenEstimator | Pipeline):
        model = model.estimator if isinstance(model, FrozenEstimator) else model.steps[-1][1]
    return model


def check_held_out(model: Any) -> None:
    """Refuse to hold labels out of a model whose fits cannot be compared, or that has read labels before.

    Raises
    ------
    ValueError
    """
    frozen = {id(each) for each in label_readers(model)} - {id(each) for each in _parts(model, frozen=False)}
    if frozen:
        raise ValueError(
            "n_folds holds labels out of the model, and a part of it is frozen and has read labels: leave it out, or "
            "the freezing."
        )
    last = _last(model)
    if not hasattr(last, "_features_of_classes"):
        raise ValueError(
            f"n_folds takes features from several fits, and those of {type(last).__name__} mean something else in "
            "each. Leave it out, or let SemiSupervisedGMM or a semi-supervised autoencoder be the model, or its last "
            "step."
        )


def fitted_to_all(model: Any, training: TrainingSet) -> Any:
    """Fit a model to all rows, and to their labels if it reads any."""
    labels = training.labels
    told = labels_with_gaps(labels.classes, labels.codes) if label_readers(model) else None
    with model_explained(model):
        return fit_part(model, training.X, told, training.weights)


def unseen_features(
    fit: Callable[[TrainingSet], Any],
    features_by: Callable[[Any, NDArray[Any]], NDArray[Any]],
    training: TrainingSet,
    features: NDArray[Any],
    n_folds: int,
) -> NDArray[Any]:
    """Return features with those of labelled rows by models that had not seen the label.

    Parameters
    ----------
    fit : callable
        From rows to a model.
    features_by : callable
        From a model and rows to features.
    training : TrainingSet
    features : array of shape (n, features)
        By the model that has seen all labels; the only labelled row of a class keeps them.
    n_folds : int
        Folds at most.
    """
    codes = training.labels.codes
    folds = hold_out(codes, n_folds, np.random.default_rng(0), together=copies(training.X, codes))
    answers = cross_fit(
        lambda train: fit(training.part(train)), lambda model, test: features_by(model, training.X[test]), folds
    )
    found = features.copy()
    for fold, unseen in zip(folds, answers, strict=True):
        found[fold.test] = unseen
    return found


def _before_the_last(model: Any, rows: Any) -> Any:
    """Return rows as they reach the last step of a pipeline."""
    while isinstance(model, FrozenEstimator | Pipeline):
        if isinstance(model, FrozenEstimator):
            model = model.estimator
        else:
            rows, model = model[:-1].transform(rows) if len(model) > 1 else rows, model.steps[-1][1]
    return rows


def takes_missing(model: Any) -> bool:
    """Return whether a model, or the first step of a pipeline, takes NaN; the later steps say so themselves."""
    while isinstance(model, FrozenEstimator | Pipeline):
        model = model.estimator if isinstance(model, FrozenEstimator) else model.steps[0][1]
    return hasattr(model, "__sklearn_tags__") and bool(get_tags(model).input_tags.allow_nan)


def remedy_for_missing(model: Any, classifier: Any) -> str:
    """Return what to do about missing values that a hybrid does not take."""
    if takes_missing(model):
        return (
            f"passthrough hands them on to {type(learner(classifier)).__name__}, which takes none: let a pipeline that "
            "fills them in be the classifier, or leave passthrough out."
        )
    return (
        f"{type(model).__name__} takes no missing values: fill them in before, or let "
        "SemiSupervisedGMM(missing='marginal') be the model."
    )


def check_columns(model: Any, hybrid: Any) -> None:
    """Refuse a frozen model of other columns."""
    theirs, ours = (getattr(each, "feature_names_in_", None) for each in (model, hybrid))
    if theirs is not None and ours is not None and not np.array_equal(theirs, ours):
        raise ValueError(f"model was fitted to the columns {theirs.tolist()}, and X has {ours.tolist()}.")


def classifier_has(method: str) -> Callable[[Any], bool]:
    """Return a condition for `available_if`: the classifier of a hybrid, fitted or not, has a method."""

    def check(hybrid: Any) -> bool:
        classifier = getattr(hybrid, "classifier_", hybrid.classifier)
        if classifier is None or hasattr(classifier, method):
            return True
        remedy = (
            " predict works without; for probabilities choose another classifier, or wrap this one in "
            "sklearn.calibration.CalibratedClassifierCV."
        )
        raise AttributeError(
            f"{type(classifier).__name__} has no {method}.{remedy if method == 'predict_proba' else ''}"
        )

    return check


def check_parts(model: Any, classifier: Any, labels: Labels, weights: NDArray[np.float64] | None) -> None:
    """Refuse parts that cannot learn from what they would be given."""
    _check_reads_unlabeled(model)
    name = type(learner(classifier)).__name__
    if isinstance(classifier, type) or not is_classifier(learner(classifier)):
        raise ValueError(f"classifier={classifier!r} is no classifier: give an instance of one, as SVC().")
    if isinstance(learner(classifier), FrozenEstimator):
        raise ValueError("classifier is frozen, so it cannot learn from these features; pass it without the freezing.")
    if not takes_names(classifier) and not labels.counts.all():
        raise ValueError(
            f"No labelled row of the classes {labels.classes[labels.counts == 0].tolist()}, and {name} learns classes "
            "from labelled rows alone. Label a row of each, or let SemiSupervisedGMM be the classifier."
        )
    unequal = weights is not None and (weights != weights[0]).any()
    if unequal and not (takes_weights(model) or takes_weights(classifier)):
        raise ValueError(
            f"sample_weight differs between rows, and neither {type(model).__name__} nor {name} takes weights: leave "
            "it out, or choose a classifier that does."
        )


def _check_reads_unlabeled(model: Any) -> None:
    """Refuse a model in which something needs a label in every row."""
    supervised = [
        each
        for each in _parts(model, frozen=False)
        if get_tags(each).target_tags.required and not isinstance(each, SemiSupervisedClassifier)
    ]
    if supervised:
        name = type(supervised[0]).__name__
        raise ValueError(
            f"model contains {name}, which needs a label in every row it is fitted to, and model gets the unlabelled "
            f"rows as well. Put {name} in front of the classifier, in a pipeline that is the classifier: that one "
            "gets labelled rows only."
        )


@contextmanager
def model_explained(model: Any) -> Iterator[None]:
    """Turn errors of scikit-learn about labels and names, raised by the model, into what to change in a hybrid."""
    try:
        yield
    except ValueError as error:
        name = type(model).__name__
        if "requires y to be passed" in str(error):
            raise ValueError(
                f"{name} needs labels, and model gets the unlabelled rows as well. Put it in front of the classifier, "
                "in a pipeline that is the classifier: that one gets labelled rows only."
            ) from error
        if "using strings is only supported for dataframes" in str(error):
            raise ValueError(
                f"{name} names columns, and model gets an array: give their numbers, or put it before "
                "GenerativeFeatures in a pipeline."
            ) from error
        raise


def warn_of_labels_known(model: Any, labels: Labels) -> None:
    """Warn of a frozen estimator in a model that was fitted with more labels than there are here."""
    thawed = {id(each) for each in _parts(model, frozen=False)}
    frozen = [each for each in label_readers(model) if id(each) not in thawed]
    given = int(labels.labeled.sum())
    for each in frozen:
        known = int(np.sum(getattr(each, "n_labeled_", 0)))
        if known > given:
            warnings.warn(
                f"The frozen {type(each).__name__} has seen {known} labels, and this fit is given {given}. If the "
                "others belong to rows that are tested on, as in cross-validation, scores will be too good: leave it "
                "unfrozen, and each fold fits its own. Labels of other data do no harm.",
                stacklevel=outside(),
            )


def _parts(estimator: Any, *, frozen: bool) -> Iterator[Any]:
    """Yield the estimators that an estimator is made of, but for those within a classifier of ours."""
    if isinstance(estimator, FrozenEstimator):
        if frozen:
            yield from _parts(estimator.estimator, frozen=True)
        return
    composed = isinstance(estimator, _BaseComposition)
    if not composed:
        yield estimator
    if isinstance(estimator, SemiSupervisedClassifier):
        return
    # A composition lists its parts under their names only in the deep form.
    for name, value in estimator.get_params(deep=composed).items():
        if hasattr(value, "__sklearn_tags__") and not isinstance(value, type) and "__" not in name:
            yield from _parts(value, frozen=frozen)
