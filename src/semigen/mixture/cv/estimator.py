"""SemiSupervisedGMMCV: many mixtures, averaged by their evidence on held-out labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import _num_samples, check_is_fitted

from semigen._runtime.blas import single_threaded_blas
from semigen.base import SemiSupervisedClassifier, TrainingSet, unchanged_if_failed
from semigen.diagnostics import Examined, HeldOutAnswers, Suspicion, in_order, signs
from semigen.labels import UNSURE_CODE, as_objects
from semigen.labels.checks import check_labels, class_probabilities
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv.candidate_fits import Fitting, average, threads_for
from semigen.mixture.cv.candidates import CONSTRAINTS, Candidate, candidates, check_choices, fits_at_once
from semigen.mixture.cv.evidence import used_candidates, weighted_median
from semigen.mixture.cv.in_parts import MOST_COMPARED, MOST_FITTED, fitted_to_parts
from semigen.mixture.cv.limits import bounds_of
from semigen.mixture.cv.progress_bar import ProgressBar
from semigen.mixture.cv.search import Search
from semigen.mixture.cv.transforms import fitted_transformers, mixes_columns, transformed
from semigen.mixture.incomplete import TakesIncompleteData
from semigen.mixture.partitions.answers_by_parts import predicts_by_parts
from semigen.mixture.partitions.engine import Engine, InThisProcess
from semigen.mixture.partitions.sources import partitions_of
from semigen.mixture.partitions.surveyed import first_pass
from semigen.mixture.rows.missing_patterns import check_measured, observed_weight
from semigen.model_selection.cross_fit import Fold, hold_out
from semigen.model_selection.groups import copies, groups_of_counting, joined, n_copies
from semigen.tables.sparse_rows import TakesSparseRows


@predicts_by_parts("predict", "predict_proba", "predict_log_proba", in_memory=("score",))
class SemiSupervisedGMMCV(TakesSparseRows, TakesIncompleteData, SemiSupervisedClassifier):
    """Gaussian mixture classifier that finds out by cross-validation which mixtures suit, and averages them.

    The mixture to call first. Candidates are all combinations of a family of covariances, shrinkage, a weight of the
    unlabelled rows and a transform of the columns. Each is scored by the log-loss of labelled rows held out, with all
    unlabelled rows in training; then their class probabilities are averaged, weighted by that evidence. Averages are
    safer than the best candidate: a score from a few labels is mostly chance.

    Before that, a candidate's probabilities are tempered: raised to the power among 1, 1/2, 1/4 and 1/8 that makes its
    held-out log-loss least, and normalised, as mixtures are surer than they should be the more unlabelled rows and
    columns there are. Weights start from a prior, in which full covariances count twice as much as others,
    each component of a class after the first halves what a candidate counts, and fits without the unlabelled rows count
    a quarter of those with them; with few labels it decides, and without evidence it is all there is.

    Folds start afresh, since a start from all labels would know those that are held out. They are of rows: a
    row with weight two is held out whole, and labelled rows that are copies of one another together. With the defaults
    there are up to a hundred candidates. After two of five folds those are dropped that could weigh hardly anything
    (two standard errors of their difference to the best allowed for); their log-loss in `selection_` is that of these
    two folds.

    Parameters
    ----------
    covariance_types : sequence of str, default=("tied", "full")
        Families, as in `SemiSupervisedGMM`.
    shrinkages : sequence of float, default=(1.0,)
        Multiples of the pseudo-rows that ``shrinkage="auto"`` gives the prior of a covariance.
    unlabeled_weights : sequence of float or "balanced", default=(0.0, "balanced", 1.0)
        Values of lambda in [0, 1]; 0 is the supervised fit, "balanced" is the weight of the labelled rows over that of
        the unlabelled ones. With a class that has no labels, 0 is left out.
    transforms : sequence of str or "auto", default="auto"
        Of the columns, fitted to all rows, labelled or not: "none"; "yeo-johnson", which makes columns less skewed;
        "normal-scores", the normal quantiles of the ranks of values; "principal", Yeo-Johnson followed by a rotation to
        the principal components of the standardised columns; "principal-10" (or another number), the leading ones of
        these alone; "pca-10", leading principal components of the columns as they are (standardised if units differ
        much); "unit-length", rows divided by their length.
        "auto" is "none", "yeo-johnson", "principal", and "principal-5", "-10", "-20" where there are twice as many
        columns. With more than 100 columns it is "pca-5", "-10", "-20", "-40" and, with up to 800, "none", without
        covariances for each class. Of rows with gaps it is "none", "yeo-johnson" and "normal-scores", of many "none".
    n_components : int, sequence of int or "auto", default="auto"
        Components of each class: (1, 2, 3) lets several numbers compete. With lambda 0 there are no more of them than
        the rarest class has labels. "auto" is (1, 2, 3) for up to 32 columns, after reduction, and 1 for more; with
        lambda 0, m components need 2 m + 1 labels of the rarest class in every training set.
    combine : {"average", "best"}, default="average"
        Whether to average the candidates by their evidence or keep the one with the least log-loss.
    exponent : "auto" or float, default="auto"
        Candidates weigh their prior times exp(-exponent * log-loss); "auto" is 0.3 times the number of labelled rows
        that were held out.
    guard : bool, default=False
        Use the candidates with unlabelled rows only if their average, beside that of the candidates with lambda 0,
        lowers the log-loss of the labels held out by more than chance explains, as `SemiSupervisedGMM` does. This
        is safer, but with few labels its mean error is clearly larger than with ``guard=False``. `report` says what
        came of it.
    missing : {"error", "marginal"}, default="error"
        What NaN in a row means, as in `SemiSupervisedGMM`. With "marginal" the transform "principal", which mixes
        columns, is left out, like the others that mix columns.
    distribution : {"normal", "t"}, default="normal"
        Of the components of all candidates, as in `SemiSupervisedGMM`; those of "t" share degrees of freedom.
    cv : int, default=5
        Folds at most. There are no more than the largest class has labelled rows. The only labelled row of a class is
        never held out; if that is so for every class, candidates weigh what the prior says, and "best" is the first
        of the heaviest.
    classes : array-like, default=None
        All classes, in the order wanted; may name classes without a labelled row. None takes those found in `y`.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    class_prior : array-like of shape (classes,) or dict, default=None
        Class probabilities if they are known; None learns them.
    random_state : int, RandomState instance or None, default=None
        Of the folds, and of the places of classes without labels.
    n_jobs : int or None, default=None
        Candidates fitted at the same time, by threads; results do not depend on it. None takes all threads where the
        rows make enough work, and one where threads would wait for each other's Python; -1 takes all.
    verbose : int, default=0
        1 shows a bar over the fits, with the time left, on standard error.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    selection_ : Selection
        Candidates, their log-losses, errors, powers and weights; prints as a table, the heaviest first.
    estimators_ : list of SemiSupervisedGMM
        Fitted mixtures that predictions use, in the order of `selection_`.
    weights_ : array
        Their weights in the average (not those of components).
    powers_ : array
        What their probabilities are raised to, and then normalised, before they are averaged.
    n_iter_ : int
        Most iterations that one of them took.
    converged_ : bool
        Whether all of them settled. They have an objective each, in their `history_`.
    transduction_ : array of shape (n,)
        The label of every training row, given or predicted: the rows of `X`, then those of `X_unlabeled`.
    n_labeled_ : array of shape (classes,)
        Rows of each class that the fit saw whose label is sure.
    n_unsure_ : int
        Rows whose labels are probabilities or sets.
    n_unlabeled_ : int
    suspicions_ : tuple
        Signs that the average is wrong, as values of `semigen.diagnostics`; most often empty.
    n_copies_ : int
        Labelled rows that are copies of others, with which they were held out.
    held_out_rows_ : array of shape (rows held out,)
        Numbers of the labelled rows that were held out, in `X` and then `X_unlabeled`.
    held_out_proba_ : array of shape (rows held out, classes)
        Class probabilities of these rows by fits that had not seen their labels, weighted as the average is.
    cross_fitted_proba_ : array of shape (rows held out, classes)
        The same, but the weights for a fold come from what was said of the other folds. Errors counted on these are
        nearly those of a cross-validation around the whole search; on `held_out_proba_`, whose weights have seen the
        labels, they are lower. What remains is that candidates are dropped early by the first two folds.
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

    estimators_: list[SemiSupervisedGMM]

    _parameter_constraints: ClassVar[dict[str, Any]] = CONSTRAINTS

    def __init__(
        self,
        covariance_types: Sequence[str] = ("tied", "full"),
        *,
        shrinkages: Sequence[float] = (1.0,),
        unlabeled_weights: Sequence[float | str] = (0.0, "balanced", 1.0),
        transforms: Sequence[str] | str = "auto",
        n_components: int | Sequence[int] | str = "auto",
        combine: str = "average",
        exponent: str | float = "auto",
        guard: bool = False,
        missing: str = "error",
        distribution: str = "normal",
        cv: int = 5,
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
        class_prior: ArrayLike | Mapping[Any, float] | None = None,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ):
        self.covariance_types = covariance_types
        self.shrinkages = shrinkages
        self.unlabeled_weights = unlabeled_weights
        self.transforms = transforms
        self.n_components = n_components
        self.combine = combine
        self.exponent = exponent
        self.guard = guard
        self.missing = missing
        self.distribution = distribution
        self.cv = cv
        self.classes = classes
        self.unlabeled = unlabeled
        self.class_prior = class_prior
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | str | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        target: str | None = None,
        features: Iterable[str] | None = None,
    ) -> Self:
        """Score the candidates, then fit those that count to all rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, d), or rows that come in parts
            Sparse rows are reduced to 50 numbers at most by truncated SVD, with a warning. Of rows that come in parts,
            as `SemiSupervisedGMM` takes them, candidates are compared on the labelled ones and a sample of at most
            5,000 others; the heaviest, five at most, are then fitted to all parts. There is no `transduction_`, and
            `held_out_rows_` counts the labelled rows in the order of the parts.
        y : array-like of shape (n,)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``. Or probabilities or sets, as in
            `SemiSupervisedGMM`; rows whose label is unsure are never held out.
        sample_weight : array-like of shape (n,), or str, optional
            What each row of `X` counts; rows of `X_unlabeled` count one. "yeo-johnson" takes no weights. Of rows that
            come in parts, the name of the column of weights.
        X_unlabeled : array-like of shape (m, d), optional
            More rows without labels; a `Pipeline` transforms them only if its `transform_input` names them.
        groups : array-like of shape (n,), optional
            The group of each row of `X`, as the patient that it comes from: labelled rows of a group are held out
            together, and its unlabelled ones are then not in training. None or NaN for unlabelled rows of which it is
            not known. Labelled rows that are copies of one another are held out together in any case.
        target : str, optional
            The column of labels, of rows that come in parts and have names of columns.
        features : sequence of str, optional
            The columns to learn from; all others by default.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was.

        Warns
        -----
        SuspectFitWarning
            If the average shows signs of being wrong: `suspicions_`.
        """
        source = partitions_of(X, y, sample_weight, X_unlabeled, target=target, features=features)
        if source is not None:
            if groups is not None:
                raise ValueError("groups is given beside rows that come in parts, which are held out row by row.")
            return self._fit_parts(InThisProcess(source))
        with unchanged_if_failed(self), single_threaded_blas():
            self._validate_params()
            everything = self._validated(X, y, sample_weight, X_unlabeled, self.classes)  # type: ignore[arg-type]
            group_of = groups_of_counting(groups, everything.labels.labeled, _num_samples(X), everything.weights)
            self._fit(everything, group_of)
            self.transduction_ = self.classes_[self._transduced(everything)]
        return self

    def _fit_parts(self, engine: Engine) -> Self:
        """Compare candidates on a sample, and fit the heaviest to rows that come in parts."""
        with unchanged_if_failed(self), single_threaded_blas():
            self._validate_params()
            found = first_pass(self, engine)
            known = found.known_rows(MOST_COMPARED)
            self.reduction_ = None
            self.__dict__.pop("transduction_", None)
            self._fit(known, None, most=MOST_FITTED)
            transforms = [self._transformers[each.transform] for each in self._chosen]
            n_compared = int(known.labels.unlabeled.sum())
            self.estimators_ = fitted_to_parts(self.estimators_, transforms, engine, found, n_compared)
            self._keep_iterations()
            self.n_unlabeled_ = found.n_unlabeled
        return self

    def _fit(self, everything: TrainingSet, group_of: NDArray[np.int64] | None, most: int | None = None) -> None:
        """Score the candidates, and fit so many of the heaviest at most to these rows."""
        check_choices(
            self.transforms, self.covariance_types, self.shrinkages, self.unlabeled_weights, self.n_components
        )
        training = everything.counting()
        labels = training.labels
        weights = np.ones(len(training.X)) if training.weights is None else training.weights
        check_labels(labels, weights, self.classes)
        self.classes_ = labels.classes
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        folds = self._folds(training, group_of)
        competing = self._competing(training, weights, [fold.test for fold in folds])
        threads = fits_at_once(competing, training, threads_for(training, self.n_jobs))
        transforms = {each.transform for each in competing}
        self._transformers = fitted_transformers(transforms, training.X, weights)
        seen = {name: replace(training, X=transformed(self._transformers[name], training.X)) for name in transforms}
        held_out = np.concatenate([np.empty(0, dtype=np.int64), *(fold.test for fold in folds)])
        with ProgressBar(self.verbose, len(competing) * len(folds)) as progress:
            fitting = Fitting(seen, self._options(), threads, progress)
            exponent = 0.3 * len(held_out) if self.exponent == "auto" else float(self.exponent)
            search = Search(exponent, self.combine, self.guard)
            of_rows = labels.codes[held_out], weights[held_out]
            found = search.run(competing, fitting, folds, *of_rows)
            self.selection_ = found.selection
            used = used_candidates(self.selection_.weight)[:most]
            self._chosen = [self.selection_.candidates[i] for i in used]
            progress.expect(len(used))
            self.estimators_ = fitting.to_all_rows(self._chosen)
        self.__dict__.pop("_report", None)
        if found.report is not None:
            self._report = found.report
        self.weights_ = self.selection_.weight[used] / self.selection_.weight[used].sum()
        self.powers_ = self.selection_.power[used]
        self._keep_iterations()
        self.n_labeled_ = labels.counts
        self.n_unlabeled_ = int(labels.unlabeled.sum())
        self.n_unsure_ = int((labels.codes == UNSURE_CODE).sum())
        counting = everything.weights is None or everything.weights > 0
        self.held_out_rows_ = np.flatnonzero(np.broadcast_to(counting, len(everything.X)))[held_out]
        self.held_out_proba_, self.cross_fitted_proba_ = found.average, found.cross_fitted
        self._examine(everything, HeldOutAnswers(found.average, labels.codes[held_out]))

    def _keep_iterations(self) -> None:
        self.n_iter_ = max(each.n_iter_ for each in self.estimators_)
        self.converged_ = all(each.converged_ for each in self.estimators_)

    def _folds(self, training: TrainingSet, group_of: NDArray[np.int64] | None) -> list[Fold]:
        codes, rng = training.labels.codes, np.random.default_rng(self._seed)
        together = copies(training.X, codes)
        self.n_copies_ = n_copies(together)
        if group_of is not None:
            together = joined(together, group_of[training.labels.labeled])
        return hold_out(codes, int(self.cv), rng, together=together, groups=group_of)

    def _competing(
        self, training: TrainingSet, weights: NDArray[np.float64], tested: Sequence[NDArray[np.int64]]
    ) -> list[Candidate]:
        """Return the candidates that can be learnt from these rows, whichever fold is held out."""
        transforms: Sequence[str] | str = self.transforms
        if self._missing_allowed:
            check_measured(observed_weight(training.X, weights))
            if not isinstance(transforms, str):
                transforms = [name for name in transforms if not mixes_columns(name)]
                if not transforms:
                    raise ValueError(
                        f"transforms={list(self.transforms)} mix columns, which rows with gaps cannot do "
                        "(missing='marginal'): name one that does not, as 'none' or 'yeo-johnson'."
                    )
        return candidates(
            transforms,
            self.covariance_types,
            self.shrinkages,
            self.unlabeled_weights,
            self.n_components,
            bounds_of(training, weights, tested),
            incomplete=self._missing_allowed,
        )

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        n_labels, shape = self.n_labeled_.sum(keepdims=True), examined.X.shape
        directions = weighted_median([each.directions_by_em(*shape) for each in self._chosen], self.weights_)
        few = signs.too_few_rows(np.array([float(shape[0])]), n_labels, directions, [None])
        return list(in_order([*super()._suspicions(examined), few]))

    def report(self) -> str:
        """Say in words whether the candidates with unlabelled rows were kept, and why. Needs ``guard=True``.

        Returns
        -------
        str
        """
        check_is_fitted(self)
        if not hasattr(self, "_report"):
            raise ValueError("report compares with the supervised candidates, which only guard=True does; fit with it.")
        return self._report

    def _options(self) -> dict[str, Any]:
        return {
            "classes": as_objects(self.classes_),
            "class_prior": class_probabilities(self.class_prior, self.classes_),
            "random_state": self._seed,
            "missing": self.missing,
            "distribution": self.distribution,
        }

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return the log of the weighted average of the chosen candidates' class probabilities."""
        used = self._chosen, self.estimators_, self.weights_, self.powers_
        with single_threaded_blas():
            names = {each.transform for each in self._chosen}
            seen = {name: transformed(self._transformers[name], X) for name in names}
            return np.log(average(*used, seen))
