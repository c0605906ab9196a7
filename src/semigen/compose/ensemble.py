"""SemiSupervisedEnsemble: mixtures, forests and others of one table, weighed by what they say of labels held out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _num_samples

from semigen._runtime.transform_output import giving_arrays
from semigen.base import SemiSupervisedClassifier, TrainingSet, unchanged_if_failed
from semigen.compose.ensemble_members import MIXTURES, Task, checked_members, default_members
from semigen.compose.ensemble_selection import EnsembleSelection
from semigen.compose.number_scaler import NumberScaler
from semigen.compose.stacking import Stack, untested_by_first, weigh
from semigen.diagnostics import HeldOutAnswers
from semigen.labels import Labels, as_objects, encode
from semigen.labels.checks import check_labels
from semigen.mixture.cv import SemiSupervisedGMMCV
from semigen.mixture.cv.evidence import tempered, used_candidates
from semigen.mixture.incomplete import TakesIncompleteData
from semigen.model_selection.groups import groups_of_counting
from semigen.tables.sparse_rows import TakesSparseRows

# What the mixtures weigh before any evidence, beside one for each other member. Chosen on seeds 0 to 2 of the tables of
# bench.accuracy.suite, which reports seeds 100 and on.
_MIXTURES = 8.0

# Columns beyond which those of like units keep their proportions.
_MANY_COLUMNS = 100


class SemiSupervisedEnsemble(TakesSparseRows, TakesIncompleteData, SemiSupervisedClassifier):
    """Average of mixtures, forests and others, each weighed by what it says of labels held out.

    A generative model and a forest see different things. Mixtures learn from all rows and do best with few labels and
    classes that are clouds; forests need labels, and no shape. This one sees how far a row is from the clouds beside
    its columns. With few labels the mixtures decide, with many whatever does best.

    Every member answers for labelled rows by fits that had not seen their labels. Its probabilities are tempered, as in
    `SemiSupervisedGMMCV`, and averaged with the weights under which the average gives the held-out labels the highest
    probability, beside a prior that is worth five labels.

    Parameters
    ----------
    mixtures : classifier, optional
        The generative part, which learns from all rows. Default: ``SemiSupervisedGMMCV()``.
    classifiers : list of (str, classifier), optional
        The other members. Those of semigen and scikit-learn's semi-supervised ones learn from all rows, any other from
        the labelled ones. Those of semigen see the columns as they are. Others see them standardised, but for those of
        zeros and ones; of more than 100 columns in like units all are divided by one number. Default: 300 extremely
        randomised trees (fewer, if they would take more than 2 GB) on the columns and a mixture's distances
        (`GenerativeFeatures` with `passthrough` and `n_folds`; of more than 800 columns it has variances alone);
        logistic regression; where a column holds zeros and ones, both and nothing else, `SemiSupervisedMixture`; and,
        up to 20,000 rows, label spreading among 7 neighbours.
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
    >>> model = SemiSupervisedEnsemble(cv=3, random_state=0).fit(X, y)
    >>> bool(model.score(X, kind) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "mixtures": [HasMethods(["fit", "predict_proba"]), None],
        "classifiers": [list, tuple, None],
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
        *,
        missing: str = "error",
        cv: int = 5,
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
        random_state: Any = None,
    ):
        self.mixtures = mixtures
        self.classifiers = classifiers
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
        groups: ArrayLike | None = None,
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
        groups : array-like of shape (n,), optional
            The group of each row of `X`, as the patient that it comes from: labelled rows of a group are held out
            together, and its unlabelled ones are then not in training. None or NaN for unlabelled rows of which it is
            not known. Labelled rows that are copies of one another are held out together in any case.

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
            group_of = groups_of_counting(groups, everything.labels.labeled, _num_samples(X), everything.weights)
            held_out = self._learn(training, group_of)
            self.n_labeled_ = labels.counts
            self.n_unlabeled_ = int(labels.unlabeled.sum())
            self.transduction_ = labels.classes[self._transduced(everything)]
            self._examine(everything, held_out)
        return self

    def _learn(self, training: TrainingSet, groups: NDArray[np.int64] | None) -> HeldOutAnswers:
        """Fit the mixtures, weigh all members by labels held out, and fit those that count to all rows.

        Returns
        -------
        HeldOutAnswers
            What the average says of the labels that were held out.
        """
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        task = Task.of(training, groups, int(self.cv), seed)
        members = self._unfitted_members(training)
        columns = self._columns_of_members(members, training.X)
        self._generative = task.fit(self._unfitted_mixtures(), training.X)
        self.mixtures_ = self._generative.model

        of_members = [task.cross_fit(each, columns[name]) for name, each in members.items()]
        probability = np.array([self._mixtures_on_held_out(training.X, task), *of_members])
        codes = task.codes[task.held_out]
        weights = np.ones(len(codes)) if task.weights is None else task.weights[task.held_out]
        stack = weigh(probability, codes, weights, np.array([_MIXTURES, *np.ones(len(members))]))

        self._keep_weights([MIXTURES, *members], stack, len(codes))
        used = self.selection_.names[: len(self.weights_)]
        self._fits = {name: task.fit(each, columns[name]) for name, each in members.items() if name in used}
        self.estimators_ = {name: each.model for name, each in self._fits.items()}
        return HeldOutAnswers(stack.average(probability), codes)

    def _columns_of_members(self, members: Mapping[str, Any], X: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the columns that each member sees: as they are given, or gaps filled and numbers scaled."""
        self._prepare = self._unfitted_preparation(X).fit(X)
        self._as_given = {name for name, each in members.items() if self._sees_columns_as_given(each)}
        prepared = self._prepare.transform(X)
        return {name: X if name in self._as_given else prepared for name in members}

    def _keep_weights(self, names: Sequence[str], stack: Stack, n_held_out: int) -> None:
        """Keep what was found, and the weights of the members that make up almost all of it."""
        untested = tuple(as_objects(self.classes_[~stack.tested]))
        self.selection_ = EnsembleSelection.of(names, stack, n_held_out, untested)
        share = self.selection_.weight[used_candidates(self.selection_.weight)]
        self.weights_ = share / share.sum()

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

    def _sees_columns_as_given(self, classifier: Any) -> bool:
        """Return whether a member is one of semigen's, and takes what is missing in the columns."""
        ours = isinstance(classifier, SemiSupervisedClassifier)
        return ours and (not self._missing_allowed or bool(get_tags(classifier).input_tags.allow_nan))

    def _unfitted_members(self, training: TrainingSet) -> dict[str, Any]:
        """Return the members besides the mixtures, by name."""
        given = self.classifiers
        if given is None:
            given = default_members(training, self.missing, int(self.cv))
        return checked_members(given, weighted=training.weights is not None)

    def _mixtures_on_held_out(self, X: NDArray[Any], task: Task) -> NDArray[np.float64]:
        """Return the mixtures' class probabilities of the rows held out, fold by fold, by fits that had not seen them.

        Where the mixtures have held labels out themselves, in other folds, nothing is fitted again.
        """
        if not isinstance(self.mixtures_, SemiSupervisedGMMCV):
            return task.cross_fit(self._unfitted_mixtures(), X)
        found = np.zeros((len(X), len(self.classes_)))
        found[self.mixtures_.held_out_rows_] = self._generative.in_order(self.mixtures_.held_out_proba_)
        return found[task.held_out]

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        selection, prepared = self.selection_, self._prepare.transform(X)
        of_mixtures = self._generative.probabilities(X)
        average = np.zeros((len(X), len(self.classes_)))
        for name, weight, power in zip(selection.names, self.weights_, selection.power, strict=False):
            if name == MIXTURES:
                answer = of_mixtures
            else:
                answer = self._fits[name].probabilities(X if name in self._as_given else prepared)
            average += weight * tempered(answer, power)
        tested = np.array([name not in selection.untested for name in as_objects(self.classes_)])
        milder = tempered(of_mixtures, selection.power[selection.names.index(MIXTURES)])
        result: NDArray[Any] = np.log(untested_by_first(average, milder, tested))
        return result

    def _labels_of(self, y: ArrayLike, classes: Iterable[Any] | None) -> Labels:
        # Forests and the like can learn from sure labels only.
        return encode(y, unlabeled=self.unlabeled, classes=classes)
