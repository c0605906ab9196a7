"""SemiSupervisedGMMCV: many mixtures, averaged by what held-out labels say for each."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import PowerTransformer
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.parallel import Parallel, delayed

from semigen.base import SemiSupervisedClassifier, TrainingSet, unchanged_if_failed
from semigen.checks import check_labels, class_probabilities
from semigen.held_out import deal, log_losses
from semigen.labels import UNLABELED_CODE
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture_cv.candidates import Candidate, candidates
from semigen.mixture_cv.evidence import evidence_weights
from semigen.mixture_cv.table import Selection

# Candidates that together weigh less than this are left out of predictions.
_NEGLIGIBLE = 0.01

# A prior worth more pseudo-rows than this is the prior alone.
_MOST_SHRINKAGE = 1e6


class SemiSupervisedGMMCV(SemiSupervisedClassifier):
    """Gaussian mixture classifier that finds out by cross-validation which mixtures suit, and averages them.

    The mixture to call first. Candidates are all combinations of a family of covariances, shrinkage, a weight of the
    unlabelled rows and a transform of the columns. Each is scored by the log-loss of labelled rows held out, with all
    unlabelled rows in training; then their class probabilities are averaged, weighted by that evidence. Averages are
    safer than the best candidate: a score from a few labels is mostly chance.

    Parameters
    ----------
    covariance_types : sequence of str, default=("tied", "full", "diag")
        Families, as in `SemiSupervisedGMM`.
    shrinkages : sequence of float, default=(1.0, 4.0)
        Multiples of the pseudo-rows that ``shrinkage="auto"`` gives the prior of a covariance.
    unlabeled_weights : sequence of float or "balanced", default=(0.0, "balanced", 0.1, 1.0)
        Values of lambda in [0, 1]; 0 is the supervised fit, "balanced" is the number of labelled rows over that of
        unlabelled ones. With a class that has no labels, 0 is left out.
    transforms : sequence of {"none", "yeo-johnson"}, default=("none", "yeo-johnson")
        Of the columns, fitted to all rows, labelled or not.
    combine : {"average", "best"}, default="average"
        Whether to average the candidates by their evidence or keep the one with the least log-loss.
    exponent : "auto" or float, default="auto"
        Candidates weigh exp(-exponent * log-loss); "auto" is a tenth of the number of labelled rows that were held out.
    cv : int, default=5
        Folds at most. There are no more than the largest class has labelled rows. The only labelled row of a class is
        never held out; if that is so for every class, all candidates weigh the same, and "best" is the first.
    classes : array-like, default=None
        All classes, in the order wanted; may name classes without a labelled row. None takes those found in `y`.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    class_prior : array-like of shape (classes,) or dict, default=None
        Class probabilities if they are known; None learns them.
    random_state : int, RandomState instance or None, default=None
        Of the folds, and of the places of classes without labels.
    n_jobs : int or None, default=None
        Candidates fitted at the same time, as in joblib; results do not depend on it.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    selection_ : Selection
        Candidates, their log-losses, errors and weights; prints as a table, the heaviest first.
    estimators_ : list of SemiSupervisedGMM
        Fitted mixtures that predictions use, in the order of `selection_`.
    weights_ : array
        Their weights.
    transduction_ : array of shape (n,)
        The label of every training row, given or predicted: the rows of `X`, then those of `X_unlabeled`.
    n_labeled_ : array of shape (classes,)
    n_unlabeled_ : int
    n_features_in_ : int
    feature_names_in_ : array of shape (d,)
        Only if `X` had names for its columns.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_wine
    >>> from semigen import SemiSupervisedGMMCV
    >>> X, kind = load_wine(return_X_y=True)
    >>> y = np.where(np.arange(len(X)) % 10 == 0, kind, -1)  # every tenth row is labelled
    >>> model = SemiSupervisedGMMCV(random_state=0).fit(X, y)
    >>> bool(model.score(X, kind) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "covariance_types": ["array-like"],
        "shrinkages": ["array-like"],
        "unlabeled_weights": ["array-like"],
        "transforms": ["array-like"],
        "combine": [StrOptions({"average", "best"})],
        "exponent": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "classes": ["array-like", None],
        "unlabeled": "no_validation",
        "class_prior": ["array-like", Mapping, None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        covariance_types: Sequence[str] = ("tied", "full", "diag"),
        *,
        shrinkages: Sequence[float] = (1.0, 4.0),
        unlabeled_weights: Sequence[float | str] = (0.0, "balanced", 0.1, 1.0),
        transforms: Sequence[str] = ("none", "yeo-johnson"),
        combine: str = "average",
        exponent: str | float = "auto",
        cv: int = 5,
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
        class_prior: ArrayLike | Mapping[Any, float] | None = None,
        random_state: Any = None,
        n_jobs: int | None = None,
    ):
        self.covariance_types = covariance_types
        self.shrinkages = shrinkages
        self.unlabeled_weights = unlabeled_weights
        self.transforms = transforms
        self.combine = combine
        self.exponent = exponent
        self.cv = cv
        self.classes = classes
        self.unlabeled = unlabeled
        self.class_prior = class_prior
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
    ) -> Self:
        """Score the candidates, then fit those that count to all rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``.
        sample_weight : array-like of shape (n,), optional
            What each row of `X` counts; rows of `X_unlabeled` count one.
        X_unlabeled : array-like of shape (m, d), optional
            More rows without labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was before the call.
        """
        with unchanged_if_failed(self):
            self._validate_params()
            self._fit(X, y, sample_weight, X_unlabeled)
        return self

    def _fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, X_unlabeled: ArrayLike | None) -> None:
        self._check_choices()
        training = self._validated(X, y, sample_weight, X_unlabeled, self.classes)
        labels = training.labels
        weights = np.ones(len(training.X)) if training.weights is None else training.weights
        check_labels(labels, weights, self.classes)
        counting = weights > 0
        competing = candidates(
            self.transforms,
            self.covariance_types,
            self.shrinkages,
            self.unlabeled_weights,
            int((labels.labeled & counting).sum()),
            int((~labels.labeled & counting).sum()),
            every_class_labeled=bool((labels.counts > 0).all()),
        )
        self._transformers = {name: _transformer(name, training.X[counting]) for name in self.transforms}
        seen = {name: self._transformed(training.X, name) for name in self.transforms}
        self.classes_ = labels.classes
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        probability, held_out = self._held_out_probabilities(competing, seen, training, weights)
        self.selection_ = self._weighed(competing, probability, held_out, training, weights)
        used = _used(self.selection_.weight)
        chosen = [self.selection_.candidates[i] for i in used]
        self.estimators_ = self._in_parallel(
            [(each, seen[each.transform], labels.codes, weights) for each in chosen], fit_only=True
        )
        self.weights_ = self.selection_.weight[used] / self.selection_.weight[used].sum()
        self._chosen = chosen
        self.n_labeled_ = labels.counts
        self.n_unlabeled_ = int((~labels.labeled).sum())
        codes = labels.codes.copy()
        unknown = codes < 0
        if unknown.any():
            codes[unknown] = self._log_posterior(training.X[unknown]).argmax(axis=1)
        self.transduction_ = labels.classes[codes]

    def _check_choices(self) -> None:
        for name, known in (("covariance_types", _FAMILIES), ("transforms", _TRANSFORMS)):
            given = list(getattr(self, name))
            if not given or not set(given) <= set(known):
                raise ValueError(f"{name}={given}: name one or more of {list(known)}.")
        for name in ("shrinkages", "unlabeled_weights"):
            given = list(getattr(self, name))
            most, word = (1.0, "balanced") if name == "unlabeled_weights" else (_MOST_SHRINKAGE, None)
            values = [value for value in given if word is None or value != word]
            sound = all(isinstance(value, Real) and 0 <= float(value) <= most for value in values)
            if not given or not sound:
                allowed = 'numbers between 0 and 1, or "balanced"' if word else "numbers from 0 to a million"
                raise ValueError(f"{name}={given}: give one or more {allowed}.")

    def _held_out_probabilities(
        self,
        competing: Sequence[Candidate],
        seen: Mapping[str, NDArray[Any]],
        training: TrainingSet,
        weights: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Class probabilities of shape (candidates, rows held out, classes), and the numbers of those rows."""
        labels = training.labels
        labeled = np.flatnonzero(labels.labeled & (weights > 0))
        rng = np.random.default_rng(self._seed)
        folds = deal(labels.codes[labeled], int(self.cv), rng) if len(labeled) else np.empty(0, dtype=np.int64)
        tested = [labeled[folds == fold] for fold in range(folds.max(initial=-1) + 1)]
        work = []
        for each in competing:
            for test in tested:
                train = np.setdiff1d(np.arange(len(training.X)), test)
                rows = seen[each.transform]
                work.append((each, rows[train], labels.codes[train], weights[train], rows[test]))
        answers = self._in_parallel(work)
        held_out = np.concatenate(tested) if tested else np.empty(0, dtype=np.int64)
        shape = len(competing), len(held_out), len(self.classes_)
        return np.concatenate(answers).reshape(shape) if answers else np.empty(shape), held_out

    def _weighed(
        self,
        competing: Sequence[Candidate],
        probability: NDArray[np.float64],
        held_out: NDArray[np.int64],
        training: TrainingSet,
        weights: NDArray[np.float64],
    ) -> Selection:
        if not len(held_out):
            unknown = np.full(len(competing), np.nan)
            weight = np.full(len(competing), 1 / len(competing))
            if self.combine == "best":
                weight = np.eye(len(competing))[0]
            return Selection(competing, unknown, unknown, weight)
        codes = training.labels.codes[held_out]
        losses = np.array([np.average(log_losses(each, codes), weights=weights[held_out]) for each in probability])
        errors = np.array([np.average(each.argmax(axis=1) != codes, weights=weights[held_out]) for each in probability])
        exponent = 0.1 * len(held_out) if self.exponent == "auto" else float(self.exponent)
        weight = evidence_weights(losses, exponent)
        if self.combine == "best":
            weight = np.eye(len(competing))[losses.argmin()]
        order = np.lexsort((losses, -weight))
        return Selection([competing[i] for i in order], losses[order], errors[order], weight[order])

    def _in_parallel(self, work: Sequence[tuple[Any, ...]], *, fit_only: bool = False) -> list[Any]:
        run = _fitted if fit_only else _answers
        options = {
            "classes": np.arange(len(self.classes_)),
            "class_prior": class_probabilities(self.class_prior, self.classes_),
            "random_state": self._seed,
            "n_jobs": 1,
        }
        return list(Parallel(n_jobs=self.n_jobs, prefer="threads")(delayed(run)(*each, options) for each in work))

    def _transformed(self, X: NDArray[Any], name: str) -> NDArray[Any]:
        transformer = self._transformers[name]
        return X if transformer is None else transformer.transform(X).astype(X.dtype, copy=False)

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        seen = {name: self._transformed(X, name) for name in {each.transform for each in self._chosen}}
        average = np.zeros((len(X), len(self.classes_)))
        for each, model, weight in zip(self._chosen, self.estimators_, self.weights_, strict=True):
            average += weight * model.predict_proba(seen[each.transform])
        # A class that every candidate rules out keeps a probability of zero.
        with np.errstate(divide="ignore"):
            result: NDArray[Any] = np.log(average)
        return result


_FAMILIES = ("full", "tied", "diag", "spherical")
_TRANSFORMS = ("none", "yeo-johnson")


def _transformer(name: str, X: NDArray[Any]) -> PowerTransformer | None:
    return None if name == "none" else PowerTransformer(name).fit(X)


def _used(weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers of the candidates that make up almost all of the weight; they come heaviest first."""
    needed = int(np.searchsorted(np.cumsum(weight), 1 - _NEGLIGIBLE)) + 1
    return np.flatnonzero(weight[: min(needed, len(weight))] > 0)


def _fitted(
    candidate: Candidate,
    X: NDArray[Any],
    codes: NDArray[np.int64],
    weights: NDArray[np.float64],
    options: Mapping[str, Any],
) -> SemiSupervisedGMM:
    model = candidate.estimator(X.shape[1], unlabeled=UNLABELED_CODE, **options)
    with warnings.catch_warnings():
        # One candidate of many that has not quite settled is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, codes, sample_weight=weights)


def _answers(
    candidate: Candidate,
    X: NDArray[Any],
    codes: NDArray[np.int64],
    weights: NDArray[np.float64],
    tested: NDArray[Any],
    options: Mapping[str, Any],
) -> NDArray[np.float64]:
    return _fitted(candidate, X, codes, weights, options).predict_proba(tested)
