"""PriorShiftClassifier: any classifier, corrected for class probabilities that differ from those in training."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from copy import copy
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.utils import _safe_indexing, check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import _num_samples, check_is_fitted

from semigen._runtime.callers import outside
from semigen._validation import unmasked
from semigen.labels import Labels, as_objects, encode
from semigen.labels.checks import check_labels, class_probabilities
from semigen.model_selection.any_classifier import AnyFit, any_part_takes_unlabeled, fit_any, learner
from semigen.model_selection.cross_fit import hold_out
from semigen.model_selection.groups import copies
from semigen.model_selection.scorers import labeled_scorer
from semigen.persistence.saves import Saves
from semigen.prior_shift.estimate import adjusted, assumed_prior
from semigen.prior_shift.shift import Outcome, shift_of

Array = NDArray[np.float64]
HeldOut = tuple[Array, NDArray[np.int64]]

# Folds of labels that `adapt_prior` holds out.
_FOLDS = 5
# No classifier is surer than this before it is corrected.
_LEAST_PROBABILITY = 1e-300


class PriorShiftClassifier(ClassifierMixin, Saves, BaseEstimator):  # type: ignore[misc]
    """Any classifier, corrected for classes that are more or less frequent than its labels say.

    Labels are often as many of each class, or come from where classes are otherwise frequent. They tell what a class
    looks like; how frequent it is among other rows can be told from what a calibrated classifier says of these, by EM
    (Saerens, Latinne and Decaestecker). Probabilities are then multiplied by how much more frequent each class is, and
    normalised.

    The estimate is used only if its standard errors are at most 0.1; if it is refuted at 5 % that nothing has changed,
    both by the likelihood ratio and by labels held out; and if labels held out do not refute it at 5 %, too. For these
    the mean answer for the new rows must be that for the labelled rows of each class, mixed: a test that counts how few
    labels there are. Otherwise predictions are those of the classifier.

    Parameters
    ----------
    estimator : classifier with `predict_proba`
        Its probabilities should be calibrated, as by scikit-learn's `CalibratedClassifierCV`. Semi-supervised ones see
        the unlabelled rows too. One in a `FrozenEstimator` is used as it is; rows with labels are then taken for rows
        that it has not seen.
    class_prior : array-like of shape (classes,) or dict, default=None
        Class probabilities that the classifier assumes, in the order of `classes_`, or ``{class: probability}``. None
        takes the shares of the labels; for a classifier that learns from unlabelled rows too, or a frozen one, those
        with which its answers for labels held out are most likely.
    cv : int, default=5
        Folds at most in which labels are held out.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    random_state : int, RandomState instance or None, default=None
        Of the folds, and of an estimator that has none of its own.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    class_prior_ : array of shape (classes,)
        Class probabilities that predictions go by.
    prior_shift_ : PriorShift
        The estimate with standard errors and tests, and whether predictions go by it; prints as sentences.
    estimator_ : classifier
        Fitted.
    n_features_in_ : int
        Only if `estimator_` has it; likewise `feature_names_in_`.

    References
    ----------
    M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities: a
    simple procedure", Neural Computation 14, 2002. Z. Lipton, Y.-X. Wang, A. Smola, "Detecting and correcting for label
    shift with black box predictors", ICML 2018. A. Alexandari, A. Kundaje, A. Shrikumar, "Maximum likelihood with
    bias-corrected calibration is hard-to-beat at label shift adaptation", ICML 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from semigen import PriorShiftClassifier
    >>> rng = np.random.default_rng(0)
    >>> rare = (rng.random(1000) < 0.1).astype(int)
    >>> X = rng.normal(size=(1000, 2)) + 2 * rare[:, None]
    >>> y = np.full(1000, -1)
    >>> for k in (0, 1):
    ...     y[np.flatnonzero(rare == k)[:30]] = k  # as many labels of each
    >>> model = PriorShiftClassifier(LogisticRegression(), random_state=0).fit(X, y)
    >>> model.class_prior_.round(1)
    array([0.9, 0.1])
    >>> print(model.prior_shift_.outcome.value)
    adapted
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "class_prior": ["array-like", Mapping, None],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "unlabeled": "no_validation",
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        class_prior: ArrayLike | Mapping[Any, float] | None = None,
        cv: int = 5,
        unlabeled: object = -1,
        random_state: Any = None,
    ):
        self.estimator = estimator
        self.class_prior = class_prior
        self.cv = cv
        self.unlabeled = unlabeled
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike, *, X_target: Any = None) -> Self:
        """Fit the classifier, hold labels out, and estimate how frequent the classes are.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``.
        X_target : array-like of shape (m, d), optional
            Rows as those to predict, without labels. By default the unlabelled rows of `X`; without any, nothing is
            corrected.

        Returns
        -------
        self

        Warns
        -----
        UserWarning
            If the estimate is too unsure to be used, or refuted.
        """
        self._validate_params()
        X = _indexable(X)
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        labels = encode(y, unlabeled=self.unlabeled)
        if _num_samples(X) != len(labels.codes):
            raise ValueError(f"X has {_num_samples(X)} rows and y has {len(labels.codes)}; they must be as many.")
        check_labels(labels, np.ones(len(labels.codes)), None)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        before = class_probabilities(self.class_prior, labels.classes)
        if isinstance(self.estimator, FrozenEstimator):
            fitted = AnyFit(self.estimator, labels.classes)
            _check_same_classes(self.estimator, labels.classes)
        else:
            fitted = fit_any(self.estimator, X, labels.classes, labels.codes, seed)
        held_out = _answers_held_out(self.estimator, X, labels, int(self.cv), seed)
        if before is None:
            # A supervised classifier assumes that classes are as frequent as among its labels.
            supervised = not (fitted.model is self.estimator or any_part_takes_unlabeled(self.estimator))
            before = _assumed(labels, _stated(learner(fitted.model)), None if supervised else held_out)
        unlabeled = _safe_indexing(X, np.flatnonzero(labels.unlabeled))
        target = unlabeled if X_target is None else _indexable(X_target)
        self._keep(fitted, labels.classes, before, held_out, target)
        return self

    def adapt_prior(self, X_target: Any) -> PriorShiftClassifier:
        """Return a classifier for rows in which classes are as frequent as in others; this one stays as it is.

        Parameters
        ----------
        X_target : array-like of shape (n, d)
            Rows as those to predict, without labels.

        Returns
        -------
        PriorShiftClassifier
        """
        check_is_fitted(self)
        other = copy(self)
        other._keep(self._fitted, self.classes_, self.prior_shift_.before, self._held_out, _indexable(X_target))
        return other

    def _keep(
        self, fitted: AnyFit, classes: NDArray[Any], before: Array, held_out: HeldOut | None, X_target: Any
    ) -> None:
        """Estimate the class probabilities of rows, and set all attributes."""
        names = as_objects(classes)
        posterior = np.empty((0, len(names)))
        if _num_samples(X_target):
            posterior = _probabilities(fitted, X_target)
        shift = shift_of(tuple(names), posterior, before, held_out)
        self._fitted, self._held_out, self.estimator_, self.classes_ = fitted, held_out, fitted.model, classes
        self.prior_shift_, self.class_prior_ = shift, shift.after
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
            if hasattr(fitted.model, name):
                setattr(self, name, getattr(fitted.model, name))
        if shift.outcome in (Outcome.TOO_UNSURE, Outcome.REFUTED):
            warnings.warn(str(shift), stacklevel=outside())

    def predict_log_proba(self, X: Any) -> Array:
        """Return the log of the class probabilities.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
            Columns in the order of `classes_`.
        """
        check_is_fitted(self)
        with np.errstate(divide="ignore"):
            log_posterior = np.log(self._fitted.probabilities(unmasked(X)))
        joint = adjusted(log_posterior, self.prior_shift_.before, self.class_prior_)
        return np.asarray(joint - logsumexp(joint, axis=1, keepdims=True))

    def predict_proba(self, X: Any) -> Array:
        """Return the class probabilities.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
            Columns in the order of `classes_`; rows sum to one.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of every row.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,)
        """
        best = self.predict_log_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy on the rows whose label is given; the others are left out.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return labeled_scorer("accuracy", unlabeled=self.unlabeled)(self, X, y, **weights)

    def __sklearn_tags__(self) -> Any:
        tags, of_estimator = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags.allow_nan = of_estimator.input_tags.allow_nan
        tags.input_tags.sparse = of_estimator.input_tags.sparse
        return tags


def adapted(
    model: Any, X_target: Any, *, X: Any = None, y: ArrayLike | None = None, class_prior: Any = None
) -> PriorShiftClassifier:
    """Return a fitted classifier of semigen, corrected for the class probabilities of rows."""
    check_is_fitted(model)
    if (X is None) != (y is None):
        raise ValueError("adapt_prior takes X and y together: the rows that the classifier was fitted to, and labels.")
    classes, held_out = model.classes_, None
    before = class_probabilities(class_prior, classes)
    if before is None:
        before = _stated(model)
    if X is not None and y is not None:
        X = _indexable(X)
        labels = encode(y, unlabeled=model.unlabeled, classes=as_objects(classes))
        held_out = _answers_held_out(model, X, labels, _FOLDS, 0)
        if class_prior is None:
            before = _assumed(labels, before, held_out)
    if before is None:
        raise ValueError(
            f"{type(model).__name__} does not state which class probabilities it assumes: pass X and y, the rows and "
            "labels that it was fitted to, to find out on labels held out, or class_prior."
        )
    found = PriorShiftClassifier(model, class_prior=class_prior, unlabeled=model.unlabeled)
    found._keep(AnyFit(model, classes), classes, before, held_out, _indexable(X_target))
    return found


def _stated(model: Any) -> Array | None:
    """Return the class probabilities that a classifier of semigen states, if it does."""
    return np.asarray(model.class_prior_) if hasattr(model, "adapt_prior") and hasattr(model, "class_prior_") else None


def _assumed(labels: Labels, stated: Array | None, held_out: HeldOut | None) -> Array:
    """Return the class probabilities that a classifier assumes: as labels held out tell, beside what it states."""
    if stated is None:
        stated = labels.counts / labels.counts.sum()
    return np.asarray(stated) if held_out is None or not len(held_out[1]) else assumed_prior(*held_out, stated)


def _answers_held_out(estimator: Any, X: Any, labels: Labels, n_folds: int, seed: int) -> HeldOut:
    """Return class probabilities of labelled rows by fits that had not seen them, and codes of their labels."""
    codes, classes = labels.codes, labels.classes
    if isinstance(estimator, FrozenEstimator):
        labeled = np.flatnonzero(labels.labeled)
        return _probabilities(AnyFit(estimator, classes), _safe_indexing(X, labeled)), codes[labeled]
    together = None if issparse(X) else copies(X, codes)
    answers, answered = [np.empty((0, len(classes)))], [np.empty(0, dtype=np.int64)]
    for fold in hold_out(codes, n_folds, np.random.default_rng(seed), together=together):
        fitted = fit_any(estimator, _safe_indexing(X, fold.train), classes, codes[fold.train], seed)
        answers.append(_probabilities(fitted, _safe_indexing(X, fold.test)))
        answered.append(codes[fold.test])
    return np.vstack(answers), np.concatenate(answered)


def _indexable(X: Any) -> Any:
    """Return rows of which some can be taken by their numbers."""
    if issparse(X):
        return X.tocsr()
    found = unmasked(X) if hasattr(X, "shape") else np.asarray(X)
    if not found.shape:
        raise ValueError(
            f"A {type(X).__name__} was given where rows in memory are needed: an array, a frame or a list. Of rows "
            "that come in parts, pass a sample."
        )
    return found


def _probabilities(fitted: AnyFit, X: Any) -> Array:
    return np.maximum(fitted.probabilities(X), _LEAST_PROBABILITY)


def _check_same_classes(estimator: Any, classes: NDArray[Any]) -> None:
    if as_objects(np.asarray(estimator.classes_)) != as_objects(classes):
        raise ValueError(
            f"y has the classes {as_objects(classes)} and the frozen classifier {as_objects(estimator.classes_)}: they "
            "must be the same."
        )
