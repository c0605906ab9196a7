"""The contract of every classifier: checked input, predictions, scores, and for some log p(x, y)."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import _check_feature_names, check_consistent_length, check_is_fitted

from semigen._runtime.arithmetic import OrdinaryArithmetic
from semigen._runtime.callers import (
    is_fitted_beforehand_for_a_caller,
    is_outermost,
    outside,
    warn_of_marker_made_a_class,
    warn_of_marker_scored,
)
from semigen._runtime.shutdown import stopped_at_exit
from semigen._validation import FILL_GAPS, checked_rows, checked_weights, warn_of_other_index
from semigen.diagnostics import Examined, HeldOutAnswers, SuspectFitWarning, Suspicion, in_order, sentence_of, signs
from semigen.labels import UNLABELED_CODE, UNSURE_CODE, Labels, as_objects, encode, has_marker, is_matrix, marks
from semigen.persistence.pickled import forget_origin
from semigen.persistence.saves import Saves
from semigen.prior_shift.adapts import AdaptsPrior

# Numbers of training rows without labels, and of their scores, that are held while their classes are predicted.
_PREDICTED_AT_ONCE = 4_000_000

# What rows that a pipeline did not transform need.
_LIKE_X = "X_unlabeled must be as X is; a Pipeline transforms it with X only if transform_input=['X_unlabeled']."


@contextmanager
def unchanged_if_failed(estimator: BaseEstimator) -> Iterator[None]:
    """Leave an estimator as it was if its fit, in this context, fails or is interrupted.

    NumPy warns of no overflow on the way, as a fit checks its results for values beyond the floating-point range.
    """
    before = dict(estimator.__dict__)
    try:
        with stopped_at_exit(), np.errstate(all="ignore"):
            yield
        forget_origin(estimator)
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise


@dataclass(frozen=True)
class TrainingSet:
    """Checked input of `fit`: the rows of X, then those of X_unlabeled."""

    X: NDArray[Any]
    labels: Labels
    weights: NDArray[np.float64] | None

    def counting(self) -> TrainingSet:
        """Return the rows that count: weight zero equals absence."""
        if self.weights is None or (self.weights > 0).all():
            return self
        return self.part(np.flatnonzero(self.weights > 0))

    def part(self, rows: NDArray[np.int64]) -> TrainingSet:
        """Return some of the rows; the classes stay the same."""
        weights = None if self.weights is None else self.weights[rows]
        return TrainingSet(self.X[rows], self.labels.part(rows), weights)


_NO_DENSITY = (
    "it gives class probabilities, and no density of the rows to compute or draw from. SemiSupervisedGMM, "
    "SemiSupervisedFlow and the variational autoencoders have one."
)


def unavailable(name: str, why: str = _NO_DENSITY) -> Any:
    """Return a property for a method that only some models have: asking for it is an AttributeError that says why."""

    def lacking(self: Any) -> Any:
        raise AttributeError(f"{type(self).__name__} has no {name}: {why}")

    return property(lacking, doc=f"Not available: {why}")


class SemiSupervisedClassifier(AdaptsPrior, OrdinaryArithmetic, ClassifierMixin, Saves, BaseEstimator):  # type: ignore[misc]
    """Base of all classifiers that learn from labelled and unlabelled rows.

    A subclass has a parameter `unlabeled`, fits through `_validated`, and says what log p(y | x) is.
    """

    classes_: NDArray[Any]
    unlabeled: object
    suspicions_: tuple[Suspicion, ...]

    # Precisions that rows may keep; anything else is brought to the first.
    _dtypes: tuple[type, ...] = (np.float64, np.float32)

    # Classifiers that model p(x, y) have methods of these names.
    predict_joint_log_proba: Any = unavailable("predict_joint_log_proba")
    score_samples: Any = unavailable("score_samples")
    sample: Any = unavailable("sample")

    @abstractmethod
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
    ) -> Self:
        """Learn from labelled and unlabelled rows."""

    @abstractmethod
    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return log p(class | x) up to a constant of each row, of shape (n, classes), for checked rows."""

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the log of the class probabilities p(y | x).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
        """
        check_is_fitted(self)
        posterior = self._log_posterior(self._validated_rows(X))
        # Far out, log densities are so large that the logarithm of a sum would be lost beside them.
        posterior = posterior - posterior.max(axis=1, keepdims=True)
        result: NDArray[np.float64] = posterior - logsumexp(posterior, axis=1, keepdims=True)
        return result

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the class probabilities p(y | x).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
            Columns in the order of `classes_`; rows sum to one.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of every row.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,)
        """
        check_is_fitted(self)
        predicted: NDArray[Any] = self.classes_[self._log_posterior(self._validated_rows(X)).argmax(axis=1)]
        return predicted

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy on the rows whose label is given and sure; the others are left out.

        ``scoring="accuracy"`` counts them as errors, with a warning; `labeled_scorer` makes scorers that do not.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        truth = self._labels_of(y, self.classes_ if is_matrix(y) else None)
        warn_of_other_index(X, y=y, sample_weight=sample_weight)
        if not truth.labeled.any():
            raise ValueError("y has no labelled row, so there is nothing to compare predictions with.")
        check_consistent_length(truth.codes, sample_weight)
        weight = None if sample_weight is None else checked_weights(sample_weight, truth.codes)[truth.labeled]
        predicted = self.predict(X)
        check_consistent_length(predicted, truth.codes)
        # Not by `accuracy_score`, which takes neither dates nor tuples nor bytes for labels.
        number = {name: k for k, name in enumerate(truth.names)}
        found = np.array([number.get(name, -1) for name in as_objects(predicted[truth.labeled])])
        return float(np.average(found == truth.codes[truth.labeled], weights=weight))

    def _transduced(self, training: TrainingSet) -> NDArray[np.int64]:
        """Return the codes of all training rows: those given, or predicted among those that are possible."""
        codes, log_prior = training.labels.codes.copy(), training.labels.log_prior
        unlabeled, unsure = np.flatnonzero(codes == UNLABELED_CODE), np.flatnonzero(codes == UNSURE_CODE)
        if len(unlabeled):
            codes[unlabeled] = self._likeliest(training.X, unlabeled)
        if log_prior is not None:
            for some in self._slices(training.X, unsure):
                codes[some] = (self._log_posterior(training.X[some]) + log_prior[some]).argmax(axis=1)
        return codes

    def _likeliest(self, X: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the codes of the most probable classes of the rows with these numbers."""
        codes = [self._log_posterior(X[some]).argmax(axis=1) for some in self._slices(X, chosen)]
        return np.concatenate(codes)

    def _slices(self, X: NDArray[Any], chosen: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Return numbers of rows in slices small enough to be copied and scored."""
        size = max(1, _PREDICTED_AT_ONCE // (X.shape[1] + len(self.classes_)))
        return (chosen[first : first + size] for first in range(0, len(chosen), size))

    def _examine(self, training: TrainingSet, held_out: HeldOutAnswers | None = None) -> None:
        """Look for signs that the fit is wrong, and warn of them if it is a user who called it."""
        examined = Examined.of(training.X, training.labels, training.weights, held_out)
        self.suspicions_ = in_order(self._suspicions(examined))
        if self.suspicions_ and is_outermost(self):
            warnings.warn(sentence_of(self.suspicions_, self._safer), SuspectFitWarning, stacklevel=outside())

    @property
    def _columns(self) -> list[str] | range:
        """Names of the columns, or their numbers."""
        named = getattr(self, "feature_names_in_", None)
        return range(self.n_features_in_) if named is None else named.tolist()

    @property
    def _safer(self) -> str:
        """What to fit instead of what looks wrong, after "try"."""
        return "another model: semigen.recommend compares them on labels held out"

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        """Return the signs that any classifier may show."""
        codes, classes, columns = examined.codes, as_objects(self.classes_), self._columns
        of_both = softmax(self._as_frequent_as_labels(np.concatenate([examined.labeled, examined.others])), axis=1)
        of_labeled, of_others = of_both[: len(codes)], of_both[len(codes) :]
        found: list[Suspicion | None] = [
            signs.improbable_labels(of_labeled, codes),
            signs.disagreement(examined.labeled, codes, examined.others, of_others),
            signs.guessed_labels(of_labeled.argmax(axis=1), codes, len(classes)),
            signs.unbalanced_answers(of_others.argmax(axis=1), codes, classes),
            *(signs.wild_values(examined.X, columns) if isinstance(examined.X, np.ndarray) else []),
        ]
        if examined.held_out is not None:
            unseen = examined.held_out
            found.append(signs.overconfidence(unseen.probability, unseen.codes))
            answers = unseen.probability.argmax(axis=1)
            found.append(signs.guessed_labels(answers, unseen.codes, len(classes), held_out=True))
        return list(in_order(found))

    def _as_frequent_as_labels(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return log p(class | x) up to a constant, for classes that are as frequent as among the training labels."""
        return self._log_posterior(X)

    @property
    def _missing_allowed(self) -> bool:
        """Whether NaN in a row is a value that was not measured."""
        return False

    @property
    def _remedy_for_missing(self) -> str:
        """What to do about NaN in the rows."""
        return FILL_GAPS

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._missing_allowed
        return tags

    def _checked_rows(self, X: ArrayLike, *, reset: bool) -> NDArray[Any]:
        checked = checked_rows(
            X,
            dtype=self._dtypes,
            missing_allowed=self._missing_allowed,
            estimator=self,
            reset=reset,
            remedy_for_missing=self._remedy_for_missing,
        )
        rows: NDArray[Any] = np.require(checked, requirements="A")
        return rows

    def _validated_rows(self, X: ArrayLike) -> NDArray[Any]:
        if is_fitted_beforehand_for_a_caller():
            warn_of_marker_made_a_class(lambda name: marks(name, self.unlabeled), self.unlabeled)
        warn_of_marker_scored(lambda y: not is_matrix(y) and has_marker(y, self.unlabeled), self.unlabeled)
        return self._checked_rows(X, reset=False)

    def _validated(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        X_unlabeled: ArrayLike | None,
        classes: Iterable[Any] | None,
    ) -> TrainingSet:
        """Check everything that `fit` is given; sets the attributes for the number and names of features only."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None: give the known labels and "
                "a marker in the other rows."
            )
        rows = self._checked_rows(X, reset=True)
        labels = self._labels_of(y, classes)
        check_consistent_length(rows, labels.codes)
        warn_of_marker_made_a_class(lambda name: marks(name, self.unlabeled), self.unlabeled)
        warn_of_other_index(X, y=y, sample_weight=sample_weight)
        weights = None if sample_weight is None else checked_weights(sample_weight, rows)
        if X_unlabeled is not None:
            more = self._checked_unlabeled(X_unlabeled, rows.dtype)
            if more.shape[1] != rows.shape[1]:
                raise ValueError(
                    f"X_unlabeled has {more.shape[1]} columns and X has {rows.shape[1]}; they must be the same ones. "
                    f"{_LIKE_X}"
                )
            self._check_names_of(X_unlabeled)
            rows = self._joined(rows, more)
            labels = labels.joined(len(more))
            if weights is not None:
                weights = np.concatenate([weights, np.ones(len(more))])
        return TrainingSet(rows, labels, weights)

    def _labels_of(self, y: ArrayLike, classes: Iterable[Any] | None) -> Labels:
        return encode(y, unlabeled=self.unlabeled, classes=classes)

    def _checked_unlabeled(self, X_unlabeled: ArrayLike, dtype: Any) -> NDArray[Any]:
        return checked_rows(
            X_unlabeled,
            dtype=dtype,
            missing_allowed=self._missing_allowed,
            name="X_unlabeled",
            least_rows=0,
            remedy_for_missing=f"{self._remedy_for_missing} {_LIKE_X}",
            remedy_for_text=f"These are rows of X_unlabeled. {_LIKE_X}",
        )

    def _check_names_of(self, X_unlabeled: ArrayLike) -> None:
        _check_feature_names(self, X_unlabeled, reset=False)

    def _joined(self, rows: NDArray[Any], more: NDArray[Any]) -> Any:
        """Return the rows of X, then those of X_unlabeled."""
        return np.concatenate([rows, more])


class GenerativeClassifier(SemiSupervisedClassifier):
    """Base of the classifiers that model p(x, y).

    A subclass says what log p(x, y) is; also what log p(y | x) is, where it knows that by a shorter way.
    """

    @abstractmethod
    def _log_joint(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return log p(x, class), of shape (n, classes), for checked rows."""

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return log p(class | x) up to a constant of each row, of shape (n, classes), for checked rows."""
        return self._log_joint(X)

    def _code_of(self, y: Any) -> int:
        """Return the code of a class that a caller names."""
        names = as_objects(self.classes_)
        if not isinstance(y, Hashable) or y not in names:
            raise ValueError(f"y={y!r} is not one of the classes {names}.")
        return names.index(y)

    def predict_joint_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the log joint density log p(x, y) of every row with every class.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
            Columns in the order of `classes_`.
        """
        check_is_fitted(self)
        return self._log_joint(self._validated_rows(X))

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the log density log p(x) of every row under the whole model.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,)
        """
        return np.asarray(logsumexp(self.predict_joint_log_proba(X), axis=1))
