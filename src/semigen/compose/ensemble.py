"""SemiSupervisedEnsemble: mixtures, forests and others of one table, weighed by what they say of labels held out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import LabelSpreading
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from semigen._runtime.transform_output import giving_arrays
from semigen.base import SemiSupervisedClassifier, TrainingSet, unchanged_if_failed
from semigen.compose.ensemble_selection import EnsembleSelection
from semigen.compose.number_scaler import NumberScaler
from semigen.compose.stacking import weigh
from semigen.diagnostics import HeldOutAnswers
from semigen.labels import Labels, encode
from semigen.labels.checks import check_labels
from semigen.mixture.cv import SemiSupervisedGMMCV
from semigen.mixture.cv.evidence import tempered, used_candidates
from semigen.mixture.incomplete import TakesIncompleteData
from semigen.model_selection.any_classifier import AnyFit, fit_any, takes_weights
from semigen.model_selection.cross_fit import Fold, cross_fit, hold_out
from semigen.model_selection.groups import copies
from semigen.tables.sparse_rows import TakesSparseRows

# What members weigh before any evidence. Chosen on seeds 0 to 2 of the tables of bench.accuracy.suite, which reports
# seeds 100 and on.
_MIXTURES, _ON_EVIDENCE, _ON_COLUMNS = 8.0, 2.0, 1.0

# The evidence that a classifier sees is cut off here: how much surer mixtures are says nothing more.
_LEAST_EVIDENCE = 1e-4

_ALL = slice(None)

# Columns beyond which those of like units keep their proportions, and rows beyond which neighbours take too long.
_MANY_COLUMNS = 100
_MOST_ROWS_OF_NEIGHBOURS = 20_000
_NEIGHBOURS = 7


@dataclass(frozen=True)
class _Member:
    """A classifier of the ensemble, and what it sees."""

    name: str
    classifier: Any
    sees_evidence: bool
    prior: float


@dataclass(frozen=True)
class _Task:
    """What every member is fitted to, but for the columns that it sees."""

    classes: NDArray[Any]
    codes: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    folds: Sequence[Fold]
    seed: int

    def fit(self, classifier: Any, X: NDArray[Any], rows: NDArray[np.int64] | slice = _ALL) -> AnyFit:
        """Return a fit of a classifier to some rows."""
        weights = None if self.weights is None else self.weights[rows]
        return fit_any(classifier, X[rows], self.classes, self.codes[rows], self.seed, weights)

    def cross_fit(self, classifier: Any, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return class probabilities of the rows held out, one fold after the other."""
        answers = cross_fit(
            lambda train: self.fit(classifier, X, train), lambda fit, test: fit.probabilities(X[test]), self.folds
        )
        return np.vstack([np.empty((0, len(self.classes))), *answers])


class SemiSupervisedEnsemble(TakesSparseRows, TakesIncompleteData, SemiSupervisedClassifier):
    """Average of mixtures, forests and others, each weighed by what it says of labels held out.

    A generative model and a forest see different things. Mixtures learn from all rows and do best with few labels and
    classes that are clouds; forests need labels, and no shape. One forest sees what the mixtures say of a row beside
    its columns. With few labels the mixtures decide, with many whatever does best.

    The mixtures' answers for labelled rows are those of fits that had not seen these labels, so that the classifiers on
    evidence do not trust them too much. What these say of held-out labels is still somewhat too good: the evidence of
    the rows that they learn from comes from fits that knew the labels they are tested on. Every member's probabilities
    are tempered, as in `SemiSupervisedGMMCV`, and averaged with the weights under which the average gives the held-out
    labels the highest probability, beside a prior that is worth five labels.

    Parameters
    ----------
    mixtures : classifier, optional
        The generative part, which learns from all rows. Default: ``SemiSupervisedGMMCV()``.
    classifiers : list of (str, classifier), optional
        What else learns from the columns; those of semigen and scikit-learn's semi-supervised ones from all rows, any
        other from the labelled ones. Columns are standardised, but for those of zeros and ones; of more than 100
        columns in like units all are divided by one number. Default: 300 extremely randomised trees, logistic
        regression and, up to 20,000 rows, label spreading among 7 neighbours.
    classifiers_on_evidence : list of (str, classifier), optional
        What learns from the columns and the mixtures' log-probabilities of the classes. Default: 300 extremely
        randomised trees.
    missing : {"error", "marginal"}, default="error"
        What NaN in a row means. With "marginal" a value was not measured: mixtures go without it, and the others get
        the mean of the column and a column that says so. `mixtures` is then told, if it has this parameter.
    cv : int, default=5
        Folds at most in which labels are held out, also those of the default `mixtures`. The only labelled row of a
        class is never held out.
    classes : array-like, optional
        All classes, in the order wanted; each needs a labelled row.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    random_state : int, RandomState instance or None, default=None
        Of the folds, and of members that have none of their own.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    mixtures_ : classifier
        The generative part, fitted to all rows.
    estimators_ : dict of str to classifier
        The other members that predictions use, fitted.
    weights_ : array
        Weights in the average of the first members of `selection_`, those that predictions use.
    reduction_ : SparseReduction or None
        Truncated SVD that reduced sparse rows; None if they were not sparse.
    selection_ : EnsembleSelection
        Members with their held-out log-losses, errors, powers and weights; prints as a table, the heaviest first.
    transduction_ : array of shape (n,)
        The label of every training row, given or predicted: the rows of `X`, then those of `X_unlabeled`.
    n_labeled_ : array of shape (classes,)
    n_unlabeled_ : int
    suspicions_ : tuple
        Signs that the average is wrong, as values of `semigen.diagnostics`; most often empty.
    n_features_in_ : int
    feature_names_in_ : array of shape (d,)
        Only if `X` had names for its columns.

    References
    ----------
    D. Wolpert, "Stacked generalization", Neural Networks 5, 1992. P. Geurts, D. Ernst, L. Wehenkel, "Extremely
    randomized trees", Machine Learning 63, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_wine
    >>> from semigen import SemiSupervisedEnsemble
    >>> X, kind = load_wine(return_X_y=True)
    >>> y = np.where(np.arange(len(X)) % 10 == 0, kind, -1)  # every tenth row is labelled
    >>> model = SemiSupervisedEnsemble(random_state=0).fit(X, y)
    >>> bool(model.score(X, kind) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "mixtures": [HasMethods(["fit", "predict_proba"]), None],
        "classifiers": [list, tuple, None],
        "classifiers_on_evidence": [list, tuple, None],
        "missing": [StrOptions({"error", "marginal"})],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "classes": ["array-like", None],
        "unlabeled": "no_validation",
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        mixtures: Any = None,
        classifiers: Sequence[tuple[str, Any]] | None = None,
        classifiers_on_evidence: Sequence[tuple[str, Any]] | None = None,
        *,
        missing: str = "error",
        cv: int = 5,
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
        random_state: Any = None,
    ):
        self.mixtures = mixtures
        self.classifiers = classifiers
        self.classifiers_on_evidence = classifiers_on_evidence
        self.missing = missing
        self.cv = cv
        self.classes = classes
        self.unlabeled = unlabeled
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
    ) -> Self:
        """Fit the mixtures, then the others, and weigh them.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, d)
            Sparse rows are reduced to 50 numbers at most by truncated SVD, with a warning.
        y : array-like of shape (n,)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``.
        sample_weight : array-like of shape (n,), optional
            What each row of `X` counts; rows of `X_unlabeled` count one. All members must take weights: of the default
            ones label spreading is left out. Columns are scaled without them.
        X_unlabeled : array-like of shape (m, d), optional
            More rows without labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was before the call.

        Warns
        -----
        SuspectFitWarning
            If the average shows signs of being wrong, which are then in `suspicions_`.
        """
        with unchanged_if_failed(self):
            self._validate_params()
            everything = self._validated(X, y, sample_weight, X_unlabeled, self.classes)
            training = everything.counting()
            labels = training.labels
            check_labels(labels, np.ones(len(training.X)), self.classes)
            if not labels.counts.all():
                raise ValueError(
                    f"No labelled row of the classes {labels.classes[labels.counts == 0].tolist()}; label a row of "
                    "each, or use SemiSupervisedGMMCV."
                )
            self.classes_ = labels.classes
            held_out = self._learn(training)
            self.n_labeled_ = labels.counts
            self.n_unlabeled_ = int(labels.unlabeled.sum())
            self.transduction_ = labels.classes[self._transduced(everything)]
            self._examine(everything, held_out)
        return self

    def _learn(self, training: TrainingSet) -> HeldOutAnswers:
        """Fit all members, and return what their average says of the labels that were held out."""
        X, codes, weights = training.X, training.labels.codes, training.weights
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        folds = hold_out(codes, int(self.cv), np.random.default_rng(seed), together=copies(X, codes))
        held_out = np.concatenate([np.empty(0, dtype=np.int64), *(fold.test for fold in folds)])
        task = _Task(self.classes_, codes, weights, folds, seed)

        members = self._members(len(X), weighted=weights is not None)
        mixtures = self._unfitted_mixtures()
        self._generative = task.fit(mixtures, X)
        self.mixtures_ = self._generative.model
        self._prepare = self._unfitted_preparation(X).fit(X)
        columns = self._prepare.transform(X)
        unseen = self._answers_of_mixtures(mixtures, X, task)
        with_evidence = np.hstack([columns, _evidence(unseen)])

        seen = [with_evidence if each.sees_evidence else columns for each in members]
        answers = [task.cross_fit(each.classifier, rows) for each, rows in zip(members, seen, strict=True)]
        probability = np.array([unseen[held_out], *answers])
        names = ["mixtures", *(each.name for each in members)]
        prior = np.array([_MIXTURES, *(each.prior for each in members)])
        of_rows = np.ones(len(held_out)) if weights is None else weights[held_out]
        stack = weigh(probability, codes[held_out], of_rows, prior)
        self.selection_ = EnsembleSelection.of(names, stack, len(held_out))
        share = self.selection_.weight[used_candidates(self.selection_.weight)]
        self.weights_ = share / share.sum()
        used = self.selection_.names[: len(share)]
        self._on_evidence = frozenset(each.name for each in members if each.sees_evidence)
        self._fits = {
            each.name: task.fit(each.classifier, rows)
            for each, rows in zip(members, seen, strict=True)
            if each.name in used
        }
        self.estimators_ = {name: each.model for name, each in self._fits.items()}
        return HeldOutAnswers(stack.average(probability), codes[held_out])

    def _unfitted_mixtures(self) -> Any:
        if self.mixtures is None:
            return SemiSupervisedGMMCV(missing=self.missing, cv=self.cv)
        mixtures = clone(self.mixtures)
        if self._missing_allowed and "missing" in mixtures.get_params(deep=False):
            mixtures.set_params(missing="marginal")
        return mixtures

    def _unfitted_preparation(self, X: NDArray[Any]) -> Any:
        """Return what fills gaps and scales columns for the members that are no mixtures."""
        scaler = NumberScaler(one_scale=X.shape[1] > _MANY_COLUMNS)
        if not self._missing_allowed:
            return giving_arrays(scaler)
        return giving_arrays(make_pipeline(SimpleImputer(add_indicator=True, keep_empty_features=True), scaler))

    def _members(self, n_rows: int, *, weighted: bool) -> list[_Member]:
        """Return the members besides the mixtures.

        Raises
        ------
        ValueError
            If one is no pair of a name and a classifier, two have the same name, one has no `predict_proba`, or one
            takes no weights where there are some.
        """
        plain, on_evidence = self.classifiers, self.classifiers_on_evidence
        if plain is None:
            plain = [("forest", ExtraTreesClassifier(300)), ("logistic regression", LogisticRegression(max_iter=1000))]
            if n_rows <= _MOST_ROWS_OF_NEIGHBOURS and not weighted:
                neighbours = max(1, min(_NEIGHBOURS, n_rows // 2))
                plain.append(("label spreading", LabelSpreading(kernel="knn", n_neighbors=neighbours)))
        if on_evidence is None:
            on_evidence = [("forest on columns and evidence", ExtraTreesClassifier(300))]
        for pair in (*plain, *on_evidence):
            if not (isinstance(pair, tuple) and len(pair) == 2 and hasattr(pair[1], "fit")):
                raise ValueError(
                    f"{pair!r} is no pair of a name and a classifier, as ('forest', ExtraTreesClassifier())."
                )
        members = [_Member(name, each, False, _ON_COLUMNS) for name, each in plain]
        members += [_Member(name, each, True, _ON_EVIDENCE) for name, each in on_evidence]
        names = ["mixtures", *(each.name for each in members)]
        if len(set(names)) < len(names):
            raise ValueError(f"Names of classifiers must differ from one another and from 'mixtures': {names[1:]}.")
        for each in members:
            if not hasattr(each.classifier, "predict_proba"):
                raise ValueError(
                    f"{each.name}: {type(each.classifier).__name__} gives no class probabilities; wrap it in "
                    "sklearn.calibration.CalibratedClassifierCV."
                )
            if weighted and not takes_weights(each.classifier):
                raise ValueError(
                    f"{each.name}: {type(each.classifier).__name__} takes no sample_weight; leave it out of the "
                    "classifiers, or the weights."
                )
        return members

    def _answers_of_mixtures(self, mixtures: Any, X: NDArray[Any], task: _Task) -> NDArray[np.float64]:
        """Return the mixtures' class probabilities of all rows; of labelled ones by fits that had not seen the label.

        The only labelled row of a class is never held out, and gets the answer of the whole fit.
        """
        found = self._generative.probabilities(X)
        if isinstance(self.mixtures_, SemiSupervisedGMMCV):
            rows = self.mixtures_.held_out_rows_
            found[rows] = self._generative.in_order(self.mixtures_.held_out_proba_)
        elif task.folds:
            rows = np.concatenate([fold.test for fold in task.folds])
            found[rows] = task.cross_fit(mixtures, X)
        return found

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        of_mixtures = self._generative.probabilities(X)
        columns = self._prepare.transform(X)
        with_evidence = np.hstack([columns, _evidence(of_mixtures)])
        average = np.zeros_like(of_mixtures)
        for name, weight, power in zip(self.selection_.names, self.weights_, self.selection_.power, strict=False):
            answer = of_mixtures
            if name != "mixtures":
                answer = self._fits[name].probabilities(with_evidence if name in self._on_evidence else columns)
            average += weight * tempered(answer, power)
        result: NDArray[Any] = np.log(average)
        return result

    def _labels_of(self, y: ArrayLike, classes: Iterable[Any] | None) -> Labels:
        # Forests and the like can learn from sure labels only.
        return encode(y, unlabeled=self.unlabeled, classes=classes)


def _evidence(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log-probabilities as classifiers see them."""
    return np.log(np.maximum(probability, _LEAST_EVIDENCE))
